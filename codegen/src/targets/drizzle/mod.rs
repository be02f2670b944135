//! The `drizzle` target: the tables of the server and of devices as Drizzle declares them, with their relations.

mod admit;
mod columns;
mod device;
mod relations;
mod server;
mod shown;
mod view;

use super::{Target, Temper};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// Tables in TypeScript for Drizzle.
pub const TARGET: Target = Target {
    name: "drizzle",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
    beside: None,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    if model.tables.values().any(|table| table.sync.on_server()) {
        tree.insert_later("server.ts", || {
            let text = server::lower(model).render();
            text.expect("a template of strings renders")
        });
    }
    if model.tables.values().any(|table| table.sync.on_client()) {
        tree.insert_later("device.ts", || {
            let text = device::lower(model).render();
            text.expect("a template of strings renders")
        });
    }
    tree
}
