//! The OpenAPI document against a validator of the specification, and rows against the document.

use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use synctable::Case;
use synctable_codegen::diagnostic::Complaints;
use synctable_codegen::model::sample_wide::wide;
use synctable_codegen::model::{Model, sample};
use synctable_codegen::read;
use synctable_codegen::targets::openapi::TARGET;
use tests::cases::workspace;
use tests::node::openapi::{accepts, validate};
use tests::node::typescript::{link_packages, tsc_in, types_of_openapi};

fn document(model: &Model) -> String {
    let mut complaints = Complaints::new();
    (TARGET.admit)(model, &mut complaints);
    assert!(complaints.is_empty(), "{complaints:#?}");
    let tree = (TARGET.emit)(model);
    tree.get("openapi.json")
        .expect("it is written")
        .into_owned()
}

/// The declarations of the workspace and of the examples.
fn declared() -> impl Iterator<Item = Model> {
    let root = workspace();
    let apps = ["powergit", "taskly", "tunetrees"].map(|app| root.join("examples").join(app));
    let declared = [root.to_owned()].into_iter().chain(apps);
    declared.map(|folder| read(&folder.join("schema")).model.expect("it is accepted"))
}

#[test]
fn every_document_is_valid() {
    for model in declared().chain([wide()]) {
        let document = document(&model);
        assert_eq!(validate(&document), Ok("3.1.1".to_owned()), "{}", model.app);
    }
}

#[test]
fn a_row_fits_and_what_is_none_does_not() {
    let document = document(&sample::model());
    let row = |status: &str, deleted_at: serde_json::Value| {
        json!({
            "id": "0192f0c1-7a3b-7cde-8f01-23456789abcd",
            "list_id": "0192f0c1-7a3b-7cde-8f01-23456789abcd",
            "title": "milk",
            "status": status,
            "edited_at": "2026-01-31T13:47:00.000000Z",
            "deleted_at": deleted_at,
        })
    };
    let schema = "#/components/schemas/ItemsRow";
    assert_eq!(
        accepts(&document, schema, &row("open", json!(null))),
        Ok(())
    );
    for wrong in [
        row("opened", json!(null)),
        row("open", json!("2026-01-31 13:47:00Z")),
        json!({"id": "a"}),
    ] {
        assert!(accepts(&document, schema, &wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_write_fits_and_what_is_none_does_not() {
    let document = document(&sample::model());
    let schema = "#/components/schemas/WriteRequest";
    let list = "0192f0c1-7a3b-7cde-8f01-23456789abcd";
    let request = |entry| json!({"transactions": [{"transaction_id": 1, "crud": [entry]}]});
    let entry = |op: &str, table: &str, data: serde_json::Value| {
        let mut entry = json!({"op": op, "table": table, "id": "a"});
        if !data.is_null() {
            entry["op_data"] = data;
        }
        request(entry)
    };
    let row = json!({"list_id": list, "title": "milk", "edited_at": "2026-01-31 13:47:00", "of_a_newer_app": 5.0});
    for right in [
        entry("PUT", "items", row.clone()),
        entry("PATCH", "items", json!({"title": "bread"})),
        entry("PATCH", "items", json!({})),
        entry("DELETE", "items", json!(null)),
    ] {
        assert_eq!(accepts(&document, schema, &right), Ok(()), "{right}");
    }
    for wrong in [
        entry("INSERT", "items", row.clone()),
        entry("PUT", "item", row),
        entry("PUT", "items", json!({"title": "no list"})),
        entry("PATCH", "items", json!({"title": null})),
        entry("PATCH", "items", json!({"status": "opened"})),
        json!({"transactions": []}),
    ] {
        assert!(accepts(&document, schema, &wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_example_fits() {
    let mut apps = 0;
    for model in declared() {
        let document = document(&model);
        let read: serde_json::Value = serde_json::from_str(&document).unwrap();
        let body = "/paths/~1api~1data/post/requestBody/content/application~1json/example";
        let example = read.pointer(body).expect("there is one");
        let schema = "#/components/schemas/WriteRequest";
        assert_eq!(accepts(&document, schema, example), Ok(()), "{}", model.app);
        apps += 1;
    }
    assert_eq!(apps, 4);
}

/// What is decoded fits, in every form in which clients write it.
#[test]
fn a_value_that_is_decoded_fits_whoever_wrote_it() {
    let vectors = workspace().join("tests/cases/vectors/values.json");
    let vectors = std::fs::read_to_string(vectors).unwrap();
    let vectors: BTreeMap<String, Vec<serde_json::Value>> = serde_json::from_str(&vectors).unwrap();
    let model = declared().next().expect("the first one");
    let document = document(&model);
    let (mut kinds, mut refused) = (BTreeSet::new(), 0);
    let uploaded = model.client_tables().into_iter();
    for client in uploaded.filter(|client| client.writes.put) {
        for one in client.columns.iter().filter(|one| one.in_put().is_sent()) {
            let kind = one.column.kind.to_string();
            let Some(values) = vectors.get(&kind) else {
                continue;
            };
            if one.column.client_name == "id" || !kinds.insert(kind.clone()) {
                continue;
            }
            // A PUT says what a PATCH may say in the same form.
            let is_in_patch = client.writes.patch && one.in_patch().is_sent() && !one.is_key;
            let what = if is_in_patch { "patch" } else { "put" };
            let name = Case::pascal(&format!("{}_{what}", client.table.client_name));
            let column = &one.column.client_name;
            let schema = format!("#/components/schemas/{name}/properties/{column}");
            for vector in values {
                let value = serde_json::from_str(vector["in"].as_str().unwrap()).unwrap();
                let fits = accepts(&document, &schema, &value);
                match vector.get("code").and_then(serde_json::Value::as_str) {
                    None => assert_eq!(fits, Ok(()), "{kind}: {value}"),
                    // Nothing is said of what a text is made of.
                    Some(_) => refused += usize::from(fits.is_err()),
                }
            }
        }
    }
    assert!(kinds.len() >= 12, "{kinds:?}");
    assert!(refused > 50, "{refused}");
}

/// `openapi-typescript` makes types of it by which a program knows what an entry carries.
#[test]
fn types_of_it_tell_entries_apart() {
    const PROGRAM: &str = "import type { components } from './api.js';
type Schemas = components['schemas'];

export function titleOf(entry: Schemas['CrudEntry']): string | undefined {
  if (entry.table === 'items' && entry.op === 'PUT') {
    const title: string = entry.op_data.title;
    return title;
  }
  return entry.table === 'items' && entry.op === 'PATCH' ? entry.op_data.title : undefined;
}

export const put: Schemas['ItemsPut'] = {
  list_id: '0192f0c1-7a3b-7cde-8f01-23456789abcd',
  title: 'milk',
};
// @ts-expect-error a title is needed
export const lacking: Schemas['ItemsPut'] = { list_id: '0192f0c1-7a3b-7cde-8f01-23456789abcd' };
// @ts-expect-error there is no such code
export const code: Schemas['ErrorCode'] = 'unknown';
";
    let root = workspace();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("app.ts"), PROGRAM).unwrap();
    link_packages(folder);
    let document = root.join("schema/generated/openapi/openapi.json");
    types_of_openapi(&document, &folder.join("api.ts")).unwrap_or_else(|said| panic!("{said}"));
    tsc_in(folder).unwrap_or_else(|said| panic!("{said}"));
}
