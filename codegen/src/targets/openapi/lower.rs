//! Decides what the rows are over HTTP.

use super::document::{Components, Document, Info, Schema, SecurityScheme};
use super::write;
use crate::model::{self, Column, Model, Table};
use indexmap::IndexMap;
use synctable::table::CLIENT_ID;
use synctable::{Case, Direction, Kind};

pub(super) fn lower(model: &Model) -> Document {
    let written: Vec<&str> = synced(model)
        .filter(|table| table.sync.uploads())
        .map(|table| table.client_name.as_str())
        .collect();
    let rows = synced(model).map(|table| (row_name(table), row(model, table)));
    let write = write::schemas(&written).map(|(name, schema)| (name.to_owned(), schema));
    Document {
        openapi: "3.1.1",
        info: Info {
            title: model.app.clone(),
            description: model
                .doc
                .clone()
                .unwrap_or_else(|| format!("Rows and writes of {}.", model.app)),
            // It changes exactly when a fact changes that matters on the wire.
            version: model::fingerprint(model),
        },
        security: vec![IndexMap::from([("token", Vec::new())])],
        // Where devices write nothing, nothing takes it.
        paths: match written.is_empty() {
            true => IndexMap::new(),
            false => IndexMap::from([("/api/data", write::path())]),
        },
        components: Components {
            schemas: match written.is_empty() {
                true => rows.collect(),
                false => rows.chain(write).collect(),
            },
            security_schemes: IndexMap::from([(
                "token",
                SecurityScheme {
                    kind: "http",
                    scheme: "bearer",
                    bearer_format: "JWT",
                },
            )]),
        },
    }
}

/// The tables whose rows travel.
pub(super) fn synced(model: &Model) -> impl Iterator<Item = &Table> {
    model
        .tables
        .values()
        .filter(|table| table.sync.on_client() && table.sync.on_server())
}

/// The name of a row's schema: `ItemsRow`.
pub(super) fn row_name(table: &Table) -> String {
    Case::pascal(&format!("{}_row", table.client_name))
}

/// A whole row as a device has it, values in the forms of SQLite.
fn row(model: &Model, table: &Table) -> Schema {
    let id = Schema::of("string").told("The row's id on a device, composed of its key.");
    let mut properties = IndexMap::from([(CLIENT_ID.to_owned(), id)]);
    let mut required = vec![CLIENT_ID.to_owned()];
    for column in table.columns.values() {
        let shared = column.direction.on_client() && column.direction.on_server();
        if !shared || column.secret || column.client_name == CLIENT_ID {
            continue;
        }
        properties.insert(column.client_name.clone(), value(model, column));
        required.push(column.client_name.clone());
    }
    Schema {
        description: table.doc.clone(),
        properties,
        required,
        additional_properties: Some(false),
        ..Schema::of("object")
    }
}

fn value(model: &Model, column: &Column) -> Schema {
    let facts = column.kind.json_schema();
    let mut schema = Schema {
        description: column.doc.clone(),
        deprecated: column.deprecated.is_some(),
        read_only: (column.direction == Direction::ServerOwned && !column.may_be_sent())
            || column.generated.is_some(),
        values: labels(model, column),
        format: facts.format,
        pattern: facts.pattern.map(|pattern| pattern.into_owned()),
        minimum: facts.minimum,
        maximum: facts.maximum,
        max_length: facts.max_length,
        content_encoding: facts.content_encoding,
        content_media_type: facts.content_media_type,
        ..Schema::of(facts.json_type.as_str())
    };
    if column.nullable {
        schema.types.push("null");
    }
    schema
}

/// The labels of an enum, and null where that is a value.
fn labels(model: &Model, column: &Column) -> Option<Vec<Option<String>>> {
    let Kind::Enum { name, .. } = &column.kind else {
        return None;
    };
    let labels = model.enums[&**name].labels.iter().cloned().map(Some);
    Some(labels.chain(column.nullable.then_some(None)).collect())
}
