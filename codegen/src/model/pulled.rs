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
