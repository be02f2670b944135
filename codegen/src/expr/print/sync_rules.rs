//! PowerSync's sync rules, edition 2: the older dialect of bucket definitions.
//!
//! Its operators are fewer than those of streams: no `IS TRUE`, no list but JSON. Names and functions are the same.

use super::powersync::PowerSync;
use super::{Dialect, Level, PrintContext, Printed, Unsayable};
use crate::model::{ArithOp, Expr, Function, IsTest, Literal};
use synctable::{Database, Kind};

pub(super) struct SyncRules;

impl Dialect for SyncRules {
    fn database(&self) -> Database {
        PowerSync.database()
    }

    fn literal(&self, literal: &Literal, kind: Option<&Kind>) -> String {
        PowerSync.literal(literal, kind)
    }

    fn not_equal(&self) -> &'static str {
        "!="
    }

    fn lacks(&self, expr: &Expr) -> Option<&'static str> {
        match expr {
            Expr::Case { .. } => Some("the older dialect has no `case`"),
            Expr::Arith {
                op: ArithOp::Rem, ..
            } => Some("the older dialect has no `%`"),
            _ => None,
        }
    }

    fn is(&self, operand: String, test: IsTest, negated: bool) -> Printed {
        let value = match test {
            IsTest::Null => {
                let not = if negated { "NOT " } else { "" };
                return Printed::new(format!("{operand} IS {not}NULL"), Level::Compare);
            }
            IsTest::True => 1,
            IsTest::False => 0,
        };
        match negated {
            true => Printed::new(
                format!("{operand} = {} OR {operand} IS NULL", 1 - value),
                Level::Or,
            ),
            false => Printed::new(format!("{operand} = {value}"), Level::Compare),
        }
    }

    fn distinct(&self, left: String, right: String, distinct: bool) -> Result<Printed, Unsayable> {
        PowerSync.distinct(left, right, distinct)
    }

    fn in_list(
        &self,
        operand: String,
        list: &[Literal],
        kind: Option<&Kind>,
        negated: bool,
    ) -> Printed {
        let items = Literal::List(list.to_vec());
        let text = format!(
            "{operand} IN {}",
            super::sqlite::Sqlite.literal(&items, kind)
        );
        match negated {
            // There is no `NOT IN`.
            true => Printed::new(format!("NOT ({text})"), Level::Not),
            false => Printed::new(text, Level::Compare),
        }
    }

    fn contains(
        &self,
        list: Printed,
        element: Printed,
        nullable: bool,
        cx: &PrintContext<'_>,
    ) -> Result<Printed, Unsayable> {
        PowerSync.contains(list, element, nullable, cx)
    }

    fn json_text(&self, operand: Printed, path: &[String]) -> Result<Printed, Unsayable> {
        PowerSync.json_text(operand, path)
    }

    fn json_is(
        &self,
        operand: Printed,
        path: &[String],
        truth: bool,
    ) -> Result<Printed, Unsayable> {
        PowerSync.json_is(operand, path, truth)
    }

    fn joined(&self, part: Printed, kind: Option<&Kind>) -> String {
        PowerSync.joined(part, kind)
    }

    fn compared(&self, value: Printed, kind: &Kind, other: &Expr) -> Result<Printed, Unsayable> {
        PowerSync.compared(value, kind, other)
    }

    fn beside_caller(&self, value: Printed, kind: &Kind, caller: &Expr) -> Printed {
        PowerSync.beside_caller(value, kind, caller)
    }

    fn arithmetic(&self, kind: &Kind) -> Result<(), Unsayable> {
        PowerSync.arithmetic(kind)
    }

    fn call(
        &self,
        function: Function,
        args: Vec<Printed>,
        kinds: &[Option<Kind>],
    ) -> Result<Printed, Unsayable> {
        match function {
            Function::Nullif => Err(Unsayable::new(
                "the older dialect has no `case`, which `nullif` becomes",
            )),
            _ => PowerSync.call(function, args, kinds),
        }
    }
}
