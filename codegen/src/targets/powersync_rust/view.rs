//! What the template prints, field by field; every text is Rust already.

use askama::Template;

/// `app_schema.rs`.
#[derive(Template)]
#[template(path = "powersync_rust/app_schema.rs")]
pub(super) struct Schema {
    pub(super) head: String,
    pub(super) imports: String,
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
