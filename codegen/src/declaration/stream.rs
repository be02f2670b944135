//! Streams, as declared.

use super::{Flag, Name, Snippet, Spanned};
use crate::map::IndexMap;
use synctable::KindSyntax;

/// One stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Its literal name; slashes and braces are allowed.
    pub name: Name,
    /// `doc`.
    pub doc: Option<Spanned<String>>,
    /// `automatic: true`.
    pub automatic: Flag,
    /// `priority`: 0 to 3.
    pub priority: Option<Spanned<u8>>,
    /// `params`, by name.
    pub params: IndexMap<String, Param>,
    /// `tables`, by name.
    pub tables: IndexMap<String, StreamTable>,
}

/// A parameter of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its kind, where declared.
    pub kind: Option<Spanned<KindSyntax>>,
}

/// A table of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamTable {
    /// The table.
    pub table: Name,
    /// Its filter, where it has one.
    pub filter: Option<Snippet>,
}
