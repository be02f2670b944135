//! What a column is filled with, as a value of YAML.

use crate::catalog::Formula;
use crate::expr::print::language;
use crate::model::{Expr, Function, Literal};
use serde_json::{Value, json};

/// The value of a default, and what it is as plain SQL where that is another form of it.
pub(super) fn value(formula: &Formula, kind: &str) -> Value {
    match formula {
        Formula::Expr(Expr::Literal(literal)) => constant(literal, kind),
        Formula::Expr(asked @ (Expr::UserId | Expr::Claim(_))) => json!(language(asked)),
        Formula::Expr(
            call @ Expr::Call {
                function: Function::Now | Function::Today | Function::Uuid,
                ..
            },
        ) => json!(language(call)),
        Formula::Expr(other) => json!({ "sql": language(other) }),
        Formula::Sql(text) => json!({ "sql": text }),
    }
}

fn constant(literal: &Literal, kind: &str) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(truth) => json!(truth),
        Literal::Int(number) => json!(number),
        Literal::Decimal(number) => match number.parse::<serde_json::Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => json!(number),
        },
        Literal::Text(text) if kind == "json" => parsed(text),
        Literal::Json(text) => parsed(text),
        Literal::Text(text) if text.contains('(') => json!({ "text": text }),
        Literal::Text(text) => json!(text),
        Literal::List(items) => {
            let kind = kind.strip_prefix("list(").unwrap_or("");
            let kind = kind.strip_suffix(')').unwrap_or(kind);
            let inside = |item: &Literal| match item {
                // Nothing is called inside of a list.
                Literal::Text(text) if kind != "json" => json!(text),
                item => constant(item, kind),
            };
            items.iter().map(inside).collect()
        }
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}
