//! Foreign keys point at something unique, of the same kinds, with actions that can be carried out.

use super::places;
use super::sound;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{ForeignKey, Model, OnServer, Table, parents_first};
use std::collections::BTreeSet;
use synctable::{EnumStorage, FkAction, Kind};

/// A foreign key points at a key or a unique of the same kinds, on the same side, and its actions can be carried out.
pub(super) fn fit(model: &Model, broken: &BTreeSet<String>, cx: &mut Complaints) {
    for table in sound(model, broken) {
        for key in &table.foreign_keys {
            let place = places::foreign_key(table, key, "references");
            target(model, broken, table, key, &place, cx);
            actions(table, key, cx);
        }
    }
}

fn target(
    model: &Model,
    broken: &BTreeSet<String>,
    table: &Table,
    key: &ForeignKey,
    place: &Place,
    cx: &mut Complaints,
) {
    let kinds: Vec<Option<&Kind>> = if let Some(parent) = model.tables.get(&key.table) {
        if table.sync.on_server() && !parent.sync.on_server() {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::REFERENCE_TO_OTHER_SIDE,
                    format!(
                        "`{}` is on the server, but `{}` exists on the device only",
                        table.name, parent.name
                    ),
                )
                .help("reference a table that is on the server"),
            );
        }
        let names: Vec<&str> = key.references.iter().map(String::as_str).collect();
        let is_key = same_set(&names, parent.key.iter().map(String::as_str));
        let is_unique = parent.uniques.iter().any(|unique| {
            unique.is_constraint()
                && !unique.deferrable
                && unique
                    .columns()
                    .is_some_and(|columns| same_set(&names, columns.into_iter()))
        });
        if !is_key && !is_unique && !broken.contains(&parent.name) {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::REFERENCE_NOT_UNIQUE,
                    format!(
                        "`{}` references `{}` of `{}`, which is not the key and not unique",
                        key.columns.join(", "),
                        key.references.join(", "),
                        parent.name,
                    ),
                )
                .help(format!(
                    "reference the key `{}`, or declare `{}` unique there",
                    parent.key.join(", "),
                    key.references.join(", ")
                )),
            );
        }
        key.references
            .iter()
            .map(|name| parent.columns.get(name).map(|column| &column.kind))
            .collect()
    } else if let Some(external) = model.externals.get(&key.table) {
        key.references
            .iter()
            .map(|name| external.columns.get(name))
            .collect()
    } else {
        return;
    };
    for (name, kind) in key.columns.iter().zip(kinds) {
        let (Some(column), Some(kind)) = (table.columns.get(name), kind) else {
            continue;
        };
        if column.kind.carrier() != kind.carrier() || type_of(&column.kind) != type_of(kind) {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::REFERENCE_KIND,
                    format!(
                        "`{name}` is `{}`, but it references a column of kind `{kind}`",
                        column.kind
                    ),
                )
                .help("give both columns the same kind"),
            );
        }
    }
}

/// The Postgres type of an enum that has one: it is compared with itself alone.
fn type_of(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Enum {
            name,
            storage: EnumStorage::Native,
        } => Some(name),
        _ => None,
    }
}

fn same_set<'a>(names: &[&str], others: impl ExactSizeIterator<Item = &'a str>) -> bool {
    names.len() == others.len() && { others }.all(|other| names.contains(&other))
}

fn actions(table: &Table, key: &ForeignKey, cx: &mut Complaints) {
    for (word, action) in [("on_delete", key.on_delete), ("on_update", key.on_update)] {
        for name in &key.columns {
            let Some(column) = table.columns.get(name) else {
                continue;
            };
            let refusal = match action {
                FkAction::SetNull if !column.nullable => Some("is not nullable"),
                FkAction::SetDefault if column.default.is_none() && !column.nullable => {
                    Some("has no default")
                }
                FkAction::SetNull | FkAction::SetDefault if table.key.contains(name) => {
                    Some("is part of the key")
                }
                _ => None,
            };
            if let Some(refusal) = refusal {
                cx.push(
                    places::foreign_key(table, key, word),
                    Diagnostic::error(
                        codes::ACTION_IMPOSSIBLE,
                        format!("`{word}: {action}` cannot be carried out: `{name}` {refusal}"),
                    )
                    .help("use `cascade`, or make the column fit"),
                );
            }
        }
    }
}

/// A cycle of foreign keys can be filled: some key of it is nullable or checked at the end of the transaction.
///
/// Otherwise no first row of these tables could ever be inserted.
pub(super) fn cycles_can_be_inserted(model: &Model, cx: &mut Complaints) {
    for group in parents_first(model)
        .into_iter()
        .filter(|group| group.len() > 1)
    {
        let inside = |key: &ForeignKey| group.iter().any(|table| table.name == key.table);
        // A cycle is broken when one of its tables can be filled without waiting for another.
        let stuck = |table: &Table| {
            table.foreign_keys.iter().any(|key| {
                key.on_server != OnServer::Unchecked
                    && !key.deferrable
                    && inside(key)
                    && key.table != table.name
                    && key.columns.iter().all(|column| {
                        table
                            .columns
                            .get(column)
                            .is_some_and(|column| !column.nullable)
                    })
            })
        };
        if group.iter().all(|table| stuck(table)) {
            let first = group[0];
            let key = first
                .foreign_keys
                .iter()
                .find(|key| inside(key))
                .expect("another foreign key of the cycle");
            let names: Vec<_> = group.iter().map(|table| table.name.as_str()).collect();
            cx.push(
                places::foreign_key(first, key, "references"),
                Diagnostic::error(
                    codes::CYCLE_STUCK,
                    format!(
                        "no first row of `{}` can be inserted, because their foreign keys form a cycle",
                        names.join("`, `")
                    ),
                )
                .help("make one of the keys `deferrable: true` or its column `nullable: true`"),
            );
        }
    }
}
