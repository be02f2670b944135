//! What the template prints, field by field; every text is Dart already.

use askama::Template;

/// `powersync.dart`.
#[derive(Template)]
#[template(path = "dart/powersync.dart")]
pub(super) struct Schema {
    pub(super) head: String,
    pub(super) tables: Vec<Table>,
    pub(super) raw: Vec<RawTable>,
}

pub(super) struct RawTable {
    pub(super) name: String,
    pub(super) synced: Vec<String>,
    /// Whole lines.
    pub(super) options: Vec<String>,
    pub(super) columns: Vec<RawColumn>,
    pub(super) indexes: Vec<(String, String)>,
}

pub(super) struct RawColumn {
    pub(super) deprecated: String,
    pub(super) name: String,
    pub(super) definition: String,
}

pub(super) struct Table {
    /// `Table`, or a constructor of it.
    pub(super) constructor: &'static str,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Whole lines.
    pub(super) options: Vec<String>,
}

pub(super) struct Column {
    pub(super) deprecated: String,
    pub(super) name: String,
    pub(super) column_type: &'static str,
}

/// `tables.dart`.
#[derive(Template)]
#[template(path = "dart/tables.dart")]
pub(super) struct Tables {
    pub(super) app: String,
    pub(super) tables: Vec<Names>,
    pub(super) stored: Vec<Stored>,
}

/// The names of a table and its columns.
pub(super) struct Names {
    pub(super) doc: String,
    pub(super) class: String,
    pub(super) name: String,
    pub(super) view: String,
    pub(super) columns: Vec<Name>,
}

pub(super) struct Name {
    /// Whole lines above it.
    pub(super) head: String,
    pub(super) constant: String,
    pub(super) name: String,
}

/// The columns of a table that JSON has in another form.
pub(super) struct Stored {
    pub(super) table: String,
    pub(super) columns: Vec<(String, &'static str)>,
}
