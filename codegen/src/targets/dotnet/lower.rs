//! Decides how PowerSync's library for .NET declares the tables of a device.

use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Index, Mode, Table, TrackPrevious};
use synctable::Case;
use synctable::facts::ColumnType;

pub(super) fn lower(model: &Model) -> view::Schema {
    let schema = powersync_client::lower(model);
    view::Schema {
        head: schema.head(),
        // In pascal case it is none of the keywords, which are in lower case.
        namespace: Case::pascal(schema.app),
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
                column_type: match column.column_type {
                    ColumnType::Text => "Text",
                    ColumnType::Integer => "Integer",
                    ColumnType::Real => "Real",
                },
            })
            .collect(),
        options: options(table),
    }
}

fn options(table: &Table<'_>) -> Vec<String> {
    let mut options = Vec::new();
    if let Some(name) = table.view_name {
        options.push(format!("ViewName = {},", text(name)));
    }
    match table.mode {
        Mode::LocalOnly => options.push("LocalOnly = true,".to_owned()),
        Mode::InsertOnly => options.push("InsertOnly = true,".to_owned()),
        Mode::Synced => {}
    }
    match &table.track_previous {
        TrackPrevious::Nothing => {}
        TrackPrevious::Everything => {
            options.push("TrackPreviousValues = new TrackPreviousOptions(),".to_owned());
        }
        TrackPrevious::Columns(names) => options.extend([
            "TrackPreviousValues = new TrackPreviousOptions".to_owned(),
            "{".to_owned(),
            format!("    Columns = [{}],", texts(names.iter().copied())),
            "},".to_owned(),
        ]),
    }
    if table.track_metadata {
        options.push("TrackMetadata = true,".to_owned());
    }
    if table.ignore_empty_updates {
        options.push("IgnoreEmptyUpdates = true,".to_owned());
    }
    if !table.indexes.is_empty() {
        options.extend(["Indexes =".to_owned(), "{".to_owned()]);
        options.extend(table.indexes.iter().map(index));
        options.push("},".to_owned());
    }
    options
}

fn index(index: &Index<'_>) -> String {
    let columns = texts(index.columns.iter().map(|column| column.name));
    format!("    [{}] = [{columns}],", text(index.name))
}

fn texts<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(text).collect::<Vec<_>>().join(", ")
}

/// A name in quotes; a name is a word, in which nothing has to be escaped.
fn text(name: &str) -> String {
    format!("\"{name}\"")
}
