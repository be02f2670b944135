//! A model in few bytes, and one line for each thing that changes alone, so that a diff of two snapshots can be read.
//!
//! Left out is what nearly every table, column or index has, and comes back when it is read; nothing is lost.
//! Expressions become lists, and a column in them its name behind a dot: `{"compare": ["eq", ".owner_id", "user_id"]}`.
//! What is left out is part of the format: it stays as it is here for ever, or the format gets another number.

mod place;
mod read;

use crate::model::Model;
use crate::parallel;
use place::{MODEL, Place, Usual};
pub(super) use read::Compact;
use serde::Serialize;
use serde_json::{Map, Value, json};

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

/// The model's JSON, with what is usual left out and a line for each thing that changes alone; tables are written side by side.
pub(super) fn write(model: &Model) -> String {
    let rest = long(&model.without_tables());
    let Value::Object(rest) = shorter(rest, Some(&MODEL), "") else {
        unreachable!("a model is an object");
    };
    let tables: Vec<_> = model.tables.iter().collect();
    let place = MODEL.member(TABLES);
    let tables = parallel::each(&tables, |(name, table)| {
        let at = place.and_then(|place| place.member(name));
        let mut text = String::new();
        lines(&shorter(long(table), at, name), at, 2, &mut text);
        text
    });
    let mut text = String::new();
    let names = rest.keys().map(|name| Some(name.as_str()));
    braced('{', names, '}', 0, &mut text, |name, text| {
        let name = name.unwrap_or_default();
        match name {
            TABLES if !tables.is_empty() => {
                let mut of_tables = tables.iter();
                let names = model.tables.keys().map(|name| Some(name.as_str()));
                braced('{', names, '}', 1, text, |_, text| {
                    text.extend(of_tables.next().map(String::as_str));
                });
            }
            _ => lines(&rest[name], MODEL.member(name), 1, text),
        }
    });
    text
}

/// The member of a model that is nearly all of it.
const TABLES: &str = "tables";

fn long(thing: &impl Serialize) -> Value {
    serde_json::to_value(thing).expect("a model has a JSON form")
}

fn shorter(value: Value, place: Option<&Place>, key: &str) -> Value {
    match value {
        Value::String(text) => Value::String(match text.strip_prefix('.') {
            Some(rest) => format!("..{rest}"),
            None => text,
        }),
        Value::Array(items) => Value::Array(elements(items, place)),
        Value::Object(object) => {
            if let Some(short) = of_one_member(&object, place) {
                return short;
            }
            let usual = place.map_or(&[][..], |place| &place.usual);
            let mut short = Map::new();
            for (name, value) in object {
                let is_usual = usual.iter().any(|(one, usual)| {
                    *one == name
                        && match usual {
                            Usual::Is(usual) => *usual == value,
                            Usual::Key => value == key,
                        }
                });
                if !is_usual {
                    let member = place.and_then(|place| place.member(&name));
                    let value = shorter(value, member, &name);
                    short.insert(name, value);
                }
            }
            Value::Object(short)
        }
        other => other,
    }
}

/// What an object with one member becomes, where that is something else than an object with this member.
fn of_one_member(object: &Map<String, Value>, place: Option<&Place>) -> Option<Value> {
    let (name, value) = object.iter().next().filter(|_| object.len() == 1)?;
    match value {
        Value::String(text) if name == "column" => Some(Value::String(format!(".{text}"))),
        Value::String(text) if name == "scalar" && place.is_some_and(|place| place.is_kind) => {
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
            let member = place.and_then(|place| place.member(name));
            Some(json!({ name: elements(values, member) }))
        }
        _ => None,
    }
}

fn elements(items: Vec<Value>, place: Option<&Place>) -> Vec<Value> {
    let place = place.and_then(Place::element);
    let items = items.into_iter();
    items.map(|item| shorter(item, place, "")).collect()
}

/// JSON text with a line for each thing that changes alone.
fn lines(value: &Value, place: Option<&Place>, depth: usize, text: &mut String) {
    let has_lines = place.is_some_and(|place| place.has_lines);
    let member = |name: &str| place.and_then(|place| place.member(name));
    match value {
        Value::Object(object) if has_lines && !object.is_empty() => {
            let names = object.keys().map(|name| Some(name.as_str()));
            braced('{', names, '}', depth, text, |name, text| {
                let name = name.unwrap_or_default();
                lines(&object[name], member(name), depth + 1, text);
            });
        }
        Value::Array(items) if has_lines && !items.is_empty() => {
            let mut rest = items.iter();
            braced(
                '[',
                items.iter().map(|_| None),
                ']',
                depth,
                text,
                |_, text| {
                    if let Some(item) = rest.next() {
                        lines(item, place.and_then(Place::element), depth + 1, text);
                    }
                },
            );
        }
        flat => *text += &flat.to_string(),
    }
}

/// Members, each on its own line.
fn braced<'n>(
    open: char,
    names: impl Iterator<Item = Option<&'n str>>,
    close: char,
    depth: usize,
    text: &mut String,
    mut member: impl FnMut(Option<&'n str>, &mut String),
) {
    text.push(open);
    for (index, name) in names.enumerate() {
        *text += if index == 0 { "\n" } else { ",\n" };
        *text += &" ".repeat(depth + 1);
        if let Some(name) = name {
            *text += &format!("{}:", json!(name));
        }
        member(name, text);
    }
    text.push('\n');
    *text += &" ".repeat(depth);
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
        let values = [
            ("compare", crate::model::Literal::Text(".x".to_owned())),
            ("column", crate::model::Literal::Null),
            ("select", crate::model::Literal::Decimal("1.0".to_owned())),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value));
        hostile.tables["lists"].seeds = vec![
            crate::model::Seed(values.clone().into_iter().collect()),
            crate::model::Seed([values[1].clone()].into_iter().collect()),
        ];
        for model in [sample::model(), sample_wide::wide(), hostile] {
            let text = write(&model);
            let Compact(read) = serde_json::from_str(&text).expect("a model");
            assert_eq!(read, model);
        }
    }

    #[test]
    fn what_is_usual_takes_no_room() {
        let model = sample::model();
        let text = write(&model);
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
