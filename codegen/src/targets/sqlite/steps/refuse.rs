//! What no step does to rows that the device alone has: they are nowhere else, and nobody can try a step on them first.

use super::super::local::{CHECKS, FOREIGN_KEYS, UNIQUES, place_of};
use super::compare::{Comparison, Kept};
use super::shape::{Asks, ColumnShape, Constraint, Indexed};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Model, Names, Table, UniquePart};
use synctable::Scalar;

/// Complains about changes that rows on devices may not survive.
pub(super) fn refuse(comparison: &Comparison<'_>, release: &str, cx: &mut Complaints) {
    for kept in comparison.kept.iter().filter(|kept| kept.after.alone) {
        Refuse { kept, release }.all(cx);
    }
}

/// Complains about a `was` of the device alone that names nothing of the last release (`D019`).
pub(super) fn unknown_names(before: &Model, after: &Model, names: &Names, cx: &mut Complaints) {
    let unknown = |what: &str, name: &str, was: &str, place: Place, cx: &mut Complaints| {
        cx.push(
            place.key("was"),
            Diagnostic::error(
                codes::RENAME_UNKNOWN,
                format!(
                    "the {what} `{name}` was `{was}`, but the last release has no {what} `{was}`"
                ),
            )
            .help(format!(
                "name the {what} as the last release has it, or remove `was`"
            )),
        );
    };
    let local = |table: &&Table| table.sync.on_client() && !table.sync.on_server();
    for table in after.tables.values().filter(local) {
        let place = Place::table(&table.name);
        let Some(origin) = names.origin(&table.name) else {
            if let Some(was) = &table.was {
                unknown("table", &table.name, was, place, cx);
            }
            continue;
        };
        for column in table.columns.values() {
            let is_known = names.origin_of_column(origin, &column.name).is_some();
            let was = column.was.as_ref().filter(|_| !is_known);
            if let Some(was) = was.filter(|_| before.tables.contains_key(origin)) {
                let place = place.clone().column(&column.name);
                unknown("column", &column.name, was, place, cx);
            }
        }
    }
}

struct Refuse<'a> {
    kept: &'a Kept<'a>,
    release: &'a str,
}

impl Refuse<'_> {
    fn push(&self, place: Place, why: String, way_out: &str, cx: &mut Complaints) {
        let release = self.release;
        cx.push(
            place,
            Diagnostic::error(
                codes::DEVICE_ROWS_REFUSED,
                format!(
                    "{why}, and devices with release {release} have rows that are nowhere else"
                ),
            )
            .help(way_out)
            .help(format!(
                "if nobody runs release {release} any more, run `codegen release --end {release}`"
            )),
        );
    }

    fn all(&self, cx: &mut Complaints) {
        let Kept { before, after, .. } = self.kept;
        let table = &after.table.name;
        let place = || Place::table(table);
        if before.key != after.key {
            let why = format!("`{table}` gets another key");
            self.push(place(), why, "keep the key", cx);
        }
        for column in self.kept.added() {
            let one = column.column;
            if !one.nullable && one.default.is_none() && one.generated.is_none() {
                let why = format!("`{table}.{}` is required and new", one.name);
                let way_out = "give it a default, or say `nullable: true`";
                self.push(place().column(&one.name), why, way_out, cx);
            }
        }
        for (had, column) in self.kept.pairs() {
            self.column(had, column, cx);
        }
        for (name, constraint) in &after.constraints {
            let mut others = before.constraints.values();
            if others.any(|other| is_same(other, constraint)) || self.is_of_new_columns(constraint)
            {
                continue;
            }
            let (what, way_out, sort) = match constraint {
                Constraint::Unique(_) => ("unique", "remove the unique", UNIQUES),
                Constraint::ForeignKey(_) => {
                    ("foreign key", "remove the foreign key", FOREIGN_KEYS)
                }
                Constraint::Check(..) => ("check", "remove the check", CHECKS),
            };
            let why = format!("the {what} `{name}` of `{table}` is new");
            self.push(place_of(after.table, name, sort), why, way_out, cx);
        }
        for (name, index) in &after.indexes {
            let Indexed::Unique(unique, _) = index else {
                continue;
            };
            let mut others = before.indexes.values();
            let columns: Vec<String> = unique
                .parts
                .iter()
                .filter_map(|part| match part {
                    UniquePart::Column(name) => Some(name.clone()),
                    UniquePart::Expr(_) => None,
                })
                .collect();
            let is_there = others.any(|other| match other {
                Indexed::Unique(other, _) => {
                    other.parts == unique.parts && other.predicate == unique.predicate
                }
                Indexed::Plain(..) => false,
            });
            if !is_there && !self.is_of_new_columns(&Constraint::Unique(columns)) {
                let why = format!("the unique `{name}` of `{table}` is new");
                let place = place_of(after.table, name, UNIQUES);
                self.push(place, why, "remove the unique", cx);
            }
        }
    }

    fn column(&self, had: &ColumnShape<'_>, column: &ColumnShape<'_>, cx: &mut Complaints) {
        let (before, after) = (had.column, column.column);
        if after.generated.is_some() {
            return;
        }
        let place = || Place::table(&self.kept.after.table.name).column(&after.name);
        let name = format!("{}.{}", self.kept.after.table.name, after.name);
        if before.nullable && !after.nullable && after.default.is_none() {
            let why = format!("`{name}` is required from now on");
            self.push(
                place(),
                why,
                "give it a default, or keep `nullable: true`",
                cx,
            );
        }
        let (Some(asked), Some(asks)) = (&had.asks, &column.asks) else {
            return;
        };
        let is_same = before.kind == after.kind && asked == asks;
        if !is_same && !widens(asked, asks) {
            let why = format!("`{name}` no longer takes every value that it took");
            self.push(
                place().key("kind"),
                why,
                "keep the old kind, and add another column of the new one",
                cx,
            );
        }
    }

    /// Whether a constraint holds for every row that is there: its columns are new.
    fn is_of_new_columns(&self, constraint: &Constraint) -> bool {
        let is_new = |name: &String| !self.kept.before.columns.contains_key(name);
        let is_null = |name: &String| {
            let column = self.kept.after.columns.get(name);
            is_new(name) && column.is_some_and(|one| starts_as_null(one))
        };
        match constraint {
            Constraint::Unique(columns) => columns.iter().any(is_null),
            Constraint::ForeignKey(key) => key.columns.iter().any(is_null),
            // A default satisfies the checks of its column.
            Constraint::Check(_, reads) => {
                !reads.is_empty() && reads.iter().all(|(name, _)| is_new(name))
            }
        }
    }
}

/// Whether two constraints refuse the same rows, whatever they are called.
fn is_same(one: &Constraint, other: &Constraint) -> bool {
    match (one, other) {
        (Constraint::ForeignKey(one), Constraint::ForeignKey(other)) => {
            one.columns == other.columns
                && one.table == other.table
                && one.references == other.references
        }
        (Constraint::Check(one, _), Constraint::Check(other, _)) => one == other,
        (one, other) => one == other,
    }
}

/// Whether every row has NULL in a column that comes.
fn starts_as_null(column: &ColumnShape<'_>) -> bool {
    let column = column.column;
    column.nullable && column.default.is_none() && column.generated.is_none()
}

/// Whether every value of one kind is a value of another one.
fn widens(before: &Asks, after: &Asks) -> bool {
    if after.check.is_some() && after.check != before.check {
        return false;
    }
    if before.is_list != after.is_list {
        return before.is_list && after.scalar == Some(Scalar::Text) && after.labels.is_empty();
    }
    if !after.labels.is_empty() {
        let mut labels = before.labels.iter();
        return !before.labels.is_empty() && labels.all(|label| after.labels.contains(label));
    }
    match (before.scalar, after.scalar) {
        (Some(before), Some(after)) if before == after => true,
        // The elements of a list are JSON.
        (Some(had), Some(takes)) => !before.is_list && takes_every(had, takes),
        (None, Some(Scalar::Text)) => !before.labels.is_empty() && !before.is_list,
        _ => false,
    }
}

fn takes_every(before: Scalar, after: Scalar) -> bool {
    use Scalar::{
        Bigint, Bytes, Date, Decimal, Double, Int, Interval, Json, Real, Smallint, Text, Time,
        Timestamp, Timestamptz, Uuid, Varchar,
    };
    match (before, after) {
        (Smallint, Int | Bigint) | (Int, Bigint) | (Real, Double) => true,
        (Smallint | Int | Bigint, Text) => true,
        (Varchar(before), Varchar(after)) => before <= after,
        (
            Decimal { precision, scale },
            Decimal {
                precision: wider,
                scale: same,
            },
        ) => scale == same && precision <= wider,
        (
            Uuid
            | Varchar(_)
            | Decimal { .. }
            | Date
            | Time
            | Timestamp
            | Timestamptz
            | Interval
            | Json
            | Bytes,
            Text,
        ) => true,
        _ => false,
    }
}
