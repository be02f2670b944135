//! What happens to the rows that are there: they are filled where a column becomes required, and sent again where devices
//! would not hear of what changes.
//!
//! Replication sends no change of a schema: not the default of a new column, and not what a cast makes of values.

use super::cast::cast;
use super::change::{Change, ColumnChange, RowsChange};
use super::side::Side;
use crate::catalog::{self, Name};
use crate::model::pending::{ByTable, holds};
use crate::model::{Column, Model};
use std::collections::BTreeSet;

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
            ColumnChange::Add
                if after.catalog.tables[table].columns[column]
                    .default
                    .is_some() =>
            {
                touched.push(place);
            }
            // An enum that becomes a type of its own has the same labels.
            ColumnChange::Retype { .. }
                if declared.using.is_some() && cast(before, after, table, column).is_some() =>
            {
                touched.push(place);
            }
            _ => {}
        }
    }
    let published = catalog::published(after.model);
    touched.retain(|(table, column)| {
        let declared = declared(after, table, column);
        published.contains(&table.name.as_str())
            && declared.is_some_and(is_synced)
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

/// Whether devices get the column.
fn is_synced(column: &Column) -> bool {
    column.direction.on_client() && column.direction.on_server() && !column.secret
}
