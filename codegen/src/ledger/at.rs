//! The places of entries in their order: times as 14 digits, year to second.

use std::cmp::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 60 * 60;

/// A time in UTC.
pub(crate) fn of(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    written(seconds)
}

/// The place right after another one; `None` where that is no time, or the last one.
pub(crate) fn after(at: &str) -> Option<String> {
    let next = written(seconds(at)? + 1);
    (next.len() == 14 && *next > *at).then_some(next)
}

/// The order of two places; those of other tools may have fewer digits.
pub(crate) fn order(one: &str, other: &str) -> Ordering {
    let bare = |at: &str| at.trim_start_matches('0').to_owned();
    let (one, other) = (bare(one), bare(other));
    one.len().cmp(&other.len()).then_with(|| one.cmp(&other))
}

/// Whether one place is after another one.
pub(crate) fn is_later(one: &str, other: &str) -> bool {
    order(one, other) == Ordering::Greater
}

fn written(seconds: u64) -> String {
    let (year, month, day) = date(seconds / DAY);
    let second = seconds % DAY;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// Seconds since 1970 of 14 digits that are a time.
fn seconds(at: &str) -> Option<u64> {
    let number = |from: usize, to: usize| at.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    let real = year >= 1970 && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !real || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// Days since 1970, of the Gregorian calendar; years begin in March, so that a leap day is the last one.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_written_and_followed() {
        assert_eq!(of(UNIX_EPOCH), "19700101000000");
        let leap = UNIX_EPOCH + Duration::from_secs(1_709_164_799);
        assert_eq!(of(leap), "20240228235959");
        for (at, next) in [
            ("20240228235959", Some("20240229000000")),
            ("20240229235959", Some("20240301000000")),
            ("20261231235959", Some("20270101000000")),
            ("21000228235959", Some("21000301000000")),
            ("99991231235959", None),
            ("20261301000000", None),
            ("99999999999999", None),
        ] {
            assert_eq!(after(at).as_deref(), next, "{at}");
        }
    }

    #[test]
    fn every_day_comes_back() {
        for day in (0..200_000).step_by(7) {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }
}
