//! What the template prints, field by field; every text is Swift already.

use askama::Template;

/// `AppSchema.swift`.
#[derive(Template)]
#[template(path = "swift/AppSchema.swift")]
pub(super) struct Schema {
    pub(super) head: String,
    pub(super) tables: Vec<Table>,
}

pub(super) struct Table {
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
