//! The `bridge` target: `bridge.json`, which `bridge serve --program` loads in place of the declaration's folder.

mod program;

pub use program::{FORMAT, Program, Unread};

use super::{Beside, Target, Temper};
use crate::diagnostic::{BRIDGE_WITHOUT_ROLE, Complaints, Diagnostic, Place};
use crate::model::{Clients, Model};
use crate::tree::Tree;

/// The program of the bridge.
pub const TARGET: Target = Target {
    name: "bridge",
    temper: Temper::Mirror,
    admit,
    emit: |model| tree(model, &Clients::default()),
    beside: Some(beside),
};

/// Its file.
pub const FILE: &str = "bridge.json";

/// A bridge logs in with a role of its own.
fn admit(model: &Model, cx: &mut Complaints) {
    if model.postgres.roles.bridge.is_none() {
        cx.push(
            Place::new(["targets", "bridge"]),
            Diagnostic::error(
                BRIDGE_WITHOUT_ROLE,
                "the target `bridge` needs a role for the bridge, which is not declared",
            )
            .help("add `bridge: bridge_role` to `postgres.roles`, or remove the target"),
        );
    }
}

fn beside<'m>(model: &'m Model, beside: &Beside) -> Tree<'m> {
    tree(model, &beside.clients)
}

fn tree<'m>(model: &Model, clients: &Clients) -> Tree<'m> {
    let mut tree = Tree::new();
    tree.insert(FILE, program::write(model, clients));
    tree
}
