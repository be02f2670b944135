//! What each kind is in every engine and language.
//!
//! The answers are rows of one table, one row per scalar; this file says what the columns of that
//! table mean and lifts them to elements and kinds. The principle behind the answers: a value has
//! one canonical form, and nothing on its way may round, reorder or drop it.

mod schema;
mod table;

pub use schema::{JsonSchema, JsonType};

use crate::kind::{Element, Kind, Scalar};
use crate::language::Language;
use crate::words::EnumStorage;
use std::borrow::Cow;
use std::fmt;

/// How SQLite stores a kind: the three types that PowerSync's client tables and STRICT tables share.
///
/// Blobs are none of them: they never reach PowerSync clients, and `json_object` refuses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnType {
    /// Text.
    Text,
    /// A 64-bit integer.
    Integer,
    /// A 64-bit float.
    Real,
}

impl ColumnType {
    /// The type in SQLite's DDL and in PowerSync's wire schema: `TEXT`, `INTEGER`, `REAL`.
    pub const fn sql(self) -> &'static str {
        match self {
            ColumnType::Text => "TEXT",
            ColumnType::Integer => "INTEGER",
            ColumnType::Real => "REAL",
        }
    }

    /// The word of PowerSync's client libraries and of casts in streams: `text`, `integer`, `real`.
    pub const fn word(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Integer => "integer",
            ColumnType::Real => "real",
        }
    }
}

/// What a value is as JSON in an upload: the value that SQLite stores, null apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UploadForm {
    /// The number 0 or 1.
    Integer01,
    /// A whole number; Node drivers write it as `7.0`, which is the same number.
    IntegerNumber,
    /// Any finite number.
    RealNumber,
    /// A string: the canonical text.
    String,
    /// A string that holds a JSON document. Decoded once, exactly; never stored as a JSON string.
    JsonInString,
}

/// When two values of a kind are the same value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Equality {
    /// The same canonical text, byte for byte.
    Text,
    /// The same number: `5.0` and `5.00` are equal, digits are never rounded.
    Number,
    /// IEEE equality of finite floats: `-0` equals `0`.
    Ieee,
    /// The same JSON value: members in any order, the last of equal names, numbers by value.
    Json,
    /// The same text as Postgres prints it; `24:00:00` and `1 day` differ although Postgres's `=`
    /// calls them equal.
    IntervalText,
    /// Lists of equal length with equal elements, in order.
    Elements,
}

/// Which characters the text of a kind can hold where it is a part of a row's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyText {
    /// Only these ASCII characters, so that any other can separate the parts.
    Only(&'static str),
    /// Any character: as a last part as it is, elsewhere in hexadecimal.
    Any,
    /// No part of a key, and why, as a clause.
    Refused(&'static str),
}

impl KeyText {
    /// Whether the text can hold the separator; a kind that is no part of a key answers true.
    ///
    /// ```
    /// use synctable::Scalar;
    /// assert!(!Scalar::Uuid.facts().key_text.can_hold('.'));
    /// assert!(Scalar::Timestamptz.facts().key_text.can_hold('.'));
    /// ```
    pub fn can_hold(self, separator: char) -> bool {
        match self {
            KeyText::Only(characters) => characters.contains(separator),
            KeyText::Any | KeyText::Refused(_) => true,
        }
    }
}

/// One row of the table: everything about a scalar that its arguments do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Why it is so, where that was a decision; else empty.
    pub why: &'static str,
    /// How SQLite stores it, in PowerSync's client tables and in STRICT tables alike.
    pub column_type: ColumnType,
    /// What it is as JSON in an upload.
    pub upload: UploadForm,
    /// What a replicated value looks like, as a sentence.
    ///
    /// Source: the Postgres connector of PowerSync's service with the fixes of edition 2 and later.
    pub replicated: &'static str,
    /// The canonical text of one value: as SQLite prints it, as it replicates.
    pub example: &'static str,
    /// Its type in Rust.
    pub rust: &'static str,
    /// Its type in TypeScript.
    pub typescript: &'static str,
    /// Its type in Dart.
    pub dart: &'static str,
    /// Its type in Kotlin.
    pub kotlin: &'static str,
    /// Its type in Swift.
    pub swift: &'static str,
    /// When two values are the same value.
    pub equality: Equality,
    /// Whether `<` on what each engine stores gives the same order in Postgres, in SQLite and in a
    /// PowerSync stream. False where the order depends on a collation, a declaration order or a
    /// text form.
    pub same_order: bool,
    /// Which characters its text can hold as a part of a row's id.
    pub key_text: KeyText,
    /// The values that Postgres or the wire could hold and that are refused, as clauses.
    pub refused: &'static [&'static str],
    /// Whether a list can hold it; if not, why, as a clause.
    pub in_lists: Result<(), &'static str>,
}

impl Scalar {
    /// Its row of the table.
    pub const fn facts(self) -> &'static Facts {
        table::row(self)
    }

    /// Its type in Postgres's DDL.
    ///
    /// `json` is `jsonb`: it can be indexed and compared, and has one canonical text. `bytes` is
    /// `bytea`.
    ///
    /// ```
    /// use synctable::Scalar;
    /// assert_eq!(Scalar::Decimal { precision: 10, scale: 2 }.postgres_type(), "numeric(10,2)");
    /// ```
    pub fn postgres_type(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Scalar::Uuid => "uuid",
            Scalar::Text => "text",
            Scalar::Varchar(length) => return Cow::Owned(format!("varchar({length})")),
            Scalar::Bool => "boolean",
            Scalar::Smallint => "smallint",
            Scalar::Int => "integer",
            Scalar::Bigint => "bigint",
            Scalar::Real => "real",
            Scalar::Double => "double precision",
            Scalar::Decimal { precision, scale } => {
                return Cow::Owned(format!("numeric({precision},{scale})"));
            }
            Scalar::Date => "date",
            Scalar::Time => "time",
            Scalar::Timestamp => "timestamp",
            Scalar::Timestamptz => "timestamptz",
            Scalar::Interval => "interval",
            Scalar::Json => "jsonb",
            Scalar::Bytes => "bytea",
        })
    }

    /// Its type in a language.
    pub const fn type_in(self, language: Language) -> &'static str {
        let facts = self.facts();
        match language {
            Language::Rust => facts.rust,
            Language::TypeScript => facts.typescript,
            Language::Dart => facts.dart,
            Language::Kotlin => facts.kotlin,
            Language::Swift => facts.swift,
        }
    }

    /// Whether a list can hold it.
    ///
    /// # Errors
    /// Why not, as a clause.
    pub const fn in_lists(self) -> Result<(), &'static str> {
        self.facts().in_lists
    }

    /// Whether it is a whole number.
    pub const fn is_integer(self) -> bool {
        self.integer_range().is_some()
    }

    /// The smallest and the largest whole number it holds, if it holds whole numbers.
    pub const fn integer_range(self) -> Option<(i64, i64)> {
        match self {
            Scalar::Smallint => Some((i16::MIN as i64, i16::MAX as i64)),
            Scalar::Int => Some((i32::MIN as i64, i32::MAX as i64)),
            Scalar::Bigint => Some((i64::MIN, i64::MAX)),
            Scalar::Uuid
            | Scalar::Text
            | Scalar::Varchar(_)
            | Scalar::Bool
            | Scalar::Real
            | Scalar::Double
            | Scalar::Decimal { .. }
            | Scalar::Date
            | Scalar::Time
            | Scalar::Timestamp
            | Scalar::Timestamptz
            | Scalar::Interval
            | Scalar::Json
            | Scalar::Bytes => None,
        }
    }

    /// Whether it is text without a form of its own, so that text functions apply.
    pub const fn is_text(self) -> bool {
        matches!(self, Scalar::Text | Scalar::Varchar(_))
    }
}

impl Element {
    /// How SQLite stores one such value outside a list.
    pub const fn column_type(&self) -> ColumnType {
        self.carrier().facts().column_type
    }

    /// What it is as an element of the JSON array that a list is on the wire.
    ///
    /// As a value of its own, except `json`, which stands in the array as it is.
    pub const fn upload(&self) -> UploadForm {
        self.carrier().facts().upload
    }

    /// When two elements are the same value.
    pub const fn equality(&self) -> Equality {
        self.carrier().facts().equality
    }

    /// Whether Postgres, SQLite and streams order such values alike; enums have the order of their
    /// labels in Postgres alone.
    pub const fn same_order(&self) -> bool {
        self.carrier().facts().same_order
    }
}

impl Kind {
    /// How SQLite stores it, in PowerSync's client tables and in STRICT tables alike.
    ///
    /// Lists are the text of a JSON array, opaque types are text.
    ///
    /// ```
    /// use synctable::{Kind, Scalar, facts::ColumnType};
    /// assert_eq!(Kind::from(Scalar::Bool).column_type(), ColumnType::Integer);
    /// assert_eq!(Kind::Opaque("vector(3)".into()).column_type(), ColumnType::Text);
    /// ```
    pub const fn column_type(&self) -> ColumnType {
        match self.carrier() {
            Some(scalar) => scalar.facts().column_type,
            None => ColumnType::Text,
        }
    }

    /// What it is as JSON in an upload.
    pub const fn upload(&self) -> UploadForm {
        match self {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => scalar.facts().upload,
            Kind::Enum { .. } | Kind::Opaque(_) => UploadForm::String,
            Kind::List(_) => UploadForm::JsonInString,
        }
    }

    /// When two values are the same value.
    ///
    /// Opaque values are equal when Postgres prints them alike: we cannot know more.
    pub const fn equality(&self) -> Equality {
        match self {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => scalar.facts().equality,
            Kind::Enum { .. } | Kind::Opaque(_) => Equality::Text,
            Kind::List(_) => Equality::Elements,
        }
    }

    /// Whether Postgres, SQLite and streams order its values alike.
    pub const fn same_order(&self) -> bool {
        match self {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => scalar.facts().same_order,
            Kind::Enum { .. } | Kind::List(_) | Kind::Opaque(_) => false,
        }
    }

    /// Which characters its text can hold as a part of a row's id.
    ///
    /// The labels of an enum may hold anything; the declaration knows them.
    pub const fn key_text(&self) -> KeyText {
        match self {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => scalar.facts().key_text,
            Kind::Enum { .. } => KeyText::Any,
            Kind::List(_) => KeyText::Refused("a list has no single text"),
            Kind::Opaque(_) => KeyText::Refused("when two opaque values are equal is not known"),
        }
    }

    /// What a replicated value looks like, as a sentence.
    pub const fn replicated(&self) -> &'static str {
        match self {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => scalar.facts().replicated,
            Kind::Enum { .. } => "The label.",
            Kind::List(_) => {
                "The text of a JSON array; booleans are 0 and 1, decimals are strings, JSON stands as it is."
            }
            Kind::Opaque(_) => "The text that Postgres prints.",
        }
    }

    /// The values that Postgres or the wire could hold and that are refused, as clauses.
    ///
    /// For a list, those of its elements apply as well as its own.
    pub const fn refused(&self) -> &'static [&'static str] {
        match self {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => scalar.facts().refused,
            Kind::Enum { .. } => &["a label that is not declared"],
            Kind::List(_) => &[
                "an array of several dimensions",
                "an array whose first index is not 1",
            ],
            Kind::Opaque(_) => &["`\\u0000`"],
        }
    }

    /// Its type in Postgres's DDL, if the kind alone decides it.
    ///
    /// `None` for native enums, domains and lists of them: their names are qualified by the schema
    /// that they are declared in.
    pub fn postgres_type(&self) -> Option<Cow<'static, str>> {
        match self {
            Kind::Scalar(scalar) => Some(scalar.postgres_type()),
            Kind::Enum {
                storage: EnumStorage::Check,
                ..
            } => Some("text".into()),
            Kind::Enum {
                storage: EnumStorage::Native,
                ..
            }
            | Kind::Domain { .. } => None,
            Kind::List(element) => element
                .to_kind()
                .postgres_type()
                .map(|inner| format!("{inner}[]").into()),
            Kind::Opaque(sql) => Some(sql.clone()),
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_filled() {
        for scalar in Scalar::EXAMPLES {
            let facts = scalar.facts();
            assert!(facts.replicated.ends_with('.'), "{scalar}");
            assert!(!facts.example.is_empty(), "{scalar}");
            for language in Language::ALL {
                assert!(!scalar.type_in(*language).is_empty(), "{scalar}");
            }
        }
    }

    #[test]
    fn upload_form_and_column_type_agree() {
        for scalar in Scalar::EXAMPLES {
            let facts = scalar.facts();
            let expected = match facts.upload {
                UploadForm::Integer01 | UploadForm::IntegerNumber => ColumnType::Integer,
                UploadForm::RealNumber => ColumnType::Real,
                UploadForm::String | UploadForm::JsonInString => ColumnType::Text,
            };
            assert_eq!(facts.column_type, expected, "{scalar}");
        }
    }

    #[test]
    fn the_example_of_a_key_holds_only_the_characters_it_promises() {
        for scalar in Scalar::EXAMPLES {
            let facts = scalar.facts();
            if let KeyText::Only(characters) = facts.key_text {
                assert!(
                    facts.example.chars().all(|c| characters.contains(c)),
                    "{scalar}"
                );
                assert!(!facts.key_text.can_hold('~'), "{scalar}");
            }
        }
    }

    #[test]
    fn a_key_is_compared_by_its_text() {
        for scalar in Scalar::EXAMPLES {
            let facts = scalar.facts();
            if !matches!(facts.key_text, KeyText::Refused(_)) {
                assert!(
                    matches!(facts.equality, Equality::Text | Equality::Number),
                    "{scalar}"
                );
            }
        }
    }

    #[test]
    fn names_of_types_are_left_to_the_declaration() {
        let list = |element| Kind::List(element).postgres_type();
        let status = |storage| Element::Enum {
            name: "status".into(),
            storage,
        };
        assert_eq!(list(status(EnumStorage::Native)), None);
        assert_eq!(list(status(EnumStorage::Check)).as_deref(), Some("text[]"));
        assert_eq!(
            list(Element::Scalar(Scalar::Double)).as_deref(),
            Some("double precision[]")
        );
    }
}
