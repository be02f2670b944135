//! PowerSync's own: the extension of SQLite takes every schema, and the library for JavaScript sends the same one.

use std::fs;

use serde::Deserialize;
use serde_json::{Value, json};
use synctable_codegen::targets::typescript;
use tempfile::TempDir;
use tests::node::typescript::{link_packages, run, script};

use crate::client_schemas::apps::{App, app, apps};

/// What a device has after it took a schema.
#[derive(Debug, Deserialize, PartialEq)]
struct Device {
    /// The columns of every view, in order, with their types.
    views: Value,
    /// The number of indexes of every table.
    indexes: Value,
}

/// Lets the extension take schemas, each in a database of its own.
fn taken(schemas: &[Value]) -> Result<Vec<Device>, String> {
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("schemas.json");
    fs::write(&file, json!(schemas).to_string()).expect("it can be written");
    let printed = run(script("client_schema.js").arg("take").arg(file))?;
    Ok(serde_json::from_str(&printed).expect("it prints JSON"))
}

#[test]
fn the_extension_takes_every_schema_and_makes_its_tables() {
    let apps = apps();
    let schemas: Vec<Value> = apps.iter().map(App::wire).collect();
    let devices = taken(&schemas).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(devices.len(), apps.len());
    for ((app, schema), device) in apps.iter().zip(&schemas).zip(devices) {
        let mut expected = Device {
            views: json!({}),
            indexes: json!({}),
        };
        for table in schema["tables"].as_array().expect("a list of tables") {
            let view = table["view_name"].as_str().expect("a name");
            let mut columns = vec![json!({"name": "id", "type": "TEXT"})];
            columns.extend(table["columns"].as_array().expect("a list").iter().cloned());
            if table["include_metadata"] == true {
                columns.push(json!({"name": "_metadata", "type": ""}));
                columns.push(json!({"name": "_deleted", "type": ""}));
            }
            expected.views[view] = json!(columns);
            let kept = match table["local_only"] == true {
                true => "ps_data_local__",
                false => "ps_data__",
            };
            let kept = format!("{kept}{}", table["name"].as_str().expect("a name"));
            let count = table["indexes"].as_array().expect("a list").len();
            if count > 0 {
                expected.indexes[kept] = json!(count);
            }
        }
        assert_eq!(device, expected, "{}", app.name);
    }
}

#[test]
fn the_extension_refuses_a_schema_that_is_none() {
    let mut schema = app("a_client_in_every_language").wire();
    assert!(taken(&[schema.clone()]).is_ok());
    schema["tables"][0]["columns"][0]["type"] = json!(3);
    assert!(taken(&[schema]).is_err());
}

#[test]
fn the_library_for_javascript_sends_the_same_schema() {
    let folder = TempDir::new().expect("a folder can be made");
    link_packages(folder.path());
    let apps = apps();
    for (index, app) in apps.iter().enumerate() {
        let text = app.file(typescript::TARGET, "powersync.ts");
        fs::write(folder.path().join(format!("{index}.ts")), text).expect("it can be written");
    }
    fs::write(folder.path().join("package.json"), r#"{"type": "module"}"#).expect("it can be");
    let mut program = script("client_schema.js");
    program
        .arg("sent")
        .arg(folder.path())
        .arg(apps.len().to_string());
    let printed = run(&mut program).unwrap_or_else(|why| panic!("{why}"));
    let sent: Vec<Value> = serde_json::from_str(&printed).expect("it prints JSON");
    assert_eq!(sent.len(), apps.len());
    for (app, mut sent) in apps.iter().zip(sent) {
        // The library leaves out what a raw table does not say, and the extension reads false.
        for raw in sent["raw_tables"].as_array_mut().expect("a list") {
            for flag in [
                "local_only",
                "insert_only",
                "include_old",
                "include_metadata",
            ] {
                raw.as_object_mut()
                    .expect("a table")
                    .entry(flag)
                    .or_insert(json!(false));
            }
            let raw = raw.as_object_mut().expect("a table");
            raw.entry("ignore_empty_update").or_insert(json!(false));
        }
        assert_eq!(sent, app.wire(), "{}", app.name);
    }
}

/// Without the target `powersync`, nobody refuses such a column.
#[test]
fn a_column_of_the_device_is_left_out_of_a_view_with_the_reason() {
    let yaml = "synctable: 1\napp: tasks\ntables:\n  items:\n    sync: both\n    conflict: last_upload_wins\n    \
        columns: {id: {kind: uuid, key: true}, title: text, is_open: {kind: bool, on: client}}\n    access: {all: public}\n";
    let reading = synctable_codegen::read_texts([("app.yaml", yaml)]);
    let model = reading.model.expect("the declaration is accepted");
    let tree = (typescript::TARGET.emit)(&model);
    let text = tree.get("powersync.ts").expect("it is written");
    assert!(
        text.contains("// - `items.is_open`: PowerSync would upload it"),
        "{text}"
    );
    assert!(!text.contains("is_open: column"), "{text}");
}
