//! JSON for people: what fits into one line stands in one.

use serde_json::Value;

/// The longest line, where there is a choice.
const WIDTH: usize = 110;

/// The text of a document, with a line break at its end.
pub(super) fn print(document: &Value) -> String {
    let mut text = String::new();
    value(document, 0, 0, &mut text);
    text.push('\n');
    text
}

/// Adds a value to a line that has `taken` characters, in a block that is indented by `indent`.
fn value(one: &Value, indent: usize, taken: usize, text: &mut String) {
    let line = in_one_line(one);
    // A comma may follow.
    if taken + line.len() < WIDTH {
        text.push_str(&line);
        return;
    }
    match one {
        Value::Object(members) => {
            text.push_str("{\n");
            for (index, (name, member)) in members.iter().enumerate() {
                let name = format!("{}: ", Value::from(name.as_str()));
                start_line(indent + 2, text);
                text.push_str(&name);
                value(member, indent + 2, indent + 2 + name.len(), text);
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
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => text.push_str(&line),
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

fn in_one_line(value: &Value) -> String {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(name, member)| {
                format!("{}: {}", Value::from(name.as_str()), in_one_line(member))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let items = items.iter().map(in_one_line);
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
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
