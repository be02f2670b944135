//! Why a text is no date, no time or no timestamp.

use std::fmt;

/// Why a text is no date, no time or no timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeError {
    /// Not of the form that is expected.
    Form {
        /// That form.
        expected: &'static str,
    },
    /// A year before 0001 or past 9999, in UTC where there is a zone.
    Year,
    /// A month or day that the calendar does not have.
    Day,
    /// An hour, minute or second that a day does not have; 24:00:00 belongs to the next day.
    TimeOfDay,
    /// Second 60: Postgres would move it into the next minute.
    LeapSecond,
    /// A time behind a `T`, without `Z` or an offset: it is local, and no instant.
    NoOffset,
    /// `Z` or an offset where there is no zone.
    UnexpectedOffset,
    /// An offset of 16 hours or more.
    Offset,
    /// One of Postgres's infinities: they do not travel.
    Infinite,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimeError::Form { expected } => write!(f, "expected the form `{expected}`"),
            TimeError::Year => f.write_str("the year is not between 0001 and 9999"),
            TimeError::Day => f.write_str("the day does not exist"),
            TimeError::TimeOfDay => f.write_str("the time of day does not exist"),
            TimeError::LeapSecond => f.write_str("leap seconds are not supported: write the next second"),
            TimeError::NoOffset => f.write_str(
                "after a `T`, a time without `Z` or an offset is local: write the instant in UTC, with `Z`",
            ),
            TimeError::UnexpectedOffset => f.write_str("a local time cannot have `Z` or an offset"),
            TimeError::Offset => f.write_str("the offset must be less than 16 hours"),
            TimeError::Infinite => f.write_str("infinity is not supported: use null"),
        }
    }
}

impl std::error::Error for TimeError {}
