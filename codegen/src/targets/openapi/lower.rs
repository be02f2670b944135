//! Decides what the rows are over HTTP.

use super::document::{Additional, Components, Document, Info, Schema, SecurityScheme};
use super::values::Values;
use super::{entries, example, write};
use crate::map::IndexMap;
use crate::model::{self, ClientTable, Model, Table};
use synctable::Case;
use synctable::table::CLIENT_ID;

/// The schemas of a document, one after the other.
pub(super) fn schemas(
    model: &Model,
    written: &[ClientTable<'_>],
    add: &mut dyn FnMut(&str, &Schema),
) {
    let mut values = Values::new(model);
    for table in synced(model) {
        add(&row_name(table), &row(table, &mut values));
    }
    for client in written {
        for (name, schema) in entries::schemas(client, &mut values) {
            add(&name, &schema);
        }
    }
    for (name, schema) in values.finish() {
        add(&name, &schema);
    }
    if !written.is_empty() {
        for (name, schema) in write::schemas(entries::entry(written)) {
            add(name, &schema);
        }
        if pulls(model) {
            for (name, schema) in write::sync_schemas() {
                add(name, &schema);
            }
        }
        if has_checkpoints(model) {
            for (name, schema) in write::checkpoint_schemas() {
                add(name, &schema);
            }
        }
        if model.signs_objects() {
            let buckets: Vec<&str> = model.storage.keys().map(String::as_str).collect();
            for (name, schema) in write::object_schemas(&buckets) {
                add(name, &schema);
            }
        }
    }
}

/// Whether devices ask the bridge for write checkpoints.
fn has_checkpoints(model: &Model) -> bool {
    !model.postgres.custom_checkpoints.is_empty()
}

/// Whether devices pull from the bridge.
fn pulls(model: &Model) -> bool {
    model.postgres.roles.bridge.is_some() && model.pulled().next().is_some()
}

/// The rest of a document.
pub(super) fn without_schemas(model: &Model, written: &[ClientTable<'_>]) -> Document {
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
        security: vec![IndexMap::from_iter([("token", Vec::new())])],
        // Where devices write nothing, nothing takes it.
        paths: match example::request(model, written) {
            None => IndexMap::default(),
            Some(example) => {
                let mut paths = IndexMap::from_iter([("/api/data", write::path(example))]);
                if pulls(model) {
                    paths.insert("/api/sync", write::sync());
                }
                if has_checkpoints(model) {
                    paths.insert("/api/checkpoint", write::checkpoint());
                }
                if model.signs_objects() {
                    paths.insert("/api/objects", write::objects());
                }
                paths.extend(write::health());
                paths
            }
        },
        components: Components {
            schemas: IndexMap::default(),
            security_schemes: IndexMap::from_iter([(
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
fn row(table: &Table, values: &mut Values<'_>) -> Schema {
    let mut properties = IndexMap::from_iter([(CLIENT_ID.to_owned(), values.row_id())]);
    let mut required = vec![CLIENT_ID.to_owned()];
    for column in table.columns.values() {
        let shared = column.is_on_device() && column.direction.on_server();
        if !shared || column.client_name == CLIENT_ID {
            continue;
        }
        properties.insert(column.client_name.clone(), values.of(column));
        required.push(column.client_name.clone());
    }
    Schema {
        description: table.doc.clone(),
        properties,
        required,
        additional_properties: Some(Additional::Any(false)),
        ..Schema::of("object")
    }
}
