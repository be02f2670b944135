//! What a change means for devices: what replication sends of it, and when it can be rolled out.

use super::change::{
    Change, ColumnChange, PartChange, PartKind, RowsChange, SeedsChange, TypeChange,
};
use super::config;
use super::side::Side;
use crate::catalog::{self, Formula, Name};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// What the sync service does with the rows of a published table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sync {
    /// It reads the whole table, and sends its rows.
    Reads(Name),
    /// It sends all rows once the sync config that names a new column is deployed: they got its default, of which replication
    /// sends nothing.
    Redeploys(Name),
    /// Rows are updated, and sent again.
    Resends(Name),
    /// Rows that are shipped with the schema come, change or go, and devices hear of it.
    Ships(Name),
    /// The table is emptied, and devices forget its rows.
    Forgets(Name),
    /// It hears of no further change of the table; devices keep the rows that they have.
    Stops(Name),
}

impl fmt::Display for Sync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reads(table) => {
                write!(f, "the sync service reads all rows of `{}`", table.name)
            }
            Self::Redeploys(table) => write!(
                f,
                "devices download the rows of `{}` again with the new sync config",
                table.name
            ),
            Self::Resends(table) => {
                write!(f, "devices download rows of `{}` again", table.name)
            }
            Self::Ships(table) => {
                write!(f, "devices hear of the seeds of `{}`", table.name)
            }
            Self::Forgets(table) => write!(f, "devices forget the rows of `{}`", table.name),
            Self::Stops(table) => write!(
                f,
                "the sync service hears of no further change of `{}`",
                table.name
            ),
        }
    }
}

/// When a change can be rolled out beside the sync config and the versions of the app that are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rollout {
    /// Before the new sync config: what is in use goes on working.
    Expand,
    /// Together with the new sync config: the old one names tables or columns that are gone.
    Switch,
    /// After the versions of the app are gone that read or write what goes, or write what is refused from then on.
    Contract,
}

impl Rollout {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Switch => "switch",
            Self::Contract => "contract",
        }
    }
}

/// What the sync service does because of a change, where it does anything.
pub(super) fn sync(before: &Side<'_>, after: &Side<'_>, change: &Change) -> Option<Sync> {
    let published = |side: &Side<'_>, table: &Name| {
        let mut tables = side.catalog.publications.values().flatten();
        tables.any(|name| name == table)
    };
    match change {
        Change::DropTable(table) => published(before, table).then(|| Sync::Forgets(table.clone())),
        Change::RenameTable { to, .. } => published(after, to).then(|| Sync::Reads(to.clone())),
        Change::Publish { table, published } => Some(match published {
            true => Sync::Reads(table.clone()),
            false => Sync::Stops(table.clone()),
        }),
        Change::Column {
            table,
            column,
            change: ColumnChange::Add,
        } => {
            let declared = after.table(table)?;
            let is_sent = declared.sync.downloads() && config::is_synced(&declared.columns[column]);
            let lowered = &after.catalog.tables[table].columns[column];
            (is_sent && lowered.default.is_some()).then(|| Sync::Redeploys(table.clone()))
        }
        // What came meanwhile is sent when it comes.
        Change::Rows {
            change: RowsChange::Again,
            ..
        } => None,
        Change::Seeds { table, .. } => published(after, table).then(|| Sync::Ships(table.clone())),
        Change::Rows { table, .. } => published(after, table).then(|| Sync::Resends(table.clone())),
        _ => None,
    }
}

/// When a change can be rolled out; `changes` are all of its migration.
pub(super) fn rollout(after: &Side<'_>, changes: &[Change], change: &Change) -> Rollout {
    match change {
        Change::RenameTable { .. } => Rollout::Switch,
        Change::DropTable(_) | Change::DropSchema(_) => Rollout::Contract,
        Change::Seeds {
            change: SeedsChange::Remove,
            ..
        } => Rollout::Contract,
        Change::Usage { granted, .. } if !granted => Rollout::Contract,
        Change::Publish { published, .. } if !published => Rollout::Contract,
        Change::Type {
            change: TypeChange::DropEnum | TypeChange::DropDomain | TypeChange::AddCheck(_),
            ..
        } => Rollout::Contract,
        Change::Type {
            change: TypeChange::RemakeDomain { .. },
            ..
        } => Rollout::Switch,
        // Old versions of the app write labels that are gone.
        Change::Type {
            change: TypeChange::RemakeEnum { replaced, .. },
            ..
        } if !replaced.is_empty() => Rollout::Contract,
        Change::Column {
            table,
            column,
            change,
        } => match change {
            // What a changed enum means stands at the enum.
            ColumnChange::Retype { from, to } if from == to => Rollout::Expand,
            ColumnChange::Rename { .. } | ColumnChange::Retype { .. } => Rollout::Switch,
            ColumnChange::Drop | ColumnChange::Compute | ColumnChange::DropDefault => {
                Rollout::Contract
            }
            ColumnChange::Require => required(after, changes, table, column),
            _ => Rollout::Expand,
        },
        Change::Part {
            table,
            kind,
            name,
            change: PartChange::Add,
        } if *kind != PartKind::Index => {
            // Devices know rows by it.
            if *kind == PartKind::Key {
                return Rollout::Switch;
            }
            let unreplaced = &after.model.pending.unreplaced;
            let permits_more = !unreplaced.is_empty() && {
                let columns = after.catalog.tables[table].columns.keys();
                let of = |column: &&String| catalog::labels(&table.name, column) == *name;
                *kind == PartKind::Check && columns.into_iter().any(|column| of(&column))
            };
            if permits_more {
                return Rollout::Expand;
            }
            if let Some(column) = guarded(after, table, name) {
                return required(after, changes, table, column);
            }
            let new: BTreeSet<&str> = changes
                .iter()
                .filter_map(|change| match change {
                    Change::Column {
                        table: of,
                        column,
                        change: ColumnChange::Add,
                    } if of == table => Some(column.as_str()),
                    _ => None,
                })
                .collect();
            let columns = columns_of(after, table, *kind, name);
            // Who does not know the column does not write it.
            match columns.is_some_and(|columns| columns.iter().all(|name| new.contains(&**name))) {
                true => Rollout::Expand,
                false => Rollout::Contract,
            }
        }
        _ => Rollout::Expand,
    }
}

/// Who does not know a column leaves it to its default, and writes NULL where there is none.
fn required(after: &Side<'_>, changes: &[Change], of: &Name, name: &str) -> Rollout {
    let is_new = changes.iter().any(|change| {
        matches!(change, Change::Column { table, column, change: ColumnChange::Add } if table == of && column == name)
    });
    let declared = after.table(of).and_then(|table| table.columns.get(name));
    match is_new && declared.is_some_and(|column| column.default.is_some()) {
        true => Rollout::Expand,
        false => Rollout::Contract,
    }
}

/// The column that a check proves to hold no NULL before it is required.
fn guarded<'a>(side: &'a Side<'_>, table: &Name, check: &str) -> Option<&'a str> {
    let mut columns = side.catalog.tables.get(table)?.columns.keys();
    let found = columns.find(|column| catalog::required(&table.name, column) == check);
    found.map(String::as_str)
}

/// The columns that a constraint names, where they are known.
fn columns_of(side: &Side<'_>, table: &Name, kind: PartKind, name: &str) -> Option<Vec<String>> {
    let of = side.catalog.tables.get(table)?;
    let names = |formula: &Formula| match formula {
        Formula::Expr(expr) => Some(expr.columns().into_iter().map(str::to_owned).collect()),
        Formula::Sql(_) => None,
    };
    match kind {
        PartKind::ForeignKey => Some(of.foreign_keys.get(name)?.columns.clone()),
        PartKind::Check => names(&of.checks.get(name)?.formula),
        PartKind::Unique | PartKind::UniqueIndex => {
            let parts = of.uniques.get(name)?.parts.iter();
            let parts: Option<Vec<Vec<String>>> = parts.map(|part| names(&part.formula)).collect();
            Some(parts?.concat())
        }
        PartKind::Exclusion => {
            let columns = of.exclusions.get(name)?.columns().into_iter();
            Some(columns.map(str::to_owned).collect())
        }
        PartKind::Key | PartKind::Index => None,
    }
}
