//! What source code constructs, in no language: calls with their arguments, lists and constants.

use std::fmt;

/// An expression.
#[derive(Clone, PartialEq)]
pub(super) enum Code {
    /// `Table(…)`, `Column.text(…)`, `new Table { … }`.
    Call {
        name: String,
        arguments: Vec<Argument>,
    },
    /// `[…]`, `listOf(…)`.
    List(Vec<Code>),
    /// `["name"] = …`, between braces.
    Entries(Vec<(Code, Code)>),
    /// A text.
    Text(String),
    /// Another constant: `true`, `ColumnType.Text`.
    Word(String),
}

/// An argument, by name where it has one.
#[derive(Clone, PartialEq)]
pub(super) struct Argument {
    pub(super) name: Option<String>,
    pub(super) value: Code,
}

impl Code {
    pub(super) fn call(&self) -> (&str, &[Argument]) {
        match self {
            Self::Call { name, arguments } => (name, arguments),
            other => panic!("a call is expected, not {other:?}"),
        }
    }

    pub(super) fn list(&self) -> &[Code] {
        match self {
            Self::List(items) => items,
            // Braces around nothing are those of a list, too.
            Self::Entries(entries) if entries.is_empty() => &[],
            other => panic!("a list is expected, not {other:?}"),
        }
    }

    pub(super) fn entries(&self) -> &[(Code, Code)] {
        match self {
            Self::Entries(entries) => entries,
            other => panic!("entries are expected, not {other:?}"),
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            other => panic!("a text is expected, not {other:?}"),
        }
    }

    pub(super) fn texts(&self) -> Vec<&str> {
        self.list().iter().map(Self::text).collect()
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Word(word) if word == "true" => true,
            Self::Word(word) if word == "false" => false,
            other => panic!("true or false is expected, not {other:?}"),
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call { name, arguments } => {
                write!(f, "{name}(")?;
                for Argument { name, value } in arguments {
                    match name {
                        Some(name) => write!(f, "{name}: {value:?}, ")?,
                        None => write!(f, "{value:?}, ")?,
                    }
                }
                f.write_str(")")
            }
            Self::List(items) => f.debug_list().entries(items).finish(),
            Self::Entries(entries) => {
                let entries = entries.iter().map(|(key, value)| (key, value));
                f.debug_map().entries(entries).finish()
            }
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}
