//! What the template prints, field by field; every text is SQL already.

use askama::Template;

/// `schema.sql`.
#[derive(Template)]
#[template(path = "sqlite/schema.sql")]
pub(super) struct Schema {
    pub(super) doc: Vec<String>,
    pub(super) has_foreign_keys: bool,
    /// What `PRAGMA user_version` says of a database, where it is made whole.
    pub(super) version: Option<u32>,
    pub(super) tables: Vec<Table>,
    pub(super) views: Vec<View>,
    /// The name and the columns of the table that keeps who wrote a row last, where it is kept.
    pub(super) writers: Option<Writers>,
}

pub(super) struct Writers {
    pub(super) name: &'static str,
    pub(super) lines: Vec<String>,
}

pub(super) struct Table {
    pub(super) doc: Vec<String>,
    pub(super) name: String,
    /// Columns and constraints.
    pub(super) lines: Vec<String>,
    /// Whole statements.
    pub(super) indexes: Vec<String>,
}

pub(super) struct View {
    pub(super) doc: Vec<String>,
    pub(super) name: String,
    pub(super) query: String,
}

/// `steps/<to>.sql`.
#[derive(Template)]
#[template(path = "sqlite/step.sql")]
pub(super) struct Step<'a> {
    pub(super) app: &'a str,
    pub(super) from: u32,
    pub(super) release: &'a str,
    pub(super) to: u32,
    /// Lines of a comment.
    pub(super) changes: Vec<String>,
    /// The names of what is made anew.
    pub(super) anew: String,
    pub(super) references: bool,
    pub(super) sql: &'a str,
}

/// `queue.sql`.
#[derive(Template)]
#[template(path = "sqlite/queue.sql")]
pub(super) struct Queue<'a> {
    pub(super) app: &'a str,
    /// Whether a connection was not set up.
    pub(super) not_set_up: &'static str,
    /// Refuses such a connection.
    pub(super) set_up: String,
    pub(super) triggers: Vec<Trigger>,
}

pub(super) struct Trigger {
    pub(super) name: String,
    /// `AFTER INSERT ON lists`.
    pub(super) event: String,
    /// Conditions, all of which hold.
    pub(super) when: Vec<String>,
    /// Whole statements.
    pub(super) body: Vec<String>,
}
