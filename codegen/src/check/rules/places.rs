//! Where the parts of a table are declared, found again by what Postgres calls them.

use crate::diagnostic::Place;
use crate::model::{Check, ForeignKey, Index, Table, Unique};
use synctable::ident::derived_name;

/// A unique: on its column, or its entry under `uniques`, which has those with options.
pub(super) fn unique(table: &Table, unique: &Unique) -> Place {
    let has_options = unique.deferrable || unique.nulls_not_distinct || unique.predicate.is_some();
    match unique.columns().as_deref() {
        Some([column]) if !has_options && is_of_column(table, column, "key", &unique.name) => {
            Place::table(&table.name).column(*column).key("unique")
        }
        _ => Place::entry(&table.name, "uniques", &unique.name),
    }
}

/// A foreign key: on its column, or its entry under `foreign_keys`. The options stand beside `references`.
pub(super) fn foreign_key(table: &Table, key: &ForeignKey, option: &str) -> Place {
    match key.columns.as_slice() {
        [column] if is_of_column(table, column, "fkey", &key.name) => {
            Place::table(&table.name).column(column).key(option)
        }
        _ => Place::entry(&table.name, "foreign_keys", &key.name).key(option),
    }
}

/// An index: its entry under `indexes`.
pub(super) fn index(table: &Table, index: &Index) -> Place {
    Place::entry(&table.name, "indexes", &index.name)
}

/// A check: on its column, or its entry under `checks`.
pub(super) fn check(table: &Table, check: &Check) -> Place {
    let of = |column: &&String| is_of_column(table, column, "check", &check.name);
    match table.columns.keys().find(of) {
        Some(column) => Place::table(&table.name).column(column).key("check"),
        None => Place::entry(&table.name, "checks", &check.name),
    }
}

fn is_of_column(table: &Table, column: &str, suffix: &str, name: &str) -> bool {
    derived_name(&[&table.name, column], suffix) == name
}
