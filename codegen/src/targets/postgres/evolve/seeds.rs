//! Rows that are shipped with the schema: which of them come, change and go.

use super::change::{Change, SeedsChange};
use super::refuse::origin_of;
use super::renames::Renames;
use super::side::Side;
use crate::catalog::{self, Name};
use crate::model::{Literal, Seed, Table};
use std::collections::BTreeSet;

/// Adds what happens to seeds to the changes of their tables: what comes in the order of references, what goes the other way.
pub(super) fn compare(
    before: &Side<'_>,
    after: &Side<'_>,
    renames: &Renames,
    changes: &mut Vec<Change>,
) {
    let mut removed = Vec::new();
    for name in in_order(before, after) {
        let Some(table) = after.table(&name) else {
            continue;
        };
        let had = so_far(before, after, renames, &name);
        let of = |change, seeds: &[&Seed]| Change::Seeds {
            table: name.clone(),
            names: seeds.iter().map(|seed| seed.name(table)).collect(),
            change,
        };
        let [added, changed, gone] = compared(table, &had);
        for (change, seeds) in [(SeedsChange::Add, added), (SeedsChange::Change, changed)] {
            if !seeds.is_empty() {
                changes.push(of(change, &seeds));
            }
        }
        if !gone.is_empty() {
            removed.push(of(SeedsChange::Remove, &gone));
        }
    }
    changes.extend(removed.into_iter().rev());
}

/// The tables that are there afterwards and have seeds, or had them, each after those that it references.
fn in_order(before: &Side<'_>, after: &Side<'_>) -> Vec<Name> {
    let ordered = crate::model::parents_first(after.model)
        .into_iter()
        .flatten();
    let seeded = ordered.filter(|table| {
        let had = before.table(&origin_of(before, after, &catalog::name_of(table)));
        !table.seeds.is_empty() || had.is_some_and(|table| !table.seeds.is_empty())
    });
    seeded.map(catalog::name_of).collect()
}

/// The seeds of a table so far, under the names that its columns have afterwards; columns that go are left out.
pub(super) fn so_far(
    before: &Side<'_>,
    after: &Side<'_>,
    renames: &Renames,
    table: &Name,
) -> Vec<Seed> {
    let origin = origin_of(before, after, table);
    let (Some(old), Some(new)) = (before.table(&origin), after.table(table)) else {
        return Vec::new();
    };
    let seeds = old.seeds.iter();
    let renamed = seeds.map(|seed| {
        let values = seed.0.iter();
        let values = values.map(|(name, value)| (renames.column(&origin, name), value));
        let values = values.filter(|(name, _)| new.columns.contains_key(*name));
        Seed(
            values
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
        )
    });
    renamed.collect()
}

/// The seeds that come, those that say something else, and those that go.
pub(super) fn compared<'s>(table: &'s Table, had: &'s [Seed]) -> [Vec<&'s Seed>; 3] {
    let key = |seed: &Seed| seed.key(table);
    let find = |seeds: &'s [Seed], wanted: &[Literal]| seeds.iter().find(|one| key(one) == wanted);
    let (mut added, mut changed) = (Vec::new(), Vec::new());
    for seed in &table.seeds {
        match find(had, &key(seed)) {
            None => added.push(seed),
            // A column that the seed no longer names keeps its value.
            Some(old)
                if seed
                    .0
                    .iter()
                    .any(|(name, value)| old.get(name) != Some(value)) =>
            {
                changed.push(seed);
            }
            Some(_) => {}
        }
    }
    let keys: BTreeSet<Vec<Literal>> = table.seeds.iter().map(key).collect();
    let gone = had.iter().filter(|seed| !keys.contains(&key(seed)));
    [added, changed, gone.collect()]
}
