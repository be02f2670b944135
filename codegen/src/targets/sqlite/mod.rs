//! The `sqlite` target: the database of a device that syncs without PowerSync, as one `schema.sql`.
//!
//! A replica never refuses a server row: tables that share rows with the server are STRICT and have their key, and no
//! other constraint stands on them. Tables of the device alone have everything that is declared.
//!
//! Tables keep their rowid: `sqlite3_update_hook`, which libraries watch tables by, is silent about tables without one.

mod admit;
mod local;
mod lower;
mod names;
#[cfg(test)]
mod tests;
mod verify;
mod view;

use super::{Target, Temper};
use crate::diagnostic::Complaints;
use crate::model::Model;
use crate::tree::Tree;
use askama::Template;

/// DDL for plain SQLite.
pub const TARGET: Target = Target {
    name: "sqlite",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut complaints = Complaints::new();
    let mut lowered = lower::lower(model, &mut complaints);
    lowered.schema.writers = lower::writers(model);
    assert!(complaints.is_empty(), "`admit` was asked before");
    let mut tree = Tree::new();
    tree.insert("schema.sql", render(&lowered.schema));
    tree
}

fn render(schema: &view::Schema) -> String {
    schema.render().expect("a template of strings renders")
}
