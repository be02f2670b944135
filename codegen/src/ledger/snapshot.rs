//! A snapshot: the model that a migration leads to.

use super::compact::{self, Compact};
use crate::diagnostic::{Diagnostic, SNAPSHOT_UNREADABLE};
use crate::model::Model;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The format number that this version writes.
pub const FORMAT: u32 = 2;

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

/// Only the number, which every format has.
#[derive(Deserialize)]
struct Numbered {
    format: u32,
}

impl Snapshot {
    /// The snapshot of a migration.
    pub(super) fn of(after: Option<String>, model: Arc<Model>) -> Self {
        Self {
            format: FORMAT,
            after,
            hashes: None,
            model,
        }
    }

    /// The text of the file of a migration, which is the same for equal models.
    pub(super) fn write(after: Option<&str>, model: &Model) -> String {
        let model = compact::write(model);
        format!(
            "{{\"format\":{FORMAT},\"after\":{},\"model\":{model}}}\n",
            json!(after)
        )
    }

    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// Text that is no snapshot, or one of a format that this version does not know.
    pub(super) fn read(path: &str, text: &str) -> Result<Self, Diagnostic> {
        Self::parse(text).map_err(|problem| match problem {
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
        })
    }

    fn parse(text: &str) -> Result<Self, Problem> {
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
                })
            }
            2 => {
                let Format2 { after, model, .. } = serde_json::from_str(text)?;
                let Compact(model) = model;
                Ok(Self {
                    format,
                    after,
                    hashes: None,
                    model: Arc::new(model),
                })
            }
            other => Err(Problem::Format(other)),
        }
    }
}

enum Problem {
    Json(serde_json::Error),
    Format(u32),
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}
