//! Whether devices need another sync config afterwards: a new one is processed from scratch, and brings them all rows.

use crate::model::{Column, Model};

/// Whether a sync config that follows the one model is certain to differ from one of the other.
///
/// A config names every column that devices have, so one that comes, goes or gets another name is another config.
pub(super) fn differs(before: &Model, after: &Model) -> bool {
    named(before) != named(after)
}

/// Tables on devices, with their keys and columns, by the names that a config has for them.
fn named(model: &Model) -> Vec<[Vec<&str>; 3]> {
    let tables = model.tables.values();
    let mut named: Vec<_> = tables
        .filter(|table| table.sync.downloads())
        .map(|table| {
            let columns = table.columns.values().filter(|column| is_synced(column));
            let mut columns: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
            columns.sort_unstable();
            let key = table.key.iter().map(String::as_str).collect();
            [vec![table.name.as_str()], key, columns]
        })
        .collect();
    named.sort_unstable();
    named
}

/// Whether devices get the column.
pub(super) fn is_synced(column: &Column) -> bool {
    column.direction.on_client() && column.direction.on_server() && !column.secret
}
