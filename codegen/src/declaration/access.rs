//! Who may do what with rows, as declared: by command, and for each command by role.

use super::{Name, Snippet};
use crate::diagnostic::Span;

/// `access` of a table or a bucket.
///
/// The decoder has refused a command that is given twice (`write` beside `insert`), so
/// [`read`](Self::read) and its kin have one answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// The place of the key.
    pub span: Span,
    /// `read`.
    pub read: Option<RoleRules>,
    /// `insert`.
    pub insert: Option<RoleRules>,
    /// `update`.
    pub update: Option<UpdateRules>,
    /// `delete`.
    pub delete: Option<RoleRules>,
    /// `write`: short for `insert`, `update` and `delete`.
    pub write: Option<RoleRules>,
    /// `all`: short for `read` and `write`.
    pub all: Option<RoleRules>,
}

impl Access {
    /// Who may see a row, by `read` or `all`.
    #[must_use]
    pub fn read(&self) -> Option<&RoleRules> {
        self.read.as_ref().or(self.all.as_ref())
    }

    /// Who may add a row, by `insert`, `write` or `all`.
    #[must_use]
    pub fn insert(&self) -> Option<&RoleRules> {
        self.insert.as_ref().or(self.every_write())
    }

    /// Who may change a row where `update` does not say it: by `write` or `all`, before and after alike.
    ///
    /// Look at [`update`](Self#structfield.update) first.
    #[must_use]
    pub fn every_write(&self) -> Option<&RoleRules> {
        self.write.as_ref().or(self.all.as_ref())
    }

    /// Who may delete a row, by `delete`, `write` or `all`.
    #[must_use]
    pub fn delete(&self) -> Option<&RoleRules> {
        self.delete.as_ref().or(self.every_write())
    }
}

/// The rules of one command, in declared order.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleRules {
    /// The place of the command's key.
    pub span: Span,
    /// One rule without a role, or one for each role.
    pub rules: Vec<RoleRule<Rule>>,
}

/// The rules of `update`, in declared order.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateRules {
    /// The place of the command's key.
    pub span: Span,
    /// One rule without a role, or one for each role.
    pub rules: Vec<RoleRule<UpdateRule>>,
}

/// A rule and whom it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleRule<R> {
    /// A Postgres role; `None` is the client role, where the rule is given without a role.
    pub role: Option<Name>,
    /// Which rows.
    pub rule: R,
}

/// Which rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// The word `public`: every row.
    Public(Span),
    /// The rows for which this is true.
    When(Snippet),
}

impl Rule {
    /// Where it is written.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Public(span) => *span,
            Self::When(snippet) => snippet.span,
        }
    }
}

/// Which rows of an update.
#[derive(Clone, Debug, PartialEq)]
pub enum UpdateRule {
    /// One rule that stands for both.
    Both(Rule),
    /// `{before: …, after: …}`.
    BeforeAfter {
        /// Speaks of the row as it stands.
        before: Rule,
        /// Speaks of the row as it will be.
        after: Rule,
    },
}

impl UpdateRule {
    /// What the row must satisfy as it stands.
    #[must_use]
    pub const fn before(&self) -> &Rule {
        match self {
            Self::Both(rule) | Self::BeforeAfter { before: rule, .. } => rule,
        }
    }

    /// What the row must satisfy as it will be.
    #[must_use]
    pub const fn after(&self) -> &Rule {
        match self {
            Self::Both(rule) | Self::BeforeAfter { after: rule, .. } => rule,
        }
    }
}
