//! `show` and `schema`: any stage, printed.

use super::args::STATEMENTS;
use super::{Console, Exit, statements};
use crate::declaration::json_schema as declaration_schema;
use crate::diagnostic::{Complaints, Diagnostics, Sources};
use crate::model::{FORMAT, Model, json_schema as model_schema};
use crate::outputs::beside;
use crate::reach::Reach;
use crate::reading::{Reading, read_within};
use crate::source::{self, Node, Style, Value as Yaml};
use crate::targets::{Beside, TARGETS, Target};
use serde_json::{Map, Value, json};
use std::path::Path;

pub(super) fn json_schema(of: &str, console: &mut Console) -> Exit {
    console.json(&match of {
        "model" => model_schema(),
        _ => declaration_schema(),
    });
    Exit::Fine
}

pub(super) fn show(
    manifest: &Path,
    reach: Reach,
    what: &str,
    table: Option<&str>,
    console: &mut Console,
) -> Exit {
    if let (Some(table), true) = (table, what != STATEMENTS) {
        console.complain(&format!("`show {what}` takes no table, such as `{table}`"));
        return Exit::Usage;
    }
    if what == "declaration" {
        return declaration(manifest, console);
    }
    let reading = read_within(manifest, reach);
    let Some(model) = &reading.model else {
        console.report(&reading.diagnostics, &reading.sources, None, Map::new());
        return Exit::of(&reading.diagnostics);
    };
    if what == STATEMENTS {
        return statements::show(model, table, console);
    }
    match TARGETS.iter().find(|target| target.name == what) {
        Some(target) => view(target, manifest, &reading, model, console),
        None => {
            console.json(&json!({"format": FORMAT, "model": model}));
            Exit::Fine
        }
    }
}

/// What one target makes of the model, whether or not the declaration asks for it.
fn view(
    target: &Target,
    manifest: &Path,
    reading: &Reading,
    model: &Model,
    console: &mut Console,
) -> Exit {
    let mut complaints = Complaints::new();
    (target.admit)(model, &mut complaints);
    let mut cx = Diagnostics::new();
    complaints.resolve(|_| None, &mut cx);
    let beside = match cx.is_clean() {
        true => beside(manifest, reading, model, &mut cx),
        false => Beside::default(),
    };
    let found = cx.into_sorted();
    if Exit::of(&found) != Exit::Fine {
        console.report(&found, &reading.sources, None, Map::new());
        return Exit::of(&found);
    }
    let tree = target.tree(model, &beside);
    if console.is_json() {
        let files: Map<String, Value> = tree
            .iter()
            .map(|(path, text)| (path.to_owned(), text.into()))
            .collect();
        console.json(&json!({"format": 1, "target": target.name, "files": files}));
    } else {
        for (index, (path, text)) in tree.iter().enumerate() {
            let gap = if index > 0 { "\n" } else { "" };
            console.out(&format!("{gap}==> {path} <==\n{text}"));
        }
    }
    Exit::Fine
}

/// The declaration with its sections joined over all files, short forms as they are written.
fn declaration(manifest: &Path, console: &mut Console) -> Exit {
    let mut sources = Sources::new();
    let mut cx = Diagnostics::new();
    let files = source::load(manifest, &mut sources, &mut cx);
    let found = cx.into_sorted();
    if Exit::of(&found) != Exit::Fine {
        console.report(&found, &sources, None, Map::new());
        return Exit::of(&found);
    }
    let mut joined = Map::new();
    for file in &files {
        let Value::Object(sections) = json(&file.root) else {
            continue;
        };
        for (name, section) in sections {
            match (joined.get_mut(&name), section) {
                (Some(Value::Object(known)), Value::Object(section)) => known.extend(section),
                (_, section) => {
                    joined.insert(name, section);
                }
            }
        }
    }
    console.json(&json!({"format": 1, "declaration": joined}));
    Exit::Fine
}

/// A tree as JSON: plain `null`, `true`, `false` and whole numbers are themselves, everything else is text.
fn json(node: &Node) -> Value {
    match &node.value {
        Yaml::Scalar { .. } if node.is_null() => Value::Null,
        Yaml::Scalar { text, style } => match (style, text.as_str()) {
            (Style::Plain, "true") => true.into(),
            (Style::Plain, "false") => false.into(),
            (Style::Plain, number) => match number.parse::<i64>() {
                Ok(value) if value.to_string() == number => value.into(),
                _ => number.into(),
            },
            (_, text) => text.into(),
        },
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, node)| (key.text.clone(), json(node)))
                .collect(),
        ),
        Yaml::Refused => Value::Null,
    }
}
