//! What the templates print, field by field; every text is Rust already.

use askama::Template;

/// `mod.rs`.
#[derive(Template)]
#[template(path = "mappers/mod.rs")]
pub(super) struct Root {
    pub(super) tables: Vec<RowName>,
}

pub(super) struct RowName {
    pub(super) module: String,
    pub(super) row: String,
}

/// `<table>.rs`.
#[derive(Template)]
#[template(path = "mappers/table.rs")]
pub(super) struct Row {
    pub(super) declared: String,
    pub(super) uses_domains: bool,
    pub(super) uses_enums: bool,
    pub(super) module: String,
    pub(super) doc: Vec<String>,
    pub(super) row: String,
    pub(super) columns: Vec<Field>,
}

pub(super) struct Field {
    pub(super) doc: Vec<String>,
    pub(super) field: String,
    pub(super) holds: String,
}
