//! Entries of an upload queue, as devices write them, become typed changes of the workspace's own app, and the same entries again.

use schema::generated::{enums, tables};
use schema::mappers::Change;
use serde_json::{Value as Json, json};
use std::fs;
use synctable::crud::{
    Added, Code, Edit, Entry, Never, Op, Refusal, Release, Releases, Renamed, Sender,
};
use synctable::{ColumnDef, Kind, Scalar, Value};
use tests::cases::workspace;

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

/// The same, in a struct of one's own whose fields stand in another order than the parts of the key.
#[derive(synctable::Delete)]
#[synctable(table = tables::item_labels)]
struct Unlabel {
    item_id: synctable::Uuid,
    label_name: String,
}

#[test]
fn the_values_of_a_key_stand_in_its_own_order_whatever_the_order_of_the_fields() {
    let unlabel = Unlabel {
        item_id: ITEM.parse().expect("it is an id"),
        label_name: "a/b".to_owned(),
    };
    let edit: Edit<schema::mappers::ItemLabelsPut, Never, Unlabel> = Edit::Delete {
        delete: unlabel,
        previous: None,
    };
    let write = edit.write();
    assert_eq!(
        write.key,
        [Value::Text("a/b".into()), Value::Text(ITEM.into())]
    );
    assert_eq!(write.id(), format!("612F62/{ITEM}"));
}

#[test]
fn every_mistake_of_an_entry_is_told_at_once() {
    let refusal = decode(&json!({
        "op": "PUT", "table": "items", "id": "x",
        "op_data": {
            "title": 7, "status": "late", "place": 7.5, "effort": "high", "estimate": "1.234", "changed": 1,
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
            ("server_owned", "changed"),
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

#[test]
fn what_an_upload_says_of_what_the_server_fills_is_kept_where_it_is_verified() {
    let told = json!({
        "op": "PUT", "table": "items", "id": ITEM,
        "op_data": {"list_id": LIST, "title": "x", "created_by": LIST},
    });
    let change = decode(&told).unwrap_or_else(|refusal| panic!("{refusal}"));
    let column = tables::items::CREATED_BY.def;
    let value = Value::Text(LIST.into());
    assert_eq!(change.write().value(column), Some(&value));
    // It is compared where it is written, so the way back has it, too.
    let sent = change.encode();
    let sent = sent.op_data.as_ref().expect("it has columns");
    assert!(sent.iter().any(|(name, _)| name == "created_by"));

    for (op, said) in [
        ("PUT", Json::Null),
        ("PATCH", Json::Null),
        ("PATCH", json!(LIST)),
    ] {
        let entry = item(op, json!({"title": "y", "created_by": said}));
        let change = decode(&entry).unwrap_or_else(|refusal| panic!("{refusal}"));
        let told = change.write().value(column).is_some();
        assert_eq!(told, !said.is_null(), "{entry}");
    }
}

#[test]
fn what_an_upload_says_of_what_the_server_fills_is_left_aside_where_it_is_ignored() {
    for op in ["PUT", "PATCH"] {
        let entry = json!({
            "op": op, "table": "lists", "id": LIST,
            "op_data": {"name": "x", "created_at": "whenever"},
        });
        let change = decode(&entry).unwrap_or_else(|refusal| panic!("{refusal}"));
        let column = tables::lists::CREATED_AT.def;
        assert_eq!(change.write().value(column), None, "{entry}");
        let sent = change.encode();
        let sent = sent.op_data.as_ref().expect("it has columns");
        assert!(sent.iter().all(|(name, _)| name != "created_at"), "{entry}");
    }
    let feedback = json!({
        "op": "PUT", "table": "feedback", "id": ITEM,
        "op_data": {"text": "x", "sent_at": "2026-01-31T13:47:00Z"},
    });
    refused(feedback, "server_owned", "sent_at");
}

/// An entry and the one mistake that is in it: the code, and the column on the device.
fn refused(entry: Json, code: &str, column: &str) {
    let Err(refusal) = decode(&entry) else {
        panic!("{entry} has a mistake: {code} at {column:?}");
    };
    let told: Vec<_> = refusal
        .mistakes
        .iter()
        .map(|mistake| {
            let column = mistake.column.as_deref().unwrap_or_default();
            (mistake.code.as_str(), column)
        })
        .collect();
    assert_eq!(told, [(code, column)], "{entry}: {refusal}");
    let id = format!("{:?}", refusal.id);
    assert!(refusal.to_string().contains(&id), "{refusal}");
}

fn item(op: &str, data: Json) -> Json {
    let mut all = match op {
        "PUT" => json!({"list_id": LIST, "title": "x"}),
        _ => json!({}),
    };
    let members = all.as_object_mut().expect("an object");
    members.extend(data.as_object().expect("an object").clone());
    json!({"op": op, "table": "items", "id": ITEM, "op_data": all})
}

#[test]
fn every_code_is_told_of_the_mistake_it_stands_for() {
    let put = |data| item("PUT", data);
    let patch = |data| item("PATCH", data);
    let of =
        |op, table, id: &str, data| json!({"op": op, "table": table, "id": id, "op_data": data});
    let team_label = format!("{LIST}:late");
    let cases = [
        (of("PUT", "todos", ITEM, json!({})), "unknown_table", ""),
        // `time_entries` is called `timings` on devices.
        (
            of("PUT", "time_entries", ITEM, json!({})),
            "unknown_table",
            "",
        ),
        (of("PUT", "jobs", "1", json!({})), "unknown_table", ""),
        (of("PUT", "themes", "1", json!({})), "not_allowed", ""),
        (of("PUT", "drafts", "a", json!({})), "not_allowed", ""),
        (
            of("PATCH", "comments", ITEM, json!({"body": "x"})),
            "not_allowed",
            "",
        ),
        (
            of("PATCH", "feedback", ITEM, json!({"text": "x"})),
            "not_allowed",
            "",
        ),
        (
            json!({"op": "DELETE", "table": "feedback", "id": ITEM}),
            "not_allowed",
            "",
        ),
        (
            json!({"op": "DELETE", "table": "teams", "id": ITEM}),
            "not_allowed",
            "",
        ),
        (put(json!({"owner": 1})), "unknown_column", "owner"),
        (put(json!({"note": "x"})), "unknown_column", "note"),
        (put(json!({"search": "x"})), "unknown_column", "search"),
        (
            put(json!({"is_expanded": 1})),
            "unknown_column",
            "is_expanded",
        ),
        (put(json!({"heading": "x"})), "server_owned", "heading"),
        (
            put(json!({"created_by": "nobody"})),
            "malformed",
            "created_by",
        ),
        (patch(json!({"changed": 7})), "server_owned", "changed"),
        (
            patch(json!({"added_on": "2026-01-31"})),
            "immutable",
            "added_on",
        ),
        (
            of("PUT", "items", ITEM, json!({"title": "x"})),
            "null",
            "list_id",
        ),
        (put(json!({"title": null})), "null", "title"),
        (patch(json!({"title": null})), "null", "title"),
        (patch(json!({"status": null})), "null", "status"),
        (patch(json!({"title": 7})), "form", "title"),
        (patch(json!({"place": "7x"})), "form", "place"),
        (patch(json!({"place": 7.5})), "form", "place"),
        (patch(json!({"meta": {"a": 1}})), "form", "meta"),
        (patch(json!({"tags": ["a"]})), "form", "tags"),
        (patch(json!({"effort": "0.1 h"})), "form", "effort"),
        (patch(json!({"title": 7.0})), "form", "title"),
        (patch(json!({"estimate": 0.1 + 0.2})), "form", "estimate"),
        (
            json!({"op": "DELETE", "table": "items", "id": ITEM, "op_data": {"title": "x"}}),
            "form",
            "title",
        ),
        (patch(json!({"place": 2_147_483_648_i64})), "range", "place"),
        (patch(json!({"priority": -32_769})), "range", "priority"),
        (patch(json!({"effort": 1e39})), "range", "effort"),
        (patch(json!({"place": "2147483648"})), "range", "place"),
        (
            of("PATCH", "lists", LIST, json!({"is_public": "2"})),
            "range",
            "is_public",
        ),
        (
            patch(json!({"due_on": "2026-02-30"})),
            "malformed",
            "due_on",
        ),
        (
            patch(json!({"starts_at": "2026-01-31T10:00:00Z"})),
            "malformed",
            "starts_at",
        ),
        (patch(json!({"estimate": "1e3"})), "malformed", "estimate"),
        (
            patch(json!({"estimate": "123456789.00"})),
            "malformed",
            "estimate",
        ),
        (patch(json!({"estimate": "0.001"})), "malformed", "estimate"),
        (patch(json!({"estimate": 0.001})), "malformed", "estimate"),
        (
            patch(json!({"estimate": 123_456_789})),
            "malformed",
            "estimate",
        ),
        (
            patch(json!({"edited_at": "2026-01-31T13:47:00"})),
            "malformed",
            "edited_at",
        ),
        (patch(json!({"meta": "{"})), "malformed", "meta"),
        (patch(json!({"remarks": "a\u{0}b"})), "malformed", "remarks"),
        (
            patch(json!({"tags": "[\"a\\u0000b\"]"})),
            "malformed",
            "tags",
        ),
        (
            patch(json!({"list_id": LIST.to_uppercase()})),
            "malformed",
            "list_id",
        ),
        (
            patch(json!({"assignee_ids": "[\"x\"]"})),
            "malformed",
            "assignee_ids",
        ),
        (
            of("PATCH", "teams", ITEM, json!({"name": "x".repeat(81)})),
            "malformed",
            "name",
        ),
        (
            of("PATCH", "lists", ITEM, json!({"cover": "0A"})),
            "malformed",
            "cover",
        ),
        (patch(json!({"status": "late"})), "unknown_label", "status"),
        (
            of("PATCH", "lists", ITEM, json!({"hidden": "[\"late\"]"})),
            "unknown_label",
            "hidden",
        ),
        (put(json!({"title": ""})), "check", "title"),
        (patch(json!({"effort": -0.5})), "check", "effort"),
        (put(json!({"duration": "01:00:00"})), "check", ""),
        (patch(json!({"parent_id": ITEM})), "check", ""),
        (
            of("PATCH", "lists", LIST, json!({"settings": "[]"})),
            "check",
            "settings",
        ),
        (of("PATCH", "items", "x", json!({})), "id", "id"),
        (
            of("PATCH", "items", &ITEM.to_uppercase(), json!({})),
            "id",
            "id",
        ),
        (of("PATCH", "item_labels", "61", json!({})), "id", ""),
        (
            of("PATCH", "item_labels", &format!("6z/{ITEM}"), json!({})),
            "id",
            "",
        ),
        (
            of(
                "PUT",
                "item_labels",
                &format!("61/{ITEM}"),
                json!({"label_name": "b", "team_id": LIST}),
            ),
            "id",
            "label_name",
        ),
        (
            of(
                "PUT",
                "labels",
                &team_label,
                json!({"team_id": LIST, "name": "soon"}),
            ),
            "recipe",
            "",
        ),
    ];
    let mut seen = Vec::new();
    for (entry, code, column) in cases {
        seen.push(code);
        refused(entry, code, column);
    }
    // A name that comes twice cannot be written with a map.
    let twice = format!(
        r#"{{"op":"PATCH","table":"items","id":"{ITEM}","op_data":{{"title":"a","title":"b"}}}}"#
    );
    let twice: Entry<'_> = serde_json::from_str(&twice).expect("it is an entry");
    let refusal = Change::decode(&twice, &Release::CURRENT).expect_err("which one is meant?");
    seen.push(refusal.mistakes[0].code.as_str());
    // The workspace's own app uploads no enum with a retired label; another does, below.
    seen.push("retired_label");
    for code in Code::ALL {
        assert!(seen.contains(&code.as_str()), "{code} has no case");
    }
}

#[test]
fn a_retired_label_is_read_and_no_longer_written() {
    let role: &ColumnDef = tables::members::ROLE.def;
    let guest = Value::Text("guest".into());
    assert_eq!(role.canonical(guest.clone()), Ok(guest.clone()));
    let refused = role.admit(&guest).expect_err("nobody becomes a guest");
    assert_eq!(Code::from(&refused), Code::RetiredLabel);
    assert!(role.admit(&Value::Text("viewer".into())).is_ok());
    for (column, value) in [("a_shelf", "low"), ("a_shelf_list", "[\"1st\",\"low\"]")] {
        let entry = Entry::new(Op::Patch, "kinds", "7").with(column, Value::Text(value.into()));
        let refusal = ui::mappers::Change::decode(&entry, &Release::CURRENT)
            .expect_err("nobody puts anything low");
        assert_eq!(refusal.mistakes[0].code, Code::RetiredLabel, "{refusal}");
    }
}

/// `Entry::from_json` and `Deserialize` are two readers, which the fuzz target holds against each other.
#[test]
fn both_readers_of_an_entry_find_the_same() {
    let members = [
        r#""tx_id": -0"#,
        r#""tx_id": 7"#,
        r#""tx_id": 7.0"#,
        r#""tx_id": 7.5"#,
        r#""tx_id": 1e300"#,
        r#""tx_id": -9007199254740994.0"#,
        r#""tx_id": 9223372036854775808"#,
        r#""tx_id": null, "metadata": null, "data": null, "old": null"#,
        r#""metadata": "a\u0000\ud83d\ude00", "op_id": {"a": [1e999, "\n"]}"#,
        r#""metadata": 1"#,
        r#""data": {"a": -0, "b": -0.0, "c": 18446744073709551615, "d": 1e-400, "e": 9223372036854775808}"#,
        r#""data": {"a": 1e999}"#,
        r#""data": {"a": "\ud83d"}"#,
        r#""data": {"a": [1, {"b": null}], "a": true, "\u0061": {}}"#,
        r#""data": {"a": 01}"#,
        r#""data": {"a": "	"}"#,
        r#""data": [], "data": {}"#,
        r#""data": {}, "op_data": {}"#,
        r#""data": {"a": 1,}"#,
        r#""else": 1"#,
        r#""op": "PUT""#,
        "\"data\" :\n{ \"a\" : 1 , \"b\" : \"\" }\r\n",
        "\"data\": {\"a\": 1",
    ];
    let mut read = 0;
    for more in members {
        let text = format!(r#"{{"op": "PATCH", "table": "items", "id": "x", {more}}}"#);
        let own = Entry::from_json(&text);
        let through_serde = serde_json::from_str::<Entry<'_>>(&text);
        assert_eq!(own.is_ok(), through_serde.is_ok(), "{text}: {own:?}");
        if let (Ok(own), Ok(through_serde)) = (own, through_serde) {
            // In words, because -0.0 equals 0.
            assert_eq!(format!("{own:?}"), format!("{through_serde:?}"), "{text}");
            read += 1;
        }
    }
    assert_eq!(read, 8);
    for text in [
        "",
        "[]",
        "{}",
        "null",
        "{} {}",
        "{\"op\": 1}",
        "{\"op\": \"UPSERT\"}",
    ] {
        let error = Entry::from_json(text).expect_err(text);
        assert!(!error.to_string().is_empty());
        assert!(serde_json::from_str::<Entry<'_>>(text).is_err(), "{text}");
    }
}

#[test]
fn the_check_of_a_domain_is_asked_of_each_element_of_a_list() {
    let decode = |list: &str| {
        let entry = Entry::new(Op::Patch, "kinds", "7")
            .with("a_hex_color_list", Value::Text(list.to_owned().into()));
        ui::mappers::Change::decode(&entry, &Release::CURRENT)
    };
    for list in ["[]", "[\"#123456\"]", "[\"#123456\",\"\\u0023abcdé\\n\"]"] {
        assert!(decode(list).is_ok(), "{list}: {:?}", decode(list));
    }
    for list in [
        "[\"#12345\"]",
        "[\"#123456\",\"\"]",
        "[\"#1234567\",\"#123456\"]",
    ] {
        let refusal = decode(list).expect_err(list);
        let [mistake] = &refusal.mistakes[..] else {
            panic!("{refusal}");
        };
        assert_eq!(mistake.code, Code::Check, "{refusal}");
        assert_eq!(mistake.column.as_deref(), Some("a_hex_color_list"));
    }
}

#[test]
fn an_id_made_of_the_caller_is_held_against_the_recipe_where_the_caller_is_known() {
    // Made by another implementation of RFC 9562: the namespace of URLs, and the parts with slashes between them.
    const MADE: &str = "acdb9b92-57b4-5163-9aee-a3be3ad73bfe";
    let mine = Sender::of(&Release::CURRENT).user(LIST);
    let theirs = Sender::of(&Release::CURRENT).user(ITEM);
    let decode = |id: &str, sender: Sender<'_>| {
        let reaction = json!({
            "op": "PUT", "table": "reactions", "id": id,
            "op_data": {"comment_id": ITEM, "word": "thumbs up"},
        });
        let text = reaction.to_string();
        let entry = Entry::from_json(&text).expect("it is an entry");
        Change::decode_from(&entry, &sender)
    };
    assert!(decode(MADE, mine).is_ok(), "{:?}", decode(MADE, mine));
    for (id, sender) in [(MADE, theirs), (ITEM, mine)] {
        let refusal = decode(id, sender).expect_err("it is another row's id");
        let codes: Vec<Code> = refusal.mistakes.iter().map(|one| one.code).collect();
        assert_eq!(codes, [Code::Recipe], "{refusal}");
    }
    // Whose user is not known may be anybody.
    assert!(decode(ITEM, Sender::of(&Release::CURRENT)).is_ok());
}

#[test]
fn what_looks_odd_and_is_right_is_taken() {
    for data in [
        json!({"place": 7.0}),
        json!({"place": "7", "rank": "9007199254740993", "effort": "0.1", "priority": "1.0"}),
        json!({"estimate": 12.5}),
        json!({"estimate": 12}),
        json!({"rank": 9_007_199_254_740_993_i64}),
        json!({"effort": 7}),
        json!({"title": "\u{1f600}".repeat(500)}),
        json!({"tags": "[ \"a\" , \"\" ]"}),
        json!({"meta": "null"}),
        json!({"meta": "\"text\""}),
        json!({"edited_at": "2026-01-31 13:47:00.5+02"}),
        json!({"duration": null, "starts_at": null}),
        json!({}),
    ] {
        let entry = item("PATCH", data);
        decode(&entry).unwrap_or_else(|refusal| panic!("{entry}: {refusal}"));
    }
    // The name of the view stands for the table; a key column may stand beside the id.
    let profile = json!({
        "op": "PUT", "table": "people", "id": ITEM, "op_data": {"user_id": ITEM, "handle": "anna"},
    });
    let change = decode(&profile).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(change.write().table, tables::PROFILES);
    assert_eq!(change.encode().table, "profiles");
}

/// A device that left out what the server fills in has null there, and tells it: a null that no declared column need have.
#[test]
fn a_previous_value_may_be_null_whatever_the_column_is() {
    let patch = json!({
        "op": "PATCH", "type": "teams", "id": LIST,
        "data": {"seats": 11},
        "old": {"seats": null, "version": null, "name": null, "region": null, "created_by": null, "billed_since": null},
    });
    let change = decode(&patch).unwrap_or_else(|refusal| panic!("{refusal}"));
    let Change::Teams(Edit::Patch { previous, .. }) = &change else {
        panic!("it is a PATCH of a team");
    };
    let previous = previous.as_ref().expect("the device keeps track");
    assert_eq!(previous.values().len(), 6);
    for column in [tables::teams::SEATS.def, tables::teams::VERSION.def] {
        assert_eq!(previous.value(column), Some(&Value::Null), "seen, and null");
    }
    assert_eq!(decode(&encode(&change)).as_ref(), Ok(&change));
    let seen: String = change
        .write()
        .previous
        .expect("the device keeps track")
        .values()
        .iter()
        .map(|(column, _)| format!("{} ", column.name))
        .collect();
    assert_eq!(seen, "seats version name region created_by billed_since ");
    // The key is never null: it is the row.
    for (column, value, code) in [
        ("item_id", json!(null), "null"),
        ("edited_at", json!("yesterday"), "malformed"),
        ("label_name", json!("a\u{0}"), "malformed"),
        ("owner", json!(null), "unknown_column"),
    ] {
        let patch = json!({
            "op": "PATCH", "table": "item_labels", "id": format!("61/{ITEM}"),
            "op_data": {}, "previous_values": {column: value},
        });
        refused(patch, code, column);
    }
}

/// Postgres holds no such text, and cuts what is too long for a `varchar`, so that it would be another row's id.
#[test]
fn an_id_that_postgres_cannot_hold_is_refused() {
    let of = |op: &str, table: &str, id: &str| json!({"op": op, "table": table, "id": id});
    for op in ["PATCH", "DELETE"] {
        refused(of(op, "items", &format!("{ITEM}\u{0}")), "id", "id");
        refused(of(op, "labels", "a\u{0}b"), "id", "id");
        // `a\u{0}` in hexadecimal.
        let id = format!("6100/{ITEM}");
        refused(of(op, "item_labels", &id), "id", "label_name");
    }
    refused(
        item("PATCH", json!({"list_id": "a\u{0}"})),
        "malformed",
        "list_id",
    );
    let short = ColumnDef::new("code", Kind::Scalar(Scalar::Varchar(3)));
    assert!(short.key_value("äöü").is_ok());
    assert!(short.key_value("abcd").is_err());
}

#[test]
fn a_column_that_the_release_does_not_know_is_kept_and_one_that_it_leaves_out_is_null() {
    const RELEASES: Releases = Releases {
        versions: &["1.0.0", "1.1.0"],
        added: &[Added {
            table: "items",
            column: "due_on",
            since: Some("1.1.0"),
        }],
        ..Releases::NONE
    };
    let text = item("PUT", json!({})).to_string();
    let entry: Entry<'_> = serde_json::from_str(&text).expect("it is an entry");
    let due_on = |version: &str| match Change::decode(&entry, &RELEASES.of(version)) {
        Ok(Change::Items(Edit::Put(put))) => put.due_on,
        other => panic!("it is a PUT of an item: {other:?}"),
    };
    assert_eq!(due_on("1.1.0"), Some(None));
    assert_eq!(due_on("1.0.0"), None);
    assert_eq!(due_on("0.9.0"), None, "an unknown release is the oldest");
    let text = item("PUT", json!({"due_on": "2026-01-31"})).to_string();
    let entry: Entry<'_> = serde_json::from_str(&text).expect("it is an entry");
    let sent = Change::decode(&entry, &RELEASES.of("1.0.0"));
    assert!(sent.is_ok(), "what is sent is taken");
}

#[test]
fn a_release_that_knows_a_column_by_another_name_is_understood() {
    const RELEASES: Releases = Releases {
        versions: &["1.0.0", "1.1.0"],
        fingerprints: &["1:aa", "1:bb"],
        current: "1:cc",
        renamed: &[Renamed {
            table: "items",
            column: "title",
            was: "label",
            releases: &["1.0.0"],
        }],
        ..Releases::NONE
    };
    let mut text = item("PATCH", json!({"label": "Milk"}));
    text["previous_values"] = json!({"label": "Bread"});
    let text = text.to_string();
    let entry: Entry<'_> = serde_json::from_str(&text).expect("it is an entry");
    for release in ["1.0.0", "1:aa", "0.9.0"] {
        let change = Change::decode(&entry, &RELEASES.of(release)).expect(release);
        let write = change.write();
        assert_eq!(write.values.len(), 1, "{release}");
        assert_eq!(write.values[0].0.name, "title");
        let Change::Items(Edit::Patch { patch, .. }) = change else {
            panic!("it is a PATCH of an item: {change:?}");
        };
        assert_eq!(patch.title.as_deref(), Some("Milk"));
    }
    for release in ["1.1.0", "1:bb", "1:cc"] {
        let refusal = Change::decode(&entry, &RELEASES.of(release)).expect_err(release);
        let codes: Vec<Code> = refusal.mistakes.iter().map(|one| one.code).collect();
        assert_eq!(codes, [Code::UnknownColumn; 2], "{release}");
    }
}

#[test]
fn a_malformed_body_is_no_entry() {
    for text in [
        "{}",
        "[]",
        r#"{"op":"PUT","table":"items"}"#,
        r#"{"op":"put","table":"items","id":"x"}"#,
        r#"{"op":"PUT","table":"items","id":7}"#,
        r#"{"op":"PUT","table":"items","id":"x","op_data":[]}"#,
        r#"{"op":"PUT","table":"items","type":"items","id":"x"}"#,
        r#"{"op":"PUT","table":"items","id":"x","opdata":{}}"#,
        r#"{"op":"PUT","table":"items","id":"x","transaction_id":"7"}"#,
    ] {
        assert!(serde_json::from_str::<Entry<'_>>(text).is_err(), "{text}");
    }
    for text in [
        r#"{"op":"PUT","type":"items","id":"x","tx_id":1,"op_id":7,"data":{},"old":null,"metadata":"m"}"#,
        r#"{"op":"DELETE","table":"items","id":"x","previous_values":{"title":"a"}}"#,
    ] {
        let entry: Entry<'_> =
            serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"));
        let again = serde_json::to_string(&entry).expect("an entry is JSON");
        assert_eq!(
            serde_json::from_str::<Entry<'_>>(&again).expect("it is read again"),
            entry
        );
    }
}

#[test]
fn the_entries_that_fuzzing_starts_from_are_changes() {
    let folder = workspace().join("fuzz/corpus/entry");
    let mut refused = Vec::new();
    for file in fs::read_dir(folder).expect("the corpus is there") {
        let path = file.expect("it was listed").path();
        let text = fs::read_to_string(&path).expect("it can be read");
        let entry: Entry<'_> =
            serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
        if Change::decode(&entry, &Release::CURRENT).is_err() {
            refused.push(
                path.file_name()
                    .expect("a file")
                    .to_string_lossy()
                    .into_owned(),
            );
        }
    }
    refused.sort();
    // The others have a mistake on purpose; nulls in a PATCH are one where a column is never null.
    assert_eq!(refused, ["nested", "patch_list", "wrong"]);
}

#[test]
fn the_page_on_uploads_has_every_code() {
    let page = fs::read_to_string(workspace().join("docs/uploads.md")).expect("it is there");
    let (_, table) = page
        .split_once("| code | what is wrong |")
        .expect("the table is there");
    let told: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .filter(|(code, _)| {
            code.chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '_')
        })
        .map(|(code, _)| code)
        .collect();
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(told, codes);
}
