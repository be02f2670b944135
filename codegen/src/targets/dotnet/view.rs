//! What the template prints, field by field; every text is C# already.

use askama::Template;

/// `AppSchema.cs`.
#[derive(Template)]
#[template(path = "dotnet/AppSchema.cs")]
pub(super) struct Schema {
    pub(super) head: String,
    pub(super) namespace: String,
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
