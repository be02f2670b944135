//! The spanned YAML tree: what was written and where, before it means anything.

use super::Span;

/// One YAML value and where it stands.
///
/// A value that was left out (`key:`) has the span of its key; a block scalar has the span of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The place.
    pub span: Span,
    /// What was written.
    pub value: Value,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A single value, as text; its style tells `null` from `"null"`.
    Scalar {
        /// The text after YAML's unfolding and unescaping; empty for a value that was left out.
        text: String,
        /// How it was written.
        style: Style,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order written; no key twice.
    Mapping(Vec<(Key, Node)>),
    /// Something that was refused and reported already. Accessors say nothing about it again.
    Refused,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `text`
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|` and indented lines.
    Literal,
    /// `>` and indented lines.
    Folded,
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key's text.
    pub text: String,
    /// The place.
    pub span: Span,
}

impl Node {
    /// Whether the value was left out or is a plain `null` or `~`; quoted ones are texts.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, style: Style::Plain }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// Whether the value was left out altogether (`key:`).
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, style: Style::Plain } if text.is_empty())
    }

    /// The value of a key, when this is a mapping that has it.
    ///
    /// For peeking, as in "is there a `sql` key"; a decoder that must not overlook unknown keys iterates
    /// over [`as_mapping`](Self::as_mapping).
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Mapping(entries) => entries
                .iter()
                .find(|(known, _)| known.text == key)
                .map(|(_, node)| node),
            Value::Scalar { .. } | Value::Sequence(_) | Value::Refused => None,
        }
    }

    /// What it is, for "expected a text, found …".
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => "nothing",
            Value::Scalar { .. } => "a text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Refused => "something refused",
        }
    }
}
