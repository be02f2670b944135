//! The OpenAPI document against a validator of the specification, and rows against the document.

use serde_json::json;
use synctable_codegen::diagnostic::Complaints;
use synctable_codegen::model::sample_wide::wide;
use synctable_codegen::model::{Model, sample};
use synctable_codegen::read;
use synctable_codegen::targets::openapi::TARGET;
use tests::cases::workspace;
use tests::node::openapi::{accepts, validate};

fn document(model: &Model) -> String {
    let mut complaints = Complaints::new();
    (TARGET.admit)(model, &mut complaints);
    assert!(complaints.is_empty(), "{complaints:#?}");
    let tree = (TARGET.emit)(model);
    tree.get("openapi.json")
        .expect("it is written")
        .into_owned()
}

#[test]
fn every_document_is_valid() {
    let root = workspace();
    let apps = ["powergit", "taskly", "tunetrees"].map(|app| root.join("examples").join(app));
    let declared = [root.to_owned()].into_iter().chain(apps);
    let read = declared.map(|folder| read(&folder.join("schema")).model.expect("it is accepted"));
    for model in read.chain([wide()]) {
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
    let entry = |op: &str, table: &str| json!({"op": op, "table": table, "id": "a", "op_data": {"title": null}});
    let request = |crud| json!({"transactions": [{"transaction_id": 1, "crud": [crud]}]});
    assert_eq!(
        accepts(&document, schema, &request(entry("PATCH", "items"))),
        Ok(())
    );
    for wrong in [
        request(entry("INSERT", "items")),
        request(entry("PUT", "item")),
        json!({"transactions": []}),
    ] {
        assert!(accepts(&document, schema, &wrong).is_err(), "{wrong}");
    }
}
