//! Rows that are shipped with the schema can be written into an empty database.

use super::sound;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::evaluate;
use crate::model::{
    CheckBody, Column, DefaultValue, Expr, ForeignKey, Literal, Model, OnServer, Seed, Table,
};
use std::collections::{BTreeMap, BTreeSet};
use synctable::Kind;

/// Each seed has what a row needs, no two are one row, and what they reference is a seed, too.
///
/// A migration that could not write them would fail on every new database.
pub(super) fn can_be_written(model: &Model, broken: &BTreeSet<String>, cx: &mut Complaints) {
    for table in sound(model, broken).filter(|table| !table.seeds.is_empty()) {
        if !table.sync.on_server() {
            cx.push(
                Place::table(&table.name).key("seeds"),
                Diagnostic::error(
                    codes::SEED_UNFIT,
                    format!(
                        "`{}` is on devices only, and migrations write seeds on the server",
                        table.name
                    ),
                )
                .help("remove `seeds`, or let the server have the table: `sync: down`"),
            );
            continue;
        }
        for (index, seed) in table.seeds.iter().enumerate() {
            let place = place(table, index);
            values(model, table, seed, &place, cx);
            complete(table, seed, &place, cx);
            checks(model, table, seed, &place, cx);
        }
        for (name, columns) in uniques(table) {
            apart(table, &name, &columns, cx);
        }
        for key in &table.foreign_keys {
            references(model, table, key, cx);
        }
    }
}

fn place(table: &Table, index: usize) -> Place {
    Place::table(&table.name)
        .key("seeds")
        .key(index.to_string())
}

/// What a seed says is the declaration's to say.
fn values(model: &Model, table: &Table, seed: &Seed, place: &Place, cx: &mut Complaints) {
    for (name, value) in &seed.0 {
        let Some(column) = table.columns.get(name) else {
            continue;
        };
        let place = place.clone().key(name);
        let mut unfit = |message: String, help: &str| {
            cx.push(
                place.clone(),
                Diagnostic::error(codes::SEED_UNFIT, message).help(help),
            );
        };
        if let Some(why) = filled_elsewhere(table, column) {
            unfit(
                format!("a seed cannot contain `{name}`: {why}"),
                "remove it from the seed",
            );
        } else if *value == Literal::Null && !column.nullable {
            unfit(
                format!("`{name}` is never NULL"),
                "give it a value, or add `nullable: true` to the column",
            );
        } else if let (Kind::Enum { name: of, .. }, Literal::Text(label)) = (&column.kind, value)
            && model
                .enums
                .get(&**of)
                .is_some_and(|def| def.retired.contains(label))
        {
            unfit(
                format!("`{label}` is a retired label of the enum `{of}`"),
                "use a label that is not retired",
            );
        }
    }
}

/// Why a migration cannot write a column, as a clause.
fn filled_elsewhere(table: &Table, column: &Column) -> Option<&'static str> {
    if !column.direction.on_server() {
        Some("only devices have it")
    } else if column.generated.is_some() {
        Some("Postgres computes it")
    } else if column.identity && !table.key.contains(&column.name) {
        Some("Postgres counts it up")
    } else if column.copied.is_some() {
        Some("it is copied from another row")
    } else {
        None
    }
}

/// Every column has a value: from the seed, by default, or from a trigger.
fn complete(table: &Table, seed: &Seed, place: &Place, cx: &mut Complaints) {
    let filled = |column: &Column| match &column.default {
        Some(DefaultValue::Expr(Expr::UserId | Expr::Claim(_))) | None => false,
        Some(_) => true,
    };
    for (name, column) in &table.columns {
        let is_key = table.key.contains(name);
        if seed.get(name).is_some() || !column.direction.on_server() {
            continue;
        }
        let is_filled = column.nullable
            || filled(column)
            || column.generated.is_some()
            || column.copied.is_some();
        if is_key || !is_filled && !column.identity {
            let diagnostic = Diagnostic::error(
                codes::SEED_INCOMPLETE,
                match is_key {
                    true => format!("the seed has no value for the key `{name}`"),
                    false => format!("the seed has no value for `{name}`, which is required"),
                },
            );
            cx.push(
                place.clone(),
                match is_key {
                    true => diagnostic.help("write the id that the row has in every database"),
                    false => diagnostic
                        .help(format!("add `{name}: …` to the seed"))
                        .help("or give the column a default that holds without a caller"),
                },
            );
        }
    }
}

/// What the declared checks say of it, as far as that can be evaluated here.
fn checks(model: &Model, table: &Table, seed: &Seed, place: &Place, cx: &mut Complaints) {
    let refuses = |expr: &Expr, of: &dyn Fn(&str) -> Option<Literal>| {
        evaluate(expr, of) == Some(Literal::Bool(false))
    };
    let mut violated = Vec::new();
    for check in &table.checks {
        if let CheckBody::Expr(expr) = &check.body
            && refuses(expr, &|name| seed.get(name).cloned())
        {
            violated.push((check.name.clone(), place.clone()));
        }
    }
    let columns = table.columns.values();
    for column in columns.filter(|column| column.direction.on_server()) {
        let Kind::Domain { name: of, .. } = &column.kind else {
            continue;
        };
        // What a seed leaves out is NULL, unless something fills it.
        let is_filled = column.default.is_some() || column.copied.is_some() || column.identity;
        let (value, place) = match seed.get(&column.name) {
            Some(value) => (value, place.clone().key(&column.name)),
            None if is_filled || column.generated.is_some() => continue,
            None => (&Literal::Null, place.clone()),
        };
        let domain = model.domains.get(&**of);
        if let Some(CheckBody::Expr(expr)) = domain.and_then(|domain| domain.check.as_ref())
            && (*value != Literal::Null || column.nullable)
            && refuses(expr, &|name| (name == "value").then(|| value.clone()))
        {
            violated.push((of.to_string(), place));
        }
    }
    for (name, place) in violated {
        cx.push(
            place,
            Diagnostic::error(
                codes::SEED_UNFIT,
                format!("the seed violates the check `{name}`"),
            )
            .help("change the seed or the check"),
        );
    }
}

/// The key, and the uniques over columns alone.
fn uniques(table: &Table) -> Vec<(String, Vec<String>)> {
    let uniques = table
        .uniques
        .iter()
        .filter(|unique| unique.predicate.is_none());
    let of_columns = uniques.filter_map(|unique| {
        let columns = unique.columns()?.into_iter().map(str::to_owned);
        Some((unique.name.clone(), columns.collect()))
    });
    let key = (table.key_name(), table.key.clone());
    std::iter::once(key).chain(of_columns).collect()
}

fn apart(table: &Table, name: &str, columns: &[String], cx: &mut Complaints) {
    let mut first: BTreeMap<Vec<&Literal>, usize> = BTreeMap::new();
    for (index, seed) in table.seeds.iter().enumerate() {
        let values: Option<Vec<&Literal>> = columns.iter().map(|name| seed.get(name)).collect();
        let Some(values) = values.filter(|values| !values.contains(&&Literal::Null)) else {
            continue;
        };
        match first.get(&values) {
            Some(other) => cx.push_with_label(
                place(table, index),
                Diagnostic::error(
                    codes::SEED_TWICE,
                    format!(
                        "two seeds of `{}` have the same {}",
                        table.name,
                        listed(columns)
                    ),
                )
                .note(format!("`{name}` keeps them apart"))
                .help("remove one of them, or give it other values"),
                place(table, *other),
                "the first one",
            ),
            None => {
                first.insert(values, index);
            }
        }
    }
}

fn listed(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| format!("`{name}`")).collect();
    columns.join(", ")
}

/// A new database has no other rows.
fn references(model: &Model, table: &Table, key: &ForeignKey, cx: &mut Complaints) {
    if key.on_server == OnServer::Unchecked {
        return;
    }
    let parent = model.tables.get(&key.table);
    for (index, seed) in table.seeds.iter().enumerate() {
        let values: Option<Vec<&Literal>> = key.columns.iter().map(|name| seed.get(name)).collect();
        let Some(values) = values.filter(|values| !values.contains(&&Literal::Null)) else {
            continue;
        };
        let is_there = parent.is_some_and(|parent| {
            parent.seeds.iter().any(|other| {
                let mut columns = key.references.iter().zip(&values);
                columns.all(|(name, value)| other.get(name) == Some(*value))
            })
        });
        if !is_there {
            let place = place(table, index).key(&key.columns[0]);
            cx.push(
                place,
                Diagnostic::error(
                    codes::SEED_REFERENCE,
                    format!(
                        "the seed references a row of `{}` that a new database does not have",
                        key.table
                    ),
                )
                .help(match parent {
                    Some(_) => format!("add that row to the seeds of `{}`", key.table),
                    None => {
                        "write the rows under `sql`, for a table outside the declaration".to_owned()
                    }
                }),
            );
        }
    }
}
