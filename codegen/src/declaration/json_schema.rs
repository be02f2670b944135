//! The JSON Schema that editors check and complete a declaration with, printed from the table of keys.

use super::keys::{Section, Shape, TOP, VERSION};
use serde_json::{Map, Value, json};

/// The schema of one file of a declaration, in JSON Schema 2020-12.
///
/// It accepts every file that the decoder accepts; what it cannot say (names that exist, keys that exclude each
/// other, which file holds the settings) is for `check`.
///
/// ```
/// let schema = synctable_codegen::declaration::json_schema();
/// assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
/// assert_eq!(schema["$defs"]["column"]["properties"]["nullable"]["type"], "boolean");
/// ```
#[must_use]
pub fn json_schema() -> Value {
    let mut definitions = Map::new();
    let mut top = section(&TOP, &mut definitions);
    // Each of several files holds a part; that the whole has them is checked over all files.
    if let Some(top) = top.as_object_mut() {
        top.remove("required");
    }
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert(
        "title".to_owned(),
        json!(format!("A synctable declaration, version {VERSION}")),
    );
    schema.extend(top.as_object().cloned().unwrap_or_default());
    schema.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(schema)
}

fn section(section: &'static Section, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for key in section.keys {
        let mut schema = Map::new();
        let description = match key.default {
            Some(default) => format!("{} Default: {default}.", key.doc),
            None => key.doc.to_owned(),
        };
        schema.insert("description".to_owned(), Value::String(description));
        schema.extend(shape(&key.shape, definitions));
        properties.insert(key.name.to_owned(), Value::Object(schema));
    }
    let required: Vec<&str> = section
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn shape(wanted: &'static Shape, definitions: &mut Map<String, Value>) -> Map<String, Value> {
    let mut below = |inner: &'static Shape| Value::Object(shape(inner, definitions));
    let schema = match wanted {
        // YAML's unquoted numbers and truth values are texts to the decoder where it wants text.
        Shape::Text | Shape::Expr | Shape::Sql => json!({"type": ["string", "number", "boolean"]}),
        Shape::Name => json!({"type": ["string", "boolean"]}),
        Shape::Kind => json!({"type": "string"}),
        Shape::Value => json!({}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Version(version) => json!({"const": version}),
        Shape::Number(least, most) => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Shape::Words(words) => json!({"enum": words}),
        Shape::List(element) => json!({"type": "array", "items": below(element)}),
        Shape::Map(value) => json!({"type": "object", "additionalProperties": below(value)}),
        Shape::WordMap(words, value) => {
            let value = below(value);
            let properties: Map<String, Value> = words
                .iter()
                .map(|word| ((*word).to_owned(), value.clone()))
                .collect();
            json!({"type": "object", "properties": properties, "additionalProperties": false})
        }
        Shape::Section(inner) => {
            if !definitions.contains_key(inner.name) {
                // Holds the place, should the section lead back to itself.
                definitions.insert(inner.name.to_owned(), Value::Null);
                let schema = section(inner, definitions);
                definitions.insert(inner.name.to_owned(), schema);
            }
            json!({"$ref": format!("#/$defs/{}", inner.name)})
        }
        Shape::Any(shapes) => {
            json!({"anyOf": shapes.iter().map(below).collect::<Vec<_>>()})
        }
        Shape::Nullable(inner) => json!({"anyOf": [below(inner), {"type": "null"}]}),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => unreachable!("every shape is described by an object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Every section that a declaration can have, by its name in the schema.
    fn sections() -> BTreeMap<&'static str, &'static Section> {
        fn visit(wanted: &'static Shape, found: &mut BTreeMap<&'static str, &'static Section>) {
            match wanted {
                Shape::List(inner)
                | Shape::Map(inner)
                | Shape::WordMap(_, inner)
                | Shape::Nullable(inner) => visit(inner, found),
                Shape::Any(shapes) => shapes.iter().for_each(|shape| visit(shape, found)),
                Shape::Section(section) => match found.insert(section.name, section) {
                    None => section.keys.iter().for_each(|key| visit(&key.shape, found)),
                    Some(known) => assert!(
                        std::ptr::eq(known, *section),
                        "two sections are named `{}`",
                        section.name
                    ),
                },
                Shape::Text
                | Shape::Name
                | Shape::Kind
                | Shape::Expr
                | Shape::Sql
                | Shape::Value
                | Shape::Bool
                | Shape::Version(_)
                | Shape::Number(..)
                | Shape::Words(_) => {}
            }
        }
        let mut found = BTreeMap::from([(TOP.name, &TOP)]);
        for key in TOP.keys {
            visit(&key.shape, &mut found);
        }
        found
    }

    #[test]
    fn the_language_is_documented_key_by_key() {
        let docs = include_str!("../../../docs/language.md");
        let words: std::collections::BTreeSet<&str> = docs
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .collect();
        for section in sections().values() {
            for key in section.keys {
                let quoted = docs.contains(&format!("`{}`", key.name));
                let written = words.contains(key.name) && docs.contains(&format!("{}:", key.name));
                assert!(
                    quoted || written,
                    "docs/language.md does not name the key `{}` of {}",
                    key.name,
                    section.what
                );
            }
        }
    }

    #[test]
    fn every_key_is_described_by_a_sentence_and_stands_once() {
        for section in sections().values() {
            for (index, key) in section.keys.iter().enumerate() {
                assert!(
                    key.doc.ends_with('.') || key.doc.ends_with("…`."),
                    "{}",
                    key.doc
                );
                assert!(
                    section.keys[..index]
                        .iter()
                        .all(|other| other.name != key.name),
                    "{} has `{}` twice",
                    section.what,
                    key.name
                );
            }
        }
    }

    #[test]
    fn every_section_is_a_definition_and_every_reference_leads_to_one() {
        let schema = json_schema();
        let text = schema.to_string();
        for name in sections().keys().filter(|name| **name != TOP.name) {
            assert!(schema["$defs"][*name].is_object(), "{name}");
            assert!(text.contains(&format!("#/$defs/{name}\"")), "{name}");
        }
        assert_eq!(
            schema["$defs"].as_object().map(Map::len),
            Some(sections().len() - 1)
        );
    }
}
