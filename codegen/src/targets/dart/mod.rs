//! The `dart` target: PowerSync's schema of the tables on the device in Dart, their names, and their values as JSON.

mod admit;
mod lower;
mod spelling;
mod tables;
mod view;

use super::{Target, Temper};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// PowerSync's schema and names in Dart.
pub const TARGET: Target = Target {
    name: "dart",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
    beside: None,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    // Where a device has nothing, there is nothing to declare.
    if model.tables.values().any(|table| table.sync.on_client()) {
        let schema = lower::lower(model).render();
        let tables = tables::lower(model).render();
        for (path, text) in [("powersync.dart", schema), ("tables.dart", tables)] {
            tree.insert(path, text.expect("a template of strings renders"));
        }
    }
    tree
}
