//! What has a name in a declaration, and the places that say it.

use crate::diagnostic::Span;

/// Something that can be found, shown and renamed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Symbol {
    Table(String),
    /// The table and the column.
    Column(String, String),
    Scope(String),
    Enum(String),
    Domain(String),
    Stream(String),
}

impl Symbol {
    /// The name that is written where it is declared.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Table(name)
            | Self::Column(_, name)
            | Self::Scope(name)
            | Self::Enum(name)
            | Self::Domain(name)
            | Self::Stream(name) => name,
        }
    }

    /// The same with another name.
    pub(super) fn renamed(&self, to: &str) -> Self {
        let to = to.to_owned();
        match self {
            Self::Table(_) => Self::Table(to),
            Self::Column(table, _) => Self::Column(table.clone(), to),
            Self::Scope(_) => Self::Scope(to),
            Self::Enum(_) => Self::Enum(to),
            Self::Domain(_) => Self::Domain(to),
            Self::Stream(_) => Self::Stream(to),
        }
    }

    /// Whether its old name is kept as `was`, so that a migration renames it.
    pub(super) fn keeps_was(&self) -> bool {
        match self {
            Self::Table(_) | Self::Column(..) | Self::Enum(_) | Self::Domain(_) => true,
            Self::Scope(_) | Self::Stream(_) => false,
        }
    }
}

/// A place that says the name of a symbol, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub(super) span: Span,
    pub(super) symbol: Symbol,
    /// Of the place where it is declared, all that is written under the name.
    pub(super) declares: Option<Span>,
}
