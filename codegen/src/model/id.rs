//! The client's single text id: composed of the key, taken apart again, and how a new one comes about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the client's `id` (text, always) is made of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientId {
    /// The text of one key column, whatever that column is called.
    Column(String),
    /// The texts of several key columns, joined; only the last part may contain the separator.
    Composed {
        /// The parts in key order.
        parts: Vec<IdPart>,
        /// One ASCII character.
        separator: char,
    },
}

/// One part of a composed id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IdPart {
    /// The key column.
    pub column: String,
    /// How its text stands in the id.
    pub encoding: IdEncoding,
}

/// How a part stands in a composed id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdEncoding {
    /// As it is.
    Plain,
    /// As upper-case hex of its UTF-8 bytes, which cannot contain a separator.
    Hex,
}

/// How a new row gets its id where that is not the client's free choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recipe {
    /// A UUID v5 (RFC 9562, section 5.5) of a namespace and the parts with what is written between them: U+001F where nothing is.
    UuidV5 {
        /// The namespace uuid.
        namespace: String,
        /// What is hashed.
        parts: Vec<RecipePart>,
    },
    /// The parts joined by a separator (a text key derived from other columns).
    Join {
        /// What is joined.
        parts: Vec<RecipePart>,
        /// One ASCII character.
        separator: char,
    },
}

impl Recipe {
    /// The parts, in order.
    pub fn parts(&self) -> &[RecipePart] {
        match self {
            Self::UuidV5 { parts, .. } | Self::Join { parts, .. } => parts,
        }
    }
}

/// One part of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecipePart {
    /// A column of the row.
    pub column: String,
    /// What is written in front of its text: literal parts and separators.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub before: String,
    /// What is written behind its text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// What its text is where the row has no value; required for a nullable column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null: Option<String>,
    /// Whether its text is lower-cased first.
    pub lower: bool,
    /// Whether blanks at both ends are removed first.
    pub trim: bool,
}
