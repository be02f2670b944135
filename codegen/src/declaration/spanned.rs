//! A value and where it stands; names, switches and expressions as they are written.

use crate::diagnostic::{Sources, Span};
use crate::source::locate;
use std::ops::Range;

/// A value and where it stands.
///
/// Equality includes the place; compare `value`s where only the meaning counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What is written, decoded.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A name: of what is declared (the key's place), or of what is referred to (the value's place).
pub type Name = Spanned<String>;

impl Name {
    /// The text of the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }
}

/// A switch that is off unless declared: the place of its `true` (or of the word that sets it), `None` where it is off.
pub type Flag = Option<Span>;

/// An expression, a query or SQL as text: not parsed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The text, without YAML's quotes and escapes.
    pub text: String,
    /// The whole YAML scalar, quotes included.
    pub span: Span,
}

impl Snippet {
    /// Where bytes of [`text`](Self::text) stand, through quotes, escapes and the indentation of blocks.
    #[must_use]
    pub fn place(&self, sources: &Sources, range: Range<usize>) -> Span {
        locate(sources, self.span, &self.text, range)
    }
}
