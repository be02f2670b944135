//! Prints the tables of a device as PowerSync's client declares them in TypeScript.

use super::spelling::{doc, list, literal, property};
use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Mode, Table, TrackPrevious};

pub(super) fn lower(model: &Model) -> view::PowerSync {
    let schema = powersync_client::lower(model);
    view::PowerSync {
        app: schema.app.to_owned(),
        tables: schema.tables.iter().map(lower_table).collect(),
        left_out: schema.left_out,
    }
}

fn lower_table(table: &Table<'_>) -> view::ClientTable {
    let columns = table.columns.iter();
    view::ClientTable {
        name: property(table.name),
        columns: columns
            .map(|column| view::ClientColumn {
                deprecated: doc(None, column.deprecated, 6),
                name: property(column.name),
                column_type: column.column_type.word(),
            })
            .collect(),
        options: options(table),
    }
}

fn options(table: &Table<'_>) -> Vec<String> {
    let mut options = Vec::new();
    if let Some(name) = table.view_name {
        options.push(format!("viewName: {}", literal(name)));
    }
    match table.mode {
        Mode::LocalOnly => options.push("localOnly: true".to_owned()),
        Mode::InsertOnly => options.push("insertOnly: true".to_owned()),
        Mode::Synced => {}
    }
    match &table.track_previous {
        TrackPrevious::Nothing => {}
        TrackPrevious::Everything => options.push("trackPrevious: true".to_owned()),
        TrackPrevious::Columns(names) => {
            let names = list(names.iter().map(|name| literal(name)));
            options.push(format!("trackPrevious: {{ columns: {names} }}"));
        }
    }
    if table.track_metadata {
        options.push("trackMetadata: true".to_owned());
    }
    if table.ignore_empty_updates {
        options.push("ignoreEmptyUpdates: true".to_owned());
    }
    let indexes: Vec<String> = table
        .indexes
        .iter()
        .map(|index| {
            let columns = list(index.columns.iter().map(|column| literal(column.name)));
            format!("{}: {columns}", property(index.name))
        })
        .collect();
    if !indexes.is_empty() {
        options.push(format!("indexes: {{ {} }}", indexes.join(", ")));
    }
    options
}
