//! The `openapi` target: `openapi.json`, OpenAPI 3.1: the rows of every synced table, what uploads say of each, and the endpoint that
//! takes them.
//!
//! It is data first: structs of its own are serialised.

mod admit;
mod document;
mod entries;
mod example;
mod lower;
mod print;
mod values;
mod write;

use super::{Target, Temper};
use crate::model::Model;
use crate::tree::Tree;

/// The contract over HTTP.
pub const TARGET: Target = Target {
    name: "openapi",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    let document =
        serde_json::to_value(lower::lower(model)).expect("strings, numbers and lists serialise");
    tree.insert("openapi.json", print::print(&document));
    tree
}
