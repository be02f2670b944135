//! What a file of a migration locks, reads and writes anew on a real Postgres, compared with what its plan says.

use std::collections::BTreeMap;

use ::postgres::Transaction;
use synctable_codegen::model::Model;
use synctable_codegen::targets::postgres::evolve::{Evolution, Run, Work, evolve_by};

/// What leads from one model to the next, as the file that runs in this way.
pub(crate) fn evolution(before: &Model, after: &Model, allowed: &[String], sql: &str) -> Evolution {
    let run = match sql.starts_with("-- no-transaction\n") {
        true => Run::Alone,
        false => Run::Together,
    };
    let evolution = evolve_by(before, after, allowed, run, &[]);
    assert!(
        evolution.refused.is_empty(),
        "it was not refused when it was written"
    );
    evolution
}

/// A table, as it was before a file ran.
#[derive(Debug)]
pub(crate) struct Was {
    name: String,
    file: u32,
}

const TABLES: &str = "select c.oid, c.oid::regclass::text, pg_relation_filenode(c.oid) as file
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^pg_|^information_schema$'";

/// The tables that are there.
pub(crate) fn tables(transaction: &mut Transaction<'_>) -> BTreeMap<u32, Was> {
    let path = "set local search_path = ''";
    transaction.batch_execute(path).expect("it is a setting");
    let rows = transaction.query(TABLES, &[]).expect("they are readable");
    rows.iter()
        .map(|row| {
            let (name, file) = (row.get(1), row.get(2));
            (row.get(0), Was { name, file })
        })
        .collect()
}

/// Where what the transaction holds is not what the plan says.
pub(crate) fn wrong(
    transaction: &mut Transaction<'_>,
    before: &BTreeMap<u32, Was>,
    evolution: &Evolution,
) -> Vec<String> {
    let now = tables(transaction);
    let held = transaction
        .query(
            "select l.relation, l.mode, pg_stat_get_xact_numscans(l.relation) > 0 as scanned
             from pg_locks l where l.pid = pg_backend_pid() and l.locktype = 'relation' and l.granted
                and l.mode in ('RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock',
                    'ShareRowExclusiveLock', 'AccessExclusiveLock')",
            &[],
        )
        .expect("locks are readable");
    let order = [
        "RowShareLock",
        "RowExclusiveLock",
        "ShareUpdateExclusiveLock",
        "ShareLock",
        "ShareRowExclusiveLock",
        "AccessExclusiveLock",
    ];
    let rank = |mode: &str| order.iter().position(|one| *one == mode);
    let mut found: BTreeMap<String, (usize, bool, bool)> = BTreeMap::new();
    let is_gone = |name: &str| !now.values().any(|is| is.name == name);
    for row in &held {
        let oid: u32 = row.get(0);
        let Some(was) = before.get(&oid) else {
            continue;
        };
        let is = now.get(&oid);
        let name = is.map_or(&was.name, |is| &is.name).clone();
        let mode = rank(row.get::<_, &str>(1)).expect("it was asked for");
        let rewritten = is.is_some_and(|is| is.file != was.file);
        let scanned: bool = row.get(2);
        let one = found.entry(name).or_insert((mode, scanned, rewritten));
        one.0 = one.0.max(mode);
    }
    let mut wrong = Vec::new();
    for lock in evolution.locks() {
        let name = format!("{}.{}", lock.table.schema, lock.table.name);
        let found = found.remove(&name).or_else(|| {
            // A name that needs quotes.
            let ends = found
                .keys()
                .find(|one| one.replace('"', "") == name)
                .cloned();
            ends.and_then(|one| found.remove(&one))
        });
        let Some((mode, scanned, rewritten)) = found else {
            // A view is not a table.
            if before.values().any(|was| was.name == name) {
                wrong.push(format!("the plan says `{lock}`, and nothing is held"));
            }
            continue;
        };
        if order[mode] != lock.mode.postgres() {
            wrong.push(format!(
                "the plan says `{lock}`, and {} is held",
                order[mode]
            ));
        }
        if rewritten != (lock.work == Work::Rewrite) {
            wrong.push(format!(
                "the plan says `{lock}`, and rewritten is {rewritten}"
            ));
        }
        if scanned && lock.work == Work::Instant && !is_gone(&name) {
            wrong.push(format!("the plan says `{lock}`, and rows are read"));
        }
        if !scanned && !rewritten && lock.work != Work::Instant {
            wrong.push(format!("the plan says `{lock}`, and no row is read"));
        }
    }
    // Nobody waits for the rows at the other end of a foreign key.
    found.retain(|_, (mode, ..)| order[*mode] != "RowShareLock");
    for (name, (mode, ..)) in found {
        wrong.push(format!(
            "{name}: {} is held, and the plan does not say so",
            order[mode]
        ));
    }
    wrong
}
