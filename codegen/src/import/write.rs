//! A declaration as YAML that a person could have written, and where each of its parts came to stand.
//!
//! A column, a constraint, a rule is one line; a text of several lines is a block.

use super::draft::{At, Draft};
use serde_json::{Map, Value};
use std::ops::Range;

/// A file of the declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Written {
    /// Its path in the folder.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
    /// Where each key with its value stands, outer ones first.
    parts: Vec<(Range<usize>, At)>,
}

impl Written {
    /// The innermost part at a place.
    pub(super) fn part(&self, place: usize) -> Option<&At> {
        let holds = |(range, _): &&(Range<usize>, At)| range.contains(&place);
        let found = self.parts.iter().filter(holds);
        found.max_by_key(|(_, at)| at.len()).map(|(_, at)| at)
    }
}

/// The longest line of a mapping that stands on one.
const WIDTH: usize = 150;

/// The files of a declaration: the settings, the kinds, the tables of each topic, the rest.
pub(super) fn files(draft: &Draft) -> Vec<Written> {
    let mut files: Vec<(String, &'static str, Map<String, Value>)> = Vec::new();
    let mut put =
        |path: &str, doc: &'static str, section: &str, name: Option<&str>, value: &Value| {
            let at = match files.iter().position(|(other, ..)| other == path) {
                Some(at) => at,
                None => {
                    files.push((path.to_owned(), doc, Map::new()));
                    files.len() - 1
                }
            };
            let file = &mut files[at].2;
            match name {
                None => drop(file.insert(section.to_owned(), value.clone())),
                Some(name) => {
                    let section = file.entry(section.to_owned());
                    let section = section.or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(section) = section {
                        section.insert(name.to_owned(), value.clone());
                    }
                }
            }
        };
    for (section, value) in &draft.root {
        let Value::Object(entries) = value else {
            put("app.yaml", "", section, None, value);
            continue;
        };
        for (name, entry) in entries {
            match section.as_str() {
                "enums" | "domains" => {
                    put(
                        "kinds.yaml",
                        "Named kinds: what several columns hold.",
                        section,
                        Some(name),
                        entry,
                    );
                }
                "tables" => {
                    let topic = draft.topic(name);
                    put(&format!("{topic}.yaml"), "", section, Some(name), entry);
                }
                "views" => put(
                    "views.yaml",
                    "What is read from several tables, or a part of one.",
                    section,
                    Some(name),
                    entry,
                ),
                "streams" => put("sync.yaml", "What devices get.", section, Some(name), entry),
                "sql" => put(
                    "server.yaml",
                    "What Postgres does beside keeping rows.",
                    section,
                    Some(name),
                    entry,
                ),
                _ => put("app.yaml", "", section, Some(name), entry),
            }
        }
    }
    let written = files.into_iter().map(|(path, doc, root)| {
        let mut out = Out {
            written: Written {
                path,
                ..Written::default()
            },
        };
        if !doc.is_empty() {
            out.written.text += &format!("# {doc}\n");
        }
        out.sections(&root);
        out.written
    });
    written.collect()
}

struct Out {
    written: Written,
}

impl Out {
    fn text(&mut self) -> &mut String {
        &mut self.written.text
    }

    fn sections(&mut self, root: &Map<String, Value>) {
        let mut first = true;
        for (key, value) in root {
            if matches!(value, Value::Object(_)) && !first {
                self.text().push('\n');
            }
            first = false;
            let at = vec![key.clone()];
            let start = self.written.text.len();
            self.text().push_str(&format!("{key}:"));
            match (key.as_str(), value) {
                ("tables" | "sql" | "views", Value::Object(entries)) => {
                    self.text().push('\n');
                    for (index, (name, entry)) in entries.iter().enumerate() {
                        if index > 0 {
                            self.text().push('\n');
                        }
                        self.entry(&at, name, entry, 2, true);
                    }
                }
                (_, Value::Object(entries)) => {
                    self.text().push('\n');
                    for (name, entry) in entries {
                        self.entry(&at, name, entry, 2, false);
                    }
                }
                _ => self.value(&at, value, 0, false),
            }
            self.part(start, at);
        }
    }

    /// A key and its value on the lines of a mapping.
    fn entry(&mut self, outer: &At, key: &str, value: &Value, indent: usize, block: bool) {
        let at = [outer.as_slice(), &[key.to_owned()]].concat();
        let start = self.written.text.len();
        let blanks = " ".repeat(indent);
        self.text()
            .push_str(&format!("{blanks}{}:", scalar(key, true)));
        self.value(&at, value, indent, block);
        self.part(start, at);
    }

    /// What follows a key, to the end of its last line.
    fn value(&mut self, at: &At, value: &Value, indent: usize, block: bool) {
        let value = &shortened(at, value);
        let as_block = |value: &Value| block || self.is_wide(at, value, indent);
        match value {
            Value::String(text) if text.contains('\n') && is_literal(text) => {
                self.text().push_str(" |\n");
                for line in text.trim_end().lines() {
                    let blanks = if line.is_empty() { 0 } else { indent + 2 };
                    let line = format!("{}{line}\n", " ".repeat(blanks));
                    self.text().push_str(&line);
                }
            }
            Value::Object(entries) if !entries.is_empty() && as_block(value) => {
                self.text().push('\n');
                for (key, value) in entries {
                    self.entry(at, key, value, indent + 2, is_block(at, key));
                }
            }
            _ => {
                self.text().push(' ');
                self.flow(at, value, false);
                self.text().push('\n');
            }
        }
    }

    /// Whether a mapping does not fit on a line.
    fn is_wide(&self, at: &At, value: &Value, indent: usize) -> bool {
        let mut out = Self {
            written: Written::default(),
        };
        out.flow(at, value, false);
        let has_lines = |value: &Value| value.as_str().is_some_and(|text| text.contains('\n'));
        let Value::Object(entries) = value else {
            return false;
        };
        // A column and what is in a list of constraints is one line.
        let is_column = at.len() == 4 && at[2] == "columns";
        entries.values().any(has_lines) || (out.written.text.len() + indent > WIDTH && !is_column)
    }

    fn flow(&mut self, at: &At, value: &Value, inside: bool) {
        match value {
            Value::Null => self.text().push_str("null"),
            Value::Bool(truth) => self.text().push_str(if *truth { "true" } else { "false" }),
            Value::Number(number) => self.text().push_str(&number.to_string()),
            Value::String(text) => self.text().push_str(&scalar(text, inside)),
            Value::Array(items) => {
                self.text().push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.text().push_str(", ");
                    }
                    self.flow(at, item, true);
                }
                self.text().push(']');
            }
            Value::Object(entries) => {
                self.text().push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        self.text().push_str(", ");
                    }
                    let at = [at.as_slice(), std::slice::from_ref(key)].concat();
                    let start = self.written.text.len();
                    self.text().push_str(&format!("{}: ", scalar(key, true)));
                    self.flow(&at, value, true);
                    self.part(start, at);
                }
                self.text().push('}');
            }
        }
    }

    fn part(&mut self, start: usize, at: At) {
        let end = self.written.text.len();
        self.written.parts.push((start..end, at));
    }
}

/// The keys of a column in the order in which people write them.
const OF_COLUMN: [&str; 25] = [
    "kind",
    "client_name",
    "key",
    "identity",
    "nullable",
    "server",
    "uploads",
    "copied",
    "by",
    "default",
    "client_default",
    "generated",
    "on",
    "secret",
    "immutable",
    "unique",
    "references",
    "on_delete",
    "on_update",
    "deferrable",
    "enforced",
    "check",
    "role",
    "deprecated",
    "doc",
];

/// A column with its keys in order, or nothing but its kind; a table with its names in front.
fn shortened(at: &At, value: &Value) -> Value {
    let is_column = at.len() == 4 && at[0] == "tables" && at[2] == "columns";
    let Value::Object(entries) = value else {
        return value.clone();
    };
    let is_table = at.len() == 2 && at[0] == "tables";
    if is_table && entries.contains_key("client_name") {
        let is_first = |key: &&String| matches!(key.as_str(), "doc" | "sync" | "client_name");
        let (mut first, rest): (Vec<&String>, Vec<&String>) = entries.keys().partition(is_first);
        first.extend(rest);
        let ordered = first.into_iter();
        let ordered = ordered.map(|key| (key.clone(), entries[key].clone()));
        return Value::Object(ordered.collect());
    }
    if !is_column {
        return value.clone();
    }
    if let (1, Some(kind)) = (entries.len(), entries.get("kind")) {
        return kind.clone();
    }
    let place = |key: &str| OF_COLUMN.iter().position(|one| *one == key);
    let mut keys: Vec<&String> = entries.keys().collect();
    keys.sort_by_key(|key| place(key).unwrap_or(OF_COLUMN.len()));
    let ordered = keys
        .into_iter()
        .map(|key| (key.clone(), entries[key].clone()));
    Value::Object(ordered.collect())
}

/// Whether the value of a key of a table stands on lines of its own.
fn is_block(at: &At, key: &str) -> bool {
    let is_table = at.len() == 2 && at[0] == "tables";
    is_table
        && matches!(
            key,
            "columns" | "uniques" | "exclude" | "foreign_keys" | "indexes" | "checks"
        )
}

/// Whether a text of several lines can stand as a block, unchanged.
fn is_literal(text: &str) -> bool {
    let is_plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    text.chars().all(is_plain)
        && !text.starts_with([' ', '\n', '\t'])
        && text.ends_with('\n')
        && !text.ends_with("\n\n")
        && text.lines().all(|line| line.trim_end() == line)
}

/// A text on one line: plain where every reader of YAML takes it for that text, else in double quotes.
fn scalar(text: &str, inside: bool) -> String {
    match is_plain(text, inside) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            c if c.is_control() || ('\u{7f}'..='\u{a0}').contains(&c) || is_hidden(c) => {
                let code = u32::from(c);
                out += &match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Marks that a reader does not see.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn is_plain(text: &str, inside: bool) -> bool {
    let words = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan",
    ];
    let lower = text.to_lowercase();
    if text == "on" && inside {
        return true;
    }
    let first = text.chars().next().unwrap_or(' ');
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'))
        || (first == '.' && !text.starts_with("../"));
    let good = |c: char| {
        !c.is_control() && !is_hidden(c) && c != '\u{a0}' && !('\u{7f}'..='\u{9f}').contains(&c)
    };
    !words.contains(&lower.as_str())
        && !is_number
        && text.trim() == text
        && text.chars().all(good)
        && !"!&*?|>@`\"'%#{}[],:=<".contains(first)
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && !(inside && text.contains([',', '[', ']', '{', '}']))
        && !(inside && text.contains(':') && text.contains("::"))
        && text.len() < 4000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_plain_only_where_no_reader_takes_it_for_something_else() {
        for (text, written) in [
            ("open", "open"),
            ("length(title) > 0", "length(title) > 0"),
            ("no", "\"no\""),
            ("1.0", "\"1.0\""),
            ("a: b", "\"a: b\""),
            ("a\nb", "\"a\\nb\""),
            ("\u{202e}x", "\"\\u202ex\""),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(text, false), written);
        }
        assert_eq!(scalar("a, b", true), "\"a, b\"");
        assert_eq!(scalar("a, b", false), "a, b");
    }
}
