//! Every word that an attribute may hold.

use std::fmt;
use syn::Path;

/// A word of an attribute.
#[derive(Clone, Copy)]
pub(crate) struct Symbol(&'static str);

pub(crate) const BY_VALUE: Symbol = Symbol("by_value");
pub(crate) const COLUMN: Symbol = Symbol("column");
pub(crate) const CRATE: Symbol = Symbol("crate");
pub(crate) const PARTIAL: Symbol = Symbol("partial");
pub(crate) const SERVER: Symbol = Symbol("server");
pub(crate) const SYNCTABLE: Symbol = Symbol("synctable");
pub(crate) const TABLE: Symbol = Symbol("table");

impl Symbol {
    pub(crate) fn as_str(self) -> &'static str {
        self.0
    }
}

impl PartialEq<Symbol> for Path {
    fn eq(&self, word: &Symbol) -> bool {
        self.is_ident(word.0)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
