//! A calendar day.

use super::TimeError;
use super::civil::{
    MAX_DAY, MIN_DAY, Reader, civil_from_days, days_from_civil, days_in_month, write_date,
};
use std::fmt;
use std::str::FromStr;

const FORM: &str = "YYYY-MM-DD";

/// A calendar day of the years 0001 to 9999, written `2026-01-31`.
///
/// ```
/// use synctable::Date;
/// let day: Date = "2024-02-29".parse()?;
/// assert_eq!((day.year(), day.month(), day.day()), (2024, 2, 29));
/// assert!("2025-02-29".parse::<Date>().is_err());
/// # Ok::<(), synctable::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(i32);

impl Date {
    /// 0001-01-01.
    pub const MIN: Date = Date(MIN_DAY);
    /// 9999-12-31.
    pub const MAX: Date = Date(MAX_DAY);

    /// The day of a year, month and day.
    ///
    /// # Errors
    /// [`TimeError::Year`] or [`TimeError::Day`].
    pub const fn new(year: i32, month: u32, day: u32) -> Result<Date, TimeError> {
        if year < 1 || year > 9999 {
            return Err(TimeError::Year);
        }
        if month == 0 || month > 12 || day == 0 || day > days_in_month(year, month) {
            return Err(TimeError::Day);
        }
        Ok(Date(days_from_civil(year, month, day)))
    }

    /// The day so many days after 1970-01-01, if its year is 0001 to 9999.
    pub const fn from_days(days: i32) -> Option<Date> {
        match days {
            MIN_DAY..=MAX_DAY => Some(Date(days)),
            _ => None,
        }
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The year.
    pub const fn year(self) -> i32 {
        civil_from_days(self.0).0
    }

    /// The month, from 1.
    pub const fn month(self) -> u32 {
        civil_from_days(self.0).1
    }

    /// The day of the month, from 1.
    pub const fn day(self) -> u32 {
        civil_from_days(self.0).2
    }
}

impl FromStr for Date {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut reader = Reader::new(text, FORM)?;
        let days = reader.date()?;
        reader.end()?;
        Ok(Date(days))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_date(self.0, f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_read_back_and_ordered_as_its_text() {
        let mut before = String::new();
        for days in (MIN_DAY..=MAX_DAY).step_by(97) {
            let day = Date::from_days(days).unwrap();
            let text = day.to_string();
            assert_eq!(text.parse(), Ok(day));
            assert!(before < text);
            before = text;
        }
        assert_eq!(Date::MIN.to_string(), "0001-01-01");
        assert_eq!(Date::MAX.to_string(), "9999-12-31");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for (text, error) in [
            ("0000-01-01", TimeError::Year),
            ("10000-01-01", TimeError::Year),
            ("2026-13-01", TimeError::Day),
            ("2026-00-01", TimeError::Day),
            ("1900-02-29", TimeError::Day),
            ("infinity", TimeError::Infinite),
            ("-infinity", TimeError::Infinite),
            ("2026-1-1", TimeError::Form { expected: FORM }),
            ("2026-01-01 ", TimeError::Form { expected: FORM }),
            ("2026-01-01 BC", TimeError::Form { expected: FORM }),
            ("٢٠٢٦-٠١-٠١", TimeError::Form { expected: FORM }),
            ("", TimeError::Form { expected: FORM }),
        ] {
            assert_eq!(text.parse::<Date>(), Err(error), "{text}");
        }
        assert_eq!(Date::from_days(MAX_DAY + 1), None);
        assert_eq!(Date::new(2026, 4, 31), Err(TimeError::Day));
    }
}
