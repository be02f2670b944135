//! What the template prints, field by field; every text is JSON already.

use askama::Template;

/// `schema.json`.
#[derive(Template)]
#[template(path = "client_schema/schema.json")]
pub(super) struct Schema {
    pub(super) tables: Vec<Table>,
}

pub(super) struct Table {
    pub(super) name: String,
    pub(super) view_name: String,
    pub(super) columns: Vec<String>,
    pub(super) indexes: Vec<Index>,
    pub(super) local_only: bool,
    pub(super) insert_only: bool,
    pub(super) include_old: String,
    pub(super) include_metadata: bool,
    pub(super) ignore_empty_update: bool,
}

pub(super) struct Index {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
}
