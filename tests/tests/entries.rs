//! Entries inside of something larger: borrowed from its text, or owned where nothing can be borrowed.

use std::borrow::Cow;

use schema::mappers::Change;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use synctable::crud::{Entry, Member, OwnedEntry, Release};

/// The body of an upload, as the write protocol has it.
#[derive(Debug, Deserialize, PartialEq)]
struct Body<'a> {
    #[serde(borrow)]
    transactions: Vec<Transaction<'a>>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Transaction<'a> {
    transaction_id: Option<i64>,
    #[serde(borrow)]
    crud: Vec<Entry<'a>>,
    /// A lone entry is a member as well as many.
    #[serde(borrow)]
    last: Option<Entry<'a>>,
}

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct OwnedBody {
    transactions: Vec<OwnedTransaction>,
}

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct OwnedTransaction {
    transaction_id: Option<i64>,
    crud: Vec<OwnedEntry>,
    last: Option<OwnedEntry>,
}

const BODY: &str = r#"{"transactions": [{"transaction_id": 7, "last": null, "crud": [
    {"op": "PATCH", "type": "items", "id": "0192f0c1-7a3b-7cde-8f01-23456789abce", "tx_id": 7, "metadata": "m\u00e9",
     "data": {"title": "Buy \"milk\"", "place": 1955310896743915.0, "remarks": null, "meta": {"a": []}},
     "old": {"title": "Buy"}},
    {"op": "DELETE", "table": "items", "id": "0192f0c1-7a3b-7cde-8f01-23456789abcf"}
]}]}"#;

/// The entries one by one, by the reader of entries alone.
fn alone() -> Vec<Entry<'static>> {
    let body: serde_json::Value = serde_json::from_str(BODY).expect("it is JSON");
    let entries = body["transactions"][0]["crud"]
        .as_array()
        .expect("it is a list");
    entries
        .iter()
        .map(|entry| {
            let text = entry.to_string();
            let entry = Entry::from_json(&text).unwrap_or_else(|error| panic!("{error}"));
            entry.into_owned()
        })
        .collect()
}

#[test]
fn a_struct_borrows_its_entries_from_a_text_from_bytes_and_from_a_value() {
    let value: serde_json::Value = serde_json::from_str(BODY).expect("it is JSON");
    let from_str: Body<'_> = serde_json::from_str(BODY).expect("it is a body");
    let from_slice: Body<'_> = serde_json::from_slice(BODY.as_bytes()).expect("it is a body");
    let from_value = Body::deserialize(&value).expect("it is a body");
    for body in [&from_str, &from_slice, &from_value] {
        assert_eq!(body.transactions[0].crud, alone());
        assert_eq!(body.transactions[0].transaction_id, Some(7));
    }
    let patch = &from_str.transactions[0].crud[0];
    assert!(
        matches!(patch.table, Cow::Borrowed("items")),
        "it is borrowed"
    );
    let data = patch.op_data.as_ref().expect("it has data");
    assert_eq!(data[3].1, Member::Foreign("a JSON object"));
}

#[test]
fn an_owned_struct_is_read_from_whatever_there_is() {
    // What `axum::Json` and every other extractor of bodies ask for.
    fn extracted<T: DeserializeOwned>(body: &[u8]) -> T {
        serde_json::from_reader(body).expect("it is a body")
    }
    let value: serde_json::Value = serde_json::from_str(BODY).expect("it is JSON");
    let bodies: [OwnedBody; 4] = [
        extracted(BODY.as_bytes()),
        serde_json::from_str(BODY).expect("it is a body"),
        serde_json::from_slice(BODY.as_bytes()).expect("it is a body"),
        serde_json::from_value(value).expect("it is a body"),
    ];
    for body in &bodies {
        let entries = body.transactions[0].crud.iter().map(|entry| &entry.0);
        assert!(entries.eq(alone().iter()));
    }
    let text = serde_json::to_string(&bodies[0]).expect("it is JSON");
    let again: OwnedBody = serde_json::from_str(&text).expect("it is a body");
    let delete = &again.transactions[0].crud[1];
    assert_eq!(
        again.transactions[0].crud[1],
        bodies[0].transactions[0].crud[1]
    );
    assert!(
        Change::decode(delete, &Release::CURRENT).is_ok(),
        "it stands for an entry"
    );
    assert_eq!(OwnedEntry::from(alone().remove(1)), *delete);
}

/// What is buffered before it is known what it is, as serde does for `untagged` and `flatten`.
#[test]
fn entries_stand_in_enums_and_beside_flattened_members() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Request<'a> {
        One(#[serde(borrow)] Entry<'a>),
        Many(#[serde(borrow)] Vec<Entry<'a>>),
    }
    #[derive(Deserialize)]
    struct Logged {
        at: String,
        #[serde(flatten)]
        entry: OwnedEntry,
    }
    let one = r#"{"op": "DELETE", "table": "items", "id": "a"}"#;
    let expected = Entry::from_json(one).expect("it is an entry");
    match serde_json::from_str(one).expect("it is one") {
        Request::One(entry) => assert_eq!(entry, expected),
        Request::Many(entries) => panic!("{entries:?}"),
    }
    match serde_json::from_str(&format!("[{one}, {one}]")).expect("there are two") {
        Request::Many(entries) => assert_eq!(entries, [expected.clone(), expected.clone()]),
        Request::One(entry) => panic!("{entry:?}"),
    }
    let logged = format!(r#"{{"at": "now", {}"#, &one[1..]);
    let logged: Logged = serde_json::from_str(&logged).expect("it is logged");
    assert_eq!((logged.at.as_str(), logged.entry.0), ("now", expected));
}

#[test]
fn a_mistake_inside_of_something_larger_is_told() {
    for (entry, said) in [
        (r#"{"op": "DELETE", "table": "items"}"#, "id"),
        (r#"{"op": "UPSERT", "table": "items", "id": "a"}"#, "UPSERT"),
        (
            r#"{"op": "DELETE", "table": "items", "id": "a", "else": 1}"#,
            "else",
        ),
    ] {
        let body = format!(r#"{{"transactions": [{{"crud": [{entry}]}}]}}"#);
        for error in [
            serde_json::from_str::<Body<'_>>(&body).expect_err(&body),
            serde_json::from_str::<OwnedBody>(&body).expect_err(&body),
        ] {
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
