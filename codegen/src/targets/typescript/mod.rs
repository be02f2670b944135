//! The `typescript` target: what programs in TypeScript know of an app, and PowerSync's schema of its tables on the device.
//!
//! Where devices with plain SQLite queue what they upload, their database and the library that syncs it come with them.
//!
//! A table is one constant, from which the types of its rows and uploads follow; what all apps share is in `runtime/`, which
//! is TypeScript as it stands and has no dependencies.

mod admit;
mod device;
mod lower;
mod powersync;
mod view;
mod worker;

use super::{Beside, Target, Temper, ecmascript as spelling};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// Tables, types and PowerSync's schema in TypeScript.
pub const TARGET: Target = Target {
    name: "typescript",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
    beside: Some(emit_beside),
};

/// What all apps share, as it is.
const RUNTIME: &[(&str, &str)] = &[
    (
        "connector",
        include_str!("../../../templates/typescript/runtime/connector.ts"),
    ),
    (
        "ids",
        include_str!("../../../templates/typescript/runtime/ids.ts"),
    ),
    (
        "index",
        include_str!("../../../templates/typescript/runtime/index.ts"),
    ),
    (
        "json",
        include_str!("../../../templates/typescript/runtime/json.ts"),
    ),
    (
        "raw",
        include_str!("../../../templates/typescript/runtime/raw.ts"),
    ),
    (
        "refused",
        include_str!("../../../templates/typescript/runtime/refused.ts"),
    ),
    (
        "releases",
        include_str!("../../../templates/typescript/runtime/releases.ts"),
    ),
    (
        "rows",
        include_str!("../../../templates/typescript/runtime/rows.ts"),
    ),
    (
        "table",
        include_str!("../../../templates/typescript/runtime/table.ts"),
    ),
    (
        "times",
        include_str!("../../../templates/typescript/runtime/times.ts"),
    ),
    (
        "values",
        include_str!("../../../templates/typescript/runtime/values.ts"),
    ),
];

/// What devices with plain SQLite and a queue have beside.
const DEVICE: &[(&str, &str)] = &[
    (
        "device",
        include_str!("../../../templates/typescript/runtime/device.ts"),
    ),
    (
        "drivers",
        include_str!("../../../templates/typescript/runtime/drivers.ts"),
    ),
    (
        "sync",
        include_str!("../../../templates/typescript/runtime/sync.ts"),
    ),
];

/// What uploads objects, for apps with buckets.
const OBJECTS: &[(&str, &str)] = &[(
    "objects",
    include_str!("../../../templates/typescript/runtime/objects.ts"),
)];

/// What answers devices on edge runtimes.
const WORKER: &[(&str, &str)] = &[
    (
        "apply",
        include_str!("../../../templates/typescript/runtime/worker/apply.ts"),
    ),
    (
        "changes",
        include_str!("../../../templates/typescript/runtime/worker/changes.ts"),
    ),
    (
        "cursor",
        include_str!("../../../templates/typescript/runtime/worker/cursor.ts"),
    ),
    (
        "database",
        include_str!("../../../templates/typescript/runtime/worker/database.ts"),
    ),
    (
        "forms",
        include_str!("../../../templates/typescript/runtime/worker/forms.ts"),
    ),
    (
        "http",
        include_str!("../../../templates/typescript/runtime/worker/http.ts"),
    ),
    (
        "plan",
        include_str!("../../../templates/typescript/runtime/worker/plan.ts"),
    ),
    (
        "protocol",
        include_str!("../../../templates/typescript/runtime/worker/protocol.ts"),
    ),
    (
        "pull",
        include_str!("../../../templates/typescript/runtime/worker/pull.ts"),
    ),
    (
        "rowChanges",
        include_str!("../../../templates/typescript/runtime/worker/rowChanges.ts"),
    ),
    (
        "served",
        include_str!("../../../templates/typescript/runtime/worker/served.ts"),
    ),
    (
        "tokens",
        include_str!("../../../templates/typescript/runtime/worker/tokens.ts"),
    ),
];

fn emit(model: &Model) -> Tree<'_> {
    emit_beside(model, &Beside::default())
}

fn emit_beside<'m>(model: &'m Model, beside: &Beside) -> Tree<'m> {
    let mut tree = Tree::new();
    let mut add = |path: &str, view: &dyn askama::DynTemplate| {
        tree.insert(
            path,
            view.dyn_render().expect("a template of strings renders"),
        );
    };
    add("index.ts", &lower::root(model, &beside.clients));
    // Where a device has nothing, there is nothing to declare.
    if model.tables.values().any(|table| table.sync.on_client()) {
        add("powersync.ts", &powersync::lower(model));
    }
    if !model.enums.is_empty() {
        add("enums.ts", &lower::enums(model));
    }
    if !model.streams.is_empty() {
        add("streams.ts", &lower::streams(model));
    }
    let database = beside.database.as_ref();
    let device = database.and_then(|database| device::lower(model, database));
    if let Some(database) = &device {
        add("database.ts", database);
    }
    if let Some(statements) = &beside.statements {
        add(
            "worker.ts",
            &worker::lower(model, statements, beside.pulled.as_ref()),
        );
        for (name, text) in WORKER {
            tree.insert(format!("runtime/worker/{name}.ts"), *text);
        }
    }
    let device: &[_] = if device.is_some() { DEVICE } else { &[] };
    let objects: &[_] = match model.signs_objects() {
        true => OBJECTS,
        false => &[],
    };
    for (name, text) in RUNTIME.iter().chain(device).chain(objects) {
        tree.insert(format!("runtime/{name}.ts"), *text);
    }
    for table in model.tables.values().filter(|table| table.sync.on_client()) {
        tree.insert_later(
            format!("tables/{}.ts", spelling::file(&table.name)),
            move || {
                let text = lower::table(model, table).render();
                text.expect("a template of strings renders")
            },
        );
    }
    tree
}
