//! What a bridge serves, in one file: the model, from which it lowers its tables and statements, and the releases in use.

use crate::model::{Clients, Model, fingerprint};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The format number that this version writes; a reader refuses one that it does not know.
pub const FORMAT: u32 = 1;

/// What was read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// What is declared.
    pub model: Model,
    /// The releases that devices still run.
    pub clients: Clients,
}

/// The file as it is written.
#[derive(Serialize)]
struct Written<'m> {
    format: u32,
    app: &'m str,
    fingerprint: String,
    clients: &'m Clients,
    model: &'m Model,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Format1 {
    #[serde(rename = "format")]
    _format: u32,
    #[serde(rename = "app")]
    _app: String,
    fingerprint: String,
    clients: Clients,
    model: Model,
}

/// Only the number, which every format has.
#[derive(Deserialize)]
struct Numbered {
    format: u32,
}

/// Why a text is not a program that this version can serve.
#[derive(Debug)]
pub enum Unread {
    /// It is not JSON of its format.
    Json(serde_json::Error),
    /// Its format is not known.
    Format(u32),
    /// What it holds has another fingerprint than it says.
    Fingerprint {
        /// What the file says.
        said: String,
        /// What this version makes of its model.
        found: String,
    },
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::Json(error) => write!(f, "it is not a program of the bridge: {error}"),
            Unread::Format(format) => write!(
                f,
                "it has format {format}, and this bridge reads format {FORMAT}: use a bridge and a `codegen` of one version"
            ),
            Unread::Fingerprint { said, found } => write!(
                f,
                "it says that its fingerprint is {said}, and its model has {found}: run `codegen generate` again"
            ),
        }
    }
}

impl std::error::Error for Unread {}

/// The text of the file, which is the same for equal models.
pub(super) fn write(model: &Model, clients: &Clients) -> String {
    let written = Written {
        format: FORMAT,
        app: &model.app,
        fingerprint: fingerprint(model),
        clients,
        model,
    };
    serde_json::to_string_pretty(&written).expect("a model is JSON") + "\n"
}

impl Program {
    /// Reads a file's text.
    ///
    /// # Errors
    /// It is not a program, or one of another version.
    pub fn read(text: &str) -> Result<Self, Unread> {
        // One of a later format need not have the members of the others.
        let Numbered { format } = serde_json::from_str(text).map_err(Unread::Json)?;
        if format != FORMAT {
            return Err(Unread::Format(format));
        }
        let Format1 {
            fingerprint: said,
            clients,
            model,
            ..
        } = serde_json::from_str(text).map_err(Unread::Json)?;
        let found = fingerprint(&model);
        match said == found {
            true => Ok(Program { model, clients }),
            false => Err(Unread::Fingerprint { said, found }),
        }
    }
}
