//! The `dotnet` target: PowerSync's schema of the tables on the device in C#.

mod lower;
mod view;

use super::{Target, Temper, powersync_client, raw_tables};
use crate::diagnostic::Complaints;
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// PowerSync's schema in C#.
pub const TARGET: Target = Target {
    name: "dotnet",
    temper: Temper::Mirror,
    admit,
    emit,
    beside: None,
};

fn admit(model: &Model, cx: &mut Complaints) {
    powersync_client::admit(model, cx);
    raw_tables::refuse(model, TARGET.name, cx);
}

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    // Where a device has nothing, there is nothing to declare.
    if model.tables.values().any(|table| table.sync.on_client()) {
        let schema = lower::lower(model).render();
        tree.insert(
            "AppSchema.cs",
            schema.expect("a template of strings renders"),
        );
    }
    tree
}
