//! Quick fixes: the edits that diagnostics carry.

use super::protocol::{Range, TextEdit};
use super::published::published;
use super::workspace::Snapshot;
use crate::diagnostic::{FileId, Severity};
use serde_json::{Value, json};

/// The fixes of the diagnostics that a range of a file touches.
pub(super) fn fixes(snapshot: &Snapshot, file: FileId, wanted: Range) -> Vec<Value> {
    let sources = &snapshot.reading.sources;
    let uri_of = |file| snapshot.uri(file).to_owned();
    let mut found = Vec::new();
    for diagnostic in &snapshot.reading.diagnostics {
        let Some(span) = diagnostic.span.filter(|span| span.file == file) else {
            continue;
        };
        let range = snapshot.range(span);
        if range.end < wanted.start || wanted.end < range.start {
            continue;
        }
        let Some(new_text) = diagnostic.replacement(sources.slice(span)) else {
            continue;
        };
        let edit = TextEdit {
            range,
            new_text: new_text.to_owned(),
        };
        found.push(json!({
            "title": format!("write `{new_text}`"),
            "kind": "quickfix",
            "isPreferred": diagnostic.severity == Severity::Error,
            "diagnostics": [published(diagnostic, sources, &uri_of)],
            "edit": {"changes": {snapshot.uri(file): [edit]}},
        }));
    }
    found
}
