//! Decides the fields of the schema, in the order in which PowerSync's own libraries send them.

use super::view;
use crate::model::Model;
use crate::targets::powersync_client::{self, Mode, Table, TrackPrevious};
use crate::targets::raw_tables;
use serde_json::json;

pub(super) fn lower(model: &Model) -> view::Schema {
    let schema = powersync_client::lower(model);
    view::Schema {
        tables: schema.tables.iter().map(table).collect(),
        raw: schema
            .raw
            .iter()
            .filter(|raw| raw.is_received)
            .map(raw_table)
            .collect(),
    }
}

/// The statements that make the raw tables.
pub(super) fn raw_tables(model: &Model) -> Option<view::RawTables> {
    let schema = powersync_client::lower(model);
    let tables = schema.raw.iter().map(|raw| {
        let indexes = raw.indexes.iter();
        let wire = serde_json::Value::Object(raw.wire()).to_string();
        view::Made {
            create: raw.create_table(),
            indexes: indexes
                .map(|index| format!("{} {}", raw_tables::ident(index.name), index.on))
                .collect(),
            triggers: raw_tables::STATEMENTS
                .iter()
                .map(|event| {
                    let name = raw.trigger(event);
                    let make = match raw.queued.contains(event) {
                        true => format!(
                            "SELECT powersync_create_raw_table_crud_trigger('{}', '{name}', '{event}')",
                            wire.replace('\'', "''")
                        ),
                        false => raw.refuses(event),
                    };
                    (name, make)
                })
                .collect(),
        }
    });
    (!schema.raw.is_empty()).then(|| view::RawTables {
        app: model.app.clone(),
        tables: tables.collect(),
    })
}

fn raw_table(raw: &raw_tables::RawTable<'_>) -> Vec<String> {
    let wire = raw.wire();
    let members = wire.iter().map(|(name, value)| {
        let value = value.to_string().replace("\",\"", "\", \"");
        format!("{}: {value}", text(name))
    });
    members.collect()
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
