//! Where the parts of a table are declared, found again by what Postgres calls them.

use crate::diagnostic::Place;
use crate::model::{Check, ForeignKey, Index, Table, Unique};
use synctable::ident::derived_name;

/// A unique: its entry under `uniques`, or its column.
pub(super) fn unique(table: &Table, unique: &Unique) -> Place {
    let entry = Place::entry(&table.name, "uniques", &unique.name);
    match unique.columns().as_deref() {
        Some([column]) if is_of_column(table, column, "key", &unique.name) => {
            entry.or(Place::table(&table.name).column(*column).key("unique"))
        }
        _ => entry,
    }
}

/// A foreign key: its entry under `foreign_keys`, or its column, where the options stand beside `references`.
pub(super) fn foreign_key(table: &Table, key: &ForeignKey, option: &str) -> Place {
    let entry = Place::entry(&table.name, "foreign_keys", &key.name);
    let place = match key.columns.as_slice() {
        [column] if is_of_column(table, column, "fkey", &key.name) => {
            entry.or(Place::table(&table.name).column(column))
        }
        _ => entry,
    };
    place.key(option)
}

/// An index: its entry under `indexes`.
pub(super) fn index(table: &Table, index: &Index) -> Place {
    Place::entry(&table.name, "indexes", &index.name)
}

/// A check: its entry under `checks`, or its column.
pub(super) fn check(table: &Table, check: &Check) -> Place {
    let entry = Place::entry(&table.name, "checks", &check.name);
    let of = |column: &&String| is_of_column(table, column, "check", &check.name);
    match table.columns.keys().find(of) {
        Some(column) => entry.or(Place::table(&table.name).column(column).key("check")),
        None => entry,
    }
}

fn is_of_column(table: &Table, column: &str, suffix: &str, name: &str) -> bool {
    derived_name(&[&table.name, column], suffix) == name
}
