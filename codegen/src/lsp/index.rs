//! Every place of a declaration that names a table, a column, a scope, an enum, a domain or a stream, and every key.
//!
//! The trees are walked along the table of keys. What a text means follows from the key that it is the value of.

use super::expression::{self, Names};
use super::symbol::{Occurrence, Symbol};
use crate::declaration::{FILE, KeySpec, Section, Shape};
use crate::diagnostic::{FileId, Sources, Span};
use crate::source::{Key, Node, SourceFile, Value, locate};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What a declaration names, and where.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By file and place.
    occurrences: Vec<Occurrence>,
    keys: Vec<(Span, &'static KeySpec)>,
}

/// The names that are declared.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) tables: BTreeMap<String, Vec<String>>,
    pub(super) scopes: BTreeSet<String>,
    pub(super) enums: BTreeSet<String>,
    pub(super) domains: BTreeSet<String>,
}

impl Names for Declared {
    fn is_table(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    fn is_column(&self, table: &str, name: &str) -> bool {
        let columns = self.tables.get(table);
        columns.is_some_and(|columns| columns.iter().any(|column| column == name))
    }

    fn is_scope(&self, name: &str) -> bool {
        self.scopes.contains(name)
    }
}

impl Index {
    pub(super) fn new(files: &[SourceFile], sources: &Sources) -> Self {
        let mut walk = Walk {
            sources,
            declared: Declared::of(files),
            occurrences: Vec::new(),
            keys: Vec::new(),
        };
        for file in files {
            let top = Around {
                section: "",
                key: "",
                table: None,
            };
            walk.value(&file.root, &FILE, top);
        }
        walk.occurrences.sort_by_key(|one| one.span);
        walk.occurrences.dedup();
        Self {
            occurrences: walk.occurrences,
            keys: walk.keys,
        }
    }

    /// The symbol whose name is at a byte, or ends there.
    pub(super) fn at(&self, file: FileId, offset: usize) -> Option<&Occurrence> {
        let holds = |span: Span| {
            span.file == file && span.start as usize <= offset && offset <= span.end as usize
        };
        self.occurrences.iter().find(|one| holds(one.span))
    }

    /// The key at a byte.
    pub(super) fn key_at(&self, file: FileId, offset: usize) -> Option<(Span, &'static KeySpec)> {
        let holds = |span: Span| {
            span.file == file && span.start as usize <= offset && offset <= span.end as usize
        };
        self.keys.iter().find(|(span, _)| holds(*span)).copied()
    }

    /// All places that name a symbol, where it is declared included.
    pub(super) fn of<'i>(&'i self, symbol: &'i Symbol) -> impl Iterator<Item = &'i Occurrence> {
        self.occurrences
            .iter()
            .filter(move |one| one.symbol == *symbol)
    }

    /// Where a symbol is declared.
    pub(super) fn declaration(&self, symbol: &Symbol) -> Option<&Occurrence> {
        let mut all = self.occurrences.iter();
        all.find(|one| one.declares.is_some() && one.symbol == *symbol)
    }
}

impl Declared {
    /// The names of the sections, whatever else is wrong with them.
    pub(super) fn of(files: &[SourceFile]) -> Self {
        let mut found = Self::default();
        for file in files {
            for (table, node) in entries(&file.root, "tables") {
                let columns = entries(node, "columns").iter();
                let columns = columns.map(|(key, _)| key.text.clone());
                let table = found.tables.entry(table.text.clone()).or_default();
                table.extend(columns);
            }
            let names = |section| {
                let entries = entries(&file.root, section).iter();
                entries.map(|(key, _)| key.text.clone())
            };
            found.scopes.extend(names("scopes"));
            found.enums.extend(names("enums"));
            found.domains.extend(names("domains"));
        }
        found
    }

    /// Adds what was declared before, for files that cannot be read at the moment.
    pub(super) fn or_before(mut self, before: Self) -> Self {
        for (table, columns) in before.tables {
            self.tables.entry(table).or_insert(columns);
        }
        self.scopes.extend(before.scopes);
        self.enums.extend(before.enums);
        self.domains.extend(before.domains);
        self
    }
}

/// What is written in a section; nothing where it is not a mapping.
fn entries<'n>(node: &'n Node, section: &str) -> &'n [(Key, Node)] {
    match node.get(section).map(|node| &node.value) {
        Some(Value::Mapping(entries)) => entries,
        _ => &[],
    }
}

/// Where a value is: the key that it is under, and the table whose columns it may name.
#[derive(Clone, Copy)]
struct Around<'n> {
    section: &'static str,
    key: &'static str,
    table: Option<&'n str>,
}

struct Walk<'a> {
    sources: &'a Sources,
    declared: Declared,
    occurrences: Vec<Occurrence>,
    keys: Vec<(Span, &'static KeySpec)>,
}

impl Walk<'_> {
    fn value<'n>(&mut self, node: &'n Node, shape: &'static Shape, around: Around<'n>) {
        match (&node.value, shape) {
            (_, Shape::Nullable(inner)) => self.value(node, inner, around),
            (_, Shape::Any(shapes)) => {
                if let Some(shape) = shapes.iter().find(|shape| fits(shape, node)) {
                    self.value(node, shape, around);
                }
            }
            (Value::Mapping(entries), Shape::Section(section)) => {
                self.section(entries, section, around);
            }
            (Value::Mapping(entries), Shape::Map(inner)) => {
                for (key, value) in entries {
                    let below = self.named(key, value, around);
                    self.value(value, inner, below);
                }
            }
            (Value::Mapping(entries), Shape::WordMap(_, inner)) => {
                for (_, value) in entries {
                    self.value(value, inner, around);
                }
            }
            (Value::Sequence(items), Shape::List(inner)) => {
                for item in items {
                    self.value(item, inner, around);
                }
            }
            (Value::Scalar { text, .. }, _) => self.text(node, text, shape, around),
            (Value::Mapping(_) | Value::Sequence(_) | Value::Refused, _) => {}
        }
    }

    fn section<'n>(
        &mut self,
        entries: &'n [(Key, Node)],
        section: &'static Section,
        around: Around<'n>,
    ) {
        let mut around = around;
        // The expressions of a view are about the rows of the table that it is from.
        if section.name == "view" {
            around.table = entries.iter().find_map(|(key, node)| match &node.value {
                Value::Scalar { text, .. } if key.text == "from" => Some(text.as_str()),
                _ => None,
            });
        }
        for (key, value) in entries {
            let Some(spec) = section.key(&key.text) else {
                continue;
            };
            self.keys.push((key.span, spec));
            let below = Around {
                section: section.name,
                key: spec.name,
                ..around
            };
            self.value(value, &spec.shape, below);
        }
    }

    /// What a name of the user's choice is, and where its value is.
    fn named<'n>(&mut self, key: &'n Key, value: &Node, around: Around<'n>) -> Around<'n> {
        let name = key.text.clone();
        let mut below = around;
        let symbol = match (around.section, around.key, around.table) {
            ("declaration", "tables", _) => {
                below.table = Some(&key.text);
                Symbol::Table(name)
            }
            ("declaration", "scopes", _) => Symbol::Scope(name),
            ("declaration", "enums", _) => Symbol::Enum(name),
            ("declaration", "domains", _) => Symbol::Domain(name),
            ("declaration", "streams", _) => Symbol::Stream(name),
            ("table", "columns", Some(table)) => Symbol::Column(table.to_owned(), name),
            ("stream", "tables", _) => {
                below.table = Some(&key.text);
                if self.declared.is_table(&name) {
                    self.push(key.span, &key.text, 0..name.len(), Symbol::Table(name));
                }
                return below;
            }
            _ => return below,
        };
        let span = locate(self.sources, key.span, &key.text, 0..key.text.len());
        self.occurrences.push(Occurrence {
            span,
            symbol,
            declares: Some(value.span),
        });
        below
    }

    /// What a text names: an expression by its words, another one by the key that it is the value of.
    fn text(&mut self, node: &Node, text: &str, shape: &Shape, around: Around<'_>) {
        match (shape, around.section, around.key) {
            (Shape::Expr, ..) => {
                for (range, symbol) in expression::names(text, around.table, &self.declared) {
                    self.push(node.span, text, range, symbol);
                }
            }
            (Shape::Kind, ..) => {
                for word in words(text) {
                    let name = &text[word.clone()];
                    if self.declared.enums.contains(name) {
                        let symbol = Symbol::Enum(name.to_owned());
                        self.push(node.span, text, word, symbol);
                    } else if self.declared.domains.contains(name) {
                        let symbol = Symbol::Domain(name.to_owned());
                        self.push(node.span, text, word, symbol);
                    }
                }
            }
            (_, "column" | "foreign_key" | "bucket", "references") | (_, "column", "copied") => {
                self.reference(node, text);
            }
            (_, "sql", "needs") => self.needs(node, text),
            (Shape::Name, "view", "from" | "reads")
            | (Shape::Name, "target" | "stream", "tables")
                if self.declared.is_table(text) =>
            {
                let symbol = Symbol::Table(text.to_owned());
                self.push(node.span, text, 0..text.len(), symbol);
            }
            (
                Shape::Name,
                "table" | "key" | "unique" | "exclusion" | "exclusion_element" | "index"
                | "index_part" | "foreign_key" | "column" | "id" | "recipe_part" | "client",
                "key" | "columns" | "upsert_on" | "uniques" | "exclude" | "on" | "range"
                | "indexes" | "column" | "by" | "join" | "uuid_v5" | "track_previous",
            ) => {
                // An index may say `title desc`.
                let name = text.split(' ').next().unwrap_or_default();
                if let Some(table) = around.table
                    && self.declared.is_column(table, name)
                {
                    let symbol = Symbol::Column(table.to_owned(), name.to_owned());
                    self.push(node.span, text, 0..name.len(), symbol);
                }
            }
            _ => {}
        }
    }

    /// `lists.id`, `orders(org_id, number)`.
    fn reference(&mut self, node: &Node, text: &str) {
        let mut words = words(text).into_iter();
        let Some(first) = words.next() else {
            return;
        };
        let table = text[first.clone()].to_owned();
        if !self.declared.is_table(&table) {
            return;
        }
        self.push(node.span, text, first, Symbol::Table(table.clone()));
        for word in words {
            let name = &text[word.clone()];
            if self.declared.is_column(&table, name) {
                let symbol = Symbol::Column(table.clone(), name.to_owned());
                self.push(node.span, text, word, symbol);
            }
        }
    }

    /// A table, `table.column`, an enum or a domain.
    fn needs(&mut self, node: &Node, text: &str) {
        let symbol = if self
            .declared
            .is_table(text.split('.').next().unwrap_or_default())
        {
            return self.reference(node, text);
        } else if self.declared.enums.contains(text) {
            Symbol::Enum(text.to_owned())
        } else if self.declared.domains.contains(text) {
            Symbol::Domain(text.to_owned())
        } else {
            return;
        };
        self.push(node.span, text, 0..text.len(), symbol);
    }

    fn push(&mut self, scalar: Span, text: &str, range: Range<usize>, symbol: Symbol) {
        let span = locate(self.sources, scalar, text, range);
        // A text that does not say the name as it is, such as one with an escape, cannot be edited in place.
        if self.sources.slice(span) == symbol.name() {
            self.occurrences.push(Occurrence {
                span,
                symbol,
                declares: None,
            });
        }
    }
}

/// Whether a value can be of this shape.
fn fits(shape: &Shape, node: &Node) -> bool {
    match (shape, &node.value) {
        (Shape::Nullable(inner), _) => fits(inner, node),
        (Shape::Any(shapes), _) => shapes.iter().any(|shape| fits(shape, node)),
        (Shape::Section(section), Value::Mapping(entries)) => entries
            .iter()
            .all(|(key, _)| section.key(&key.text).is_some()),
        (Shape::Map(_) | Shape::WordMap(..), Value::Mapping(_)) => true,
        (Shape::List(_), Value::Sequence(_)) => true,
        (Shape::Words(words), Value::Scalar { text, .. }) => words.contains(&&**text),
        (Shape::Bool, Value::Scalar { text, .. }) => ["true", "false"].contains(&&**text),
        (
            Shape::Section(_) | Shape::Map(_) | Shape::WordMap(..) | Shape::List(_),
            Value::Scalar { .. },
        ) => false,
        (_, Value::Scalar { .. }) => true,
        (_, Value::Mapping(_) | Value::Sequence(_) | Value::Refused) => false,
    }
}

/// The words of a text that can be names.
fn words(text: &str) -> Vec<Range<usize>> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut at = 0;
    for part in text.split(|c| !is_word(c)) {
        if !part.is_empty() {
            found.push(at..at + part.len());
        }
        at += part.len()
            + text[at + part.len()..]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
    }
    found
}
