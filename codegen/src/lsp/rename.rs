//! Renaming: every place that says a name, and `was` beside the declaration, so that a migration keeps the rows.

use super::protocol::{Refused, TextEdit};
use super::symbol::{Occurrence, Symbol};
use super::workspace::Snapshot;
use crate::diagnostic::Span;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The edits that give a symbol another name, by file.
///
/// # Errors
///
/// The name is not one, or something else has it.
pub(super) fn rename(snapshot: &Snapshot, symbol: &Symbol, to: &str) -> Result<Value, Refused> {
    let is_name = to.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && to
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !is_name {
        return Err(Refused::failed(format!(
            "`{to}` is not a name: write lower-case letters, digits and `_`"
        )));
    }
    let index = snapshot.index();
    let Some(declared) = index.declaration(symbol) else {
        return Err(Refused::failed(format!(
            "`{}` is not declared here",
            symbol.name()
        )));
    };
    if index.declaration(&symbol.renamed(to)).is_some() {
        return Err(Refused::failed(format!("`{to}` is declared already")));
    }
    let mut edits: BTreeMap<&str, Vec<TextEdit>> = BTreeMap::new();
    for one in index.of(symbol) {
        edits
            .entry(snapshot.uri(one.span.file))
            .or_default()
            .push(TextEdit {
                range: snapshot.range(one.span),
                new_text: to.to_owned(),
            });
    }
    if symbol.keeps_was() {
        let edit = was(snapshot, declared);
        edits
            .entry(snapshot.uri(declared.span.file))
            .or_default()
            .extend(edit);
    }
    let changes: Map<String, Value> = edits
        .into_iter()
        .map(|(uri, edits)| (uri.to_owned(), json!(edits)))
        .collect();
    Ok(json!({"changes": changes}))
}

/// What keeps the old name: nothing where a name from before is kept already.
fn was(snapshot: &Snapshot, declared: &Occurrence) -> Option<TextEdit> {
    let span = declared.declares?;
    let old = declared.symbol.name();
    let sources = &snapshot.reading.sources;
    let text = sources.slice(span);
    let insert = |at: u32, new_text: String| TextEdit {
        range: snapshot.range(Span {
            start: at,
            end: at,
            ..span
        }),
        new_text,
    };
    if let Some(inside) = text.strip_prefix('{') {
        let is_empty = inside.trim_start().starts_with('}');
        return match has_was(inside) {
            true => None,
            false if is_empty => Some(insert(span.start + 1, format!("was: {old}"))),
            false => Some(insert(span.start + 1, format!("was: {old}, "))),
        };
    }
    if text.starts_with('[') {
        let range = snapshot.range(span);
        let new_text = format!("{{was: {old}, labels: {text}}}");
        return Some(TextEdit { range, new_text });
    }
    let whole = sources.text(span.file);
    let start = span.start as usize;
    let line = &whole[whole[..start].rfind('\n').map_or(0, |at| at + 1)..start];
    if !line.trim().is_empty() {
        // A kind alone, on the line of the name.
        let range = snapshot.range(span);
        let new_text = format!("{{was: {old}, kind: {text}}}");
        return Some(TextEdit { range, new_text });
    }
    let is_kept = text.lines().enumerate().any(|(number, inner)| {
        let inner = match number {
            0 => Some(inner),
            _ => inner.strip_prefix(line),
        };
        inner.is_some_and(|inner| inner.starts_with("was:"))
    });
    (!is_kept).then(|| insert(span.start, format!("was: {old}\n{line}")))
}

/// Whether the outermost mapping in braces has the key `was`.
fn has_was(inside: &str) -> bool {
    let mut depth = 0;
    inside.char_indices().any(|(at, c)| {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        let before = inside[..at].trim_end();
        let begins = before.is_empty() || before.ends_with(',');
        depth == 0 && begins && inside[at..].starts_with("was:")
    })
}
