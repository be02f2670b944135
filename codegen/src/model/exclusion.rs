//! Exclusion constraints: rows that cannot be there together, such as two bookings of one room at one time.

use super::Expr;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use synctable::{Kind, Scalar};

/// An exclusion constraint: no two rows for which every comparison is true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exclusion {
    /// Its name in Postgres.
    pub name: String,
    /// The access method of its index.
    pub method: ExclusionMethod,
    /// What two rows are compared by; never empty.
    pub elements: Vec<ExclusionElement>,
    /// Only rows that satisfy this.
    pub predicate: Option<Expr>,
    /// Whether it may be violated inside a transaction (`deferrable initially deferred`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deferrable: bool,
    /// The extension without which Postgres cannot build its index: `btree_gist`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
}

impl Exclusion {
    /// The columns that it uses.
    pub fn columns(&self) -> Vec<&str> {
        let elements = self.elements.iter();
        let predicate = self.predicate.iter().flat_map(Expr::columns);
        elements
            .flat_map(|element| element.part.columns())
            .chain(predicate)
            .collect()
    }
}

/// What two rows are compared by, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExclusionElement {
    /// The value of a row.
    pub part: ExclusionPart,
    /// The operator between the values of two rows.
    pub operator: ExclusionOperator,
}

/// The value of a row in an exclusion constraint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionPart {
    /// A column or another expression.
    Expr(Expr),
    /// What is between two columns.
    Range(Range),
}

impl ExclusionPart {
    /// The columns that it reads.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Expr(expr) => expr.columns(),
            Self::Range(range) => vec![&range.from, &range.to],
        }
    }
}

/// What is between two columns of a row: `tstzrange(starts_at, ends_at)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Range {
    /// The type in Postgres.
    pub kind: RangeKind,
    /// The column of its lower bound; NULL is without a bound.
    pub from: String,
    /// The column of its upper bound; NULL is without a bound.
    pub to: String,
    /// Which bounds belong to it.
    pub bounds: RangeBounds,
}

/// The range types of Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RangeKind {
    /// Of `smallint` and `int`.
    Int4range,
    /// Of `bigint`.
    Int8range,
    /// Of `decimal`.
    Numrange,
    /// Of `date`.
    Daterange,
    /// Of `timestamp`.
    Tsrange,
    /// Of `timestamptz`.
    Tstzrange,
}

impl RangeKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Int4range,
        Self::Int8range,
        Self::Numrange,
        Self::Daterange,
        Self::Tsrange,
        Self::Tstzrange,
    ];

    /// The type of the range between two values of a kind; `None` where Postgres has none.
    pub fn of(kind: &Kind) -> Option<Self> {
        Some(match kind.carrier()? {
            Scalar::Smallint | Scalar::Int => Self::Int4range,
            Scalar::Bigint => Self::Int8range,
            Scalar::Decimal { .. } => Self::Numrange,
            Scalar::Date => Self::Daterange,
            Scalar::Timestamp => Self::Tsrange,
            Scalar::Timestamptz => Self::Tstzrange,
            Scalar::Uuid
            | Scalar::Text
            | Scalar::Varchar(_)
            | Scalar::Bool
            | Scalar::Real
            | Scalar::Double
            | Scalar::Time
            | Scalar::Interval
            | Scalar::Json
            | Scalar::Bytes => return None,
        })
    }

    /// The type, which is also the function that makes one.
    pub const fn function(self) -> &'static str {
        match self {
            Self::Int4range => "int4range",
            Self::Int8range => "int8range",
            Self::Numrange => "numrange",
            Self::Daterange => "daterange",
            Self::Tsrange => "tsrange",
            Self::Tstzrange => "tstzrange",
        }
    }
}

/// Writes a closed set with its declared words.
macro_rules! declared {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The declared words.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The declared word, which is also what Postgres reads.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }

            /// The one that a word declares.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some($name::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

declared! {
    /// Which bounds belong to a range.
    RangeBounds {
        /// The lower one, as Postgres has it by default.
        Lower = "[)",
        /// Both.
        Both = "[]",
        /// Neither.
        Neither = "()",
        /// The upper one.
        Upper = "(]",
    }
}

declared! {
    /// How two rows are compared: the operators that give the same answer both ways round.
    ExclusionOperator {
        /// They are equal.
        Equal = "=",
        /// They differ.
        NotEqual = "<>",
        /// They overlap.
        Overlaps = "&&",
        /// They are adjacent.
        Adjacent = "-|-",
    }
}

declared! {
    /// The access methods whose indexes find rows that clash.
    ExclusionMethod {
        /// For every kind of comparison.
        Gist = "gist",
        /// For one range.
        Spgist = "spgist",
        /// For one value that must be unique, also a long one.
        Hash = "hash",
    }
}
