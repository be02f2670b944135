//! What differs between two versions of a device's tables, and how a step gets from one to the other.

use super::super::lower::client_tables;
use super::shape::{ColumnShape, Constraint, Later, Shape};
use crate::model::{Model, Names, Table};
use std::collections::BTreeSet;

/// The tables of two versions, side by side.
pub(super) struct Comparison<'m> {
    pub(super) dropped: Vec<Shape<'m>>,
    pub(super) created: Vec<Shape<'m>>,
    pub(super) kept: Vec<Kept<'m>>,
}

/// A table of both versions.
pub(super) struct Kept<'m> {
    pub(super) before: Shape<'m>,
    pub(super) after: Shape<'m>,
    pub(super) how: How,
}

/// How a table becomes what it is declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Its columns come, go and get other names where they are.
    InPlace,
    /// It is made anew, and its rows are copied.
    Anew,
}

impl<'m> Comparison<'m> {
    pub(super) fn new(before: &'m Model, after: &'m Model, names: &Names) -> Self {
        let mut comparison = Self {
            dropped: Vec::new(),
            created: Vec::new(),
            kept: Vec::new(),
        };
        let mut stays: BTreeSet<&str> = BTreeSet::new();
        for table in client_tables(after) {
            let shape = Shape::of(after, table, Later::Same);
            let origin = names.origin(&table.name);
            let origin = origin.and_then(|name| before.tables.get(name));
            // What was shared is not what the device alone has, though it has the same name.
            let origin = origin.filter(|one| {
                one.sync.on_client() && one.sync.on_server() == table.sync.on_server()
            });
            let Some(origin) = origin else {
                comparison.created.push(shape);
                continue;
            };
            stays.insert(&origin.name);
            let had = Shape::of(before, origin, Later::Names(names));
            comparison.kept.push(Kept {
                how: how(&had, &shape),
                before: had,
                after: shape,
            });
        }
        let gone = client_tables(before).filter(|table| !stays.contains(table.name.as_str()));
        comparison.dropped = gone
            .map(|table| Shape::of(before, table, Later::Names(names)))
            .collect();
        comparison.references();
        comparison
    }

    /// SQLite renames what a foreign key references only where the columns there are renamed in place.
    fn references(&mut self) {
        let moved: Vec<&Table> = self
            .kept
            .iter()
            .filter(|kept| kept.how == How::Anew && kept.renamed().next().is_some())
            .map(|kept| kept.after.table)
            .collect();
        let moved: BTreeSet<String> = moved.iter().map(|table| table.name.clone()).collect();
        for kept in &mut self.kept {
            let mut constraints = kept.after.constraints.values();
            if constraints.any(|one| match one {
                Constraint::ForeignKey(key) => moved.contains(&key.table),
                Constraint::Unique(_) | Constraint::Check(..) => false,
            }) {
                kept.how = How::Anew;
            }
        }
    }

    /// Whether both versions are the same on a device.
    pub(super) fn is_empty(&self) -> bool {
        self.dropped.is_empty()
            && self.created.is_empty()
            && self.kept.iter().all(Kept::is_unchanged)
    }
}

impl<'m> Kept<'m> {
    /// The table's own name on devices, before and after.
    pub(super) fn names(&self) -> (&'m str, &'m str) {
        (
            &self.before.table.client_name,
            &self.after.table.client_name,
        )
    }

    /// Columns that get another name on devices, before and after.
    pub(super) fn renamed(&self) -> impl Iterator<Item = (&ColumnShape<'m>, &ColumnShape<'m>)> {
        self.pairs()
            .filter(|(before, after)| before.client_name() != after.client_name())
    }

    /// Columns of both versions.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&ColumnShape<'m>, &ColumnShape<'m>)> {
        let after = self.after.columns.iter();
        after.filter_map(|(name, column)| Some((self.before.columns.get(name)?, column)))
    }

    /// Columns that come.
    pub(super) fn added(&self) -> impl Iterator<Item = &ColumnShape<'m>> {
        let after = self.after.columns.iter();
        after.filter_map(|(name, column)| {
            (!self.before.columns.contains_key(name)).then_some(column)
        })
    }

    /// Columns that go.
    pub(super) fn removed(&self) -> impl Iterator<Item = &ColumnShape<'m>> {
        let before = self.before.columns.iter();
        let without = before.filter_map(|(name, column)| {
            (!self.after.columns.contains_key(name)).then_some(column)
        });
        self.before.gone.iter().chain(without)
    }

    /// Computed columns that are computed otherwise, or of another type.
    pub(super) fn computed_otherwise(&self) -> impl Iterator<Item = &ColumnShape<'m>> {
        self.pairs().filter_map(|(before, after)| {
            let is_other = before.generated != after.generated || before.sql_type != after.sql_type;
            (before.generated.is_some() && after.generated.is_some() && is_other).then_some(after)
        })
    }

    /// The names of indexes that go or change, and of those that come or change.
    pub(super) fn indexes(&self) -> (Vec<&str>, Vec<&str>) {
        let (before, after) = (&self.before.indexes, &self.after.indexes);
        let gone = before
            .iter()
            .filter(|(name, index)| after.get(*name) != Some(*index));
        let new = after
            .iter()
            .filter(|(name, index)| before.get(*name) != Some(*index));
        (
            gone.map(|(name, _)| name.as_str()).collect(),
            new.map(|(name, _)| name.as_str()).collect(),
        )
    }

    /// Whether views that read the table have to be made again.
    pub(super) fn is_reshaped(&self) -> bool {
        let (from, to) = self.names();
        self.how == How::Anew
            || from != to
            || self.renamed().next().is_some()
            || self.removed().next().is_some()
            || self.computed_otherwise().next().is_some()
    }

    fn is_unchanged(&self) -> bool {
        let (gone, new) = self.indexes();
        !self.is_reshaped() && self.added().next().is_none() && gone.is_empty() && new.is_empty()
    }
}

fn how(before: &Shape<'_>, after: &Shape<'_>) -> How {
    let kept = after
        .columns
        .iter()
        .filter_map(|(name, column)| Some((before.columns.get(name)?, column)));
    let mut kept = kept.clone();
    let is_other = |(before, after): (&ColumnShape<'_>, &ColumnShape<'_>)| {
        let computed = (before.generated.is_some(), after.generated.is_some());
        let is_other_type = before.sql_type != after.sql_type && computed != (true, true);
        is_other_type || computed.0 != computed.1
    };
    let is_alone = after.alone && is_declared_otherwise(before, after);
    match is_alone || kept.any(is_other) || meets(before, after) {
        true => How::Anew,
        false => How::InPlace,
    }
}

/// Whether a table of the device alone differs in more than its name, its indexes and the names of its columns.
fn is_declared_otherwise(before: &Shape<'_>, after: &Shape<'_>) -> bool {
    let columns = || {
        let both = after.columns.iter();
        both.filter_map(|(name, after)| Some((before.columns.get(name)?, after)))
    };
    let is_same = |(before, after): (&ColumnShape<'_>, &ColumnShape<'_>)| {
        let default = |one: &ColumnShape<'_>| one.column.default.clone();
        before.asks == after.asks
            && before.column.nullable == after.column.nullable
            && default(before) == default(after)
            && before.generated == after.generated
            // The name of the check of its kind is made of these.
            && before.column.name == after.column.name
    };
    before.key != after.key
        || before.constraints != after.constraints
        || before.table.name != after.table.name
        || columns().count() != after.columns.len()
        || before.columns.len() != after.columns.len()
        || !before.gone.is_empty()
        || !columns().all(is_same)
}

/// Whether a column gets a name that another one has so far, also where upper and lower case are one.
fn meets(before: &Shape<'_>, after: &Shape<'_>) -> bool {
    let so_far: BTreeSet<String> = before
        .columns
        .values()
        .map(|column| column.client_name().to_ascii_lowercase())
        .collect();
    let mut both = after
        .columns
        .iter()
        .filter_map(|(name, after)| Some((before.columns.get(name)?, after)));
    let mut added = after
        .columns
        .iter()
        .filter(|(name, _)| !before.columns.contains_key(*name));
    both.any(|(before, after)| {
        before.client_name() != after.client_name()
            && so_far.contains(&after.client_name().to_ascii_lowercase())
    }) || added.any(|(_, column)| {
        // What goes makes room before anything comes.
        so_far.contains(&column.client_name().to_ascii_lowercase())
            && before.columns.iter().any(|(name, had)| {
                after.columns.contains_key(name)
                    && had.client_name().eq_ignore_ascii_case(column.client_name())
            })
    })
}
