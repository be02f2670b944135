//! Which rows stand in the way of an entry that a deferred constraint does not let pass.

use super::run::Blamed;
use super::{Bound, Statements};
use crate::crud::Write;
use crate::table::{ForeignKeyDef, TableDef, UniqueDef};
use std::fmt::Write as _;

/// A question for the keys of rows.
#[derive(Debug)]
pub(super) struct Question {
    /// Whose rows they are.
    pub(super) table: usize,
    /// Its text; it answers with the texts of the key columns.
    pub(super) sql: String,
    /// The key of the entry's row.
    pub(super) params: Vec<Bound>,
    /// Whether it is asked after the entry was written.
    pub(super) after: bool,
}

/// How many rows are looked at.
const MOST: usize = 100;

/// What is to be asked, where the table has the constraint and its rows can be told: the rows that hold the values of a
/// unique constraint, and those that refer to a row which is gone.
pub(super) fn question(
    tables: &[&Statements],
    table: usize,
    write: &Write<'_>,
    blamed: &Blamed,
) -> Option<Question> {
    let def = tables[table].table;
    let (schema, name) = (blamed.schema.as_deref()?, blamed.table.as_deref()?);
    let constraint = blamed.constraint.as_deref()?;
    let holder = tables
        .iter()
        .position(|one| (one.table.schema, one.table.name) == (schema, name))?;
    let held = tables[holder].table;
    let unique = held.uniques.iter().find(|one| one.name == constraint);
    let key = held.foreign_keys.iter().find(|one| one.name == constraint);
    let (sql, after) = match (unique, key) {
        (Some(unique), _) if holder == table && !unique.columns.is_empty() => {
            (same_values(def, unique), true)
        }
        (_, Some(key)) if key.table == def.name => (referring(held, key, def), false),
        _ => return None,
    };
    let params = write
        .key
        .iter()
        .map(|value| Bound(value.key_text().map(Into::into)))
        .collect();
    Some(Question {
        table: holder,
        sql,
        params,
        after,
    })
}

/// The other rows with the values that a row has in the columns of a unique constraint.
fn same_values(table: &TableDef, unique: &UniqueDef) -> String {
    let equals = match unique.nulls_not_distinct {
        true => "is not distinct from",
        false => "=",
    };
    let same = unique.columns.iter().map(|column| {
        let name = quoted(column.name);
        format!("other.{name} {equals} mine.{name}")
    });
    let not_mine = table.key.iter().map(|column| {
        let name = quoted(column.name);
        format!("other.{name} <> mine.{name}")
    });
    let not_mine: Vec<String> = not_mine.collect();
    let mut sql = select(table);
    let from = qualified(table);
    write!(
        sql,
        " from {from} as other join {from} as mine on {} and ({})",
        joined(same),
        not_mine.join(" or ")
    )
    .expect("a string grows");
    sql + &where_key(table)
}

/// The rows that refer to a row.
fn referring(table: &TableDef, key: &ForeignKeyDef, parent: &TableDef) -> String {
    let pairs = key.columns.iter().zip(key.references);
    let refers = pairs.map(|(column, referred)| {
        format!("other.{} = mine.{}", quoted(column.name), quoted(referred))
    });
    let mut sql = select(table);
    write!(
        sql,
        " from {} as other join {} as mine on {}",
        qualified(table),
        qualified(parent),
        joined(refers)
    )
    .expect("a string grows");
    sql + &where_key(parent)
}

fn select(table: &TableDef) -> String {
    let keys = table.key.iter();
    let keys: Vec<String> = keys
        .map(|column| format!("other.{}::text", quoted(column.name)))
        .collect();
    format!("select {}", keys.join(", "))
}

fn where_key(table: &TableDef) -> String {
    let key = table.key.iter().enumerate();
    let key = key.map(|(index, column)| format!("mine.{} = ${}", quoted(column.name), index + 1));
    format!(" where {} limit {MOST}", joined(key))
}

fn joined(conditions: impl Iterator<Item = String>) -> String {
    conditions.collect::<Vec<_>>().join(" and ")
}

fn qualified(table: &TableDef) -> String {
    format!("{}.{}", quoted(table.schema), quoted(table.name))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
