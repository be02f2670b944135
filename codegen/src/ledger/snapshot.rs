//! A snapshot: the model that a migration leads to, and the hashes that hold the ledger together.

use crate::diagnostic::{Diagnostic, SNAPSHOT_UNREADABLE};
use crate::hash::hash;
use crate::model::Model;
use serde::{Deserialize, Serialize};

/// The format number that this version writes.
pub const FORMAT: u32 = 1;

/// What stands in a snapshot's file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The format's number.
    pub format: u32,
    /// The hash of the parent's snapshot file; `None` for the first entry.
    pub parent: Option<String>,
    /// The hash of the migration's SQL.
    pub sql: String,
    /// The model after the migration.
    pub model: Model,
}

/// Only the number, which every format has.
#[derive(Deserialize)]
struct Numbered {
    format: u32,
}

impl Snapshot {
    /// The snapshot of a migration.
    pub(super) fn new(parent: Option<&str>, sql: &str, model: &Model) -> Self {
        Self {
            format: FORMAT,
            parent: parent.map(str::to_owned),
            sql: hash(sql),
            model: model.clone(),
        }
    }

    /// Its file's text, which is the same for equal snapshots.
    pub(super) fn write(&self) -> String {
        serde_json::to_string_pretty(self).expect("a snapshot has a JSON form") + "\n"
    }

    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// Text that is no snapshot, or one of a format that this version does not know.
    pub(super) fn read(path: &str, text: &str) -> Result<Self, Diagnostic> {
        let unreadable = |error: serde_json::Error| {
            Diagnostic::error(
                SNAPSHOT_UNREADABLE,
                format!("`{path}` is not a snapshot: {error}"),
            )
            .help("restore it from version control")
        };
        let read = match serde_json::from_str(text) {
            Ok(Self { format, .. }) if format != FORMAT => Ok(format),
            Ok(snapshot) => return Ok(snapshot),
            // One of another format need not have the members of this one.
            Err(error) => match serde_json::from_str(text) {
                Ok(Numbered { format }) if format != FORMAT => Ok(format),
                _ => Err(error),
            },
        };
        Err(match read {
            Err(error) => unreadable(error),
            Ok(format) => Diagnostic::error(
                SNAPSHOT_UNREADABLE,
                format!("`{path}` has format {format}, but this version reads format {FORMAT}"),
            )
            .help("use the version of `codegen` that wrote it, or a newer one"),
        })
    }
}
