//! What a tombstone says of a row, in Postgres: a time that is set, or a flag that is true.

use super::ident;
use crate::model::{Column, Expr, IsTest};
use synctable::Kind;

/// Whether a row lives whose tombstone has this value.
pub(crate) fn lives(column: &Column, value: &str) -> String {
    match is_flag(column) {
        true => format!("not {value}"),
        false => format!("{value} is null"),
    }
}

/// Whether a row is deleted whose tombstone has this value.
pub(crate) fn is_buried(column: &Column, value: &str) -> String {
    match is_flag(column) {
        true => value.to_owned(),
        false => format!("{value} is not null"),
    }
}

/// Whether the row `alias` lives.
pub(crate) fn row_lives(column: &Column, alias: &str) -> String {
    lives(column, &format!("{alias}.{}", ident(&column.name)))
}

/// Whether the row `alias` is deleted.
pub(crate) fn row_is_buried(column: &Column, alias: &str) -> String {
    is_buried(column, &format!("{alias}.{}", ident(&column.name)))
}

/// What a deletion sets.
pub(crate) fn burial(column: &Column) -> &'static str {
    match is_flag(column) {
        true => "true",
        false => "now()",
    }
}

/// What a row has that is revived.
pub(crate) fn revival(column: &Column) -> &'static str {
    match is_flag(column) {
        true => "false",
        false => "null",
    }
}

/// Whether a row is deleted, or lives, as a condition over its columns.
pub(crate) fn condition(column: &Column, is_buried: bool) -> Expr {
    let tombstone = Expr::Column(column.name.clone());
    match (is_flag(column), is_buried) {
        (true, true) => tombstone,
        (true, false) => Expr::Not(Box::new(tombstone)),
        (false, _) => Expr::Is {
            operand: Box::new(tombstone),
            test: IsTest::Null,
            negated: is_buried,
        },
    }
}

/// Whether the tombstone is a flag instead of a time.
pub(crate) fn is_flag(column: &Column) -> bool {
    column.kind == Kind::BOOL
}
