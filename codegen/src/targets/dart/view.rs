//! What the template prints, field by field; every text is Dart already.

use crate::model::Uploads;
use askama::Template;

/// `powersync.dart`.
#[derive(Template)]
#[template(path = "dart/powersync.dart")]
pub(super) struct Schema {
    pub(super) head: String,
    pub(super) tables: Vec<SchemaTable>,
    pub(super) raw: Vec<RawTable>,
}

pub(super) struct RawTable {
    pub(super) name: String,
    pub(super) synced: Vec<String>,
    /// Whole lines.
    pub(super) options: Vec<String>,
    /// What PowerSync's client is not told, where it receives no rows of the table.
    pub(super) up: Option<RawUp>,
    pub(super) columns: Vec<RawColumn>,
    pub(super) indexes: Vec<(String, String)>,
}

pub(super) struct RawUp {
    /// What the extension is told for the triggers.
    pub(super) wire: String,
    /// Statements, each with the trigger that refuses it.
    pub(super) refused: Vec<(&'static str, String)>,
}

pub(super) struct RawColumn {
    pub(super) deprecated: String,
    pub(super) name: String,
    pub(super) definition: String,
}

pub(super) struct SchemaTable {
    /// `Table`, or a constructor of it.
    pub(super) constructor: &'static str,
    pub(super) name: String,
    pub(super) columns: Vec<SchemaColumn>,
    /// Whole lines.
    pub(super) options: Vec<String>,
}

pub(super) struct SchemaColumn {
    pub(super) deprecated: String,
    pub(super) name: String,
    pub(super) column_type: &'static str,
}

/// `tables.dart`.
#[derive(Template)]
#[template(path = "dart/tables.dart")]
pub(super) struct Library {
    pub(super) app: String,
    pub(super) fingerprint: String,
    pub(super) has_enums: bool,
    pub(super) has_streams: bool,
    /// The file and the class of each.
    pub(super) tables: Vec<(String, String)>,
}

/// `tables/<table>.dart`.
#[derive(Template)]
#[template(path = "dart/table.dart")]
pub(super) struct Table {
    pub(super) declared: String,
    pub(super) doc: String,
    pub(super) has_bytes: bool,
    pub(super) has_labels: bool,
    pub(super) class: String,
    pub(super) name: String,
    pub(super) view: String,
    /// What only some tables have.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) sync: &'static str,
    pub(super) writes: Uploads,
    pub(super) conflict: &'static str,
    pub(super) delete: &'static str,
    pub(super) key: String,
    /// The field of the id, where no column is the id.
    pub(super) id: Option<String>,
    pub(super) columns: Vec<Column>,
    pub(super) makes_rows: bool,
    pub(super) has_changes: bool,
}

pub(super) struct Column {
    /// Whole lines above it.
    pub(super) head: String,
    pub(super) constant: String,
    pub(super) name: String,
    pub(super) facts: String,
    /// A `Stored`.
    pub(super) stored: String,
    pub(super) row_type: String,
    pub(super) is_nullable: bool,
    /// Whether the app may say it of a new row.
    pub(super) is_given: bool,
    /// Whether it has to.
    pub(super) is_needed: bool,
    /// What the app gives, whatever fills it in.
    pub(super) given_type: String,
    pub(super) is_given_null: bool,
    pub(super) optional_type: String,
    pub(super) is_changed: bool,
}

/// `enums.dart`.
#[derive(Template)]
#[template(path = "dart/enums.dart")]
pub(super) struct Enums {
    pub(super) enums: Vec<Enum>,
}

pub(super) struct Enum {
    pub(super) doc: String,
    pub(super) class: String,
    pub(super) all: String,
    /// Lines above it, constant and text.
    pub(super) labels: Vec<(String, String, String)>,
}

/// `streams.dart`.
#[derive(Template)]
#[template(path = "dart/streams.dart")]
pub(super) struct Streams {
    pub(super) has_bytes: bool,
    pub(super) has_labels: bool,
    pub(super) has_params: bool,
    pub(super) streams: Vec<Stream>,
}

pub(super) struct Stream {
    pub(super) doc: String,
    pub(super) function: String,
    pub(super) name: String,
    pub(super) params: Vec<Param>,
}

pub(super) struct Param {
    pub(super) constant: String,
    pub(super) name: String,
    pub(super) of: String,
    pub(super) stored: String,
}

/// `drift.dart`.
#[derive(Template)]
#[template(path = "dart/drift.dart")]
pub(super) struct Drift {
    pub(super) app: String,
    pub(super) has_labels: bool,
    pub(super) has_stored: bool,
    pub(super) has_runtime: bool,
    pub(super) tables: Vec<DriftTable>,
}

pub(super) struct DriftTable {
    pub(super) doc: String,
    pub(super) class: String,
    pub(super) name: String,
    pub(super) columns: Vec<DriftColumn>,
    /// The getter of the id.
    pub(super) id: String,
}

pub(super) struct DriftColumn {
    pub(super) head: String,
    /// `Text` of `TextColumn`.
    pub(super) of: &'static str,
    pub(super) getter: String,
    pub(super) rest: String,
    /// Whether SQLite has another value than Dart.
    pub(super) is_stored: bool,
    /// Whether it names something of the runtime.
    pub(super) uses_runtime: bool,
}
