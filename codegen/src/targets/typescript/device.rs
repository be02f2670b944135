//! The database of a device with plain SQLite, as programs in TypeScript open and sync it.

use super::spelling::{comment_lines, list, literal, text_block};
use super::view;
use crate::model::{ClientTable, Database, Model};
use synctable::SyncMode;
use synctable::table::CLIENT_ID;

/// The database, where its devices queue what they upload.
pub(super) fn lower(model: &Model, database: &Database) -> Option<view::Database> {
    let queue = database.queue.as_ref()?;
    let steps = database.steps.iter().map(|step| view::DatabaseStep {
        from: step.from,
        references: step.references,
        sql: text_block(&step.sql),
    });
    let tables = model.client_tables();
    let shared = tables.iter().filter(|it| it.table.sync != SyncMode::Local);
    Some(view::Database {
        app: comment_lines(&model.app)
            .concat()
            .trim()
            .replace("*/", "* /"),
        version: database.version,
        schema: text_block(&database.schema),
        steps: steps.collect(),
        queue: text_block(queue),
        tables: shared
            .map(|shared| view::SharedTable {
                name: literal(&shared.table.client_name),
                columns: list(sent(shared)),
                is_received: shared.table.sync.downloads(),
            })
            .collect(),
        channels: channels(model),
    })
}

/// The tables that devices receive, with the column that has the id of whoever reads a row.
fn channels(model: &Model) -> Vec<view::Channel> {
    let client = &model.postgres.roles.client;
    let tables = model.tables.values();
    let received = tables.filter(|table| table.sync.downloads());
    let channels = received.filter_map(|table| {
        let rule = table.access.as_ref()?.read.get(client)?;
        Some(view::Channel {
            schema: literal(&table.schema),
            table: literal(&table.name),
            owner: rule.owner().map_or_else(|| "null".to_owned(), literal),
        })
    });
    channels.collect()
}

/// The columns that the server sends beside the id: what SQLite computes and what only the device has are not among them.
fn sent(shared: &ClientTable<'_>) -> Vec<String> {
    let columns = shared.columns.iter().map(|held| held.column);
    columns
        .filter(|column| column.generated.is_none() && column.direction.on_server())
        .filter(|column| column.client_name != CLIENT_ID)
        .map(|column| literal(&column.client_name))
        .collect()
}
