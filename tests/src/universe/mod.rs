//! Random universes of an app: callers, and rows of every table that refer to each other.
//!
//! A [`Universe`] is decided by a model and a seed alone.
//! What rules speak of is met often: columns that are compared with the caller hold one of the callers, foreign keys
//! hold a parent's key and rather one of the same caller, claims and constants come from the rules themselves.

mod generate;
pub mod hints;
pub mod load;
pub mod replicate;
pub mod values;

use serde_json::Value;
use std::fmt;
use synctable_codegen::map::IndexMap;
use synctable_codegen::model::{Copied, Literal, Model, Table};

pub use generate::generate;

/// A row: what its columns hold, by declared name; a column that only devices have is not among them.
pub type Row = IndexMap<String, Literal>;

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// The payload of the caller's token.
    pub token: Value,
    /// Whether the subject is the canonical text of an id that rows hold.
    pub is_known: bool,
}

/// Callers and rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Universe {
    /// Who asks.
    pub callers: Vec<Caller>,
    /// The rows by declared table, parents before children.
    pub rows: IndexMap<String, Vec<Row>>,
    /// Rows that are not there and could be added, each with the place of the caller that it is rather about.
    pub spares: IndexMap<String, Vec<(Row, usize)>>,
}

impl Universe {
    /// The rows of a table, in the order in which they went in.
    #[must_use]
    pub fn of(&self, table: &str) -> &[Row] {
        self.rows.get(table).map_or(&[], Vec::as_slice)
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.values().map(Vec::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every universe with one caller or one row less, callers first.
    pub fn smaller(&self) -> impl Iterator<Item = Universe> + '_ {
        let callers = (0..self.callers.len())
            .filter(|_| self.callers.len() > 1)
            .map(|index| {
                let mut smaller = self.clone();
                smaller.callers.remove(index);
                smaller
            });
        let tables = self
            .rows
            .iter()
            .filter(|(_, rows)| rows.len() > 1)
            .map(|(table, _)| {
                let mut smaller = self.clone();
                smaller.rows[table].clear();
                smaller
            });
        let rows = self.rows.iter().rev().flat_map(move |(table, rows)| {
            (0..rows.len()).map(move |index| {
                let mut smaller = self.clone();
                smaller.rows[table].remove(index);
                smaller
            })
        });
        callers.chain(tables).chain(rows)
    }
}

impl fmt::Display for Universe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for caller in &self.callers {
            writeln!(f, "  caller {}", caller.token)?;
        }
        for (table, rows) in &self.rows {
            for row in rows {
                writeln!(f, "  {table} {}", shown(row))?;
            }
        }
        Ok(())
    }
}

/// A row as a reader takes it in: without what is NULL.
#[must_use]
pub fn shown(row: &Row) -> String {
    let columns: Vec<String> = row
        .iter()
        .filter(|(_, value)| **value != Literal::Null)
        .map(|(name, value)| format!("{name}: {}", plain(value)))
        .collect();
    format!("{{{}}}", columns.join(", "))
}

/// A value as JSON, which is how a key is told from others.
#[must_use]
pub fn plain(value: &Literal) -> Value {
    match value {
        Literal::Null => Value::Null,
        Literal::Bool(truth) => (*truth).into(),
        Literal::Int(number) => (*number).into(),
        Literal::Decimal(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        Literal::Text(text) => text.as_str().into(),
        Literal::Json(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        Literal::List(items) => items.iter().map(plain).collect(),
    }
}

/// The key of a row, as a JSON array of its columns' values.
#[must_use]
pub fn key_of(table: &Table, row: &Row) -> Value {
    table.key.iter().map(|column| plain(&row[column])).collect()
}

/// Fills in what a row copies from others; `find` gives the value of a copied column, for the values that say which row.
pub fn copy(table: &Table, row: &mut Row, find: &dyn Fn(&Copied, &[Literal]) -> Option<Literal>) {
    let copied = || {
        let columns = table.columns.values();
        columns.filter_map(|column| Some((&column.name, column.copied.as_ref()?)))
    };
    // One may say where another comes from: as often as there are such columns, all are right.
    for _ in copied() {
        for (name, copied) in copied() {
            let by: Vec<Literal> = copied.by.iter().map(|by| row[by].clone()).collect();
            let found = match by.contains(&Literal::Null) {
                true => None,
                false => find(copied, &by),
            };
            row.insert(name.clone(), found.unwrap_or(Literal::Null));
        }
    }
}

/// What stands in the column that is copied, in the row that the values say.
#[must_use]
pub fn original<'r>(
    rows: impl IntoIterator<Item = &'r Row>,
    copied: &Copied,
    by: &[Literal],
) -> Option<Literal> {
    let is_it = |row: &&Row| {
        let mut pairs = copied.references.iter().zip(by);
        pairs.all(|(there, value)| row[there] == *value)
    };
    let found = rows.into_iter().find(is_it)?;
    Some(found[&copied.column].clone())
}

impl Universe {
    /// What a column that is copied would hold, for the values that say from which row.
    #[must_use]
    pub fn original(&self, copied: &Copied, by: &[Literal]) -> Option<Literal> {
        original(self.of(&copied.table), copied, by)
    }
}

/// The tables that Postgres has, parents before children.
#[must_use]
pub fn tables_on_server(model: &Model) -> Vec<&Table> {
    synctable_codegen::model::parents_first(model)
        .into_iter()
        .flatten()
        .filter(|table| table.sync.on_server())
        .collect()
}
