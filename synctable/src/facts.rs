//! What each kind is in every engine and language: one table, matched without a wildcard.

use crate::kind::Scalar;

impl Scalar {
    /// Whether a list can hold it.
    ///
    /// # Errors
    /// Why not, as a clause. PowerSync sends the elements of a `bytea[]` as null, and a blob inside
    /// JSON has no form at all.
    pub const fn in_lists(self) -> Result<(), &'static str> {
        match self {
            Scalar::Bytes => Err(
                "its elements would be lost on the way to clients; use `list(text)` with hexadecimal text",
            ),
            Scalar::Uuid
            | Scalar::Text
            | Scalar::Varchar(_)
            | Scalar::Bool
            | Scalar::Smallint
            | Scalar::Int
            | Scalar::Bigint
            | Scalar::Real
            | Scalar::Double
            | Scalar::Decimal { .. }
            | Scalar::Date
            | Scalar::Time
            | Scalar::Timestamp
            | Scalar::Timestamptz
            | Scalar::Interval
            | Scalar::Json => Ok(()),
        }
    }
}
