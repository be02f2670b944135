//! Decides how PowerSync's library for Rust declares the tables of a device.

use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Index, Mode, Schema, Table, TrackPrevious};

pub(super) fn lower(model: &Model) -> view::Schema {
    let schema = powersync_client::lower(model);
    view::Schema {
        head: schema.head(),
        imports: imports(&schema),
        tables: schema.tables.iter().map(table).collect(),
    }
}

/// What the file uses: an import without use is a warning.
fn imports(schema: &Schema<'_>) -> String {
    let tables = || schema.tables.iter();
    let has_columns = tables().any(|table| !table.columns.is_empty());
    let has_indexes = tables().any(|table| !table.indexes.is_empty());
    let tracks = tables().any(|table| !matches!(table.track_previous, TrackPrevious::Nothing));
    let used = [
        (has_columns, "Column"),
        (has_indexes, "Index"),
        (has_indexes, "IndexedColumn"),
        (true, "Schema"),
        (true, "Table"),
        (tracks, "TrackPreviousValues"),
    ];
    let used = used.into_iter().filter(|(is_used, _)| *is_used);
    used.map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}

fn table(table: &Table<'_>) -> view::Table {
    let columns = table.columns.iter();
    view::Table {
        name: text(table.name),
        columns: columns
            .map(|column| view::Column {
                deprecated: column.mark(16),
                name: text(column.name),
                column_type: column.column_type.word(),
            })
            .collect(),
        options: options(table),
    }
}

/// The statements of the function that sets the options.
fn options(table: &Table<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(name) = table.view_name {
        lines.push(format!(
            "table.view_name_override = Some({}.into());",
            text(name)
        ));
    }
    match table.mode {
        Mode::LocalOnly => lines.push("table.options.local_only = true;".to_owned()),
        Mode::InsertOnly => lines.push("table.options.insert_only = true;".to_owned()),
        Mode::Synced => {}
    }
    match &table.track_previous {
        TrackPrevious::Nothing => {}
        TrackPrevious::Everything => lines.push(
            "table.options.track_previous_values = Some(TrackPreviousValues::all());".to_owned(),
        ),
        TrackPrevious::Columns(names) => {
            lines.push(
                "table.options.track_previous_values = Some(TrackPreviousValues {".to_owned(),
            );
            lines.push("    column_filter: Some(vec![".to_owned());
            lines.extend(
                names
                    .iter()
                    .map(|name| format!("        {}.into(),", text(name))),
            );
            lines.push("    ]),".to_owned());
            lines.push("    only_when_changed: false,".to_owned());
            lines.push("});".to_owned());
        }
    }
    if table.track_metadata {
        lines.push("table.options.track_metadata = true;".to_owned());
    }
    if table.ignore_empty_updates {
        lines.push("table.options.ignore_empty_updates = true;".to_owned());
    }
    lines.extend(table.indexes.iter().flat_map(index));
    lines
}

fn index(index: &Index<'_>) -> Vec<String> {
    let mut lines = vec![
        "table.indexes.push(Index {".to_owned(),
        format!("    name: {}.into(),", text(index.name)),
        "    columns: vec![".to_owned(),
    ];
    for column in &index.columns {
        lines.extend([
            "        IndexedColumn {".to_owned(),
            format!("            name: {}.into(),", text(column.name)),
            "            ascending: true,".to_owned(),
            format!(
                "            type_name: {}.into(),",
                text(column.column_type.sql())
            ),
            "        },".to_owned(),
        ]);
    }
    lines.extend(["    ],".to_owned(), "});".to_owned()]);
    lines
}

/// A name in quotes; a name is a word, in which nothing has to be escaped.
fn text(name: &str) -> String {
    format!("\"{name}\"")
}
