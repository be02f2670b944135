//! From a rule as it is written to the rule as it is enforced: NULL never grants.
//!
//! Where an operand is NULL, Postgres hides a row from `x <> 'a'` and from `not (x = 'a')`, and a sync stream shows it.
//! So negation is pushed down to the comparisons, and a comparison that was negated says `is not null` itself.

use super::kind::nullable;
use super::{Known, Row};
use crate::model::{CompareOp, Expr, IsTest, Literal, Select, Set};

/// The rule in negation normal form: no `not` but before what has no negation of its own, and every negated leaf
/// carries `is not null` for those of its operands that can be NULL.
///
/// For rules, scopes and stream filters that were checked; true for the same rows as before, never NULL-dependent
/// between enforcers.
///
/// ```
/// use synctable::{Kind, Scalar};
/// use synctable_codegen::expr::{Context, Known, Row, Scope, access, parse, print};
///
/// let (known, row) = (Known::default(), Row::new("todos").with_nullable("state", Kind::Scalar(Scalar::Text)));
/// let rule = parse("not (state = 'hidden')", &Scope::new(&known, &row), Context::Access).unwrap();
/// let rule = access::enforceable(&rule, &row, &known);
/// let text = print::postgres(&rule, &print::PrintContext::new(&known, &row));
/// assert_eq!(text, "state <> 'hidden' AND state IS NOT NULL");
/// ```
#[must_use]
pub fn enforceable(rule: &Expr, row: &Row, known: &Known) -> Expr {
    Lowering { row, known }.positive(rule)
}

/// The scope with its filter in negation normal form.
#[must_use]
pub fn enforceable_select(select: &Select, known: &Known) -> Select {
    let empty = Row::default();
    let row = known.tables.get(&select.table).unwrap_or(&empty);
    Select {
        column: select.column.clone(),
        table: select.table.clone(),
        filter: select
            .filter
            .as_ref()
            .map(|filter| enforceable(filter, row, known)),
    }
}

struct Lowering<'a> {
    row: &'a Row,
    known: &'a Known,
}

impl Lowering<'_> {
    fn positive(&self, expr: &Expr) -> Expr {
        match expr {
            Expr::Not(inner) => self.negative(inner),
            Expr::And(parts) => all(parts.iter().map(|part| self.positive(part))),
            Expr::Or(parts) => any(parts.iter().map(|part| self.positive(part))),
            Expr::Compare {
                op: CompareOp::Ne,
                left,
                right,
            } => self.guarded(expr.clone(), &[left, right]),
            Expr::InList {
                operand,
                negated: true,
                ..
            } => self.guarded(expr.clone(), &[operand]),
            Expr::InSet { operand, set } => Expr::InSet {
                operand: operand.clone(),
                set: match set {
                    Set::Scope(name) => Set::Scope(name.clone()),
                    Set::Select(select) => {
                        Set::Select(Box::new(enforceable_select(select, self.known)))
                    }
                },
            },
            other => other.clone(),
        }
    }

    fn negative(&self, expr: &Expr) -> Expr {
        match expr {
            Expr::Not(inner) => self.positive(inner),
            Expr::And(parts) => any(parts.iter().map(|part| self.negative(part))),
            Expr::Or(parts) => all(parts.iter().map(|part| self.negative(part))),
            Expr::Compare { op, left, right } => {
                let negated = Expr::Compare {
                    op: opposite(*op),
                    left: left.clone(),
                    right: right.clone(),
                };
                self.guarded(negated, &[left, right])
            }
            Expr::Is {
                operand,
                test,
                negated,
            } => Expr::Is {
                operand: operand.clone(),
                test: *test,
                negated: !negated,
            },
            Expr::Distinct {
                left,
                right,
                distinct,
            } => Expr::Distinct {
                left: left.clone(),
                right: right.clone(),
                distinct: !distinct,
            },
            Expr::InList {
                operand,
                list,
                negated,
            } => {
                let opposite = Expr::InList {
                    operand: operand.clone(),
                    list: list.clone(),
                    negated: !negated,
                };
                self.guarded(opposite, &[operand])
            }
            Expr::Column(_) | Expr::Call { .. } | Expr::Case { .. } => Expr::Compare {
                op: CompareOp::Eq,
                left: Box::new(expr.clone()),
                right: Box::new(Expr::Literal(Literal::Bool(false))),
            },
            // Refused when the rule was read; said as it is rather than otherwise.
            other => Expr::Not(Box::new(self.positive(other))),
        }
    }

    /// The leaf, and `is not null` for its operands that can be NULL.
    fn guarded(&self, leaf: Expr, operands: &[&Expr]) -> Expr {
        let guards = operands
            .iter()
            .filter(|operand| nullable(operand, self.row, self.known))
            .map(|operand| Expr::Is {
                operand: Box::new((*operand).clone()),
                test: IsTest::Null,
                negated: true,
            });
        all(std::iter::once(leaf).chain(guards))
    }
}

fn opposite(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

/// Their conjunction, flat.
fn all(parts: impl Iterator<Item = Expr>) -> Expr {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Expr::And(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    match flat.len() {
        1 => flat.remove(0),
        _ => Expr::And(flat),
    }
}

/// Their disjunction, flat.
fn any(parts: impl Iterator<Item = Expr>) -> Expr {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Expr::Or(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    match flat.len() {
        1 => flat.remove(0),
        _ => Expr::Or(flat),
    }
}
