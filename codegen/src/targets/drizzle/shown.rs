//! The tables of one side, with the names that they and their columns have in TypeScript.

use crate::catalog;
use crate::map::IndexMap;
use crate::model::{ClientTable, Model, Table, parents_first};
use crate::targets::ecmascript::constant;
use crate::targets::powersync_client::held;
use synctable::{Case, Language};

/// A table of one side.
pub(super) struct Shown<'m> {
    pub(super) table: &'m Table,
    /// Its constant.
    pub(super) constant: String,
    /// The keys of its columns on this side, by declared name.
    pub(super) keys: IndexMap<&'m str, String>,
}

/// The tables of the server, parents before their children.
pub(super) fn on_server(model: &Model) -> Vec<Shown<'_>> {
    let ordered = parents_first(model).into_iter().flatten();
    let tables = ordered.filter(|table| table.sync.on_server());
    tables
        .map(|table| {
            let columns = catalog::server_columns(table);
            Shown {
                table,
                constant: constant(&table.name),
                keys: columns
                    .map(|column| (column.name.as_str(), key(&column.name)))
                    .collect(),
            }
        })
        .collect()
}

/// A column as the key of an object: `listId`.
pub(super) fn key(column: &str) -> String {
    let name = Case::camel(column);
    Language::TypeScript.member(&name).into_owned()
}

/// The constant of a table's relations.
pub(super) fn relations_of(table: &str) -> String {
    format!("{}Relations", constant(table))
}

/// The constant of a schema of Postgres.
pub(super) fn schema_of(schema: &str) -> String {
    format!("{}Schema", constant(schema))
}

/// The constant of a table that exists elsewhere: `authUsers`.
pub(super) fn external(schema: &str, name: &str) -> String {
    constant(&format!("{schema}_{name}"))
}

/// Tables of a device, in their order.
pub(super) fn on_device<'m>(clients: &[ClientTable<'m>]) -> Vec<Shown<'m>> {
    let clients = clients.iter();
    clients
        .map(|client| Shown {
            table: client.table,
            constant: constant(&client.table.name),
            keys: held(client)
                .into_iter()
                .map(|held| (held.column.name.as_str(), key(&held.column.client_name)))
                .collect(),
        })
        .collect()
}
