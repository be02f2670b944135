//! Who sees what: the policy, row-level security and every stream, for every caller and parameter of a universe.

use super::attempt::subject;
use super::evaluate::Asker;
use super::policy::Policy;
use super::streams::{Dialect, by_streams};
use super::writes::Asks;
use super::{App, Difference};
use crate::universe::{Caller, Universe, key_of, load, shown, tables_on_server};
use postgres::Transaction;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use synctable::Database;
use synctable_codegen::guard::Guard;
use synctable_codegen::model::{Model, Table};

/// The places of rows among those of their table, by table.
pub type Places = BTreeMap<String, BTreeSet<usize>>;

const RLS: &str = "row-level security";

/// How many pairs of a known caller and a row were visible and how many hidden, by table.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Visible and hidden.
    pub pairs: BTreeMap<String, (usize, usize)>,
}

/// What one universe showed.
pub struct Reading {
    /// Every disagreement.
    pub differences: Vec<Difference>,
    /// What the callers see by the policy, in the order of the callers.
    pub seen: Vec<Places>,
}

/// Asks everybody who sees what; the universe stands in the database already.
pub fn ask(app: &App, universe: &Universe, transaction: &mut Transaction<'_>) -> Reading {
    let mut differences = Vec::new();
    let model = &app.model;
    let callers = &universe.callers;
    let client = &model.postgres.roles.client;
    let seen = by_policy(model, universe, callers, client);
    let all = tables_on_server(model);
    let rows = by_rls(universe, callers, client, &all, transaction);
    differences.extend(compare(app, universe, callers, RLS, &seen, &rows));
    let guards = &app.client.guards;
    differences.extend(by_guards(app, universe, &seen, guards, transaction));
    if let Some(Asks { role, guards, .. }) = &app.anonymous {
        let universe = &Universe {
            callers: without_token(universe),
            ..universe.clone()
        };
        let callers = &universe.callers;
        let seen = by_policy(model, universe, callers, role);
        let rows = by_rls(universe, callers, role, &all, transaction);
        let who = format!("{RLS} for {role}");
        differences.extend(compare(app, universe, callers, &who, &seen, &rows));
        differences.extend(by_guards(app, universe, &seen, guards, transaction));
    }
    for (dialect, config) in [
        (Dialect::Streams, &app.config),
        (Dialect::Rules, &app.rules),
    ] {
        let told = by_streams(app, dialect, config, universe, &seen);
        differences.extend(told.unwrap_or_else(|said| panic!("{}: {said}", app.name)));
    }
    Reading { differences, seen }
}

/// Whom the anonymous role may act for: nobody, and in spite of its name everybody, should a token come with it.
#[must_use]
pub fn without_token(universe: &Universe) -> Vec<Caller> {
    let nobody = Caller {
        token: Value::Object(Map::new()),
        is_known: false,
    };
    let others = universe.callers.iter().cloned();
    std::iter::once(nobody).chain(others).collect()
}

impl Tally {
    /// Counts what the known callers of a universe see.
    pub fn count(&mut self, model: &Model, universe: &Universe, seen: &[Places]) {
        for (caller, seen) in universe.callers.iter().zip(seen) {
            if !caller.is_known {
                continue;
            }
            for table in tables_on_server(model) {
                let all = universe.of(&table.name).len();
                let visible = seen.get(&table.name).map_or(0, BTreeSet::len);
                let pair = self.pairs.entry(table.name.clone()).or_default();
                pair.0 += visible;
                pair.1 += all - visible;
            }
        }
    }
}

/// What each caller sees by the policy.
#[must_use]
pub fn by_policy(
    model: &Model,
    universe: &Universe,
    callers: &[Caller],
    role: &str,
) -> Vec<Places> {
    let nothing = App::nothing();
    let places = |caller: &Caller| {
        let asker = Asker::new(model, universe, caller, &nothing);
        tables_on_server(model)
            .into_iter()
            .map(|table| {
                let policy = Policy::new(table, role, &asker);
                let rows = universe.of(&table.name).iter().enumerate();
                let seen = rows.filter(|(_, row)| policy.reads(row));
                (table.name.clone(), seen.map(|(place, _)| place).collect())
            })
            .collect()
    };
    callers.iter().map(places).collect()
}

/// Holds row-level security of some tables against what the callers of a universe may see.
pub fn by_policies(
    app: &App,
    universe: &Universe,
    seen: &[Places],
    tables: &[&Table],
    transaction: &mut Transaction<'_>,
) -> Vec<Difference> {
    let client = &app.model.postgres.roles.client;
    let rows = by_rls(universe, &universe.callers, client, tables, transaction);
    compare(app, universe, &universe.callers, RLS, seen, &rows)
}

/// Holds the guard's condition on reading against what the callers of a universe may see.
pub fn by_guards(
    app: &App,
    universe: &Universe,
    seen: &[Places],
    guards: &BTreeMap<String, Guard>,
    transaction: &mut Transaction<'_>,
) -> Vec<Difference> {
    let tables: Vec<&Table> = tables_on_server(&app.model);
    let queries: Vec<String> = tables
        .iter()
        .map(|table| {
            let guard = &guards[&table.name];
            let condition = guard.read.as_deref().unwrap_or("false");
            let with = guard.scopes.with([condition]);
            format!("{with}{} as stored where {condition}", keys(table))
        })
        .collect();
    // Nobody's session: the guard knows the caller by its parameters alone.
    let rows = places(
        universe,
        &universe.callers,
        "none",
        &tables,
        &queries,
        transaction,
    );
    compare(app, universe, &universe.callers, "the guard", seen, &rows)
}

/// What each caller may select.
#[must_use]
pub fn by_rls(
    universe: &Universe,
    callers: &[Caller],
    role: &str,
    tables: &[&Table],
    transaction: &mut Transaction<'_>,
) -> Vec<Places> {
    let queries: Vec<String> = tables.iter().map(|table| keys(table)).collect();
    places(universe, callers, role, tables, &queries, transaction)
}

/// The rows whose keys the queries find, one query for each table, asked by a role for each caller.
fn places(
    universe: &Universe,
    callers: &[Caller],
    role: &str,
    tables: &[&Table],
    queries: &[String],
    transaction: &mut Transaction<'_>,
) -> Vec<Places> {
    let known: Vec<BTreeMap<String, usize>> = tables
        .iter()
        .map(|table| {
            let rows = universe.of(&table.name).iter().enumerate();
            rows.map(|(place, row)| (key_of(table, row).to_string(), place))
                .collect()
        })
        .collect();
    let mut ask = |caller: &Caller| -> Places {
        let claims = match role {
            // Who asks for a caller has no claims of its own.
            "none" => String::new(),
            _ => caller.token.to_string(),
        };
        let answers: Vec<Option<String>> = transaction
            .query_one(
                "select oracle.seen($1, $2, $3, $4, $5)",
                &[
                    &role,
                    &claims,
                    &subject(&caller.token),
                    &caller.token.to_string(),
                    &queries,
                ],
            )
            .unwrap_or_else(|error| panic!("{}", crate::postgres::Refusal::new(&error, "")))
            .get(0);
        let answers = answers.into_iter().zip(&known);
        tables
            .iter()
            .zip(answers)
            .map(|(table, (answer, known))| {
                let keys: Vec<Value> = answer.map_or_else(Vec::new, |answer| {
                    serde_json::from_str(&answer).expect("Postgres answers JSON")
                });
                let places = keys.iter().map(|key| known[&key.to_string()]);
                (table.name.clone(), places.collect())
            })
            .collect()
    };
    callers.iter().map(&mut ask).collect()
}

/// A query for the keys of the rows that the caller sees.
fn keys(table: &Table) -> String {
    let columns: Vec<String> = table
        .key
        .iter()
        .map(|name| Database::Postgres.ident(name).into_owned())
        .collect();
    format!(
        "select coalesce(jsonb_agg(jsonb_build_array({})), '[]')::text from {}",
        columns.join(", "),
        load::name_of(table)
    )
}

fn compare(
    app: &App,
    universe: &Universe,
    callers: &[Caller],
    who: &str,
    policy: &[Places],
    rls: &[Places],
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for ((caller, policy), rls) in callers.iter().zip(policy).zip(rls) {
        for (table, found) in rls {
            let about = format!("{}: {who} on {table}", app.name);
            let wanted = &policy[table];
            differences.extend(difference(
                about, universe, caller, table, "", wanted, found,
            ));
        }
    }
    differences
}

pub(super) fn difference(
    about: String,
    universe: &Universe,
    caller: &Caller,
    table: &str,
    with: &str,
    wanted: &BTreeSet<usize>,
    found: &BTreeSet<usize>,
) -> Option<Difference> {
    if wanted == found {
        return None;
    }
    let rows = |places: Vec<&usize>| -> Vec<String> {
        let row = |place: &&usize| shown(&universe.of(table)[**place]);
        places.iter().map(row).collect()
    };
    let mut message = format!("{about}: {}{with}", caller.token);
    for row in rows(wanted.difference(found).collect()) {
        message += &format!("\n    may see, and does not: {row}");
    }
    for row in rows(found.difference(wanted).collect()) {
        message += &format!("\n    sees, and may not: {row}");
    }
    Some(Difference { about, message })
}
