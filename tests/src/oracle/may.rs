//! What everybody may do in a universe, by a real Postgres: the rows that they see, and the writes that it lets through.
//!
//! Two policies of the same tables are asked with the same statements, so that what one of them lets through and the other does
//! not is a difference between the two. What a caller does not see is neither changed nor deleted by naming its key; that Postgres
//! keeps to that is shown elsewhere ([`super::writes`]).

use super::attempt::{Act, statement};
use super::reads::{by_rls, without_token};
use super::tombstone;
use crate::generate::dice::Dice;
use crate::universe::values::fresh_uuid;
use crate::universe::{Caller, Row, Universe, load};
use postgres::{GenericClient, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use synctable::{DeleteRule, Kind, Role, Scalar, Uploaded};
use synctable_codegen::model::{Literal, Model, Table};

/// A way to reach the rows of a table: the table, the role, and `read`, `insert`, `update` or `delete`.
pub type Way = (String, String, &'static str);

/// What is reached in each way: which caller, and which row or write.
pub type May = BTreeMap<Way, BTreeSet<(usize, String)>>;

/// The columns that a role may name in each way.
pub type Grants = BTreeMap<Way, BTreeSet<String>>;

/// How many rows the values of an update are taken from, beside the last ones.
const VALUES: usize = 2;

/// How many of the last rows' values every row is given.
const LAST: usize = 2;

/// How many of the rows that are there are added again under other keys.
const COPIES: usize = 3;

/// The roles of callers: with a token and, where there is one, without.
#[must_use]
pub fn roles(model: &Model) -> Vec<String> {
    let roles = &model.postgres.roles;
    let client = Some(roles.client.clone());
    client.into_iter().chain(roles.anonymous.clone()).collect()
}

/// Whom a role acts for.
#[must_use]
pub fn callers(model: &Model, universe: &Universe, role: &str) -> Vec<Caller> {
    match model.postgres.roles.client == role {
        true => universe.callers.clone(),
        // Nobody, and somebody whose token comes with it in spite of its name.
        false => without_token(universe).into_iter().take(2).collect(),
    }
}

/// The columns that the roles may name, as the catalog tells; what the server fills and what is set once is nobody's to change.
///
/// # Panics
///
/// If the catalog cannot be read.
#[must_use]
pub fn grants(client: &mut impl GenericClient, model: &Model, tables: &[&Table]) -> Grants {
    let names: Vec<String> = tables.iter().map(|table| load::name_of(table)).collect();
    let mut grants = Grants::new();
    for role in roles(model) {
        let sql = "
            select place::int, attname::text, privilege
            from unnest($1::text[]) with ordinality as named (name, place)
            join pg_attribute on attrelid = name::regclass and attnum > 0 and not attisdropped
            cross join unnest(array['select', 'insert', 'update']) as privilege
            where has_column_privilege($2::text, attrelid, attnum, privilege)";
        let rows = client.query(sql, &[&names, &role]);
        for row in rows.expect("the catalog answers") {
            let place = usize::try_from(row.get::<_, i32>(0)).expect("it counts from one");
            let table = tables[place - 1];
            let name: String = row.get(1);
            let Some(column) = table.columns.get(&name) else {
                continue;
            };
            let is_set_once = column.immutable || table.key.contains(&name);
            let action = match row.get::<_, &str>(2) {
                "select" => "read",
                "insert" if column.uploaded == Uploaded::Refused => "insert",
                "update" if column.uploaded == Uploaded::Refused && !is_set_once => "update",
                _ => continue,
            };
            let way = (table.name.clone(), role.clone(), action);
            grants.entry(way).or_default().insert(name);
        }
    }
    grants
}

/// What both name.
#[must_use]
pub fn common(one: &Grants, other: &Grants) -> Grants {
    one.iter()
        .filter_map(|(way, columns)| {
            let both: BTreeSet<String> = columns.intersection(other.get(way)?).cloned().collect();
            (!both.is_empty()).then(|| (way.clone(), both))
        })
        .collect()
}

/// A write that a role tries.
struct Trial {
    way: Way,
    what: String,
    statement: String,
    /// The place of the row that stands, which nobody changes or deletes who does not see it.
    row: Option<usize>,
}

/// The writes that a role tries, naming these columns alone.
fn trials(universe: &Universe, tables: &[&Table], role: &str, grants: &Grants) -> Vec<Trial> {
    let mut dice = Dice::new(universe.len() as u64);
    let mut trials = Vec::new();
    for table in tables {
        let rows = universe.of(&table.name);
        let way = |action| (table.name.clone(), role.to_owned(), action);
        let mut add = |action, what: String, row, act: &Act| {
            trials.push(Trial {
                way: way(action),
                what,
                statement: statement(table, act),
                row,
            });
        };
        let named = |row: &Row, columns: &BTreeSet<String>| -> Row {
            let named = row.iter().filter(|(name, _)| columns.contains(*name));
            named
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        if let Some(columns) = grants.get(&way("insert")) {
            for (nr, row) in new_rows(universe, table, &mut dice).iter().enumerate() {
                let row = named(row, columns);
                if !row.is_empty() {
                    add("insert", format!("new {nr}"), None, &Act::Insert(row));
                }
            }
        }
        let spares = universe.spares.get(&table.name).into_iter().flatten();
        let others = rows.iter().chain(spares.map(|(row, _)| row));
        let others: Vec<(usize, &Row)> = others.enumerate().collect();
        for (at, old) in rows.iter().enumerate() {
            let key: Row = table
                .key
                .iter()
                .map(|name| (name.clone(), old[name].clone()))
                .collect();
            if table.delete == DeleteRule::Hard {
                add(
                    "delete",
                    format!("row {at}"),
                    Some(at),
                    &Act::Delete(key.clone()),
                );
            }
            let Some(columns) = grants.get(&way("update")) else {
                continue;
            };
            // The last rows are those that were made to show something.
            let last = rows.len().saturating_sub(LAST)..rows.len();
            let mut values = dice.some(&others, VALUES);
            values.extend(others[last].iter());
            for (to, new) in values {
                let patch = named(new, columns);
                if !patch.is_empty() {
                    let what = format!("row {at} as {to}");
                    add("update", what, Some(at), &Act::Update(key.clone(), patch));
                }
            }
            let tombstone = table.role(Role::Tombstone);
            if let Some(column) = tombstone.filter(|column| columns.contains(&column.name))
                && tombstone::lives(column, old)
            {
                let patch = Row::from_iter([(column.name.clone(), tombstone::burial(column))]);
                let what = format!("row {at} gone");
                add("delete", what, Some(at), &Act::Update(key, patch));
            }
        }
    }
    trials
}

/// Rows that nothing stands in the way of: those to spare, and those that are there under new keys.
fn new_rows(universe: &Universe, table: &Table, dice: &mut Dice) -> Vec<Row> {
    let spares = universe.spares.get(&table.name).into_iter().flatten();
    let mut rows: Vec<Row> = spares.map(|(row, _)| row.clone()).collect();
    if let ([key], None) = (table.key.as_slice(), &table.recipe)
        && table.columns[key].kind == Kind::Scalar(Scalar::Uuid)
    {
        rows.extend(universe.of(&table.name).iter().take(COPIES).map(|row| {
            let mut row = row.clone();
            row[key] = Literal::Text(fresh_uuid(dice));
            row
        }));
    }
    rows
}

/// What everybody may do with these tables; the universe stands in the database, and `grants` names the columns of writes.
///
/// # Panics
///
/// If a question fails.
#[must_use]
pub fn ask(
    model: &Model,
    universe: &Universe,
    tables: &[&Table],
    grants: &Grants,
    transaction: &mut Transaction<'_>,
) -> May {
    let mut may = May::new();
    for role in roles(model) {
        let callers = callers(model, universe, &role);
        let seen = by_rls(universe, &callers, &role, tables, transaction);
        let trials = trials(universe, tables, &role, grants);
        for (caller, asks) in callers.iter().enumerate() {
            let seen = &seen[caller];
            for (table, places) in seen {
                let way = (table.clone(), role.clone(), "read");
                let rows = may.entry(way).or_default();
                rows.extend(places.iter().map(|place| (caller, format!("row {place}"))));
            }
            let is_seen = |trial: &&Trial| {
                let places = &seen[&trial.way.0];
                trial.row.is_none_or(|row| places.contains(&row))
            };
            let tried: Vec<&Trial> = trials.iter().filter(is_seen).collect();
            let statements: Vec<&str> = tried.iter().map(|one| one.statement.as_str()).collect();
            let sql = "select oracle.passes($1, $2, $3)";
            let answer = transaction.query_one(sql, &[&role, &asks.token.to_string(), &statements]);
            let answer = answer
                .unwrap_or_else(|error| panic!("{}", crate::postgres::Refusal::new(&error, "")));
            let passed: Vec<bool> = answer.get(0);
            for (trial, passed) in tried.into_iter().zip(passed) {
                if passed {
                    let all = may.entry(trial.way.clone()).or_default();
                    all.insert((caller, trial.what.clone()));
                }
            }
        }
    }
    may
}
