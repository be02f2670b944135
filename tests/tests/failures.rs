//! Failures that were seen in other projects, and what happens to the same upload here: one test for each.

use schema::mappers::{Change, ItemsPatch, ItemsRow};
use serde_json::{Value as Json, json};
use synctable::crud::{Code, Edit, Entry, Refusal, Release};
use synctable::{SyncTable, Value};

const ITEM: &str = "0192f0c1-7a3b-7cde-8f01-23456789abce";
const LIST: &str = "0192f0c1-7a3b-7cde-8f01-23456789abcd";

fn decode(entry: &Json) -> Result<Change, Refusal> {
    let text = entry.to_string();
    let entry = Entry::from_json(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    Change::decode(&entry, &Release::CURRENT)
}

fn patch(data: &Json) -> Result<ItemsPatch, Vec<Code>> {
    let entry = json!({"op": "PATCH", "table": "items", "id": ITEM, "op_data": data});
    match decode(&entry) {
        Ok(Change::Items(Edit::Patch { patch, .. })) => Ok(patch),
        Ok(other) => panic!("{other:?} is no PATCH of an item"),
        Err(refusal) => Err(refusal
            .mistakes
            .iter()
            .map(|mistake| mistake.code)
            .collect()),
    }
}

/// The value of a column once it was decoded and encoded again.
fn again(column: &str, value: Json) -> Json {
    let entry = json!({"op": "PATCH", "table": "items", "id": ITEM, "op_data": {column: value}});
    let change = decode(&entry).unwrap_or_else(|refusal| panic!("{refusal}"));
    let told: Json = serde_json::from_str(&change.encode().to_json()).expect("an entry is JSON");
    told["op_data"][column].clone()
}

#[test]
fn json_in_a_string_is_a_document_and_stays_one_however_often_it_goes_round() {
    let uploaded = json!("{\"b\":1,\"a\":[true]}");
    let meta = patch(&json!({"meta": uploaded})).expect("it is JSON").meta;
    let meta = meta.flatten().expect("it has a value");
    assert_eq!(
        meta.as_str(),
        "{\"a\": [true], \"b\": 1}",
        "no string that holds a document"
    );
    let once = again("meta", uploaded);
    assert_eq!(once, json!("{\"a\": [true], \"b\": 1}"));
    assert_eq!(again("meta", once.clone()), once);
    // A document that is a string is another one.
    assert_eq!(again("meta", json!("\"{}\"")), json!("\"{}\""));
}

#[test]
fn whole_numbers_past_2_to_the_53_and_decimals_keep_every_digit() {
    assert_eq!(
        again("rank", json!(9_007_199_254_740_993_i64)),
        json!(9_007_199_254_740_993_i64)
    );
    assert_eq!(
        again("estimate", json!("12345678.91")),
        json!("12345678.91")
    );
    // What a float has rounded already is refused, and not rounded further; what it names exactly is taken.
    for rounded in [12_345_678.912_345_678, 0.1 + 0.2] {
        assert_eq!(patch(&json!({"estimate": rounded})), Err(vec![Code::Form]));
    }
    assert_eq!(
        patch(&json!({"estimate": 456.7891})),
        Err(vec![Code::Malformed])
    );
    assert_eq!(again("estimate", json!(456.78)), json!("456.78"));
    assert_eq!(
        patch(&json!({"estimate": "456.7891"})),
        Err(vec![Code::Malformed])
    );
    assert_eq!(
        patch(&json!({"rank": 9_007_199_254_740_993.0})),
        Err(vec![Code::Form])
    );
}

#[test]
fn a_word_is_no_boolean_and_no_null_and_a_list_goes_back_as_it_came() {
    let list = |data| json!({"op": "PATCH", "table": "lists", "id": LIST, "op_data": data});
    for odd in [json!("true"), json!("t"), json!(""), json!(true), json!(2)] {
        assert!(decode(&list(json!({"is_public": odd}))).is_err(), "{odd}");
    }
    for one in [json!(1), json!(1.0), json!("1"), json!("1.0")] {
        let change = decode(&list(json!({"is_public": one}))).expect("it is true");
        let told: Json = serde_json::from_str(&change.encode().to_json()).expect("it is JSON");
        assert_eq!(told["op_data"]["is_public"], json!(1), "{one}");
    }
    assert_eq!(patch(&json!({"place": "abc"})), Err(vec![Code::Form]));
    assert_eq!(patch(&json!({"due_on": "abc"})), Err(vec![Code::Malformed]));
    assert_eq!(
        again("tags", json!("[\"a\",\"b\\\"{},\"]")),
        json!("[\"a\",\"b\\\"{},\"]")
    );
    assert_eq!(patch(&json!({"tags": "{a,b}"})), Err(vec![Code::Malformed]));
}

#[test]
fn two_texts_of_one_instant_become_one_that_sorts() {
    let canonical = json!("2026-01-31T13:47:06.100000Z");
    for text in [
        "2026-01-31T13:47:06.1Z",
        "2026-01-31 13:47:06.1+00",
        "2026-01-31T13:47:06.100Z",
        "2026-01-31 15:47:06.100000+02:00",
    ] {
        assert_eq!(again("edited_at", json!(text)), canonical);
    }
}

#[test]
fn a_label_that_the_database_would_refuse_does_not_get_there() {
    assert_eq!(
        patch(&json!({"status": "Open"})),
        Err(vec![Code::UnknownLabel])
    );
    assert_eq!(patch(&json!({"status": ""})), Err(vec![Code::UnknownLabel]));
}

#[test]
fn null_absent_and_a_value_are_three_things() {
    let absent = patch(&json!({})).expect("nothing changes").due_on;
    let null = patch(&json!({"due_on": null}))
        .expect("it may be null")
        .due_on;
    let value = patch(&json!({"due_on": "2026-01-31"}))
        .expect("it is a day")
        .due_on;
    assert_eq!((absent, null), (None, Some(None)));
    assert!(matches!(value, Some(Some(_))));
}

#[test]
fn no_column_of_json_or_boolean_is_listed_by_hand() {
    // What a column is, its definition says; so a row of the app goes up whole, whatever it holds.
    let row = ItemsRow::from_values(ItemsRow::COLUMNS.iter().map(|column| match column.name {
        "id" | "list_id" | "created_by" => Value::Text(ITEM.into()),
        "title" | "heading" => Value::Text("x".into()),
        "status" => Value::Text("open".into()),
        "tags" | "assignee_ids" => Value::Text("[]".into()),
        "meta" => Value::Text("{\"a\": true}".into()),
        "added_on" => Value::Text("2026-01-31".into()),
        "edited_at" => Value::Text("2026-01-31T13:47:00.000000Z".into()),
        "place" | "changed" => Value::Integer(1),
        _ => Value::Null,
    }))
    .unwrap_or_else(|error| panic!("{error}"));
    let entry = Entry::of_row(&row).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = entry
        .op_data
        .iter()
        .flatten()
        .map(|(name, _)| name.as_ref())
        .collect();
    assert_eq!(
        names,
        [
            "list_id",
            "title",
            "status",
            "place",
            "tags",
            "assignee_ids",
            "meta",
            "added_on",
            "edited_at"
        ]
    );
    let change =
        Change::decode(&entry, &Release::CURRENT).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(change.encode(), entry);
}

#[test]
fn what_cannot_be_applied_is_refused_by_name_and_never_dropped() {
    for (entry, code) in [
        (
            json!({"op": "PUT", "table": "todos", "id": ITEM, "op_data": {}}),
            Code::UnknownTable,
        ),
        (
            json!({"op": "PATCH", "table": "items", "id": ITEM, "op_data": {"owner": "x"}}),
            Code::UnknownColumn,
        ),
        (
            json!({"op": "DELETE", "table": "teams", "id": ITEM}),
            Code::NotAllowed,
        ),
    ] {
        let refusal = decode(&entry).expect_err("it cannot be applied");
        assert_eq!(refusal.mistakes[0].code, code, "{refusal}");
        assert_eq!(refusal.id, ITEM);
    }
}

#[test]
fn a_malformed_body_is_told_apart_from_a_row_that_is_refused() {
    // The first is the request's fault and the answer 400; the second is the row's, and the others go on.
    assert!(Entry::from_json("{\"op\": \"PUT\", \"table\": \"items\"").is_err());
    assert!(Entry::from_json("{\"op\": \"UPSERT\", \"table\": \"items\", \"id\": \"x\"}").is_err());
    let row = Entry::from_json("{\"op\": \"PUT\", \"table\": \"items\", \"id\": \"x\"}")
        .expect("it is an entry");
    assert!(Change::decode(&row, &Release::CURRENT).is_err());
}

#[test]
fn an_old_app_that_does_not_know_a_column_does_not_empty_it() {
    use synctable::crud::{Added, Releases};
    const RELEASES: Releases = Releases {
        versions: &["1.0.0", "1.1.0"],
        added: &[Added {
            table: "items",
            column: "note",
            since: Some("1.1.0"),
        }],
        ..Releases::NONE
    };
    let text = json!({"op": "PUT", "table": "items", "id": ITEM, "op_data": {"list_id": LIST, "title": "x"}});
    let text = text.to_string();
    let entry = Entry::from_json(&text).expect("it is an entry");
    let written = |version: &str| {
        let change = Change::decode(&entry, &RELEASES.of(version))
            .unwrap_or_else(|refusal| panic!("{refusal}"));
        change
            .write()
            .values
            .iter()
            .any(|(column, _)| column.name == "note")
    };
    assert!(written("1.1.0"), "it knew the column and left it out: null");
    assert!(
        !written("1.0.0") && !written("0.1.0"),
        "the stored note stays"
    );
}
