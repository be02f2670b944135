//! Dates, times and instants: what is written, as the one text that every engine stores.

/// `YYYY-MM-DD` of a day that exists, in the years 0001 to 9999.
pub(super) fn date(text: &str) -> Option<String> {
    let (year, month, day) = day_parts(text)?;
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// `HH:MM:SS.ffffff`.
pub(super) fn time(text: &str) -> Option<String> {
    Some(show_time(time_micros(text)?))
}

/// `YYYY-MM-DDTHH:MM:SS.ffffff`.
pub(super) fn timestamp(text: &str) -> Option<String> {
    let (day, clock) = text.split_once(['T', ' '])?;
    Some(format!("{}T{}", date(day)?, time(clock)?))
}

/// `YYYY-MM-DDTHH:MM:SS.ffffffZ`, in UTC; a text without a zone is none.
pub(super) fn timestamptz(text: &str) -> Option<String> {
    let (day, clock) = text.split_once(['T', ' '])?;
    let (clock, offset) = match clock.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => {
            let at = clock.rfind(['+', '-'])?;
            (&clock[..at], offset_minutes(&clock[at..])?)
        }
    };
    let (year, month, day) = day_parts(day)?;
    let micros = time_micros(clock)? - offset * 60_000_000;
    let days = days_from_civil(year, month, day) + micros.div_euclid(DAY);
    let (year, month, day) = civil_from_days(days);
    if !(1..=9999).contains(&year) {
        return None;
    }
    let clock = show_time(micros.rem_euclid(DAY));
    Some(format!("{year:04}-{month:02}-{day:02}T{clock}Z"))
}

const DAY: i64 = 86_400_000_000;

fn digits(text: &str, least: usize, most: usize) -> Option<i64> {
    let fits =
        (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn day_parts(text: &str) -> Option<(i64, i64, i64)> {
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4, 4)?;
    let month = digits(parts.next()?, 1, 2)?;
    let day = digits(parts.next()?, 1, 2)?;
    let exists = parts.next().is_none()
        && year >= 1
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day);
    exists.then_some((year, month, day))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn time_micros(text: &str) -> Option<i64> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 1, 2)?;
    let minute = digits(parts.next()?, 2, 2)?;
    let second = match parts.next() {
        Some(second) => digits(second, 2, 2)?,
        None if fraction.is_none() => 0,
        None => return None,
    };
    let micros = match fraction {
        Some(fraction) => digits(fraction, 1, 6)? * 10_i64.pow(6 - fraction.len() as u32),
        None => 0,
    };
    let exists = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    exists.then_some(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

fn offset_minutes(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let text = &text[1..];
    let (hours, minutes) = match text.split_once(':') {
        Some((hours, minutes)) => (digits(hours, 2, 2)?, digits(minutes, 2, 2)?),
        None if text.len() == 4 && text.is_ascii() => {
            (digits(&text[..2], 2, 2)?, digits(&text[2..], 2, 2)?)
        }
        None => (digits(text, 2, 2)?, 0),
    };
    (hours < 16 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn show_time(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    format!(
        "{:02}:{:02}:{:02}.{:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000
    )
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * years + years / 4 - years / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = years + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_in_utc() {
        let cases = [
            ("2026-01-31T15:47:00+02", "2026-01-31T13:47:00.000000Z"),
            ("2026-01-01 00:30:00.5+05:30", "2025-12-31T19:00:00.500000Z"),
            ("2024-02-28 23:30:00-0100", "2024-02-29T00:30:00.000000Z"),
            ("2026-01-31T13:47Z", "2026-01-31T13:47:00.000000Z"),
        ];
        for (written, canonical) in cases {
            assert_eq!(
                timestamptz(written).as_deref(),
                Some(canonical),
                "{written}"
            );
        }
        for none in [
            "2026-01-31T13:47:00",
            "9999-12-31T23:59:59-01",
            "2026-01-31",
            "",
        ] {
            assert_eq!(timestamptz(none), None, "{none}");
        }
    }

    #[test]
    fn only_days_that_exist_are_days() {
        assert_eq!(date("2024-2-29").as_deref(), Some("2024-02-29"));
        for none in [
            "2023-02-29",
            "0000-01-01",
            "10000-01-01",
            "2026-13-01",
            "26-1-1",
            "2026-01",
        ] {
            assert_eq!(date(none), None, "{none}");
        }
    }

    #[test]
    fn days_are_counted_both_ways() {
        for days in (-719_162..2_932_896).step_by(97) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn a_time_has_six_digits() {
        assert_eq!(time("9:05").as_deref(), Some("09:05:00.000000"));
        assert_eq!(time("09:05:01.25").as_deref(), Some("09:05:01.250000"));
        for none in ["24:00:00", "09:60", "9", "09:05.5", "09:05:01.1234567"] {
            assert_eq!(time(none), None, "{none}");
        }
    }
}
