//! Diagnostics as an editor shows them.

use super::lines::Lines;
use crate::diagnostic::{Diagnostic, FileId, Severity, Sources, Span};
use serde_json::{Value, json};

/// One diagnostic of the file `file`; `uri_of` names the files of its labels.
pub(super) fn published(
    diagnostic: &Diagnostic,
    sources: &Sources,
    uri_of: &dyn Fn(FileId) -> String,
) -> Value {
    let range_of = |span: Span| {
        let lines = Lines::new(sources.text(span.file));
        lines.range(span.start as usize, span.end as usize)
    };
    // What has no place is shown at the beginning of the file.
    let range = diagnostic
        .span
        .map_or_else(|| Lines::new("").range(0, 0), range_of);
    let mut message = diagnostic.message.clone();
    for note in &diagnostic.notes {
        message += &format!("\nnote: {note}");
    }
    for help in &diagnostic.help {
        message += &format!("\nhelp: {help}");
    }
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|(span, what)| {
            json!({
                "location": {"uri": uri_of(span.file), "range": range_of(*span)},
                "message": what,
            })
        })
        .collect();
    json!({
        "range": range,
        "severity": match diagnostic.severity {
            Severity::Error => 1,
            Severity::Warning => 2,
        },
        "code": diagnostic.code.as_str(),
        "source": "synctable",
        "message": message,
        "relatedInformation": related,
    })
}
