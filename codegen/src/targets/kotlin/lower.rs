//! Decides how PowerSync's library for Kotlin declares the tables of a device.

use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Index, Mode, Schema, Table, TrackPrevious};
use synctable::Language;

pub(super) fn lower(model: &Model) -> view::Schema {
    let schema = powersync_client::lower(model);
    view::Schema {
        head: schema.head(),
        package: Language::Kotlin.identifier(schema.app).into_owned(),
        imports: imports(&schema),
        tables: schema.tables.iter().map(table).collect(),
    }
}

/// What the file uses: an import without use is a warning.
fn imports(schema: &Schema<'_>) -> Vec<&'static str> {
    let tables = || schema.tables.iter();
    let has_columns = tables().any(|table| !table.columns.is_empty());
    let has_indexes = tables().any(|table| !table.indexes.is_empty());
    let tracks = tables().any(|table| !matches!(table.track_previous, TrackPrevious::Nothing));
    let used = [
        (has_columns, "Column"),
        (has_indexes, "Index"),
        (true, "Schema"),
        (true, "Table"),
        (tracks, "TrackPreviousValuesOptions"),
    ];
    let used = used.into_iter().filter(|(is_used, _)| *is_used);
    used.map(|(_, name)| name).collect()
}

fn table(table: &Table<'_>) -> view::Table {
    let columns = table.columns.iter();
    view::Table {
        name: text(table.name),
        columns: columns
            .map(|column| view::Column {
                deprecated: column.mark(24),
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
        options.push(format!("viewNameOverride = {},", text(name)));
    }
    match table.mode {
        Mode::LocalOnly => options.push("localOnly = true,".to_owned()),
        Mode::InsertOnly => options.push("insertOnly = true,".to_owned()),
        Mode::Synced => {}
    }
    match &table.track_previous {
        TrackPrevious::Nothing => {}
        TrackPrevious::Everything => {
            options.push("trackPreviousValues = TrackPreviousValuesOptions(),".to_owned());
        }
        TrackPrevious::Columns(names) => options.extend([
            "trackPreviousValues = TrackPreviousValuesOptions(".to_owned(),
            format!(
                "    columnFilter = listOf({}),",
                texts(names.iter().copied())
            ),
            "),".to_owned(),
        ]),
    }
    if table.track_metadata {
        options.push("trackMetadata = true,".to_owned());
    }
    if table.ignore_empty_updates {
        options.push("ignoreEmptyUpdates = true,".to_owned());
    }
    if !table.indexes.is_empty() {
        options.push("indexes = listOf(".to_owned());
        options.extend(table.indexes.iter().map(index));
        options.push("),".to_owned());
    }
    options
}

fn index(index: &Index<'_>) -> String {
    let columns = texts(index.columns.iter().map(|column| column.name));
    format!(
        "    Index.ascending({}, listOf({columns})),",
        text(index.name)
    )
}

fn texts<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(text).collect::<Vec<_>>().join(", ")
}

/// A name in quotes; a name is a word, in which nothing has to be escaped.
fn text(name: &str) -> String {
    format!("\"{name}\"")
}
