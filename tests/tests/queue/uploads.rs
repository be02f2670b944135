//! The queue as the app drains it.

use rusqlite::Connection;
use serde_json::{Value, json};
use synctable::crud::Entry;
use synctable::sqlite::queue::{self, Upload};

use crate::queue::app::{device, entries};

fn add(transaction: &Connection, id: &str) -> rusqlite::Result<()> {
    transaction
        .execute("INSERT INTO plain (id) VALUES (?)", [id])
        .map(drop)
}

fn ids(upload: &Upload) -> Vec<String> {
    let crud: Vec<Value> = serde_json::from_str(&upload.crud).expect("JSON");
    crud.iter()
        .map(|entry| entry["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn each_transaction_is_uploaded_as_one_and_in_order() {
    let mut device = device();
    queue::write(&mut device, |transaction| {
        add(transaction, "one")?;
        add(transaction, "two")
    })
    .expect("written");
    queue::write(&mut device, |transaction| add(transaction, "three")).expect("written");
    let mut uploaded = Vec::new();
    while let Some(upload) = queue::next(&mut device).expect("the queue") {
        uploaded.push(ids(&upload));
        queue::complete(&device, upload.number).expect("completed");
    }
    assert_eq!(uploaded, [vec!["one", "two"], vec!["three"]]);
    assert_eq!(entries(&device), []);
}

#[test]
fn what_is_written_while_a_transaction_is_sent_does_not_join_it() {
    let mut device = device();
    add(&device, "one").expect("written");
    let sent = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    add(&device, "two").expect("written");
    let again = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    assert_eq!(sent, again, "a lost answer leads to the same request");
    queue::complete(&device, sent.number).expect("completed");
    let next = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    assert_eq!(ids(&next), ["two"]);
    assert!(next.number > sent.number, "a number is never used again");
}

#[test]
fn a_failure_is_counted_and_the_transaction_stays_the_oldest() {
    let mut device = device();
    add(&device, "one").expect("written");
    let number = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload")
        .number;
    for _ in 0..2 {
        queue::failed(&device, number, "no network").expect("remembered");
    }
    add(&device, "two").expect("written");
    let upload = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    assert_eq!((upload.number, upload.attempts), (number, 2));
}

#[test]
fn a_write_that_fails_queues_nothing() {
    let mut device = device();
    let failed = queue::write(&mut device, |transaction| {
        add(transaction, "one")?;
        add(transaction, "one")
    });
    failed.expect_err("the key is there already");
    assert_eq!(entries(&device), []);
    assert_eq!(queue::next(&mut device).expect("the queue"), None);
}

#[test]
fn entries_are_those_of_the_write_protocol() {
    let device = device();
    device
        .execute_batch("INSERT INTO plain (id, \"order\", b) VALUES ('o\"ne', 1, '{\"x\":[1.50]}'); UPDATE plain SET b = NULL; DELETE FROM plain")
        .expect("written");
    let crud = "SELECT crud FROM synctable_uploads";
    let crud: String = device.query_row(crud, [], |row| row.get(0)).expect("one");
    let crud: Value = serde_json::from_str(&crud).expect("JSON");
    assert_eq!(
        crud,
        json!([
            {"op": "PUT", "table": "plain", "id": "o\"ne", "op_data": {"order": 1, "b": "{\"x\":[1.50]}"}},
            {"op": "PATCH", "table": "plain", "id": "o\"ne", "op_data": {"b": null}, "previous_values": {"order": 1}},
            {"op": "DELETE", "table": "plain", "id": "o\"ne", "previous_values": {"order": 1}},
        ])
    );
    for entry in crud.as_array().expect("entries") {
        Entry::from_json(&entry.to_string()).unwrap_or_else(|error| panic!("{error}: {entry}"));
    }
}

/// The entries of all uploads, as the server gets them, without their ids.
fn drained(device: &mut Connection) -> Vec<Vec<Value>> {
    let mut uploads = Vec::new();
    while let Some(upload) = queue::next(device).expect("the queue") {
        let mut crud: Vec<Value> = serde_json::from_str(&upload.crud).expect("JSON");
        for entry in &mut crud {
            let entry = entry.as_object_mut().expect("an object");
            entry.remove("table");
            entry.remove("id");
        }
        uploads.push(crud);
        queue::complete(device, upload.number).expect("completed");
    }
    uploads
}

/// Runs each statement in its own transaction.
fn each(device: &mut Connection, statements: &[&str]) {
    for sql in statements {
        queue::write(device, |transaction| transaction.execute_batch(sql)).expect(sql);
    }
}

#[test]
fn changes_of_one_row_that_follow_each_other_and_were_not_sent_are_one_entry() {
    let mut device = device();
    each(
        &mut device,
        &[
            "INSERT INTO plain (id, \"order\", b) VALUES ('one', 1, '1')",
            "UPDATE plain SET \"order\" = 9007199254740993",
            "UPDATE plain SET b = NULL",
        ],
    );
    assert_eq!(
        drained(&mut device),
        [vec![
            json!({"op": "PUT", "op_data": {"order": 9_007_199_254_740_993_i64}})
        ]]
    );
    each(
        &mut device,
        &[
            "UPDATE plain SET \"order\" = 2",
            "UPDATE plain SET \"order\" = 3; UPDATE plain SET b = '2'; INSERT INTO plain (id) VALUES ('two')",
            "UPDATE plain SET b = '3' WHERE id = 'two'",
        ],
    );
    let previous = json!({"order": 9_007_199_254_740_993_i64});
    assert_eq!(
        drained(&mut device),
        [
            vec![json!({"op": "PATCH", "op_data": {"order": 2}, "previous_values": previous})],
            vec![
                json!({"op": "PATCH", "op_data": {"order": 3, "b": "2"}, "previous_values": {"order": 2}}),
                json!({"op": "PUT", "op_data": {}}),
            ],
            vec![json!({"op": "PATCH", "op_data": {"b": "3"}, "previous_values": {"order": null}})],
        ],
        "a transaction with several rows stays as it is"
    );
}

#[test]
fn a_change_does_not_join_what_was_sent_or_what_is_of_another_row() {
    let mut device = device();
    each(
        &mut device,
        &["INSERT INTO plain (id, \"order\") VALUES ('one', 1)"],
    );
    let sent = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    each(
        &mut device,
        &[
            "UPDATE plain SET \"order\" = 2",
            "INSERT INTO plain (id, \"order\") VALUES ('two', 2)",
            "UPDATE plain SET \"order\" = 3 WHERE id = 'one'",
        ],
    );
    let again = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    assert_eq!(sent, again);
    let uploads = drained(&mut device);
    let ops: Vec<_> = uploads
        .iter()
        .map(|crud| {
            crud.iter()
                .map(|entry| entry["op"].clone())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(ops, [["PUT"], ["PATCH"], ["PUT"], ["PATCH"]]);
}

#[test]
fn a_dead_letter_is_kept_until_it_is_queued_again_or_discarded() {
    let mut device = device();
    each(
        &mut device,
        &[
            "INSERT INTO plain (id, \"order\") VALUES ('one', 9007199254740993)",
            "INSERT INTO plain (id) VALUES ('two')",
        ],
    );
    let refused = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    queue::refused(&mut device, refused.number, "CONSTRAINT_VIOLATION", "why").expect("kept");
    let letters = queue::dead_letters(&device).expect("letters");
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (
            &letters[0].crud,
            letters[0].code.as_str(),
            letters[0].message.as_str()
        ),
        (&refused.crud, "CONSTRAINT_VIOLATION", "why")
    );
    let next = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    assert_eq!(ids(&next), ["two"], "the queue goes on");
    queue::retry(&mut device, refused.number).expect("queued");
    assert_eq!(queue::dead_letters(&device).expect("letters"), []);
    queue::complete(&device, next.number).expect("completed");
    let again = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    assert_eq!(again.crud, refused.crud);
    assert!(again.number > refused.number);
    queue::refused(&mut device, again.number, "CONSTRAINT_VIOLATION", "why").expect("kept");
    queue::discard(&device, again.number).expect("forgotten");
    assert_eq!(queue::dead_letters(&device).expect("letters"), []);
    assert_eq!(entries(&device), []);
}
