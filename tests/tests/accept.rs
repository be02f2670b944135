//! Every feature of the language has a case that declares it and is accepted without a word.
//!
//! A case is `cases/accept/<what may be said>/schema/`; what it means to the databases is executed elsewhere.

use serde_json::Value as Json;
use std::collections::BTreeSet;
use synctable_codegen::declaration::json_schema;
use synctable_codegen::diagnostic::{Color, Diagnostics, Format, Sources, render};
use synctable_codegen::read;
use synctable_codegen::source::{Node, Value, load};
use tests::cases::{cases, each};

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
    features: Features,
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

#[test]
fn every_key_and_every_word_of_the_language_has_a_case() {
    let mut walk = Walk {
        schema: json_schema(),
        features: Features::new(),
    };
    let mut offered = Features::new();
    walk.offered(&walk.schema, "", "declaration", &mut offered);
    assert!(offered.contains("column.unique = reject"), "{offered:#?}");
    for case in cases("accept") {
        let mut sources = Sources::new();
        let mut cx = Diagnostics::new();
        let files = load(&case.folder.join("schema"), &mut sources, &mut cx);
        assert!(cx.into_sorted().is_empty(), "{}", case.name);
        let mut used = Features::new();
        for file in &files {
            walk.used(&walk.schema, &file.root, "", "declaration", &mut used);
        }
        walk.features.extend(used);
    }
    let missing: Vec<&String> = offered.difference(&walk.features).collect();
    assert!(
        missing.is_empty(),
        "no case in cases/accept writes {missing:#?}"
    );
}
