//! What came of an entry.

use std::fmt;

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was written.
    Applied,
    /// There was nothing to do: the database says so already.
    Same,
    /// A newer write stands, or the row is not the one that the writer saw; the row stays as it is.
    Stale,
    /// There is no such row to change, or none that the caller sees.
    Gone,
    /// The access policy does not allow it.
    Refused,
    /// The database does not take it.
    Invalid(Violation),
}

impl Outcome {
    /// The word of an outcome that a statement tells.
    #[cfg(any(feature = "tokio-postgres", feature = "rusqlite"))]
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "applied" => Some(Self::Applied),
            "same" => Some(Self::Same),
            "stale" => Some(Self::Stale),
            "gone" => Some(Self::Gone),
            "refused" => Some(Self::Refused),
            _ => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applied => "applied",
            Self::Same => "same",
            Self::Stale => "stale",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Invalid(violation) => return write!(f, "invalid: {violation}"),
        })
    }
}

/// What a database said of values that it does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The SQLSTATE, or SQLite's extended result code.
    pub code: String,
    /// The constraint or the column that it names.
    pub object: Option<String>,
    /// Its message.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}
