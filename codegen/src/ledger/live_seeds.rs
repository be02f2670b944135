//! Live rows beside the seeds that migrations wrote.
//!
//! Where no rule lets callers change or delete rows, a row that differs is drift.
//! Where one does, it may be what a caller made of it, and is listed beside.

use crate::catalog::{Catalog, lower, name_of};
use crate::model::{Model, Table};
use crate::targets::postgres::seeds;
use ::postgres::{Error, Transaction};

/// What of a database's rows differs from the seeds of a model, one line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveSeeds {
    /// Rows that only the server writes.
    pub differing: Vec<String>,
    /// Rows that a rule lets callers change or delete.
    pub of_callers: Vec<String>,
    /// Tables whose rows the user of the connection does not see.
    pub hidden: Vec<String>,
}

impl LiveSeeds {
    /// Rows that differ, whoever may have changed them.
    pub fn rows(&self) -> impl Iterator<Item = &String> {
        self.differing.iter().chain(&self.of_callers)
    }
}

/// Compares live rows with the seeds of a model; `found` is the live catalog, whose differences are told elsewhere.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn live_seeds(
    transaction: &mut Transaction<'_>,
    model: &Model,
    found: &Catalog,
) -> Result<LiveSeeds, Error> {
    let mut live_seeds = LiveSeeds::default();
    let lowered = match seeds::tables(model).is_empty() {
        true => return Ok(live_seeds),
        false => lower(model),
    };
    for table in seeds::tables(model) {
        let name = name_of(table);
        let wanted = &lowered.tables[&name];
        // What the table lacks is told already.
        let is_there = |column: &String| {
            let live = found.tables.get(&name);
            live.and_then(|live| live.columns.get(column))
                .is_some_and(|live| live.sql_type == wanted.columns[column].sql_type)
        };
        let mut columns = table.seeds.iter().flat_map(|seed| seed.0.keys());
        if !columns.all(is_there) {
            continue;
        }
        if !sees_all(transaction, &name.schema, &name.name)? {
            let line = format!("table {name}, seeds: this user does not see all rows");
            live_seeds.hidden.push(line);
            continue;
        }
        let differing = match is_changed_by_callers(table) {
            true => &mut live_seeds.of_callers,
            false => &mut live_seeds.differing,
        };
        for query in seeds::differing(table, wanted) {
            for row in transaction.query(&query, &[])? {
                let (seed, columns): (String, Option<String>) = (row.get(0), row.get(1));
                differing.push(match columns {
                    None => format!("table {name}, seed {seed}: the row is missing"),
                    Some(columns) => {
                        format!("table {name}, seed {seed}: the row differs in {columns}")
                    }
                });
            }
        }
    }
    Ok(live_seeds)
}

fn sees_all(transaction: &mut Transaction<'_>, schema: &str, name: &str) -> Result<bool, Error> {
    let row = transaction.query_one(
        "select has_table_privilege(c.oid, 'select') and not row_security_active(c.oid)
         from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
         where n.nspname = $1 and c.relname = $2",
        &[&schema, &name],
    )?;
    Ok(row.get(0))
}

fn is_changed_by_callers(table: &Table) -> bool {
    let access = table.access.as_ref();
    access.is_some_and(|access| !access.update.is_empty() || !access.delete.is_empty())
}
