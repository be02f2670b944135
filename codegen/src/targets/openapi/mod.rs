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
use serde::Serialize;
use serde_json::Value;

/// The contract over HTTP.
pub const TARGET: Target = Target {
    name: "openapi",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
    beside: None,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    tree.insert_later("openapi.json", || text(model));
    tree
}

fn text(model: &Model) -> String {
    let written = entries::written(model);
    let document = to_value(&lower::without_schemas(model, &written));
    if written.is_empty() && lower::synced(model).next().is_none() {
        return print::print(&document);
    }
    print::print_with(&document, &["components", "schemas"], |add| {
        lower::schemas(model, &written, &mut |name, schema| {
            add(name, &to_value(schema));
        });
    })
}

fn to_value(of: &impl Serialize) -> Value {
    serde_json::to_value(of).expect("strings, numbers and lists serialise")
}
