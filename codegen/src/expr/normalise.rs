//! The normal form that expressions are compared by, so that what a catalog tells equals what was declared.
//!
//! Every step keeps the meaning in three-valued logic, and none needs the kinds of columns.

use crate::model::{CompareOp, Expr, Literal, Select, Set};

/// The normal form. Expressions with one normal form mean the same; it is its own normal form.
///
/// - `and`, `or` and `||` are flat;
/// - `and` and `or` say each part once;
/// - `not` is gone where the operator below has a negation of its own;
/// - a list of one is a comparison;
/// - `else null` is no `else`;
/// - a number without a fraction is a whole number.
///
/// ```
/// use synctable::{Kind, Scalar};
/// use synctable_codegen::expr::{Context, Known, Row, Scope, normalise, parse};
///
/// let (known, row) = (Known::default(), Row::new("todos").with("state", Kind::Scalar(Scalar::Text)));
/// let read = |text| parse(text, &Scope::new(&known, &row), Context::Check).unwrap();
/// assert_eq!(normalise(&read("not (state in ('open'))")), normalise(&read("state <> 'open'")));
/// ```
#[must_use]
pub fn normalise(expr: &Expr) -> Expr {
    let one = |expr: &Expr| Box::new(normalise(expr));
    match expr {
        Expr::Literal(literal) => Expr::Literal(plain(literal)),
        Expr::Column(_) | Expr::UserId | Expr::Claim(_) | Expr::Param(_) => expr.clone(),
        Expr::Not(inner) => negated(normalise(inner)),
        Expr::And(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match normalise(part) {
                    Expr::And(inner) => flat.extend(inner),
                    part => flat.push(part),
                }
            }
            once(flat, Expr::And)
        }
        Expr::Or(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match normalise(part) {
                    Expr::Or(inner) => flat.extend(inner),
                    part => flat.push(part),
                }
            }
            once(flat, Expr::Or)
        }
        Expr::Concat(parts) => {
            let mut flat = Vec::new();
            for part in parts {
                match normalise(part) {
                    Expr::Concat(inner) => flat.extend(inner),
                    part => flat.push(part),
                }
            }
            Expr::Concat(flat)
        }
        Expr::Is {
            operand,
            test,
            negated,
        } => Expr::Is {
            operand: one(operand),
            test: *test,
            negated: *negated,
        },
        Expr::Compare { op, left, right } => Expr::Compare {
            op: *op,
            left: one(left),
            right: one(right),
        },
        Expr::Distinct {
            left,
            right,
            distinct,
        } => Expr::Distinct {
            left: one(left),
            right: one(right),
            distinct: *distinct,
        },
        Expr::InList {
            operand,
            list,
            negated,
        } => match list.as_slice() {
            [only] => Expr::Compare {
                op: if *negated {
                    CompareOp::Ne
                } else {
                    CompareOp::Eq
                },
                left: one(operand),
                right: Box::new(Expr::Literal(plain(only))),
            },
            _ => Expr::InList {
                operand: one(operand),
                list: list.iter().map(plain).collect(),
                negated: *negated,
            },
        },
        Expr::InClaims { operand, path } => Expr::InClaims {
            operand: one(operand),
            path: path.clone(),
        },
        Expr::InSet { operand, set } => Expr::InSet {
            operand: one(operand),
            set: match set {
                Set::Scope(_) => set.clone(),
                Set::Select(select) => Set::Select(Box::new(Select {
                    column: normalise(&select.column),
                    table: select.table.clone(),
                    filter: select.filter.as_ref().map(normalise),
                })),
            },
        },
        Expr::Contains { list, element } => Expr::Contains {
            list: one(list),
            element: one(element),
        },
        Expr::Arith { op, left, right } => Expr::Arith {
            op: *op,
            left: one(left),
            right: one(right),
        },
        Expr::Call { function, args } => Expr::Call {
            function: *function,
            args: args.iter().map(normalise).collect(),
        },
        Expr::Case {
            branches,
            otherwise,
        } => Expr::Case {
            branches: branches
                .iter()
                .map(|(condition, result)| (normalise(condition), normalise(result)))
                .collect(),
            otherwise: otherwise
                .as_deref()
                .map(normalise)
                .filter(|otherwise| *otherwise != Expr::Literal(Literal::Null))
                .map(Box::new),
        },
        Expr::JsonIs {
            operand,
            path,
            truth,
        } => Expr::JsonIs {
            operand: one(operand),
            path: path.clone(),
            truth: *truth,
        },
        Expr::JsonText { operand, path } => Expr::JsonText {
            operand: one(operand),
            path: path.clone(),
        },
    }
}

/// The parts, each once: what is said twice counts once, also where it is NULL.
fn once(parts: Vec<Expr>, joined: fn(Vec<Expr>) -> Expr) -> Expr {
    let mut said: Vec<Expr> = Vec::with_capacity(parts.len());
    for part in parts {
        if !said.contains(&part) {
            said.push(part);
        }
    }
    match said.len() {
        1 => said.remove(0),
        _ => joined(said),
    }
}

/// A constant with whole numbers as such: Postgres prints the 7.0 of a list as 7.
fn plain(literal: &Literal) -> Literal {
    match literal {
        Literal::Decimal(text) => text
            .strip_suffix(".0")
            .and_then(|whole| whole.parse().ok())
            .map_or_else(|| literal.clone(), Literal::Int),
        Literal::List(items) => Literal::List(items.iter().map(plain).collect()),
        Literal::Null
        | Literal::Bool(_)
        | Literal::Int(_)
        | Literal::Text(_)
        | Literal::Json(_) => literal.clone(),
    }
}

/// The negation of a normal form, as a normal form.
fn negated(inner: Expr) -> Expr {
    match inner {
        Expr::Not(inner) => *inner,
        Expr::Is {
            operand,
            test,
            negated,
        } => Expr::Is {
            operand,
            test,
            negated: !negated,
        },
        Expr::Distinct {
            left,
            right,
            distinct,
        } => Expr::Distinct {
            left,
            right,
            distinct: !distinct,
        },
        Expr::InList {
            operand,
            list,
            negated,
        } => Expr::InList {
            operand,
            list,
            negated: !negated,
        },
        Expr::Compare {
            op: op @ (CompareOp::Eq | CompareOp::Ne),
            left,
            right,
        } => Expr::Compare {
            op: match op {
                CompareOp::Eq => CompareOp::Ne,
                _ => CompareOp::Eq,
            },
            left,
            right,
        },
        other => Expr::Not(Box::new(other)),
    }
}
