//! The client's single text id: composed of the key, and taken apart again.

use crate::table::ColumnDef;
use std::fmt;

/// How the client's `id` (text, always) is made of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientId {
    /// The text of one key column, whatever that column is called.
    Column(&'static ColumnDef),
    /// The texts of several key columns, joined; only the last part may hold the separator.
    Composed {
        /// The parts in key order; at least two.
        parts: &'static [IdPart],
        /// One ASCII character.
        separator: char,
    },
}

/// One part of a composed id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdPart {
    /// The key column.
    pub column: &'static ColumnDef,
    /// How its text stands in the id.
    pub encoding: IdEncoding,
}

/// How a part stands in a composed id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdEncoding {
    /// As it is.
    Plain,
    /// As upper-case hexadecimal of its UTF-8 bytes, as `hex()` writes it in SQLite and in streams.
    Hex,
}

/// How a new row gets its id where that is not the client's free choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// A UUID of version 5 (RFC 9562, section 5.5) of a namespace and the parts with what is written between them: U+001F
    /// where nothing is.
    UuidV5 {
        /// The namespace, a UUID in canonical text.
        namespace: &'static str,
        /// What is hashed.
        parts: &'static [RecipePart],
    },
    /// The parts joined by a separator.
    Join {
        /// What is joined.
        parts: &'static [RecipePart],
        /// One ASCII character.
        separator: char,
    },
}

/// One part of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecipePart {
    /// A column of the row.
    pub column: &'static ColumnDef,
    /// What is written in front of its text.
    pub before: &'static str,
    /// What is written behind its text.
    pub after: &'static str,
    /// What its text is where the row has no value there; such a part is never null otherwise.
    pub null: Option<&'static str>,
    /// Whether its text is lower-cased first.
    pub lower: bool,
    /// Whether blanks at both ends are removed first.
    pub trim: bool,
    /// Whether the server fills it with the caller's id where the row does not say.
    pub caller: bool,
}

impl RecipePart {
    /// The text of a column as it is, which the row always says.
    pub const fn new(column: &'static ColumnDef) -> Self {
        RecipePart {
            column,
            before: "",
            after: "",
            null: None,
            lower: false,
            trim: false,
            caller: false,
        }
    }

    /// With a text in front of it.
    #[must_use]
    pub const fn before(mut self, text: &'static str) -> Self {
        self.before = text;
        self
    }

    /// With a text behind it.
    #[must_use]
    pub const fn after(mut self, text: &'static str) -> Self {
        self.after = text;
        self
    }

    /// With this text where the row has no value.
    #[must_use]
    pub const fn or(mut self, text: &'static str) -> Self {
        self.null = Some(text);
        self
    }

    /// In lower case.
    #[must_use]
    pub const fn lower(mut self) -> Self {
        self.lower = true;
        self
    }

    /// Without blanks at both ends.
    #[must_use]
    pub const fn trim(mut self) -> Self {
        self.trim = true;
        self
    }

    /// The caller's id where the row does not say.
    #[must_use]
    pub const fn caller(mut self) -> Self {
        self.caller = true;
        self
    }
}

/// Why an id is not one of its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdError {
    /// Fewer parts than the key has columns.
    MissingPart {
        /// The first column without a part.
        column: &'static str,
    },
    /// A part that should be upper-case hexadecimal of UTF-8 text and is not.
    NotHex {
        /// Its column.
        column: &'static str,
    },
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdError::MissingPart { column } => write!(f, "the id has no part for `{column}`"),
            IdError::NotHex { column } => write!(
                f,
                "the part of the id for `{column}` is not text in upper-case hexadecimal"
            ),
        }
    }
}

impl std::error::Error for IdError {}

impl ClientId {
    /// The id of a row, from the canonical texts of its key columns in key order.
    ///
    /// # Panics
    /// If there are more or fewer texts than parts: generated code passes one for each.
    pub fn compose(&self, key: &[&str]) -> String {
        match self {
            ClientId::Column(_) => {
                assert_eq!(key.len(), 1, "a key of one column has one text");
                key[0].to_owned()
            }
            ClientId::Composed { parts, separator } => {
                assert_eq!(key.len(), parts.len(), "every part of the key has a text");
                let mut id = String::new();
                for (index, (part, text)) in parts.iter().zip(key).enumerate() {
                    if index > 0 {
                        id.push(*separator);
                    }
                    match part.encoding {
                        IdEncoding::Plain => id.push_str(text),
                        IdEncoding::Hex => push_hex(text, &mut id),
                    }
                }
                id
            }
        }
    }

    /// The texts of the key columns in key order, from an id. Their kinds are still to be checked.
    ///
    /// # Errors
    /// A part that is missing or not encoded as it should be.
    pub fn split(&self, id: &str) -> Result<Vec<String>, IdError> {
        let (parts, separator) = match self {
            ClientId::Column(_) => return Ok(vec![id.to_owned()]),
            ClientId::Composed { parts, separator } => (parts, *separator),
        };
        let mut texts = id.splitn(parts.len(), separator);
        parts
            .iter()
            .map(|part| {
                let column = part.column.name;
                let text = texts.next().ok_or(IdError::MissingPart { column })?;
                match part.encoding {
                    IdEncoding::Plain => Ok(text.to_owned()),
                    IdEncoding::Hex => from_hex(text).ok_or(IdError::NotHex { column }),
                }
            })
            .collect()
    }

    /// The key columns, in key order.
    pub fn columns(&self) -> impl Iterator<Item = &'static ColumnDef> + use<> {
        let (one, parts): (Option<&'static ColumnDef>, &'static [IdPart]) = match self {
            ClientId::Column(column) => (Some(column), &[]),
            ClientId::Composed { parts, .. } => (None, parts),
        };
        one.into_iter().chain(parts.iter().map(|part| part.column))
    }
}

fn push_hex(text: &str, out: &mut String) {
    for byte in text.bytes() {
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
        }
    }
}

fn from_hex(text: &str) -> Option<String> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Direction, Kind, Scalar};

    const fn text(name: &'static str) -> ColumnDef {
        ColumnDef {
            name,
            client_name: name,
            kind: Kind::Scalar(Scalar::Text),
            labels: None,
            nullable: false,
            has_default: false,
            generated: false,
            immutable: false,
            secret: false,
            direction: Direction::Both,
            uploaded: crate::words::Uploaded::Refused,
            role: None,
        }
    }

    static A: ColumnDef = text("a");
    static B: ColumnDef = text("b");
    static PARTS: [IdPart; 2] = [
        IdPart {
            column: &A,
            encoding: IdEncoding::Hex,
        },
        IdPart {
            column: &B,
            encoding: IdEncoding::Plain,
        },
    ];
    const COMPOSED: ClientId = ClientId::Composed {
        parts: &PARTS,
        separator: '/',
    };

    #[test]
    fn an_id_comes_apart_as_it_was_composed() {
        let texts = ["", "x", "/", "a/b", "é漢", "//", "\u{1f}"];
        for a in texts {
            for b in texts {
                let id = COMPOSED.compose(&[a, b]);
                assert_eq!(COMPOSED.split(&id).unwrap(), [a, b]);
            }
        }
        assert_eq!(COMPOSED.compose(&["a/b", "c/d"]), "612F62/c/d");
    }

    #[test]
    fn what_was_never_composed_is_refused() {
        assert_eq!(
            COMPOSED.split("61"),
            Err(IdError::MissingPart { column: "b" })
        );
        for id in [
            "6/x",
            "6g/x",
            "6f2F/x".to_lowercase().as_str(),
            "FF/x",
            "é/x",
        ] {
            assert_eq!(
                COMPOSED.split(id),
                Err(IdError::NotHex { column: "a" }),
                "{id}"
            );
        }
    }

    #[test]
    fn one_column_is_its_own_id() {
        let id = ClientId::Column(&A);
        assert_eq!(id.split(&id.compose(&["a/b"])).unwrap(), ["a/b"]);
        assert_eq!(id.columns().map(|c| c.name).collect::<Vec<_>>(), ["a"]);
        assert_eq!(
            COMPOSED.columns().map(|c| c.name).collect::<Vec<_>>(),
            ["a", "b"]
        );
    }
}
