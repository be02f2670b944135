//! Decides which structs there are and what they hold.

use super::view;
use crate::model::{Column, Model, Table, Uploads};
use crate::targets::rust;
use std::collections::BTreeSet;
use synctable::{Element, Kind};

/// The tables that a device has, of those that mappers are wanted for.
pub(super) fn tables(model: &Model) -> impl Iterator<Item = &Table> {
    let tables = model.tables.values();
    tables.filter(|table| table.sync.on_client() && is_mapped(model, table))
}

/// Whether mappers are wanted for the table.
pub(super) fn is_mapped(model: &Model, table: &Table) -> bool {
    let mapped = model.mapped.as_ref();
    mapped.is_none_or(|mapped| mapped.contains(&table.name))
}

pub(super) fn root(model: &Model) -> view::Root {
    let changes: Vec<view::Change> = tables(model)
        .filter(|table| table.sync.uploads())
        .map(|table| change(model, table))
        .collect();
    view::Root {
        app: model.app.clone(),
        modules: tables(model)
            .map(|table| rust::module(&table.name))
            .collect(),
        exports: tables(model)
            .map(|table| {
                let uploads = model.uploads(table);
                let names = Shape::all(uploads).map(|shape| shape.name(table));
                let mut names: Vec<String> = names.collect();
                names.sort();
                let names = rust::imports(names.iter().map(String::as_str));
                format!("{}::{names}", rust::module(&table.name))
            })
            .collect(),
        uses_never: changes.iter().any(|change| {
            let structs = [&change.put, &change.patch, &change.delete];
            structs.iter().any(|name| name.starts_with(NEVER))
        }),
        changes,
    }
}

/// In place of a struct that a table has not.
const NEVER: &str = "Never";

fn change(model: &Model, table: &Table) -> view::Change {
    let uploads = model.uploads(table);
    let name = |shape: Shape, never: String| match shape.is_there(uploads) {
        true => shape.name(table),
        false => never,
    };
    let module = rust::module(&table.name);
    let of_table = format!("{NEVER}<super::generated::tables::{module}::Table>");
    let mut names = vec![&table.client_name];
    names.extend(&table.client.view_name);
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    view::Change {
        names: names.join(" | "),
        variant: rust::type_name(&table.name),
        put: name(Shape::Put, of_table),
        patch: name(Shape::Patch, NEVER.to_owned()),
        delete: name(Shape::Delete, NEVER.to_owned()),
    }
}

pub(super) fn row(model: &Model, table: &Table) -> view::Row {
    let uploads = model.uploads(table);
    let columns = || table.columns.values();
    let fields: Vec<view::Field> = columns()
        .filter(|column| column.is_on_device())
        .map(|column| field(table, column))
        .collect();
    let is_named = |column: &&Column| {
        column.is_on_device()
            || (uploads.put && table.in_put(column).is_sent())
            || (uploads.patch && table.in_patch(column).is_sent())
    };
    let kinds = || columns().filter(is_named).map(|column| &column.kind);
    let mut imports: BTreeSet<&str> = kinds().filter_map(rust::imported).collect();
    imports.insert("SyncTable");
    let (uses_domains, uses_enums) = (kinds().any(rust::is_domain), kinds().any(rust::is_enum));
    if uses_enums {
        imports.insert("MaybeKnown");
    }
    view::Row {
        declared: format!("`{}`", table.name),
        doc: rust::doc_lines(&match &table.doc {
            Some(doc) => doc.clone(),
            None => format!("A row of `{}`.", table.name),
        }),
        has_undescribed: fields.iter().any(|field| field.doc.is_empty()),
        uses_domains,
        uses_enums,
        module: rust::module(&table.name),
        imports: rust::imports(imports),
        name: Shape::Row.name(table),
        fields,
        uploads: self::uploads(table, uploads),
    }
}

/// What `synctable::uploads!` is told of a table that devices upload.
fn uploads(table: &Table, uploads: Uploads) -> Option<String> {
    let module = rust::module(&table.name);
    let shapes = Shape::all(uploads).skip(1);
    let named: Vec<String> = shapes
        .map(|shape| format!("{} = {}", shape.word(), shape.name(table)))
        .collect();
    let one = format!("{module}: {}", named.join(", "));
    match (named.is_empty(), one.len()) {
        (true, _) => None,
        (false, ..=80) => Some(one),
        (false, _) => Some(format!("\n    {module}:\n    {},\n", named.join(",\n    "))),
    }
}

/// A struct that stands for some of a table's columns.
enum Shape {
    /// What a device has.
    Row,
    /// What a device uploads of a new row.
    Put,
    /// What a device uploads of a changed row.
    Patch,
    /// What a device uploads of a deleted row.
    Delete,
}

impl Shape {
    /// Those that a table has.
    fn all(uploads: Uploads) -> impl Iterator<Item = Shape> {
        let all = [Shape::Row, Shape::Put, Shape::Patch, Shape::Delete];
        all.into_iter().filter(move |shape| shape.is_there(uploads))
    }

    fn is_there(&self, uploads: Uploads) -> bool {
        match self {
            Shape::Row => true,
            Shape::Put => uploads.put,
            Shape::Patch => uploads.patch,
            Shape::Delete => uploads.delete,
        }
    }

    /// Its word, which also ends its name.
    fn word(&self) -> &'static str {
        match self {
            Shape::Row => "Row",
            Shape::Put => "Put",
            Shape::Patch => "Patch",
            Shape::Delete => "Delete",
        }
    }

    fn name(&self, table: &Table) -> String {
        let word = self.word().to_ascii_lowercase();
        rust::type_name(&format!("{}_{word}", table.name))
    }
}

fn field(table: &Table, column: &Column) -> view::Field {
    let doc = column.doc.iter().flat_map(|doc| rust::doc_lines(doc));
    let deprecated = column
        .deprecated
        .iter()
        .flat_map(|why| rust::doc_lines(&format!("Deprecated: {why}")));
    let value = kept(column);
    view::Field {
        doc: doc.chain(deprecated).collect(),
        field: rust::field(&column.name),
        holds: match table.may_lack(column) {
            true => format!("Option<{value}>"),
            false => value,
        },
    }
}

/// A row outlives the build that reads it: a label that a newer server sends is kept.
fn kept(column: &Column) -> String {
    let value = rust::short_type(column);
    match &column.kind {
        Kind::Enum { name, .. } | Kind::List(Element::Enum { name, .. }) => {
            let strict = format!("enums::{}", rust::type_name(name));
            value.replace(&strict, &format!("MaybeKnown<{strict}>"))
        }
        Kind::Scalar(_)
        | Kind::Domain { .. }
        | Kind::List(Element::Scalar(_) | Element::Domain { .. })
        | Kind::Opaque(_) => value,
    }
}
