//! The `client_schema` target: `schema.json`, the schema of the device as PowerSync's extension of SQLite takes it.
//!
//! Every client library sends this text; a program in a language without one can send it as it is.

mod lower;
mod view;

use super::{Target, Temper, powersync_client};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// PowerSync's schema in no language.
pub const TARGET: Target = Target {
    name: "client_schema",
    temper: Temper::Mirror,
    admit: powersync_client::admit,
    emit,
    beside: None,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    let schema = lower::lower(model).render();
    tree.insert(
        "schema.json",
        schema.expect("a template of strings renders"),
    );
    if let Some(raw) = lower::raw_tables(model) {
        let raw = raw.render().expect("a template of strings renders");
        tree.insert("raw_tables.sql", raw);
    }
    tree
}
