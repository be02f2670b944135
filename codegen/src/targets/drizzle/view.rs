//! What the templates print, field by field; every text is TypeScript already.

use askama::Template;

/// `server.ts`.
#[derive(Template)]
#[template(path = "drizzle/server.ts")]
pub(super) struct Server {
    pub(super) app: String,
    /// What Drizzle cannot say, each with the reason.
    pub(super) left_out: Vec<String>,
    /// What stands behind `import`, of `drizzle-orm` itself.
    pub(super) imports: String,
    /// Constants before the tables: kinds that Drizzle does not know, schemas, enums, domains, tables elsewhere.
    pub(super) before: Vec<Constant>,
    pub(super) tables: Vec<Table>,
    pub(super) relations: Vec<Relations>,
}

/// A constant that needs one line.
pub(super) struct Constant {
    pub(super) doc: String,
    pub(super) exported: bool,
    pub(super) name: String,
    pub(super) value: String,
}

/// A table.
pub(super) struct Table {
    pub(super) doc: String,
    pub(super) constant: String,
    /// The function that makes it.
    pub(super) function: String,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// What the function of the extras takes.
    pub(super) parameters: &'static str,
    /// Keys, constraints and indexes.
    pub(super) extras: Vec<String>,
}

/// A column.
pub(super) struct Column {
    pub(super) doc: String,
    pub(super) key: String,
    pub(super) value: String,
}

/// The relations of a table.
pub(super) struct Relations {
    pub(super) constant: String,
    pub(super) table: String,
    /// The functions that it uses: `one, many`.
    pub(super) functions: &'static str,
    pub(super) relations: Vec<(String, String)>,
}

/// `device.ts`.
#[derive(Template)]
#[template(path = "drizzle/device.ts")]
pub(super) struct Device {
    pub(super) app: String,
    /// What PowerSync's tables cannot have, each with the reason.
    pub(super) left_out: Vec<String>,
    /// Whether something is filled in with the time.
    pub(super) has_clock: bool,
    pub(super) tables: Vec<DeviceTable>,
    pub(super) relations: Vec<Relations>,
}

/// A table of a device.
pub(super) struct DeviceTable {
    pub(super) doc: String,
    pub(super) constant: String,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) indexes: Vec<String>,
    /// What PowerSync's table does beside holding rows.
    pub(super) options: String,
}
