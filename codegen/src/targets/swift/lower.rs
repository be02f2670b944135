//! Decides how PowerSync's library for Swift declares the tables of a device.

use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Index, Mode, Table, TrackPrevious};

pub(super) fn lower(model: &Model) -> view::Schema {
    let schema = powersync_client::lower(model);
    view::Schema {
        head: schema.head(),
        tables: schema.tables.iter().map(table).collect(),
    }
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

/// The other arguments, in the order of the initialiser.
fn options(table: &Table<'_>) -> Vec<String> {
    let mut arguments: Vec<Vec<String>> = Vec::new();
    if !table.indexes.is_empty() {
        let mut lines = vec!["indexes: [".to_owned()];
        lines.extend(table.indexes.iter().map(index));
        lines.push("]".to_owned());
        arguments.push(lines);
    }
    let mut set = |argument: String| arguments.push(vec![argument]);
    match table.mode {
        Mode::LocalOnly => set("localOnly: true".to_owned()),
        Mode::InsertOnly => set("insertOnly: true".to_owned()),
        Mode::Synced => {}
    }
    if let Some(name) = table.view_name {
        set(format!("viewNameOverride: {}", text(name)));
    }
    if table.track_metadata {
        set("trackMetadata: true".to_owned());
    }
    match &table.track_previous {
        TrackPrevious::Nothing => {}
        TrackPrevious::Everything => {
            set("trackPreviousValues: TrackPreviousValuesOptions()".to_owned());
        }
        TrackPrevious::Columns(names) => arguments.push(vec![
            "trackPreviousValues: TrackPreviousValuesOptions(".to_owned(),
            format!("    columnFilter: [{}]", texts(names.iter().copied())),
            ")".to_owned(),
        ]),
    }
    if table.ignore_empty_updates {
        arguments.push(vec!["ignoreEmptyUpdates: true".to_owned()]);
    }
    // Swift allows no comma behind the last argument.
    let last = arguments.len().saturating_sub(1);
    for lines in &mut arguments[..last] {
        lines.last_mut().expect("an argument has a line").push(',');
    }
    arguments.concat()
}

fn index(index: &Index<'_>) -> String {
    let columns = texts(index.columns.iter().map(|column| column.name));
    format!(
        "    Index.ascending(name: {}, columns: [{columns}]),",
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
