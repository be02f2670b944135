//! How many rows a migration removes, fills, casts or sends again, counted in a live database.

use super::database;
use crate::catalog::Name;
use crate::diagnostic::Diagnostic;
use crate::model::Model;
use crate::targets::postgres::evolve::{Change, ColumnChange, RowsChange, evolve};
use serde::Serialize;
use synctable::ident::quoted;
use synctable::{Database, Element, Kind};

/// The rows of a table that a change concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct RowCount {
    /// The change in words.
    change: String,
    /// How many rows it concerns.
    rows: i64,
    /// How many rows the table has.
    of: i64,
}

impl RowCount {
    /// It in words.
    pub(super) fn told(&self) -> String {
        let Self { change, rows, of } = self;
        format!("{change}: {rows} of {of} rows")
    }
}

/// Counts the rows of every change that removes, fills, casts or sends rows, on the way from one model to another.
///
/// # Errors
///
/// A database that cannot be read, has not run the migrations so far, or hides rows from the user by row-level security.
pub(super) fn count(
    url: &str,
    before: &Model,
    after: &Model,
    allowed: &[String],
) -> Result<Vec<RowCount>, Diagnostic> {
    let evolution = evolve(before, after, allowed);
    let asked: Vec<(String, String)> = evolution
        .changes
        .iter()
        .filter_map(|change| {
            Some((
                change.to_string(),
                query(after, &evolution.changes, change)?,
            ))
        })
        .collect();
    // What is refused has been told.
    let mut cx = crate::diagnostic::Diagnostics::new();
    evolution.refused.resolve(|_| None, &mut cx);
    drop(cx.into_sorted());
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    database::read(url, |transaction| {
        // Rows that policies hide would be missing from the counts; this is an error instead.
        transaction.batch_execute("set local row_security = off")?;
        let counted = asked.into_iter().map(|(change, query)| {
            let row = transaction.query_one(&query, &[])?;
            Ok(RowCount {
                change,
                rows: row.get(0),
                of: row.get(1),
            })
        });
        counted.collect()
    })
}

/// The query that counts the rows of a change by the names that the database has so far; `None` where no row changes.
fn query(after: &Model, changes: &[Change], change: &Change) -> Option<String> {
    let so_far = |table: &Name| {
        let mut renamed = changes.iter().filter_map(|change| match change {
            Change::RenameTable { from, to } if to == table => Some(from.clone()),
            _ => None,
        });
        renamed.next().unwrap_or_else(|| table.clone())
    };
    let of = |table: &Name, name: &str| {
        let mut columns = changes.iter().filter_map(|change| match change {
            Change::Column {
                table: of,
                column,
                change,
            } if of == table && column == name => Some(change),
            _ => None,
        });
        columns.find_map(|change| match change {
            ColumnChange::Rename { from } => Some(Some(from.clone())),
            ColumnChange::Add | ColumnChange::Recompute => Some(None),
            _ => None,
        })
    };
    // A column that comes has no value in any row.
    let column = |table: &Name, name: &str| match of(table, name) {
        Some(column) => column,
        None => Some(name.to_owned()),
    };
    let (table, rows) = match change {
        Change::DropTable(table) => (table, "count(*)".to_owned()),
        Change::Column {
            table,
            column: name,
            change,
        } => match change {
            ColumnChange::Drop => (table, format!("count({})", quoted(name))),
            ColumnChange::Compute => (table, format!("count({})", quoted(&column(table, name)?))),
            ColumnChange::Retype { .. } => {
                (table, format!("count({})", quoted(&column(table, name)?)))
            }
            ColumnChange::Recompute => (table, "count(*)".to_owned()),
            _ => return None,
        },
        Change::Rows {
            table,
            column: name,
            change,
        } => match (change, column(table, name)) {
            (RowsChange::Fill, Some(name)) => {
                let name = quoted(&name);
                (table, format!("count(*) filter (where {name} is null)"))
            }
            (RowsChange::Fill, None) | (RowsChange::Touch, _) => (table, "count(*)".to_owned()),
            (RowsChange::Replace, so_far) => {
                let column = after.tables.get(&table.name)?.columns.get(name)?;
                let labels = replaced(after, &column.kind)?;
                let holds = holds(&quoted(&so_far?), &column.kind, &labels);
                (table, format!("count(*) filter (where {holds})"))
            }
            // They are not there yet.
            (RowsChange::Again, _) => return None,
        },
        _ => return None,
    };
    let table = so_far(table);
    let (schema, name) = (quoted(&table.schema), quoted(&table.name));
    Some(format!("select {rows}, count(*) from {schema}.{name}"))
}

/// The labels of an enum that give place to others.
fn replaced<'m>(model: &'m Model, kind: &Kind) -> Option<Vec<&'m str>> {
    let (Kind::Enum { name, .. } | Kind::List(Element::Enum { name, .. })) = kind else {
        return None;
    };
    let replaced = model.enums.get(&**name)?.replaced.keys();
    Some(replaced.map(String::as_str).collect())
}

/// Whether a column, or one of its elements, holds one of these labels.
fn holds(column: &str, kind: &Kind, labels: &[&str]) -> String {
    let labels: Vec<String> = labels
        .iter()
        .map(|label| Database::Postgres.literal(label))
        .collect();
    let labels = format!("array[{}]::text[]", labels.join(", "));
    match kind {
        Kind::List(_) => format!("{column}::text[] && {labels}"),
        _ => format!("{column}::text = any ({labels})"),
    }
}
