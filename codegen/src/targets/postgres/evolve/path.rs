//! The files of a migration: the models through which it leads, so that long work holds no strong lock.
//!
//! Every file leads from one model to the next, of which the last one is what is declared. Those in between say in
//! [`Pending`] what is not done yet.

use super::change::{Change, ColumnChange, PartChange, PartKind, RowsChange, TypeChange};
use super::print::Run;
use super::{cast, remade};
use crate::catalog::{self, Catalog, Name};
use crate::model::pending::ByTable;
use crate::model::{EnumDef, Model, Pending};
use std::collections::BTreeSet;
use synctable::EnumStorage;

/// How many files a migration has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Files {
    /// As many as it takes for nobody to wait for long.
    #[default]
    Online,
    /// One, and another one in front of it where an enum gets labels.
    One,
}

/// One file of a migration.
#[derive(Debug)]
pub struct Leg {
    /// What its name has behind that of the migration.
    pub suffix: String,
    /// The model that it leads to.
    pub model: Model,
    /// How it runs.
    pub run: Run,
}

/// The files that lead to a model, in order; `lowered` is its catalog, and `changes` are all changes.
pub(super) fn legs(
    before: &Model,
    after: &Model,
    lowered: &Catalog,
    changes: &[Change],
    files: Files,
) -> Vec<Leg> {
    let mut path = Path {
        legs: Vec::new(),
        after,
    };
    if let Some(model) = with_labels(before, after, changes) {
        path.legs.push(Leg {
            suffix: "_labels".to_owned(),
            model,
            run: Run::Together,
        });
    }
    let (mut pending, unfilled) = match files {
        Files::Online => left_for_later(before, after, lowered, changes),
        Files::One => (Pending::default(), ByTable::new()),
    };
    path.leg("", &pending, Run::Together);
    if !unfilled.is_empty() || !pending.unreplaced.is_empty() {
        for (table, column) in pairs(&unfilled) {
            add(
                &mut pending.unvalidated,
                &table,
                &catalog::required(&table, &column),
            );
            add(&mut pending.guarded, &table, &column);
        }
        pending.without_default.clear();
        pending.narrowed = std::mem::take(&mut pending.unreplaced);
        pending.unsettled = unfilled;
        path.leg("_fill", &pending, Run::Together);
    }
    let builds: Vec<(String, String)> = pairs(&pending.unbuilt);
    for (number, (table, name)) in builds.iter().enumerate() {
        if let Some(names) = pending.unbuilt.get_mut(table) {
            names.remove(name);
        }
        pending.unbuilt.retain(|_, names| !names.is_empty());
        if is_constraint(lowered, after, table, name) {
            add(&mut pending.unattached, table, name);
        }
        let number = match builds.len() {
            1 => String::new(),
            _ => format!("_{}", number + 1),
        };
        path.leg(&format!("_index{number}"), &pending, Run::Alone);
    }
    if !pending.unvalidated.is_empty() {
        pending.unvalidated.clear();
        pending.unsettled.clear();
        pending.narrowed.clear();
        path.leg("_validate", &pending, Run::Together);
    }
    let untouched = std::mem::take(&mut pending.untouched);
    if !pending.is_empty() {
        pending = Pending {
            untouched: untouched.clone(),
            ..Pending::default()
        };
        path.leg("_finish", &pending, Run::Together);
    }
    if !untouched.is_empty() {
        path.leg("_touch", &Pending::default(), Run::Together);
    }
    path.finished()
}

struct Path<'m> {
    after: &'m Model,
    legs: Vec<Leg>,
}

impl Path<'_> {
    fn leg(&mut self, suffix: &str, pending: &Pending, run: Run) {
        let mut model = self.after.clone();
        model.pending = pending.clone();
        self.legs.push(Leg {
            suffix: suffix.to_owned(),
            model,
            run,
        });
    }

    fn finished(mut self) -> Vec<Leg> {
        let last = self.legs.len().saturating_sub(1);
        for (index, leg) in self.legs.iter_mut().enumerate() {
            leg.model.pending.follows = index < last;
        }
        self.legs
    }
}

fn add(names: &mut ByTable, table: &str, name: &str) {
    names
        .entry(table.to_owned())
        .or_default()
        .insert(name.to_owned());
}

fn remove(names: &mut ByTable, table: &str, name: &str) {
    if let Some(of_table) = names.get_mut(table) {
        of_table.remove(name);
    }
    names.retain(|_, names| !names.is_empty());
}

fn pairs(names: &ByTable) -> Vec<(String, String)> {
    let pair = |table: &String, name: &String| (table.clone(), name.clone());
    let tables = names.iter();
    tables
        .flat_map(|(table, names)| names.iter().map(move |name| pair(table, name)))
        .collect()
}

fn is_constraint(lowered: &Catalog, model: &Model, table: &str, name: &str) -> bool {
    let table = model.tables.get(table).map(catalog::name_of);
    let table = table.and_then(|table| lowered.tables.get(&table));
    let unique = table.and_then(|table| table.uniques.get(name));
    unique.is_some_and(|unique| unique.constraint)
}

/// What the first file leaves to those that follow: indexes, and looking at every row of a table; and the columns that are
/// filled.
fn left_for_later(
    before: &Model,
    after: &Model,
    lowered: &Catalog,
    changes: &[Change],
) -> (Pending, ByTable) {
    let mut unfilled = ByTable::new();
    let keyed = new_keys(changes);
    let is_keyed = |table: &Name, column: &str| {
        let key = lowered.tables[table].key.as_ref();
        keyed.contains(table) && key.is_some_and(|key| key.columns.iter().any(|one| one == column))
    };
    let mut pending = Pending::default();
    let dropped: BTreeSet<(&Name, &str)> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Part {
                table,
                name,
                change: PartChange::Drop,
                ..
            } => Some((table, name.as_str())),
            _ => None,
        })
        .collect();
    let referenced = newly_referenced(lowered, changes);
    for change in changes {
        match change {
            Change::Part {
                table,
                kind,
                name,
                change: PartChange::Add,
            } => {
                let Some(of) = lowered.tables.get(table) else {
                    continue;
                };
                let is_validated = match kind {
                    PartKind::ForeignKey => of.foreign_keys[name].validated,
                    PartKind::Check => of.checks[name].validated,
                    // Postgres builds their indexes in no other way than at once.
                    PartKind::Key | PartKind::Exclusion => false,
                    PartKind::Unique | PartKind::UniqueIndex | PartKind::Index => {
                        // One that takes the place of another is there without a gap.
                        let stays = !dropped.contains(&(table, name.as_str()));
                        let is_needed = referenced.iter().any(|(to, columns)| {
                            *to == table
                                && of
                                    .uniques
                                    .get(name)
                                    .is_some_and(|unique| unique.parts.len() == columns.len())
                        });
                        if stays && !is_needed {
                            add(&mut pending.unbuilt, &table.name, name);
                        }
                        false
                    }
                };
                if is_validated {
                    add(&mut pending.unvalidated, &table.name, name);
                }
            }
            Change::Column {
                table,
                column,
                change: ColumnChange::Require,
            } if after.tables.contains_key(&table.name) && !is_keyed(table, column) => {
                let check = catalog::required(&table.name, column);
                add(&mut pending.optional, &table.name, column);
                add(&mut pending.guarded, &table.name, column);
                add(&mut pending.unvalidated, &table.name, &check);
            }
            Change::Rows {
                table,
                column,
                change: RowsChange::Touch,
            } => add(&mut pending.untouched, &table.name, column),
            Change::Rows {
                table,
                column,
                change: RowsChange::Replace,
            } => {
                let kind = &after.tables[&table.name].columns[column].kind;
                let new = cast::enum_of(after, kind);
                let old = new.and_then(|new| remade::origin(before, new));
                for (label, _) in old
                    .zip(new)
                    .map_or_else(Vec::new, |(old, new)| remade::replaced(old, new))
                {
                    let name = new.map_or("", |new| &new.name);
                    add(&mut pending.unreplaced, name, label);
                }
            }
            Change::Rows {
                table,
                column,
                change: RowsChange::Fill,
            } if !is_keyed(table, column) => {
                // Nothing keeps new rows from leaving it NULL until those that are there are filled.
                let check = catalog::required(&table.name, column);
                remove(&mut pending.guarded, &table.name, column);
                remove(&mut pending.unvalidated, &table.name, &check);
                add(&mut unfilled, &table.name, column);
                let has_default = lowered.tables[table].columns[column].default.is_some();
                if has_default && is_new(changes, table, column) {
                    add(&mut pending.without_default, &table.name, column);
                }
            }
            _ => {}
        }
    }
    (pending, unfilled)
}

/// The tables whose keys are other ones afterwards; a key takes no NULL.
fn new_keys(changes: &[Change]) -> BTreeSet<&Name> {
    let keys = changes.iter().filter_map(|change| match change {
        Change::Part {
            table,
            kind: PartKind::Key,
            change: PartChange::Add,
            ..
        } => Some(table),
        _ => None,
    });
    keys.collect()
}

fn is_new(changes: &[Change], of: &Name, name: &str) -> bool {
    changes.iter().any(|change| {
        matches!(change, Change::Column { table, column, change: ColumnChange::Add } if table == of && column == name)
    })
}

/// The columns of other tables that new foreign keys point to, which need their unique at once.
fn newly_referenced<'c>(
    lowered: &'c Catalog,
    changes: &[Change],
) -> Vec<(&'c Name, &'c Vec<String>)> {
    let mut found = Vec::new();
    for change in changes {
        match change {
            Change::AddTable(name) => {
                let keys = lowered.tables[name].foreign_keys.values();
                found.extend(keys.map(|key| (&key.table, &key.references)));
            }
            Change::Part {
                table,
                kind: PartKind::ForeignKey,
                name,
                change: PartChange::Add,
            } => {
                let key = &lowered.tables[table].foreign_keys[name];
                found.push((&key.table, &key.references));
            }
            _ => {}
        }
    }
    found
}

/// The model so far with the labels that its enums get, where there are any and something else changes too: Postgres uses no
/// label in the transaction that adds it.
fn with_labels(before: &Model, after: &Model, changes: &[Change]) -> Option<Model> {
    let is_label = |change: &Change| {
        matches!(
            change,
            Change::Type {
                change: TypeChange::AddLabel { .. },
                ..
            }
        )
    };
    if !changes.iter().any(is_label) || changes.iter().all(is_label) {
        return None;
    }
    let mut between = before.clone();
    for (name, new) in &after.enums {
        let was = new
            .was
            .as_ref()
            .filter(|was| between.enums.contains_key(*was));
        let native = |one: &EnumDef| one.storage == EnumStorage::Native;
        if let Some(old) = between.enums.get_mut(was.unwrap_or(name))
            && native(old)
            && native(new)
            && !remade::is_remade(old, new)
        {
            old.labels.clone_from(&new.labels);
        }
    }
    Some(between)
}
