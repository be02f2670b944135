//! Two connections at once: whoever comes first, the same row stands in the end, and nobody is told what did not happen.

use crate::statements::world::{ANN, Way, change, prepared, write, write_in};
use postgres::Client;
use schema::mappers::{Change, statements};
use std::time::{Duration, Instant};
use synctable::statement::Outcome;
use synctable::statement::postgres::Writer;
use tests::postgres::Database;

fn upload(op: &str, id: &str, name: &str, time: &str, device: &str) -> Change {
    change(&format!(
        "{{\"op\": {op:?}, \"table\": \"lists\", \"id\": {id:?}, \"op_data\": {{\
         \"name\": \"{name} {id}\", \"edited_at\": \"2026-01-01T{time}:00.000000Z\", \"edited_on\": {device:?}}}}}"
    ))
}

fn id(nr: usize) -> String {
    format!("40000000-0000-4000-8000-{nr:012}")
}

/// What stands in the end.
fn row(client: &mut Client, id: &str) -> Option<(String, String)> {
    let row = client
        .query_opt(
            "select split_part(name, ' ', 1), edited_at::text || coalesce(edited_on, '-') from public.lists where id = $1::text::uuid",
            &[&id],
        )
        .unwrap()?;
    Some((row.get(0), row.get(1)))
}

/// Writes `first` and keeps its transaction open until `second`, on another connection, waits for it.
fn at_once(
    database: &Database<'_>,
    way: Way,
    first: &Change,
    second: &Change,
    keeps: bool,
) -> [Outcome; 2] {
    let (mut one, mut other) = (database.superuser(), database.superuser());
    let mut watch = database.superuser();
    let pid: i32 = other
        .query_one("select pg_backend_pid()", &[])
        .unwrap()
        .get(0);
    std::thread::scope(|scope| {
        let mut writer = Writer::new(statements::ALL);
        let mut transaction = one.transaction().unwrap();
        let outcome = write_in(
            &mut transaction,
            &mut writer,
            way,
            ANN,
            std::slice::from_ref(first),
        );
        let waiting = scope.spawn(|| write(&mut other, way, ANN, std::slice::from_ref(second)));
        let started = Instant::now();
        loop {
            let sql =
                "select count(*) from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'";
            let waits: i64 = watch.query_one(sql, &[&pid]).unwrap().get(0);
            if waits == 1 {
                break;
            }
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "the second does not wait for the first"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        match keeps {
            true => transaction.commit().unwrap(),
            false => transaction.rollback().unwrap(),
        }
        let second = waiting.join().unwrap().remove(0);
        [outcome.into_iter().next().unwrap(), second]
    })
}

/// Two uploads of one row, and what stands in the end, whoever comes first.
const PAIRS: &[(&str, bool, [[&str; 4]; 2], &str)] = &[
    (
        "two new rows of one key",
        false,
        [["PUT", "a", "10:00", "m"], ["PUT", "b", "11:00", "m"]],
        "b",
    ),
    (
        "two new rows of equal time",
        false,
        [["PUT", "a", "10:00", "m"], ["PUT", "b", "10:00", "z"]],
        "b",
    ),
    (
        "two PUTs of a row",
        true,
        [["PUT", "a", "10:00", "m"], ["PUT", "b", "11:00", "m"]],
        "b",
    ),
    (
        "two PUTs of equal time",
        true,
        [["PUT", "a", "11:00", "m"], ["PUT", "b", "11:00", "z"]],
        "b",
    ),
    (
        "two PATCHes of a column",
        true,
        [["PATCH", "a", "10:00", "m"], ["PATCH", "b", "11:00", "m"]],
        "b",
    ),
    (
        "two PATCHes of equal time",
        true,
        [["PATCH", "a", "10:00", "z"], ["PATCH", "b", "10:00", "m"]],
        "a",
    ),
    (
        "a PUT and an older PATCH",
        true,
        [["PUT", "a", "11:00", "m"], ["PATCH", "b", "10:00", "z"]],
        "a",
    ),
    (
        "both older than what stands",
        true,
        [["PUT", "a", "08:00", "m"], ["PUT", "b", "07:00", "z"]],
        "stored",
    ),
];

#[test]
fn two_connections_come_to_the_same_row_in_every_order() {
    for way in Way::ALL {
        let database = prepared("concurrent");
        let mut client = database.superuser();
        let mut next = 0;
        for (says, stands, uploads, wins) in PAIRS {
            let mut ends = Vec::new();
            for turned in [false, true] {
                let ids = [0, 1].map(|more| id(next + more));
                next += 2;
                let make = |id: &str, upload: &[&str; 4]| {
                    let [op, name, time, device] = upload;
                    self::upload(op, id, name, time, device)
                };
                let [mut first, mut second] = *uploads;
                if turned {
                    std::mem::swap(&mut first, &mut second);
                }
                if *stands {
                    for id in &ids {
                        let stored = make(id, &["PUT", "stored", "09:00", "m"]);
                        assert_eq!(write(&mut client, way, ANN, &[stored]), [Outcome::Applied]);
                    }
                }
                let one_after_the_other: Vec<Outcome> = [first, second]
                    .iter()
                    .flat_map(|upload| write(&mut client, way, ANN, &[make(&ids[0], upload)]))
                    .collect();
                let after = row(&mut client, &ids[0]);
                let both = [first, second].map(|upload| make(&ids[1], &upload));
                let waits = one_after_the_other[0] == Outcome::Applied;
                if waits {
                    let at_once = at_once(&database, way, &both[0], &both[1], true);
                    assert_eq!(at_once.as_slice(), one_after_the_other, "{way:?}: {says}");
                    let together = row(&mut client, &ids[1]);
                    assert_eq!(together, after, "{way:?}: {says}");
                }
                ends.push(after);
            }
            assert_eq!(ends[0], ends[1], "{way:?}: {says}");
            assert_eq!(ends[0].as_ref().unwrap().0, *wins, "{way:?}: {says}");
        }
    }
}

#[test]
fn what_is_rolled_back_has_not_been() {
    for way in Way::ALL {
        let database = prepared("rolled_back");
        let mut client = database.superuser();
        let first = upload("PUT", &id(1), "a", "11:00", "m");
        let second = upload("PUT", &id(1), "b", "10:00", "m");
        let outcomes = at_once(&database, way, &first, &second, false);
        assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied], "{way:?}");
        assert_eq!(row(&mut client, &id(1)).unwrap().0, "b");
    }
}

#[test]
fn three_writers_come_to_the_same_row_in_every_order() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let times = [
        ("a", "10:00", "m"),
        ("b", "10:00", "z"),
        ("c", "09:00", "zz"),
    ];
    for way in Way::ALL {
        let database = prepared("three");
        let mut clients = [database.superuser(), database.superuser()];
        for (nr, order) in orders.iter().enumerate() {
            let id = id(nr);
            for (turn, writer) in order.iter().enumerate() {
                let (name, time, device) = times[*writer];
                let put = upload("PUT", &id, name, time, device);
                write(&mut clients[turn % 2], way, ANN, &[put]);
            }
            assert_eq!(
                row(&mut clients[0], &id).unwrap().0,
                "b",
                "{way:?}: {order:?}"
            );
        }
    }
}
