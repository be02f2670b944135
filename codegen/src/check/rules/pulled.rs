//! Devices with plain SQLite pull what they receive.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use synctable::Role;

/// A device that queues what it writes asks the bridge for what others wrote: each table that it receives says what
/// changed.
pub(super) fn tables_tell_what_changed(model: &Model, cx: &mut Complaints) {
    if !model.sqlite.queue || model.postgres.roles.bridge.is_none() {
        return;
    }
    let received = model.tables.values().filter(|table| table.sync.downloads());
    for table in received.filter(|table| table.role(Role::Changed).is_none()) {
        cx.push_with_label(
            Place::table(&table.name),
            Diagnostic::error(
                codes::PULLED_WITHOUT_CHANGED,
                format!(
                    "devices pull `{}`, but no column has the role `changed`",
                    table.name
                ),
            )
            .help("add `changed: {kind: bigint, on: server, default: 0, role: changed}`"),
            Place::new(["sqlite", "queue"]),
            "its devices pull",
        );
    }
}
