//! What the templates print.

use askama::Template;

/// The page of the app.
#[derive(Template)]
#[template(path = "docs/README.md")]
pub(super) struct App {
    pub(super) app: String,
    pub(super) doc: Option<String>,
    pub(super) entities: Vec<Entity>,
    pub(super) relations: Vec<Relation>,
    pub(super) tables: Vec<TableRow>,
    pub(super) streams: Vec<StreamRow>,
    pub(super) enums: Vec<EnumRow>,
    pub(super) domains: Vec<DomainRow>,
}

/// A table in the diagram, with its key and the columns that refer to other tables.
pub(super) struct Entity {
    pub(super) name: String,
    pub(super) columns: Vec<EntityColumn>,
}

/// A column in the diagram.
pub(super) struct EntityColumn {
    pub(super) kind: String,
    pub(super) name: String,
    /// `PK`, `FK` or both.
    pub(super) keys: &'static str,
}

/// A line of the diagram, from the table that is referred to.
pub(super) struct Relation {
    pub(super) to: String,
    pub(super) from: String,
    /// How many rows are at both ends.
    pub(super) ends: &'static str,
    pub(super) columns: String,
}

/// A table in the list of tables.
pub(super) struct TableRow {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) travels: &'static str,
    pub(super) doc: String,
}

/// A stream.
pub(super) struct StreamRow {
    pub(super) name: String,
    pub(super) subscribed: &'static str,
    pub(super) params: String,
    pub(super) priority: u8,
    pub(super) tables: String,
    pub(super) doc: String,
}

/// An enum.
pub(super) struct EnumRow {
    pub(super) name: String,
    pub(super) labels: String,
    pub(super) retired: String,
    pub(super) doc: String,
}

/// A domain.
pub(super) struct DomainRow {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) doc: String,
}

/// The page of a table.
#[derive(Template)]
#[template(path = "docs/table.md")]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) doc: Option<String>,
    pub(super) app: String,
    pub(super) facts: Vec<Fact>,
    pub(super) columns: Vec<ColumnRow>,
    /// Whether a column has another name on devices.
    pub(super) has_client_names: bool,
    pub(super) rules: Vec<RuleRow>,
    pub(super) references: Vec<ReferenceRow>,
    pub(super) referenced: Vec<ReferenceRow>,
}

/// A fact about a table.
pub(super) struct Fact {
    pub(super) what: &'static str,
    pub(super) value: String,
}

/// A column.
pub(super) struct ColumnRow {
    pub(super) name: String,
    pub(super) client_name: String,
    pub(super) kind: String,
    pub(super) doc: String,
    pub(super) read: String,
    pub(super) synced: String,
    pub(super) insert: String,
    pub(super) update: String,
    pub(super) note: String,
}

/// A rule of the policy.
pub(super) struct RuleRow {
    pub(super) command: &'static str,
    pub(super) role: String,
    pub(super) rule: String,
}

/// A foreign key.
pub(super) struct ReferenceRow {
    pub(super) columns: String,
    pub(super) table: String,
    pub(super) on_delete: String,
}
