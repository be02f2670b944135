//! A date and time without a zone.

use super::civil::{DAY_MICROS, MAX_DAY, MIN_DAY, Reader, write_date, write_time};
use super::{Date, Time, TimeError};
use std::fmt;
use std::str::FromStr;

const FORM: &str = "YYYY-MM-DDTHH:MM:SS.ffffff";

/// A date and time to the microsecond without a zone, written `2026-01-31T15:47:12.400000`.
///
/// What a clock on a wall shows; it is no instant, and an offset in its text is refused.
///
/// ```
/// use synctable::LocalTimestamp;
/// let text = "2026-01-31 15:47:12.4".parse::<LocalTimestamp>()?;
/// assert_eq!(text.to_string(), "2026-01-31T15:47:12.400000");
/// # Ok::<(), synctable::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalTimestamp(i64);

impl LocalTimestamp {
    /// 0001-01-01T00:00:00.000000.
    pub const MIN: LocalTimestamp = LocalTimestamp(MIN_DAY as i64 * DAY_MICROS);
    /// 9999-12-31T23:59:59.999999.
    pub const MAX: LocalTimestamp = LocalTimestamp((MAX_DAY as i64 + 1) * DAY_MICROS - 1);

    /// The time of a day.
    pub const fn new(date: Date, time: Time) -> LocalTimestamp {
        LocalTimestamp(date.days() as i64 * DAY_MICROS + time.micros())
    }

    /// So many microseconds after 1970-01-01T00:00:00, if the year is 0001 to 9999.
    pub const fn from_micros(micros: i64) -> Option<LocalTimestamp> {
        if micros < LocalTimestamp::MIN.0 || micros > LocalTimestamp::MAX.0 {
            return None;
        }
        Some(LocalTimestamp(micros))
    }

    /// From microseconds that an instant has, which are in range.
    pub(super) const fn clamped(micros: i64) -> LocalTimestamp {
        LocalTimestamp(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00; negative before.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The day.
    pub const fn date(self) -> Date {
        match Date::from_days(self.0.div_euclid(DAY_MICROS) as i32) {
            Some(date) => date,
            None => panic!("the year is 0001 to 9999"),
        }
    }

    /// The time of day.
    pub const fn time(self) -> Time {
        match Time::from_micros(self.0.rem_euclid(DAY_MICROS)) {
            Some(time) => time,
            None => panic!("a remainder of a day is within a day"),
        }
    }
}

impl FromStr for LocalTimestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text, FORM)?;
        let days = i64::from(reader.date()?);
        reader.between()?;
        let micros = reader.time()?;
        if reader.offset()?.is_some() {
            return Err(TimeError::UnexpectedOffset);
        }
        reader.end()?;
        Ok(LocalTimestamp(days * DAY_MICROS + micros))
    }
}

impl fmt::Display for LocalTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(self.0.div_euclid(DAY_MICROS) as i32, f)?;
        f.write_str("T")?;
        write_time(self.0.rem_euclid(DAY_MICROS), f)
    }
}

impl fmt::Debug for LocalTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_and_time_are_its_parts() {
        for text in [
            "0001-01-01T00:00:00.000000",
            "1969-12-31T23:59:59.999999",
            "9999-12-31T23:59:59.999999",
        ] {
            let local: LocalTimestamp = text.parse().unwrap();
            assert_eq!(local.to_string(), text);
            assert_eq!(LocalTimestamp::new(local.date(), local.time()), local);
            assert_eq!(format!("{}T{}", local.date(), local.time()), text);
        }
    }

    #[test]
    fn a_zone_is_refused() {
        for text in ["2026-01-31T15:47:12Z", "2026-01-31 15:47:12+02"] {
            assert_eq!(
                text.parse::<LocalTimestamp>(),
                Err(TimeError::UnexpectedOffset)
            );
        }
    }
}
