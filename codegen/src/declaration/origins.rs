//! Where what is declared stands in the text: a side table, so that the Model knows no positions.

use super::Snippet;
use super::keys::{Shape, TOP};
use crate::diagnostic::{Place, Sources, Span};
use crate::source::{Key, Node, SourceFile, Value};
use std::ops::Range;

/// The spanned trees of a declaration, asked for places on demand.
#[derive(Clone, Copy, Debug)]
pub struct Origins<'a> {
    files: &'a [SourceFile],
    sources: &'a Sources,
}

impl<'a> Origins<'a> {
    /// The origins of what [`decode`](super::decode) made of the same files.
    #[must_use]
    pub const fn new(files: &'a [SourceFile], sources: &'a Sources) -> Self {
        Self { files, sources }
    }

    /// Where the declared thing at `place` stands, or the nearest part of the way to it that is written.
    ///
    /// That is the name of what has one (a table, a column, an index), the value of a key that has a single one
    /// (`check: …`), else the key. `None` where not even the first key is written.
    #[must_use]
    pub fn span(&self, place: &Place) -> Option<Span> {
        let found = self.deepest(place.keys());
        let found = match place.other() {
            Some((first, keys)) if found.is_none_or(|(depth, _)| depth < first) => {
                self.deepest(keys)
            }
            _ => found,
        };
        found.map(|(_, span)| span)
    }

    /// How many of these keys are written, and the place of the last of them.
    fn deepest(&self, keys: &[String]) -> Option<(usize, Span)> {
        let found = self.files.iter().filter_map(|file| walk(&file.root, keys));
        found.max_by_key(|(depth, _)| *depth)
    }

    /// All that is written of the declared thing of a section: `("tables", "todos")`, its name included.
    pub fn extents(&self, section: &str, name: &str) -> impl Iterator<Item = Span> {
        self.files.iter().filter_map(move |file| {
            let Value::Mapping(entries) = &file.root.get(section)?.value else {
                return None;
            };
            let (key, node) = entries.iter().find(|(key, _)| key.text == name)?;
            Some(key.span.to(node.span))
        })
    }

    /// Where bytes of a snippet's text stand.
    #[must_use]
    pub fn snippet(&self, snippet: &Snippet, range: Range<usize>) -> Span {
        snippet.place(self.sources, range)
    }
}

/// Follows keys into a tree; how many were found, and the place of the last of them.
fn walk(root: &Node, keys: &[String]) -> Option<(usize, Span)> {
    let mut node = root;
    let mut shape = Some(&Shape::Section(&TOP));
    let mut found = None;
    for (depth, step) in keys.iter().enumerate() {
        let (key, value) = match &node.value {
            Value::Mapping(entries) => {
                let keyed = || entries.iter().find(|(key, _)| key.text == *step);
                let named = named_in(entries, &keys[..=depth]);
                let Some((key, value)) = named.or_else(keyed) else {
                    break;
                };
                (key.span, value)
            }
            Value::Sequence(items) => {
                let Some(item) = element(items, step) else {
                    break;
                };
                (item.span, item)
            }
            Value::Scalar { .. } | Value::Refused => break,
        };
        let named = shape.is_some_and(|shape| shape.names_its_keys());
        let span = match &value.value {
            Value::Scalar { text, .. } if !named && !text.is_empty() => value.span,
            _ => key,
        };
        found = Some((depth + 1, span));
        shape = shape.and_then(|shape| shape.below(step));
        node = value;
    }
    // A short form (`id: uuid`) has no keys of its own: what would stand under one is its value.
    match (&node.value, found) {
        (Value::Scalar { text, .. }, Some((depth, _)))
            if depth < keys.len() && !text.is_empty() =>
        {
            Some((depth, node.span))
        }
        _ => found,
    }
}

/// The entry of a table's section by its own name, which may start with the table's: `uniques: {one: {on: [a], name: t_one}}`.
fn named_in<'n>(entries: &'n [(Key, Node)], path: &[String]) -> Option<&'n (Key, Node)> {
    let [tables, table, _, step] = path else {
        return None;
    };
    let is_named = |node: &Node| match node.get("name").map(|name| &name.value) {
        Some(Value::Scalar { text, .. }) => text == step || *text == format!("{table}_{step}"),
        _ => false,
    };
    entries
        .iter()
        .find(|(_, node)| tables == "tables" && is_named(node))
}

/// An element of a list by its index, or by what it says: `tables: [todos]`, `key: [a, b desc]`.
fn element<'n>(items: &'n [Node], step: &str) -> Option<&'n Node> {
    let says = |node: &&Node| match &node.value {
        Value::Scalar { text, .. } => text.split(' ').next() == Some(step),
        Value::Sequence(_) | Value::Mapping(_) | Value::Refused => false,
    };
    match step.parse::<usize>() {
        Ok(at) => items.get(at),
        Err(_) => items.iter().find(says),
    }
}

impl Shape {
    /// Whether the keys of a mapping of this shape are names that the user chose.
    fn names_its_keys(&self) -> bool {
        match self {
            Self::Map(_) => true,
            Self::Any(shapes) => shapes.iter().any(Self::names_its_keys),
            Self::Text
            | Self::Name
            | Self::Kind
            | Self::Expr
            | Self::Sql
            | Self::Value
            | Self::Bool
            | Self::Version(_)
            | Self::Number(..)
            | Self::Words(_)
            | Self::List(_)
            | Self::WordMap(..)
            | Self::Section(_)
            | Self::Nullable(_) => false,
        }
    }

    /// The shape under a key or index.
    pub(crate) fn below(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(value) | Self::WordMap(_, value) | Self::List(value) => Some(value),
            Self::Nullable(inner) => inner.below(key),
            Self::Section(section) => section.key(key).map(|key| &key.shape),
            Self::Any(shapes) => shapes.iter().find_map(|shape| shape.below(key)),
            Self::Text
            | Self::Name
            | Self::Kind
            | Self::Expr
            | Self::Sql
            | Self::Value
            | Self::Bool
            | Self::Version(_)
            | Self::Number(..)
            | Self::Words(_) => None,
        }
    }
}
