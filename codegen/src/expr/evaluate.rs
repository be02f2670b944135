//! Decides an expression for known values, as far as they decide it.
//!
//! Used to find a default that its own check refuses, and a row that one rule lets pass and another does not.
//! `None` means that the outcome depends on something not known here; nothing is then claimed.

use crate::model::{ArithOp, CompareOp, Expr, Function, IsTest, Literal};
use std::cmp::Ordering;
use synctable::Decimal;

/// The value of `expr` where `column` gives the values of known columns.
///
/// NULL is [`Literal::Null`], as in SQL's three-valued logic; `None` is "not known".
pub(crate) fn evaluate(expr: &Expr, column: &dyn Fn(&str) -> Option<Literal>) -> Option<Literal> {
    let value = |expr: &Expr| evaluate(expr, column);
    match expr {
        Expr::Literal(literal) => Some(literal.clone()),
        Expr::Column(name) => column(name),
        Expr::UserId
        | Expr::Claim(_)
        | Expr::Param(_)
        | Expr::InSet { .. }
        | Expr::InClaims { .. }
        | Expr::JsonIs { .. }
        | Expr::JsonText { .. } => None,
        Expr::Not(operand) => match value(operand)? {
            Literal::Bool(truth) => Some(Literal::Bool(!truth)),
            Literal::Null => Some(Literal::Null),
            _ => None,
        },
        Expr::And(parts) => connect(parts.iter().map(value), false),
        Expr::Or(parts) => connect(parts.iter().map(value), true),
        Expr::Is {
            operand,
            test,
            negated,
        } => {
            let operand = value(operand)?;
            let holds = match test {
                IsTest::Null => operand == Literal::Null,
                IsTest::True => operand == Literal::Bool(true),
                IsTest::False => operand == Literal::Bool(false),
            };
            Some(Literal::Bool(holds != *negated))
        }
        Expr::Compare { op, left, right } => compare(*op, &value(left)?, &value(right)?),
        Expr::Distinct {
            left,
            right,
            distinct,
        } => {
            let (left, right) = (value(left)?, value(right)?);
            let same = match (&left, &right) {
                (Literal::Null, Literal::Null) => true,
                (Literal::Null, _) | (_, Literal::Null) => false,
                _ => order(&left, &right)? == Ordering::Equal,
            };
            Some(Literal::Bool(same != *distinct))
        }
        Expr::InList {
            operand,
            list,
            negated,
        } => {
            let operand = value(operand)?;
            let hits = list
                .iter()
                .map(|item| compare(CompareOp::Eq, &operand, item));
            match connect(hits, true)? {
                Literal::Bool(hit) => Some(Literal::Bool(hit != *negated)),
                other => Some(other),
            }
        }
        Expr::Contains { list, element } => match (value(list)?, value(element)?) {
            (Literal::List(items), element) => connect(
                items
                    .iter()
                    .map(|item| compare(CompareOp::Eq, item, &element)),
                true,
            )
            .or_else(|| items.is_empty().then_some(Literal::Bool(false))),
            (Literal::Null, _) => Some(Literal::Null),
            _ => None,
        },
        Expr::Arith { op, left, right } => arithmetic(*op, &value(left)?, &value(right)?),
        Expr::Concat(parts) => {
            let mut text = String::new();
            for part in parts {
                match value(part)? {
                    Literal::Text(part) => text.push_str(&part),
                    Literal::Null => return Some(Literal::Null),
                    _ => return None,
                }
            }
            Some(Literal::Text(text))
        }
        Expr::Call { function, args } => {
            let args = args.iter().map(value).collect::<Option<Vec<_>>>()?;
            call(*function, &args)
        }
        Expr::Case {
            branches,
            otherwise,
        } => {
            for (condition, result) in branches {
                if value(condition)? == Literal::Bool(true) {
                    return value(result);
                }
            }
            otherwise
                .as_ref()
                .map_or(Some(Literal::Null), |otherwise| value(otherwise))
        }
    }
}

/// `or` (where `decisive` is true) and `and` of three-valued truths.
fn connect(values: impl Iterator<Item = Option<Literal>>, decisive: bool) -> Option<Literal> {
    let (mut null, mut unknown) = (false, false);
    for value in values {
        match value {
            Some(Literal::Bool(truth)) if truth == decisive => {
                return Some(Literal::Bool(decisive));
            }
            Some(Literal::Bool(_)) => {}
            Some(Literal::Null) => null = true,
            _ => unknown = true,
        }
    }
    match (unknown, null) {
        (true, _) => None,
        (false, true) => Some(Literal::Null),
        (false, false) => Some(Literal::Bool(!decisive)),
    }
}

fn compare(op: CompareOp, left: &Literal, right: &Literal) -> Option<Literal> {
    if *left == Literal::Null || *right == Literal::Null {
        return Some(Literal::Null);
    }
    let holds = match op {
        CompareOp::Eq => order(left, right)? == Ordering::Equal,
        CompareOp::Ne => order(left, right)? != Ordering::Equal,
        // The order of texts is a matter of collation: not decided here.
        _ if matches!(left, Literal::Text(_)) => return None,
        CompareOp::Lt => order(left, right)? == Ordering::Less,
        CompareOp::Le => order(left, right)? != Ordering::Greater,
        CompareOp::Gt => order(left, right)? == Ordering::Greater,
        CompareOp::Ge => order(left, right)? != Ordering::Less,
    };
    Some(Literal::Bool(holds))
}

fn order(left: &Literal, right: &Literal) -> Option<Ordering> {
    match (left, right) {
        (Literal::Bool(left), Literal::Bool(right)) => Some(left.cmp(right)),
        (Literal::Text(left), Literal::Text(right)) => Some(left.cmp(right)),
        _ => Some(number(left)?.cmp(&number(right)?)),
    }
}

fn number(literal: &Literal) -> Option<Decimal> {
    match literal {
        Literal::Int(value) => value.to_string().parse().ok(),
        Literal::Decimal(text) => text.parse().ok(),
        _ => None,
    }
}

/// Whole numbers only: what a fraction rounds to is the engine's affair.
fn arithmetic(op: ArithOp, left: &Literal, right: &Literal) -> Option<Literal> {
    match (left, right) {
        (Literal::Null, _) | (_, Literal::Null) => Some(Literal::Null),
        (Literal::Int(left), Literal::Int(right)) => match op {
            ArithOp::Add => left.checked_add(*right),
            ArithOp::Sub => left.checked_sub(*right),
            ArithOp::Mul => left.checked_mul(*right),
            ArithOp::Div => left.checked_div(*right),
            ArithOp::Rem => left.checked_rem(*right),
        }
        .map(Literal::Int),
        _ => None,
    }
}

fn call(function: Function, args: &[Literal]) -> Option<Literal> {
    match (function, args) {
        (Function::Coalesce, args) => Some(
            args.iter()
                .find(|arg| **arg != Literal::Null)
                .cloned()
                .unwrap_or(Literal::Null),
        ),
        (Function::Now | Function::Today | Function::Uuid | Function::Matches, _) => None,
        (_, args) if args.contains(&Literal::Null) && function != Function::Nullif => {
            Some(Literal::Null)
        }
        (Function::Length, [Literal::Text(text)]) => {
            Some(Literal::Int(i64::try_from(text.chars().count()).ok()?))
        }
        (Function::Lower, [Literal::Text(text)]) if text.is_ascii() => {
            Some(Literal::Text(text.to_ascii_lowercase()))
        }
        (Function::Upper, [Literal::Text(text)]) if text.is_ascii() => {
            Some(Literal::Text(text.to_ascii_uppercase()))
        }
        (Function::Trim, [Literal::Text(text)]) => {
            Some(Literal::Text(text.trim_matches(' ').to_owned()))
        }
        (Function::Abs, [Literal::Int(value)]) => value.checked_abs().map(Literal::Int),
        (Function::Nullif, [left, right]) => match compare(CompareOp::Eq, left, right)? {
            Literal::Bool(true) => Some(Literal::Null),
            _ => Some(left.clone()),
        },
        (Function::ListLength, [Literal::List(items)]) => {
            Some(Literal::Int(i64::try_from(items.len()).ok()?))
        }
        (Function::JsonKind, [Literal::Json(text)]) => Some(Literal::Text(
            match text.trim_start().chars().next()? {
                '{' => "object",
                '[' => "array",
                '"' => "string",
                't' | 'f' => "boolean",
                'n' => "null",
                _ => "number",
            }
            .to_owned(),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> Box<Expr> {
        Box::new(Expr::Literal(Literal::Int(value)))
    }

    fn between(name: &str, low: i64, high: i64) -> Expr {
        let column = || Box::new(Expr::Column(name.to_owned()));
        Expr::And(vec![
            Expr::Compare {
                op: CompareOp::Ge,
                left: column(),
                right: int(low),
            },
            Expr::Compare {
                op: CompareOp::Le,
                left: column(),
                right: int(high),
            },
        ])
    }

    #[test]
    fn a_known_value_outside_a_range_is_refused_and_inside_is_not() {
        let of = |value| evaluate(&between("n", 1, 4), &|_| Some(Literal::Int(value)));
        assert_eq!(of(0), Some(Literal::Bool(false)));
        assert_eq!(of(4), Some(Literal::Bool(true)));
    }

    #[test]
    fn null_is_not_a_refusal_and_an_unknown_column_is_no_claim() {
        assert_eq!(
            evaluate(&between("n", 1, 4), &|_| Some(Literal::Null)),
            Some(Literal::Null)
        );
        assert_eq!(evaluate(&between("n", 1, 4), &|_| None), None);
    }
}
