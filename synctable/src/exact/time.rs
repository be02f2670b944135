//! A time of day.

use super::TimeError;
use super::civil::{DAY_MICROS, Reader, write_time};
use std::fmt;
use std::str::FromStr;

const FORM: &str = "HH:MM:SS.ffffff";

/// A time of day to the microsecond, without a zone, written `15:47:00.000000`.
///
/// ```
/// use synctable::Time;
/// assert_eq!("15:47:00.5".parse::<Time>()?.to_string(), "15:47:00.500000");
/// assert_eq!("15:47".parse::<Time>()?.to_string(), "15:47:00.000000");
/// # Ok::<(), synctable::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// Midnight.
    pub const MIN: Time = Time(0);
    /// One microsecond before the next midnight.
    pub const MAX: Time = Time(DAY_MICROS - 1);

    /// The time so many microseconds after midnight, if it is within a day.
    pub const fn from_micros(micros: i64) -> Option<Time> {
        match micros {
            0..DAY_MICROS => Some(Time(micros)),
            _ => None,
        }
    }

    /// Microseconds since midnight.
    pub const fn micros(self) -> i64 {
        self.0
    }
}

impl FromStr for Time {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text, FORM)?;
        let micros = reader.time()?;
        if reader.offset()?.is_some() {
            return Err(TimeError::UnexpectedOffset);
        }
        reader.end()?;
        Ok(Time(micros))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_time(self.0, f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_back() {
        for micros in (0..DAY_MICROS).step_by(1_234_567_891) {
            let time = Time::from_micros(micros).unwrap();
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert_eq!(Time::MAX.to_string(), "23:59:59.999999");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (text, error) in [
            ("24:00:00", TimeError::TimeOfDay),
            ("12:60:00", TimeError::TimeOfDay),
            ("23:59:60", TimeError::LeapSecond),
            ("12:00:00+00", TimeError::UnexpectedOffset),
            ("12:00Z", TimeError::UnexpectedOffset),
            ("12", TimeError::Form { expected: FORM }),
            ("12:", TimeError::Form { expected: FORM }),
            ("12:00:", TimeError::Form { expected: FORM }),
            ("T12:00", TimeError::Form { expected: FORM }),
            ("12:00:00.", TimeError::Form { expected: FORM }),
            ("12:00:00,5", TimeError::Form { expected: FORM }),
            ("12:00:00.0000000000", TimeError::Form { expected: FORM }),
        ] {
            assert_eq!(text.parse::<Time>(), Err(error), "{text}");
        }
    }
}
