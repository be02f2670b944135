//! Every feature of the language has a case that declares it and is accepted without a word.
//!
//! A case is `cases/accept/<what may be said>/schema/`; what it means to the databases is executed elsewhere.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;
use synctable::{Kind, Scalar};
use synctable_codegen::declaration::json_schema;
use synctable_codegen::diagnostic::{Color, Diagnostics, Format, Sources, render};
use synctable_codegen::read;
use synctable_codegen::source::{Node, Value, load};
use tests::cases::{cases, each, workspace};

#[test]
fn every_case_is_accepted() {
    each("accept", |case| {
        let reading = read(&case.folder.join("schema"));
        let report = render(
            Format::Human(Color::Never),
            &reading.diagnostics,
            &reading.sources,
        );
        match reading.model {
            Some(_) if reading.diagnostics.is_empty() => Ok(()),
            _ => Err(report),
        }
    });
}

/// Keys and words by the section that they stand in: `column.unique`, `column.unique = reject`.
type Features = BTreeSet<String>;

/// Walks the editor's JSON Schema, and beside it a declaration where there is one.
struct Walk {
    schema: Json,
}

impl Walk {
    /// What a part of the schema stands for, references followed.
    fn resolved<'a>(&'a self, shape: &'a Json, name: &'a str) -> (&'a Json, &'a str) {
        match shape["$ref"].as_str() {
            Some(path) => {
                let name = path.rsplit('/').next().expect("a path has a last part");
                (&self.schema["$defs"][name], name)
            }
            None => (shape, name),
        }
    }

    /// Everything that can be written.
    fn offered(&self, shape: &Json, place: &str, section: &str, found: &mut Features) {
        let (shape, section) = self.resolved(shape, section);
        let place = if shape["properties"].is_object() {
            section
        } else {
            place
        };
        for word in shape["enum"].as_array().into_iter().flatten() {
            found.insert(format!(
                "{place} = {}",
                word.as_str().expect("words are texts")
            ));
        }
        for (key, inner) in shape["properties"].as_object().into_iter().flatten() {
            let place = format!("{section}.{key}");
            found.insert(place.clone());
            if inner["$ref"]
                .as_str()
                .is_none_or(|path| !path.ends_with(&format!("/{section}")))
            {
                self.offered(inner, &place, section, found);
            }
        }
        for inner in shape["anyOf"].as_array().into_iter().flatten() {
            self.offered(inner, place, section, found);
        }
        for inner in [&shape["items"], &shape["additionalProperties"]] {
            if inner.is_object() {
                self.offered(inner, place, section, found);
            }
        }
    }

    /// What of it a declaration writes.
    fn used(&self, shape: &Json, node: &Node, place: &str, section: &str, found: &mut Features) {
        let (shape, section) = self.resolved(shape, section);
        let place = if shape["properties"].is_object() {
            section
        } else {
            place
        };
        for inner in shape["anyOf"].as_array().into_iter().flatten() {
            self.used(inner, node, place, section, found);
        }
        match &node.value {
            Value::Scalar { text, .. } => {
                let mut words = shape["enum"].as_array().into_iter().flatten();
                if words.any(|word| word.as_str() == Some(text)) {
                    found.insert(format!("{place} = {text}"));
                }
            }
            Value::Sequence(items) => {
                for item in items {
                    self.used(&shape["items"], item, place, section, found);
                }
            }
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    let known = &shape["properties"][key.text.as_str()];
                    if known.is_object() {
                        let place = format!("{section}.{}", key.text);
                        found.insert(place.clone());
                        self.used(known, value, &place, section, found);
                    } else {
                        self.used(&shape["additionalProperties"], value, place, section, found);
                    }
                }
            }
            Value::Refused => {}
        }
    }
}

/// What the declaration in a folder writes.
fn used_in(folder: &Path) -> Features {
    let mut sources = Sources::new();
    let mut cx = Diagnostics::new();
    let files = load(folder, &mut sources, &mut cx);
    assert!(cx.into_sorted().is_empty(), "{}", folder.display());
    let walk = Walk {
        schema: json_schema(),
    };
    let mut used = Features::new();
    for file in &files {
        walk.used(&walk.schema, &file.root, "", "declaration", &mut used);
    }
    used
}

/// Everything that the language offers.
fn offered() -> Features {
    let walk = Walk {
        schema: json_schema(),
    };
    let mut offered = Features::new();
    walk.offered(&walk.schema, "", "declaration", &mut offered);
    assert!(
        offered.contains("column.unique = reject"),
        "the schema is walked through: {offered:#?}"
    );
    offered
}

#[test]
fn every_key_and_every_word_of_the_language_has_a_case() {
    let used: Features = cases("accept")
        .iter()
        .flat_map(|case| used_in(&case.folder.join("schema")))
        .collect();
    let missing: Vec<String> = offered().difference(&used).cloned().collect();
    assert!(
        missing.is_empty(),
        "no case in cases/accept writes {missing:#?}"
    );
}

#[test]
fn the_workspaces_own_app_writes_every_key_and_has_a_column_of_every_kind() {
    let folder = workspace().join("schema");
    let mut missing = offered();
    missing.retain(|feature| !feature.contains(" = "));
    for used in used_in(&folder) {
        missing.remove(&used);
    }
    assert!(missing.is_empty(), "schema/ does not write {missing:#?}");

    let model = read(&folder)
        .model
        .expect("the declaration has no mistakes");
    let columns = model
        .tables
        .values()
        .flat_map(|table| table.columns.values());
    let mut words: BTreeSet<&str> = Scalar::NAMES.iter().copied().collect();
    words.extend(["enum", "domain", "list", "opaque"]);
    for column in columns {
        words.remove(match &column.kind {
            Kind::Scalar(scalar) => scalar.word(),
            Kind::Enum { .. } => "enum",
            Kind::Domain { .. } => "domain",
            Kind::List(_) => "list",
            Kind::Opaque(_) => "opaque",
        });
    }
    assert!(words.is_empty(), "no column of schema/ is of {words:?}");
}
