//! The `swift` target: PowerSync's schema of the tables on the device in Swift.

mod admit;
mod lower;
mod view;

use super::{Target, Temper};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// PowerSync's schema in Swift.
pub const TARGET: Target = Target {
    name: "swift",
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
        tree.insert(
            "AppSchema.swift",
            schema.expect("a template of strings renders"),
        );
    }
    tree
}
