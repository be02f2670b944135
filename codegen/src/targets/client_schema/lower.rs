//! Decides the fields of the schema, in the order in which PowerSync's own libraries send them.

use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Mode, Table, TrackPrevious};
use serde_json::json;

pub(super) fn lower(model: &Model) -> view::Schema {
    let schema = powersync_client::lower(model);
    view::Schema {
        tables: schema.tables.iter().map(table).collect(),
    }
}

fn table(table: &Table<'_>) -> view::Table {
    let columns = table.columns.iter();
    let indexes = table.indexes.iter();
    view::Table {
        name: text(table.name),
        view_name: text(table.view_name.unwrap_or(table.name)),
        columns: columns
            .map(|column| {
                let column_type = text(column.column_type.sql());
                format!(
                    r#"{{ "name": {}, "type": {column_type} }}"#,
                    text(column.name)
                )
            })
            .collect(),
        indexes: indexes
            .map(|index| view::Index {
                name: text(index.name),
                columns: index
                    .columns
                    .iter()
                    .map(|column| {
                        let column_type = text(column.column_type.sql());
                        let name = text(column.name);
                        format!(r#"{{ "name": {name}, "ascending": true, "type": {column_type} }}"#)
                    })
                    .collect(),
            })
            .collect(),
        local_only: table.mode == Mode::LocalOnly,
        insert_only: table.mode == Mode::InsertOnly,
        include_old: match &table.track_previous {
            TrackPrevious::Nothing => "false".to_owned(),
            TrackPrevious::Everything => "true".to_owned(),
            TrackPrevious::Columns(names) => {
                let names: Vec<String> = names.iter().map(|name| text(name)).collect();
                format!("[{}]", names.join(", "))
            }
        },
        include_metadata: table.track_metadata,
        ignore_empty_update: table.ignore_empty_updates,
    }
}

fn text(text: &str) -> String {
    json!(text).to_string()
}
