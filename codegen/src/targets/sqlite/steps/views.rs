//! The views that a step drops first and makes again last.

use super::super::lower::client_views;
use super::compare::Comparison;
use crate::model::{Expr, Model, Names, View, ViewBody};
use std::collections::BTreeSet;

/// Views by name.
pub(super) struct Views {
    /// Those that go or are made again, in the order in which they can be dropped.
    pub(super) dropped: Vec<String>,
    /// Those that come or are made again.
    pub(super) created: BTreeSet<String>,
}

impl Views {
    pub(super) fn new(
        before: &Model,
        after: &Model,
        names: &Names,
        comparison: &Comparison<'_>,
    ) -> Self {
        let reshaped: BTreeSet<&str> = comparison
            .kept
            .iter()
            .filter(|kept| kept.is_reshaped())
            .map(|kept| kept.after.table.name.as_str())
            .chain(comparison.created.iter().map(|one| one.table.name.as_str()))
            .collect();
        let had: Vec<(&View, ViewBody)> = client_views(before)
            .into_iter()
            .map(|view| (view, later(view, names)))
            .collect();
        let mut created: BTreeSet<String> = BTreeSet::new();
        for view in client_views(after) {
            let is_same = had
                .iter()
                .any(|(other, body)| other.name == view.name && *body == on_device(view));
            let table = match &view.body {
                ViewBody::Columns { table, .. } => Some(table),
                ViewBody::Sql { .. } => None,
            };
            // They come in an order in which each is after those that it reads.
            let mut reads = view.depends_on.iter().chain(table);
            let is_in_the_way =
                reads.any(|name| reshaped.contains(name.as_str()) || created.contains(name));
            if !is_same || is_in_the_way {
                created.insert(view.name.clone());
            }
        }
        let stays = |name: &str| {
            let after = client_views(after);
            after.iter().any(|view| view.name == name) && !created.contains(name)
        };
        let dropped = had.iter().rev().map(|(view, _)| view.name.clone());
        Self {
            dropped: dropped.filter(|name| !stays(name)).collect(),
            created,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.dropped.is_empty() && self.created.is_empty()
    }
}

/// What a device has of a view.
fn on_device(view: &View) -> ViewBody {
    match &view.body {
        ViewBody::Columns { .. } => view.body.clone(),
        ViewBody::Sql { sqlite, .. } => ViewBody::Sql {
            postgres: None,
            sqlite: sqlite.clone(),
        },
    }
}

/// The same under the names that things have later.
fn later(view: &View, names: &Names) -> ViewBody {
    match on_device(view) {
        ViewBody::Columns {
            table,
            columns,
            filter,
        } => {
            let renamed = |expr: &Expr| {
                expr.with_columns(&|column| {
                    let later = names.column(&table, column)?;
                    Some(Expr::Column(later.to_owned()))
                })
            };
            ViewBody::Columns {
                columns: columns
                    .iter()
                    .map(|(name, expr)| (name.clone(), renamed(expr)))
                    .collect(),
                filter: filter.as_ref().map(renamed),
                table: names.table(&table).unwrap_or_default().to_owned(),
            }
        }
        written @ ViewBody::Sql { .. } => written,
    }
}
