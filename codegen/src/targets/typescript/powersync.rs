//! Decides how PowerSync's client declares the tables of a device.

use super::lower::{held, is_id};
use super::spelling::{doc, list, literal, property};
use super::view;
use crate::model::{ClientTable, Column, Expr, Index, IndexSide, Model, Table};
use synctable::SyncMode;
use synctable::facts::ColumnType;

pub(super) fn lower(model: &Model) -> view::PowerSync {
    let tables = model.client_tables();
    view::PowerSync {
        app: model.app.clone(),
        left_out: tables.iter().flat_map(what_is_left_out).collect(),
        tables: tables.iter().map(lower_table).collect(),
    }
}

fn lower_table(client: &ClientTable<'_>) -> view::ClientTable {
    let table = client.table;
    let columns = held(client).into_iter().map(|held| held.column);
    view::ClientTable {
        name: property(&table.client_name),
        columns: columns
            .filter(|column| !is_id(column))
            .map(|column| view::ClientColumn {
                deprecated: doc(None, column.deprecated.as_deref(), 6),
                name: property(&column.client_name),
                column_type: match column.kind.column_type() {
                    ColumnType::Text => "text",
                    ColumnType::Integer => "integer",
                    ColumnType::Real => "real",
                },
            })
            .collect(),
        options: options(table),
    }
}

fn options(table: &Table) -> Vec<String> {
    let mut options = Vec::new();
    if let Some(name) = &table.client.view_name {
        options.push(format!("viewName: {}", literal(name)));
    }
    match table.sync {
        SyncMode::Local => options.push("localOnly: true".to_owned()),
        SyncMode::Up => options.push("insertOnly: true".to_owned()),
        SyncMode::Both | SyncMode::Down | SyncMode::None => {}
    }
    let tracked = &table.client.track_previous;
    let sent = table
        .columns
        .values()
        .filter(|column| column.is_on_device());
    if !tracked.is_empty() {
        let names = tracked.iter().map(|name| &table.columns[name]);
        let names: Vec<&Column> = names.filter(|column| !is_id(column)).collect();
        let are_all = sent
            .filter(|column| !is_id(column) && left_out(table, column).is_none())
            .all(|column| tracked.contains(&column.name));
        options.push(match are_all {
            true => "trackPrevious: true".to_owned(),
            false => {
                let names = list(names.iter().map(|column| literal(&column.client_name)));
                format!("trackPrevious: {{ columns: {names} }}")
            }
        });
    }
    if table.client.track_metadata {
        options.push("trackMetadata: true".to_owned());
    }
    if table.client.ignore_empty_updates {
        options.push("ignoreEmptyUpdates: true".to_owned());
    }
    let indexes: Vec<String> = wanted(table)
        .filter_map(|index| {
            let columns = columns_of(table, index).ok()?;
            Some(format!("{}: {}", property(&index.name), list(columns)))
        })
        .collect();
    if !indexes.is_empty() {
        options.push(format!("indexes: {{ {} }}", indexes.join(", ")));
    }
    options
}

/// The indexes that a device should have.
fn wanted(table: &Table) -> impl Iterator<Item = &Index> {
    table.indexes.iter().filter(|index| match index.side {
        IndexSide::Client | IndexSide::Both => true,
        IndexSide::Server => table.sync == SyncMode::Local,
    })
}

/// The columns of an index as PowerSync names them, or why it cannot have the index, as a clause.
fn columns_of(table: &Table, index: &Index) -> Result<Vec<String>, &'static str> {
    if index.predicate.is_some() {
        return Err("PowerSync has no partial indexes");
    }
    let parts = index.parts.iter().map(|part| {
        let Expr::Column(name) = &part.expr else {
            return Err("PowerSync has no indexes over expressions");
        };
        let column = &table.columns[name];
        if part.descending || part.nulls_first.is_some_and(|first| !first) {
            return Err("PowerSync has no descending indexes in all of its clients");
        }
        if is_id(column) {
            return Err("PowerSync has an index over `id` already");
        }
        match left_out(table, column) {
            Some(_) => Err("a column of it is left out"),
            None => Ok(literal(&column.client_name)),
        }
    });
    parts.collect()
}

/// Why PowerSync's table cannot hold a column of the device, as a clause.
pub(super) fn left_out(table: &Table, column: &Column) -> Option<&'static str> {
    let on_server = column.direction.on_server();
    if table.sync.on_server() && !on_server {
        Some(
            "PowerSync would upload it, and remove it with the next row of the server; use a local table",
        )
    } else if !table.sync.on_server() && column.generated.is_some() {
        Some("PowerSync's tables compute no columns; use a view")
    } else {
        None
    }
}

/// A line for everything that is declared and not here.
fn what_is_left_out(client: &ClientTable<'_>) -> Vec<String> {
    let table = client.table;
    let columns = client.columns.iter().filter_map(|held| {
        let why = left_out(table, held.column)?;
        Some(format!("`{}.{}`: {why}", table.name, held.column.name))
    });
    let indexes = wanted(table).filter_map(|index| {
        let why = columns_of(table, index).err()?;
        Some(format!("index `{}`: {why}", index.name))
    });
    columns.chain(indexes).collect()
}
