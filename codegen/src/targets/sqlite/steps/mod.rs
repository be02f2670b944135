//! Steps: from the device's database of one release to that of the next, and to what is declared now.
//!
//! Two models are compared as typed shapes of tables, under the names that things have afterwards; nothing is compared as
//! text.
//! A step changes columns where they are, and makes a table anew where SQLite cannot alter it: create, copy, drop, rename.

mod compare;
mod print;
mod refuse;
mod shape;
mod views;

use super::lower::{self, Lowered};
use super::view;
use crate::catalog::sqlite;
use crate::diagnostic::{Complaints, Place};
use crate::model::{History, Model, Names, Released, Step};
use compare::{Comparison, How};
use views::Views;

/// The version of the declared database, and the steps that lead to it.
///
/// Each release is a version: the first one is 1. What is declared is the version of the last release, or the next one if
/// the device's database differs.
/// Steps lead from the oldest release that somebody still runs.
pub(super) fn steps(model: &Model, history: &History, cx: &mut Complaints) -> (u32, Vec<Step>) {
    let releases = &history.releases;
    let Some(last) = releases.last() else {
        return (1, Vec::new());
    };
    let first = releases.iter().position(|release| !release.ended);
    let mut steps = Vec::new();
    for (index, pair) in releases.windows(2).enumerate() {
        if first.is_none_or(|first| index < first) {
            continue;
        }
        let (from, to) = (&pair[0], &pair[1]);
        let names = history.names(from.at, Some(to.at), model);
        let leg = Leg::new(history.model(from), history.model(to), &names);
        // Both are released: what a step does not do was let pass when the later one was marked.
        let mut passed = Complaints::new();
        leg.refuse(from, &mut passed);
        match passed.is_empty() {
            true => steps.push(leg.step(index, from)),
            false => steps.clear(),
        }
        drop(resolved(passed));
    }
    let names = history.names(last.at, None, model);
    let leg = Leg::new(history.model(last), model, &names);
    refuse::unknown_names(history.model(last), model, &names, cx);
    let index = releases.len() - 1;
    let version = |index: usize| u32::try_from(index).expect("a ledger has not so many releases");
    if leg.is_empty() {
        return (version(index + 1), steps);
    }
    if first.is_some() {
        leg.refuse(last, cx);
        steps.push(leg.step(index, last));
    }
    (version(index + 2), steps)
}

/// Complaints that nobody has to hear.
fn resolved(complaints: Complaints) -> Vec<crate::diagnostic::Diagnostic> {
    let mut cx = crate::diagnostic::Diagnostics::new();
    complaints.resolve(|_: &Place| None, &mut cx);
    cx.into_sorted()
}

/// From one model to another.
struct Leg<'m> {
    after: &'m Model,
    comparison: Comparison<'m>,
    views: Views,
    /// Whether the table of writers is there, before and after.
    writers: (bool, bool),
}

impl<'m> Leg<'m> {
    fn new(before: &'m Model, after: &'m Model, names: &Names) -> Self {
        let comparison = Comparison::new(before, after, names);
        Self {
            views: Views::new(before, after, names, &comparison),
            comparison,
            writers: (sqlite::keeps_writers(before), sqlite::keeps_writers(after)),
            after,
        }
    }

    fn is_empty(&self) -> bool {
        self.comparison.is_empty() && self.views.is_empty() && self.writers.0 == self.writers.1
    }

    fn refuse(&self, release: &Released, cx: &mut Complaints) {
        refuse::refuse(&self.comparison, &release.name, cx);
    }

    fn step(&self, index: usize, release: &Released) -> Step {
        // What cannot be said of the declared model is complained about by `admit`; a released one was admitted.
        let mut said = Complaints::new();
        let lowered: Lowered = lower::lower(self.after, &mut said);
        drop(resolved(said));
        let writers: Option<view::Writers> = lower::writers(self.after);
        let printed = print::step(self, &lowered.schema, writers.as_ref());
        Step {
            from: u32::try_from(index + 1).expect("a ledger has not so many releases"),
            release: release.name.clone(),
            changes: printed.changes,
            anew: printed.anew,
            lost: self.lost(),
            references: lowered.schema.has_foreign_keys
                && (!self.comparison.dropped.is_empty()
                    || self
                        .comparison
                        .kept
                        .iter()
                        .any(|kept| kept.how == How::Anew)),
            sql: printed.sql,
        }
    }

    /// What the device alone has, and loses.
    fn lost(&self) -> Vec<String> {
        let dropped = self.comparison.dropped.iter().filter(|table| table.alone);
        let tables = dropped.map(|table| table.table.name.clone());
        let kept = self.comparison.kept.iter().filter(|kept| kept.after.alone);
        let columns = kept.flat_map(|kept| {
            let removed = kept.removed().filter(|column| column.generated.is_none());
            removed.map(|column| format!("{}.{}", kept.before.table.name, column.column.name))
        });
        tables.chain(columns).collect()
    }
}
