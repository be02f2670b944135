//! One value as SQLite stores it and as an upload carries it.

use std::borrow::Cow;
use std::fmt;

/// One value, in the forms that SQLite, PowerSync and JSON share. There are no blobs among them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// Its text as a part of a client's id: canonical text as it is, whole numbers in decimal.
    ///
    /// `None` for NULL and for floats, which are no part of a key.
    ///
    /// ```
    /// use synctable::Value;
    /// assert_eq!(Value::Integer(-7).key_text().as_deref(), Some("-7"));
    /// assert_eq!(Value::Text("a/b".into()).key_text().as_deref(), Some("a/b"));
    /// assert_eq!(Value::Null.key_text(), None);
    /// ```
    pub fn key_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Integer(number) => Some(Cow::Owned(number.to_string())),
            Value::Null | Value::Real(_) => None,
        }
    }

    /// What it is, as a noun for messages.
    pub const fn noun(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Integer(_) => "a whole number",
            Value::Real(_) => "a number with a fraction",
            Value::Text(_) => "text",
        }
    }

    /// The same value, owning its text.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Integer(number) => Value::Integer(number),
            Value::Real(number) => Value::Real(number),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
        }
    }
}

/// Why a value is none of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueError {
    /// NULL, where the column has a value in every row.
    Null,
    /// A value of another storage class.
    Form {
        /// What the column holds, as a noun.
        expected: &'static str,
        /// What was found, as a noun.
        found: &'static str,
    },
    /// A number past the range of the kind.
    Range {
        /// The kind.
        kind: &'static str,
    },
    /// A text that is not of the kind's canonical form.
    Malformed {
        /// The kind.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A label that the enum does not declare; a newer build may know it.
    Label {
        /// The declared name of the enum.
        name: &'static str,
        /// The label.
        label: String,
    },
    /// A label that remains in old rows and that no device may write any more.
    Retired {
        /// The declared name of the enum.
        name: &'static str,
        /// The label.
        label: String,
    },
}

impl ValueError {
    pub(crate) fn form(expected: &'static str, found: &Value<'_>) -> Self {
        match found {
            Value::Null => ValueError::Null,
            other => ValueError::Form {
                expected,
                found: other.noun(),
            },
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueError::Null => f.write_str("expected a value, found null"),
            ValueError::Form { expected, found } => write!(f, "expected {expected}, found {found}"),
            ValueError::Range { kind } => write!(f, "the number is out of the range of `{kind}`"),
            ValueError::Malformed { kind, reason } => {
                write!(f, "not a canonical `{kind}`: {reason}")
            }
            ValueError::Label { name, label } => {
                write!(f, "the enum `{name}` has no label `{label}`")
            }
            ValueError::Retired { name, label } => {
                write!(f, "`{label}` is a retired label of the enum `{name}`")
            }
        }
    }
}

impl std::error::Error for ValueError {}
