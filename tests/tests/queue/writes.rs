//! What one write is, on the device.

use rusqlite::Connection;
use serde_json::json;
use synctable::sqlite::queue;

use crate::queue::app::{Entry, database, device, device_of, entries, model_of};

const LIST: &str = "10000000-0000-4000-8000-000000000001";

fn run(device: &Connection, sql: &str) {
    device
        .execute_batch(sql)
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
}

fn refused(device: &Connection, sql: &str) -> String {
    let error = device.execute_batch(sql).expect_err(sql);
    assert_eq!(entries(device), [], "{sql}");
    error.to_string()
}

/// The entries without the times, which are those of now.
fn timeless(device: &Connection) -> Vec<(String, String, Option<serde_json::Value>)> {
    let strip = |entry: Entry| {
        let data = entry.data.map(|mut data| {
            if let Some(at) = data.remove("edited_at") {
                assert_eq!(at.as_str().map(str::len), Some(27), "{at}");
            }
            serde_json::Value::Object(data)
        });
        (entry.op, entry.id, data)
    };
    entries(device).into_iter().map(strip).collect()
}

#[test]
fn an_update_is_one_entry_with_what_changed_and_the_time_that_the_row_has() {
    let device = device();
    run(
        &device,
        &format!(
            "INSERT INTO lists (id, title, weight, count) VALUES ('{LIST}', 'Shop', 0.1, 9007199254740993); DELETE FROM synctable_queue"
        ),
    );
    run(
        &device,
        "UPDATE lists SET title = 'Market', weight = NULL, count = count, note = 'mine'",
    );
    let [entry] = &entries(&device)[..] else {
        panic!("one entry: {:?}", entries(&device))
    };
    let data = entry.data.as_ref().expect("it has data");
    let stored: String = device
        .query_row("SELECT edited_at FROM lists", [], |row| row.get(0))
        .expect("a row");
    assert_eq!(
        serde_json::Value::Object(data.clone()),
        json!({"title": "Market", "weight": null, "edited_at": stored})
    );
}

#[test]
fn a_new_row_is_a_put_of_what_it_has_and_every_digit_is_kept() {
    let device = device();
    run(
        &device,
        &format!(
            "INSERT INTO lists (id, owner_id, title, weight, count, note, edited_at) VALUES ('{LIST}', 'me', 'say \"hi\"', 0.1 + 0.2, 9007199254740993, 'mine', '2026-01-01T00:00:00.000000Z')"
        ),
    );
    let text: String = device
        .query_row(
            "SELECT crud -> '$[0].op_data' FROM synctable_uploads",
            [],
            |row| row.get(0),
        )
        .expect("an entry");
    assert_eq!(
        text,
        r#"{"title":"say \"hi\"","weight":0.30000000000000004,"count":9007199254740993,"edited_at":"2026-01-01T00:00:00.000000Z"}"#
    );
}

#[test]
fn a_row_of_more_columns_than_a_function_takes_arguments_is_one_entry() {
    let columns = (0..150).map(|nr| format!("      c{nr}: {{kind: int, nullable: true}}\n"));
    let declaration = format!(
        "synctable: 1\napp: wide\ntargets: {{sqlite: ../sqlite}}\nsqlite: {{queue: true}}\ntables:\n  wide:\n    sync: both\n    conflict: last_upload_wins\n    columns:\n      id: {{kind: uuid, key: true}}\n{}    access: {{all: public}}\n",
        columns.collect::<String>()
    );
    let device = device_of(&model_of(&declaration));
    run(
        &device,
        "INSERT INTO wide (id, c0, c62, c63, c126, c149) VALUES ('a', 0, 62, 63, 126, 149)",
    );
    let expected = json!({"c0": 0, "c62": 62, "c63": 63, "c126": 126, "c149": 149});
    assert_eq!(
        timeless(&device),
        [("PUT".to_owned(), "a".to_owned(), Some(expected))]
    );
}

#[test]
fn what_changes_nothing_or_only_what_devices_have_is_no_entry() {
    let device = device();
    run(
        &device,
        &format!(
            "INSERT INTO lists (id, title) VALUES ('{LIST}', 'Shop'); DELETE FROM synctable_queue"
        ),
    );
    run(
        &device,
        "UPDATE lists SET title = title; UPDATE lists SET note = 'mine'; INSERT INTO drafts VALUES ('d', 'x')",
    );
    assert_eq!(entries(&device), []);
}

#[test]
fn a_replace_is_a_put_and_a_row_that_it_removes_beside_is_a_delete() {
    let device = device();
    run(&device, "CREATE UNIQUE INDEX mine ON plain (b)");
    run(
        &device,
        "INSERT INTO plain (id, b) VALUES ('one', '1'), ('two', '2'); DELETE FROM synctable_queue",
    );
    run(&device, "REPLACE INTO plain (id, b) VALUES ('one', '2')");
    assert_eq!(
        timeless(&device),
        [
            ("DELETE".to_owned(), "two".to_owned(), None),
            ("PUT".to_owned(), "one".to_owned(), Some(json!({"b": "2"}))),
        ]
    );
}

#[test]
fn another_id_is_a_delete_and_a_put() {
    let device = device();
    run(
        &device,
        "INSERT INTO plain (id, b) VALUES ('one', '1'); DELETE FROM synctable_queue",
    );
    run(&device, "UPDATE plain SET id = 'two'");
    assert_eq!(
        timeless(&device),
        [
            ("DELETE".to_owned(), "one".to_owned(), None),
            ("PUT".to_owned(), "two".to_owned(), Some(json!({"b": "1"}))),
        ]
    );
}

#[test]
fn previous_values_are_what_the_writer_saw() {
    let device = device();
    run(
        &device,
        "INSERT INTO plain (id, \"order\") VALUES ('one', 1); DELETE FROM synctable_queue",
    );
    run(&device, "UPDATE plain SET \"order\" = 2; DELETE FROM plain");
    let previous: Vec<_> = entries(&device)
        .into_iter()
        .map(|entry| entry.previous)
        .collect();
    assert_eq!(
        previous,
        [Some(json!({"order": 1})), Some(json!({"order": 2}))]
    );
}

#[test]
fn of_rows_that_only_go_up_the_changes_that_are_listed_are_queued_and_others_refused() {
    let device = device();
    run(
        &device,
        "INSERT INTO visits (id, place) VALUES ('v', 'Pier'); UPDATE visits SET place = 'Quay'; DELETE FROM visits;
         INSERT INTO trips (id, title) VALUES ('t', 'Out'); UPDATE trips SET title = 'Back'",
    );
    let entry = |op: &str, id: &str, data| (op.to_owned(), id.to_owned(), data);
    assert_eq!(
        timeless(&device),
        [
            entry("PUT", "v", Some(json!({"place": "Pier"}))),
            entry("PATCH", "v", Some(json!({"place": "Quay"}))),
            entry("DELETE", "v", None),
            entry("PUT", "t", Some(json!({"title": "Out"}))),
            entry("PATCH", "t", Some(json!({"title": "Back"}))),
        ]
    );
    run(&device, "DELETE FROM synctable_queue");
    for (sql, why) in [
        (
            "DELETE FROM trips",
            "not_allowed: devices do not delete rows of trips",
        ),
        (
            "UPDATE trips SET id = 'u'",
            "not_allowed: devices do not change the id of a row of trips",
        ),
    ] {
        assert_eq!(refused(&device, sql), why);
    }
}

#[test]
fn local_writes_that_the_server_would_refuse_are_refused() {
    let device = device();
    run(
        &device,
        &format!(
            "INSERT INTO lists (id, kind, title) VALUES ('{LIST}', 'a', 'Shop'); INSERT INTO log (id, said) VALUES ('l', 'x'); DELETE FROM synctable_queue"
        ),
    );
    for (sql, why) in [
        (
            "INSERT INTO news (id, text) VALUES ('n', 'x')",
            "not_allowed: devices do not insert rows of news",
        ),
        (
            "UPDATE log SET said = 'y'",
            "not_allowed: devices do not change rows of log",
        ),
        (
            "DELETE FROM log",
            "not_allowed: devices do not delete rows of log",
        ),
        (
            "INSERT INTO log (id) VALUES ('m')",
            "null: log.said has no value",
        ),
        (
            "UPDATE lists SET title = NULL",
            "null: lists.title has no value",
        ),
        (
            "UPDATE lists SET title = ''",
            "check: lists_title_check does not hold",
        ),
        (
            "UPDATE lists SET state = 'gone'",
            "unknown_label: lists.state has no such label",
        ),
        (
            "UPDATE lists SET kind = 'b'",
            "immutable: lists.kind is set once",
        ),
        (
            "UPDATE lists SET owner_id = 'b'",
            "server_owned: the server owns lists.owner_id",
        ),
        (
            "UPDATE lists SET weight = 9e999",
            "range: lists.weight is not finite",
        ),
    ] {
        assert_eq!(refused(&device, sql), why, "{sql}");
    }
}

#[test]
fn a_second_row_that_the_device_sees_is_refused_where_the_unique_refuses_it() {
    let mut device = device();
    run(
        &device,
        "INSERT INTO lists (id, kind, title) VALUES ('one', 'a', 'Shop'), ('two', 'b', 'Shop'), ('three', NULL, 'Shop'), ('four', NULL, 'Shop');
         INSERT INTO lists (id, kind, title, weight) VALUES ('five', 'a', 'Shop', 1);
         DELETE FROM synctable_queue",
    );
    for sql in [
        "INSERT INTO lists (id, kind, title) VALUES ('six', 'a', 'Shop')",
        "UPDATE lists SET weight = NULL WHERE id = 'five'",
    ] {
        let why = "unique: another row of lists has this kind, title";
        assert_eq!(refused(&device, sql), why, "{sql}");
    }
    let taken = queue::apply(&mut device, |transaction| {
        transaction.execute_batch("UPDATE lists SET weight = NULL WHERE id = 'five'")
    });
    taken.expect("a replica never refuses a row of the server");
    run(
        &device,
        "UPDATE lists SET count = 1; UPDATE lists SET title = 'Market' WHERE id = 'one'; REPLACE INTO lists (id, kind, title) VALUES ('one', 'a', 'Market')",
    );
}

#[test]
fn rows_of_the_server_are_taken_whatever_they_are_and_are_no_entries() {
    let mut device = device();
    let taken = queue::apply(&mut device, |transaction| {
        transaction.execute_batch(&format!(
            "INSERT INTO lists (id, title, state) VALUES ('{LIST}', '', 'a label of a newer server');
             UPDATE lists SET kind = 'b', owner_id = 'c', title = NULL;
             REPLACE INTO lists (id) VALUES ('{LIST}'); INSERT INTO news (id, text) VALUES ('n', NULL); DELETE FROM news"
        ))
    });
    taken.expect("a replica never refuses a row of the server");
    assert_eq!(entries(&device), []);
    run(&device, "UPDATE lists SET title = 'mine'");
    assert_eq!(entries(&device).len(), 1, "the flag is down");
}

#[test]
fn a_transaction_cannot_end_while_rows_of_the_server_are_applied() {
    let device = device();
    run(
        &device,
        "BEGIN; INSERT INTO synctable_applying VALUES (1); INSERT INTO plain (id) VALUES ('one')",
    );
    assert_eq!(
        device
            .execute_batch("COMMIT")
            .expect_err("the flag is up")
            .to_string(),
        "FOREIGN KEY constraint failed"
    );
    run(&device, "ROLLBACK; INSERT INTO plain (id) VALUES ('two')");
    assert_eq!(entries(&device).len(), 1);
}

#[test]
fn a_connection_that_was_not_set_up_may_not_write() {
    let device = device();
    for pragma in ["foreign_keys", "recursive_triggers"] {
        run(&device, &format!("PRAGMA {pragma} = OFF"));
        let why = refused(&device, "INSERT INTO plain (id) VALUES ('one')");
        assert!(
            why.starts_with("connection: run PRAGMA foreign_keys = ON"),
            "{why}"
        );
        run(&device, &format!("PRAGMA {pragma} = ON"));
    }
    run(&device, "INSERT INTO plain (id) VALUES ('one')");
}

#[test]
fn the_queue_is_set_up_again_without_losing_an_entry() {
    let mut device = device();
    run(&device, "INSERT INTO plain (id) VALUES ('one')");
    let before = entries(&device);
    synctable::sqlite::upgrade(&mut device, &database()).expect("it is made already");
    assert_eq!(entries(&device), before);
    run(&device, "DELETE FROM plain");
    assert_eq!(entries(&device).len(), 2);
}
