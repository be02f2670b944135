//! A deployed sync config beside the generated one: as YAML values, so that comments and the form of a text do not count.

use super::Verified;
use crate::diagnostic::{Diagnostics, Sources};
use crate::model::Model;
use crate::source::{Node, Value, parse};
use crate::targets::powersync::TARGET;
use std::collections::BTreeMap;

/// The files that the target writes, each with a key that only this one has.
const FILES: [(&str, &str); 2] = [
    ("sync-rules.yaml", "bucket_definitions"),
    ("sync-config.yaml", "streams"),
];

/// Compares a sync config with the generated one of the same dialect.
///
/// # Errors
///
/// A text that is no YAML, or no sync config.
pub fn sync_config(text: &str, model: &Model) -> Result<Verified, String> {
    let deployed = tree(text)?;
    let (file, _) = *FILES
        .iter()
        .find(|(_, key)| deployed.get(key).is_some())
        .ok_or("it has neither `streams` nor `bucket_definitions`")?;
    let generated = (TARGET.emit)(model);
    let generated = generated
        .get(file)
        .ok_or_else(|| format!("the target `powersync` does not write `{file}`"))?;
    let (wanted, found) = (facts(&tree(&generated)?), facts(&deployed));
    let mut paths: Vec<&String> = wanted.keys().chain(found.keys()).collect();
    paths.sort();
    paths.dedup();
    let differences: Vec<String> = paths
        .into_iter()
        .filter(|path| wanted.get(*path) != found.get(*path))
        .map(|path| match (wanted.get(path), found.get(path)) {
            (Some(wanted), None) => format!("{path}: `{wanted}` is missing"),
            (None, Some(found)) => format!("{path}: `{found}` is unexpected"),
            (wanted, found) => format!(
                "{path}: `{}` instead of `{}`",
                found.map_or("", String::as_str),
                wanted.map_or("", String::as_str)
            ),
        })
        .collect();
    let (told, advice) = match differences.is_empty() {
        true => ("the sync config is what is declared", Vec::new()),
        false => (
            "the sync config is not what is declared",
            vec![format!("deploy the generated `{file}`")],
        ),
    };
    Ok(Verified {
        system: "sync config",
        told: told.to_owned(),
        differences,
        not_managed: Vec::new(),
        advice,
    })
}

fn tree(text: &str) -> Result<Node, String> {
    let mut sources = Sources::new();
    let file = sources
        .add("sync config", text)
        .map_err(|refused| refused.message)?;
    let mut cx = Diagnostics::new();
    let node = parse(file, text, &mut cx);
    let found = cx.into_sorted();
    match (node, found.first()) {
        (Some(node), None) => Ok(node),
        (_, Some(first)) => Err(first.message.clone()),
        (None, None) => Err("it is empty".to_owned()),
    }
}

/// Every value by its path; blanks between the words of a value do not count.
fn facts(node: &Node) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    walk("", node, &mut facts);
    facts
}

fn walk(path: &str, node: &Node, facts: &mut BTreeMap<String, String>) {
    let inside = |key: &str| match path.is_empty() {
        true => key.to_owned(),
        false => format!("{path}.{key}"),
    };
    match &node.value {
        Value::Mapping(entries) => {
            for (key, value) in entries {
                walk(&inside(&key.text), value, facts);
            }
        }
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(&inside(&(index + 1).to_string()), item, facts);
            }
        }
        Value::Scalar { text, .. } => {
            let words: Vec<&str> = text.split_whitespace().collect();
            facts.insert(path.to_owned(), words.join(" "));
        }
        Value::Refused => {}
    }
}
