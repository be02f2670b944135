//! A model in few bytes, and one line for each thing that changes alone, so that a diff of two snapshots can be read.
//!
//! Left out is what nearly every table, column or index has, and comes back when it is read; nothing is lost.
//! Expressions become lists, and a column in them its name behind a dot: `{"compare": ["eq", ".owner_id", "user_id"]}`.
//! What is left out is part of the format: it stays as it is here for ever, or the format gets another number.

use crate::model::Model;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What a member is where it is left out.
enum Usual {
    /// This.
    Is(Value),
    /// The name under which the thing stands.
    Key,
}

/// A place in the model, with what its things usually are; `*` is every name and every element.
type Shape = (&'static [&'static str], Vec<(String, Usual)>);

fn shape(path: &'static [&'static str], usual: Value, keys: &[&str]) -> Shape {
    let usual = usual.as_object().into_iter().flatten();
    let usual = usual.map(|(name, value)| (name.clone(), Usual::Is(value.clone())));
    let keys = keys.iter().map(|key| ((*key).to_owned(), Usual::Key));
    (path, usual.chain(keys).collect())
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    vec![
        shape(
            &["enums", "*"],
            json!({"schema": "public", "was": null, "doc": null, "retired": [], "storage": "native"}),
            &["name"],
        ),
        shape(
            &["domains", "*"],
            json!({"schema": "public", "was": null, "doc": null, "check": null}),
            &["name"],
        ),
        shape(
            &["views", "*"],
            json!({"schema": "public", "doc": null, "depends_on": []}),
            &["name"],
        ),
        shape(
            &["sql", "*"],
            json!({"doc": null, "down": null, "depends_on": []}),
            &["name"],
        ),
        shape(
            &["streams", "*"],
            json!({"doc": null, "params": {}}),
            &["name"],
        ),
        shape(
            &["streams", "*", "tables", "*"],
            json!({"filter": null}),
            &[],
        ),
        shape(
            &["storage", "*"],
            json!({"doc": null, "public": false}),
            &["name"],
        ),
        shape(
            &["storage", "*", "access"],
            json!({"read": {}, "insert": {}, "update": {}, "delete": {}}),
            &[],
        ),
        shape(
            &["tables", "*"],
            json!({
                "schema": "public", "was": null, "doc": null, "sync": "both", "key": ["id"],
                "id": {"column": "id"}, "recipe": null, "uniques": [], "foreign_keys": [], "indexes": [],
                "checks": [], "access": null, "conflict": "last_write_wins", "upsert_on": ["id"],
                "client": {
                    "track_metadata": false, "track_previous": [], "ignore_empty_updates": false,
                    "view_name": null, "raw": false
                }
            }),
            &["name", "client_name"],
        ),
        shape(
            &["tables", "*", "columns", "*"],
            json!({
                "was": null, "doc": null, "deprecated": null, "nullable": false, "default": null,
                "client_default": null, "direction": "both", "immutable": false, "secret": false,
                "identity": false, "generated": null, "role": null
            }),
            &["name", "client_name"],
        ),
        shape(
            &["tables", "*", "uniques", "*"],
            json!({
                "predicate": null, "nulls_not_distinct": false, "deferrable": false,
                "clash_is_refused": false
            }),
            &[],
        ),
        shape(
            &["tables", "*", "foreign_keys", "*"],
            json!({
                "references": ["id"], "on_delete": "no_action", "on_update": "no_action",
                "deferrable": false, "on_server": "enforced"
            }),
            &[],
        ),
        shape(
            &["tables", "*", "indexes", "*"],
            json!({"predicate": null, "method": "btree", "side": "server"}),
            &[],
        ),
        shape(
            &["tables", "*", "indexes", "*", "parts", "*"],
            json!({"descending": false, "nulls_first": null}),
            &[],
        ),
        shape(
            &["tables", "*", "checks", "*"],
            json!({"on_server": "enforced"}),
            &[],
        ),
        shape(
            &["tables", "*", "access"],
            json!({"read": {}, "insert": {}, "update": {}, "delete": {}}),
            &[],
        ),
    ]
});

/// Expressions whose members become a list in this order.
const LISTS: &[(&str, &[&str])] = &[
    ("arith", &["op", "left", "right"]),
    ("call", &["function", "args"]),
    ("case", &["branches", "otherwise"]),
    ("compare", &["op", "left", "right"]),
    ("contains", &["list", "element"]),
    ("distinct", &["left", "right", "distinct"]),
    ("in_list", &["operand", "list", "negated"]),
    ("in_set", &["operand", "set"]),
    ("is", &["operand", "test", "negated"]),
    ("json_text", &["operand", "path"]),
    ("select", &["column", "table", "filter"]),
];

/// Where each member has a line of its own.
const LINES: &[&[&str]] = &[
    &[],
    &["enums"],
    &["domains"],
    &["scopes"],
    &["externals"],
    &["views"],
    &["sql"],
    &["streams"],
    &["storage"],
    &["tables"],
    &["tables", "*"],
    &["tables", "*", "columns"],
    &["tables", "*", "uniques"],
    &["tables", "*", "foreign_keys"],
    &["tables", "*", "indexes"],
    &["tables", "*", "checks"],
    &["tables", "*", "access"],
];

/// The kind of a column, which is nearly always one word.
const KIND: &[&str] = &["tables", "*", "columns", "*", "kind"];

fn is_at(path: &[String], pattern: &[&str]) -> bool {
    let mut both = path.iter().zip(pattern);
    path.len() == pattern.len() && both.all(|(one, part)| *part == "*" || one == part)
}

fn usual_at(path: &[String]) -> &'static [(String, Usual)] {
    let mut shapes = SHAPES.iter();
    let found = shapes.find(|(pattern, _)| is_at(path, pattern));
    found.map_or(&[], |(_, usual)| usual)
}

/// The model, with what is usual left out.
pub(super) fn compact(model: &Model) -> Value {
    let whole = serde_json::to_value(model).expect("a model has a JSON form");
    shorter(whole, &mut Vec::new())
}

/// The model of what [`compact`] gave.
///
/// # Errors
///
/// It is not one.
pub(super) fn expand(value: Value) -> serde_json::Result<Model> {
    serde_json::from_value(longer(value, &mut Vec::new()))
}

fn shorter(value: Value, path: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) => Value::String(match text.strip_prefix('.') {
            Some(rest) => format!("..{rest}"),
            None => text,
        }),
        Value::Array(items) => Value::Array(each(items, path, shorter)),
        Value::Object(object) => {
            if let Some(short) = of_one_member(&object, path) {
                return short;
            }
            let usual = usual_at(path);
            let key = path.last().cloned().unwrap_or_default();
            let mut short = Map::new();
            for (name, value) in object {
                let is_usual = usual.iter().any(|(one, usual)| {
                    *one == name
                        && match usual {
                            Usual::Is(usual) => *usual == value,
                            Usual::Key => value == key.as_str(),
                        }
                });
                if !is_usual {
                    path.push(name.clone());
                    short.insert(name, shorter(value, path));
                    path.pop();
                }
            }
            Value::Object(short)
        }
        other => other,
    }
}

/// What an object with one member becomes, where that is something else than an object with this member.
fn of_one_member(object: &Map<String, Value>, path: &mut Vec<String>) -> Option<Value> {
    let (name, value) = object.iter().next().filter(|_| object.len() == 1)?;
    match value {
        Value::String(text) if name == "column" => Some(Value::String(format!(".{text}"))),
        Value::String(text) if name == "scalar" && is_at(path, KIND) => {
            Some(Value::String(text.clone()))
        }
        Value::Object(members) => {
            let (_, order) = LISTS.iter().find(|(one, _)| one == name)?;
            let all = members.len() == order.len();
            let values: Option<Vec<Value>> = order
                .iter()
                .map(|member| members.get(*member).cloned())
                .collect();
            let values = values.filter(|_| all)?;
            path.push(name.clone());
            let values = each(values, path, shorter);
            path.pop();
            Some(json!({ name: values }))
        }
        _ => None,
    }
}

fn longer(value: Value, path: &mut Vec<String>) -> Value {
    match value {
        Value::String(text) if is_at(path, KIND) => json!({ "scalar": text }),
        Value::String(text) => match text.strip_prefix('.') {
            Some(rest) if rest.starts_with('.') => Value::String(rest.to_owned()),
            Some(column) => json!({ "column": column }),
            None => Value::String(text),
        },
        Value::Array(items) => Value::Array(each(items, path, longer)),
        Value::Object(object) => {
            let only = object.len() == 1;
            let usual = usual_at(path);
            let key = path.last().cloned().unwrap_or_default();
            let mut long = Map::new();
            for (name, value) in object {
                let order = LISTS.iter().find(|(one, _)| *one == name);
                path.push(name.clone());
                let value = match (longer(value, path), order) {
                    (Value::Array(values), Some((_, order)))
                        if only && usual.is_empty() && values.len() == order.len() =>
                    {
                        let members = order.iter().map(|one| (*one).to_owned());
                        Value::Object(members.zip(values).collect())
                    }
                    (value, _) => value,
                };
                path.pop();
                long.insert(name, value);
            }
            for (name, usual) in usual {
                if !long.contains_key(name) {
                    let value = match usual {
                        Usual::Is(value) => value.clone(),
                        Usual::Key => Value::String(key.clone()),
                    };
                    long.insert(name.clone(), value);
                }
            }
            Value::Object(long)
        }
        other => other,
    }
}

fn each(
    items: Vec<Value>,
    path: &mut Vec<String>,
    change: fn(Value, &mut Vec<String>) -> Value,
) -> Vec<Value> {
    path.push(String::new());
    let items = items.into_iter().map(|item| change(item, path)).collect();
    path.pop();
    items
}

/// JSON text with a line for each thing that changes alone.
pub(super) fn lines(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut Vec::new(), &mut text);
    text
}

fn write(value: &Value, path: &mut Vec<String>, text: &mut String) {
    let has_lines = LINES.iter().any(|pattern| is_at(path, pattern));
    let (open, close, members): (_, _, Vec<(Option<&String>, &Value)>) = match value {
        Value::Object(object) if has_lines && !object.is_empty() => {
            let members = object.iter().map(|(name, value)| (Some(name), value));
            ('{', '}', members.collect())
        }
        Value::Array(items) if has_lines && !items.is_empty() => {
            ('[', ']', items.iter().map(|item| (None, item)).collect())
        }
        flat => {
            *text += &flat.to_string();
            return;
        }
    };
    text.push(open);
    for (index, (name, value)) in members.into_iter().enumerate() {
        *text += if index == 0 { "\n" } else { ",\n" };
        *text += &" ".repeat(path.len() + 1);
        if let Some(name) = name {
            *text += &format!("{}:", json!(name));
        }
        path.push(name.cloned().unwrap_or_default());
        write(value, path, text);
        path.pop();
    }
    text.push('\n');
    *text += &" ".repeat(path.len());
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{sample, sample_wide};

    #[test]
    fn nothing_is_lost() {
        let mut hostile = sample::model();
        hostile.doc = Some(".hidden, ..more and .".to_owned());
        hostile.tables["lists"].doc = Some("..".to_owned());
        // A name of an expression, and the only member: its columns.
        let column = hostile.tables["lists"].columns[0].clone();
        for name in ["compare", "select", "column", "kind"] {
            let column = crate::model::Column {
                name: name.to_owned(),
                ..column.clone()
            };
            hostile.tables["lists"]
                .columns
                .insert(name.to_owned(), column);
        }
        for model in [sample::model(), sample_wide::wide(), hostile] {
            let short = compact(&model);
            let text = lines(&short);
            let read: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(read, short);
            assert_eq!(expand(read).expect("a model"), model);
        }
    }

    #[test]
    fn what_is_usual_takes_no_room() {
        let model = sample::model();
        let text = lines(&compact(&model));
        assert!(text.contains("\n    \"title\":{"), "{text}");
        assert!(!text.contains("client_default\":null"), "{text}");
        let whole = serde_json::to_string(&model).expect("JSON");
        assert!(
            text.len() * 3 < whole.len() * 2,
            "{} of {}",
            text.len(),
            whole.len()
        );
    }
}
