//! Tombstones of rows, by the policy's own words: a time that is set, or a flag that is true.

use crate::universe::Row;
use synctable::Kind;
use synctable_codegen::model::{Column, Literal};

/// Whether the row lives.
#[must_use]
pub fn lives(column: &Column, row: &Row) -> bool {
    row[&column.name] == revival(column)
}

/// What the column has in a row that lives.
#[must_use]
pub fn revival(column: &Column) -> Literal {
    match column.kind == Kind::BOOL {
        true => Literal::Bool(false),
        false => Literal::Null,
    }
}

/// What a deletion sets.
#[must_use]
pub fn burial(column: &Column) -> Literal {
    match column.kind == Kind::BOOL {
        true => Literal::Bool(true),
        false => Literal::Text("2026-02-03T04:05:06.000000Z".to_owned()),
    }
}
