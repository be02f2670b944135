//! Postgres: the migrations of a model, and what an administrator runs before them.
//!
//! A migration is an entry of the ledger, which `migrate` writes: the first makes everything from nothing, and each other one
//! leads on from the one before it, see [`evolve`]. `setup.sql` stands beside the entries, and `storage.sql` where there are
//! buckets.

mod admit;
mod bridge;
mod ddl;
pub mod evolve;
pub mod executed;
mod functions;
mod indexes;
mod lower;
pub mod objects;
mod order;
mod policies;
pub mod pull;
pub(crate) mod seeds;
mod setup;
mod triggers;
mod verify;
mod view;

use super::{Target, Temper, postgres_sql as sql};
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::tree::Tree;
use askama::Template;

/// The target `postgres`.
pub const TARGET: Target = Target {
    name: "postgres",
    temper: Temper::Ledger,
    admit: admit::admit,
    emit,
    beside: None,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    tree.insert("setup.sql", setup::text(model));
    if let Some(storage) = policies::storage(model) {
        tree.insert("storage.sql", printed(storage.render()));
    }
    if let Some(bridge) = bridge::text(model) {
        tree.insert("bridge.sql", bridge);
    }
    tree
}

/// What a template printed.
fn printed(rendered: askama::Result<String>) -> String {
    rendered.expect("templates print only what is there")
}

/// The migration that makes everything from nothing; ends with a newline.
pub fn baseline(model: &Model) -> String {
    printed(lower::baseline(model).render()) + "\n"
}

/// The migration, once a Postgres parser reads it.
///
/// # Errors
///
/// A mistake in a template of ours (`E009`).
pub(crate) fn parsed_baseline(model: &Model) -> Result<String, Diagnostic> {
    let text = baseline(model);
    match verify::mistake(&text) {
        None => Ok(text),
        Some(mistake) => Err(mistake),
    }
}
