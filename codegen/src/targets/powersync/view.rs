//! What the template prints, field by field; names and queries are YAML and SQL already.

use askama::Template;

/// `sync-config.yaml`.
#[derive(Template)]
#[template(path = "powersync/sync-config.yaml")]
pub(super) struct SyncConfig {
    pub(super) doc: Vec<String>,
    pub(super) scopes: Vec<Scope>,
    pub(super) streams: Vec<Stream>,
    pub(super) events: Option<Events>,
}

/// The events by which the service takes write checkpoints.
pub(super) struct Events {
    pub(super) names: Vec<&'static str>,
    /// Where they are, as a YAML scalar.
    pub(super) query: String,
}

pub(super) struct Scope {
    pub(super) name: String,
    pub(super) query: Query,
}

/// A query as a YAML scalar: its lines in a block, or on one line in quotes where a constant has a line break.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query {
    /// What stands behind the key.
    pub(super) head: String,
    /// What stands below it.
    pub(super) lines: Vec<String>,
}

impl Query {
    /// Of its lines.
    pub(super) fn of(lines: Vec<String>) -> Self {
        match lines.iter().any(|line| line.contains('\n')) {
            // JSON's strings are YAML's.
            true => Self {
                head: serde_json::Value::from(lines.join(" ")).to_string(),
                lines: Vec::new(),
            },
            false => Self {
                head: "|-".to_owned(),
                lines,
            },
        }
    }
}

pub(super) struct Stream {
    pub(super) doc: Vec<String>,
    pub(super) name: String,
    pub(super) automatic: bool,
    pub(super) priority: u8,
    /// Parameters of a subscription choose among rows that everybody may have.
    pub(super) open_to_everybody: bool,
    pub(super) queries: Vec<Query>,
}

/// `sync-rules.yaml`.
#[derive(Template)]
#[template(path = "powersync/sync-rules.yaml")]
pub(super) struct SyncRules {
    pub(super) doc: Vec<String>,
    /// What the dialect cannot say, a line for each.
    pub(super) unsaid: Vec<String>,
    pub(super) definitions: Vec<Definition>,
    pub(super) events: Option<Events>,
}

/// One bucket definition.
pub(super) struct Definition {
    pub(super) doc: Vec<String>,
    pub(super) name: String,
    pub(super) priority: u8,
    /// Parameters of a connection choose among rows that everybody may have.
    pub(super) open_to_everybody: bool,
    /// The parameter query; none where there is one bucket for everybody.
    pub(super) parameters: Option<Query>,
    pub(super) data: Vec<Query>,
}
