//! The order in which changes are written, and which of them one statement may carry.
//!
//! A device's entries mean what they mean one after the other.
//! The plan keeps that: entries of one row keep their order, and so do entries of tables that decide over each other by
//! a foreign key or an access rule.
//! What it changes is what would fail for its order alone: a row comes before the rows that refer to it, and is deleted
//! after them. A circle of such references is left as it came, for the database to check at the end of the transaction.

use crate::crud::{Op, Write};
use crate::statement::{Batch, Statements};
use crate::table::{ColumnDef, ForeignKeyDef, TableDef};
use crate::words::{FkAction, Role};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many entries a statement carries at most.
pub const MOST: usize = 1000;

/// Entries that one statement may carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The table, by its place among the statements.
    pub table: usize,
    /// Their kind.
    pub op: Op,
    /// Their places among the changes, in the order in which they mean something.
    pub entries: Vec<usize>,
}

/// What is written, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is written, one after the other.
    pub steps: Vec<Step>,
    /// The places of the PATCHes that give no column: they change nothing.
    pub empty: Vec<usize>,
    /// The places of the changes of tables that there are no statements for.
    pub unknown: Vec<usize>,
    /// Whether several changes may be of one row.
    pub repeats: bool,
}

/// Plans changes.
///
/// Written step by step, or entry by entry in the order of the steps, they leave the same rows and the same outcomes.
pub fn plan(tables: &[&Statements], writes: &[Write<'_>]) -> Plan {
    let by_name: BTreeMap<(&str, &str), usize> = tables
        .iter()
        .enumerate()
        .map(|(index, one)| ((one.table.schema, one.table.name), index))
        .collect();
    let mut entries = Vec::with_capacity(writes.len());
    let mut unknown = Vec::new();
    let mut empty = Vec::new();
    for (place, write) in writes.iter().enumerate() {
        match by_name.get(&(write.table.schema, write.table.name)) {
            Some(_) if is_empty(write) => empty.push(place),
            Some(&table) => entries.push(Entry::new(place, table, tables[table], write)),
            None => unknown.push(place),
        }
    }
    let mut open: Vec<Open<'_>> = Vec::new();
    // Only what came last can be the neighbour of much: far back, every step is in the way.
    for index in in_order(tables, &entries) {
        let entry = &entries[index];
        let mut found = None;
        for (place, step) in open.iter().enumerate().rev() {
            if step.takes(entry, &entries) {
                found = Some(place);
                break;
            }
            if step.is_in_the_way(entry, &entries) {
                break;
            }
        }
        match found {
            Some(place) => open[place].push(index, entry),
            None => open.push(Open::new(index, entry)),
        }
    }
    let steps = open.into_iter().map(|step| Step {
        table: step.table,
        op: step.op,
        entries: step
            .entries
            .iter()
            .map(|index| entries[*index].place)
            .collect(),
    });
    let mut rows = HashSet::new();
    let repeats = entries.len() > 1
        && entries
            .iter()
            .any(|entry| !entry.natural.is_empty() || !rows.insert((entry.table, &entry.key)));
    Plan {
        steps: steps.collect(),
        empty,
        unknown,
        repeats,
    }
}

/// Whether it is a PATCH that gives no column; the version that its writer saw is none.
fn is_empty(write: &Write<'_>) -> bool {
    let mut given = write.values.iter().map(|(column, _)| *column);
    write.op == Op::Patch && given.all(|column| column.role == Some(Role::Version))
}

/// A change, with what the plan asks of it.
struct Entry<'a> {
    place: usize,
    table: usize,
    statements: &'a Statements,
    write: &'a Write<'a>,
    key: Vec<String>,
    /// The texts of the columns that an upsert finds a row by, as far as they are given; empty where that is the key.
    natural: Vec<Option<String>>,
    /// Whether it gives a column that must be unique.
    is_unique: bool,
}

impl<'a> Entry<'a> {
    fn new(place: usize, table: usize, statements: &'a Statements, write: &'a Write<'a>) -> Self {
        let def = statements.table;
        let natural = match def.upsert_on == def.key {
            true => Vec::new(),
            false => def.upsert_on.iter().map(|one| text(write, one)).collect(),
        };
        let mut unique = statements.unique.iter();
        Entry {
            place,
            table,
            statements,
            write,
            key: write
                .key
                .iter()
                .map(|value| value.key_text().unwrap_or_default().into_owned())
                .collect(),
            natural,
            is_unique: unique.any(|column| write.value(column).is_some()),
        }
    }

    fn batch(&self) -> Batch {
        self.statements.batch(self.write.op)
    }

    fn is_same_row(&self, other: &Entry<'_>) -> bool {
        self.table == other.table
            && (self.key == other.key || (!self.natural.is_empty() && self.may_meet(other)))
    }

    /// Whether an upsert may find the row of the other: where a part is filled in by the server, it may.
    fn may_meet(&self, other: &Entry<'_>) -> bool {
        let mut pairs = self.natural.iter().zip(&other.natural);
        pairs.all(|(one, other)| one.is_none() || other.is_none() || one == other)
    }

    /// Whether the entry names the row of another one.
    fn names(&self, other: &Entry<'_>) -> bool {
        let [key] = other.key.as_slice() else {
            return true;
        };
        let mut values = self.write.values.iter();
        values.any(|(_, value)| value.key_text().as_deref() == Some(key))
    }
}

/// A step that still takes entries.
struct Open<'a> {
    table: usize,
    op: Op,
    statements: &'a Statements,
    entries: Vec<usize>,
    /// The columns that all of them give.
    gives: Vec<&'static ColumnDef>,
    has_unique: bool,
    rows: HashMap<Vec<String>, ()>,
}

impl<'a> Open<'a> {
    fn new(index: usize, entry: &Entry<'a>) -> Self {
        let mut step = Open {
            table: entry.table,
            op: entry.write.op,
            statements: entry.statements,
            entries: Vec::new(),
            gives: given(entry.write),
            has_unique: false,
            rows: HashMap::new(),
        };
        step.push(index, entry);
        step
    }

    fn push(&mut self, index: usize, entry: &Entry<'_>) {
        self.entries.push(index);
        self.has_unique |= entry.is_unique;
        self.rows.insert(entry.key.clone(), ());
    }

    /// Whether the entry may stand in this step, behind those that it has.
    fn takes(&self, entry: &Entry<'_>, all: &[Entry<'_>]) -> bool {
        if self.table != entry.table
            || self.op != entry.write.op
            || self.entries.len() >= MOST
            || self.has(entry, all)
        {
            return false;
        }
        // A PUT says once for all which columns it gives; changes of unique columns are checked row by row, in an order
        // that an UPDATE does not promise.
        let fits = match self.op {
            Op::Put => same_columns(&self.gives, &given(entry.write)),
            Op::Patch => !self.has_unique && !entry.is_unique,
            Op::Delete => true,
        };
        fits && match entry.batch() {
            Batch::Together => true,
            Batch::Alone => false,
            Batch::Unrelated => self.entries.iter().all(|index| {
                let other = &all[*index];
                !entry.names(other) && !other.names(entry)
            }),
        }
    }

    /// Whether the step has an entry of the same row.
    fn has(&self, entry: &Entry<'_>, all: &[Entry<'_>]) -> bool {
        if self.table != entry.table {
            return false;
        }
        match entry.natural.is_empty() {
            true => self.rows.contains_key(&entry.key),
            false => self
                .entries
                .iter()
                .any(|index| all[*index].is_same_row(entry)),
        }
    }

    /// Whether an entry that is written before this step may come to mean something else.
    fn is_in_the_way(&self, entry: &Entry<'_>, all: &[Entry<'_>]) -> bool {
        if self.table == entry.table {
            let free = |op: Op| self.statements.batch(op) == Batch::Together;
            let unrelated =
                self.statements.unique.is_empty() && free(self.op) && free(entry.write.op);
            return !unrelated || self.has(entry, all);
        }
        let (one, other) = (self.statements, entry.statements);
        one.reads.contains(&other.table.name) || other.reads.contains(&one.table.name)
    }
}

/// The entries, each after those it needs; else as they came.
fn in_order(tables: &[&Statements], entries: &[Entry<'_>]) -> Vec<usize> {
    let needs = needs(tables, entries);
    let mut state = vec![State::New; entries.len()];
    let mut order = Vec::with_capacity(entries.len());
    for start in 0..entries.len() {
        let mut stack = vec![(start, 0)];
        while let Some((index, next)) = stack.pop() {
            if next == 0 {
                if state[index] != State::New {
                    continue;
                }
                state[index] = State::Begun;
            }
            match needs[index].get(next) {
                Some(&needed) => {
                    stack.push((index, next + 1));
                    // What was begun needs this one itself: a circle, left as it came.
                    if state[needed] == State::New {
                        stack.push((needed, 0));
                    }
                }
                None => {
                    state[index] = State::Done;
                    order.push(index);
                }
            }
        }
    }
    order
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Done,
}

/// Which entries each entry comes after, in the order they came.
fn needs(tables: &[&Statements], entries: &[Entry<'_>]) -> Vec<Vec<usize>> {
    let mut rows: HashMap<(usize, &[String]), Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        rows.entry((entry.table, &entry.key))
            .or_default()
            .push(index);
    }
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    for of_row in rows.values() {
        for pair in of_row.windows(2) {
            needs[pair[1]].push(pair[0]);
        }
    }
    let table_of = |name: &str| tables.iter().position(|one| one.table.name == name);
    for (index, entry) in entries.iter().enumerate() {
        for key in checked_at_once(entry.statements.table) {
            let Some(parent) = table_of(key.table) else {
                continue;
            };
            match entry.write.op {
                Op::Put | Op::Patch => {
                    let Some(text) = names_key(entry.write, key, tables[parent].table) else {
                        continue;
                    };
                    let first = rows.get(&(parent, text.as_slice())).map(|of_row| of_row[0]);
                    if let Some(first) = first
                        && first > index
                        && entries[first].write.op == Op::Put
                    {
                        needs[index].push(first);
                    }
                }
                Op::Delete if matches!(key.on_delete, FkAction::NoAction | FkAction::Restrict) => {
                    let is_first = rows[&(entry.table, entry.key.as_slice())][0] == index;
                    for (earlier, other) in entries.iter().enumerate().take(index) {
                        if is_first && other.table == parent && other.write.op == Op::Delete {
                            needs[earlier].push(index);
                        }
                    }
                }
                Op::Delete => {}
            }
        }
    }
    for needed in &mut needs {
        needed.sort_unstable();
        needed.dedup();
    }
    needs
}

/// The foreign keys that Postgres checks at the end of each statement.
fn checked_at_once(table: &'static TableDef) -> impl Iterator<Item = &'static ForeignKeyDef> {
    table
        .foreign_keys
        .iter()
        .filter(|key| key.enforced && !key.deferrable)
}

/// The key of the row that a change refers to, where it tells.
fn names_key(write: &Write<'_>, key: &ForeignKeyDef, parent: &TableDef) -> Option<Vec<String>> {
    parent
        .key
        .iter()
        .map(|wanted| {
            let index = key
                .references
                .iter()
                .position(|name| *name == wanted.name)?;
            text(write, key.columns[index])
        })
        .collect()
}

fn text(write: &Write<'_>, column: &ColumnDef) -> Option<String> {
    Some(write.value(column)?.key_text()?.into_owned())
}

fn given(write: &Write<'_>) -> Vec<&'static ColumnDef> {
    write.values.iter().map(|(column, _)| *column).collect()
}

fn same_columns(one: &[&ColumnDef], other: &[&ColumnDef]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| one.name == other.name)
}
