//! A snapshot: the model that a migration leads to, whole or as edits of the one before it.

use super::compact::{self, Compact};
use super::edits::{self, Edit};
use crate::diagnostic::{Diagnostic, SNAPSHOT_UNREADABLE};
use crate::model::Model;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The newest format number: edits of the snapshot before it.
pub const FORMAT: u32 = 3;

/// The format number of a whole model.
const WHOLE: u32 = 2;

/// What stands in a snapshot's file.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The format's number.
    pub format: u32,
    /// The file of the generated entry that this one continues; `None` for the first one.
    pub after: Option<String>,
    /// What format 1 has instead of a line in the sum file.
    pub(super) hashes: Option<Hashes>,
    /// The model after the migration, which other snapshots and plans share.
    pub model: Arc<Model>,
    /// The model's text, which the next snapshot holds edits of; format 1 has none.
    text: Option<Arc<str>>,
}

/// How the files of format 1 hold together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hashes {
    /// The hash of the parent's snapshot file; `None` for the first entry.
    pub(super) parent: Option<String>,
    /// The hash of the migration's SQL.
    pub(super) sql: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format1 {
    #[serde(rename = "format")]
    _format: u32,
    parent: Option<String>,
    sql: String,
    model: Model,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format2 {
    #[serde(rename = "format")]
    _format: u32,
    after: Option<String>,
    model: Compact,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format3 {
    #[serde(rename = "format")]
    _format: u32,
    after: String,
    edits: Vec<Edit>,
}

/// Only the number, which every format has.
#[derive(Deserialize)]
struct Numbered {
    format: u32,
}

impl Snapshot {
    /// The snapshot of a migration, and the text of its file, which is the same for equal models; `before` is the one that it
    /// continues, in the file `after`.
    pub(super) fn write(
        after: Option<String>,
        before: Option<&Self>,
        model: Arc<Model>,
    ) -> (Self, String) {
        let text = compact::write(&model);
        let edits = before.and_then(|before| edited(after.as_ref()?, before, &text));
        let (format, file) = match edits {
            Some(file) => (FORMAT, file),
            None => {
                let after = json!(after);
                let file = format!("{{\"format\":{WHOLE},\"after\":{after}{MODEL}{text}{END}");
                (WHOLE, file)
            }
        };
        let snapshot = Self {
            format,
            after,
            hashes: None,
            model,
            text: Some(text.into()),
        };
        (snapshot, file)
    }

    /// Reads a file's text; `before` gives the snapshot of another file of the ledger.
    ///
    /// # Errors
    ///
    /// Text that is no snapshot, or one of a format that this version does not know.
    pub(super) fn read<'s>(
        path: &str,
        text: &str,
        before: impl Fn(&str) -> Option<&'s Self>,
    ) -> Result<Self, Unread> {
        Self::parse(text, before).map_err(|problem| Unread {
            is_of_before: matches!(problem, Problem::Before(_)),
            why: problem.told(path),
        })
    }

    fn parse<'s>(text: &str, before: impl Fn(&str) -> Option<&'s Self>) -> Result<Self, Problem> {
        // Version control may change the ends of lines.
        let unix;
        let text = match text.contains('\r') {
            true => {
                unix = text.replace("\r\n", "\n");
                &unix
            }
            false => text,
        };
        // One of a later format need not have the members of the others.
        let Numbered { format } = serde_json::from_str(text)?;
        match format {
            1 => {
                let Format1 {
                    parent, sql, model, ..
                } = serde_json::from_str(text)?;
                Ok(Self {
                    format,
                    after: None,
                    hashes: Some(Hashes { parent, sql }),
                    model: Arc::new(model),
                    text: None,
                })
            }
            2 => {
                let Format2 { after, model, .. } = serde_json::from_str(text)?;
                let Compact(model) = model;
                let of_model = text.split_once(MODEL).map(|(_, rest)| rest);
                let of_model = of_model.and_then(|rest| rest.strip_suffix(END));
                Ok(Self {
                    format,
                    after,
                    hashes: None,
                    model: Arc::new(model),
                    text: of_model.map(Arc::from),
                })
            }
            3 => {
                let Format3 { after, edits, .. } = serde_json::from_str(text)?;
                let before = before(&after).and_then(|before| before.text.as_ref());
                let text = before.and_then(|before| edits::applied(before, &edits));
                let Some(text) = text else {
                    return Err(Problem::Before(after));
                };
                let Compact(model) = serde_json::from_str(&text)?;
                Ok(Self {
                    format,
                    after: Some(after),
                    hashes: None,
                    model: Arc::new(model),
                    text: Some(text.into()),
                })
            }
            other => Err(Problem::Format(other)),
        }
    }
}

/// What is in front of the model in the file of a whole one, and behind it.
const MODEL: &str = ",\"model\":";
const END: &str = "}\n";

/// The text of a file of edits, a line for each line of the model; `None` where the whole model is not much longer.
fn edited(after: &str, before: &Snapshot, text: &str) -> Option<String> {
    let edits = edits::between(before.text.as_ref()?, text);
    let edits: Vec<String> = edits.iter().map(Edit::written).collect();
    let edits = edits.join(",\n");
    let after = json!(after);
    let file = format!("{{\"format\":{FORMAT},\"after\":{after},\"edits\":[\n{edits}\n]{END}");
    (file.len() < text.len() / 2).then_some(file)
}

enum Problem {
    Json(serde_json::Error),
    Format(u32),
    Before(String),
}

/// Why a snapshot cannot be read.
#[derive(Debug)]
pub(super) struct Unread {
    /// Whether the one before it may be what is wrong.
    pub(super) is_of_before: bool,
    pub(super) why: Diagnostic,
}

impl Problem {
    fn told(self, path: &str) -> Diagnostic {
        match self {
            Problem::Format(format) => Diagnostic::error(
                SNAPSHOT_UNREADABLE,
                format!(
                    "`{path}` has format {format}, but this version reads formats 1 to {FORMAT}"
                ),
            )
            .help("use the version of `codegen` that wrote it, or a newer one"),
            Problem::Json(error) => Diagnostic::error(
                SNAPSHOT_UNREADABLE,
                format!("`{path}` is not a snapshot: {error}"),
            )
            .help("restore it from version control"),
            Problem::Before(after) => Diagnostic::error(
                SNAPSHOT_UNREADABLE,
                format!("`{path}` does not fit the snapshot of `{after}`, which it continues"),
            )
            .help("restore both from version control"),
        }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}
