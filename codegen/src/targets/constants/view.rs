//! What the templates print, field by field; every text is Rust already.

use askama::Template;
use std::collections::BTreeSet;

/// `mod.rs`.
#[derive(Template)]
#[template(path = "constants/mod.rs")]
pub(super) struct Root {
    pub(super) doc: Vec<String>,
    pub(super) app: String,
    pub(super) app_literal: String,
    pub(super) fingerprint: String,
    pub(super) modules: Vec<&'static str>,
    pub(super) tables: String,
    pub(super) enums: String,
    pub(super) insert_order: String,
    pub(super) streams: String,
    pub(super) imports: &'static str,
}

/// `tables.rs`.
#[derive(Template)]
#[template(path = "constants/tables.rs")]
pub(super) struct Tables {
    pub(super) tables: Vec<TableName>,
}

pub(super) struct TableName {
    pub(super) module: String,
    pub(super) constant: String,
}

/// `tables/<table>.rs`.
#[derive(Template)]
#[template(path = "constants/table.rs")]
pub(super) struct Table {
    pub(super) doc: Vec<String>,
    /// Whether a column has no description.
    pub(super) has_undescribed: bool,
    pub(super) uses_domains: bool,
    pub(super) uses_enums: bool,
    pub(super) imports: String,
    pub(super) columns: Vec<Column>,
    pub(super) has_deprecated: bool,
    /// The macro that hands the columns to the derive.
    pub(super) hand: String,
    pub(super) name: String,
    pub(super) key: String,
    /// What is not as `TableDef::new` has it.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What stands behind `use synctable::check::`, where there are checks.
    pub(super) check_imports: Option<String>,
}

pub(super) struct Column {
    pub(super) doc: Vec<String>,
    pub(super) deprecated: Option<String>,
    /// The constant, and the field where it is called otherwise than the column.
    pub(super) names: String,
    pub(super) holds: String,
    /// What it consists of, with the blank or the line break before it.
    pub(super) value: String,
    /// `both`, `device` or `server`.
    pub(super) side: &'static str,
    /// Whether uploads carry it, as a word of the derive.
    pub(super) sent: &'static str,
}

pub(super) struct Check {
    pub(super) name: String,
    pub(super) columns: String,
    pub(super) term: String,
    /// The types of `synctable::check` that it names.
    pub(super) types: BTreeSet<&'static str>,
}

/// `enums.rs`.
#[derive(Template)]
#[template(path = "constants/enums.rs")]
pub(super) struct Enums {
    pub(super) enums: Vec<Enum>,
}

pub(super) struct Enum {
    pub(super) doc: Vec<String>,
    pub(super) name: String,
    pub(super) declared: String,
    pub(super) schema: String,
    pub(super) storage: String,
    pub(super) labels: Vec<Label>,
    /// The labels that no client may write any more, between brackets.
    pub(super) retired: Option<String>,
}

pub(super) struct Label {
    pub(super) variant: String,
    pub(super) text: String,
}

/// `domains.rs`.
#[derive(Template)]
#[template(path = "constants/domains.rs")]
pub(super) struct Domains {
    pub(super) domains: Vec<Domain>,
}

pub(super) struct Domain {
    pub(super) doc: Vec<String>,
    pub(super) name: String,
    pub(super) base: &'static str,
}

/// `streams.rs`.
#[derive(Template)]
#[template(path = "constants/streams.rs")]
pub(super) struct Streams {
    pub(super) imports: String,
    pub(super) streams: Vec<Stream>,
}

pub(super) struct Stream {
    pub(super) doc: Vec<String>,
    pub(super) constant: String,
    pub(super) name: String,
    pub(super) automatic: bool,
    pub(super) priority: u8,
    pub(super) params: Vec<Param>,
    pub(super) tables: String,
}

pub(super) struct Param {
    pub(super) name: String,
    pub(super) kind: String,
}

/// `database.rs`.
#[derive(Template)]
#[template(path = "constants/database.rs")]
pub(super) struct Database {
    pub(super) imports: &'static str,
    pub(super) version: u32,
    pub(super) schema: String,
    pub(super) queue: String,
    pub(super) steps: Vec<Step>,
}

pub(super) struct Step {
    pub(super) from: u32,
    pub(super) references: bool,
    pub(super) sql: String,
}

/// `pull.rs`.
#[derive(Template)]
#[template(path = "constants/pull.rs")]
pub(super) struct Pull {
    pub(super) version: String,
    pub(super) bridge: String,
    pub(super) tables: Vec<PullTable>,
    pub(super) roles: Vec<PullRole>,
}

pub(super) struct PullTable {
    pub(super) constant: String,
    /// The types of the key's columns.
    pub(super) types: Vec<String>,
}

pub(super) struct PullRole {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) tables: String,
}

/// `buckets.rs`.
#[derive(Template)]
#[template(path = "constants/buckets.rs")]
pub(super) struct Buckets {
    pub(super) buckets: Vec<Bucket>,
}

pub(super) struct Bucket {
    pub(super) name: String,
    pub(super) public: bool,
    pub(super) folders: String,
    pub(super) roles: Vec<BucketRole>,
    pub(super) referenced: String,
}

pub(super) struct BucketRole {
    pub(super) name: String,
    /// The fields of questions.
    pub(super) questions: [(&'static str, String); 3],
}

/// `releases.rs`.
#[derive(Template)]
#[template(path = "constants/releases.rs")]
pub(super) struct Releases {
    pub(super) imports: String,
    pub(super) versions: String,
    pub(super) fingerprints: String,
    pub(super) current: String,
    pub(super) added: Vec<Added>,
    pub(super) renamed: Vec<Renamed>,
}

pub(super) struct Added {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) since: String,
}

pub(super) struct Renamed {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) was: String,
    pub(super) releases: String,
}
