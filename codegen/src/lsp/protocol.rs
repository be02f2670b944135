//! The structures of the Language Server Protocol that are read and written here.

use serde::{Deserialize, Serialize};

/// A place in a text: lines from 0, and UTF-16 units from 0 within the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) line: u32,
    pub(super) character: u32,
}

/// A part of a text; the end is the first place after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    pub(super) start: Position,
    pub(super) end: Position,
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Location {
    pub(super) uri: String,
    pub(super) range: Range,
}

/// A part of a text and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextEdit {
    pub(super) range: Range,
    pub(super) new_text: String,
}

/// The file that a message is about.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct TextDocument {
    pub(super) uri: String,
}

/// Parameters that name a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfDocument {
    pub(super) text_document: TextDocument,
}

/// Parameters that name a place in a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AtPosition {
    pub(super) text_document: TextDocument,
    pub(super) position: Position,
}

/// Parameters of `textDocument/didOpen`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened {
    pub(super) text_document: OpenedDocument,
}

/// A file that the editor holds from now on.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct OpenedDocument {
    pub(super) uri: String,
    pub(super) text: String,
}

/// Parameters of `textDocument/didChange`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    pub(super) text_document: TextDocument,
    pub(super) content_changes: Vec<Change>,
}

/// A part of the text that has another text now; without a range, it is the whole text.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Change {
    pub(super) range: Option<Range>,
    pub(super) text: String,
}

/// Parameters of `textDocument/rename`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Renamed {
    pub(super) text_document: TextDocument,
    pub(super) position: Position,
    pub(super) new_name: String,
}

/// Parameters of `textDocument/references`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct References {
    pub(super) text_document: TextDocument,
    pub(super) position: Position,
    pub(super) context: ReferenceContext,
}

/// Which of the references are wanted.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReferenceContext {
    pub(super) include_declaration: bool,
}

/// Parameters of `textDocument/codeAction`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ActionsIn {
    pub(super) text_document: TextDocument,
    pub(super) range: Range,
}

/// Why a request is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: i32,
    pub(super) message: String,
}

impl Refused {
    /// The request cannot be carried out, for a reason that the user can read.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self {
            code: lsp_server::ErrorCode::RequestFailed as i32,
            message: message.into(),
        }
    }
}
