//! Values that are filled in: YAML literals held against the kind, calls, and SQL as it is.

use super::Resolver;
use super::expressions::Room;
use crate::declaration::{Spanned, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::expr::{constant, written};
use crate::model::{DefaultValue, Expr, Literal};
use synctable::{Kind, Scalar};

impl Resolver<'_, '_> {
    /// What a default fills in, or `None` after saying why it cannot.
    pub(super) fn value(&mut self, value: &Spanned<Value>, kind: &Kind) -> Option<DefaultValue> {
        self.filled(value, kind, Room::Default { kind })
    }

    /// What the server fills in: it also knows the caller's claims.
    pub(super) fn server_filled(
        &mut self,
        value: &Spanned<Value>,
        kind: &Kind,
    ) -> Option<DefaultValue> {
        self.filled(value, kind, Room::Server { kind })
    }

    fn filled(
        &mut self,
        value: &Spanned<Value>,
        kind: &Kind,
        room: Room<'_>,
    ) -> Option<DefaultValue> {
        match &value.value {
            Value::Sql(sql) => self
                .written("the value", sql, written::expression)
                .then(|| DefaultValue::Sql(sql.text.trim().to_owned())),
            Value::Call(call) => self.expression(call, room).map(DefaultValue::Expr),
            _ => {
                let literal = self.literal(value, kind)?;
                Some(DefaultValue::Expr(Expr::Literal(literal)))
            }
        }
    }

    /// The constant of the kind that a YAML literal means.
    pub(super) fn literal(&mut self, value: &Spanned<Value>, kind: &Kind) -> Option<Literal> {
        if is_json(kind) {
            let text = json(&value.value)?;
            return Some(Literal::Json(constant::json(&text).unwrap_or(text)));
        }
        let written = match (&value.value, kind) {
            (Value::List(items), Kind::List(element)) => {
                let element = element.to_kind();
                let items: Vec<_> = items
                    .iter()
                    .filter_map(|item| self.literal(item, &element))
                    .collect();
                return Some(Literal::List(items));
            }
            (Value::Null, _) => Literal::Null,
            (Value::Bool(truth), _) => Literal::Bool(*truth),
            (Value::Number(text), _) => match text.parse() {
                Ok(int) => Literal::Int(int),
                Err(_) => Literal::Decimal(text.clone()),
            },
            (Value::Text(text), _) => Literal::Text(text.clone()),
            (Value::List(_) | Value::Object(_) | Value::Call(_) | Value::Sql(_), _) => {
                let what = match &value.value {
                    Value::List(_) => "a list",
                    Value::Object(_) => "a mapping",
                    _ => "a call",
                };
                self.cx.push(
                    Diagnostic::error(codes::VALUE_KIND, format!("{what} is not a value of `{kind}`"))
                        .at(value.span)
                        .help("write a literal of the kind, a call such as `now()`, or `{sql: …}` for Postgres only"),
                );
                return None;
            }
        };
        if written == Literal::Null {
            return Some(written);
        }
        match constant::fit(&written, kind, &self.shapes.known) {
            Ok(literal) => Some(literal),
            Err(misfit) => {
                let mut diagnostic = Diagnostic::error(misfit.code, misfit.message).at(value.span);
                if let Some(way_out) = misfit.help {
                    diagnostic = diagnostic.help(way_out);
                }
                self.cx.push(diagnostic);
                None
            }
        }
    }
}

fn is_json(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Scalar(Scalar::Json)
            | Kind::Domain {
                base: Scalar::Json,
                ..
            }
    )
}

/// A YAML literal as JSON text; `None` for a call or SQL inside, which the caller has handled or the decoder refused.
fn json(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(text) => text.clone(),
        Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Call(call) => serde_json::Value::from(call.text.as_str()).to_string(),
        Value::Sql(_) => return None,
        Value::List(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| json(&item.value)).collect();
            format!("[{}]", items?.join(","))
        }
        Value::Object(members) => {
            let members: Option<Vec<_>> = members
                .iter()
                .map(|(name, value)| {
                    let name = serde_json::Value::from(name.value.as_str());
                    Some(format!("{name}:{}", json(&value.value)?))
                })
                .collect();
            format!("{{{}}}", members?.join(","))
        }
    })
}
