//! The `powersync` target: `sync-config.yaml`, edition 3, for PowerSync's service, and `sync-rules.yaml`, the same
//! policy in the older dialect, for services that do not have streams yet.
//!
//! Every query lists its columns, gives every row a text `id`, and carries the read rule of its table; a stream's own
//! filter narrows that further. The rule is that of the client role: a device is always signed in.

mod admit;
mod bound;
pub mod budget;
mod caller;
mod enforced;
mod hooks;
mod lower;
mod own_rows;
mod query;
#[doc(hidden)]
pub mod rules;
mod scopes;
mod spelled;
mod view;
mod ways;

use super::{Beside, Target, Temper};
use crate::diagnostic::Complaints;
use crate::expr::print::{self, Unsayable};
use crate::expr::{Known, Row};
use crate::model::{Expr, Model};
use crate::tree::Tree;
use askama::Template;

/// Sync streams.
pub const TARGET: Target = Target {
    name: "powersync",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
    beside: Some(emit_beside),
};

/// A rule as a stream enforces it, and the text of that, for tests of the dialect alone.
///
/// # Errors
///
/// What the dialect cannot say.
#[doc(hidden)]
pub fn condition_of(
    model: &Model,
    known: &Known,
    row: &Row,
    rule: &Expr,
) -> Result<(Expr, String), Unsayable> {
    let scopes = scopes::Scopes::of(model, known);
    let hooks = hooks::StreamHooks::of_streams(&scopes);
    let condition = enforced::enforceable(rule, row, known);
    let text = print::powersync(&condition, &hooks.context(row))?;
    Ok((condition, text))
}

fn emit(model: &Model) -> Tree<'_> {
    emit_beside(model, &Beside::default())
}

fn emit_beside<'m>(model: &'m Model, beside: &Beside) -> Tree<'m> {
    let mut complaints = Complaints::new();
    let config = lower::lower(model, &beside.clients, &mut complaints);
    assert!(complaints.is_empty(), "`admit` was asked before");
    let mut tree = Tree::new();
    tree.insert(
        "sync-config.yaml",
        config.render().expect("a template of strings renders"),
    );
    let rules = rules::lower(model, &beside.clients);
    tree.insert(
        "sync-rules.yaml",
        rules.render().expect("a template of strings renders"),
    );
    tree
}
