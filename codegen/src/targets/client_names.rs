//! What all targets that write for PowerSync's clients share: the names that a table on the device cannot have.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;

/// Columns of one table that a client's SQLite can hold, the `id` apart.
const MAX_COLUMNS: usize = 1999;

/// Complains about names that the service or the client libraries keep for themselves, or cannot hold.
pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.sync.on_client()) {
        let place = Place::table(&table.name);
        let kept = ["ps_", "powersync_", "sqlite_"];
        if let Some(prefix) = kept
            .iter()
            .find(|prefix| table.client_name.to_ascii_lowercase().starts_with(**prefix))
        {
            cx.push(
                place.clone(),
                refused(format!(
                    "`{}` starts with `{prefix}`, which PowerSync reserves",
                    table.client_name
                )),
            );
        }
        unspeakable(&table.client_name, || place.clone(), cx);
        let columns: Vec<_> = table
            .columns
            .values()
            .filter(|column| column.is_on_device())
            .collect();
        if columns.len() > MAX_COLUMNS {
            cx.push(
                place.clone(),
                refused(format!(
                    "`{}` has {} columns on the device; the limit is {MAX_COLUMNS}",
                    table.name,
                    columns.len()
                )),
            );
        }
        for column in columns {
            let place = || place.clone().column(&column.name);
            unspeakable(&column.client_name, place, cx);
            if ["_metadata", "_deleted"].contains(&column.client_name.as_str()) {
                cx.push(
                    place(),
                    refused(format!(
                        "`{}` is a column that PowerSync reserves",
                        column.client_name
                    )),
                );
            }
        }
    }
}

/// Characters that the client's generated triggers cannot quote.
fn unspeakable(name: &str, place: impl Fn() -> Place, cx: &mut Complaints) {
    let bad = |c: &char| "\"'%,.#[]".contains(*c) || c.is_whitespace();
    if let Some(found) = name.chars().find(bad) {
        cx.push(
            place(),
            refused(format!(
                "`{name}` contains `{found}`, which PowerSync's clients do not support"
            )),
        );
    }
}

fn refused(message: String) -> Diagnostic {
    Diagnostic::error(codes::POWERSYNC_NAME, message).help("give it another `client_name`")
}
