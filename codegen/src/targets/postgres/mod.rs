//! Postgres: the first migration of a model, and what an administrator runs before it.
//!
//! The migration is an entry of the ledger, which `migrate` writes; `setup.sql` stands beside the entries, and `storage.sql`
//! where there are buckets.

mod admit;
mod indexes;
mod lower;
mod order;
mod policies;
mod setup;
mod sql;
mod verify;
mod view;

use super::{Target, Temper};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template;

/// The target `postgres`.
pub const TARGET: Target = Target {
    name: "postgres",
    temper: Temper::Ledger,
    admit: admit::admit,
    emit,
};

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    tree.insert("setup.sql", verify::parsed(setup::setup(model).render()));
    if let Some(storage) = policies::storage(model) {
        tree.insert("storage.sql", verify::parsed(storage.render()));
    }
    tree
}

/// The migration that makes everything from nothing; ends with a newline.
pub fn baseline(model: &Model) -> String {
    verify::parsed(lower::baseline(model).render()) + "\n"
}
