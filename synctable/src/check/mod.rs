//! The declared checks of a table, as constant data that a program evaluates before any database sees the row.
//!
//! What Rust says must be what Postgres says, so a check answers [`Truth`]: a row is refused only where Postgres would
//! refuse it for certain. What has no such answer (a regular expression, SQL of one dialect, a computation that an engine
//! may round) is left to Postgres, and stands here without a term.

mod evaluate;
mod term;

pub use evaluate::Truth;
pub use term::{Arith, Compare, Function, Is, Term};

use crate::table::ColumnDef;
use crate::value::Value;

/// A declared check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckDef {
    /// Its name in Postgres, as errors report it.
    pub name: &'static str,
    /// The columns it speaks of; none where it is SQL of one dialect.
    pub columns: &'static [&'static ColumnDef],
    /// What must not be false; `None` where it is left to Postgres.
    pub term: Option<Term>,
}

impl CheckDef {
    /// What it says of a row.
    ///
    /// `row` gives a column's value as SQLite stores it, and `None` for one that is not known.
    ///
    /// ```
    /// use synctable::check::{CheckDef, Compare, Function, Term, Truth};
    /// use synctable::{ColumnDef, Kind, Scalar, Value};
    /// static TITLE: ColumnDef = ColumnDef::new("title", Kind::Scalar(Scalar::Text));
    /// const SHORT: CheckDef = CheckDef {
    ///     name: "items_title_check",
    ///     columns: &[&TITLE],
    ///     term: Some(Term::Compare(
    ///         &Term::Call(Function::Length, &[Term::Column(&TITLE)]),
    ///         Compare::Le,
    ///         &Term::Int(5),
    ///     )),
    /// };
    /// assert_eq!(SHORT.truth(&|_| Some(Value::Text("Buy milk".into()))), Truth::False);
    /// assert_eq!(SHORT.truth(&|_| Some(Value::Null)), Truth::Null);
    /// assert_eq!(SHORT.truth(&|_| None), Truth::Unknown);
    /// ```
    pub fn truth<'v>(&self, row: &impl Fn(&ColumnDef) -> Option<Value<'v>>) -> Truth {
        match &self.term {
            Some(term) => evaluate::truth(term, row),
            None => Truth::Unknown,
        }
    }
}
