//! Many universes of one app, and what they showed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tests::oracle::propose::attempts;
use tests::oracle::shrink::shrink;
use tests::oracle::{App, reads, writes};
use tests::universe::{Universe, generate, tables_on_server};

/// How many writes are tried in each universe, or more where there are many tables.
const LEAST: usize = 60;

/// How many rows a table has at most.
const ROWS: usize = 6;

/// What many universes showed.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) reads: reads::Tally,
    pub(crate) writes: writes::Tally,
    /// The first difference about each thing, shrunk.
    pub(crate) differences: BTreeMap<String, String>,
}

/// Asks everybody about everything in so many universes.
pub(crate) fn asked(app: &mut App, universes: u64) -> Findings {
    let mut findings = Findings::default();
    for seed in 0..universes {
        let universe = generate(&app.model, &app.hints, seed, ROWS);
        let tables = tables_on_server(&app.model);
        let many = LEAST.max(3 * tables.len());
        let attempts = attempts(app, &universe, &tables, seed, many);
        let (reading, (wrong, tried)) = app.with(&universe, |app, transaction| {
            (
                reads::ask(app, &universe, transaction),
                writes::ask(app, &universe, &attempts, &app.guards, transaction),
            )
        });
        findings.reads.count(&app.model, &universe, &reading.seen);
        findings.writes.add(&tried);
        let mut ask = |universe: &Universe| {
            app.with(universe, |app, transaction| {
                let mut all = reads::ask(app, universe, transaction).differences;
                all.extend(writes::ask(app, universe, &attempts, &app.guards, transaction).0);
                all
            })
        };
        for difference in reading.differences.into_iter().chain(wrong) {
            let Entry::Vacant(entry) = findings.differences.entry(difference.about) else {
                continue;
            };
            let (smallest, difference) = shrink(&universe, entry.key(), &mut ask);
            entry.insert(format!(
                "{}\n  in seed {seed}, shrunk:\n{smallest}",
                difference.message
            ));
        }
    }
    findings
}
