//! What TypeScript cannot tell apart, and what a device cannot work out.

use super::spelling::{constant, type_name};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Connection, Filled, Model};
use crate::targets::powersync_client;
use crate::targets::row_facts::known_default;
use std::collections::BTreeMap;

/// Names that the modules of every app export or import.
const TAKEN: &[&str] = &[
    "constructorOf",
    "registry",
    "DeviceTables",
    "New",
    "Params",
    "Patch",
    "Put",
    "Registry",
    "Row",
    "Stored",
    "StoredTables",
    "StreamDef",
    "TableDef",
];

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    // Devices with plain SQLite keep rows that PowerSync would remove; its schema leaves those tables out.
    match model.sqlite.queue {
        true => powersync_client::admit_tables(model, cx),
        false => powersync_client::admit(model, cx),
    }
    names(model, cx);
    worker(model, cx);
    for client in model.client_tables() {
        for held in &client.columns {
            if let Filled::Default(default) = held.filled()
                && known_default(default).is_none()
            {
                let column = held.column;
                let place = Place::table(&client.table.name).column(&column.name);
                cx.push(
                    place.key("client_default"),
                    Diagnostic::error(
                        codes::TYPESCRIPT_CANNOT_SAY,
                        format!(
                            "TypeScript cannot compute the client default of `{}`",
                            column.name
                        ),
                    )
                    .help("use a literal, `now()`, `today()`, `uuid()` or `auth.user_id()`"),
                );
            }
        }
    }
}

/// The worker uses the tables of `bridge.sql`, and guarded statements run as the service.
fn worker(model: &Model, cx: &mut Complaints) {
    let roles = &model.postgres.roles;
    let needs_service = !model.postgres.has(Connection::RowSecurity);
    for (role, is_missing, why) in [
        (
            "bridge",
            roles.bridge.is_none(),
            "keeps what it has applied",
        ),
        (
            "service",
            needs_service && roles.service.is_none(),
            "runs guarded statements",
        ),
    ] {
        if model.worker && is_missing {
            cx.push(
                Place::new(["targets", "typescript", "worker"]),
                Diagnostic::error(
                    codes::WORKER_ROLES,
                    format!("the worker {why} as the role `{role}`, which is not declared"),
                )
                .help(format!(
                    "add `postgres: {{roles: {{{role}: {role}_role}}}}`"
                )),
            );
        }
    }
}

/// Everything that an app exports has another name.
fn names(model: &Model, cx: &mut Complaints) {
    let mut taken: BTreeMap<String, Option<Place>> = TAKEN
        .iter()
        .map(|name| ((*name).to_owned(), None))
        .collect();
    let mut take = |names: Vec<String>, declared: &str, place: Place| {
        for name in names {
            let Some(other) = taken.get(&name) else {
                taken.insert(name, Some(place.clone()));
                continue;
            };
            let refused = |message: String| {
                Diagnostic::error(codes::TYPESCRIPT_NAME_COLLISION, message)
                    .help("rename one of them")
            };
            match other {
                Some(other) => cx.push_with_label(
                    place,
                    refused(format!(
                        "`{declared}` needs the name `{name}` in TypeScript, which is already taken"
                    )),
                    other.clone(),
                    "the first is here",
                ),
                None => cx.push(
                    place,
                    refused(format!(
                        "`{declared}` would be named `{name}` in TypeScript, which is taken"
                    )),
                ),
            }
            return;
        }
    };
    for table in model.tables.values().filter(|table| table.sync.on_client()) {
        let pascal = type_name(&table.name);
        let types = ["Row", "Stored", "Put", "Patch"].map(|end| format!("{pascal}{end}"));
        let own = [
            constant(&table.name),
            format!("New{pascal}"),
            format!("new{pascal}"),
        ];
        let names = own.into_iter().chain(types).collect();
        take(names, &table.name, Place::table(&table.name));
    }
    for name in model.enums.keys() {
        take(vec![type_name(name)], name, Place::new(["enums", name]));
    }
    for name in model.streams.keys() {
        let names = vec![
            format!("{}Stream", constant(name)),
            format!("{}Params", type_name(name)),
        ];
        take(names, name, Place::new(["streams", name]));
    }
}
