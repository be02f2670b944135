//! Times in every form that devices write: what is read has one canonical form, which other readers take for the same.

use crate::vocabulary::random::{Random, count};
use chrono::{DateTime, NaiveDateTime, NaiveTime, Timelike};
use rusqlite::Connection;
use std::fs;
use synctable::{ColumnDef, Kind, LocalTimestamp, Scalar, Time, TimeError, Timestamp, Value};
use tests::cases::workspace;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

fn canonical(scalar: Scalar, text: &str) -> Option<String> {
    let column = ColumnDef::new("at", Kind::Scalar(scalar));
    match column.canonical(Value::Text(text.into())) {
        Ok(Value::Text(text)) => Some(text.into_owned()),
        Ok(other) => panic!("{other:?} is no text"),
        Err(_) => None,
    }
}

#[test]
fn the_page_on_uploads_tells_what_becomes_of_each_form() {
    let page = fs::read_to_string(workspace().join("docs/uploads.md")).expect("it is there");
    let (_, section) = page.split_once("## Times\n").expect("it has the section");
    let rows = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .take_while(|line| !line.starts_with("unknown_table"));
    let code = |cell: &str| match cell.trim() {
        "refused" => None,
        cell => Some(cell.trim_matches('`').to_owned()),
    };
    let mut told = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_end_matches('|').split(" | ").collect();
        let [text, _, instant, local] = cells[..] else {
            panic!("{row}");
        };
        let text = text.trim_matches('`');
        assert_eq!(
            canonical(Scalar::Timestamptz, text),
            code(instant),
            "{text}"
        );
        assert_eq!(canonical(Scalar::Timestamp, text), code(local), "{text}");
        told += 1;
    }
    assert!(told > 20, "{told} forms");
    for time in ["15:47", "15:47:12", "15:47:12.400"] {
        assert!(section.contains(&format!("`{time}`")) && time.parse::<Time>().is_ok());
    }
}

/// SQLite says which instant the texts of its own functions are.
#[test]
fn what_the_functions_of_sqlite_write_is_the_instant_that_sqlite_means() {
    let sqlite = Connection::open_in_memory().expect("memory is at hand");
    let functions = [
        "datetime(?1)",
        "datetime(?1, 'subsec')",
        "datetime(?1, '+1 month', 'start of day')",
        "strftime('%Y-%m-%d %H:%M', ?1)",
        "strftime('%Y-%m-%dT%H:%MZ', ?1)",
        "strftime('%Y-%m-%dT%H:%M:%SZ', ?1)",
        "strftime('%Y-%m-%dT%H:%M:%fZ', ?1)",
        "strftime('%F %T', ?1)",
        "strftime('%F %R+00:00', ?1)",
    ];
    let mut random = Random::new(31);
    for _ in 0..count(300) {
        let day = random.below(3_652_059) as i64 - 719_162;
        let millis = day * 86_400_000 + random.below(86_400_000) as i64;
        let given = Timestamp::from_micros(millis * 1000).expect("it is in range");
        for function in functions {
            let sql =
                format!("select said, unixepoch(said, 'subsec') from (select {function} as said)");
            let (said, seconds): (String, f64) = sqlite
                .query_row(&sql, [given.to_string()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            // The month after the last one has a year of five digits.
            let Some(meant) = Timestamp::from_micros((seconds * 1000.0).round() as i64 * 1000)
            else {
                continue;
            };
            assert_eq!(said.parse(), Ok(meant), "{function}: {said}");
        }
        let time: String = sqlite
            .query_row("select time(?1, 'subsec')", [given.to_string()], |row| {
                row.get(0)
            })
            .expect("it is a time");
        assert_eq!(time.parse(), Ok(given.utc_time()), "{time}");
        let day: String = sqlite
            .query_row("select date(?1)", [given.to_string()], |row| row.get(0))
            .expect("it is a day");
        assert_eq!(day.parse(), Ok(given.utc_date()), "{day}");
    }
}

/// A date and a time of day as somebody writes them, and what they are.
struct Written {
    date: String,
    time: String,
    local: LocalTimestamp,
    /// How many digits the fraction has.
    digits: usize,
    has_seconds: bool,
}

fn written(random: &mut Random) -> Written {
    let day = random.below(3_652_059) as i64 - 719_162;
    let micros = random.below(86_400_000_000) as i64;
    let date = synctable::Date::from_days(day as i32).expect("it is in range");
    let has_seconds = random.below(4) > 0;
    let digits = if has_seconds { random.below(10) } else { 0 };
    let nanos = micros * 1000 + random.below(1000) as i64;
    let unit = 10_i64.pow(9 - digits as u32) * if has_seconds { 1 } else { 60 };
    let nanos = nanos / unit * unit;
    let (hour, minute) = (nanos / 3_600_000_000_000, nanos / 60_000_000_000 % 60);
    let second = nanos / 1_000_000_000 % 60;
    let fraction = format!("{:09}", nanos % 1_000_000_000);
    let mut time = format!("{hour:02}:{minute:02}");
    if has_seconds {
        time += &format!(":{second:02}");
    }
    if digits > 0 {
        time += &format!(".{}", &fraction[..digits]);
    }
    let kept = Time::from_micros(nanos / 1000).expect("it is within a day");
    Written {
        date: date.to_string(),
        time,
        local: LocalTimestamp::new(date, kept),
        digits,
        has_seconds,
    }
}

#[test]
fn whatever_is_read_has_one_form_and_other_readers_take_it_for_the_same() {
    let mut random = Random::new(32);
    let (mut instants, mut by_chrono, mut by_time) = (0, 0, 0);
    for _ in 0..count(20_000) {
        let written = written(&mut random);
        let between = *random.of(&["T", "t", " "]);
        let minutes = random.below(2 * 15 * 60) as i64 - 15 * 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        let (zone, minutes) = match random.below(7) {
            0 => (String::new(), 0),
            1 => ("Z".to_owned(), 0),
            2 => ("z".to_owned(), 0),
            3 => (format!("{sign}{hours:02}"), minutes / 60 * 60),
            4 => (format!("{sign}{hours:02}{rest:02}"), minutes),
            5 => (format!("{sign}{hours:02}:{rest:02}"), minutes),
            _ => (
                format!("{sign}{hours:02}:{rest:02}[Europe/Berlin]"),
                minutes,
            ),
        };
        let gap = if zone.is_empty() {
            ""
        } else {
            random.of(&["", " "])
        };
        let text = format!("{}{between}{}{gap}{zone}", written.date, written.time);

        let local = text.parse::<LocalTimestamp>();
        let instant = text.parse::<Timestamp>();
        if zone.is_empty() {
            assert_eq!(local, Ok(written.local), "{text}");
            is_fixed(Scalar::Timestamp, &text);
        } else {
            assert!(local.is_err(), "{text}");
        }
        let micros = written.local.micros() - minutes * 60_000_000;
        let expected = match Timestamp::from_micros(micros) {
            _ if zone.is_empty() && between != " " => Err(TimeError::NoOffset),
            Some(instant) => Ok(instant),
            None => Err(TimeError::Year),
        };
        assert_eq!(instant, expected, "{text}");
        if let Ok(instant) = instant {
            instants += 1;
            is_fixed(Scalar::Timestamptz, &text);
            if let Ok(other) = DateTime::parse_from_rfc3339(&text) {
                by_chrono += 1;
                assert_eq!(other.timestamp_micros(), instant.micros(), "{text}");
            }
            if let Ok(other) = OffsetDateTime::parse(&text, &Rfc3339) {
                by_time += 1;
                let nanos = other.unix_timestamp_nanos().div_euclid(1000);
                assert_eq!(nanos, i128::from(instant.micros()), "{text}");
            }
        }

        assert_eq!(
            written.time.parse(),
            Ok(written.local.time()),
            "{}",
            written.time
        );
        is_fixed(Scalar::Time, &written.time);
        let format = if written.has_seconds {
            "%H:%M:%S%.f"
        } else {
            "%H:%M"
        };
        let other = NaiveTime::parse_from_str(&written.time, format)
            .unwrap_or_else(|error| panic!("{}: {error}", written.time));
        let nanos = i64::from(other.num_seconds_from_midnight()) * 1_000_000_000
            + i64::from(other.nanosecond());
        assert_eq!(
            nanos / 1000,
            written.local.time().micros(),
            "{}",
            written.time
        );
        if written.has_seconds && written.digits > 0 {
            let text = format!("{}T{}", written.date, written.time);
            let other: NaiveDateTime = text
                .parse()
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(
                other.and_utc().timestamp_micros(),
                written.local.micros(),
                "{text}"
            );
        }
    }
    println!("{instants} instants, {by_chrono} by chrono, {by_time} by time");
    assert!(instants > count(20_000) / 2 && by_chrono > instants / 10 && by_time > instants / 20);
}

/// The text of a kind has a canonical form, which is its own.
fn is_fixed(scalar: Scalar, text: &str) {
    let once = canonical(scalar, text).unwrap_or_else(|| panic!("{text} is no {scalar}"));
    assert_eq!(canonical(scalar, &once).as_ref(), Some(&once), "{text}");
    let pattern = scalar.json_schema().pattern.expect("times have a pattern");
    assert!(pattern.contains(r"\.[0-9]{6}"), "{pattern}");
    assert_eq!(
        once.split_once('.')
            .map(|(_, rest)| rest.trim_end_matches('Z').len()),
        Some(6)
    );
}

/// Texts that are almost times: none panics, and what is read nevertheless has one form.
#[test]
fn what_is_almost_a_time_is_refused_or_has_one_form() {
    const PIECES: &[&str] = &[
        "T",
        "t",
        " ",
        "Z",
        "z",
        "+",
        "-",
        ":",
        ".",
        "0",
        "00",
        "24",
        "60",
        "2026-01-31",
        "13:47",
        ":12",
        ".5",
        "+02",
        "+0200",
        "+02:00",
        "[Europe/Berlin]",
        "[",
        "]",
        "é",
        "\0",
        "infinity",
    ];
    let mut random = Random::new(33);
    let mut read = 0;
    for _ in 0..count(20_000) {
        let mut text = match random.below(3) {
            0 => String::new(),
            _ => "2026-01-31 13:47:12".to_owned(),
        };
        text += &random.text(PIECES, 4);
        for scalar in [
            Scalar::Timestamptz,
            Scalar::Timestamp,
            Scalar::Time,
            Scalar::Date,
        ] {
            if let Some(once) = canonical(scalar, &text) {
                read += 1;
                assert_eq!(canonical(scalar, &once), Some(once.clone()), "{text}");
            }
        }
    }
    assert!(read > 1000, "{read}");
}
