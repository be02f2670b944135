//! JSON for people: what fits into one line stands in one.

use serde_json::Value;

/// The longest line, where there is a choice.
const WIDTH: usize = 120;

/// The text of a document, with a line break at its end.
pub(super) fn print(document: &Value) -> String {
    let mut text = String::new();
    value(document, 0, 0, &mut text);
    text.push('\n');
    text
}

/// The same of a document that has many more members at a path, which come one after the other: they are never held at once.
pub(super) fn print_with(
    document: &Value,
    path: &[&str],
    members: impl FnOnce(&mut dyn FnMut(&str, &Value)),
) -> String {
    let mut text = String::new();
    let more = |text: &mut String, indent: usize| {
        let mut separator = "";
        members(&mut |name, one| {
            text.push_str(separator);
            separator = ",\n";
            member(name, one, indent, text);
        });
        text.push('\n');
    };
    around(document, path, 0, &mut text, more);
    text.push('\n');
    text
}

/// Adds a document in which something else adds the members of the object at a path.
fn around(
    one: &Value,
    path: &[&str],
    indent: usize,
    text: &mut String,
    more: impl FnOnce(&mut String, usize),
) {
    text.push_str("{\n");
    match path.split_first() {
        None => more(text, indent + 2),
        Some((at, rest)) => {
            let members = one.as_object().expect("it is an object on the path");
            let mut more = Some(more);
            for (index, (name, one)) in members.iter().enumerate() {
                match more.take_if(|_| name == at) {
                    Some(more) => {
                        start_line(indent + 2, text);
                        string(name, text);
                        text.push_str(": ");
                        around(one, rest, indent + 2, text, more);
                    }
                    None => member(name, one, indent + 2, text),
                }
                end_item(index, members.len(), text);
            }
        }
    }
    start_line(indent, text);
    text.push('}');
}

/// Adds a member on its own line.
fn member(name: &str, one: &Value, indent: usize, text: &mut String) {
    start_line(indent, text);
    let start = text.len() - indent;
    string(name, text);
    text.push_str(": ");
    value(one, indent, text.len() - start, text);
}

/// Adds a value to a line that has `taken` characters, in a block that is indented by `indent`.
fn value(one: &Value, indent: usize, taken: usize, text: &mut String) {
    // A comma may follow.
    let start = text.len();
    if in_one_line(one, start + WIDTH.saturating_sub(taken), text) {
        return;
    }
    text.truncate(start);
    match one {
        Value::Object(members) => {
            text.push_str("{\n");
            for (index, (name, one)) in members.iter().enumerate() {
                member(name, one, indent + 2, text);
                end_item(index, members.len(), text);
            }
            start_line(indent, text);
            text.push('}');
        }
        Value::Array(items) if items.iter().all(is_scalar) => {
            text.push('[');
            filled(items, indent + 2, text);
            text.push('\n');
            start_line(indent, text);
            text.push(']');
        }
        Value::Array(items) => {
            text.push_str("[\n");
            for (index, item) in items.iter().enumerate() {
                start_line(indent + 2, text);
                value(item, indent + 2, indent + 2, text);
                end_item(index, items.len(), text);
            }
            start_line(indent, text);
            text.push(']');
        }
        Value::String(one) => string(one, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&one.to_string()),
    }
}

/// Scalars, as many in each line as fit.
fn filled(items: &[Value], indent: usize, text: &mut String) {
    let mut taken = WIDTH;
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 == items.len() { "" } else { "," };
        let item = format!("{item}{comma}");
        if taken + 1 + item.len() > WIDTH {
            text.push('\n');
            start_line(indent, text);
            taken = indent;
        } else {
            text.push(' ');
            taken += 1;
        }
        taken += item.len();
        text.push_str(&item);
    }
}

fn start_line(indent: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', indent));
}

fn end_item(index: usize, of: usize, text: &mut String) {
    text.push_str(if index + 1 == of { "\n" } else { ",\n" });
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Adds a value as long as the text stays shorter than this; tells whether all of it was added.
fn in_one_line(value: &Value, end: usize, text: &mut String) -> bool {
    match value {
        Value::Object(members) => {
            text.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                string(name, text);
                text.push_str(": ");
                if !in_one_line(member, end, text) {
                    return false;
                }
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                if !in_one_line(item, end, text) {
                    return false;
                }
            }
            text.push(']');
        }
        Value::String(one) => string(one, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
    text.len() < end
}

/// Adds a text in quotes.
fn string(one: &str, text: &mut String) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    match one.bytes().all(is_plain) {
        true => {
            text.push('"');
            text.push_str(one);
            text.push('"');
        }
        false => text.push_str(&Value::from(one).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_fits_stands_in_one_line_and_nothing_is_lost() {
        let long = vec!["a word of some length"; 9];
        let document = json!({
            "short": {"type": "string", "enum": ["a", "b"]},
            "long": long,
            "deep": [{"description": "x".repeat(80), "properties": {"a": {}, "b": [], "c": null}}],
        });
        let text = print(&document);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            r#"  "short": {"type": "string", "enum": ["a", "b"]},"#
        );
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{text}");
        assert!(lines.len() < 16, "{text}");
    }
}
