//! Rules that need more than one attribute or field, or the columns of the table.

use crate::ast::{Container, Field};
use crate::columns::{Column, Side, Table};
use crate::ctxt::Ctxt;
use crate::fits::{self, option_of};
use crate::nearest::{did_you_mean, nearest};
use std::collections::{BTreeMap, BTreeSet};
use syn::ext::IdentExt;

/// The column of each field, in the order of the fields; less than that only after a mistake.
pub(crate) fn check<'t>(cx: &Ctxt, container: &Container<'_>, table: &'t Table) -> Vec<&'t Column> {
    let side = side(cx, container, table);
    let mut meant = BTreeSet::new();
    let columns: Vec<Option<&Column>> = container
        .fields
        .iter()
        .map(|field| column(cx, field, table, &mut meant))
        .collect();
    let fields = || {
        let pairs = container.fields.iter().zip(&columns);
        pairs.filter_map(|(field, column)| column.map(|column| (field, column)))
    };
    columns_are_named_once(cx, fields());
    for (field, column) in fields() {
        column_is_on_the_side(cx, field, column, table, side);
        let lacks = side == Side::Device && table.may_lack(column);
        match option_of(field.ty).filter(|_| lacks) {
            Some(inside) => fits::check(cx, inside, column, &row_holds(column, true)),
            None => fits::check(cx, field.ty, column, &row_holds(column, lacks)),
        }
    }
    meant.extend(fields().map(|(_, column)| column.name.as_str()));
    columns_have_fields(cx, container, table, side, &meant);
    columns.into_iter().flatten().collect()
}

/// Nothing is guessed from the struct's name: a plural is no rule.
pub(crate) fn table_is_named(cx: &Ctxt, container: &Container<'_>) {
    if container.attrs.table_is_unread {
        return;
    }
    cx.error_at(
        container.ident,
        "the table is missing: write `#[synctable(table = …)]` with the generated module of the table",
    );
}

/// Whose rows they are, as [`side`] says without a word of what is wrong.
pub(crate) fn is_of_device(container: &Container<'_>, table: &Table) -> bool {
    container.attrs.server.is_none() && table.on_device()
}

/// Whose rows they are: a device's, unless the struct says otherwise or no device has the table.
fn side(cx: &Ctxt, container: &Container<'_>, table: &Table) -> Side {
    match container.attrs.server {
        Some(word) if !table.on_server() => {
            let message = format!("the table `{}` exists only on devices", table.name);
            cx.push(syn::Error::new(word, message));
            Side::Device
        }
        Some(_) => Side::Server,
        None if table.on_device() => Side::Device,
        None => Side::Server,
    }
}

/// The column of a field: the one that it names, or the one that it is called as.
pub(crate) fn column<'t>(
    cx: &Ctxt,
    field: &Field<'_>,
    table: &'t Table,
    meant: &mut BTreeSet<&'t str>,
) -> Option<&'t Column> {
    let word = field.ident.unraw().to_string();
    let called = table.columns.iter().find(|column| column.field == word);
    let Some(said) = &field.attrs.column else {
        if called.is_none() && !field.attrs.unread {
            let known = table.columns.iter().map(|column| column.field.as_str());
            let near = nearest(&word, known);
            let near = table
                .columns
                .iter()
                .find(|column| Some(&*column.field) == near);
            cx.error_at(field.ident, unknown(&word, table, near));
            meant.extend(near.map(|column| column.name.as_str()));
        }
        return called;
    };
    let found = table.columns.iter().find(|column| column.name == said.name);
    match (found, called) {
        (Some(found), Some(called)) if found.name == called.name => {
            let message = "this has no effect: the field already has the name of its column";
            cx.push(syn::Error::new(said.span, message));
        }
        (Some(_), _) => {}
        (None, _) => {
            let known = table.columns.iter().map(|column| column.name.as_str());
            let near = nearest(&said.name, known);
            let near = table
                .columns
                .iter()
                .find(|column| Some(&*column.name) == near);
            let message = unknown(&said.name, table, near);
            cx.push(syn::Error::new(said.span, message));
            meant.extend(near.map(|column| column.name.as_str()));
        }
    }
    found
}

fn unknown(word: &str, table: &Table, near: Option<&Column>) -> String {
    let near = did_you_mean(near.map(|column| column.name.as_str()));
    format!("the table `{}` has no column `{word}`{near}", table.name)
}

/// The type of a field that holds the column in a row.
fn row_holds(column: &Column, lacks: bool) -> String {
    match lacks {
        true => format!("Option<{}>", column.holds),
        false => column.holds.clone(),
    }
}

/// A column that stands in two fields would have two values.
pub(crate) fn columns_are_named_once<'f, 't>(
    cx: &Ctxt,
    fields: impl Iterator<Item = (&'f Field<'f>, &'t Column)>,
) {
    let mut seen = BTreeMap::new();
    for (field, column) in fields {
        let first = *seen.entry(&column.name).or_insert(field.ident);
        if first != field.ident {
            let message = format!("`{first}` already holds the column `{}`", column.name);
            cx.error_at(field.ident, message);
        }
    }
}

/// A device never sees what is secret or the server's own, and the server has no column of devices.
fn column_is_on_the_side(cx: &Ctxt, field: &Field<'_>, column: &Column, table: &Table, side: Side) {
    let (name, table) = (&column.name, &table.name);
    match (column.side, side) {
        (Side::Server, Side::Device) => cx.error_at(
            field.ident,
            format!(
                "devices do not have the column `{name}` of `{table}`; for rows of the server, write `#[synctable(server)]` on the struct"
            ),
        ),
        (Side::Device, Side::Server) => cx.error_at(
            field.ident,
            format!("the column `{name}` of `{table}` exists only on devices"),
        ),
        _ => {}
    }
}

/// A row is whole unless it says that it is not, so that a new column is not forgotten.
fn columns_have_fields(
    cx: &Ctxt,
    container: &Container<'_>,
    table: &Table,
    side: Side,
    meant: &BTreeSet<&str>,
) {
    if container.attrs.partial.is_some() || container.fields.iter().any(|field| field.attrs.unread)
    {
        return;
    }
    let missing: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.side == Side::Both || column.side == side)
        .filter(|column| !meant.contains(column.name.as_str()))
        .map(|column| {
            let lacks = side == Side::Device && table.may_lack(column);
            format!("`{}: {}`", column.field, row_holds(column, lacks))
        })
        .collect();
    if missing.is_empty() {
        return;
    }
    cx.error_at(
        container.ident,
        format!(
            "columns of the table `{}` have no field: {}; add {}, or write `#[synctable(partial)]`",
            table.name,
            missing.join(", "),
            if missing.len() == 1 { "it" } else { "them" },
        ),
    );
}
