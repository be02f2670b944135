//! What PowerSync's library for Swift refuses.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use crate::targets::powersync_client;

/// Columns of one table, the `id` apart.
const MAX_COLUMNS: usize = 63;

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    powersync_client::admit(model, cx);
    let tables = model.client_tables();
    for (client, table) in tables.iter().zip(powersync_client::lower(model).tables) {
        let count = table.columns.len();
        if count > MAX_COLUMNS {
            let name = &client.table.name;
            cx.push(
                Place::table(name),
                Diagnostic::error(
                    codes::SWIFT_COLUMNS,
                    format!(
                        "`{name}` has {count} columns beside `id` on the device; PowerSync's limit in Swift is {MAX_COLUMNS}"
                    ),
                )
                .help("move some columns to another table, or keep them on the server with `on: server`"),
            );
        }
    }
}
