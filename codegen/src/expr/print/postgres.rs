//! Postgres 15 to 18.

use super::{Dialect, Level, PrintContext, Printed, Unsayable, plain_call};
use crate::expr::kind::Family;
use crate::model::{Expr, Function, Literal};
use synctable::{Database, Element, Kind, Scalar};

pub(super) struct Postgres;

impl Dialect for Postgres {
    fn database(&self) -> Database {
        Database::Postgres
    }

    fn literal(&self, literal: &Literal, kind: Option<&Kind>) -> String {
        let quoted = |text: &str| Database::Postgres.literal(text);
        match literal {
            Literal::Null => "NULL".to_owned(),
            Literal::Bool(value) => value.to_string(),
            // Beside a 32-bit float a plain number would be of 64 bits, which it does not equal.
            Literal::Decimal(number) if kind.and_then(Kind::carrier) == Some(Scalar::Real) => {
                format!("{number}::real")
            }
            Literal::Int(number) => number.to_string(),
            Literal::Decimal(number) => number.clone(),
            Literal::Text(text) => match kind.map(Family::of) {
                Some(Family::Bytes) => quoted(&format!("\\x{text}")),
                _ => quoted(text),
            },
            Literal::Json(text) => quoted(text),
            Literal::List(items) => match kind {
                // Else the catalog would tell texts of a type of which it does not say what is underneath.
                Some(Kind::List(Element::Domain { base, .. })) => {
                    format!("{}::{}[]", quoted(&array(items)), base.postgres_type())
                }
                _ => quoted(&array(items)),
            },
        }
    }

    fn distinct(&self, left: String, right: String, distinct: bool) -> Result<Printed, Unsayable> {
        let not = if distinct { "" } else { "NOT " };
        let text = format!("{left} IS {not}DISTINCT FROM {right}");
        Ok(Printed::new(text, Level::Compare))
    }

    fn contains(
        &self,
        list: Printed,
        element: Printed,
        _nullable: bool,
        _cx: &PrintContext<'_>,
    ) -> Result<Printed, Unsayable> {
        let text = format!("{} = ANY ({})", element.at(Level::Other), list.text);
        Ok(Printed::new(text, Level::Compare))
    }

    fn json_text(&self, operand: Printed, path: &[String]) -> Result<Printed, Unsayable> {
        // Not `#>>`: it takes a member name of digits for a position in an array.
        let mut text = operand.at(Level::Operand);
        for (index, member) in path.iter().enumerate() {
            let arrow = if index + 1 == path.len() { "->>" } else { "->" };
            text.push_str(&format!(" {arrow} {}", Database::Postgres.literal(member)));
        }
        Ok(Printed::new(text, Level::Other))
    }

    fn json_is(
        &self,
        operand: Printed,
        path: &[String],
        truth: bool,
    ) -> Result<Printed, Unsayable> {
        let mut text = operand.at(Level::Operand);
        for member in path {
            text.push_str(&format!(" -> {}", Database::Postgres.literal(member)));
        }
        Ok(Printed::new(
            format!("{text} = '{truth}'::jsonb"),
            Level::Compare,
        ))
    }

    fn joined(&self, part: Printed, kind: Option<&Kind>) -> String {
        let part = part.at(Level::Negative);
        match kind {
            Some(kind) if Family::of(kind) != Family::Text => {
                format!("{}::text", Printed::new(part, Level::Operand).text)
            }
            Some(_) | None => part,
        }
    }

    fn compared(&self, value: Printed, _kind: &Kind, _other: &Expr) -> Result<Printed, Unsayable> {
        Ok(value)
    }

    fn beside_caller(&self, value: Printed, kind: &Kind, caller: &Expr) -> Printed {
        match caller {
            // A label that the type does not have would raise.
            Expr::Claim(_) if matches!(kind, Kind::Enum { .. }) => {
                Printed::operand(format!("{}::text", value.at(Level::Operand)))
            }
            _ => value,
        }
    }

    fn arithmetic(&self, _kind: &Kind) -> Result<(), Unsayable> {
        Ok(())
    }

    fn call(
        &self,
        function: Function,
        mut args: Vec<Printed>,
        _kinds: &[Option<Kind>],
    ) -> Result<Printed, Unsayable> {
        let name = match function {
            Function::Now => "now",
            Function::Today => {
                return Ok(Printed::operand("(now() AT TIME ZONE 'utc')::date"));
            }
            Function::Uuid => "gen_random_uuid",
            Function::Length => "length",
            Function::Lower => "lower",
            Function::Upper => "upper",
            // `trim` is syntax: the catalog tells it back as `TRIM(BOTH FROM x)`.
            Function::Trim => "btrim",
            Function::Substr => "substr",
            Function::Replace => "replace",
            Function::Matches => {
                let regex = args.pop().expect("matches takes two").at(Level::Operand);
                let text = args.pop().expect("matches takes two").at(Level::Negative);
                return Ok(Printed::new(format!("{text} ~ {regex}"), Level::Other));
            }
            Function::Abs => "abs",
            Function::Coalesce => "coalesce",
            Function::Nullif => "nullif",
            Function::ListLength => "cardinality",
            Function::JsonKind => "jsonb_typeof",
        };
        Ok(plain_call(name, args))
    }
}

/// The text of an array: `{a,"b c"}`.
fn array(items: &[Literal]) -> String {
    let items: Vec<_> = items
        .iter()
        .map(|item| match item {
            Literal::Null => "NULL".to_owned(),
            Literal::Bool(value) => value.to_string(),
            Literal::Int(number) => number.to_string(),
            Literal::Decimal(number) => number.clone(),
            Literal::Text(text) | Literal::Json(text) => element(text),
            Literal::List(items) => array(items),
        })
        .collect();
    format!("{{{}}}", items.join(","))
}

fn element(text: &str) -> String {
    let bare = !text.is_empty()
        && !text.eq_ignore_ascii_case("null")
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/'));
    match bare {
        true => text.to_owned(),
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
