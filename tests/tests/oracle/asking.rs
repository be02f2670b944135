//! Many universes of one app, and what they showed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tests::oracle::propose::attempts;
use tests::oracle::shrink::shrink;
use tests::oracle::writes::Asks;
use tests::oracle::{App, reads, writes};
use tests::universe::{Universe, generate, tables_on_server};

/// How many writes are tried in each universe, or more where there are many tables.
const LEAST: usize = 60;

/// The anonymous role tries one for so many of the client role.
const FEWER: usize = 2;

/// How many rows a table has at most.
const ROWS: usize = 6;

/// What many universes showed.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) reads: reads::Tally,
    pub(crate) writes: writes::Tally,
    /// What the anonymous role tried.
    pub(crate) anonymous: writes::Tally,
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
        let client = &app.client;
        let tried = attempts(client, client, &universe, &tables, seed, many);
        let without_token = app.anonymous.as_ref().map_or_else(Vec::new, |anonymous| {
            let universe = Universe {
                callers: reads::without_token(&universe),
                ..universe.clone()
            };
            attempts(anonymous, client, &universe, &tables, seed, many / FEWER)
        });
        let (reading, [by_client, anonymous]) = app.with(&universe, |app, transaction| {
            let reading = reads::ask(app, &universe, transaction);
            let by_client = writes::ask(app, &universe, &tried, &app.client.guards, transaction);
            let anonymous = match &app.anonymous {
                Some(Asks { guards, .. }) => {
                    writes::ask(app, &universe, &without_token, guards, transaction)
                }
                None => Default::default(),
            };
            (reading, [by_client, anonymous])
        });
        findings.reads.count(&app.model, &universe, &reading.seen);
        findings.writes.add(&by_client.1);
        findings.anonymous.add(&anonymous.1);
        let wrong = by_client.0.into_iter().chain(anonymous.0);
        let mut ask = |universe: &Universe| {
            app.with(universe, |app, transaction| {
                let mut all = reads::ask(app, universe, transaction).differences;
                let guards = &app.client.guards;
                all.extend(writes::ask(app, universe, &tried, guards, transaction).0);
                if let Some(Asks { guards, .. }) = &app.anonymous {
                    all.extend(writes::ask(app, universe, &without_token, guards, transaction).0);
                }
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
