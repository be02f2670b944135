//! What happens to the rows that are there: they are filled where a column becomes required, and sent again where devices
//! would not hear of what changes.
//!
//! Replication sends no change of a schema: not the default of a new column, and not what a cast makes of values.
//! A new column is in the new sync config, which brings all rows.

use super::cast;
use super::change::{Change, ColumnChange, RowsChange};
use super::config;
use super::side::Side;
use crate::catalog::{self, Name};
use crate::model::pending::{ByTable, holds};
use crate::model::{Column, Model};
use std::collections::BTreeSet;
use synctable::EnumStorage;

/// Adds what happens to rows to the changes of their tables.
pub(super) fn compare(before: &Side<'_>, after: &Side<'_>, changes: &mut Vec<Change>) {
    let (was, is) = (&before.model.pending, &after.model.pending);
    // A column is filled by the file from which on no row may leave it NULL.
    let mut filled: Vec<(Name, String)> = between(after.model, &is.guarded, &was.guarded);
    filled.retain(|(table, column)| {
        declared(after, table, column).is_some_and(|column| column.backfill.is_some())
    });
    let mut touched: Vec<(Name, String)> = between(after.model, &was.untouched, &is.untouched);
    let mut new: BTreeSet<(Name, String)> = BTreeSet::new();
    // Each of their rows is updated, in this file or in a later one.
    let mut updated: BTreeSet<Name> = BTreeSet::new();
    for change in changes.iter() {
        let Change::Column {
            table,
            column,
            change,
        } = change
        else {
            continue;
        };
        let Some(declared) = declared(after, table, column) else {
            continue;
        };
        let place = (table.clone(), column.clone());
        let is_filled = declared.backfill.is_some() && !declared.nullable;
        match change {
            ColumnChange::Add if is_filled && holds(&is.optional, &table.name, column) => {
                updated.insert(table.clone());
            }
            ColumnChange::Add if is_filled => {
                updated.insert(table.clone());
                new.insert(place.clone());
                filled.push(place);
            }
            ColumnChange::Require if is_filled && !holds(&was.optional, &table.name, column) => {
                filled.push(place);
            }
            ColumnChange::Retype { .. }
                if cast::changes_values(before, after, table, column)
                    && !config::differs(before.model, after.model) =>
            {
                touched.push(place);
            }
            _ => {}
        }
    }
    for (table, column, again) in replaced(before, after, changes) {
        updated.insert(table.clone());
        let change = match again {
            true => RowsChange::Again,
            false => RowsChange::Replace,
        };
        changes.push(Change::Rows {
            table,
            column,
            change,
        });
    }
    for (table, column) in between(after.model, &was.unsettled, &is.unsettled) {
        changes.push(Change::Rows {
            table,
            column,
            change: RowsChange::Again,
        });
    }
    let published = catalog::published(after.model);
    touched.retain(|(table, column)| {
        let declared = declared(after, table, column);
        published.contains(&table.name.as_str())
            && declared.is_some_and(config::is_synced)
            && !holds(&is.untouched, &table.name, column)
            // A row is sent once.
            && !updated.contains(table)
    });
    let mut again: BTreeSet<&Name> = BTreeSet::new();
    for (table, column) in &filled {
        let of = |change| Change::Column {
            table: table.clone(),
            column: column.clone(),
            change,
        };
        // What is added without a value gets the rest afterwards.
        if new.contains(&(table.clone(), column.clone())) {
            changes.push(of(ColumnChange::Require));
            let lowered = &after.catalog.tables[table].columns[column];
            changes.extend(
                lowered
                    .default
                    .as_ref()
                    .map(|_| of(ColumnChange::SetDefault)),
            );
        }
        changes.push(Change::Rows {
            table: table.clone(),
            column: column.clone(),
            change: RowsChange::Fill,
        });
    }
    for (table, column) in &touched {
        if again.insert(table) {
            changes.push(Change::Rows {
                table: table.clone(),
                column: column.clone(),
                change: RowsChange::Touch,
            });
        }
    }
}

/// What is in the one and not in the other.
fn between(model: &Model, one: &ByTable, other: &ByTable) -> Vec<(Name, String)> {
    let mut found = Vec::new();
    for (table, columns) in one {
        let columns = columns.iter().filter(|column| !holds(other, table, column));
        found.extend(columns.filter_map(|column| {
            let table = catalog::name_of(model.tables.get(table)?);
            Some((table, column.clone()))
        }));
    }
    found
}

fn declared<'m>(side: &Side<'m>, table: &Name, column: &str) -> Option<&'m Column> {
    side.table(table)?.columns.get(column)
}

/// The columns in whose rows other labels take the place of those that are gone, and whether that is the second time.
fn replaced(before: &Side<'_>, after: &Side<'_>, changes: &[Change]) -> Vec<(Name, String, bool)> {
    let is_new = |of: &Name, name: &str| {
        changes.iter().any(|change| match change {
            Change::AddTable(table) => table == of,
            Change::Column {
                table,
                column,
                change: ColumnChange::Add,
            } => table == of && column == name,
            _ => false,
        })
    };
    let mut found = Vec::new();
    for (table, lowered) in &after.catalog.tables {
        for column in lowered
            .columns
            .keys()
            .filter(|column| !is_new(table, column))
        {
            if !labels(before, after, table, column).is_empty() {
                let narrowed = &before.model.pending.narrowed;
                found.push((table.clone(), column.clone(), !narrowed.is_empty()));
            }
        }
    }
    found
}

/// The labels that a column's rows lose by an update, each with the one that takes its place.
///
/// They are those of an enum that is text with a check: one that is a type of its own is made anew.
pub(super) fn labels<'a>(
    before: &Side<'a>,
    after: &Side<'a>,
    table: &Name,
    column: &str,
) -> Vec<(&'a str, &'a str)> {
    let declared = declared(after, table, column);
    let Some(of) = declared.and_then(|column| cast::enum_of(after.model, &column.kind)) else {
        return Vec::new();
    };
    let (was, is) = (&before.model.pending, &after.model.pending);
    let held = [
        (&was.unreplaced, &is.unreplaced),
        (&was.narrowed, &is.narrowed),
    ];
    let held = held
        .into_iter()
        .find(|(was, is)| was.contains_key(&of.name) && !is.contains_key(&of.name));
    match held {
        Some((labels, _)) if of.storage == EnumStorage::Check => {
            let labels = labels[&of.name].iter();
            labels
                .filter_map(|label| of.replaced.get_key_value(label))
                .map(|(old, new)| (old.as_str(), new.as_str()))
                .collect()
        }
        None if !is.unreplaced.contains_key(&of.name) => {
            cast::replaced_in_place(before, after, table, column)
        }
        _ => Vec::new(),
    }
}
