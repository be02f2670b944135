//! What PowerSync's library for Swift refuses.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use crate::targets::powersync_client::{self, is_id};
use crate::targets::raw_tables;

/// Columns of one table, the `id` apart.
const MAX_COLUMNS: usize = 63;

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    powersync_client::admit(model, cx);
    raw_tables::refuse(model, super::TARGET.name, cx);
    for client in model.client_tables() {
        let held = powersync_client::held(&client).into_iter();
        let count = held.filter(|held| !is_id(held.column)).count();
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
