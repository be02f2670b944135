//! Looks for the universe in which an enforcer of a wrong policy is told from the others.
//!
//! Where rows and writes are concerned, the policy's own words tell which universe to ask in: one in which the right
//! policy and the wrong one answer differently. There the enforcer must be found out.

use super::attempt::Attempt;
use super::equal::is_equal;
use super::evaluate::Asker;
use super::mutate::Mutant;
use super::policy::{Policy, Write};
use super::propose::every;
use super::reads::{self, Places};
use super::statements::change;
use super::streams::{Dialect, by_streams};
use super::{App, config_of, guards_of, run, writes};
use crate::universe::{Universe, generate, load, tables_on_server};
use std::collections::{BTreeMap, BTreeSet};
use synctable_codegen::diagnostic::Complaints;
use synctable_codegen::guard::Guard;
use synctable_codegen::model::{Model, Table};
use synctable_codegen::targets::{postgres as rls, powersync};

/// Who is made of the wrong policy, while the others keep the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enforcer {
    /// Row-level security.
    Rls,
    /// Sync streams.
    Streams,
    /// The older dialect.
    Rules,
    /// The guard of the upload path.
    Guard,
}

impl Enforcer {
    /// All of them.
    pub const ALL: [Enforcer; 4] = [Self::Rls, Self::Streams, Self::Rules, Self::Guard];
}

/// What became of the mutants of one enforcer.
#[derive(Clone, Debug, Default)]
pub struct Hunt {
    /// How many were found.
    pub found: usize,
    /// How many say what cannot be generated.
    pub refused: usize,
    /// How many do not reach this enforcer: what is generated is the same.
    pub elsewhere: usize,
    /// How many say the same in other words, by a truth table.
    pub equal: usize,
    /// Those that nobody found, by place and change.
    pub survivors: Vec<(String, String)>,
}

/// How many universes are looked through for one that tells the wrong policy from the right one.
const UNIVERSES: u64 = 60;

/// How many rows a table has at most.
const ROWS: usize = 8;

/// In how many universes that tell the policies apart an enforcer is asked.
const ASKED: usize = 3;

/// Universes, and what the right policy says in them.
pub struct World {
    universes: Vec<Known>,
}

struct Known {
    universe: Universe,
    seen: Vec<Places>,
    attempts: Vec<(Attempt, Option<Write>, bool)>,
}

impl World {
    /// The universes that the app's mutants are looked for in.
    #[must_use]
    pub fn of(app: &App) -> Self {
        let universes = (0..UNIVERSES).map(|seed| {
            let universe = generate(&app.model, &app.hints, 1_000_000 + seed, ROWS);
            let seen = seen(&app.model, &universe);
            let tables = tables_on_server(&app.model).into_iter();
            let attempts = tables
                .filter(|table| table.access.is_some())
                .flat_map(|table| every(app, &universe, table))
                .map(|attempt| {
                    let write = writes::foreseen(app, &universe, &attempt);
                    let allowed = write
                        .as_ref()
                        .is_some_and(|write| allows(&app.model, &universe, &attempt, write));
                    (attempt, write, allowed)
                })
                .collect();
            Known {
                universe,
                seen,
                attempts,
            }
        });
        Self {
            universes: universes.collect(),
        }
    }
}

fn seen(model: &Model, universe: &Universe) -> Vec<Places> {
    reads::by_policy(
        model,
        universe,
        &universe.callers,
        &model.postgres.roles.client,
    )
}

fn allows(model: &Model, universe: &Universe, attempt: &Attempt, write: &Write) -> bool {
    let nothing = App::nothing();
    let asker = Asker::new(model, universe, &attempt.caller, &nothing);
    let table = &model.tables[&attempt.table];
    Policy::new(table, &model.postgres.roles.client, &asker).allows(write)
}

/// Looks for each mutant.
pub fn hunt(app: &mut App, world: &World, enforcer: Enforcer, mutants: &[Mutant]) -> Hunt {
    let mut hunt = Hunt::default();
    let right = rls::baseline(&app.model);
    for mutant in mutants {
        let is_found = match enforcer {
            Enforcer::Streams => in_streams(app, world, Dialect::Streams, mutant),
            Enforcer::Rules => in_streams(app, world, Dialect::Rules, mutant),
            Enforcer::Rls => in_rls(app, world, mutant, &right),
            Enforcer::Guard => in_guard(app, world, mutant),
        };
        match is_found {
            Outcome::Found => hunt.found += 1,
            Outcome::Refused => hunt.refused += 1,
            Outcome::Elsewhere => hunt.elsewhere += 1,
            Outcome::Hidden => {
                let granted = mutant.rule.as_ref().map(|(table, _)| &app.granted[table]);
                match granted.is_some_and(|granted| is_equal(&app.model, mutant, granted)) {
                    true => hunt.equal += 1,
                    false => {
                        let survivor = (mutant.site.clone(), mutant.what.clone());
                        hunt.survivors.push(survivor);
                    }
                }
            }
        }
    }
    hunt
}

enum Outcome {
    Found,
    Refused,
    Elsewhere,
    Hidden,
}

impl From<bool> for Outcome {
    fn from(is_found: bool) -> Self {
        if is_found { Self::Found } else { Self::Hidden }
    }
}

fn in_streams(app: &App, world: &World, dialect: Dialect, mutant: &Mutant) -> Outcome {
    let (file, right) = match dialect {
        Dialect::Streams => ("sync-config.yaml", &app.config),
        Dialect::Rules => ("sync-rules.yaml", &app.rules),
    };
    let mut complaints = Complaints::new();
    (powersync::TARGET.admit)(&mutant.model, &mut complaints);
    if !complaints.is_empty() {
        return Outcome::Refused;
    }
    let config = config_of(&mutant.model, file);
    if queries(&config) == queries(right) {
        return Outcome::Elsewhere;
    }
    // The head of the right configuration tells what devices are to receive.
    let config = format!(
        "{}\n{}",
        comments(right).join("\n"),
        queries(&config).join("\n")
    );
    let mut worlds = world.universes.iter();
    worlds
        .any(|known| {
            let told = by_streams(app, dialect, &config, &known.universe, &known.seen);
            // Where the compiler itself objects, other tests see it.
            told.map_or(true, |differences| !differences.is_empty())
        })
        .into()
}

fn comments(config: &str) -> Vec<&str> {
    let lines = config.lines();
    lines.filter(|line| line.starts_with('#')).collect()
}

fn queries(config: &str) -> Vec<&str> {
    let lines = config.lines();
    lines
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect()
}

/// What tells the right policy from the wrong one in a universe.
struct Witness<'a> {
    known: &'a Known,
    attempts: Vec<Attempt>,
    is_seen: bool,
}

/// Universes in which the two answer differently about one of the tables.
fn witnesses<'a>(
    world: &'a World,
    mutant: &'a Mutant,
    tables: &'a [&'a Table],
) -> impl Iterator<Item = Witness<'a>> {
    let concerns = |name: &str| tables.iter().any(|table| table.name == name);
    world.universes.iter().filter_map(move |known| {
        let universe = &known.universe;
        let wrong = seen(&mutant.model, universe);
        let is_seen = wrong.iter().zip(&known.seen).any(|(wrong, right)| {
            tables
                .iter()
                .any(|table| wrong[&table.name] != right[&table.name])
        });
        let attempts: Vec<Attempt> = known
            .attempts
            .iter()
            .filter(|(attempt, write, allowed)| {
                concerns(&attempt.table)
                    && write.as_ref().is_some_and(|write| {
                        allows(&mutant.model, universe, attempt, write) != *allowed
                    })
            })
            .map(|(attempt, ..)| attempt.clone())
            .take(4)
            .collect();
        (is_seen || !attempts.is_empty()).then_some(Witness {
            known,
            attempts,
            is_seen,
        })
    })
}

fn in_guard(app: &mut App, world: &World, mutant: &Mutant) -> Outcome {
    let guards: BTreeMap<String, Guard> = guards_of(&mutant.model);
    let model = app.model.clone();
    let tables: Vec<&Table> = tables_on_server(&model)
        .into_iter()
        .filter(|table| guards[&table.name] != app.guards[&table.name])
        .collect();
    if tables.is_empty() {
        return Outcome::Elsewhere;
    }
    let mut witnesses = witnesses(world, mutant, &tables).take(ASKED);
    witnesses
        .any(|witness| {
            let Known { universe, seen, .. } = witness.known;
            app.with(universe, |app, transaction| {
                let is_read = witness.is_seen
                    && !reads::by_guards(app, universe, seen, &guards, transaction).is_empty();
                let attempts = &witness.attempts;
                let (told, _) = writes::ask(app, universe, attempts, &guards, transaction);
                is_read || told.iter().any(|one| one.about.contains(": the guard on "))
            })
        })
        .into()
}

fn in_rls(app: &mut App, world: &World, mutant: &Mutant, right: &str) -> Outcome {
    let Some((sql, changed)) = change(right, &rls::baseline(&mutant.model)) else {
        return Outcome::Elsewhere;
    };
    let model = app.model.clone();
    let tables: Vec<&Table> = tables_on_server(&model)
        .into_iter()
        .filter(|table| is_among(&changed, table))
        .collect();
    let mut witnesses = witnesses(world, mutant, &tables).take(ASKED);
    witnesses
        .any(|witness| {
            let Known { universe, seen, .. } = witness.known;
            app.with(universe, |app, transaction| {
                run(transaction, &sql);
                let is_read = witness.is_seen
                    && !reads::by_policies(app, universe, seen, &tables, transaction).is_empty();
                let attempts = &witness.attempts;
                let told = |transaction: &mut postgres::Transaction<'_>| {
                    writes::ask(app, universe, attempts, &app.guards, transaction).0
                };
                is_read || !told(transaction).is_empty()
            })
        })
        .into()
}

fn is_among(changed: &BTreeSet<String>, table: &Table) -> bool {
    changed.is_empty() || changed.contains(&load::name_of(table))
}
