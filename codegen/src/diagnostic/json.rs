//! The form for programs: one versioned JSON object.

use super::{Diagnostic, Sources, Span};
use serde::Serialize;

/// What `--format json` prints. `format` grows when a field changes its meaning or goes; fields may be added without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report<'a> {
    /// The version of this form.
    pub format: u32,
    /// In source order.
    pub diagnostics: Vec<ReportedDiagnostic<'a>>,
}

/// One diagnostic; lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedDiagnostic<'a> {
    /// The stable code.
    pub code: &'a str,
    /// `error` or `warning`.
    pub severity: &'a str,
    /// What is wrong.
    pub message: &'a str,
    /// Where, when it has a place in a source file.
    #[serde(flatten)]
    pub place: Option<ReportedPlace<'a>>,
    /// Other places that matter.
    pub labels: Vec<ReportedLabel<'a>>,
    /// Ways out.
    pub help: &'a [String],
    /// Facts that explain the rule.
    pub notes: &'a [String],
}

/// Another place that matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedLabel<'a> {
    /// What it is.
    pub message: &'a str,
    /// Where.
    #[serde(flatten)]
    pub place: ReportedPlace<'a>,
}

/// A range in a source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedPlace<'a> {
    /// The file's path as it was given.
    pub file: &'a str,
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// One past the last character.
    pub end: ReportedEnd,
}

/// The end of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedEnd {
    /// Line of the end.
    pub line: u32,
    /// Column one past the last character.
    pub column: u32,
}

impl<'a> Report<'a> {
    /// The current version.
    pub const FORMAT: u32 = 1;

    /// Resolves every place.
    #[must_use]
    pub fn new(diagnostics: &'a [Diagnostic], sources: &'a Sources) -> Self {
        let diagnostics = diagnostics
            .iter()
            .map(|diagnostic| ReportedDiagnostic {
                code: diagnostic.code.as_str(),
                severity: diagnostic.severity.as_str(),
                message: &diagnostic.message,
                place: diagnostic.span.map(|span| place(span, sources)),
                labels: diagnostic
                    .labels
                    .iter()
                    .map(|(span, message)| ReportedLabel {
                        message,
                        place: place(*span, sources),
                    })
                    .collect(),
                help: &diagnostic.help,
                notes: &diagnostic.notes,
            })
            .collect();
        Self {
            format: Self::FORMAT,
            diagnostics,
        }
    }
}

fn place(span: Span, sources: &Sources) -> ReportedPlace<'_> {
    let place = sources.position(span);
    ReportedPlace {
        file: place.path,
        line: place.line,
        column: place.column,
        end: ReportedEnd {
            line: place.end_line,
            column: place.end_column,
        },
    }
}

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let report = Report::new(diagnostics, sources);
    let mut text = serde_json::to_string_pretty(&report)
        .expect("a report has only text keys and plain values");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::super::UNKNOWN_KEY;
    use super::*;

    #[test]
    fn places_are_resolved_and_absent_without_a_span() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "ä: b\n").unwrap();
        let span = Span {
            file,
            start: 4,
            end: 5,
        };
        let diagnostics = [
            Diagnostic::error(UNKNOWN_KEY, "x")
                .at(span)
                .label(span, "y")
                .help("z"),
            Diagnostic::warning(UNKNOWN_KEY, "nowhere"),
        ];
        let json: serde_json::Value =
            serde_json::from_str(&render(&diagnostics, &sources)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"format": 1, "diagnostics": [
                {"code": "S101", "severity": "error", "message": "x",
                 "file": "a.yaml", "line": 1, "column": 4, "end": {"line": 1, "column": 5},
                 "labels": [{"message": "y", "file": "a.yaml", "line": 1, "column": 4, "end": {"line": 1, "column": 5}}],
                 "help": ["z"], "notes": []},
                {"code": "S101", "severity": "warning", "message": "nowhere", "labels": [], "help": [], "notes": []},
            ]})
        );
    }
}
