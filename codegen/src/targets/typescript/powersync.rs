//! Prints the tables of a device as PowerSync's client declares them in TypeScript.

use super::spelling::{doc, list, literal, property};
use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Mode, Table, TrackPrevious};
use crate::targets::raw_tables;

pub(super) fn lower(model: &Model) -> view::PowerSync {
    let schema = powersync_client::lower(model);
    view::PowerSync {
        app: schema.app.to_owned(),
        tables: schema.tables.iter().map(lower_table).collect(),
        raw: schema.raw.iter().map(lower_raw).collect(),
        left_out: schema.left_out,
    }
}

fn lower_raw(raw: &raw_tables::RawTable<'_>) -> view::RawTable {
    let mut options = vec![format!(
        "syncedColumns: {}",
        list(raw.synced().map(literal))
    )];
    options.extend(track_previous(&raw.track_previous));
    if raw.ignore_empty_updates {
        options.push("ignoreEmptyUpdates: true".to_owned());
    }
    let columns = raw.columns.iter();
    let indexes = raw.indexes.iter();
    view::RawTable {
        key: property(raw.name),
        name: literal(raw.name),
        options: options.join(", "),
        up: (!raw.is_received).then(|| view::RawUp {
            wire: literal(&serde_json::Value::Object(raw.wire()).to_string()),
            refused: raw
                .refused()
                .map(|(event, sql)| (event, literal(&sql)))
                .collect(),
        }),
        columns: columns
            .map(|column| view::RawColumn {
                deprecated: doc(None, column.deprecated, 6),
                name: property(column.name),
                definition: literal(&column.definition),
            })
            .collect(),
        indexes: indexes
            .map(|index| (property(index.name), literal(&index.on)))
            .collect(),
    }
}

fn track_previous(tracked: &TrackPrevious<'_>) -> Option<String> {
    match tracked {
        TrackPrevious::Nothing => None,
        TrackPrevious::Everything => Some("trackPrevious: true".to_owned()),
        TrackPrevious::Columns(names) => {
            let names = list(names.iter().map(|name| literal(name)));
            Some(format!("trackPrevious: {{ columns: {names} }}"))
        }
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
    options.extend(track_previous(&table.track_previous));
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
