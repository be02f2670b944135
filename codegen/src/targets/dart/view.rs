//! What the template prints, field by field; every text is Dart already.

use askama::Template;

/// `powersync.dart`.
#[derive(Template)]
#[template(path = "dart/powersync.dart")]
pub(super) struct Schema {
    pub(super) head: String,
    pub(super) tables: Vec<Table>,
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
