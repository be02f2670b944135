//! How names, expressions and lists are spelled in Postgres.

use crate::catalog::{Formula, Name, Part};
use crate::model::{self, Expr, Model};
use synctable::{Database, Scalar, derived_name};

/// The row that an expression speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row<'a> {
    /// A row of a table.
    Table(&'a model::Table),
    /// The value of a domain.
    Value(Scalar),
}

pub(super) fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

pub(super) fn literal(text: &str) -> String {
    Database::Postgres.literal(text)
}

pub(super) fn qualified(name: &Name) -> String {
    format!("{}.{}", ident(&name.schema), ident(&name.name))
}

pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(", ")
}

pub(super) fn columns<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    list(names.into_iter().map(|name| ident(name)))
}

/// Roles, where `public` is the word for everybody and not a name.
pub(super) fn roles<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    list(names.into_iter().map(|name| ident(name)))
}

/// The name of the sequence behind an identity column, as Postgres itself would choose it where it is short enough.
pub(super) fn sequence(table: &str, column: &str) -> String {
    derived_name(&[table, column], "seq")
}

/// The sort keys of an index, without what is the default.
pub(super) fn parts(model: &Model, parts: &[Part], row: Row<'_>) -> String {
    list(parts.iter().map(|part| {
        let mut text = match &part.formula {
            Formula::Expr(Expr::Column(name)) => ident(name),
            // Any expression may stand in parentheses; most have to.
            other => format!("({})", formula(model, other, row)),
        };
        if part.descending {
            text += " desc";
        }
        match (part.descending, part.nulls_first) {
            (true, false) => text += " nulls last",
            (false, true) => text += " nulls first",
            (true, true) | (false, false) => {}
        }
        text
    }))
}

pub(super) fn formula(model: &Model, formula: &Formula, row: Row<'_>) -> String {
    match formula {
        Formula::Expr(one) => expr(model, one, row),
        Formula::Sql(text) => text.trim().to_owned(),
    }
}

/// The value that fills a column.
pub(super) fn default(model: &Model, value: &Formula, column: &model::Column) -> String {
    let _ = column;
    let row = Row::Value(Scalar::Text);
    match value {
        Formula::Expr(value @ (Expr::Literal(_) | Expr::Call { .. } | Expr::UserId)) => {
            expr(model, value, row)
        }
        Formula::Expr(value) => format!("({})", expr(model, value, row)),
        Formula::Sql(text) => format!("({})", text.trim()),
    }
}

pub(super) fn expr(model: &Model, expr: &Expr, row: Row<'_>) -> String {
    super::interim::print(model, expr, row)
}
