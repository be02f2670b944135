//! The `dart` target: PowerSync's schema of the tables on the device in Dart, their rows, tables for Drift, and a connector.
//!
//! What all apps share is in `runtime/`, which is Dart as it stands.

mod admit;
mod drift;
mod kinds;
mod lower;
mod spelling;
mod tables;
mod view;

use super::{Target, Temper, ecmascript};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// PowerSync's schema, tables and rows in Dart.
pub const TARGET: Target = Target {
    name: "dart",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
    beside: None,
};

/// What all apps share, as it is.
const RUNTIME: &[(&str, &str)] = &[
    (
        "connector",
        include_str!("../../../templates/dart/runtime/connector.dart"),
    ),
    (
        "drift",
        include_str!("../../../templates/dart/runtime/drift.dart"),
    ),
    (
        "ids",
        include_str!("../../../templates/dart/runtime/ids.dart"),
    ),
    (
        "raw",
        include_str!("../../../templates/dart/runtime/raw.dart"),
    ),
    (
        "rows",
        include_str!("../../../templates/dart/runtime/rows.dart"),
    ),
    (
        "runtime",
        include_str!("../../../templates/dart/runtime/runtime.dart"),
    ),
    (
        "stored",
        include_str!("../../../templates/dart/runtime/stored.dart"),
    ),
    (
        "table",
        include_str!("../../../templates/dart/runtime/table.dart"),
    ),
];

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    // Where a device has nothing, there is nothing to declare.
    if !model.tables.values().any(|table| table.sync.on_client()) {
        return tree;
    }
    let mut add = |path: &str, view: &dyn askama::DynTemplate| {
        tree.insert(
            path,
            view.dyn_render().expect("a template of strings renders"),
        );
    };
    add("tables.dart", &tables::library(model));
    if !model.enums.is_empty() {
        add("enums.dart", &tables::enums(model));
    }
    if !model.streams.is_empty() {
        add("streams.dart", &tables::streams(model));
    }
    for (name, text) in RUNTIME {
        tree.insert(format!("runtime/{name}.dart"), *text);
    }
    tree.insert_later("powersync.dart", || {
        let text = lower::lower(model).render();
        text.expect("a template of strings renders")
    });
    tree.insert_later("drift.dart", || {
        let text = drift::lower(model).render();
        text.expect("a template of strings renders")
    });
    for table in model.tables.values().filter(|table| table.sync.on_client()) {
        let file = ecmascript::file(&table.name);
        tree.insert_later(format!("tables/{file}.dart"), move || {
            let text = tables::table(model, table).render();
            text.expect("a template of strings renders")
        });
    }
    tree
}
