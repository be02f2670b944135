//! The Gregorian calendar as numbers, and the one reader of dates and times.

use super::TimeError;
use std::fmt;

pub(super) const DAY_MICROS: i64 = 86_400_000_000;
/// 0001-01-01 and 9999-12-31 in days since 1970-01-01.
pub(super) const MIN_DAY: i32 = -719_162;
pub(super) const MAX_DAY: i32 = 2_932_896;

/// Days since 1970-01-01 of a day that exists.
pub(super) const fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    // Years begin in March here, so that the leap day is the last day of a year.
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_from_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of days since 1970-01-01.
pub(super) const fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month as u32, day as u32)
}

pub(super) const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Writes `YYYY-MM-DD`.
pub(super) fn write_date(days: i32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (year, month, day) = civil_from_days(days);
    write!(f, "{year:04}-{month:02}-{day:02}")
}

/// Writes `HH:MM:SS.ffffff`.
pub(super) fn write_time(micros: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let seconds = micros / 1_000_000;
    write!(
        f,
        "{:02}:{:02}:{:02}.{:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000
    )
}

/// Reads a text from its beginning; every step names the form it expects of the whole.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    expected: &'static str,
}

impl<'a> Reader<'a> {
    /// A reader of a text that is no infinity.
    pub(super) fn new(text: &'a str, expected: &'static str) -> Result<Self, TimeError> {
        let rest = text.as_bytes();
        let starts_with_digit = rest.first().is_some_and(u8::is_ascii_digit);
        if !starts_with_digit && is_infinity(text) {
            return Err(TimeError::Infinite);
        }
        Ok(Reader { rest, expected })
    }

    fn form<T>(&self) -> Result<T, TimeError> {
        Err(TimeError::Form {
            expected: self.expected,
        })
    }

    /// The next byte if it is one of these.
    fn take(&mut self, any: &[u8]) -> Option<u8> {
        match self.rest {
            [first, rest @ ..] if any.contains(first) => {
                self.rest = rest;
                Some(*first)
            }
            _ => None,
        }
    }

    fn expect(&mut self, any: &[u8]) -> Result<u8, TimeError> {
        match self.take(any) {
            Some(byte) => Ok(byte),
            None => self.form(),
        }
    }

    fn digit(&mut self) -> Option<i64> {
        match self.rest {
            [digit @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                Some(i64::from(digit - b'0'))
            }
            _ => None,
        }
    }

    fn number<const DIGITS: usize>(&mut self) -> Result<i64, TimeError> {
        let Some((digits, rest)) = self.rest.split_first_chunk::<DIGITS>() else {
            return self.form();
        };
        let mut value = 0;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return self.form();
            }
            value = value * 10 + i64::from(digit - b'0');
        }
        self.rest = rest;
        Ok(value)
    }

    /// `YYYY-MM-DD` as days since 1970-01-01; the year may be 0000 or 10000 by an offset only.
    pub(super) fn date(&mut self) -> Result<i32, TimeError> {
        // What JavaScript, Dart and Java write of years past 9999 and before 0000: `+010000-01-01`.
        if self.take(b"+-").is_some() {
            self.number::<6>()?;
            self.expect(b"-")?;
            return Err(TimeError::Year);
        }
        let year = self.number::<4>()? as i32;
        if self.rest.first().is_some_and(u8::is_ascii_digit) {
            return Err(TimeError::Year);
        }
        self.expect(b"-")?;
        let month = self.number::<2>()? as u32;
        self.expect(b"-")?;
        let day = self.number::<2>()? as u32;
        if year == 0 {
            return Err(TimeError::Year);
        }
        if month == 0 || month > 12 || day == 0 || day > days_in_month(year, month) {
            return Err(TimeError::Day);
        }
        Ok(days_from_civil(year, month, day))
    }

    /// The `T` or the blank between date and time; whether it is a blank.
    pub(super) fn between(&mut self) -> Result<bool, TimeError> {
        self.expect(b"Tt ").map(|found| found == b' ')
    }

    /// `HH:MM`, or `HH:MM:SS` with a fraction of up to nine digits, as microseconds.
    pub(super) fn time(&mut self) -> Result<i64, TimeError> {
        let hour = self.number::<2>()?;
        self.expect(b":")?;
        let minute = self.number::<2>()?;
        let (second, micros) = match self.take(b":") {
            Some(_) => (self.number::<2>()?, self.fraction()?),
            None => (0, 0),
        };
        if hour > 23 || minute > 59 || second > 60 {
            return Err(TimeError::TimeOfDay);
        }
        if second == 60 {
            return Err(TimeError::LeapSecond);
        }
        Ok(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
    }

    /// As microseconds: what is finer is cut off, because Postgres keeps no more.
    fn fraction(&mut self) -> Result<i64, TimeError> {
        if self.take(b".").is_none() {
            return Ok(0);
        }
        // Six digits and no more, as it is written canonically.
        if !self.rest.get(6).is_some_and(u8::is_ascii_digit)
            && let Ok(micros) = self.number::<6>()
        {
            return Ok(micros);
        }
        let mut value = 0;
        let mut count = 0;
        while let Some(digit) = self.digit() {
            count += 1;
            match count {
                1..=6 => value = value * 10 + digit,
                7..=9 => {}
                _ => return self.form(),
            }
        }
        match count {
            0 => self.form(),
            1..=6 => Ok(value * 10_i64.pow(6 - count)),
            _ => Ok(value),
        }
    }

    /// `Z`, `+HH`, `+HHMM`, `+HH:MM` or `+HH:MM:SS`, with or without a blank before it, as seconds east of UTC; `None` at
    /// the end.
    pub(super) fn offset(&mut self) -> Result<Option<i64>, TimeError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.take(b" ");
        let sign = match self.expect(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Ok(Some(0)),
        };
        let hours = self.number::<2>()?;
        let mut seconds = hours * 3600;
        if self.take(b":").is_some() {
            seconds += self.sixtieth()? * 60;
            if self.take(b":").is_some() {
                seconds += self.sixtieth()?;
            }
        } else if self.rest.first().is_some_and(u8::is_ascii_digit) {
            seconds += self.sixtieth()? * 60;
        }
        if hours >= 16 {
            return Err(TimeError::Offset);
        }
        Ok(Some(sign * seconds))
    }

    /// `[Europe/Berlin]`, as Java and Temporal write behind an offset, which alone says the instant.
    pub(super) fn zone_names(&mut self) -> Result<(), TimeError> {
        while self.take(b"[").is_some() {
            let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"/_+-=.:".contains(byte);
            let length = self.rest.iter().take_while(|byte| is_name(byte)).count();
            if length == 0 {
                return self.form();
            }
            self.rest = &self.rest[length..];
            self.expect(b"]")?;
        }
        Ok(())
    }

    fn sixtieth(&mut self) -> Result<i64, TimeError> {
        match self.number::<2>()? {
            value @ 0..60 => Ok(value),
            _ => Err(TimeError::Offset),
        }
    }

    pub(super) fn end(self) -> Result<(), TimeError> {
        match self.rest {
            [] => Ok(()),
            _ => self.form(),
        }
    }
}

/// One of Postgres's infinities, with any signs before it.
pub(super) fn is_infinity(text: &str) -> bool {
    let name = text.trim_start_matches(['-', '+']);
    name.eq_ignore_ascii_case("infinity")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_thousand_years_is_the_day_after_the_one_before() {
        let (mut year, mut month, mut day) = (1, 1, 1);
        for days in MIN_DAY..=MAX_DAY {
            assert_eq!(civil_from_days(days), (year, month, day));
            assert_eq!(days_from_civil(year, month, day), days);
            day += 1;
            if day > days_in_month(year, month) {
                day = 1;
                month += 1;
            }
            if month > 12 {
                month = 1;
                year += 1;
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
        assert_eq!(days_from_civil(1970, 1, 1), 0);
    }
}
