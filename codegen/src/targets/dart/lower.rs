//! Decides how PowerSync's library for Dart declares the tables of a device.

use super::spelling::literal;
use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Index, Mode, Table, TrackPrevious, deprecated};
use crate::targets::raw_tables;

pub(super) fn lower(model: &Model) -> view::Schema {
    let schema = powersync_client::lower(model);
    view::Schema {
        head: schema.head(),
        tables: schema.tables.iter().map(table).collect(),
        raw: schema.raw.iter().map(raw_table).collect(),
    }
}

fn raw_table(raw: &raw_tables::RawTable<'_>) -> view::RawTable {
    let mut options = Vec::new();
    options.extend(track_previous(&raw.track_previous));
    if raw.ignore_empty_updates {
        options.push("ignoreEmptyUpdates: true,".to_owned());
    }
    let columns = raw.columns.iter();
    let indexes = raw.indexes.iter();
    view::RawTable {
        name: text(raw.name),
        synced: raw.synced().map(text).collect(),
        options,
        up: (!raw.is_received).then(|| view::RawUp {
            wire: literal(&serde_json::Value::Object(raw.wire()).to_string()),
            refused: raw
                .refused()
                .map(|(event, sql)| (event, literal(&sql)))
                .collect(),
        }),
        columns: columns
            .map(|column| view::RawColumn {
                deprecated: deprecated(column.deprecated, 6),
                name: text(column.name),
                definition: literal(&column.definition),
            })
            .collect(),
        indexes: indexes
            .map(|index| (text(index.name), literal(&index.on)))
            .collect(),
    }
}

fn track_previous(tracked: &TrackPrevious<'_>) -> Vec<String> {
    match tracked {
        TrackPrevious::Nothing => Vec::new(),
        TrackPrevious::Everything => {
            vec!["trackPreviousValues: TrackPreviousValuesOptions(),".to_owned()]
        }
        TrackPrevious::Columns(names) => {
            let names: Vec<String> = names.iter().map(|name| text(name)).collect();
            vec![
                "trackPreviousValues: TrackPreviousValuesOptions(".to_owned(),
                format!("  columnFilter: [{}],", names.join(", ")),
                "),".to_owned(),
            ]
        }
    }
}

fn table(table: &Table<'_>) -> view::SchemaTable {
    let columns = table.columns.iter();
    view::SchemaTable {
        constructor: match table.mode {
            Mode::InsertOnly => "Table.insertOnly",
            Mode::Synced | Mode::LocalOnly => "Table",
        },
        name: text(table.name),
        columns: columns
            .map(|column| view::SchemaColumn {
                deprecated: column.mark(6),
                name: text(column.name),
                column_type: column.column_type.word(),
            })
            .collect(),
        options: options(table),
    }
}

fn options(table: &Table<'_>) -> Vec<String> {
    let mut options = Vec::new();
    if let Some(name) = table.view_name {
        options.push(format!("viewName: {},", text(name)));
    }
    if table.mode == Mode::LocalOnly {
        options.push("localOnly: true,".to_owned());
    }
    options.extend(track_previous(&table.track_previous));
    if table.track_metadata {
        options.push("trackMetadata: true,".to_owned());
    }
    if table.ignore_empty_updates {
        options.push("ignoreEmptyUpdates: true,".to_owned());
    }
    if !table.indexes.is_empty() {
        options.push("indexes: [".to_owned());
        options.extend(table.indexes.iter().flat_map(index));
        options.push("],".to_owned());
    }
    options
}

fn index(index: &Index<'_>) -> Vec<String> {
    let columns = index.columns.iter();
    let mut lines = vec![format!("  Index({}, [", text(index.name))];
    lines.extend(columns.map(|column| format!("    IndexedColumn({}),", text(column.name))));
    lines.push("  ]),".to_owned());
    lines
}

/// A name in quotes; a name is a word, in which nothing has to be escaped.
fn text(name: &str) -> String {
    format!("'{name}'")
}
