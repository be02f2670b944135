//! Writes that a caller tries, and their SQL.

use crate::universe::load::name_of;
use crate::universe::{Caller, Row, plain};
use serde_json::Value;
use synctable::Database;
use synctable_codegen::expr::print;
use synctable_codegen::model::Table;

/// What is tried.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// An INSERT of these columns.
    Insert(Row),
    /// An UPDATE of the row with the key: the tombstone is a column like any other.
    Update(Row, Row),
    /// A DELETE of the row with the key.
    Delete(Row),
    /// An INSERT that becomes an UPDATE of these columns of the row that stands in its way.
    Upsert(Row, Vec<String>),
    /// An UPDATE of every row, which looks at none.
    UpdateAll(Row),
    /// A DELETE of every row, which looks at none.
    DeleteAll,
}

impl Act {
    /// Its name in reports.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Insert(_) => "insert",
            Self::Update(..) => "update",
            Self::Delete(_) => "delete",
            Self::Upsert(..) => "upsert",
            Self::UpdateAll(_) => "update all",
            Self::DeleteAll => "delete all",
        }
    }
}

/// A write of one caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The role that writes for the caller.
    pub role: String,
    /// The declared table.
    pub table: String,
    /// Who tries.
    pub caller: Caller,
    /// What is tried.
    pub act: Act,
    /// What it is counted as: a command, or a soft deletion.
    pub kind: &'static str,
}

/// The statement that tries it.
#[must_use]
pub fn statement(table: &Table, act: &Act) -> String {
    let name = name_of(table);
    match act {
        Act::Insert(row) => insert(table, row),
        Act::Update(key, patch) => {
            format!(
                "update {name} set {} where {}",
                assigned(table, patch),
                is(table, key)
            )
        }
        Act::Delete(key) => format!("delete from {name} where {}", is(table, key)),
        Act::Upsert(row, merged) => {
            let target: Vec<String> = table.upsert_on.iter().map(|column| ident(column)).collect();
            let merged: Vec<String> = merged
                .iter()
                .map(|column| format!("{0} = excluded.{0}", ident(column)))
                .collect();
            format!(
                "{} on conflict ({}) do update set {}",
                insert(table, row),
                target.join(", "),
                merged.join(", ")
            )
        }
        Act::UpdateAll(patch) => format!("update {name} set {}", assigned(table, patch)),
        Act::DeleteAll => format!("delete from {name}"),
    }
}

/// The INSERT that an upsert proposes, where nothing stands in its way.
#[must_use]
pub fn insert(table: &Table, row: &Row) -> String {
    let columns: Vec<String> = row.keys().map(|name| ident(name)).collect();
    let values: Vec<String> = row.keys().map(|name| constant(table, row, name)).collect();
    format!(
        "insert into {} ({}) values ({})",
        name_of(table),
        columns.join(", "),
        values.join(", ")
    )
}

fn assigned(table: &Table, patch: &Row) -> String {
    let one = |name: &String| format!("{} = {}", ident(name), constant(table, patch, name));
    let all: Vec<String> = patch.keys().map(one).collect();
    all.join(", ")
}

/// A condition that holds for the row with these values, none of which is NULL.
#[must_use]
pub fn is(table: &Table, values: &Row) -> String {
    conditions(table, values, "")
}

/// The same of the row with an alias.
#[must_use]
pub fn is_of(table: &Table, values: &Row, alias: &str) -> String {
    conditions(table, values, &format!("{alias}."))
}

fn conditions(table: &Table, values: &Row, alias: &str) -> String {
    let one = |name: &String| format!("{alias}{} = {}", ident(name), constant(table, values, name));
    let all: Vec<String> = values.keys().map(one).collect();
    all.join(" and ")
}

fn constant(table: &Table, row: &Row, column: &str) -> String {
    let kind = &table.columns[column].kind;
    print::constant(&row[column], kind, Database::Postgres)
}

fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

/// The subject of a token, where it has one.
#[must_use]
pub fn subject(token: &Value) -> Option<&str> {
    token["sub"].as_str()
}

/// Whether two rows have the same values in these columns.
#[must_use]
pub fn same(columns: &[String], one: &Row, other: &Row) -> bool {
    columns.iter().all(|column| {
        let value = |row: &Row| row.get(column).map(plain);
        value(one) == value(other)
    })
}
