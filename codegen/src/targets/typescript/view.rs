//! What the templates print, field by field; every text is TypeScript already.

use askama::Template;

/// `index.ts`.
#[derive(Template)]
#[template(path = "typescript/index.ts")]
pub(super) struct Root {
    pub(super) doc: Vec<String>,
    pub(super) app: String,
    pub(super) fingerprint: String,
    pub(super) tables: Vec<TableName>,
    pub(super) releases: Vec<Release>,
    pub(super) has_enums: bool,
    pub(super) has_streams: bool,
}

pub(super) struct Release {
    pub(super) version: String,
    pub(super) fingerprint: String,
    /// Members of an object, with their blanks.
    pub(super) unknown: String,
    pub(super) renamed: String,
}

pub(super) struct TableName {
    pub(super) constant: String,
    pub(super) file: String,
}

/// `database.ts`.
#[derive(Template)]
#[template(path = "typescript/database.ts")]
pub(super) struct Database {
    pub(super) app: String,
    pub(super) version: u32,
    pub(super) schema: String,
    pub(super) steps: Vec<DatabaseStep>,
    pub(super) queue: String,
    pub(super) tables: Vec<SharedTable>,
    pub(super) channels: Vec<Channel>,
}

/// A table whose changes a realtime channel tells, by its names in Postgres.
pub(super) struct Channel {
    pub(super) schema: String,
    pub(super) table: String,
    /// The column that has the id of its reader, or `null`.
    pub(super) owner: String,
}

pub(super) struct DatabaseStep {
    pub(super) from: u32,
    pub(super) references: bool,
    pub(super) sql: String,
}

pub(super) struct SharedTable {
    pub(super) name: String,
    /// What the server sends beside the id.
    pub(super) columns: String,
    /// Whether the server sends rows of it.
    pub(super) is_received: bool,
}

/// `worker.ts`.
#[derive(Template)]
#[template(path = "typescript/worker.ts")]
pub(super) struct Worker {
    pub(super) app: String,
    pub(super) schema: String,
    pub(super) access: &'static str,
    pub(super) client_role: String,
    pub(super) roles: String,
    pub(super) service_role: String,
    pub(super) tables: Vec<ServedTable>,
    pub(super) pull: Option<ServedPull>,
}

pub(super) struct ServedTable {
    pub(super) constant: String,
    pub(super) file: String,
    pub(super) schema: String,
    pub(super) name: String,
    /// The columns with another name on the device, as an object.
    pub(super) names: String,
    pub(super) key: String,
    pub(super) upsert_on: String,
    pub(super) references: Vec<ServedReference>,
    pub(super) uploads: Option<ServedUploads>,
}

pub(super) struct ServedReference {
    pub(super) columns: String,
    pub(super) table: String,
    pub(super) references: String,
    pub(super) restricts: bool,
}

pub(super) struct ServedUploads {
    pub(super) decisive: String,
    pub(super) batch: [&'static str; 3],
    pub(super) statements: [ServedStatement; 3],
}

pub(super) struct ServedStatement {
    pub(super) op: &'static str,
    pub(super) body: Option<ServedText>,
}

pub(super) struct ServedText {
    pub(super) answer: &'static str,
    pub(super) params: String,
    pub(super) text: String,
}

pub(super) struct ServedPull {
    pub(super) version: String,
    pub(super) tables: Vec<ServedPage>,
    pub(super) roles: Vec<ServedRole>,
}

pub(super) struct ServedPage {
    pub(super) place: usize,
    pub(super) columns: String,
    pub(super) changed: String,
    pub(super) changed_after: String,
    pub(super) whole: String,
    pub(super) whole_after: String,
    pub(super) now: String,
    pub(super) gone: String,
}

pub(super) struct ServedRole {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) busy: String,
    pub(super) tables: String,
}

/// `tables/<table>.ts`.
#[derive(Template)]
#[template(path = "typescript/table.ts")]
pub(super) struct Table {
    pub(super) declared: String,
    pub(super) doc: String,
    /// The enums that it names.
    pub(super) enums: String,
    pub(super) imports: String,
    pub(super) constant: String,
    pub(super) type_name: String,
    pub(super) name: String,
    /// What only some tables have.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) sync: &'static str,
    pub(super) writes: String,
    pub(super) conflict: &'static str,
    pub(super) delete: &'static str,
    pub(super) key: String,
    pub(super) columns: Vec<Column>,
    /// Whether a program makes new rows.
    pub(super) makes_rows: bool,
    pub(super) has_put: bool,
    pub(super) has_patch: bool,
}

pub(super) struct Column {
    pub(super) doc: String,
    pub(super) name: String,
    pub(super) facts: String,
}

/// `enums.ts`.
#[derive(Template)]
#[template(path = "typescript/enums.ts")]
pub(super) struct Enums {
    pub(super) enums: Vec<Enum>,
}

pub(super) struct Enum {
    pub(super) doc: String,
    pub(super) name: String,
    pub(super) labels: Vec<Label>,
}

pub(super) struct Label {
    pub(super) doc: String,
    pub(super) name: String,
    pub(super) text: String,
}

/// `streams.ts`.
#[derive(Template)]
#[template(path = "typescript/streams.ts")]
pub(super) struct Streams {
    /// The enums that it names.
    pub(super) enums: String,
    pub(super) streams: Vec<Stream>,
}

pub(super) struct Stream {
    pub(super) doc: String,
    pub(super) constant: String,
    pub(super) type_name: String,
    pub(super) name: String,
    pub(super) automatic: bool,
    pub(super) priority: u8,
    pub(super) params: Vec<(String, String)>,
    pub(super) tables: String,
}

/// `powersync.ts`.
#[derive(Template)]
#[template(path = "typescript/powersync.ts")]
pub(super) struct PowerSync {
    pub(super) app: String,
    /// What PowerSync's tables cannot have, each with the reason.
    pub(super) left_out: Vec<String>,
    pub(super) tables: Vec<ClientTable>,
    pub(super) raw: Vec<RawTable>,
}

pub(super) struct RawTable {
    /// The name as a property, and as a text.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) options: String,
    /// What PowerSync's client is not told, where it receives no rows of the table.
    pub(super) up: Option<RawUp>,
    pub(super) columns: Vec<RawColumn>,
    pub(super) indexes: Vec<(String, String)>,
}

pub(super) struct RawUp {
    /// What the extension is told for the triggers.
    pub(super) wire: String,
    /// Statements, each with the trigger that refuses it.
    pub(super) refused: Vec<(&'static str, String)>,
}

pub(super) struct RawColumn {
    pub(super) deprecated: String,
    pub(super) name: String,
    pub(super) definition: String,
}

pub(super) struct ClientTable {
    pub(super) name: String,
    pub(super) columns: Vec<ClientColumn>,
    pub(super) options: Vec<String>,
}

pub(super) struct ClientColumn {
    pub(super) deprecated: String,
    pub(super) name: String,
    pub(super) column_type: &'static str,
}
