//! What the template prints, field by field; names and queries are YAML and SQL already.

use askama::Template;

/// `sync-config.yaml`.
#[derive(Template)]
#[template(path = "powersync/sync-config.yaml")]
pub(super) struct SyncConfig {
    pub(super) doc: Vec<String>,
    pub(super) scopes: Vec<Scope>,
    pub(super) streams: Vec<Stream>,
}

pub(super) struct Scope {
    pub(super) name: String,
    /// The lines of a query.
    pub(super) query: Vec<String>,
}

pub(super) struct Stream {
    pub(super) doc: Vec<String>,
    pub(super) name: String,
    pub(super) automatic: bool,
    pub(super) priority: u8,
    /// Parameters of a subscription choose among rows that everybody may have.
    pub(super) open_to_everybody: bool,
    pub(super) queries: Vec<Vec<String>>,
}

/// `sync-rules.yaml`.
#[derive(Template)]
#[template(path = "powersync/sync-rules.yaml")]
pub(super) struct SyncRules {
    pub(super) doc: Vec<String>,
    /// What the dialect cannot say, a line for each.
    pub(super) unsaid: Vec<String>,
    pub(super) definitions: Vec<Definition>,
}

/// One bucket definition.
pub(super) struct Definition {
    pub(super) doc: Vec<String>,
    pub(super) name: String,
    pub(super) priority: u8,
    /// Parameters of a connection choose among rows that everybody may have.
    pub(super) open_to_everybody: bool,
    /// The lines of the parameter query; none where there is one bucket for everybody.
    pub(super) parameters: Vec<String>,
    pub(super) data: Vec<Vec<String>>,
}
