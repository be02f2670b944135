//! The `dart` target: PowerSync's schema of the tables on the device in Dart.

mod lower;
mod view;

use super::{Target, Temper, powersync_client};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// PowerSync's schema in Dart.
pub const TARGET: Target = Target {
    name: "dart",
    temper: Temper::Mirror,
    admit: powersync_client::admit,
    emit,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    // Where a device has nothing, there is nothing to declare.
    if model.tables.values().any(|table| table.sync.on_client()) {
        let schema = lower::lower(model).render();
        tree.insert(
            "powersync.dart",
            schema.expect("a template of strings renders"),
        );
    }
    tree
}
