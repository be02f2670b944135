//! What the templates print, field by field; every text is Rust already.

use askama::Template;

/// `mod.rs`.
#[derive(Template)]
#[template(path = "mappers/mod.rs")]
pub(super) struct Root {
    pub(super) app: String,
    pub(super) modules: Vec<String>,
    /// What stands behind `pub use`.
    pub(super) exports: Vec<String>,
    pub(super) changes: Vec<Change>,
    /// Whether some table has no patch or no delete.
    pub(super) uses_never: bool,
}

/// A table that devices upload.
pub(super) struct Change {
    /// The device's names of the table, as a pattern.
    pub(super) names: String,
    pub(super) variant: String,
    pub(super) put: String,
    pub(super) patch: String,
    pub(super) delete: String,
}

/// `<table>.rs`.
#[derive(Template)]
#[template(path = "mappers/table.rs")]
pub(super) struct Row {
    pub(super) declared: String,
    pub(super) doc: Vec<String>,
    /// Whether a column has no description.
    pub(super) has_undescribed: bool,
    pub(super) uses_domains: bool,
    pub(super) uses_enums: bool,
    pub(super) module: String,
    pub(super) imports: String,
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    /// What the macro is told that writes the structs of uploads.
    pub(super) uploads: Option<String>,
}

pub(super) struct Field {
    pub(super) doc: Vec<String>,
    pub(super) field: String,
    pub(super) holds: String,
}
