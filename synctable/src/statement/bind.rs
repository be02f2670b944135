//! From changes to what a statement binds, as texts that Postgres reads.

use super::Param;
use crate::array;
use crate::crud::{Op, Write};
use crate::exact::push_string;
use crate::kind::{Element, Kind, Scalar};
use crate::list::{each, value_of};
use crate::table::ColumnDef;
use crate::value::Value;
use crate::words::Role;
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

/// A change and the number by which a statement answers for it.
pub type Numbered<'w> = (usize, &'w Write<'w>);

/// What a statement of Postgres binds for entries of one kind and table, in the order of its parameters.
///
/// # Panics
/// Where the caller is asked for and there is none: only a guarded statement asks.
pub fn bind(params: &[Param], entries: &[Numbered<'_>], caller: Option<Caller<'_>>) -> Vec<Bound> {
    let caller = || caller.expect("a guarded statement has a caller");
    let one = |param: &Param| match param {
        Param::Entries => json(entries),
        Param::Subject => caller().subject.to_owned(),
        Param::Claims => caller().claims.to_owned(),
    };
    params.iter().map(|param| Bound(Some(one(param)))).collect()
}

/// Whether a statement gets the values of a kind as texts to be cast, because JSON has a form of its own for them, which
/// Postgres would read instead.
pub const fn travels_as_text(kind: &Kind) -> bool {
    match kind {
        Kind::List(_) | Kind::Opaque(_) => true,
        Kind::Scalar(_) | Kind::Enum { .. } | Kind::Domain { .. } => {
            matches!(kind.carrier(), Some(Scalar::Json))
        }
    }
}

/// Entries as [`Param::Entries`] tells.
fn json(entries: &[Numbered<'_>]) -> String {
    let mut out = String::with_capacity(64 + entries.len() * 256);
    out.push('[');
    for (index, (nr, write)) in entries.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let keys = write.table.key.iter().copied().zip(&write.key);
        let values = write.values.iter().map(|(column, value)| (*column, value));
        let given = || keys.clone().chain(values.clone());
        out.push_str("{\"nr\":");
        out.push_str(&nr.to_string());
        for (member, as_text) in [("given", false), ("texts", true)] {
            let values = given().filter(|(column, _)| travels_as_text(&column.kind) == as_text);
            push_object(member, values, &mut out);
        }
        push_object("seen", seen(write), &mut out);
        out.push('}');
    }
    out.push(']');
    out
}

/// A member of an object, behind others.
fn push_object<'v>(
    member: &str,
    values: impl Iterator<Item = (&'v ColumnDef, &'v Value<'v>)>,
    out: &mut String,
) {
    out.push_str(",\"");
    out.push_str(member);
    out.push_str("\":{");
    for (index, (column, value)) in values.enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_string(column.name, out);
        out.push(':');
        match text(column, Some(value)) {
            Some(text) => push_string(&text, out),
            None => out.push_str("null"),
        }
    }
    out.push('}');
}

/// What the writer of a change says that it saw.
fn seen<'w>(write: &'w Write<'_>) -> impl Iterator<Item = (&'w ColumnDef, &'w Value<'w>)> {
    let columns = write.table.columns.iter().copied();
    columns.filter_map(move |column| {
        let seen = match (column.role, write.op) {
            (Some(Role::Version), Op::Patch | Op::Delete) => version(write, column),
            _ => previous(write, column),
        };
        Some((column, seen?))
    })
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
