//! Which cast a change of kind uses: `using`, as long as it was not written for an earlier change, or the one that follows
//! from the labels of an enum.

use super::super::sql::{ident, literal};
use super::refuse::origin_of;
use super::remade;
use super::side::Side;
use crate::catalog::Name;
use crate::model::{Column, EnumDef, Model};
use synctable::{Element, EnumStorage, Kind};

/// The cast of a column of a table that stays, in SQL; `None` where Postgres needs none, or none is known.
pub(super) fn cast(
    before: &Side<'_>,
    after: &Side<'_>,
    table: &Name,
    column: &str,
) -> Option<String> {
    let (was, is) = columns(before, after, table, column)?;
    if let Some(using) = stated(was, is) {
        return Some(using.to_owned());
    }
    let (old, new) = enums(before.model, after.model, was, is)?;
    let name = ident(column);
    let to = &after.catalog.tables[table].columns[column].sql_type;
    let replaced = remade::replaced(old, new);
    let is_needed = match (old.storage, new.storage) {
        (EnumStorage::Check, EnumStorage::Check) => false,
        (EnumStorage::Native, EnumStorage::Check) => !replaced.is_empty(),
        (EnumStorage::Check, EnumStorage::Native) => true,
        (EnumStorage::Native, EnumStorage::Native) => remade::is_remade(old, new),
    };
    let is_list = matches!(is.kind, Kind::List(_));
    let text = match old.storage {
        EnumStorage::Check => name,
        EnumStorage::Native if is_list => format!("{name}::text[]"),
        EnumStorage::Native => format!("{name}::text"),
    };
    is_needed.then(|| {
        let text = with_labels(&text, &replaced, is_list);
        match new.storage {
            EnumStorage::Check => text,
            EnumStorage::Native => format!("{text}::{to}"),
        }
    })
}

/// Whether values are other ones after a change of the type: rows have to be sent again.
pub(super) fn changes_values(
    before: &Side<'_>,
    after: &Side<'_>,
    table: &Name,
    column: &str,
) -> bool {
    let Some((was, is)) = columns(before, after, table, column) else {
        return false;
    };
    let labels = enums(before.model, after.model, was, is);
    stated(was, is).is_some()
        || labels.is_some_and(|(old, new)| !remade::replaced(old, new).is_empty())
}

/// A text, or a list of texts, with the labels that take the place of others.
pub(super) fn with_labels(text: &str, replaced: &[(&str, &str)], is_list: bool) -> String {
    if replaced.is_empty() {
        return text.to_owned();
    }
    if is_list {
        return replaced.iter().fold(text.to_owned(), |text, (old, new)| {
            format!("array_replace({text}, {}, {})", literal(old), literal(new))
        });
    }
    let cases = replaced.iter();
    let cases: String = cases
        .map(|(old, new)| format!(" when {} then {}", literal(old), literal(new)))
        .collect();
    format!("(case {text}{cases} else {text} end)")
}

/// A column so far and afterwards.
fn columns<'a>(
    before: &Side<'a>,
    after: &Side<'a>,
    table: &Name,
    column: &str,
) -> Option<(&'a Column, &'a Column)> {
    let is = after.table(table)?.columns.get(column)?;
    let old = before.table(&origin_of(before, after, table))?;
    let was = is.was.as_ref().and_then(|was| old.columns.get(was));
    Some((was.or(old.columns.get(column))?, is))
}

/// `using` where it is of this change.
fn stated<'a>(was: &Column, is: &'a Column) -> Option<&'a str> {
    let using = is.using.as_ref();
    using
        .filter(|using| was.using.as_ref() != Some(using))
        .map(String::as_str)
}

/// The enum of a column so far and afterwards, where it stays the same one.
fn enums<'a>(
    before: &'a Model,
    after: &'a Model,
    was: &Column,
    is: &Column,
) -> Option<(&'a EnumDef, &'a EnumDef)> {
    let is_list = |column: &Column| matches!(column.kind, Kind::List(_));
    let (old, new) = (enum_of(before, &was.kind)?, enum_of(after, &is.kind)?);
    let is_same = remade::origin(before, new).is_some_and(|one| one.name == old.name);
    (is_same && is_list(was) == is_list(is)).then_some((old, new))
}

/// The labels of a column's enum that rows no longer hold afterwards, where they are text with a check before and after.
pub(super) fn replaced_in_place<'a>(
    before: &Side<'a>,
    after: &Side<'a>,
    table: &Name,
    column: &str,
) -> Vec<(&'a str, &'a str)> {
    let labels = columns(before, after, table, column)
        .filter(|(was, is)| stated(was, is).is_none())
        .and_then(|(was, is)| enums(before.model, after.model, was, is))
        .filter(|(old, new)| {
            [old, new]
                .iter()
                .all(|one| one.storage == EnumStorage::Check)
        });
    labels.map_or_else(Vec::new, |(old, new)| remade::replaced(old, new))
}

/// The enum that a column holds, or a list of it.
pub(super) fn enum_of<'m>(model: &'m Model, kind: &Kind) -> Option<&'m EnumDef> {
    let name = match kind {
        Kind::Enum { name, .. } => name,
        Kind::List(Element::Enum { name, .. }) => name,
        _ => return None,
    };
    model.enums.get(&**name)
}
