//! Whatever a client may delete, the server can delete too.

use super::places;
use super::sound;
use crate::diagnostic::{Complaints, Diagnostic, codes};
use crate::model::{ForeignKey, Model, OnServer, Table};
use std::collections::BTreeSet;
use synctable::{DeleteRule, FkAction};

/// Every foreign key that Postgres enforces has a path when a client deletes the parent.
///
/// The device has no foreign keys: it deletes the parent, the upload violates the key, and the row comes back or the queue stops.
/// So the children go or let go by the key's action, or the same client may delete them first.
pub(super) fn has_a_path(model: &Model, broken: &BTreeSet<String>, cx: &mut Complaints) {
    for table in sound(model, broken) {
        for key in &table.foreign_keys {
            let Some(parent) = model.tables.get(&key.table) else {
                continue;
            };
            if key.on_server == OnServer::Unchecked
                || !deletes(parent)
                || has_action(key)
                || deletes(table)
            {
                continue;
            }
            cx.push(
                places::foreign_key(table, key, "references"),
                Diagnostic::error(
                    codes::DELETE_WITHOUT_PATH,
                    format!(
                        "clients may delete rows of `{}`, but not the rows of `{}` that reference them",
                        parent.name, table.name
                    ),
                )
                .help("add `on_delete: cascade` or `on_delete: set_null`")
                .help(format!("or deny the deletion: `delete: denied` on `{}`", parent.name)),
            );
        }
    }
}

/// Whether a client's DELETE removes rows of the table.
fn deletes(table: &Table) -> bool {
    table.sync.uploads()
        && table.delete == DeleteRule::Hard
        && table
            .access
            .as_ref()
            .is_some_and(|access| !access.delete.is_empty())
}

fn has_action(key: &ForeignKey) -> bool {
    match key.on_delete {
        FkAction::Cascade | FkAction::SetNull | FkAction::SetDefault => true,
        FkAction::NoAction | FkAction::Restrict => false,
    }
}
