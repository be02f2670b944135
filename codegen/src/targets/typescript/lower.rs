//! Decides what the constants of tables, enums and streams say.

use super::spelling::{comment_lines, constant, doc, file, list, literal, property, type_name};
use super::view;
use crate::map::IndexMap;
use crate::model::{
    self, ClientColumn, ClientId, ClientTable, Clients, IdEncoding, Model, Recipe, RecipePart,
};
use crate::targets::powersync_client::held;
use crate::targets::row_facts::{self, Fill};
use std::collections::BTreeSet;
use synctable::{Element, Kind, Scalar, SyncMode};

pub(super) fn root(model: &Model, clients: &Clients) -> view::Root {
    let doc = match &model.doc {
        Some(doc) => comment_lines(doc),
        None => comment_lines(&format!("What programs know of {}.", model.app)),
    };
    view::Root {
        doc,
        app: literal(&model.app),
        fingerprint: literal(&model::fingerprint(model)),
        tables: model
            .client_tables()
            .iter()
            .map(|client| view::TableName {
                constant: constant(&client.table.name),
                file: file(&client.table.name),
            })
            .collect(),
        releases: releases(model, clients),
        has_enums: !model.enums.is_empty(),
        has_streams: !model.streams.is_empty(),
    }
}

/// What is different for each release that clients still run, by the names that devices have now.
fn releases(model: &Model, clients: &Clients) -> Vec<view::Release> {
    let both = clients.versions.iter().zip(&clients.fingerprints);
    let releases = both.enumerate().map(|(index, (version, fingerprint))| {
        let mut unknown: IndexMap<&str, Vec<String>> = IndexMap::default();
        for added in &clients.added {
            let mut versions = clients.versions.iter();
            let since = versions.position(|one| Some(one) == added.since.as_ref());
            if since.is_none_or(|since| since > index) {
                let table = &model.tables[&added.table];
                let column = literal(&table.columns[&added.column].client_name);
                unknown.entry(&table.client_name).or_default().push(column);
            }
        }
        let mut renamed: IndexMap<&str, Vec<String>> = IndexMap::default();
        for one in clients
            .renamed
            .iter()
            .filter(|one| one.releases.contains(version))
        {
            let table = &model.tables[&one.table];
            let now = literal(&table.columns[&one.column].client_name);
            let member = format!("{}: {now}", property(&one.was));
            renamed.entry(&table.client_name).or_default().push(member);
        }
        view::Release {
            version: literal(version),
            fingerprint: literal(fingerprint),
            unknown: members(unknown, ("[", "]")),
            renamed: members(renamed, ("{ ", " }")),
        }
    });
    releases.collect()
}

/// The members of an object of tables, between its braces.
fn members(tables: IndexMap<&str, Vec<String>>, (open, close): (&str, &str)) -> String {
    if tables.is_empty() {
        return String::new();
    }
    let tables = tables
        .into_iter()
        .map(|(table, inner)| format!("{}: {open}{}{close}", property(table), inner.join(", ")));
    format!(" {} ", tables.collect::<Vec<_>>().join(", "))
}

pub(super) fn table(model: &Model, table: &model::Table) -> view::Table {
    let client = model.client_table(table);
    let columns = held(&client);
    let writes = client.writes;
    let (has_put, has_patch) = match table.sync {
        SyncMode::Local => (false, false),
        _ => (writes.put, writes.patch),
    };
    let mut imports: Vec<&str> = vec!["Row", "Stored", "TableDef"];
    imports.extend(writes.put.then_some("New"));
    imports.extend(has_put.then_some("Put"));
    imports.extend(has_patch.then_some("Patch"));
    imports.sort_unstable();
    view::Table {
        declared: format!("`{}`", table.name),
        doc: doc(table.doc.as_deref(), None, 0),
        enums: named_enums(columns.iter().map(|held| &held.column.kind)),
        imports: imports.join(", "),
        constant: constant(&table.name),
        type_name: type_name(&table.name),
        name: literal(&table.client_name),
        facts: facts(table),
        sync: table.sync.as_str(),
        writes: format!(
            "{{ PUT: {}, PATCH: {}, DELETE: {} }}",
            writes.put, writes.patch, writes.delete
        ),
        conflict: table.conflict.as_str(),
        delete: table.delete.as_str(),
        key: list(table.key.iter().map(|name| client_name(table, name))),
        columns: columns
            .into_iter()
            .map(|held| column(model, &client, held))
            .collect(),
        makes_rows: writes.put,
        has_put,
        has_patch,
    }
}

/// What only some tables have.
fn facts(table: &model::Table) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(view) = &table.client.view_name {
        facts.push(("view", literal(view)));
    }
    if let ClientId::Composed { parts, separator } = &table.id {
        facts.push(("separator", literal(&separator.to_string())));
        let hex: Vec<String> = parts
            .iter()
            .filter(|part| part.encoding == IdEncoding::Hex)
            .map(|part| client_name(table, &part.column))
            .collect();
        if !hex.is_empty() {
            facts.push(("hex", list(hex)));
        }
    }
    if let Some(recipe) = &table.recipe {
        facts.push(("recipe", lower_recipe(table, recipe)));
    }
    facts
}

fn client_name(table: &model::Table, column: &str) -> String {
    literal(&table.columns[column].client_name)
}

fn lower_recipe(table: &model::Table, recipe: &Recipe) -> String {
    let part = |part: &RecipePart| {
        let caller = table.columns[&part.column].is_filled_with_caller();
        let mut text = format!("{{ column: {}", client_name(table, &part.column));
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
            ("null", part.null.as_ref()),
        ] {
            if let Some(written) = written {
                text.push_str(&format!(", {name}: {}", literal(written)));
            }
        }
        text + " }"
    };
    let parts = list(recipe.parts().iter().map(part));
    match recipe {
        Recipe::UuidV5 { namespace, .. } => {
            format!("{{ uuidV5: {}, parts: {parts} }}", literal(namespace))
        }
        Recipe::Join { separator, .. } => {
            format!(
                "{{ join: {}, parts: {parts} }}",
                literal(&separator.to_string())
            )
        }
    }
}

fn column(model: &Model, client: &ClientTable<'_>, held: &ClientColumn<'_>) -> view::Column {
    let column = held.column;
    let mut facts = kind(model, &column.kind);
    let mut add = |name: &str, value: &str| facts.push_str(&format!(", {name}: {value}"));
    if column.nullable {
        add("nullable", "true");
    }
    if held.may_lack() {
        add("awaited", "true");
    }
    add("put", &literal(row_facts::put(client, held)));
    add("patch", &literal(row_facts::patch(client, held)));
    match row_facts::fill(client, held) {
        None => {}
        Some(Fill::Word(word)) => add("fill", &literal(word)),
        Some(Fill::Value(value)) => {
            let value = match value {
                serde_json::Value::String(text) => literal(&text),
                number => number.to_string(),
            };
            add("fill", &format!("{{ value: {value} }}"));
        }
    }
    if let Some(role) = column.role {
        add("role", &literal(role.as_str()));
    }
    view::Column {
        doc: doc(column.doc.as_deref(), column.deprecated.as_deref(), 4),
        name: property(&column.client_name),
        facts,
    }
}

/// `kind: 'uuid'`, and what else the kind needs.
fn kind(model: &Model, kind: &Kind) -> String {
    let of_enum = |name: &str| {
        let declared = &model.enums[name];
        let labels = format!("kind: 'enum', labels: {}", type_name(name));
        if declared.retired.is_empty() {
            return labels;
        }
        let retired = list(declared.retired.iter().map(|label| literal(label)));
        format!("{labels}, retired: {retired}")
    };
    match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => of_scalar(*scalar),
        Kind::Enum { name, .. } => of_enum(name),
        Kind::List(element) => {
            let of = match element {
                Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                    of_scalar(*scalar)
                }
                Element::Enum { name, .. } => of_enum(name),
            };
            format!("kind: 'list', of: {{ {of} }}")
        }
        Kind::Opaque(_) => "kind: 'opaque'".to_owned(),
    }
}

fn of_scalar(scalar: Scalar) -> String {
    let word = scalar.word();
    match scalar {
        Scalar::Varchar(length) => format!("kind: '{word}', length: {length}"),
        Scalar::Decimal { precision, scale } => {
            format!("kind: '{word}', precision: {precision}, scale: {scale}")
        }
        _ => format!("kind: '{word}'"),
    }
}

/// The enums that some kinds name, for an import.
fn named_enums<'k>(kinds: impl Iterator<Item = &'k Kind>) -> String {
    let names: BTreeSet<String> = kinds
        .filter_map(|kind| match kind {
            Kind::Enum { name, .. } | Kind::List(Element::Enum { name, .. }) => {
                Some(type_name(name))
            }
            Kind::Scalar(_)
            | Kind::Domain { .. }
            | Kind::List(Element::Scalar(_) | Element::Domain { .. })
            | Kind::Opaque(_) => None,
        })
        .collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

pub(super) fn enums(model: &Model) -> view::Enums {
    let enums = model.enums.values().map(|declared| view::Enum {
        doc: doc(declared.doc.as_deref(), None, 0),
        name: type_name(&declared.name),
        labels: declared
            .labels
            .iter()
            .map(|label| view::Label {
                doc: match declared.retired.contains(label) {
                    true => doc(
                        None,
                        Some("Remains in old rows; no device may write it."),
                        2,
                    ),
                    false => String::new(),
                },
                name: property(label),
                text: literal(label),
            })
            .collect(),
    });
    view::Enums {
        enums: enums.collect(),
    }
}

pub(super) fn streams(model: &Model) -> view::Streams {
    let streams = model.streams.values();
    view::Streams {
        enums: named_enums(streams.clone().flat_map(|stream| stream.params.values())),
        streams: streams
            .map(|stream| view::Stream {
                doc: doc(stream.doc.as_deref(), None, 0),
                constant: constant(&stream.name),
                type_name: type_name(&stream.name),
                name: literal(&stream.name),
                automatic: stream.automatic,
                priority: stream.priority,
                params: stream
                    .params
                    .iter()
                    .map(|(name, of)| (property(name), kind(model, of)))
                    .collect(),
                tables: list(
                    stream
                        .tables
                        .iter()
                        .map(|table| literal(&model.tables[&table.table].client_name)),
                ),
            })
            .collect(),
    }
}
