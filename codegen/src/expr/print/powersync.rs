//! PowerSync's sync streams, edition 3.
//!
//! The functions, casts and operators are those of its stream compiler; what it lacks, or counts differently
//! (`length` in UTF-16 units), is refused.

use super::{Dialect, Level, PrintContext, Printed, Unsayable, plain_call};
use crate::expr::kind::Family;
use crate::model::{Expr, Function, Literal};
use synctable::{Database, Kind};

pub(super) struct PowerSync;

impl Dialect for PowerSync {
    fn database(&self) -> Database {
        // It folds and quotes names as Postgres does.
        Database::Postgres
    }

    fn name_of_computed(&self) -> &'static str {
        // The compiler warns of a column of `with` that has no name.
        " AS value"
    }

    fn literal(&self, literal: &Literal, kind: Option<&Kind>) -> String {
        match literal {
            Literal::List(_) => super::sqlite::Sqlite.literal(literal, kind),
            Literal::Bool(value) => u8::from(*value).to_string(),
            Literal::Text(text) | Literal::Json(text) => Database::Postgres.literal(text),
            Literal::Null | Literal::Int(_) | Literal::Decimal(_) => {
                super::sqlite::Sqlite.literal(literal, kind)
            }
        }
    }

    fn not_equal(&self) -> &'static str {
        "!="
    }

    fn distinct(
        &self,
        _left: String,
        _right: String,
        _distinct: bool,
    ) -> Result<Printed, Unsayable> {
        Err(Unsayable::new("sync streams have no `is distinct from`"))
    }

    fn in_list(
        &self,
        operand: String,
        list: &[Literal],
        kind: Option<&Kind>,
        negated: bool,
    ) -> Printed {
        // The ordinary `IN ('a', 'b')` is refused by the stream compiler.
        let not = if negated { "NOT " } else { "" };
        let list: Vec<_> = list.iter().map(|one| self.literal(one, kind)).collect();
        let text = format!("{operand} {not}IN ARRAY[{}]", list.join(", "));
        Printed::new(text, Level::Compare)
    }

    fn contains(
        &self,
        list: Printed,
        element: Printed,
        _nullable: bool,
        _cx: &PrintContext<'_>,
    ) -> Result<Printed, Unsayable> {
        let text = format!(
            "{} IN {}",
            element.at(Level::Other),
            list.at(Level::Operand)
        );
        Ok(Printed::new(text, Level::Compare))
    }

    fn json_text(&self, operand: Printed, path: &[String]) -> Result<Printed, Unsayable> {
        let mut text = operand.at(Level::Operand);
        for (index, member) in path.iter().enumerate() {
            if member.starts_with('$') {
                return Err(Unsayable::new(format!(
                    "a sync stream takes the member name `{member}` for a path"
                )));
            }
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
        // `->>` would give 1 for true; `->` gives JSON as text.
        let mut text = operand.at(Level::Operand);
        for member in path {
            text.push_str(&format!(" -> {}", Database::Postgres.literal(member)));
        }
        Ok(Printed::new(format!("{text} = '{truth}'"), Level::Compare))
    }

    fn joined(&self, part: Printed, _kind: Option<&Kind>) -> String {
        part.at(Level::Operand)
    }

    fn compared(&self, value: Printed, kind: &Kind, _other: &Expr) -> Result<Printed, Unsayable> {
        match Family::of(kind) {
            Family::Decimal => Err(Unsayable::new("a sync stream compares decimals as text")),
            Family::Json
            | Family::Interval
            | Family::Bytes
            | Family::List(_)
            | Family::Opaque(_) => Err(Unsayable::new(format!(
                "a sync stream does not compare `{kind}` as Postgres does"
            ))),
            Family::Uuid
            | Family::Text
            | Family::Bool
            | Family::Integer
            | Family::Float
            | Family::Date
            | Family::Time
            | Family::Timestamp
            | Family::Timestamptz
            | Family::Enum(_) => Ok(value),
        }
    }

    fn beside_caller(&self, value: Printed, kind: &Kind, caller: &Expr) -> Printed {
        // The subject of a token is text: `05` is not the caller 5.
        match Family::of(kind) {
            Family::Integer if matches!(caller, Expr::UserId) => {
                Printed::operand(format!("CAST({} AS TEXT)", value.text))
            }
            _ => value,
        }
    }

    fn arithmetic(&self, kind: &Kind) -> Result<(), Unsayable> {
        match Family::of(kind) {
            Family::Decimal => Err(Unsayable::new("a sync stream holds decimals as text")),
            _ => Ok(()),
        }
    }

    fn call(
        &self,
        function: Function,
        args: Vec<Printed>,
        kinds: &[Option<Kind>],
    ) -> Result<Printed, Unsayable> {
        let lacks = |name: &str| Err(Unsayable::new(format!("sync streams have no `{name}`")));
        match function {
            Function::Lower => Ok(plain_call("lower", args)),
            Function::Upper => Ok(plain_call("upper", args)),
            Function::ListLength => Ok(plain_call("json_array_length", args)),
            Function::Coalesce => {
                let nested = args
                    .into_iter()
                    .rev()
                    .reduce(|rest, arg| plain_call("ifnull", vec![arg, rest]));
                Ok(nested.expect("coalesce takes two or more"))
            }
            Function::Nullif => {
                for kind in kinds.iter().flatten() {
                    self.compared(Printed::operand(""), kind, &Expr::Literal(Literal::Null))?;
                }
                let mut args = args.into_iter().map(|arg| arg.at(Level::Other));
                let (a, b) = (args.next(), args.next());
                let (a, b) = (a.expect("nullif takes two"), b.expect("nullif takes two"));
                Ok(Printed::operand(format!(
                    "CASE WHEN {a} = {b} THEN NULL ELSE {a} END"
                )))
            }
            Function::Length => Err(Unsayable::new(
                "`length` counts UTF-16 units in a sync stream, characters elsewhere",
            )),
            Function::Substr => Err(Unsayable::new(
                "Postgres cuts text by characters, but a sync stream by UTF-16 units",
            )),
            Function::Now => lacks("now"),
            Function::Today => lacks("today"),
            Function::Uuid => lacks("uuid"),
            Function::Trim => lacks("trim"),
            Function::Replace => lacks("replace"),
            Function::Matches => lacks("matches"),
            Function::Abs => lacks("abs"),
            Function::JsonKind => lacks("json_kind"),
        }
    }
}
