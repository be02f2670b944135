//! Value types print what Postgres prints, and read what it reads.

use crate::vocabulary::random::{Random, count};
use postgres::Client;
use std::fmt::Write;
use synctable::{Database as Sql, Date, Decimal, Interval, Json, Timestamp};
use tests::postgres::Cluster;

/// Fails with the texts of which Postgres makes another text than we do.
///
/// `expression` turns the column `given` into what `ours` should be.
fn same(client: &mut Client, expression: &str, pairs: &[(String, String)]) {
    assert!(pairs.len() >= 1000, "too few cases prove too little");
    let mut values = String::new();
    for (given, ours) in pairs {
        let gap = if values.is_empty() { "" } else { ",\n" };
        let (given, ours) = (Sql::Postgres.literal(given), Sql::Postgres.literal(ours));
        write!(values, "{gap}({given}, {ours})").expect("a string takes all text");
    }
    let query = format!(
        "select given, ours, {expression} from (values {values}) p (given, ours)
         where ours is distinct from {expression} limit 10"
    );
    let differences: Vec<[Option<String>; 3]> = client
        .query(&query, &[])
        .unwrap_or_else(|error| panic!("{expression}: {error:?}"))
        .iter()
        .map(|row| [row.get(0), row.get(1), row.get(2)])
        .collect();
    assert!(
        differences.is_empty(),
        "given, ours, Postgres's: {differences:#?}"
    );
}

fn client(run: impl FnOnce(&mut Client)) {
    let database = Cluster::shared().plain_database("values");
    run(&mut database.superuser());
}

#[test]
fn intervals() {
    let mut random = Random::new(1);
    let mut pairs = Vec::new();
    for _ in 0..count(2000) {
        let months = random.of(&[0, 1, -1, 11, 12, -12, 13, -25, 100_000]) + random.below(3) as i32;
        let days = *random.of(&[0, 1, -1, 2, -30, 400]);
        let micros = random.of(&[
            0,
            1,
            -1,
            1_000_000,
            -1_500_000,
            3_600_000_000,
            123_456_789_012_345,
        ]) - random.below(2) as i64 * 86_400_000_000;
        let ours = Interval::new(months, days, micros).to_string();
        pairs.push((
            format!("{months} months {days} days {micros} microseconds"),
            ours.clone(),
        ));
        pairs.push((ours.clone(), ours));
    }
    client(|client| same(client, "given::interval::text", &pairs));
}

#[test]
fn json_documents() {
    let mut random = Random::new(2);
    let pairs: Vec<_> = (0..count(4000))
        .map(|_| document(&mut random, 0))
        .map(|given| {
            let ours: Json = given
                .parse()
                .unwrap_or_else(|error| panic!("{given}: {error}"));
            (given, ours.to_string())
        })
        .collect();
    client(|client| same(client, "given::jsonb::text", &pairs));
}

fn document(random: &mut Random, depth: usize) -> String {
    let blank = *random.of(&["", " ", "\n", "\t"]);
    let value = match random.below(if depth > 3 { 5 } else { 7 }) {
        0 => (*random.of(&["null", "true", "false"])).to_owned(),
        1 | 2 => {
            let fraction = *random.of(&["", ".0", ".5", ".000", ".0120", ".99999"]);
            let exponent = *random.of(&["", "e0", "e19", "E-3", "e-12", "E+7"]);
            let sign = *random.of(&["", "-"]);
            let whole = *random.of(&["0", "7", "10", "123456789012345678901"]);
            format!("{sign}{whole}{fraction}{exponent}")
        }
        3 | 4 => string(random),
        5 => {
            let elements: Vec<_> = (0..random.below(4))
                .map(|_| document(random, depth + 1))
                .collect();
            format!("[{blank}{}]", elements.join(","))
        }
        _ => {
            let members: Vec<_> = (0..random.below(5))
                .map(|_| format!("{}{blank}:{}", string(random), document(random, depth + 1)))
                .collect();
            format!("{{{blank}{}}}", members.join(","))
        }
    };
    format!("{blank}{value}{blank}")
}

fn string(random: &mut Random) -> String {
    let pieces = [
        "a",
        "b",
        "é",
        "漢",
        "\\n",
        "\\u0001",
        "\\u001f",
        "\\/",
        "\\\\",
        "\\\"",
        "\\ud83d\\ude00",
        "\u{1f600}",
        "\\u00e9",
        "\\b\\f\\t\\r",
        "\u{7f}",
        "'",
        "\\u007F",
        "\u{2028}",
    ];
    format!("\"{}\"", random.text(&pieces, 3))
}

/// What we refuse because Postgres would.
#[test]
fn json_that_postgres_refuses() {
    client(|client| {
        for text in [
            r#""\u0000""#,
            r#""\ud83d""#,
            r#""\ude00x""#,
            "01",
            "[1,]",
            "NaN",
            "\"\t\"",
        ] {
            assert!(text.parse::<Json>().is_err(), "{text}");
            let query = format!("select {}::jsonb", Sql::Postgres.literal(text));
            tests::postgres::refused(client, &query);
        }
    });
}

#[test]
fn instants() {
    let mut random = Random::new(3);
    let (from, to) = (Timestamp::MIN.micros(), Timestamp::MAX.micros());
    let mut there = Vec::new();
    let mut back = Vec::new();
    for micros in [from, -1, 0, 1, to]
        .into_iter()
        .chain((0..count(2000)).map(|_| from + random.below((to - from) as usize) as i64))
    {
        let ours = Timestamp::from_micros(micros).expect("it is in range");
        there.push((ours.to_string(), micros.to_string()));
        back.push((micros.to_string(), ours.to_string()));
    }
    client(|client| {
        let epoch = "(extract(epoch from given::timestamptz) * 1000000)::bigint::text";
        same(client, epoch, &there);
        // Seconds and microseconds apart: an interval of so many microseconds would be a float.
        let text = "to_char(('epoch'::timestamptz
            + (given::bigint / 1000000) * interval '1 second'
            + (given::bigint % 1000000) * interval '1 microsecond') at time zone 'UTC',
            'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
        same(client, text, &back);
    });
}

/// What Postgres prints in sessions of other zones and styles is read as the same instant.
#[test]
fn instants_as_postgres_prints_them() {
    client(|client| {
        for zone in [
            "UTC",
            "Asia/Kolkata",
            "America/St_Johns",
            "Europe/Amsterdam",
        ] {
            client
                .batch_execute(&format!("set timezone = '{zone}'"))
                .expect("Postgres knows the zone");
            for text in [
                "1883-01-31T13:47:12.000001Z",
                "1937-06-30T22:00:00.500000Z",
                "2026-07-31T13:47:12.400000Z",
            ] {
                let printed: String = client
                    .query_one(&format!("select '{text}'::timestamptz::text"), &[])
                    .expect("Postgres reads our text")
                    .get(0);
                let read: Timestamp = printed
                    .parse()
                    .unwrap_or_else(|error| panic!("{zone} {printed}: {error}"));
                assert_eq!(read.to_string(), text, "{zone} {printed}");
            }
        }
    });
}

#[test]
fn days() {
    let mut random = Random::new(4);
    let span = (Date::MAX.days() - Date::MIN.days()) as usize;
    let pairs: Vec<_> = (0..count(2000))
        .map(|_| Date::MIN.days() + random.below(span + 1) as i32)
        .map(|days| {
            let ours = Date::from_days(days).expect("it is in range");
            (days.to_string(), ours.to_string())
        })
        .collect();
    client(|client| same(client, "('1970-01-01'::date + given::int)::text", &pairs));
}

#[test]
fn decimals() {
    let mut random = Random::new(5);
    let mut pairs = Vec::new();
    let mut fitted = Vec::new();
    for _ in 0..count(4000) {
        let sign = *random.of(&["", "-", "+"]);
        let whole = *random.of(&["0", "00", "7", "007", "120", "99999999"]);
        let fraction = *random.of(&["", ".0", ".5", ".1200", ".0001", ".00010", ".00000"]);
        let given = format!("{sign}{whole}{fraction}");
        let ours: Decimal = given.parse().expect("plain digits");
        pairs.push((given.clone(), ours.to_string()));
        fitted.push((given, ours.fit(12, 4).expect("it fits").to_string()));
    }
    client(|client| {
        same(client, "given::numeric::text", &pairs);
        same(client, "given::numeric(12,4)::text", &fitted);
    });
}
