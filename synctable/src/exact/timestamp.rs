//! An instant.

use super::civil::{DAY_MICROS, MAX_DAY, MIN_DAY, Reader, write_date, write_time};
use super::{Date, LocalTimestamp, Time, TimeError};
use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

const FORM: &str = "YYYY-MM-DDTHH:MM:SS.ffffffZ";

/// An instant to the microsecond, of the years 0001 to 9999 in UTC.
///
/// It is written in one way only, `2026-01-31T13:47:00.000000Z`: text order is the order in time.
/// It reads what Postgres, PowerSync, SQLite, JavaScript and the libraries of other languages write: `T` or a blank, with
/// or without seconds, up to nine digits of a fraction of which six are kept, `Z` or an offset.
/// Without an offset, a time behind a blank is UTC, as SQLite writes it, and one behind a `T` is local and refused.
///
/// ```
/// use synctable::{TimeError, Timestamp};
/// let text = "2026-01-31T13:47:00.000000Z";
/// for same in [text, "2026-01-31 13:47:00+00", "2026-01-31T15:47:00.000 +02:00", "2026-01-31 13:47:00"] {
///     assert_eq!(same.parse::<Timestamp>()?.to_string(), text);
/// }
/// assert_eq!("2026-01-31T13:47:00".parse::<Timestamp>(), Err(TimeError::NoOffset));
/// # Ok::<(), TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00.000000Z.
    pub const MIN: Timestamp = Timestamp(MIN_DAY as i64 * DAY_MICROS);
    /// 9999-12-31T23:59:59.999999Z.
    pub const MAX: Timestamp = Timestamp((MAX_DAY as i64 + 1) * DAY_MICROS - 1);

    /// The instant so many microseconds after 1970-01-01T00:00:00Z, if its year is 0001 to 9999.
    pub const fn from_micros(micros: i64) -> Option<Timestamp> {
        if micros < Timestamp::MIN.0 || micros > Timestamp::MAX.0 {
            return None;
        }
        Some(Timestamp(micros))
    }

    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The system's clock, cut to microseconds.
    ///
    /// # Panics
    /// If the clock shows a year past 9999.
    pub fn now() -> Timestamp {
        Timestamp::try_from(SystemTime::now()).expect("the clock shows a year of four digits")
    }

    /// Date and time in UTC.
    pub const fn utc(self) -> LocalTimestamp {
        LocalTimestamp::clamped(self.0)
    }

    /// The day in UTC.
    pub const fn utc_date(self) -> Date {
        self.utc().date()
    }

    /// The time of day in UTC.
    pub const fn utc_time(self) -> Time {
        self.utc().time()
    }
}

/// Cut to microseconds, towards the past.
impl TryFrom<SystemTime> for Timestamp {
    type Error = TimeError;

    fn try_from(time: SystemTime) -> Result<Self, TimeError> {
        let micros = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()),
            Err(before) => i64::try_from(before.duration().as_nanos().div_ceil(1000)).map(|m| -m),
        };
        micros
            .ok()
            .and_then(Timestamp::from_micros)
            .ok_or(TimeError::Year)
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text, FORM)?;
        let days = i64::from(reader.date()?);
        let is_blank = reader.between()?;
        let micros = reader.time()?;
        let east = match reader.offset()? {
            Some(east) => {
                reader.zone_names()?;
                east
            }
            None if is_blank => 0,
            None => return Err(TimeError::NoOffset),
        };
        reader.end()?;
        Timestamp::from_micros(days * DAY_MICROS + micros - east * 1_000_000).ok_or(TimeError::Year)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(self.0.div_euclid(DAY_MICROS) as i32, f)?;
        f.write_str("T")?;
        write_time(self.0.rem_euclid(DAY_MICROS), f)?;
        f.write_str("Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(text: &str) -> Result<String, TimeError> {
        text.parse::<Timestamp>().map(|t| t.to_string())
    }

    #[test]
    fn what_is_written_is_read_back_and_ordered_as_its_text() {
        let mut before = String::new();
        let step = (Timestamp::MAX.0 - Timestamp::MIN.0) / 9973;
        for micros in (Timestamp::MIN.0..=Timestamp::MAX.0).step_by(step as usize) {
            let instant = Timestamp::from_micros(micros).unwrap();
            let text = instant.to_string();
            assert_eq!(text.len(), 27);
            assert_eq!(text.parse(), Ok(instant));
            assert!(before < text);
            before = text;
        }
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(
            read(&Timestamp::MAX.to_string()).unwrap(),
            Timestamp::MAX.to_string()
        );
    }

    #[test]
    fn every_form_on_the_wire_is_one_instant() {
        let canonical = Ok("2026-01-31T13:47:12.400000Z".to_owned());
        for text in [
            "2026-01-31T13:47:12.400000Z",
            "2026-01-31T13:47:12.4Z",
            "2026-01-31t13:47:12.400z",
            "2026-01-31 13:47:12.4+00",
            "2026-01-31 13:47:12.4+0000",
            "2026-01-31 13:47:12.4-00:00",
            "2026-01-31 05:47:12.4-08",
            "2026-01-31T19:17:12.400000000+05:30",
            "2026-01-31T19:17:12.4+0530",
            "2026-01-31T14:00:29.4+00:13:17",
            "2026-01-31 13:47:12.4",
            "2026-01-31 13:47:12.400000999",
            "2026-01-31 13:47:12.4 +0000",
            "2026-01-31T15:47:12.400 +02:00",
            "2026-01-31 13:47:12.4 Z",
            "2026-01-31T14:47:12.4+01:00[Europe/Berlin]",
            "2026-01-31T13:47:12.4Z[Etc/GMT+1][u-ca=gregory]",
        ] {
            assert_eq!(read(text), canonical, "{text}");
        }
        for text in [
            "2026-01-31T15:47Z",
            "2026-01-31 15:47",
            "2026-01-31T16:47+01",
        ] {
            assert_eq!(read(text), Ok("2026-01-31T15:47:00.000000Z".to_owned()));
        }
        assert_eq!(
            read("2026-03-01T00:30:00+01:00"),
            Ok("2026-02-28T23:30:00.000000Z".to_owned())
        );
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for (text, error) in [
            ("2026-01-31T13:47:00", TimeError::NoOffset),
            ("2026-01-31t13:47", TimeError::NoOffset),
            ("0001-01-01T00:00:00+01", TimeError::Year),
            ("9999-12-31T23:59:59-01", TimeError::Year),
            ("10000-01-01T00:00:00Z", TimeError::Year),
            ("2026-01-31T13:47:60Z", TimeError::LeapSecond),
            ("2026-01-31T24:00:00Z", TimeError::TimeOfDay),
            ("2026-01-31T13:47:00+16", TimeError::Offset),
            ("2026-01-31T13:47:00+01:60", TimeError::Offset),
            ("infinity", TimeError::Infinite),
            ("2026-01-31", TimeError::Form { expected: FORM }),
            ("2026-01-31T13:47:00ZZ", TimeError::Form { expected: FORM }),
            ("2026-01-31T13:47:00  Z", TimeError::Form { expected: FORM }),
            ("2026-01-31 13:47:00 ", TimeError::Form { expected: FORM }),
            ("2026-01-31T13Z", TimeError::Form { expected: FORM }),
            ("2026-01-31T13:47:Z", TimeError::Form { expected: FORM }),
            ("2026-01-31T13:47.5Z", TimeError::Form { expected: FORM }),
            ("2026-01-31T13:47Z[]", TimeError::Form { expected: FORM }),
            (
                "2026-01-31T13:47Z[!Europe/Berlin]",
                TimeError::Form { expected: FORM },
            ),
            (
                "2026-01-31 13:47[Europe/Berlin]",
                TimeError::Form { expected: FORM },
            ),
            ("+010000-01-01T00:00:00.000Z", TimeError::Year),
            ("-000001-01-01T00:00:00.000Z", TimeError::Year),
            ("2026-01-31T13:47:00+1", TimeError::Form { expected: FORM }),
            ("1769867220", TimeError::Year),
            ("+2026-01-31T13:47:00Z", TimeError::Form { expected: FORM }),
            ("", TimeError::Form { expected: FORM }),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
    }

    #[test]
    fn no_text_panics() {
        let alphabet = [
            "0",
            "9",
            "-",
            ":",
            ".",
            "T",
            "Z",
            "+",
            " ",
            "é",
            "2026-01-31T13:47:00",
        ];
        for a in alphabet {
            for b in alphabet {
                for c in alphabet {
                    let text = format!("{a}{b}{c}");
                    if let Ok(canonical) = read(&text) {
                        assert_eq!(read(&canonical), Ok(canonical));
                    }
                }
            }
        }
    }

    #[test]
    fn the_system_clock_is_cut_towards_the_past() {
        let just_before = UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(Timestamp::try_from(just_before).unwrap().micros(), -1);
        let just_after = UNIX_EPOCH + Duration::from_nanos(1999);
        assert_eq!(Timestamp::try_from(just_after).unwrap().micros(), 1);
        assert!(Timestamp::now() > read_instant("2024-01-01T00:00:00Z"));
    }

    fn read_instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }
}
