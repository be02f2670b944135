//! Streams: what a device may subscribe to.

use super::Expr;
use crate::map::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synctable::Kind;

/// A named group of filtered tables; the read rules of its tables always apply on top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stream {
    /// Its name, literal: `orgs/{org_id}/repos/{repo_id}/refs` is one.
    pub name: String,
    /// What it brings.
    pub doc: Option<String>,
    /// Whether every device subscribes on connect.
    pub automatic: bool,
    /// 0 (first) to 3.
    pub priority: u8,
    /// Parameters by name, with their kinds; none for automatic streams.
    #[serde(with = "super::wire::kind_map")]
    #[schemars(with = "IndexMap<String, super::wire::KindRepr>")]
    pub params: IndexMap<String, Kind>,
    /// Its tables.
    pub tables: Vec<StreamTable>,
}

/// One table of a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamTable {
    /// The declared table.
    pub table: String,
    /// Which of the rows the caller may read; all where absent.
    pub filter: Option<Expr>,
}
