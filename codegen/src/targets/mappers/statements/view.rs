//! What the templates of statements print; every text is Rust or SQL already.

use askama::Template;

/// `statements/mod.rs`.
#[derive(Template)]
#[template(path = "mappers/statements_mod.rs")]
pub(super) struct Root {
    pub(super) modules: Vec<Module>,
}

pub(super) struct Module {
    pub(super) name: String,
    /// Whether its statements name a deprecated column.
    pub(super) has_deprecated: bool,
}

/// `statements/<table>.rs`.
#[derive(Template)]
#[template(path = "mappers/statements.rs")]
pub(super) struct Table {
    pub(super) declared: String,
    pub(super) module: String,
    /// The tables that decide over its rows, as a Rust list.
    pub(super) reads: String,
    /// The columns that must be unique among its rows, as a Rust list.
    pub(super) unique: String,
    pub(super) put: &'static str,
    pub(super) patch: &'static str,
    pub(super) delete: &'static str,
    pub(super) masks: Vec<Mask>,
    pub(super) groups: Vec<Group>,
}

/// Columns that a parameter speaks of.
pub(super) struct Mask {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    /// A Rust list.
    pub(super) columns: String,
}

/// The statements of one kind of connection.
pub(super) struct Group {
    pub(super) module: &'static str,
    pub(super) doc: &'static str,
    pub(super) statements: Vec<Statement>,
}

impl Group {
    /// What stands for a command among the table's statements.
    pub(super) fn of(&self, name: &str) -> String {
        match self.statements.iter().any(|one| one.name == name) {
            true => format!("Some(&{}::{name})", self.module),
            false => "None".to_owned(),
        }
    }
}

pub(super) struct Statement {
    pub(super) name: &'static str,
    pub(super) doc: &'static str,
    /// A Rust list, of which both texts take the beginning.
    pub(super) params: String,
    /// Rust lists of the texts that number otherwise.
    pub(super) write_params: Option<String>,
    pub(super) verdict_params: Option<String>,
    pub(super) write: Vec<Piece>,
    pub(super) verdict: Vec<Piece>,
}

/// A part of a text.
pub(super) struct Piece {
    /// The variant of `synctable::statement::Piece`.
    pub(super) whose: &'static str,
    /// What stands around the raw string.
    pub(super) fence: String,
    pub(super) text: String,
}
