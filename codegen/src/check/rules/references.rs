//! Foreign keys point at something unique, of the same kinds, with actions that can be carried out.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{ForeignKey, Model, OnServer, Table, parents_first};
use synctable::{FkAction, Kind};

/// The place of a foreign key: the column that declares it, or its entry under `foreign_keys`.
pub(super) fn place(table: &Table, key: &ForeignKey) -> Place {
    match key.columns.as_slice() {
        [column] => Place::table(&table.name).column(column).key("references"),
        _ => Place::table(&table.name).key("foreign_keys"),
    }
}

/// A foreign key points at a key or a unique of the same kinds, on the same side, and its actions can be carried out.
pub(super) fn fit(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        for key in &table.foreign_keys {
            let place = place(table, key);
            target(model, table, key, &place, cx);
            actions(table, key, &place, cx);
        }
    }
}

fn target(model: &Model, table: &Table, key: &ForeignKey, place: &Place, cx: &mut Complaints) {
    let kinds: Vec<Option<&Kind>> = if let Some(parent) = model.tables.get(&key.table) {
        if table.sync.on_server() && !parent.sync.on_server() {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::REFERENCE_TO_OTHER_SIDE,
                    format!(
                        "`{}` stands on the server, `{}` on the device only",
                        table.name, parent.name
                    ),
                )
                .help("a server's row can only reference a server's row"),
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
        if !is_key && !is_unique {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::REFERENCE_NOT_UNIQUE,
                    format!(
                        "`{}` is referenced by `{}`, which is neither its key nor unique",
                        parent.name,
                        key.references.join(", ")
                    ),
                )
                .help(format!(
                    "reference its key `{}`, or declare the columns unique there",
                    parent.key.join(", ")
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
        if column.kind.carrier() != kind.carrier() {
            cx.push(
                place.clone(),
                Diagnostic::error(
                    codes::REFERENCE_KIND,
                    format!(
                        "`{name}` is `{}`, what it references is `{kind}`",
                        column.kind
                    ),
                )
                .help("give both columns one kind"),
            );
        }
    }
}

fn same_set<'a>(names: &[&str], others: impl ExactSizeIterator<Item = &'a str>) -> bool {
    names.len() == others.len() && { others }.all(|other| names.contains(&other))
}

fn actions(table: &Table, key: &ForeignKey, place: &Place, cx: &mut Complaints) {
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
                    place.clone(),
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
                .expect("a member of a cycle references another");
            let names: Vec<_> = group.iter().map(|table| table.name.as_str()).collect();
            cx.push(
                place(first, key),
                Diagnostic::error(
                    codes::CYCLE_STUCK,
                    format!(
                        "no row of `{}` can be the first: their foreign keys form a cycle that nothing lets wait",
                        names.join("`, `")
                    ),
                )
                .help("make one of the keys `deferrable: true` or its column `nullable: true`"),
            );
        }
    }
}
