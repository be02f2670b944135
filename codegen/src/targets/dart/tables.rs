//! Decides what the file of a table declares: its names, what is known of it, its rows and their changes.

use super::kinds::{
    constant_of, dart_type, facts, has_bytes, has_label, stored_column, stored_parameter,
};
use super::spelling::{class, constants, doc, literal, marked};
use super::view;
use crate::model::{
    self, ClientColumn, ClientId, ClientTable, IdEncoding, Model, Recipe, RecipePart,
};
use crate::targets::ecmascript::file;
use crate::targets::powersync_client::{held, is_id};
use crate::targets::row_facts::{self, Fill};
use synctable::table::CLIENT_ID;

/// The library that exports everything else.
pub(super) fn library(model: &Model) -> view::Library {
    let tables = model.client_tables();
    view::Library {
        app: model.app.clone(),
        fingerprint: literal(&model::fingerprint(model)),
        has_enums: !model.enums.is_empty(),
        has_streams: !model.streams.is_empty(),
        tables: tables
            .iter()
            .map(|client| (file(&client.table.name), class(&client.table.name)))
            .collect(),
    }
}

pub(super) fn table(model: &Model, table: &model::Table) -> view::Table {
    let client = model.client_table(table);
    let columns = held(&client);
    let mut names: Vec<&str> = columns
        .iter()
        .map(|held| &*held.column.client_name)
        .collect();
    // Every row has an id, also where it is composed of other columns.
    let is_composed = !columns.iter().any(|held| is_id(held.column));
    if is_composed {
        names.insert(0, CLIENT_ID);
    }
    let mut spelt = constants(names.into_iter());
    let id = is_composed.then(|| spelt.remove(0));
    let lowered: Vec<view::Column> = columns
        .iter()
        .zip(spelt)
        .map(|(held, constant)| column(model, &client, held, constant))
        .collect();
    let kinds = || columns.iter().map(|held| &held.column.kind);
    view::Table {
        declared: format!("`{}`", table.name),
        doc: doc(table.doc.as_deref(), 0),
        has_bytes: kinds().any(has_bytes),
        has_labels: kinds().any(has_label),
        class: class(&table.name),
        name: literal(&table.client_name),
        view: literal(
            table
                .client
                .view_name
                .as_ref()
                .unwrap_or(&table.client_name),
        ),
        facts: known_of(table),
        sync: table.sync.as_str(),
        writes: client.writes,
        conflict: table.conflict.as_str(),
        delete: table.delete.as_str(),
        key: list(table.key.iter().map(|name| client_name(table, name))),
        id,
        makes_rows: client.writes.put,
        has_changes: lowered.iter().any(|column| column.is_changed),
        columns: lowered,
    }
}

/// What only some tables have.
fn known_of(table: &model::Table) -> Vec<(&'static str, String)> {
    let mut known = Vec::new();
    if let Some(view) = &table.client.view_name {
        known.push(("view", literal(view)));
    }
    if let ClientId::Composed { parts, separator } = &table.id {
        known.push(("separator", literal(&separator.to_string())));
        let hex: Vec<String> = parts
            .iter()
            .filter(|part| part.encoding == IdEncoding::Hex)
            .map(|part| client_name(table, &part.column))
            .collect();
        if !hex.is_empty() {
            known.push(("hex", list(hex)));
        }
    }
    if let Some(recipe) = &table.recipe {
        known.push(("recipe", lower_recipe(table, recipe)));
    }
    known
}

fn client_name(table: &model::Table, column: &str) -> String {
    literal(&table.columns[column].client_name)
}

fn lower_recipe(table: &model::Table, recipe: &Recipe) -> String {
    let part = |part: &RecipePart| {
        let caller = table.columns[&part.column].is_filled_with_caller();
        let mut text = format!("s.RecipePart(column: {}", client_name(table, &part.column));
        for (holds, fact) in [
            (part.lower, ", lower: true"),
            (part.trim, ", trim: true"),
            (caller, ", caller: true"),
        ] {
            text.push_str(if holds { fact } else { "" });
        }
        for (name, written) in [
            ("before", Some(&part.before).filter(|text| !text.is_empty())),
            ("after", Some(&part.after).filter(|text| !text.is_empty())),
            ("ifNull", part.null.as_ref()),
        ] {
            if let Some(written) = written {
                text.push_str(&format!(", {name}: {}", literal(written)));
            }
        }
        text + ")"
    };
    let parts = list(recipe.parts().iter().map(part));
    match recipe {
        Recipe::UuidV5 { namespace, .. } => {
            format!("s.Recipe(uuidV5: {}, parts: {parts})", literal(namespace))
        }
        Recipe::Join { separator, .. } => {
            let separator = literal(&separator.to_string());
            format!("s.Recipe(join: {separator}, parts: {parts})")
        }
    }
}

fn column(
    model: &Model,
    client: &ClientTable<'_>,
    held: &ClientColumn<'_>,
    constant: String,
) -> view::Column {
    let column = held.column;
    let (put, patch) = (row_facts::put(client, held), row_facts::patch(client, held));
    let fill = row_facts::fill(client, held);
    let is_computed =
        matches!(put, "never" | "ignored") || matches!(fill, Some(Fill::Word("recipe")));
    let is_nullable = column.nullable || held.may_lack();
    let dart_type = dart_type(&column.kind);
    let or_null = |is_nullable: bool| match is_nullable {
        true => format!("{dart_type}?"),
        false => dart_type.clone(),
    };
    view::Column {
        head: marked(column.doc.as_deref(), column.deprecated.as_deref(), 2),
        name: literal(&column.client_name),
        row_type: or_null(is_nullable),
        is_nullable,
        is_given: !is_computed,
        is_needed: !is_computed && put == "required" && fill.is_none(),
        given_type: or_null(column.nullable),
        optional_type: or_null(true),
        is_given_null: column.nullable,
        is_changed: matches!(patch, "changed" | "local"),
        stored: constant_of(stored_column(column, "s.")),
        facts: column_facts(model, held, put, patch, fill),
        constant,
    }
}

fn column_facts(
    model: &Model,
    held: &ClientColumn<'_>,
    put: &str,
    patch: &str,
    fill: Option<Fill>,
) -> String {
    let column = held.column;
    let mut all = facts(model, &column.kind);
    let mut add = |name: &str, value: &str| all.push_str(&format!(", {name}: {value}"));
    if column.nullable {
        add("nullable", "true");
    }
    if held.may_lack() {
        add("awaited", "true");
    }
    add("put", &literal(put));
    add("patch", &literal(patch));
    match fill {
        None => {}
        Some(Fill::Word(word)) => add("fill", &literal(word)),
        Some(Fill::Value(value)) => {
            let value = match value {
                serde_json::Value::String(text) => literal(&text),
                number => number.to_string(),
            };
            add("fill", &format!("s.FillValue({value})"));
        }
    }
    if let Some(role) = column.role {
        add("role", &literal(role.as_str()));
    }
    all
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<String> = items.into_iter().collect();
    format!("[{}]", items.join(", "))
}

pub(super) fn enums(model: &Model) -> view::Enums {
    let enums = model.enums.values().map(|declared| {
        let spelt = constants(declared.labels.iter().map(String::as_str));
        let labels = declared.labels.iter();
        view::Enum {
            doc: doc(declared.doc.as_deref(), 0),
            class: class(&declared.name),
            all: list(labels.clone().map(|label| literal(label))),
            labels: labels
                .zip(spelt)
                .map(|(label, constant)| {
                    let is_retired = declared.retired.contains(label);
                    let why = is_retired.then_some("Remains in old rows; no device may write it.");
                    (doc(why, 2), constant, literal(label))
                })
                .collect(),
        }
    });
    view::Enums {
        enums: enums.collect(),
    }
}

pub(super) fn streams(model: &Model) -> view::Streams {
    let streams = model.streams.values();
    let kinds = || streams.clone().flat_map(|stream| stream.params.values());
    view::Streams {
        has_bytes: kinds().any(has_bytes),
        has_labels: kinds().any(has_label),
        has_params: kinds().next().is_some(),
        streams: streams
            .clone()
            .map(|stream| {
                let spelt = constants(stream.params.keys().map(String::as_str));
                let params = stream.params.iter().zip(spelt);
                view::Stream {
                    doc: doc(stream.doc.as_deref(), 0),
                    function: super::spelling::stream(&stream.name),
                    name: literal(&stream.name),
                    params: params
                        .map(|((name, kind), constant)| view::Param {
                            name: literal(name),
                            of: dart_type(kind),
                            stored: stored_parameter(kind),
                            constant,
                        })
                        .collect(),
                }
            })
            .collect(),
    }
}
