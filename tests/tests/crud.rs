//! Entries of an upload queue, as devices write them, become typed changes of the workspace's own app, and the same entries again.

use schema::generated::{enums, tables};
use schema::mappers::Change;
use serde_json::{Value as Json, json};
use synctable::Value;
use synctable::crud::{Edit, Entry, Refusal, Release};

const LIST: &str = "0192f0c1-7a3b-7cde-8f01-23456789abcd";
const ITEM: &str = "0192f0c1-7a3b-7cde-8f01-23456789abce";

fn decode(entry: &Json) -> Result<Change, Refusal> {
    let text = entry.to_string();
    let entry: Entry<'_> =
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    Change::decode(&entry, &Release::CURRENT)
}

fn encode(change: &Change) -> Json {
    serde_json::to_value(change.encode()).expect("an entry is JSON")
}

/// What a device's queue held after one insert, one update and one delete, in the words of the queue itself.
#[test]
fn a_recorded_put_patch_and_delete_become_typed_changes() {
    let put = json!({
        "op": "PUT", "type": "items", "id": ITEM, "tx_id": 1,
        "data": {
            "list_id": LIST, "title": "Buy milk", "status": "open", "place": 7.0, "effort": 0.1,
            "estimate": "12.5", "tags": "[\"a\",\"b\"]", "meta": "{\"b\":1,\"a\":[true]}", "remarks": "soon",
            "edited_at": "2026-01-31T13:47:00Z",
        },
    });
    let Ok(Change::Items(Edit::Put(item))) = decode(&put) else {
        panic!("it is a PUT of an item");
    };
    assert_eq!(item.id.to_string(), ITEM);
    assert_eq!(item.title, "Buy milk");
    assert_eq!(item.status, Some(enums::ItemStatus::Open));
    assert_eq!(item.place, Some(7));
    assert_eq!(item.note, Some(Some("soon".to_owned())));
    assert_eq!(item.parent_id, Some(None), "left out of a PUT is null");
    assert_eq!(item.assignee_ids, None, "Postgres fills it in");

    let patch = json!({
        "op": "PATCH", "type": "lists", "id": LIST, "tx_id": 2,
        "data": {"team_id": null, "is_public": 1}, "old": {"team_id": ITEM, "is_public": 0},
    });
    let Ok(Change::Lists(Edit::Patch { patch, previous })) = decode(&patch) else {
        panic!("it is a PATCH of a list");
    };
    assert_eq!(patch.team_id, Some(None), "null is no absence");
    assert_eq!(patch.is_public, Some(true));
    assert_eq!(patch.name, None);
    let previous = previous.expect("the device keeps track");
    let team = tables::lists::TEAM_ID.def;
    assert_eq!(previous.value(team), Some(&Value::Text(ITEM.into())));

    let delete = json!({"op": "DELETE", "type": "lists", "id": LIST});
    let Ok(Change::Lists(Edit::Delete { delete, .. })) = decode(&delete) else {
        panic!("it is a DELETE of a list");
    };
    assert_eq!(delete.id.to_string(), LIST);
}

#[test]
fn a_change_is_encoded_as_a_device_uploads_it() {
    let change = decode(&json!({
        "op": "PUT", "table": "items", "id": ITEM,
        "op_data": {"list_id": LIST, "title": "x", "estimate": "12.5", "note": null, "edited_at": "2026-01-31 13:47:00+00"},
    }));
    // `note` is called `remarks` on the device.
    assert!(change.is_err());
    let change = decode(&json!({
        "op": "PUT", "table": "items", "id": ITEM,
        "op_data": {"list_id": LIST, "title": "x", "estimate": "12.5", "remarks": null, "edited_at": "2026-01-31 13:47:00+00"},
    }))
    .unwrap_or_else(|refusal| panic!("{refusal}"));
    let canonical = json!({
        "op": "PUT", "table": "items", "id": ITEM,
        "op_data": {"list_id": LIST, "title": "x", "estimate": "12.50", "edited_at": "2026-01-31T13:47:00.000000Z"},
    });
    assert_eq!(encode(&change), canonical);
    assert_eq!(decode(&canonical), Ok(change));
}

#[test]
fn what_a_statement_needs_of_a_change_is_there() {
    let change = decode(&json!({
        "op": "PATCH", "table": "item_labels", "id": format!("612F62/{ITEM}"),
        "op_data": {"edited_at": "2026-01-31T13:47:00Z"},
    }))
    .unwrap_or_else(|refusal| panic!("{refusal}"));
    let write = change.write();
    assert_eq!(write.table, tables::ITEM_LABELS);
    assert_eq!(
        write.key,
        [Value::Text("a/b".into()), Value::Text(ITEM.into())]
    );
    let time = Value::Text("2026-01-31T13:47:00.000000Z".into());
    assert_eq!(write.edited_at(), Some(&time));
    assert_eq!(write.values, [(tables::item_labels::EDITED_AT.def, time)]);
    assert_eq!(write.id(), format!("612F62/{ITEM}"));
}

#[test]
fn every_mistake_of_an_entry_is_told_at_once() {
    let refusal = decode(&json!({
        "op": "PUT", "table": "items", "id": "x",
        "op_data": {
            "title": 7, "status": "late", "place": 7.5, "effort": "0.1", "estimate": "1.234", "created_by": LIST,
            "tags": "[1]", "meta": "{", "owner": 1, "heading": "x", "is_expanded": 1,
        },
    }))
    .expect_err("there is nothing right in it");
    let told: Vec<_> = refusal
        .mistakes
        .iter()
        .map(|mistake| {
            (
                mistake.code.as_str(),
                mistake.column.as_deref().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("server_owned", "created_by"),
            ("unknown_column", "owner"),
            ("server_owned", "heading"),
            ("unknown_column", "is_expanded"),
            ("id", "id"),
            ("null", "list_id"),
            ("form", "title"),
            ("unknown_label", "status"),
            ("form", "place"),
            ("form", "effort"),
            ("malformed", "estimate"),
            ("malformed", "tags"),
            ("malformed", "meta"),
        ]
    );
    assert_eq!(
        (refusal.table.as_str(), refusal.id.as_str()),
        ("items", "x")
    );
}
