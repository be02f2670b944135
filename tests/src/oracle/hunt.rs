//! Looks for the universe in which an enforcer of a wrong policy is told from the others.
//!
//! Where rows and writes are concerned, the policy's own words tell which universe to ask in: one in which the right
//! policy and the wrong one answer differently. There the enforcer must be found out.

use super::attempt::Attempt;
use super::equal::is_equal;
use super::evaluate::Asker;
use super::mutate::{Mutant, Place};
use super::policy::{Policy, Write};
use super::propose::every;
use super::reads::{self, Places};
use super::statements::change;
use super::streams::{Dialect, by_streams};
use super::writes::{self, Asks};
use super::{App, config_of, guards_of, run};
use crate::universe::hints::Hints;
use crate::universe::{Universe, generate, tables_on_server};
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::BTreeMap;
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
const UNIVERSES: usize = 500;

/// In how many of them a policy that says the same by the truth table must not be told from the right one.
const TRUSTED: usize = 15;

/// How many rows a table has at most.
const ROWS: usize = 8;

/// How many writes to each table are tried in a universe.
const FEW: usize = 4;

/// In how many universes that tell the policies apart an enforcer is asked.
const ASKED: usize = 3;

/// Universes, and what the right policy says in them; each is made when somebody looks into it.
pub struct World {
    model: Model,
    hints: Hints,
    client: Asks,
    universes: Vec<OnceCell<Known>>,
}

/// A universe, with what the callers see in it by the right policy.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) universe: Universe,
    pub(super) seen: Vec<Places>,
    /// The writes that could be tried, by table.
    tried: OnceCell<BTreeMap<String, Vec<Tried>>>,
}

/// A write, and whether the right policy allows it.
#[derive(Clone)]
struct Tried {
    attempt: Attempt,
    /// The place of its caller.
    caller: usize,
    write: Option<Write>,
    is_allowed: bool,
}

impl World {
    /// The universes that the app's mutants are looked for in.
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self {
            model: app.model.clone(),
            hints: app.hints.clone(),
            client: app.client.clone(),
            universes: vec![OnceCell::new(); UNIVERSES],
        }
    }

    /// So many of them, one after the other.
    pub(super) fn first(&self, many: usize) -> impl Iterator<Item = &Known> {
        let universes = self.universes.iter().zip(1_000_000..).take(many);
        universes.map(|(known, seed)| known.get_or_init(|| self.known(seed)))
    }

    fn known(&self, seed: u64) -> Known {
        let model = &self.model;
        let universe = generate(model, &self.hints, seed, ROWS);
        let role = &model.postgres.roles.client;
        Known {
            seen: reads::by_policy(model, &universe, &universe.callers, role),
            universe,
            tried: OnceCell::new(),
        }
    }

    /// The writes that could be tried in a universe, by table.
    fn tried<'a>(&self, known: &'a Known) -> &'a BTreeMap<String, Vec<Tried>> {
        known.tried.get_or_init(|| self.all_tried(&known.universe))
    }

    fn all_tried(&self, universe: &Universe) -> BTreeMap<String, Vec<Tried>> {
        let model = &self.model;
        let nothing = App::nothing();
        let askers = askers(model, universe, &nothing);
        let one = |table: &Table, attempt: Attempt| {
            let mut callers = universe.callers.iter();
            let caller = callers.position(|caller| *caller == attempt.caller);
            let caller = caller.expect("a caller of the universe tries");
            let asker = &askers[caller];
            let write = writes::foreseen(table, asker, universe, &attempt);
            let allows = |write| policy(model, table, asker).allows(write);
            Tried {
                is_allowed: write.as_ref().is_some_and(allows),
                attempt,
                caller,
                write,
            }
        };
        let tables = tables_on_server(model).into_iter();
        tables
            .filter(|table| table.access.is_some())
            .map(|table| {
                let all = every(&self.client, universe, table);
                let tried = all.into_iter().map(|attempt| one(table, attempt));
                (table.name.clone(), tried.collect())
            })
            .collect()
    }

    /// Writes to the table in a universe, at most so many of all.
    pub(super) fn attempts(&self, known: &Known, table: &str, most: usize) -> Vec<Attempt> {
        let tried = self.tried(known).get(table).map_or(&[][..], Vec::as_slice);
        let every = tried.len().div_ceil(most).max(1);
        let some = tried.iter().step_by(every);
        some.map(|tried| tried.attempt.clone()).collect()
    }
}

/// Everybody, in the order of the callers; what each looks up is looked up once.
fn askers<'a>(
    model: &'a Model,
    universe: &'a Universe,
    nothing: &'a BTreeMap<String, Value>,
) -> Vec<Asker<'a>> {
    let callers = universe.callers.iter();
    callers
        .map(|caller| Asker::new(model, universe, caller, nothing))
        .collect()
}

fn policy<'a>(model: &'a Model, table: &'a Table, asker: &'a Asker<'a>) -> Policy<'a> {
    Policy::new(table, &model.postgres.roles.client, asker)
}

/// Looks for each mutant, of each enforcer.
///
/// # Panics
///
/// If a mutant is found that says the same by the truth table.
pub fn hunt(app: &mut App, world: &World, mutants: &[Mutant]) -> BTreeMap<Enforcer, Hunt> {
    let mut hunts: BTreeMap<Enforcer, Hunt> = BTreeMap::new();
    let right = rls::baseline(&app.model);
    for mutant in mutants {
        let says_the_same = match &mutant.place {
            Place::Rule(table, _) => is_equal(&app.model, mutant, &app.client.granted[table]),
            Place::Scope(_) | Place::Stream(_) | Place::Copied(_) => false,
        };
        let many = if says_the_same { TRUSTED } else { UNIVERSES };
        // What tells one enforcer from the policy tells the other.
        let mut witnesses = Witnesses::of(world, many, mutant);
        for enforcer in Enforcer::ALL {
            let outcome = match enforcer {
                Enforcer::Streams => in_streams(app, world, many, Dialect::Streams, mutant),
                Enforcer::Rules => in_streams(app, world, many, Dialect::Rules, mutant),
                Enforcer::Rls => in_rls(app, &mut witnesses, &right),
                Enforcer::Guard => in_guard(app, &mut witnesses),
            };
            let hunt = hunts.entry(enforcer).or_default();
            let Mutant { site, what, .. } = mutant;
            match (outcome, says_the_same) {
                (Outcome::Found, true) => {
                    panic!("{site}: {what}: the truth table says that this means the same")
                }
                (Outcome::Found, false) => hunt.found += 1,
                (Outcome::Refused, _) => hunt.refused += 1,
                (Outcome::Elsewhere, _) => hunt.elsewhere += 1,
                (Outcome::Hidden, true) => hunt.equal += 1,
                (Outcome::Hidden, false) => hunt.survivors.push((site.clone(), what.clone())),
            }
        }
    }
    hunts
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

fn in_streams(app: &App, world: &World, many: usize, dialect: Dialect, mutant: &Mutant) -> Outcome {
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
    world
        .first(many)
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
#[derive(Clone)]
struct Witness<'a> {
    known: &'a Known,
    attempts: Vec<Attempt>,
    is_seen: bool,
}

/// The first universes in which the two answer differently, found as far as they are asked for.
struct Witnesses<'a> {
    mutant: &'a Mutant,
    known: Vec<Witness<'a>>,
    rest: Box<dyn Iterator<Item = Witness<'a>> + 'a>,
}

impl<'a> Witnesses<'a> {
    fn of(world: &'a World, many: usize, mutant: &'a Mutant) -> Self {
        let tables = mutant.place.tables(&mutant.model);
        let universes = world.first(many);
        Self {
            mutant,
            known: Vec::new(),
            rest: Box::new(
                universes.filter_map(move |known| witness(world, known, mutant, &tables)),
            ),
        }
    }

    /// The one at the place.
    fn get(&mut self, place: usize) -> Option<Witness<'a>> {
        while self.known.len() <= place {
            self.known.push(self.rest.next()?);
        }
        Some(self.known[place].clone())
    }

    /// Whether one of those that are asked for finds the mutant out.
    fn any(&mut self, mut finds: impl FnMut(&Witness<'a>) -> bool) -> Outcome {
        let mut all = (0..ASKED).map_while(|place| self.get(place));
        all.any(|witness| finds(&witness)).into()
    }
}

/// What tells the two apart in a universe, where anything does.
fn witness<'a>(
    world: &World,
    known: &'a Known,
    mutant: &Mutant,
    tables: &[&Table],
) -> Option<Witness<'a>> {
    let Known { universe, .. } = known;
    let nothing = App::nothing();
    let askers = askers(&mutant.model, universe, &nothing);
    let is_seen = askers.iter().zip(&known.seen).any(|(asker, seen)| {
        tables.iter().any(|table| {
            let policy = policy(&mutant.model, table, asker);
            let mut rows = universe.of(&table.name).iter().enumerate();
            rows.any(|(place, row)| policy.reads(row) != seen[&table.name].contains(&place))
        })
    });
    let differs = |table: &Table, tried: &Tried| {
        let asker = &askers[tried.caller];
        let allows = |write: &Write| policy(&mutant.model, table, asker).allows(write);
        // What is copied from elsewhere makes another row of the same attempt.
        let other = match &mutant.place {
            Place::Copied(name) => {
                let table = &mutant.model.tables[name];
                writes::foreseen(table, asker, universe, &tried.attempt)
            }
            _ => tried.write.clone(),
        };
        other.as_ref().is_some_and(allows) != tried.is_allowed
    };
    let attempts: Vec<Attempt> = tables
        .iter()
        .flat_map(|table| {
            let tried = world.tried(known).get(&table.name).into_iter().flatten();
            tried
                .filter(|tried| differs(table, tried))
                .map(|tried| tried.attempt.clone())
                .take(FEW)
        })
        .collect();
    (is_seen || !attempts.is_empty()).then_some(Witness {
        known,
        attempts,
        is_seen,
    })
}

fn in_guard(app: &mut App, witnesses: &mut Witnesses<'_>) -> Outcome {
    let guards: BTreeMap<String, Guard> = guards_of(&witnesses.mutant.model, &app.client.role);
    if guards == app.client.guards {
        return Outcome::Elsewhere;
    }
    witnesses.any(|witness| {
        let Known { universe, seen, .. } = witness.known;
        app.with(universe, |app, transaction| {
            let is_read = witness.is_seen
                && !reads::by_guards(app, universe, seen, &guards, transaction).is_empty();
            let attempts = &witness.attempts;
            let (told, _) = writes::ask(app, universe, attempts, &guards, transaction);
            is_read || told.iter().any(|one| one.about.contains(": the guard on "))
        })
    })
}

fn in_rls(app: &mut App, witnesses: &mut Witnesses<'_>, right: &str) -> Outcome {
    let Some((sql, _)) = change(right, &rls::baseline(&witnesses.mutant.model)) else {
        return Outcome::Elsewhere;
    };
    let mutant = witnesses.mutant;
    let tables = mutant.place.tables(&mutant.model);
    witnesses.any(|witness| {
        let Known { universe, seen, .. } = witness.known;
        app.with(universe, |app, transaction| {
            run(transaction, &sql);
            let is_read = witness.is_seen
                && !reads::by_policies(app, universe, seen, &tables, transaction).is_empty();
            let told = |transaction: &mut postgres::Transaction<'_>| {
                writes::ask(
                    app,
                    universe,
                    &witness.attempts,
                    &app.client.guards,
                    transaction,
                )
                .0
            };
            is_read || !told(transaction).is_empty()
        })
    })
}
