//! A sync config as it is written: its streams or its bucket definitions, each query with its place.

use crate::diagnostic::{Diagnostics, Sources, Span};
use crate::source::{Node, Value, parse};
use std::collections::BTreeMap;

/// A sync config that an app has.
#[derive(Debug, Default)]
pub struct SyncConfig {
    /// Its text, for places in it.
    pub sources: Sources,
    /// Where it starts.
    pub(super) start: Option<Span>,
    pub(super) definitions: Vec<Definition>,
    /// Parts that mean nothing here, each with what it is.
    pub(super) unknown: Vec<(Span, String)>,
}

/// Which of the two dialects a definition is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Stream,
    Bucket,
}

impl Form {
    /// What a person calls it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Bucket => "bucket",
        }
    }
}

/// A stream or a bucket.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) form: Form,
    pub(super) name: String,
    /// Whether every device gets it without asking.
    pub(super) automatic: bool,
    pub(super) priority: Option<u64>,
    /// Named queries that its own may use.
    pub(super) with: BTreeMap<String, String>,
    /// Of a bucket: who gets it, by which parameters.
    pub(super) parameters: Vec<Text>,
    pub(super) queries: Vec<Text>,
}

/// A text with its place.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) span: Span,
}

impl SyncConfig {
    /// Reads a sync config; `path` is how messages call it.
    ///
    /// # Errors
    /// A text that is no YAML, or neither streams nor bucket definitions.
    pub fn read(path: &str, text: &str) -> Result<Self, String> {
        let mut config = Self::default();
        let file = config.sources.add(path, text);
        let file = file.map_err(|refused| refused.message)?;
        let mut cx = Diagnostics::new();
        let node = parse(file, text, &mut cx);
        let found = cx.into_sorted();
        let root = match (node, found.first()) {
            (Some(node), None) => node,
            (_, Some(first)) => return Err(first.message.clone()),
            (None, None) => return Err("it is empty".to_owned()),
        };
        let Value::Mapping(entries) = &root.value else {
            return Err(format!("it is {}", root.describe()));
        };
        let shared = root.get("with").map(named).unwrap_or_default();
        for (key, node) in entries {
            let form = match key.text.as_str() {
                "streams" => Form::Stream,
                "bucket_definitions" => Form::Bucket,
                "config" | "with" | "event_definitions" => continue,
                other => {
                    let what = format!("`{other}` is not a key of a sync config");
                    config.unknown.push((key.span, what));
                    continue;
                }
            };
            config.start.get_or_insert(key.span);
            let Value::Mapping(definitions) = &node.value else {
                return Err(format!("`{}` is {}", key.text, node.describe()));
            };
            for (name, node) in definitions {
                let definition = config.definition(form, &name.text, node, &shared);
                config.definitions.push(definition);
            }
        }
        match config.start {
            Some(_) => Ok(config),
            None => Err("it has neither `streams` nor `bucket_definitions`".to_owned()),
        }
    }

    fn definition(
        &mut self,
        form: Form,
        name: &str,
        node: &Node,
        shared: &BTreeMap<String, String>,
    ) -> Definition {
        let mut definition = Definition {
            form,
            name: name.to_owned(),
            automatic: form == Form::Bucket,
            priority: None,
            with: shared.clone(),
            parameters: Vec::new(),
            queries: Vec::new(),
        };
        let Value::Mapping(entries) = &node.value else {
            let what = format!("`{name}` is {}", node.describe());
            self.unknown.push((node.span, what));
            return definition;
        };
        for (key, node) in entries {
            match (form, key.text.as_str()) {
                (Form::Stream, "query" | "queries") | (Form::Bucket, "data") => {
                    definition.queries.extend(texts(node));
                }
                (Form::Bucket, "parameters") => definition.parameters.extend(texts(node)),
                (Form::Stream, "with") => definition.with.extend(named(node)),
                (Form::Stream, "auto_subscribe") => {
                    definition.automatic = scalar(node) == Some("true");
                }
                (_, "priority") => {
                    definition.priority = scalar(node).and_then(|text| text.parse().ok());
                }
                (_, "accept_potentially_dangerous_queries") => {}
                (_, other) => {
                    let what = format!("`{other}` is not a key of a {}", form.word());
                    self.unknown.push((key.span, what));
                }
            }
        }
        definition
    }
}

fn scalar(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// One text, or a list of them.
fn texts(node: &Node) -> Vec<Text> {
    match &node.value {
        Value::Scalar { text, .. } => vec![Text {
            text: text.clone(),
            span: node.span,
        }],
        Value::Sequence(items) => items.iter().flat_map(texts).collect(),
        Value::Mapping(_) | Value::Refused => Vec::new(),
    }
}

fn named(node: &Node) -> BTreeMap<String, String> {
    let Value::Mapping(entries) = &node.value else {
        return BTreeMap::new();
    };
    let named = entries.iter().filter_map(|(key, node)| {
        let text = scalar(node)?.to_owned();
        Some((key.text.to_lowercase(), text))
    });
    named.collect()
}
