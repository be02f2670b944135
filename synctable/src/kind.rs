//! The closed set of kinds: what a column can hold, in every engine and language alike.
//!
//! A kind is declared as text (`decimal(10,2)`, `list(text)`), printed by [`Display`](fmt::Display)
//! and read by [`KindSyntax`](crate::KindSyntax). What each kind means in an engine or a language is
//! the table in [`facts`](crate::facts). Nothing here has a wildcard arm: a new kind compiles only
//! when every fact has an answer.

use crate::words::EnumStorage;
use std::borrow::Cow;
use std::fmt;

/// A declared name: borrowed in generated constants, owned in a declaration that was read.
///
/// ```
/// use synctable::{EnumStorage, Kind, Name};
/// const STATUS: Kind = Kind::Enum { name: Name::Borrowed("todo_status"), storage: EnumStorage::Native };
/// assert_eq!(STATUS.to_string(), "todo_status");
/// ```
pub type Name = Cow<'static, str>;

/// A kind that needs no name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scalar {
    /// A UUID; canonical text is lower case with hyphens.
    Uuid,
    /// Text of any length, without `\u0000`.
    Text,
    /// Text of at most so many characters.
    Varchar(u32),
    /// True or false; 0 or 1 wherever there is no boolean.
    Bool,
    /// A 16-bit integer.
    Smallint,
    /// A 32-bit integer.
    Int,
    /// A 64-bit integer.
    Bigint,
    /// A 32-bit IEEE float, finite.
    Real,
    /// A 64-bit IEEE float, finite.
    Double,
    /// An exact decimal number; text wherever there is no decimal.
    Decimal {
        /// Digits in total, 1 to 1000.
        precision: u16,
        /// Digits after the point, 0 to `precision`.
        scale: u16,
    },
    /// A calendar day.
    Date,
    /// A time of day without zone.
    Time,
    /// A date and time without zone.
    Timestamp,
    /// An instant, in UTC everywhere but inside Postgres.
    Timestamptz,
    /// A Postgres interval, carried as its text.
    Interval,
    /// A JSON document.
    Json,
    /// A byte string; lower-case hexadecimal text on SQLite and on the wire.
    Bytes,
}

/// What a list can hold.
///
/// Lists do not nest and hold no opaque types: neither has a form that all engines share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Element {
    /// A scalar.
    Scalar(Scalar),
    /// A label of a declared enum.
    Enum {
        /// The declared name of the enum.
        name: Name,
        /// How Postgres stores it.
        storage: EnumStorage,
    },
    /// A value of a declared domain.
    Domain {
        /// The declared name of the domain.
        name: Name,
        /// The kind that the domain narrows.
        base: Scalar,
    },
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A scalar.
    Scalar(Scalar),
    /// A label of a declared enum.
    Enum {
        /// The declared name of the enum.
        name: Name,
        /// How Postgres stores it.
        storage: EnumStorage,
    },
    /// A value of a declared domain: a scalar with a check of its own.
    Domain {
        /// The declared name of the domain.
        name: Name,
        /// The kind that the domain narrows.
        base: Scalar,
    },
    /// A list: an array in Postgres, a JSON array in text elsewhere.
    List(Element),
    /// A Postgres type that is carried as its text, such as `vector(3)`.
    Opaque(Name),
}

impl Scalar {
    /// The declared words of all scalars in documentation order, with `varchar` and `decimal` bare.
    pub const NAMES: [&'static str; 17] = [
        "uuid",
        "text",
        "varchar",
        "bool",
        "smallint",
        "int",
        "bigint",
        "real",
        "double",
        "decimal",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "interval",
        "json",
        "bytes",
    ];

    /// One of each scalar, in the order of [`Scalar::NAMES`]; the two that take arguments with
    /// ordinary ones. For tables of facts and tests that go over every kind.
    pub const EXAMPLES: [Scalar; 17] = [
        Scalar::Uuid,
        Scalar::Text,
        Scalar::Varchar(80),
        Scalar::Bool,
        Scalar::Smallint,
        Scalar::Int,
        Scalar::Bigint,
        Scalar::Real,
        Scalar::Double,
        Scalar::Decimal {
            precision: 10,
            scale: 2,
        },
        Scalar::Date,
        Scalar::Time,
        Scalar::Timestamp,
        Scalar::Timestamptz,
        Scalar::Interval,
        Scalar::Json,
        Scalar::Bytes,
    ];

    /// The longest `varchar` that Postgres accepts, in characters.
    pub const VARCHAR_MAX: u32 = 10_485_760;

    /// The largest precision of a `decimal` that Postgres accepts when one is declared.
    pub const PRECISION_MAX: u16 = 1000;

    /// The declared word, without arguments.
    pub const fn word(self) -> &'static str {
        match self {
            Scalar::Uuid => "uuid",
            Scalar::Text => "text",
            Scalar::Varchar(_) => "varchar",
            Scalar::Bool => "bool",
            Scalar::Smallint => "smallint",
            Scalar::Int => "int",
            Scalar::Bigint => "bigint",
            Scalar::Real => "real",
            Scalar::Double => "double",
            Scalar::Decimal { .. } => "decimal",
            Scalar::Date => "date",
            Scalar::Time => "time",
            Scalar::Timestamp => "timestamp",
            Scalar::Timestamptz => "timestamptz",
            Scalar::Interval => "interval",
            Scalar::Json => "json",
            Scalar::Bytes => "bytes",
        }
    }
}

impl Element {
    /// The kind of a column that holds one such element.
    pub fn to_kind(&self) -> Kind {
        match self.clone() {
            Element::Scalar(scalar) => Kind::Scalar(scalar),
            Element::Enum { name, storage } => Kind::Enum { name, storage },
            Element::Domain { name, base } => Kind::Domain { name, base },
        }
    }

    /// The scalar that carries it: itself, the base of a domain, text for an enum's labels.
    pub const fn carrier(&self) -> Scalar {
        match self {
            Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => *scalar,
            Element::Enum { .. } => Scalar::Text,
        }
    }
}

impl Kind {
    /// [`Scalar::Uuid`].
    pub const UUID: Kind = Kind::Scalar(Scalar::Uuid);
    /// [`Scalar::Text`].
    pub const TEXT: Kind = Kind::Scalar(Scalar::Text);
    /// [`Scalar::Bool`].
    pub const BOOL: Kind = Kind::Scalar(Scalar::Bool);
    /// [`Scalar::Smallint`].
    pub const SMALLINT: Kind = Kind::Scalar(Scalar::Smallint);
    /// [`Scalar::Int`].
    pub const INT: Kind = Kind::Scalar(Scalar::Int);
    /// [`Scalar::Bigint`].
    pub const BIGINT: Kind = Kind::Scalar(Scalar::Bigint);
    /// [`Scalar::Real`].
    pub const REAL: Kind = Kind::Scalar(Scalar::Real);
    /// [`Scalar::Double`].
    pub const DOUBLE: Kind = Kind::Scalar(Scalar::Double);
    /// [`Scalar::Date`].
    pub const DATE: Kind = Kind::Scalar(Scalar::Date);
    /// [`Scalar::Time`].
    pub const TIME: Kind = Kind::Scalar(Scalar::Time);
    /// [`Scalar::Timestamp`].
    pub const TIMESTAMP: Kind = Kind::Scalar(Scalar::Timestamp);
    /// [`Scalar::Timestamptz`].
    pub const TIMESTAMPTZ: Kind = Kind::Scalar(Scalar::Timestamptz);
    /// [`Scalar::Interval`].
    pub const INTERVAL: Kind = Kind::Scalar(Scalar::Interval);
    /// [`Scalar::Json`].
    pub const JSON: Kind = Kind::Scalar(Scalar::Json);
    /// [`Scalar::Bytes`].
    pub const BYTES: Kind = Kind::Scalar(Scalar::Bytes);

    /// The scalar that carries it, if it is one value: itself, the base of a domain, text for an
    /// enum's labels; `None` for lists and opaque types.
    pub const fn carrier(&self) -> Option<Scalar> {
        match self {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => Some(*scalar),
            Kind::Enum { .. } => Some(Scalar::Text),
            Kind::List(_) | Kind::Opaque(_) => None,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Varchar(length) => write!(f, "varchar({length})"),
            Scalar::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Scalar::Uuid
            | Scalar::Text
            | Scalar::Bool
            | Scalar::Smallint
            | Scalar::Int
            | Scalar::Bigint
            | Scalar::Real
            | Scalar::Double
            | Scalar::Date
            | Scalar::Time
            | Scalar::Timestamp
            | Scalar::Timestamptz
            | Scalar::Interval
            | Scalar::Json
            | Scalar::Bytes => f.write_str(self.word()),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Element::Scalar(scalar) => scalar.fmt(f),
            Element::Enum { name, .. } | Element::Domain { name, .. } => f.write_str(name),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Scalar(scalar) => scalar.fmt(f),
            Kind::Enum { name, .. } | Kind::Domain { name, .. } => f.write_str(name),
            Kind::List(element) => write!(f, "list({element})"),
            Kind::Opaque(sql) => write!(f, "opaque('{}')", sql.replace('\'', "''")),
        }
    }
}

impl From<Scalar> for Kind {
    fn from(scalar: Scalar) -> Self {
        Kind::Scalar(scalar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_words_of_the_examples() {
        assert_eq!(Scalar::EXAMPLES.map(Scalar::word), Scalar::NAMES);
    }

    #[test]
    fn kinds_print_as_they_are_declared() {
        let money = Scalar::Decimal {
            precision: 10,
            scale: 2,
        };
        assert_eq!(Kind::from(money).to_string(), "decimal(10,2)");
        assert_eq!(Scalar::Varchar(255).to_string(), "varchar(255)");
        let tags = Kind::List(Element::Domain {
            name: "tag".into(),
            base: Scalar::Text,
        });
        assert_eq!(tags.to_string(), "list(tag)");
        let quoted = Kind::Opaque("enum('a')".into());
        assert_eq!(quoted.to_string(), "opaque('enum(''a'')')");
    }

    #[test]
    fn a_carrier_is_the_scalar_underneath() {
        let label = Kind::Enum {
            name: "status".into(),
            storage: EnumStorage::Check,
        };
        assert_eq!(label.carrier(), Some(Scalar::Text));
        assert_eq!(Kind::List(Element::Scalar(Scalar::Int)).carrier(), None);
    }
}
