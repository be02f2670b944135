//! The checks of a table in the closed form that Rust evaluates, and those that are left to Postgres.

use super::tables::Columns;
use super::{leak, list, text};
use crate::model::{ArithOp, CheckBody, CompareOp, Expr, Function, IsTest, Literal, Model, Table};
use synctable::check::{self, Arith, CheckDef, Compare, Is, Term};
use synctable::{ColumnDef, Element, Kind};

/// The checks of the table, and those of the domains of its columns.
pub(super) fn of(model: &Model, table: &Table, columns: &Columns<'_>) -> &'static [CheckDef] {
    let row = Row { columns };
    let own = table.checks.iter().map(|declared| CheckDef {
        name: text(&declared.name),
        columns: mentioned(&declared.body, columns),
        term: expr(&declared.body).and_then(|expr| row.term(expr, None)),
    });
    let of_domains = table.columns.values().filter_map(|column| {
        let (name, is_list) = match &column.kind {
            Kind::Domain { name, .. } => (name, false),
            Kind::List(Element::Domain { name, .. }) => (name, true),
            Kind::Scalar(_) | Kind::Enum { .. } | Kind::List(_) | Kind::Opaque(_) => return None,
        };
        let body = model.domains[name.as_ref()].check.as_ref()?;
        let def = columns[column.name.as_str()];
        let value = match is_list {
            true => Term::Element,
            false => Term::Column(def),
        };
        let term = expr(body).and_then(|expr| row.term(expr, Some(value)));
        Some(CheckDef {
            name: text(name),
            columns: list([def]),
            term: match is_list {
                true => term.map(|term| Term::Every(def, leak(term))),
                false => term,
            },
        })
    });
    list(own.chain(of_domains))
}

fn expr(body: &CheckBody) -> Option<&Expr> {
    match body {
        CheckBody::Sql { .. } => None,
        CheckBody::Expr(expr) => Some(expr),
    }
}

/// The columns that a check of a table names, each once.
fn mentioned(body: &CheckBody, columns: &Columns<'_>) -> &'static [&'static ColumnDef] {
    let mut found: Vec<&'static ColumnDef> = Vec::new();
    for name in expr(body).into_iter().flat_map(Expr::columns) {
        if !found.iter().any(|known| known.name == name) {
            found.push(columns[name]);
        }
    }
    list(found)
}

/// The columns of a row.
struct Row<'c> {
    columns: &'c Columns<'c>,
}

impl Row<'_> {
    /// The term of an expression; `None` where only Postgres can say.
    ///
    /// `value` is what the check of a domain names: nothing but its value.
    fn term(&self, expr: &Expr, value: Option<Term>) -> Option<Term> {
        let one = |expr: &Expr| self.term(expr, value);
        let boxed = |expr: &Expr| one(expr).map(|term| leak(term));
        let all = |exprs: &[Expr]| {
            let terms: Option<Vec<Term>> = exprs.iter().map(one).collect();
            terms.map(list)
        };
        Some(match expr {
            Expr::Literal(literal) => constant(literal)?,
            Expr::Column(name) => match value {
                Some(value) => value,
                None => Term::Column(self.columns[name.as_str()]),
            },
            Expr::Not(operand) => Term::Not(boxed(operand)?),
            Expr::And(parts) if let Some((operand, low, high)) = range(parts) => {
                Term::Between(boxed(operand)?, low, high)
            }
            Expr::And(parts) => Term::All(all(parts)?),
            Expr::Or(parts) => Term::Any(all(parts)?),
            Expr::Is {
                operand,
                test,
                negated,
            } => {
                let test = match test {
                    IsTest::Null => Is::Null,
                    IsTest::True => Is::True,
                    IsTest::False => Is::False,
                };
                not_where(*negated, Term::Is(boxed(operand)?, test))
            }
            Expr::Compare { op, left, right } => {
                let op = match op {
                    CompareOp::Eq => Compare::Eq,
                    CompareOp::Ne => Compare::Ne,
                    CompareOp::Lt => Compare::Lt,
                    CompareOp::Le => Compare::Le,
                    CompareOp::Gt => Compare::Gt,
                    CompareOp::Ge => Compare::Ge,
                };
                Term::Compare(boxed(left)?, op, boxed(right)?)
            }
            Expr::Distinct {
                left,
                right,
                distinct,
            } => not_where(!distinct, Term::Distinct(boxed(left)?, boxed(right)?)),
            Expr::InList {
                operand,
                list: labels,
                negated,
            } => {
                let labels: Option<Vec<Term>> = labels.iter().map(constant).collect();
                not_where(*negated, Term::In(boxed(operand)?, list(labels?)))
            }
            Expr::Arith { op, left, right } => {
                let op = match op {
                    ArithOp::Add => Arith::Add,
                    ArithOp::Sub => Arith::Sub,
                    ArithOp::Mul => Arith::Mul,
                    ArithOp::Div => Arith::Div,
                    ArithOp::Rem => Arith::Rem,
                };
                Term::Arith(boxed(left)?, op, boxed(right)?)
            }
            Expr::Concat(parts) => Term::Concat(all(parts)?),
            Expr::Call {
                function: called,
                args,
            } => Term::Call(function(*called)?, all(args)?),
            Expr::Case {
                branches,
                otherwise,
            } => {
                let branches: Option<Vec<(Term, Term)>> = branches
                    .iter()
                    .map(|(when, then)| Some((one(when)?, one(then)?)))
                    .collect();
                let otherwise = match otherwise {
                    Some(otherwise) => boxed(otherwise)?,
                    None => &Term::Null,
                };
                Term::Case(list(branches?), otherwise)
            }
            // A check has no caller, no parameter and no set; an element and a member are Postgres's to find.
            Expr::UserId
            | Expr::Claim(_)
            | Expr::Param(_)
            | Expr::InSet { .. }
            | Expr::InClaims { .. }
            | Expr::Contains { .. }
            | Expr::JsonIs { .. }
            | Expr::JsonText { .. } => return None,
        })
    }
}

/// `x >= m and x <= n` of whole numbers, which is how `between` is read.
fn range(parts: &[Expr]) -> Option<(&Expr, i64, i64)> {
    let [above, below] = parts else {
        return None;
    };
    let (operand, low) = against(above, CompareOp::Ge)?;
    let (again, high) = against(below, CompareOp::Le)?;
    (operand == again).then_some((operand, low, high))
}

/// The two sides of a comparison with a whole number.
fn against(part: &Expr, wanted: CompareOp) -> Option<(&Expr, i64)> {
    match part {
        Expr::Compare { op, left, right } if *op == wanted => match **right {
            Expr::Literal(Literal::Int(number)) => Some((&**left, number)),
            _ => None,
        },
        _ => None,
    }
}

fn not_where(negated: bool, term: Term) -> Term {
    match negated {
        true => Term::Not(leak(term)),
        false => term,
    }
}

fn constant(value: &Literal) -> Option<Term> {
    Some(match value {
        Literal::Null => Term::Null,
        Literal::Bool(value) => Term::Bool(*value),
        Literal::Int(number) => Term::Int(*number),
        Literal::Decimal(number) => Term::Number(text(number)),
        Literal::Text(words) => Term::Text(text(words)),
        Literal::Json(_) | Literal::List(_) => return None,
    })
}

/// A function that Rust knows; a regular expression is Postgres's, and no check asks the clock.
fn function(function: Function) -> Option<check::Function> {
    Some(match function {
        Function::Length => check::Function::Length,
        Function::Lower => check::Function::Lower,
        Function::Upper => check::Function::Upper,
        Function::Trim => check::Function::Trim,
        Function::Substr => check::Function::Substr,
        Function::Replace => check::Function::Replace,
        Function::Abs => check::Function::Abs,
        Function::Coalesce => check::Function::Coalesce,
        Function::Nullif => check::Function::Nullif,
        Function::ListLength => check::Function::ListLength,
        Function::JsonKind => check::Function::JsonKind,
        Function::Matches | Function::Now | Function::Today | Function::Uuid => return None,
    })
}
