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
use crate::value::Value;
use crate::words::FkAction;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

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

/// Plans changes, in time and memory that grow with their number.
///
/// Written step by step, or entry by entry in the order of the steps, they leave the same rows and the same outcomes.
pub fn plan(tables: &[&Statements], writes: &[Write<'_>]) -> Plan {
    let by_name: HashMap<(&str, &str), usize> = tables
        .iter()
        .enumerate()
        .map(|(index, one)| ((one.table.schema, one.table.name), index))
        .collect();
    let mut plan = Plan::default();
    let mut rows = Rows::new(tables.len());
    let mut entries = Vec::with_capacity(writes.len());
    for (place, write) in writes.iter().enumerate() {
        match by_name.get(&(write.table.schema, write.table.name)) {
            Some(_) if write.says_nothing() => plan.empty.push(place),
            Some(&table) => entries.push(Entry {
                place,
                table,
                write,
                row: rows.add(table, key(write), entries.len()),
            }),
            None => plan.unknown.push(place),
        }
    }
    plan.repeats = rows.repeats(tables, &entries);
    let mut open = Opened::new(tables, rows.first.len());
    for index in Order::of(tables, &entries, &rows) {
        open.add(&entries[index]);
    }
    plan.steps = open.steps.into_iter().map(|open| open.step).collect();
    plan
}

/// A change of a table.
struct Entry<'a> {
    place: usize,
    table: usize,
    write: &'a Write<'a>,
    /// Its row, by a number.
    row: usize,
}

/// The text of a key; its parts stand apart by what no text of Postgres has.
fn key<'a>(write: &'a Write<'_>) -> Cow<'a, str> {
    match write.key.as_slice() {
        [value] => value.key_text().unwrap_or_default(),
        values => Cow::Owned(joined(values.iter().map(Value::key_text)).unwrap_or_default()),
    }
}

fn joined<'v>(parts: impl Iterator<Item = Option<Cow<'v, str>>>) -> Option<String> {
    let mut text = String::new();
    for (nr, part) in parts.enumerate() {
        if nr > 0 {
            text.push('\0');
        }
        text.push_str(&part?);
    }
    Some(text)
}

/// The rows that the changes are of.
struct Rows<'a> {
    /// The number of each row, table by table.
    numbers: Vec<HashMap<Cow<'a, str>, usize>>,
    /// The first change of each row.
    first: Vec<usize>,
    /// The last change of each row.
    last: Vec<usize>,
    /// The change of its row before each change.
    before: Vec<Option<usize>>,
}

impl<'a> Rows<'a> {
    fn new(tables: usize) -> Self {
        Rows {
            numbers: vec![HashMap::new(); tables],
            first: Vec::new(),
            last: Vec::new(),
            before: Vec::new(),
        }
    }

    fn add(&mut self, table: usize, key: Cow<'a, str>, index: usize) -> usize {
        let next = self.first.len();
        let row = *self.numbers[table].entry(key).or_insert(next);
        if row == next {
            self.first.push(index);
            self.last.push(index);
            self.before.push(None);
        } else {
            self.before.push(Some(self.last[row]));
            self.last[row] = index;
        }
        row
    }

    /// Whether several changes may be of one row; an upsert may find one by other columns than the key.
    fn repeats(&self, tables: &[&Statements], entries: &[Entry<'_>]) -> bool {
        self.first.len() < entries.len()
            || tables
                .iter()
                .zip(&self.numbers)
                .any(|(one, rows)| rows.len() > 1 && one.table.upsert_on != one.table.key)
    }
}

/// A step that still takes entries.
struct Open {
    step: Step,
    /// What tells rows apart that an upsert may find by other columns than the key.
    natural: Option<Natural>,
    /// The keys of its rows, and the texts that could be one: kept where its entries must not name each other.
    keys: HashSet<String>,
    named: HashSet<String>,
}

/// The columns that an upsert finds rows by, as far as they are given, and their values in each entry of a step.
struct Natural {
    given: Vec<bool>,
    values: HashSet<Vec<String>>,
}

/// What has to be the same for entries to share a statement.
#[derive(PartialEq, Eq, Hash)]
struct Sort {
    table: usize,
    op: Op,
}

/// The steps so far, and where to look for those that matter to an entry.
struct Opened<'t> {
    tables: &'t [&'t Statements],
    /// The tables that decide over each table's rows, or the other way round.
    related: Vec<Vec<usize>>,
    steps: Vec<Open>,
    /// The last step of each table and kind.
    last: Vec<[Option<usize>; 3]>,
    /// The last step that has each row.
    of_row: Vec<Option<usize>>,
    /// The last step of each sort that takes more than one entry.
    of_sort: HashMap<Sort, usize>,
}

impl<'t> Opened<'t> {
    fn new(tables: &'t [&'t Statements], rows: usize) -> Self {
        let reads = |one: &Statements, other: &Statements| {
            one.set
                .batching
                .reads
                .iter()
                .any(|name| name == other.table.name)
        };
        let related = tables.iter().enumerate().map(|(index, one)| {
            let others = tables.iter().enumerate();
            others
                .filter(|(place, other)| {
                    *place != index && (reads(one, other) || reads(other, one))
                })
                .map(|(place, _)| place)
                .collect()
        });
        Opened {
            tables,
            related: related.collect(),
            steps: Vec::new(),
            last: vec![[None; 3]; tables.len()],
            of_row: vec![None; rows],
            of_sort: HashMap::new(),
        }
    }

    fn add(&mut self, entry: &Entry<'_>) {
        let sort = self.sort(entry);
        let known = sort
            .as_ref()
            .and_then(|sort| self.of_sort.get(sort))
            .copied();
        let joins = known.filter(|step| {
            // What it does not come to mean something else by is passed by.
            self.in_the_way(entry).is_none_or(|last| last <= *step) && self.takes(*step, entry)
        });
        let step = joins.unwrap_or_else(|| {
            self.steps.push(Open {
                step: Step {
                    table: entry.table,
                    op: entry.write.op,
                    entries: Vec::new(),
                },
                natural: None,
                keys: HashSet::new(),
                named: HashSet::new(),
            });
            let step = self.steps.len() - 1;
            self.last[entry.table][entry.write.op as usize] = Some(step);
            if let Some(sort) = sort {
                self.of_sort.insert(sort, step);
            }
            step
        });
        self.of_row[entry.row] = Some(step);
        self.push(step, entry);
    }

    /// The last step before which the entry may come to mean something else.
    fn in_the_way(&self, entry: &Entry<'_>) -> Option<usize> {
        let batching = &self.tables[entry.table].set.batching;
        let is_free = |op: Op| {
            batching.decisive.is_empty()
                && batching.of(op) == Batch::Together
                && batching.of(entry.write.op) == Batch::Together
        };
        let others = self.related[entry.table]
            .iter()
            .flat_map(|table| self.last[*table]);
        let own = [Op::Put, Op::Patch, Op::Delete]
            .into_iter()
            .filter(|op| !is_free(*op));
        let own = own.map(|op| self.last[entry.table][op as usize]);
        let same_row = self.of_row[entry.row];
        others.chain(own).flatten().chain(same_row).max()
    }

    /// What the entry has to have in common with others of its step; `None` where it is written alone.
    fn sort(&self, entry: &Entry<'_>) -> Option<Sort> {
        let batching = &self.tables[entry.table].set.batching;
        let write = entry.write;
        // Unique columns are checked row by row, in an order that an UPDATE does not promise; and no row of a statement
        // sees what it does to the others.
        let mut given = write.values.iter().map(|(column, _)| column.name);
        let is_alone = batching.of(write.op) == Batch::Alone
            || (write.op == Op::Patch
                && given.any(|name| batching.decisive.iter().any(|one| one == name)));
        (!is_alone).then_some(Sort {
            table: entry.table,
            op: write.op,
        })
    }

    /// Whether the entry may stand in a step of its sort, behind those that it has.
    fn takes(&self, step: usize, entry: &Entry<'_>) -> bool {
        let open = &self.steps[step];
        let is_new = self.of_row[entry.row] != Some(step);
        is_new
            && open.step.entries.len() < MOST
            && open.natural.as_ref().is_none_or(|natural| {
                let (given, values) = self.natural(entry);
                natural.given == given && !natural.values.contains(&values)
            })
            && (!self.is_unrelated(entry)
                || (entry.write.table.key.len() == 1
                    && !open.named.contains(key(entry.write).as_ref())
                    && could_be_keys(entry.write).all(|text| !open.keys.contains(text.as_ref()))))
    }

    fn push(&mut self, step: usize, entry: &Entry<'_>) {
        let natural = (entry.write.op == Op::Put
            && entry.write.table.upsert_on != entry.write.table.key)
            .then(|| self.natural(entry));
        let is_unrelated = self.is_unrelated(entry);
        let open = &mut self.steps[step];
        open.step.entries.push(entry.place);
        if let Some((given, values)) = natural {
            let values_of = open.natural.get_or_insert_with(|| Natural {
                given,
                values: HashSet::new(),
            });
            values_of.values.insert(values);
        }
        if is_unrelated {
            open.keys.insert(key(entry.write).into_owned());
            open.named
                .extend(could_be_keys(entry.write).map(Cow::into_owned));
        }
    }

    fn is_unrelated(&self, entry: &Entry<'_>) -> bool {
        self.tables[entry.table].set.batching.of(entry.write.op) == Batch::Unrelated
    }

    /// Which of the columns that an upsert finds rows by are given, and their texts.
    ///
    /// Where a part is filled in by the server, rows are told apart by the others, and those of which other parts are
    /// given do not share a step.
    fn natural(&self, entry: &Entry<'_>) -> (Vec<bool>, Vec<String>) {
        let columns = self.tables[entry.table].table.upsert_on.iter();
        let texts: Vec<_> = columns.map(|column| text(entry.write, column)).collect();
        let given = texts.iter().map(Option::is_some).collect();
        (given, texts.into_iter().flatten().collect())
    }
}

/// The texts among a change's values that could be a key of its table.
fn could_be_keys<'a>(write: &'a Write<'_>) -> impl Iterator<Item = Cow<'a, str>> {
    let carrier = write.table.key.first().and_then(|key| key.kind.carrier());
    write
        .values
        .iter()
        .filter(move |(column, _)| column.kind.carrier() == carrier)
        .filter_map(|(_, value)| value.key_text())
}

/// The changes, each after those it needs; else as they came.
struct Order<'a> {
    rows: &'a Rows<'a>,
    /// What each change needs beside the one of its row before it; all of it came later.
    needs: Vec<Vec<usize>>,
    /// Where each DELETE's way through its table's `first_deleted` begins, and which table's it is.
    deletes: Vec<Option<(usize, usize)>>,
    /// For each table, the DELETEs of rows that may refer to its rows; they come before the DELETEs that came before them.
    first_deleted: Vec<Waiting>,
    state: Vec<State>,
}

/// Changes in the order they came, of which those are passed over that have had their turn.
#[derive(Default)]
struct Waiting {
    changes: Vec<usize>,
    /// The next place to look at.
    next: Vec<usize>,
}

impl Waiting {
    /// The first change from a place on that has not had its turn.
    fn first(&mut self, from: usize, state: &[State]) -> Option<usize> {
        let mut place = from;
        while let Some(change) = self.changes.get(place) {
            if state[*change] == State::New {
                break;
            }
            place = self.next[place];
        }
        // All that was passed leads here from now on.
        let mut passed = from;
        while passed < place {
            passed = std::mem::replace(&mut self.next[passed], place);
        }
        self.changes.get(place).copied()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Done,
}

impl<'a> Order<'a> {
    fn of(tables: &[&Statements], entries: &[Entry<'_>], rows: &'a Rows<'a>) -> Vec<usize> {
        let table_of: HashMap<&str, usize> = tables
            .iter()
            .enumerate()
            .map(|(index, one)| (one.table.name, index))
            .collect();
        let keys: Vec<Vec<(&ForeignKeyDef, usize)>> = tables
            .iter()
            .map(|one| {
                let keys = checked_at_once(one.table);
                keys.filter_map(|key| Some((key, *table_of.get(key.table)?)))
                    .collect()
            })
            .collect();
        let mut order = Order {
            rows,
            needs: vec![Vec::new(); entries.len()],
            deletes: vec![None; entries.len()],
            first_deleted: (0..tables.len()).map(|_| Waiting::default()).collect(),
            state: vec![State::New; entries.len()],
        };
        for (index, entry) in entries.iter().enumerate() {
            for (key, parent) in &keys[entry.table] {
                match entry.write.op {
                    Op::Put | Op::Patch => {
                        let first = names_key(entry.write, key, tables[*parent].table)
                            .and_then(|text| rows.numbers[*parent].get(text.as_str()))
                            .map(|row| rows.first[*row]);
                        // A row that is there already is not made by the PUT that changes it.
                        if let Some(first) = first
                            && first > index
                            && entries[first].write.op == Op::Put
                        {
                            order.needs[index].push(first);
                        }
                    }
                    Op::Delete
                        if matches!(key.on_delete, FkAction::NoAction | FkAction::Restrict) =>
                    {
                        let waiting = &mut order.first_deleted[*parent];
                        if rows.first[entry.row] == index && waiting.changes.last() != Some(&index)
                        {
                            waiting.changes.push(index);
                            waiting.next.push(waiting.changes.len());
                        }
                    }
                    Op::Delete => {}
                }
            }
            order.needs[index].sort_unstable();
        }
        for (index, entry) in entries.iter().enumerate() {
            if entry.write.op == Op::Delete {
                let changes = &order.first_deleted[entry.table].changes;
                let from = changes.partition_point(|change| *change <= index);
                order.deletes[index] = (from < changes.len()).then_some((entry.table, from));
            }
        }
        order.all()
    }

    fn all(mut self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.state.len());
        for start in 0..self.state.len() {
            if self.state[start] != State::New {
                continue;
            }
            self.state[start] = State::Begun;
            let mut stack = vec![(start, 0)];
            while let Some((index, asked)) = stack.last_mut() {
                match self.next(*index, asked) {
                    Some(needed) => {
                        self.state[needed] = State::Begun;
                        stack.push((needed, 0));
                    }
                    None => {
                        self.state[*index] = State::Done;
                        order.push(*index);
                        stack.pop();
                    }
                }
            }
        }
        order
    }

    /// The next change that a change needs and that has not had its turn; `asked` counts how many it was asked for.
    ///
    /// What was begun needs this one itself: a circle, left as it came.
    fn next(&mut self, index: usize, asked: &mut usize) -> Option<usize> {
        if *asked == 0 {
            *asked = 1;
            if let Some(before) = self.rows.before[index]
                && self.state[before] == State::New
            {
                return Some(before);
            }
        }
        while let Some(needed) = self.needs[index].get(*asked - 1) {
            *asked += 1;
            if self.state[*needed] == State::New {
                return Some(*needed);
            }
        }
        let (table, from) = self.deletes[index]?;
        self.first_deleted[table].first(from, &self.state)
    }
}

/// The foreign keys that Postgres checks at the end of each statement.
fn checked_at_once(table: &'static TableDef) -> impl Iterator<Item = &'static ForeignKeyDef> {
    table
        .foreign_keys
        .iter()
        .filter(|key| key.enforced && !key.deferrable)
}

/// The key of the row that a change refers to, where it tells.
fn names_key(write: &Write<'_>, key: &ForeignKeyDef, parent: &TableDef) -> Option<String> {
    joined(parent.key.iter().map(|wanted| {
        let mut names = key.references.iter();
        let index = names.position(|name| *name == wanted.name)?;
        write.value(key.columns[index])?.key_text()
    }))
}

fn text(write: &Write<'_>, column: &ColumnDef) -> Option<String> {
    Some(write.value(column)?.key_text()?.into_owned())
}
