//! The queue as the app drains it.

use rusqlite::Connection;
use serde_json::{Value, json};
use synctable::crud::Entry;
use synctable::sqlite::queue::{self, Upload};

use crate::app::{device, entries};

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
    let mut device = device();
    device
        .execute_batch("INSERT INTO plain (id, \"order\", b) VALUES ('o\"ne', 1, '{\"x\":[1.50]}'); UPDATE plain SET b = NULL; DELETE FROM plain")
        .expect("written");
    let upload = queue::next(&mut device)
        .expect("the queue")
        .expect("an upload");
    let crud: Value = serde_json::from_str(&upload.crud).expect("JSON");
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
