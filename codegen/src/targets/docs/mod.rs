//! The `docs` target: a data dictionary in Markdown, with a diagram of the tables in Mermaid.
//!
//! One page for the app and one for each table: what a row is, what each column holds, who reads and writes it, the streams
//! that bring it, and what it is called on devices. What it says about access is what `exposure` says.

mod lower;
mod markdown;
mod view;

use super::{Target, Temper};
use crate::diagnostic::Complaints;
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;
use std::sync::Arc;

/// A data dictionary.
pub const TARGET: Target = Target {
    name: "docs",
    temper: Temper::Mirror,
    admit,
    emit,
    beside: None,
};

/// Every declaration can be described.
fn admit(_: &Model, _: &mut Complaints) {}

fn emit(model: &Model) -> Tree<'_> {
    let book = Arc::new(lower::Book::of(model));
    let mut tree = Tree::new();
    for table in model.tables.values() {
        let shared = Arc::clone(&book);
        tree.insert_later(format!("tables/{}.md", book.file(table)), move || {
            let page = lower::page(&shared, table).render();
            page.expect("a template of strings renders")
        });
    }
    tree.insert_later("README.md", move || {
        let app = book.app().render();
        app.expect("a template of strings renders")
    });
    tree
}
