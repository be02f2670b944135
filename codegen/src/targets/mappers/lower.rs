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
    let shapes = Shape::all(model.uploads(table));
    let mut kinds: Vec<&Kind> = Vec::new();
    let mut structs: Vec<view::Struct> = shapes
        .map(|shape| {
            let columns = shape.columns(table);
            kinds.extend(columns.iter().map(|(column, _)| &column.kind));
            lower(&shape, table, columns)
        })
        .collect();
    let described_by = describe_once(&mut structs);
    let kinds = || kinds.iter().copied();
    let mut imports: BTreeSet<&str> = structs.iter().map(|found| found.derive).collect();
    imports.extend(kinds().filter_map(rust::imported));
    let (uses_domains, uses_enums) = (kinds().any(rust::is_domain), kinds().any(rust::is_enum));
    if uses_enums {
        imports.insert("MaybeKnown");
    }
    let mut fields = structs.iter().flat_map(|found| &found.columns);
    view::Row {
        declared: format!("`{}`", table.name),
        described_by,
        has_undescribed: fields.any(|field| field.doc.is_empty()),
        uses_domains,
        uses_enums,
        module: rust::module(&table.name),
        imports: rust::imports(imports),
        structs,
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

    /// Its derive, which also ends its name.
    fn derive(&self) -> &'static str {
        match self {
            Shape::Row => "SyncTable",
            Shape::Put => "Put",
            Shape::Patch => "Patch",
            Shape::Delete => "Delete",
        }
    }

    fn name(&self, table: &Table) -> String {
        let word = match self {
            Shape::Row => "row",
            Shape::Put => "put",
            Shape::Patch => "patch",
            Shape::Delete => "delete",
        };
        rust::type_name(&format!("{}_{word}", table.name))
    }

    fn doc(&self, table: &Table) -> String {
        let name = &table.name;
        match self {
            Shape::Row => match &table.doc {
                Some(doc) => doc.clone(),
                None => format!("A row of `{name}`."),
            },
            Shape::Put => "What a device uploads of a new row.".to_owned(),
            Shape::Patch => "What a device uploads of a changed row.".to_owned(),
            Shape::Delete => "What a device uploads of a deleted row.".to_owned(),
        }
    }

    /// Its columns and what it holds of each.
    fn columns<'t>(&self, table: &'t Table) -> Vec<(&'t Column, String)> {
        let columns = table.columns.values();
        let is_key = |column: &Column| table.key.contains(&column.name);
        match self {
            Shape::Row => columns
                .filter(|column| column.is_on_device())
                .map(|column| {
                    let value = kept(column);
                    match table.may_lack(column) {
                        true => (column, format!("Option<{value}>")),
                        false => (column, value),
                    }
                })
                .collect(),
            Shape::Put => columns
                .filter(|column| table.in_put(column).is_sent())
                .map(|column| (column, holds(column, table.in_put(column).may_be_absent())))
                .collect(),
            Shape::Patch => columns
                .filter(|column| table.in_patch(column).is_sent())
                .map(|column| (column, holds(column, !is_key(column))))
                .collect(),
            Shape::Delete => columns
                .filter(|column| is_key(column))
                .map(|column| (column, holds(column, false)))
                .collect(),
        }
    }
}

/// Leaves a column's description to the first struct that has the column, and names it if it describes one for the others.
fn describe_once(structs: &mut [view::Struct]) -> Option<String> {
    let (first, others) = structs.split_first_mut()?;
    let mut is_needed = false;
    let described = first.columns.iter().filter(|one| !one.doc.is_empty());
    let described: BTreeSet<&str> = described.map(|one| one.field.as_str()).collect();
    for other in others {
        for column in &mut other.columns {
            if described.contains(column.field.as_str()) {
                column.doc.clear();
                is_needed = true;
            }
        }
    }
    is_needed.then(|| first.name.clone())
}

fn lower(shape: &Shape, table: &Table, columns: Vec<(&Column, String)>) -> view::Struct {
    view::Struct {
        doc: rust::doc_lines(&shape.doc(table)),
        derive: shape.derive(),
        name: shape.name(table),
        columns: columns
            .into_iter()
            .map(|(column, holds)| field(column, holds))
            .collect(),
    }
}

fn holds(column: &Column, may_be_absent: bool) -> String {
    let value = rust::short_type(column);
    match may_be_absent {
        true => format!("Option<{value}>"),
        false => value,
    }
}

fn field(column: &Column, holds: String) -> view::Field {
    let doc = column.doc.iter().flat_map(|doc| rust::doc_lines(doc));
    let deprecated = column
        .deprecated
        .iter()
        .flat_map(|why| rust::doc_lines(&format!("Deprecated: {why}")));
    view::Field {
        doc: doc.chain(deprecated).collect(),
        field: rust::field(&column.name),
        holds,
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
