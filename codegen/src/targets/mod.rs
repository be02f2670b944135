//! The targets: pure functions from a checked model to files.
//!
//! A target knows the model and its own templates.
//! It never sees the declaration, reads no file, and imports no other target.

use crate::diagnostic::{Diagnostic, place::Place};
use crate::model::Model;
use crate::tree::Tree;

/// One kind of copy that an app can ask for.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name under `targets:`.
    pub name: &'static str,
    /// Whether its folder mirrors the model or holds history.
    pub temper: Temper,
    /// Complains about what this target cannot say, each complaint at its place.
    pub admit: fn(&Model, &mut Complaints),
    /// The files, by path relative to the target's folder.
    ///
    /// Called only with a model that `admit` had no error for.
    pub emit: fn(&Model) -> Tree,
}

/// What a target's folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// The folder equals what the target emits; other files are strays.
    Mirror,
    /// The folder holds entries that are only ever appended to, by `migrate`; what the target emits stands beside them.
    Ledger,
}

/// Every target there is, in the order of the documentation.
pub const TARGETS: &[Target] = &[];

/// What targets complain about, by place in the declaration.
#[derive(Debug, Default)]
#[must_use = "a complaint that nobody reads is a silent mistake"]
pub struct Complaints(Vec<(Place, Diagnostic)>);

impl Complaints {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; whoever reads it gives the diagnostic its span.
    pub fn push(&mut self, place: Place, diagnostic: Diagnostic) {
        self.0.push((place, diagnostic));
    }

    /// All of them, in the order they came up.
    pub fn into_vec(self) -> Vec<(Place, Diagnostic)> {
        self.0
    }
}
