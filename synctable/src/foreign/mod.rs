//! Columns in the types of other packages, each behind a feature of its name.
//!
//! Each goes through our own type of the kind, so that its text is the canonical one. What ours cannot hold stays in
//! the other package's own text, for the database to refuse by name; what theirs cannot hold is an error.

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;

#[cfg(any(feature = "chrono", feature = "rust_decimal", feature = "time"))]
use crate::value::{Value, ValueError};

/// The canonical text, where ours can hold it.
#[cfg(any(feature = "chrono", feature = "time"))]
fn text<'v>(ours: Option<impl ToString>, theirs: &impl ToString) -> Value<'v> {
    Value::Text(match ours {
        Some(ours) => ours.to_string().into(),
        None => theirs.to_string().into(),
    })
}

/// Theirs, where it can hold ours.
#[cfg(any(feature = "chrono", feature = "rust_decimal", feature = "time"))]
fn within<T>(theirs: Option<T>, kind: &'static str) -> Result<T, ValueError> {
    theirs.ok_or(ValueError::Range { kind })
}

/// Theirs comes back as it went, and both write the same text.
#[cfg(all(
    test,
    any(
        feature = "chrono",
        feature = "rust_decimal",
        feature = "time",
        feature = "uuid"
    )
))]
#[track_caller]
fn alike<V, F>(ours: V, theirs: F)
where
    V: crate::Holds<V>,
    F: crate::Holds<V> + PartialEq + std::fmt::Debug,
{
    assert_eq!(theirs.to_value(), ours.to_value());
    assert_eq!(F::from_value(ours.to_value()), Ok(theirs));
}
