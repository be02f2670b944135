//! Decides which rows there are and what they hold.

use super::view;
use crate::model::{Column, Model, Table};
use crate::targets::rust;
use synctable::{Element, Kind};

/// The tables that a device has.
pub(super) fn tables(model: &Model) -> impl Iterator<Item = &Table> {
    model.tables.values().filter(|table| table.sync.on_client())
}

pub(super) fn root(model: &Model) -> view::Root {
    view::Root {
        tables: tables(model)
            .map(|table| view::RowName {
                module: rust::module(&table.name),
                row: row_name(table),
            })
            .collect(),
    }
}

pub(super) fn row(table: &Table) -> view::Row {
    let columns: Vec<&Column> = table
        .columns
        .values()
        .filter(|column| column.direction.on_client() && !column.secret)
        .collect();
    let holds: Vec<String> = columns.iter().map(|column| holds(column)).collect();
    let uses = |module: &str| holds.iter().any(|holds| holds.contains(module));
    view::Row {
        declared: format!("`{}`", table.name),
        uses_domains: uses("domains::"),
        uses_enums: uses("enums::"),
        module: rust::module(&table.name),
        doc: rust::doc_lines(
            &table
                .doc
                .clone()
                .unwrap_or_else(|| format!("A row of `{}`.", table.name)),
        ),
        row: row_name(table),
        columns: columns
            .iter()
            .zip(&holds)
            .map(|(column, holds)| field(column, holds))
            .collect(),
    }
}

fn field(column: &Column, holds: &str) -> view::Field {
    let doc = match &column.doc {
        Some(doc) => rust::doc_lines(doc),
        None => rust::doc_lines(&format!("The column `{}`.", column.name)),
    };
    let deprecated = column
        .deprecated
        .iter()
        .flat_map(|why| rust::doc_lines(&format!("Deprecated: {why}")));
    view::Field {
        doc: doc.into_iter().chain(deprecated).collect(),
        field: rust::field(&column.name),
        holds: holds.to_owned(),
    }
}

/// A row outlives the build that reads it: a label that a newer server sends is kept.
fn holds(column: &Column) -> String {
    let value = rust::value_type(column);
    match &column.kind {
        Kind::Enum { name, .. } | Kind::List(Element::Enum { name, .. }) => {
            let strict = format!("enums::{}", rust::type_name(name));
            value.replace(&strict, &format!("synctable::MaybeKnown<{strict}>"))
        }
        Kind::Scalar(_)
        | Kind::Domain { .. }
        | Kind::List(Element::Scalar(_) | Element::Domain { .. })
        | Kind::Opaque(_) => value,
    }
}

fn row_name(table: &Table) -> String {
    rust::type_name(&format!("{}_row", table.name))
}
