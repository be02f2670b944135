//! How the parts of a table are written down, for the statement that makes the table and for those that alter it.

use super::sql::{self, Printer, ident, qualified};
use crate::catalog::{
    Check, Column, Deferral, ExcludedValue, Exclusion, ForeignKey, Formula, Index, Key, Name,
    Unique,
};
use crate::model;

/// A column: `title text not null default ''`.
pub(super) fn column(
    printer: &Printer,
    table: &model::Table,
    name: &str,
    column: &Column,
) -> String {
    let mut line = format!("{} {}", ident(name), column.sql_type);
    if !column.nullable {
        line += " not null";
    }
    if let Some(value) = &column.default {
        line += &format!(" default {}", default(printer, table, name, value));
    }
    if column.identity {
        line += &format!(" {}", identity(table, name));
    }
    if let Some(generated) = &column.generated {
        let generated = printer.formula(generated, printer.row(table));
        line += &format!(" generated always as ({generated}) stored");
    }
    line
}

/// The value that fills a column.
pub(super) fn default(
    printer: &Printer,
    table: &model::Table,
    name: &str,
    value: &Formula,
) -> String {
    printer.value(value, &table.columns[name].kind, printer.row(table))
}

/// What makes a column count up.
pub(super) fn identity(table: &model::Table, name: &str) -> String {
    format!(
        "generated always as identity (sequence name {})",
        qualified(&sequence(table, name))
    )
}

/// The sequence behind a column that counts up.
pub(super) fn sequence(table: &model::Table, name: &str) -> Name {
    Name::new(&table.schema, sql::sequence(&table.name, name))
}

/// A primary key, with its name.
pub(super) fn key(key: &Key) -> String {
    format!(
        "constraint {} primary key ({})",
        ident(&key.name),
        sql::columns(&key.columns)
    )
}

/// A unique constraint, with its name.
pub(super) fn unique(printer: &Printer, table: &model::Table, name: &str, one: &Unique) -> String {
    format!(
        "constraint {} unique{} ({}){}",
        ident(name),
        nulls(one),
        printer.parts(&one.parts, printer.row(table)),
        deferral(one.deferral)
    )
}

/// An exclusion constraint, with its name.
pub(super) fn exclusion(
    printer: &Printer,
    table: &model::Table,
    name: &str,
    one: &Exclusion,
) -> String {
    let row = printer.row(table);
    let elements = one.elements.iter().map(|element| {
        let value = match &element.value {
            ExcludedValue::Formula(formula) => printer.indexed(formula, row),
            ExcludedValue::Range(range) => self::range(range),
        };
        format!("{value} with {}", element.operator)
    });
    let only = match &one.predicate {
        Some(formula) => format!(" where ({})", printer.formula(formula, row)),
        None => String::new(),
    };
    format!(
        "constraint {} exclude using {} ({}){only}{}",
        ident(name),
        ident(&one.method),
        sql::list(elements),
        deferral(one.deferral)
    )
}

/// What is between two columns: `tstzrange(starts_at, ends_at)`.
fn range(range: &model::Range) -> String {
    let bounds = match range.bounds {
        model::RangeBounds::Lower => String::new(),
        other => format!(", '{other}'"),
    };
    let [from, to] = [&range.from, &range.to].map(|name| ident(name));
    format!("{}({from}, {to}{bounds})", range.kind.function())
}

/// The statement that makes an extension, if the database does not have it.
pub(super) fn extension(model: &model::Model, name: &str) -> String {
    // Supabase keeps extensions out of the schema that its API shows.
    let schema = match model.postgres.auth {
        model::Auth::Supabase => "extensions",
        model::Auth::JwtClaims => "public",
    };
    format!(
        "create extension if not exists {} with schema {schema};",
        ident(name)
    )
}

/// How an index is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Build {
    /// Writers wait.
    Plain,
    /// Nobody waits, outside of a transaction.
    Concurrently,
}

impl Build {
    const fn word(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Concurrently => " concurrently",
        }
    }
}

/// The statement that makes a unique index.
pub(super) fn unique_index(
    printer: &Printer,
    table: &model::Table,
    of: &Name,
    name: &str,
    one: &Unique,
    how: Build,
) -> String {
    let row = printer.row(table);
    format!(
        "create unique index{} {} on {} ({}){}{}",
        how.word(),
        ident(name),
        qualified(of),
        printer.parts(&one.parts, row),
        nulls(one),
        predicate(one.predicate.as_ref(), |formula| printer
            .formula(formula, row))
    )
}

/// The statement that makes an index.
pub(super) fn index(
    printer: &Printer,
    table: &model::Table,
    of: &Name,
    name: &str,
    one: &Index,
    how: Build,
) -> String {
    let row = printer.row(table);
    let method = match one.method.as_str() {
        "btree" => String::new(),
        other => format!(" using {}", ident(other)),
    };
    let include = match one.include.as_slice() {
        [] => String::new(),
        columns => format!(" include ({})", sql::columns(columns)),
    };
    format!(
        "create index{} {} on {}{method} ({}){include}{}",
        how.word(),
        ident(name),
        qualified(of),
        printer.parts(&one.parts, row),
        predicate(one.predicate.as_ref(), |formula| printer
            .formula(formula, row))
    )
}

/// A check, without its name.
pub(super) fn check(printer: &Printer, table: &model::Table, check: &Check) -> String {
    format!(
        "check ({})",
        printer.formula(&check.formula, printer.row(table))
    )
}

/// A foreign key, without its name.
pub(super) fn foreign_key(key: &ForeignKey) -> String {
    let mut definition = format!(
        "foreign key ({}) references {} ({})",
        sql::columns(&key.columns),
        qualified(&key.table),
        sql::columns(&key.references)
    );
    for (event, action) in [("delete", key.on_delete), ("update", key.on_update)] {
        if action != "NO ACTION" {
            definition += &format!(" on {event} {}", action.to_ascii_lowercase());
        }
    }
    definition + deferral(key.deferral)
}

fn nulls(unique: &Unique) -> &'static str {
    match unique.nulls_not_distinct {
        true => " nulls not distinct",
        false => "",
    }
}

/// When a constraint is checked.
pub(super) fn deferral(deferral: Deferral) -> &'static str {
    match deferral {
        Deferral::Always => " deferrable initially deferred",
        Deferral::OnDemand => " deferrable initially immediate",
        Deferral::Never => "",
    }
}

fn predicate(formula: Option<&Formula>, print: impl Fn(&Formula) -> String) -> String {
    formula.map_or_else(String::new, |formula| {
        format!("\n    where {}", print(formula))
    })
}
