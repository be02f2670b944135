//! From changes to what a statement binds, as texts that Postgres reads.

use super::Param;
use crate::array;
use crate::crud::{Op, Write};
use crate::kind::{Element, Kind, Scalar};
use crate::list::{each, value_of};
use crate::table::ColumnDef;
use crate::value::Value;
use std::borrow::Cow;

/// For whom a connection writes that row-level security does not bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The subject of the token: its claim `sub`.
    pub subject: &'a str,
    /// The claims of the token, as a JSON object.
    pub claims: &'a str,
}

/// What stands for one parameter: the text that Postgres's input function of its type reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound(pub Option<String>);

/// What a statement of Postgres binds for entries of one kind and table, in the order of its parameters.
///
/// # Panics
/// Where the caller is asked for and there is none: only a guarded statement asks.
pub fn bind(params: &[Param], writes: &[&Write<'_>], caller: Option<Caller<'_>>) -> Vec<Bound> {
    let caller = || caller.expect("a guarded statement has a caller");
    let one = |param: &Param| match param {
        Param::User => Some(caller().subject.to_owned()),
        Param::Claims => Some(caller().claims.to_owned()),
        Param::Gives(columns) => writes.first().map(|write| gives(write, columns)),
        Param::Given(columns) => Some(array::literal(
            writes
                .iter()
                .map(|write| Some(gives(write, columns).into())),
        )),
        Param::Seen(columns) => Some(array::literal(
            writes.iter().map(|write| Some(saw(write, columns).into())),
        )),
        Param::Column(column) => Some(array::literal(
            writes.iter().map(|write| text(column, write.value(column))),
        )),
        Param::Previous(column) => Some(array::literal(
            writes
                .iter()
                .map(|write| text(column, previous(write, column))),
        )),
        Param::Version(column) => Some(array::literal(
            writes
                .iter()
                .map(|write| text(column, version(write, column))),
        )),
        Param::Client | Param::Id | Param::Now | Param::Horizon => {
            unreachable!("statements of Postgres have no such parameter")
        }
    };
    params.iter().map(|param| Bound(one(param))).collect()
}

/// Which of the columns a change gives, as a mask.
pub(super) fn gives(write: &Write<'_>, columns: &[&ColumnDef]) -> String {
    let bit = |column: &&ColumnDef| {
        if write.value(column).is_some() {
            '1'
        } else {
            '0'
        }
    };
    columns.iter().map(bit).collect()
}

/// Which of the columns the writer of a change saw, as a mask.
pub(super) fn saw(write: &Write<'_>, columns: &[&ColumnDef]) -> String {
    let bit = |column: &&ColumnDef| match previous(write, column) {
        Some(_) => '1',
        None => '0',
    };
    columns.iter().map(bit).collect()
}

/// What the writer of a change saw in a column.
pub(super) fn previous<'w>(write: &'w Write<'_>, column: &ColumnDef) -> Option<&'w Value<'w>> {
    write.previous?.value(column)
}

/// The version that the writer of a change saw.
pub(super) fn version<'w>(write: &'w Write<'_>, column: &ColumnDef) -> Option<&'w Value<'w>> {
    let seen = previous(write, column);
    match write.op {
        Op::Put => write.value(column),
        Op::Patch | Op::Delete => seen.or_else(|| write.value(column)),
    }
}

/// A value as the text of its type in Postgres.
fn text<'v>(column: &ColumnDef, value: Option<&'v Value<'_>>) -> Option<Cow<'v, str>> {
    match value? {
        Value::Null => None,
        Value::Integer(number) => Some(Cow::Owned(number.to_string())),
        Value::Real(number) => Some(Cow::Owned(number.to_string())),
        Value::Text(text) => Some(match &column.kind {
            Kind::List(element) => Cow::Owned(list(text, element)),
            kind if kind.carrier() == Some(Scalar::Bytes) => Cow::Owned(format!("\\x{text}")),
            Kind::Scalar(_) | Kind::Enum { .. } | Kind::Domain { .. } | Kind::Opaque(_) => {
                Cow::Borrowed(text)
            }
        }),
    }
}

/// A list, which is JSON text on devices, as the text of an array; what is no list stays as it is, for Postgres to refuse.
fn list(json: &str, element: &Element) -> String {
    let is_json = element.to_kind().carrier() == Some(Scalar::Json);
    let mut values = Vec::new();
    let read = each(json, |_, element| {
        values.push(value_of(element, is_json)?.into_owned());
        Ok(())
    });
    if read.is_err() {
        return json.to_owned();
    }
    array::literal(values.into_iter().map(|value| match value {
        Value::Null => None,
        Value::Integer(number) => Some(Cow::Owned(number.to_string())),
        Value::Real(number) => Some(Cow::Owned(number.to_string())),
        Value::Text(text) => Some(text),
    }))
}
