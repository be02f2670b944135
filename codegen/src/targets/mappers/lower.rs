//! Decides which structs there are and what they hold.

use super::view;
use crate::model::{Column, Model, Table};
use crate::targets::rust;
use synctable::{ConflictRule, DeleteRule, Element, Kind, SyncMode};

/// The tables that a device has.
pub(super) fn tables(model: &Model) -> impl Iterator<Item = &Table> {
    model.tables.values().filter(|table| table.sync.on_client())
}

pub(super) fn root(model: &Model) -> view::Root {
    let changes: Vec<view::Change> = tables(model)
        .filter(|table| table.sync.uploads())
        .map(change)
        .collect();
    view::Root {
        app: model.app.clone(),
        modules: tables(model)
            .map(|table| rust::module(&table.name))
            .collect(),
        exports: tables(model)
            .map(|table| {
                let mut names: Vec<String> =
                    structs(table).into_iter().map(|found| found.name).collect();
                names.sort();
                let names = rust::imports(names.iter().map(String::as_str));
                format!("{}::{names}", rust::module(&table.name))
            })
            .collect(),
        uses_never: changes
            .iter()
            .any(|change| change.patch == NEVER || change.delete == NEVER),
        changes,
    }
}

/// In place of a struct that a table has not.
const NEVER: &str = "Never";

fn change(table: &Table) -> view::Change {
    let name = |shape: &Shape| match shape.columns(table) {
        Some(_) => shape.name(table),
        None => NEVER.to_owned(),
    };
    let mut names = vec![&table.client_name];
    names.extend(&table.client.view_name);
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    view::Change {
        names: names.join(" | "),
        variant: rust::type_name(&table.name),
        put: name(&Shape::Put),
        patch: name(&Shape::Patch),
        delete: name(&Shape::Delete),
    }
}

pub(super) fn row(table: &Table) -> view::Row {
    let structs = structs(table);
    let uses = |module: &str| {
        let mut fields = structs.iter().flat_map(|found| &found.columns);
        fields.any(|field| field.holds.contains(module))
    };
    let mut derives: Vec<&str> = structs.iter().map(|found| found.derive).collect();
    derives.sort_unstable();
    view::Row {
        declared: format!("`{}`", table.name),
        uses_domains: uses("domains::"),
        uses_enums: uses("enums::"),
        module: rust::module(&table.name),
        imports: rust::imports(derives),
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
    const ALL: [Shape; 4] = [Shape::Row, Shape::Put, Shape::Patch, Shape::Delete];

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
            Shape::Put => format!("What a device uploads of a new row of `{name}`."),
            Shape::Patch => format!("What a device uploads of a changed row of `{name}`."),
            Shape::Delete => format!("What a device uploads of a deleted row of `{name}`."),
        }
    }

    /// Its columns and what it holds of each; `None` where there is no such upload of the table.
    fn columns<'t>(&self, table: &'t Table) -> Option<Vec<(&'t Column, String)>> {
        let columns = table.columns.values();
        let is_key = |column: &Column| table.key.contains(&column.name);
        let columns: Vec<(&Column, String)> = match self {
            Shape::Row => columns
                .filter(|column| column.direction.on_client() && !column.secret)
                .map(|column| (column, kept(column)))
                .collect(),
            Shape::Put => columns
                .filter(|column| is_key(column) || column.uploads())
                .map(|column| {
                    let may_be_absent =
                        column.nullable || column.default.is_some() || column.identity;
                    (column, holds(column, may_be_absent && !is_key(column)))
                })
                .collect(),
            Shape::Patch => columns
                .filter(|column| is_key(column) || (column.uploads() && !column.immutable))
                .map(|column| (column, holds(column, !is_key(column))))
                .collect(),
            Shape::Delete => columns
                .filter(|column| is_key(column))
                .map(|column| (column, holds(column, false)))
                .collect(),
        };
        let is_there = match self {
            Shape::Row => true,
            Shape::Put => table.sync.uploads(),
            Shape::Patch => {
                table.sync == SyncMode::Both
                    && table.conflict != ConflictRule::AppendOnly
                    && columns.len() > table.key.len()
            }
            Shape::Delete => table.sync == SyncMode::Both && table.delete != DeleteRule::Denied,
        };
        is_there.then_some(columns)
    }
}

fn structs(table: &Table) -> Vec<view::Struct> {
    let one = |shape: &Shape| {
        Some(view::Struct {
            doc: rust::doc_lines(&shape.doc(table)),
            derive: shape.derive(),
            name: shape.name(table),
            columns: shape
                .columns(table)?
                .into_iter()
                .map(|(column, holds)| field(column, holds))
                .collect(),
        })
    };
    Shape::ALL.iter().filter_map(one).collect()
}

fn holds(column: &Column, may_be_absent: bool) -> String {
    let value = rust::value_type(column);
    match may_be_absent {
        true => format!("Option<{value}>"),
        false => value,
    }
}

fn field(column: &Column, holds: String) -> view::Field {
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
        holds,
    }
}

/// A row outlives the build that reads it: a label that a newer server sends is kept.
fn kept(column: &Column) -> String {
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
