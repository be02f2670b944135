//! What can be written at the cursor: keys and words from the table of keys, and the names of the declaration.

use super::cursor::Cursor;
use super::index::Declared;
use crate::declaration::{FILE, KeySpec, Shape};
use serde_json::{Value, json};
use synctable::Scalar;

/// Calls that an expression can have.
const CALLS: [&str; 5] = [
    "auth.user_id()",
    "auth.claim('')",
    "now()",
    "today()",
    "uuid()",
];

/// The kinds of an item, by the numbers of the protocol.
mod item {
    pub(super) const FUNCTION: u8 = 3;
    pub(super) const FIELD: u8 = 5;
    pub(super) const CLASS: u8 = 7;
    pub(super) const PROPERTY: u8 = 10;
    pub(super) const VALUE: u8 = 12;
    pub(super) const ENUM: u8 = 13;
    pub(super) const SET: u8 = 21;
}

/// The items for a cursor, most useful first.
pub(super) fn completion(cursor: &Cursor, declared: &Declared) -> Vec<Value> {
    let mut shape = Some(&FILE);
    for step in &cursor.path {
        shape = shape.and_then(|shape| shape.below(step));
    }
    let mut found = Items {
        cursor,
        declared,
        items: Vec::new(),
    };
    let path: Vec<&str> = cursor.path.iter().map(String::as_str).collect();
    if let Some(shape) = shape {
        match cursor.is_key {
            true => found.keys(shape, &path),
            false => found.values(shape, &path),
        }
    }
    found.items
}

struct Items<'a> {
    cursor: &'a Cursor,
    declared: &'a Declared,
    items: Vec<Value>,
}

impl Items<'_> {
    fn push(&mut self, label: &str, kind: u8, detail: &str) {
        let order = format!("{:04}", self.items.len());
        if !self.items.iter().any(|item| item["label"] == label) {
            self.items.push(json!({
                "label": label,
                "kind": kind,
                "detail": detail,
                "insertText": label,
                "sortText": order,
            }));
        }
    }

    fn key(&mut self, spec: &KeySpec) {
        if self.cursor.beside.iter().any(|key| key == spec.name) {
            return;
        }
        let detail = match spec.default {
            Some(default) => format!("{} Default: {default}.", spec.doc),
            None => spec.doc.to_owned(),
        };
        self.push(spec.name, item::PROPERTY, &detail);
        if let Some(item) = self
            .items
            .last_mut()
            .filter(|item| item["label"] == spec.name)
        {
            item["insertText"] = format!("{}: ", spec.name).into();
        }
    }

    /// The keys of a mapping.
    fn keys(&mut self, shape: &Shape, path: &[&str]) {
        match shape {
            Shape::Section(section) => {
                let (required, other): (Vec<_>, Vec<_>) =
                    section.keys.iter().partition(|key| key.required);
                for spec in required.into_iter().chain(other) {
                    self.key(spec);
                }
            }
            Shape::WordMap(words, _) => {
                for word in *words {
                    self.push(word, item::PROPERTY, "");
                }
            }
            Shape::Map(_) if matches!(path, ["streams", _, "tables"]) => self.tables(),
            Shape::Any(shapes) => {
                for shape in *shapes {
                    self.keys(shape, path);
                }
            }
            Shape::Nullable(inner) => self.keys(inner, path),
            _ => {}
        }
    }

    /// The values of a key.
    fn values(&mut self, shape: &Shape, path: &[&str]) {
        match shape {
            Shape::Words(words) => {
                for word in *words {
                    self.push(word, item::VALUE, "");
                }
            }
            Shape::Bool => {
                self.push("true", item::VALUE, "");
                self.push("false", item::VALUE, "");
            }
            Shape::Version(version) => self.push(&version.to_string(), item::VALUE, ""),
            Shape::Kind => self.kinds(),
            Shape::Expr => self.expression(path),
            Shape::Value => {
                for call in CALLS {
                    self.push(call, item::FUNCTION, "");
                }
            }
            Shape::Name | Shape::Text => self.names(path),
            Shape::List(inner) | Shape::Nullable(inner) => self.values(inner, path),
            Shape::Any(shapes) => {
                for shape in *shapes {
                    self.values(shape, path);
                }
            }
            Shape::Sql
            | Shape::Number(..)
            | Shape::Map(_)
            | Shape::WordMap(..)
            | Shape::Section(_) => {}
        }
    }

    fn kinds(&mut self) {
        for name in Scalar::NAMES {
            self.push(name, item::CLASS, "a kind");
        }
        for name in &self.declared.enums {
            self.push(name, item::ENUM, "an enum");
        }
        for name in &self.declared.domains {
            self.push(name, item::CLASS, "a domain");
        }
    }

    fn tables(&mut self) {
        for name in self.declared.tables.keys() {
            self.push(name, item::CLASS, "a table");
        }
    }

    fn columns(&mut self, table: &str) {
        for name in self.declared.tables.get(table).into_iter().flatten() {
            self.push(name, item::FIELD, &format!("a column of `{table}`"));
        }
    }

    /// The table that an expression or a name is about, by the keys that lead there.
    fn table<'p>(path: &[&'p str]) -> Option<&'p str> {
        match path {
            ["tables", table, ..] | ["streams", _, "tables", table, ..] => Some(table),
            _ => None,
        }
    }

    fn expression(&mut self, path: &[&str]) {
        let cursor = self.cursor;
        let written = &cursor.written;
        let of = written
            .trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            .strip_suffix('.')
            .and_then(|before| {
                before
                    .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .next()
            });
        if let Some(table) = of {
            return self.columns(table);
        }
        if matches!(path, ["scopes", ..]) {
            let queried: Vec<String> = written
                .split_whitespace()
                .filter(|word| self.declared.tables.contains_key(*word))
                .map(str::to_owned)
                .collect();
            for table in queried {
                self.columns(&table);
            }
            self.tables();
        }
        if let Some(table) = Self::table(path) {
            self.columns(table);
        }
        for name in &self.declared.scopes {
            self.push(name, item::SET, "a scope");
        }
        for call in CALLS {
            self.push(call, item::FUNCTION, "");
        }
    }

    fn names(&mut self, path: &[&str]) {
        let last = path.last().copied().unwrap_or_default();
        match (path, last) {
            (["streams", _, "tables"], _) | (["targets", _, "tables"], _) => self.tables(),
            (["views", _, "from" | "reads"], _) => self.tables(),
            (_, "references" | "copied") => {
                let tables = &self.declared.tables;
                for (table, columns) in tables {
                    for column in columns {
                        self.push(&format!("{table}.{column}"), item::FIELD, "");
                    }
                }
            }
            (_, "was" | "name" | "client_name" | "schema" | "doc" | "deprecated" | "view_name") => {
            }
            (["tables", table, ..], _) => self.columns(table),
            _ => {}
        }
    }
}
