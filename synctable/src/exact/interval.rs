//! A Postgres interval.

use super::civil::is_infinity;
use std::fmt;
use std::str::FromStr;

const DAY_UNITS: [&str; 3] = ["year", "mon", "day"];

/// A Postgres interval: months, days and microseconds, which no calendar-free rule converts.
///
/// It reads and writes the text of `IntervalStyle = postgres`, in which it replicates. Two intervals
/// are equal when all three parts are: `1 day` and `24:00:00` differ, and there is no order.
///
/// ```
/// use synctable::Interval;
/// let wait: Interval = "1 year 2 mons -3 days +04:05:06.7".parse()?;
/// assert_eq!((wait.months(), wait.days()), (14, -3));
/// assert_eq!(wait.to_string(), "1 year 2 mons -3 days +04:05:06.7");
/// assert_eq!(Interval::new(0, 0, 0).to_string(), "00:00:00");
/// # Ok::<(), synctable::IntervalError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    months: i32,
    days: i32,
    micros: i64,
}

/// Why a text is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalError {
    /// Not of the form `1 year 2 mons 3 days 04:05:06.789`.
    Form,
    /// A part that is larger than Postgres holds.
    Range,
    /// Digits past the microsecond that are not zero: Postgres would round them.
    TooFine,
    /// One of the infinities of Postgres 17: they do not travel.
    Infinite,
}

impl fmt::Display for IntervalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IntervalError::Form => "expected the form `1 year 2 mons 3 days 04:05:06.789`",
            IntervalError::Range => "a part is too large for an interval",
            IntervalError::TooFine => "the fraction is finer than a microsecond",
            IntervalError::Infinite => "infinity is not supported: use null",
        })
    }
}

impl std::error::Error for IntervalError {}

impl Interval {
    /// An interval of its three parts.
    pub const fn new(months: i32, days: i32, micros: i64) -> Interval {
        Interval {
            months,
            days,
            micros,
        }
    }

    /// The months, those of whole years included.
    pub const fn months(self) -> i32 {
        self.months
    }

    /// The days.
    pub const fn days(self) -> i32 {
        self.days
    }

    /// The microseconds.
    pub const fn micros(self) -> i64 {
        self.micros
    }
}

impl FromStr for Interval {
    type Err = IntervalError;

    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let starts_with_digit = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
        if !starts_with_digit && is_infinity(text) {
            return Err(IntervalError::Infinite);
        }
        let mut rest = Some(text);
        let mut parts = [0_i32; 3];
        let mut next_unit = 0;
        let mut micros = 0;
        while let Some(word) = next_word(&mut rest) {
            if word.bytes().any(|byte| byte == b':') {
                micros = clock(word)?;
                if rest.is_some() {
                    return Err(IntervalError::Form);
                }
                break;
            }
            let unit = next_word(&mut rest).ok_or(IntervalError::Form)?;
            let singular = unit.strip_suffix('s').unwrap_or(unit);
            let index = (next_unit..3)
                .find(|index| DAY_UNITS[*index] == singular)
                .ok_or(IntervalError::Form)?;
            parts[index] = whole(word)?;
            next_unit = index + 1;
        }
        let [years, months, days] = parts;
        let months = years
            .checked_mul(12)
            .and_then(|of_years| of_years.checked_add(months))
            .ok_or(IntervalError::Range)?;
        Ok(Interval::new(months, days, micros))
    }
}

/// What stands before the next blank, or before the end; byte by byte, because the words are short.
fn next_word<'t>(rest: &mut Option<&'t str>) -> Option<&'t str> {
    let text = (*rest)?;
    let end = text.bytes().position(|byte| byte == b' ');
    *rest = end.map(|end| &text[end + 1..]);
    Some(&text[..end.unwrap_or(text.len())])
}

/// A number with an optional sign.
fn whole(text: &str) -> Result<i32, IntervalError> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(IntervalError::Form);
    }
    text.parse().map_err(|_| IntervalError::Range)
}

/// `HH:MM:SS` with any number of hours, an optional sign and fraction, as microseconds.
fn clock(text: &str) -> Result<i64, IntervalError> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let end = unsigned.iter().position(|byte| *byte == b':');
    let (hours, rest) = unsigned.split_at(end.ok_or(IntervalError::Form)?);
    let [b':', m1, m2, b':', s1, s2, fraction @ ..] = rest else {
        return Err(IntervalError::Form);
    };
    if !(2..=18).contains(&hours.len()) {
        return Err(IntervalError::Form);
    }
    let (hours, minutes, seconds) = (number(hours)?, number(&[*m1, *m2])?, number(&[*s1, *s2])?);
    if minutes > 59 || seconds > 59 {
        return Err(IntervalError::Form);
    }
    let fraction = match fraction {
        [] => 0,
        [b'.', digits @ ..] => millionths(digits)?,
        _ => return Err(IntervalError::Form),
    };
    let seconds = (i128::from(hours) * 60 + i128::from(minutes)) * 60 + i128::from(seconds);
    let size = seconds * 1_000_000 + i128::from(fraction);
    i64::try_from(if negative { -size } else { size }).map_err(|_| IntervalError::Range)
}

/// The number of up to eighteen digits.
fn number(digits: &[u8]) -> Result<i64, IntervalError> {
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return Err(IntervalError::Form);
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Ok(value)
}

fn millionths(digits: &[u8]) -> Result<i64, IntervalError> {
    if digits.is_empty() || digits.len() > 9 {
        return Err(IntervalError::Form);
    }
    let nanos = number(digits)? * 10_i64.pow(9 - digits.len() as u32);
    match nanos % 1000 {
        0 => Ok(nanos / 1000),
        _ => Err(IntervalError::TooFine),
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut empty = true;
        // A plus sign says that the sign of the part before does not go on.
        let mut after_negative = false;
        let parts = [self.months / 12, self.months % 12, self.days];
        for (value, unit) in parts.into_iter().zip(DAY_UNITS) {
            if value == 0 {
                continue;
            }
            let gap = if empty { "" } else { " " };
            let plus = if after_negative && value > 0 { "+" } else { "" };
            let plural = if value == 1 { "" } else { "s" };
            write!(f, "{gap}{plus}{value} {unit}{plural}")?;
            empty = false;
            after_negative = value < 0;
        }
        if self.micros == 0 && !empty {
            return Ok(());
        }
        let sign = match (self.micros < 0, after_negative) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        };
        let gap = if empty { "" } else { " " };
        let size = self.micros.unsigned_abs();
        let seconds = size / 1_000_000;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(f, "{gap}{sign}{hours:02}:{minutes:02}:{:02}", seconds % 60)?;
        match size % 1_000_000 {
            0 => Ok(()),
            fraction => {
                let digits = format!("{fraction:06}");
                write!(f, ".{}", digits.trim_end_matches('0'))
            }
        }
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Interval, IntervalError> {
        text.parse()
    }

    #[test]
    fn every_interval_is_read_back() {
        let months = [0, 1, -1, 10, 12, -14, 25, i32::MAX, i32::MIN];
        let days = [0, 1, -1, 30, i32::MAX, i32::MIN];
        let micros = [
            0,
            1,
            -1,
            500_000,
            86_400_000_000,
            -3_600_000_001,
            i64::MAX,
            i64::MIN,
        ];
        for months in months {
            for days in days {
                for micros in micros {
                    let interval = Interval::new(months, days, micros);
                    assert_eq!(read(&interval.to_string()), Ok(interval), "{interval}");
                }
            }
        }
    }

    /// Pairs of parts and text that Postgres 15 printed.
    #[test]
    fn the_text_is_that_of_postgres() {
        for (months, days, micros, text) in [
            (0, 0, 0, "00:00:00"),
            (1, -1, 0, "1 mon -1 days"),
            (-1, 1, 0, "-1 mons +1 day"),
            (-14, 0, 1, "-1 years -2 mons +00:00:00.000001"),
            (12, 0, -1_500_000, "1 year -00:00:01.5"),
            (0, -1, 7_200_000_000, "-1 days +02:00:00"),
            (0, 0, i64::MAX, "2562047788:00:54.775807"),
        ] {
            assert_eq!(Interval::new(months, days, micros).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in [
            "",
            " ",
            "1",
            "1 week",
            "1 day 1 year",
            "1 day 1 day",
            "P1D",
            "1:00:00",
            "00:60:00",
            "00:00:00 1 day",
            "00:00",
            "00:00:00.",
            "1  day",
            "--1 days",
            "- day",
            "@ 1 day ago",
        ] {
            assert_eq!(read(text), Err(IntervalError::Form), "{text}");
        }
        assert_eq!(read("00:00:00.0000001"), Err(IntervalError::TooFine));
        assert_eq!(read("99999999999 days"), Err(IntervalError::Range));
        assert_eq!(read("178956971 years"), Err(IntervalError::Range));
        assert_eq!(read("2562047789:00:00"), Err(IntervalError::Range));
        assert_eq!(read("-infinity"), Err(IntervalError::Infinite));
    }
}
