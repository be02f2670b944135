//! A mistake inside a snippet.

use crate::diagnostic::Code;
use std::ops::Range;

/// A mistake, with its place as bytes of the snippet; whoever holds the snippet's place shifts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which bytes of the snippet; never empty unless the snippet is.
    pub range: Range<usize>,
    /// The code.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// Ways out.
    pub helps: Vec<String>,
}

impl Problem {
    /// A problem without a way out yet.
    pub(super) fn new(range: Range<usize>, code: Code, message: impl Into<String>) -> Self {
        Self {
            range,
            code,
            message: message.into(),
            helps: Vec::new(),
        }
    }

    /// Adds a way out.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// Adds the nearest known name, if one is near.
    pub(super) fn nearest<'a>(
        self,
        unknown: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        match crate::diagnostic::nearest(unknown, known) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}
