//! A declaration as YAML text, from a tree of plain values.

use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The tree as block YAML, in the order of its keys.
///
/// A text is written plain where no reader of YAML could take it for something else, and in double quotes otherwise.
pub fn text(root: &Map<String, Value>) -> String {
    let mut out = String::new();
    mapping(&mut out, root, 0);
    out
}

fn mapping(out: &mut String, entries: &Map<String, Value>, indent: usize) {
    for (key, value) in entries {
        let _ = write!(out, "{:indent$}{}:", "", key_text(key));
        entry(out, value, indent);
    }
}

fn entry(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            out.push('\n');
            mapping(out, entries, indent + 2);
        }
        Value::Array(items) if items.iter().any(|item| item.is_object()) => {
            out.push('\n');
            for item in items {
                let _ = write!(out, "{:1$}- ", "", indent + 2);
                flow(out, item);
                out.push('\n');
            }
        }
        _ => {
            out.push(' ');
            flow(out, value);
            out.push('\n');
        }
    }
}

/// A value on one line.
fn flow(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => out.push_str(&scalar_text(text)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                flow(out, item);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                let _ = write!(out, "{}: ", key_text(key));
                flow(out, value);
            }
            out.push('}');
        }
    }
}

/// A key; the language's own `on` needs no quotes.
fn key_text(text: &str) -> String {
    match text {
        "on" => text.to_owned(),
        _ => scalar_text(text),
    }
}

/// A text, quoted unless it is an ordinary word or a phrase of such.
fn scalar_text(text: &str) -> String {
    const WORDS: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_ .()".contains(&b))
        && !text.ends_with(' ')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        return text.to_owned();
    }
    // JSON's strings are strings of YAML.
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_could_be_misread_is_quoted() {
        let tree = json!({"a": {"b": "c d", "no": ["yes", 1, true]}, "e": [{"expr": "lower(a), b"}], "f": {}});
        assert_eq!(
            text(tree.as_object().unwrap()),
            "a:\n  b: c d\n  \"no\": [\"yes\", 1, true]\ne:\n  - {expr: \"lower(a), b\"}\nf: {}\n"
        );
    }
}
