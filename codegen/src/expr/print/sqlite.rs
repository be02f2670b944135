//! SQLite 3.38 and later.

use super::{Dialect, Level, PrintContext, Printed, Unsayable, plain_call};
use crate::expr::kind::Family;
use crate::model::{Expr, Function, Literal};
use synctable::{Database, Kind, Scalar};

pub(super) struct Sqlite;

/// A double holds every decimal of this many digits apart from every other, in their order.
const DOUBLE_DIGITS: usize = 15;

impl Dialect for Sqlite {
    fn database(&self) -> Database {
        Database::Sqlite
    }

    fn literal(&self, literal: &Literal, kind: Option<&Kind>) -> String {
        let quoted = |text: &str| Database::Sqlite.literal(text);
        let family = kind.map(Family::of);
        match literal {
            Literal::Null => "NULL".to_owned(),
            Literal::Bool(value) => u8::from(*value).to_string(),
            Literal::Int(number) => match (family, kind.and_then(Kind::carrier)) {
                (Some(Family::Float), _) => format!("{number}.0"),
                (Some(Family::Decimal), Some(scalar)) => {
                    quoted(&scaled(&number.to_string(), scalar))
                }
                _ => number.to_string(),
            },
            Literal::Decimal(number) => match (family, kind.and_then(Kind::carrier)) {
                (Some(Family::Decimal), Some(scalar)) => quoted(&scaled(number, scalar)),
                _ => number.clone(),
            },
            Literal::Text(text) | Literal::Json(text) => quoted(text),
            Literal::List(items) => {
                let of = match kind {
                    Some(Kind::List(of)) => of.to_kind().carrier(),
                    _ => None,
                };
                quoted(&json_array(items, of))
            }
        }
    }

    fn distinct(&self, left: String, right: String, distinct: bool) -> Result<Printed, Unsayable> {
        let not = if distinct { "NOT " } else { "" };
        Ok(Printed::new(
            format!("{left} IS {not}{right}"),
            Level::Compare,
        ))
    }

    fn contains(
        &self,
        list: Printed,
        element: Printed,
        nullable: bool,
        cx: &PrintContext<'_>,
    ) -> Result<Printed, Unsayable> {
        if !cx.subqueries {
            return Err(Unsayable::new(
                "SQLite finds an element of a list with a subquery, which a check or an index cannot contain",
            ));
        }
        let element = element.at(Level::Other);
        let list = list.text;
        let found = format!("{element} IN (SELECT value FROM json_each({list}))");
        // `IN` over the elements of NULL is false; of a list that is not known, nothing is.
        Ok(match nullable {
            true => Printed::operand(format!("CASE WHEN {list} IS NOT NULL THEN {found} END")),
            false => Printed::new(found, Level::Compare),
        })
    }

    fn json_text(&self, operand: Printed, path: &[String]) -> Result<Printed, Unsayable> {
        let path = steps(path)?;
        let json = operand.text;
        // `->>` would give a number for a number and 1 for true; Postgres gives text.
        let text = format!(
            "CASE json_type({json}, {path}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(json_extract({json}, {path}) AS TEXT) END"
        );
        Ok(Printed::operand(text))
    }

    fn json_is(
        &self,
        operand: Printed,
        path: &[String],
        truth: bool,
    ) -> Result<Printed, Unsayable> {
        let path = steps(path)?;
        let text = format!("json_type({}, {path}) = '{truth}'", operand.text);
        Ok(Printed::new(text, Level::Compare))
    }

    fn joined(&self, part: Printed, _kind: Option<&Kind>) -> String {
        part.at(Level::Negative)
    }

    fn compared(&self, value: Printed, kind: &Kind, other: &Expr) -> Result<Printed, Unsayable> {
        let Some(Scalar::Decimal { precision, .. }) = kind.carrier() else {
            return Ok(value);
        };
        let exact = match other {
            Expr::Literal(Literal::Int(0)) => true,
            Expr::Literal(Literal::Int(number)) => {
                usize::from(precision) <= DOUBLE_DIGITS
                    && number.unsigned_abs().to_string().len() <= DOUBLE_DIGITS
            }
            Expr::Literal(Literal::Decimal(number)) => {
                usize::from(precision) <= DOUBLE_DIGITS
                    && number.bytes().filter(u8::is_ascii_digit).count() <= DOUBLE_DIGITS
            }
            _ => usize::from(precision) <= DOUBLE_DIGITS,
        };
        if !exact {
            return Err(Unsayable::new(format!(
                "SQLite has no exact number for more than {DOUBLE_DIGITS} digits, as `{kind}` may have"
            )));
        }
        Ok(Printed::operand(format!("CAST({} AS REAL)", value.text)))
    }

    fn beside_caller(&self, value: Printed, _kind: &Kind, _caller: &Expr) -> Printed {
        value
    }

    fn arithmetic(&self, kind: &Kind) -> Result<(), Unsayable> {
        match Family::of(kind) {
            Family::Decimal => Err(Unsayable::new("SQLite has no exact decimal arithmetic")),
            _ => Ok(()),
        }
    }

    fn call(
        &self,
        function: Function,
        args: Vec<Printed>,
        kinds: &[Option<Kind>],
    ) -> Result<Printed, Unsayable> {
        let name = match function {
            Function::Now => {
                return Ok(Printed::operand("strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"));
            }
            Function::Today => return Ok(Printed::operand("date('now')")),
            Function::Uuid => {
                return Ok(Printed::operand(
                    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
                ));
            }
            Function::Length => "length",
            Function::Lower => "lower",
            Function::Upper => "upper",
            Function::Trim => "trim",
            Function::Substr => "substr",
            Function::Replace => "replace",
            Function::Matches => {
                return Err(Unsayable::new("SQLite has no regular expressions"));
            }
            Function::Abs => {
                if let Some(Some(kind)) = kinds.first() {
                    self.arithmetic(kind)?;
                }
                "abs"
            }
            Function::Coalesce => "coalesce",
            Function::Nullif => "nullif",
            Function::ListLength => "json_array_length",
            Function::JsonKind => {
                let json = args.into_iter().next().expect("json_kind takes one").text;
                return Ok(Printed::operand(format!(
                    "CASE json_type({json}) WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' WHEN 'text' THEN 'string' ELSE json_type({json}) END"
                )));
            }
        };
        Ok(plain_call(name, args))
    }
}

/// A decimal with exactly the digits after the point that its column has.
/// The path of members as a literal of SQLite.
fn steps(path: &[String]) -> Result<String, Unsayable> {
    let mut steps = "$".to_owned();
    for member in path {
        if member.contains(['"', '\\']) {
            return Err(Unsayable::new(format!(
                "SQLite has no path to a member named `{member}`"
            )));
        }
        steps.push_str(&format!(".\"{member}\""));
    }
    Ok(Database::Sqlite.literal(&steps))
}

fn scaled(number: &str, scalar: Scalar) -> String {
    let Scalar::Decimal { scale, .. } = scalar else {
        return number.to_owned();
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let scale = usize::from(scale);
    let digits = fraction.len().min(scale);
    match scale {
        0 => whole.to_owned(),
        _ => format!("{whole}.{:0<scale$}", &fraction[..digits]),
    }
}

/// The JSON text of a list: booleans are 0 and 1, decimals are strings.
fn json_array(items: &[Literal], of: Option<Scalar>) -> String {
    let items: Vec<_> = items
        .iter()
        .map(|item| match (item, of) {
            (Literal::Null, _) => "null".to_owned(),
            (Literal::Bool(value), _) => u8::from(*value).to_string(),
            (Literal::Int(number), Some(scalar @ Scalar::Decimal { .. })) => {
                format!("\"{}\"", scaled(&number.to_string(), scalar))
            }
            (Literal::Decimal(number), Some(scalar @ Scalar::Decimal { .. })) => {
                format!("\"{}\"", scaled(number, scalar))
            }
            (Literal::Int(number), _) => number.to_string(),
            (Literal::Decimal(number), _) => number.clone(),
            (Literal::Text(text), _) => serde_json::Value::from(text.as_str()).to_string(),
            (Literal::Json(text), _) => text.clone(),
            (Literal::List(items), _) => json_array(items, of),
        })
        .collect();
    format!("[{}]", items.join(","))
}
