//! A table as migrations executed it, in the place of what this version would have made of the same declaration.

use super::super::executed::{self, Known, Part, is_same};
use super::super::sql::{ident, name_of};
use super::change::PartKind;
use crate::catalog::{
    Check, Column, Deferral, Exclusion, ForeignKey, Formula, Grant, Index, Key, Name, Table, Unique,
};

/// Makes a table of the catalog differ from what this version asks for, where what was executed does.
pub(super) fn table(
    of: &Name,
    table: &mut Table,
    had: &executed::Table,
    expected: &executed::Table,
) {
    columns(table, had, expected);
    parts(of, table, had, expected);
    checks(table, had, expected);
    if had.comment != expected.comment {
        table.comment.clone_from(&had.comment);
    }
    for role in had.rights.keys().chain(expected.rights.keys()) {
        if had.rights.get(role) != expected.rights.get(role) {
            table.grants.insert(name_of(role), Grant::default());
        }
    }
}

fn columns(table: &mut Table, had: &executed::Table, expected: &executed::Table) {
    for (name, expected) in &expected.columns {
        let ours = name_of(name);
        match (had.columns.get(name), table.columns.get_mut(&ours)) {
            (Some(had), Some(column)) => remember_column(column, had, expected),
            (None, _) => drop(table.columns.shift_remove(&ours)),
            (Some(_), None) => {}
        }
    }
}

fn remember_column(column: &mut Column, had: &executed::Column, expected: &executed::Column) {
    if let Some(sql_type) = &had.sql_type
        && !is_same(&had.sql_type, &expected.sql_type)
    {
        column.sql_type = unspaced(sql_type);
    }
    column.nullable = !had.is_required;
    column.identity = had.is_identity;
    value(&mut column.default, &had.default, &expected.default);
    value(&mut column.generated, &had.generated, &expected.generated);
    if had.comment != expected.comment {
        column.comment.clone_from(&had.comment);
    }
}

/// What fills a column, or what it is computed from.
fn value(value: &mut Option<Formula>, had: &Option<Known>, expected: &Option<Known>) {
    match (had, expected) {
        (None, _) => *value = None,
        (Some(had), Some(expected)) if is_same(had, expected) => {}
        (Some(had), _) => *value = Some(Formula::Sql(had.clone().unwrap_or_default())),
    }
}

fn checks(table: &mut Table, had: &executed::Table, expected: &executed::Table) {
    for (name, text) in &expected.checks {
        match had.checks.get(name) {
            None => table.checks.retain(|one, _| ident(one) != *name),
            Some(Some(had)) if Some(had) != text.as_ref() => {
                let mut checks = table.checks.iter_mut();
                if let Some((_, check)) = checks.find(|(one, _)| ident(one) == *name) {
                    check.formula = Formula::Sql(had.clone());
                }
            }
            Some(_) => {}
        }
    }
    for (name, text) in &had.checks {
        if !expected.checks.contains_key(name) {
            let check = Check {
                formula: Formula::Sql(text.clone().unwrap_or_default()),
                validated: true,
            };
            table.checks.insert(name_of(name), check);
        }
    }
}

fn parts(of: &Name, table: &mut Table, had: &executed::Table, expected: &executed::Table) {
    let others = had.parts.iter();
    let mut others: Vec<(&String, &Part)> = others
        .filter(|(name, _)| !expected.parts.contains_key(*name))
        .collect();
    for (name, wanted) in &expected.parts {
        let same = |(_, other): &(&String, &Part)| {
            other.kind == wanted.kind && other.text.is_some() && other.text == wanted.text
        };
        let ours = name_of(name);
        match had.parts.get(name) {
            Some(had) if had.is_as(wanted) => {}
            Some(had) => {
                remove(table, &ours);
                insert(of, table, ours, had);
            }
            None => match others.iter().position(same) {
                Some(at) => rename(table, &ours, name_of(others.remove(at).0)),
                None => remove(table, &ours),
            },
        }
    }
    for (name, other) in others {
        insert(of, table, name_of(name), other);
    }
}

fn remove(table: &mut Table, name: &str) {
    if table.key.as_ref().is_some_and(|key| key.name == name) {
        table.key = None;
    }
    table.uniques.shift_remove(name);
    table.exclusions.shift_remove(name);
    table.foreign_keys.shift_remove(name);
    table.indexes.shift_remove(name);
}

fn rename(table: &mut Table, from: &str, to: String) {
    if let Some(key) = table.key.as_mut().filter(|key| key.name == from) {
        key.name = to;
    } else if let Some(unique) = table.uniques.shift_remove(from) {
        table.uniques.insert(to, unique);
    } else if let Some(exclusion) = table.exclusions.shift_remove(from) {
        table.exclusions.insert(to, exclusion);
    } else if let Some(key) = table.foreign_keys.shift_remove(from) {
        table.foreign_keys.insert(to, key);
    } else if let Some(index) = table.indexes.shift_remove(from) {
        table.indexes.insert(to, index);
    }
}

/// Adds a part that equals none of ours: what it is matters no more, because it goes.
fn insert(of: &Name, table: &mut Table, name: String, part: &Part) {
    let text = Some(Formula::Sql(part.text.clone().unwrap_or_default()));
    match part.kind {
        PartKind::Key => {
            let columns = part.text.iter().flat_map(|text| text.split(' '));
            let columns = columns.filter(|word| !matches!(*word, "(" | ")" | ","));
            let columns = columns.map(name_of).collect();
            let deferral = Deferral::Never;
            table.key = Some(Key {
                name,
                columns,
                deferral,
            });
        }
        PartKind::Unique | PartKind::UniqueIndex => {
            let unique = Unique {
                constraint: part.kind == PartKind::Unique,
                parts: Vec::new(),
                predicate: text,
                nulls_not_distinct: false,
                deferral: Deferral::Never,
                include: Vec::new(),
            };
            table.uniques.insert(name, unique);
        }
        PartKind::Exclusion => {
            let exclusion = Exclusion {
                method: String::new(),
                elements: Vec::new(),
                predicate: text,
                deferral: Deferral::Never,
            };
            table.exclusions.insert(name, exclusion);
        }
        PartKind::ForeignKey => {
            let key = ForeignKey {
                columns: Vec::new(),
                table: of.clone(),
                references: Vec::new(),
                on_delete: "NO ACTION",
                on_update: "NO ACTION",
                deferral: Deferral::Never,
                validated: true,
            };
            table.foreign_keys.insert(name, key);
        }
        PartKind::Index => {
            let index = Index {
                method: String::new(),
                parts: Vec::new(),
                predicate: text,
                include: Vec::new(),
            };
            table.indexes.insert(name, index);
        }
        PartKind::Check => {}
    }
}

/// A type as it is printed, from its words.
fn unspaced(words: &str) -> String {
    let mut text = words.to_owned();
    for (from, to) in [
        (" ( ", "("),
        (" )", ")"),
        (" , ", ","),
        (" . ", "."),
        (" [ ]", "[]"),
    ] {
        text = text.replace(from, to);
    }
    text
}
