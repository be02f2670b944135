//! Unique keys besides the key: what happens when two devices, both offline, make the same row.

use super::places;
use super::sound;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Model, Recipe, Table, Unique, UniquePart};
use std::collections::BTreeSet;
use synctable::Direction;

/// The columns of a new row that a client decides together with the id.
fn recipe_columns(table: &Table) -> Vec<&str> {
    table
        .recipe
        .as_ref()
        .map(Recipe::parts)
        .unwrap_or_default()
        .iter()
        .map(|part| part.column.as_str())
        .collect()
}

/// Two devices that create the same natural key have one id, or the declaration says that the second is refused.
///
/// With random ids, the second upload violates the unique for ever and blocks the queue; taking the natural key as conflict target
/// instead would make a rename fail for ever.
pub(super) fn have_an_answer_to_clashes(
    model: &Model,
    broken: &BTreeSet<String>,
    cx: &mut Complaints,
) {
    for table in sound(model, broken) {
        let inserted = table.sync.uploads()
            && table
                .access
                .as_ref()
                .is_some_and(|access| !access.insert.is_empty());
        if !inserted {
            continue;
        }
        let made_from = recipe_columns(table);
        for unique in &table.uniques {
            if unique.clash_is_refused || answered(table, unique, &made_from) {
                continue;
            }
            cx.push(
                places::unique(table, unique),
                Diagnostic::error(
                    codes::CLASH_UNANSWERED,
                    format!(
                        "two devices can create rows of `{}` that together violate `{}`, and the declaration does not resolve the clash",
                        table.name, unique.name
                    ),
                )
                .help("make the id from these columns (`id: {uuid_v5: […]}`), so that both devices create the same row")
                .help("or refuse the second row: `clash: reject` (on a column: `unique: reject`)"),
            );
        }
    }
}

/// Whether rows that clash in `unique` have one id already, or the upsert finds the other row by it.
fn answered(table: &Table, unique: &Unique, made_from: &[&str]) -> bool {
    let Some(columns) = unique.columns() else {
        return false;
    };
    let within =
        |those: &[&str]| !those.is_empty() && those.iter().all(|name| columns.contains(name));
    let key: Vec<&str> = table.key.iter().map(String::as_str).collect();
    let target: Vec<&str> = table.upsert_on.iter().map(String::as_str).collect();
    // A unique that contains the key adds nothing; one over the parts of the recipe gives one id.
    columns.iter().all(|name| made_from.contains(name)) && within(made_from)
        || within(&key)
        || (target != key && within(&target) && target.len() == columns.len())
}

/// A unique says something that the key and the other uniques do not.
///
/// Postgres refuses a part that stands twice, and makes one index of two constraints over the same columns: the database would not
/// look as declared.
/// Of two that differ, one may still follow from the other: the weaker one is redundant.
pub(super) fn say_something_new(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        let mut seen: Vec<&Unique> = Vec::new();
        for unique in &table.uniques {
            let parts: BTreeSet<&UniquePart> = unique.parts.iter().collect();
            let of_key = unique.predicate.is_none()
                && unique.columns().is_some_and(|columns| {
                    let columns: BTreeSet<&str> = columns.into_iter().collect();
                    columns == table.key.iter().map(String::as_str).collect()
                });
            let twin = seen
                .iter()
                .find(|other| follows(table, unique, other) && follows(table, other, unique));
            let why = if parts.len() < unique.parts.len() {
                "it lists a part twice".to_owned()
            } else if of_key {
                "the key is unique already".to_owned()
            } else if let Some(twin) = twin {
                format!("`{}` already covers the same parts", twin.name)
            } else {
                seen.push(unique);
                continue;
            };
            cx.push(
                places::unique(table, unique),
                Diagnostic::error(
                    codes::UNIQUE_ADDS_NOTHING,
                    format!("the unique `{}` is redundant: {why}", unique.name),
                )
                .help("remove it, or list the parts that you meant"),
            );
        }
        for unique in &seen {
            let mut others = seen.iter().filter(|other| other.name != unique.name);
            if let Some(stronger) = others.find(|other| follows(table, unique, other)) {
                cx.push(
                    places::unique(table, unique),
                    Diagnostic::warning(
                        codes::UNIQUE_ADDS_NOTHING,
                        format!(
                            "the unique `{}` is redundant: `{}` is stronger",
                            unique.name, stronger.name
                        ),
                    )
                    .help(format!(
                        "remove `{}`, and keep `{}`",
                        unique.name, stronger.name
                    )),
                );
            }
        }
    }
}

/// Whether rows that satisfy `stronger` satisfy `unique` too: it is over the same parts, of no more rows, and NULLs differ
/// in it where they differ in `stronger`.
fn follows(table: &Table, unique: &Unique, stronger: &Unique) -> bool {
    let parts = |unique: &Unique| unique.parts.iter().cloned().collect::<BTreeSet<_>>();
    let has_nulls = unique.parts.iter().any(|part| match part {
        UniquePart::Column(name) => table.columns.get(name).is_none_or(|it| it.nullable),
        UniquePart::Expr(_) => true,
    });
    parts(unique) == parts(stronger)
        && (stronger.predicate.is_none() || stronger.predicate == unique.predicate)
        && (!has_nulls || stronger.nulls_not_distinct || !unique.nulls_not_distinct)
}

/// The conflict target of an upsert is the key or a unique constraint over just these columns.
pub(super) fn upsert_targets_exist(model: &Model, broken: &BTreeSet<String>, cx: &mut Complaints) {
    for table in sound(model, broken) {
        let same = |columns: &[&str]| {
            columns.len() == table.upsert_on.len()
                && table
                    .upsert_on
                    .iter()
                    .all(|name| columns.contains(&name.as_str()))
        };
        let key: Vec<&str> = table.key.iter().map(String::as_str).collect();
        let exists = same(&key)
            || table.uniques.iter().any(|unique| {
                unique.is_constraint()
                    && !unique.deferrable
                    && unique.columns().is_some_and(|columns| same(&columns))
            });
        if !exists {
            cx.push(
                Place::table(&table.name).key("upsert_on"),
                Diagnostic::error(
                    codes::UPSERT_TARGET,
                    format!(
                        "no key or unique constraint of `{}` covers exactly `{}`",
                        table.name,
                        table.upsert_on.join(", ")
                    ),
                )
                .help("declare that unique (not partial, not deferrable), or remove `upsert_on`"),
            );
            continue;
        }
        // What is wrong with a key is said of the key.
        if same(&key) {
            continue;
        }
        for column in table
            .upsert_on
            .iter()
            .filter_map(|name| table.columns.get(name))
        {
            let refusal = if column.nullable {
                "is nullable, and two NULLs are never equal"
            } else if matches!(
                column.direction,
                Direction::ServerOnly | Direction::ClientOnly
            ) {
                "is not in an upload"
            } else {
                continue;
            };
            cx.push(
                Place::table(&table.name).key("upsert_on").key(&column.name),
                Diagnostic::error(
                    codes::UPSERT_TARGET,
                    format!(
                        "an upsert cannot find rows by `{}`, because it {refusal}",
                        column.name
                    ),
                )
                .help("use columns that every uploaded row has"),
            );
        }
    }
}
