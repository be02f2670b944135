//! The model as a public artefact: what `show model` prints is what its JSON Schema says, and is read back as it was.

use serde_json::{Value, json};
use std::path::Path;
use synctable_codegen::model::{FORMAT, Model, json_schema};
use synctable_codegen::read;

const DECLARATIONS: [&str; 4] = [
    "schema",
    "examples/powergit/schema",
    "examples/taskly/schema",
    "examples/tunetrees/schema",
];

fn model(declaration: &str) -> Model {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package is a folder of the workspace")
        .join(declaration);
    let reading = read(&folder);
    reading
        .model
        .unwrap_or_else(|| panic!("{declaration}: {:#?}", reading.diagnostics))
}

fn document(model: &Model) -> Value {
    json!({"format": FORMAT, "model": model})
}

#[test]
fn every_model_is_what_the_schema_says_and_comes_back_equal() {
    let schema = jsonschema::validator_for(&json_schema()).expect("the schema is one");
    for declaration in DECLARATIONS {
        let model = model(declaration);
        let document = document(&model);
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{declaration}: {errors:#?}");
        let back: Model =
            serde_json::from_value(document["model"].clone()).expect("it was printed from one");
        assert_eq!(back, model, "{declaration}");
    }
}

#[test]
fn the_schema_refuses_another_format_a_strange_word_and_a_kind_that_is_none() {
    let schema = jsonschema::validator_for(&json_schema()).expect("the schema is one");
    let good = document(&model("schema"));
    let broken = |path: &str, value: Value| {
        let mut document = good.clone();
        *document.pointer_mut(path).expect("the path is there") = value;
        !schema.is_valid(&document)
    };
    assert!(broken("/format", json!(FORMAT + 1)));
    assert!(broken("/model/tables/items/sync", json!("sideways")));
    assert!(broken(
        "/model/tables/items/columns/title/kind",
        json!({"text": true})
    ));
    assert!(broken("/model/tables/items/key", json!("id")));
}
