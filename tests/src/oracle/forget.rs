//! Looks for the universe in which an enforcer that forgot to print a condition is told from the others.
//!
//! Looked at are the conditions that no rule needs to say: `is not null` beside a negated comparison, and in streams that
//! a row has no tombstone.
//! The policy is the right one, so its own words tell of no universe to ask in: what can be asked is asked.

use super::hunt::{Enforcer, Known, World};
use super::slips::{Slip, slips};
use super::statements::{change, statements};
use super::streams::{Dialect, by_streams};
use super::{App, reads, run, writes};
use crate::universe::load::name_of;
use crate::universe::tables_on_server;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use synctable::Role;
use synctable_codegen::catalog::private_schema;
use synctable_codegen::guard::Guard;
use synctable_codegen::model::Table;
use synctable_codegen::targets::postgres as rls;

/// In how many universes an enforcer that asks Postgres is asked.
const ASKED: usize = 3;

/// In how many universes streams are evaluated.
const STREAMED: usize = 40;

/// In how many of them those are who say the same.
const TRUSTED: usize = 10;

/// How many writes to each table are tried, where a set of many tables has changed.
const FEW: usize = 25;

/// An enforcer that forgot one condition.
#[derive(Clone, Debug)]
pub struct Forgetful {
    /// Who.
    pub enforcer: Enforcer,
    /// Where: a policy, a function, a table's command, a stream.
    pub site: String,
    /// What it lacks.
    pub what: String,
    /// Whether that means the same to it, because a comparison beside it is true for no NULL.
    pub is_said: bool,
    /// Whether it lacks the guard of a negated comparison.
    pub is_guard: bool,
    /// The table that a query of a stream selects from.
    table: Option<String>,
    output: Output,
}

/// What it is made of.
#[derive(Clone, Debug)]
enum Output {
    Migration(String),
    Guard(String, Box<Guard>),
    Config(Dialect, String),
}

/// What became of those of one enforcer.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    /// How many were found.
    pub found: usize,
    /// How many say the same.
    pub equal: usize,
    /// How many speak of a table of which nobody sees a row in any universe, because no row fits its rule.
    pub idle: usize,
    /// Those that nobody found, by place and change.
    pub survivors: Vec<(String, String)>,
}

/// The texts without a guard of a negated comparison.
///
/// Other comparisons need none, and say the same as one that was written beside them.
fn unguarded(text: &str) -> impl Iterator<Item = Slip> {
    let all = slips(text).into_iter();
    all.filter(|slip| slip.is_said_in_postgres)
}

/// Everyone who forgets one condition, of each enforcer in turn.
#[must_use]
pub fn forgetful(app: &App) -> Vec<Forgetful> {
    let mut all = in_migration(app);
    all.extend(in_guards(app));
    for (dialect, config) in [
        (Dialect::Streams, &app.config),
        (Dialect::Rules, &app.rules),
    ] {
        for query in queries(config) {
            let (site, text) = (site(config, query.start), &config[query.clone()]);
            // What a definition looks its parameters up in is a set, too.
            let mut keys = config[..query.start].lines().rev().map(str::trim);
            let key = keys.find(|line| {
                ["parameters:", "data:", "queries:"]
                    .iter()
                    .any(|key| line.starts_with(key))
            });
            let is_set = key.is_some_and(|key| key.starts_with("parameters:"));
            let table = text
                .lines()
                .find_map(|line| from(app, line))
                .filter(|_| !is_set);
            let tombstone = table.and_then(|table| table.role(Role::Tombstone));
            // A set of other rows is qualified.
            let buries = |slip: &Slip| tombstone.is_some_and(|one| slip.operand == one.name);
            let mut all_slips = slips(text);
            all_slips.retain(|slip| slip.is_said_in_postgres || (!slip.is_not && buries(slip)));
            all.extend(all_slips.into_iter().map(|slip| Forgetful {
                enforcer: match dialect {
                    Dialect::Streams => Enforcer::Streams,
                    Dialect::Rules => Enforcer::Rules,
                },
                site: site.clone(),
                what: slip.what,
                is_said: match dialect {
                    Dialect::Streams => slip.is_said_in_streams,
                    Dialect::Rules => slip.is_said_in_rules,
                },
                is_guard: slip.is_said_in_postgres,
                table: table.map(|table| table.name.clone()),
                output: Output::Config(dialect, spliced(config, &query, &slip.text)),
            }));
        }
    }
    all
}

/// The table of the line that a stream's query says it in; sets are written in one line.
fn from<'a>(app: &'a App, line: &str) -> Option<&'a Table> {
    let name = line.trim().strip_prefix("FROM ")?;
    let name = name.split(" AS ").next()?.rsplit('.').next()?;
    app.model.tables.get(name.trim_matches('"'))
}

fn in_migration(app: &App) -> Vec<Forgetful> {
    let right = rls::baseline(&app.model);
    let function = format!("create function {}.", private_schema(&app.model));
    let mut all = Vec::new();
    let mut from = 0;
    for statement in statements(&right) {
        let start = from + right[from..].find(&statement).expect("it is a part of it");
        let part = start..start + statement.len();
        from = part.end;
        if !statement.starts_with("create policy ") && !statement.starts_with(&function) {
            continue;
        }
        let first = statement.lines().next().unwrap_or_default();
        all.extend(unguarded(&statement).map(|slip| Forgetful {
            enforcer: Enforcer::Rls,
            site: first.trim_end_matches(" as $$").to_owned(),
            what: slip.what,
            is_said: true,
            is_guard: true,
            table: None,
            output: Output::Migration(spliced(&right, &part, &slip.text)),
        }));
    }
    all
}

fn in_guards(app: &App) -> Vec<Forgetful> {
    let mut all = Vec::new();
    for (table, guard) in &app.client.guards {
        let mut push = |place: &str, said: &str, set: &dyn Fn(&mut Guard, String)| {
            for Slip { what, text, .. } in unguarded(said) {
                let mut guard = guard.clone();
                set(&mut guard, text);
                all.push(Forgetful {
                    enforcer: Enforcer::Guard,
                    site: format!("{table} {place}"),
                    what,
                    is_said: true,
                    is_guard: true,
                    table: None,
                    output: Output::Guard(table.clone(), Box::new(guard)),
                });
            }
        };
        type Part = fn(&mut Guard) -> &mut Option<String>;
        let mut parts: Vec<(&str, &Option<String>, Part)> = vec![
            ("read", &guard.read, |guard| &mut guard.read),
            ("insert", &guard.insert, |guard| &mut guard.insert),
            ("change", &guard.change, |guard| &mut guard.change),
        ];
        // A soft deletion is a change.
        if guard.delete != guard.change {
            parts.push(("delete", &guard.delete, |guard| &mut guard.delete));
        }
        for (command, said, part) in parts {
            let said = said.as_deref().unwrap_or_default();
            push(command, said, &|guard, text| *part(guard) = Some(text));
        }
        for (index, scope) in guard.scopes.all().iter().enumerate() {
            push(&scope.name, &scope.select, &|guard, text| {
                guard.scopes.all_mut()[index].select = text;
            });
        }
    }
    all
}

/// Where the queries of a configuration stand.
fn queries(config: &str) -> Vec<Range<usize>> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut all: Vec<Range<usize>> = Vec::new();
    // The indentation of the query that the lines belong to, once it is known.
    let mut within: Option<Option<usize>> = None;
    let mut at = 0;
    for line in config.split_inclusive('\n') {
        let end = at + line.len();
        match within {
            Some(None) => {
                within = Some(Some(indent(line)));
                all.push(at..end);
            }
            Some(Some(wanted)) if indent(line) >= wanted && !line.trim().is_empty() => {
                all.last_mut().expect("one has begun").end = end;
            }
            _ => within = None,
        }
        if within.is_none() && line.trim_end().ends_with("|-") {
            within = Some(None);
        }
        at = end;
    }
    all
}

/// The last key above a query that names a stream, a bucket definition or a set.
fn site(config: &str, query: usize) -> String {
    let keys = config[..query].lines().rev();
    let mut keys = keys.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let key = keys.next().unwrap_or_default().trim();
    key.split(": |-")
        .next()
        .unwrap_or_default()
        .trim_end_matches(':')
        .to_owned()
}

fn spliced(text: &str, part: &Range<usize>, other: &str) -> String {
    format!("{}{other}{}", &text[..part.start], &text[part.end..])
}

/// Looks for each of them.
///
/// # Panics
///
/// If one is found who says the same.
pub fn remember(app: &mut App, world: &World, all: &[Forgetful]) -> BTreeMap<Enforcer, Remembered> {
    let right = rls::baseline(&app.model);
    let mut hunts: BTreeMap<Enforcer, Remembered> = BTreeMap::new();
    for one in all {
        let many = if one.is_said { TRUSTED } else { STREAMED };
        let is_found = match &one.output {
            Output::Config(dialect, config) => world.first(many).any(|known| {
                let told = by_streams(app, *dialect, config, &known.universe, &known.seen);
                told.map_or(true, |differences| !differences.is_empty())
            }),
            Output::Guard(table, guard) => {
                let mut guards = app.client.guards.clone();
                guards.insert(table.clone(), (**guard).clone());
                world
                    .first(ASKED)
                    .any(|known| by_guard(app, world, known, table, &guards))
            }
            Output::Migration(wrong) => {
                let (sql, names) = change(&right, wrong).expect("it differs");
                world
                    .first(ASKED)
                    .any(|known| by_rls(app, world, known, &sql, &names))
            }
        };
        let Forgetful {
            enforcer,
            site,
            what,
            ..
        } = one;
        let is_idle = one.table.as_ref().is_some_and(|table| {
            let mut seen = world.first(STREAMED).flat_map(|known| &known.seen);
            seen.all(|seen| seen[table].is_empty())
        });
        let hunt = hunts.entry(*enforcer).or_default();
        match (is_found, one.is_said) {
            (true, true) => {
                panic!("{enforcer:?} {site}: {what}: what stands beside it was to say the same")
            }
            (true, false) => hunt.found += 1,
            (false, true) => hunt.equal += 1,
            (false, false) if is_idle => hunt.idle += 1,
            (false, false) => hunt.survivors.push((site.clone(), what.clone())),
        }
    }
    hunts
}

fn by_guard(
    app: &mut App,
    world: &World,
    known: &Known,
    table: &str,
    guards: &BTreeMap<String, Guard>,
) -> bool {
    let Known { universe, seen, .. } = known;
    let attempts = world.attempts(known, table, usize::MAX);
    app.with(universe, |app, transaction| {
        let (told, _) = writes::ask(app, universe, &attempts, guards, transaction);
        told.iter().any(|one| one.about.contains(": the guard on "))
            || !reads::by_guards(app, universe, seen, guards, transaction).is_empty()
    })
}

fn by_rls(
    app: &mut App,
    world: &World,
    known: &Known,
    sql: &str,
    names: &BTreeSet<String>,
) -> bool {
    let Known { universe, seen, .. } = known;
    let model = app.model.clone();
    let tables = tables_on_server(&model).into_iter();
    let tables: Vec<&Table> = tables
        .filter(|table| names.is_empty() || names.contains(&name_of(table)))
        .collect();
    let many = if names.is_empty() { FEW } else { usize::MAX };
    let attempts: Vec<_> = tables
        .iter()
        .flat_map(|table| world.attempts(known, &table.name, many))
        .collect();
    app.with(universe, |app, transaction| {
        run(transaction, sql);
        let guards = &app.client.guards;
        !reads::by_policies(app, universe, seen, &tables, transaction).is_empty()
            || !writes::ask(app, universe, &attempts, guards, transaction)
                .0
                .is_empty()
    })
}
