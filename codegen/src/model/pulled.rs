//! The tables that devices with plain SQLite pull.

use super::{Column, Model, Table};
use synctable::Role;

impl Model {
    /// The tables whose rows tell which transaction wrote them, each with the column that does.
    pub fn pulled(&self) -> impl Iterator<Item = (&Table, &Column)> {
        let tables = self.tables.values().filter(|table| table.sync.downloads());
        tables.filter_map(|table| Some((table, table.on_server(Role::Changed)?)))
    }
}

/// Everything that devices pull.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// A digest of all of it.
    pub version: String,
    /// The schema of the bridge.
    pub bridge: String,
    /// The tables, in declared order.
    pub tables: Vec<PulledTable>,
    /// What each role reads.
    pub roles: Vec<PulledRole>,
}

/// What a role reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledRole {
    /// The role.
    pub name: String,
    /// Where the database is, and what the rules read besides rows.
    pub state: String,
    /// The tables in which something changed.
    pub busy: String,
    /// The places of the tables that it reads, each with the places of the texts that its rules read.
    pub tables: Vec<(usize, Vec<usize>)>,
}

/// How the rows of a table are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledTable {
    /// The table.
    pub table: String,
    /// The columns of a row: the key, and then what devices have besides.
    pub columns: Vec<String>,
    /// The types of the key's columns in Postgres.
    pub types: Vec<String>,
    /// Rows that changed.
    pub changed: String,
    /// The next page.
    pub changed_after: String,
    /// Every row.
    pub whole: String,
    /// The next page.
    pub whole_after: String,
    /// Some rows.
    pub now: String,
    /// The rows that went.
    pub gone: String,
}
