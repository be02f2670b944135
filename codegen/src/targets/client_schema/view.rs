//! What the template prints, field by field; every text is JSON already.

use askama::Template;

/// `schema.json`.
#[derive(Template)]
#[template(path = "client_schema/schema.json")]
pub(super) struct Schema {
    pub(super) tables: Vec<Table>,
    /// The members of each raw table.
    pub(super) raw: Vec<Vec<String>>,
}

/// `raw_tables.sql`; every text is SQL already.
#[derive(Template)]
#[template(path = "client_schema/raw_tables.sql")]
pub(super) struct RawTables {
    pub(super) app: String,
    pub(super) tables: Vec<Made>,
}

/// The statements that make a raw table.
pub(super) struct Made {
    pub(super) create: String,
    pub(super) indexes: Vec<String>,
    /// Each with the statement that makes it.
    pub(super) triggers: Vec<(String, String)>,
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
