//! Who may write what: every attempt of a universe by the policy, by the guard and by row-level security.

use super::attempt::{Act, Attempt, insert, is_of, statement, subject};
use super::evaluate::Asker;
use super::policy::{Policy, Write};
use super::{App, Difference};
use crate::universe::load::name_of;
use crate::universe::{Caller, Row, Universe, copy, plain, shown, tables_on_server};
use postgres::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use synctable::{Database, DeleteRule, Element, Kind, Scalar};
use synctable_codegen::guard::Guard;
use synctable_codegen::model::{Column, DefaultValue, Expr, Literal, Table};

/// How often an act on a table was allowed and refused, and what was left out of the comparison.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Allowed and refused, by table and kind of act.
    pub acts: BTreeMap<(String, &'static str), (usize, usize)>,
    /// Attempts that failed for another reason than access, by SQLSTATE.
    pub left_out: BTreeMap<String, usize>,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: &Tally) {
        for (act, (allowed, refused)) in &other.acts {
            let sum = self.acts.entry(act.clone()).or_default();
            sum.0 += allowed;
            sum.1 += refused;
        }
        for (code, many) in &other.left_out {
            *self.left_out.entry(code.clone()).or_default() += many;
        }
    }

    /// How many attempts were compared.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.acts.values().map(|(yes, no)| yes + no).sum()
    }
}

/// A role that asks for callers, and what decides about it, by table.
#[derive(Clone, Debug)]
pub struct Asks {
    /// The role.
    pub role: String,
    /// What the upload path asks about it.
    pub guards: BTreeMap<String, Guard>,
    /// What it may name.
    pub granted: BTreeMap<String, Granted>,
}

/// What a role may name in its statements.
#[derive(Clone, Debug, Default)]
pub struct Granted {
    /// Columns of an INSERT.
    pub insert: Vec<String>,
    /// Columns of an UPDATE.
    pub update: Vec<String>,
    /// Whether it may say DELETE.
    pub delete: bool,
}

impl Granted {
    /// Whether it may write nothing at all.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.insert.is_empty() && self.update.is_empty() && !self.delete
    }
}

/// What Postgres answers to one attempt.
#[derive(Deserialize)]
struct Answer {
    proposed: Option<Value>,
    why: Option<String>,
    guard: Option<bool>,
    touched: i64,
    refused: Option<String>,
}

/// Tries them all; the universe stands in the database already.
pub fn ask(
    app: &App,
    universe: &Universe,
    attempts: &[Attempt],
    guards: &BTreeMap<String, Guard>,
    transaction: &mut Transaction<'_>,
) -> (Vec<Difference>, Tally) {
    let asked: Vec<Value> = attempts
        .iter()
        .map(|attempt| asked(app, attempt, &guards[&attempt.table]))
        .collect();
    let answers: Value = transaction
        .query_one(
            "select oracle.attempts($1::text::jsonb)::text",
            &[&Value::from(asked).to_string()],
        )
        .map(|row| serde_json::from_str(row.get(0)).expect("Postgres answers JSON"))
        .unwrap_or_else(|error| panic!("{}", crate::postgres::Refusal::new(&error, "")));
    let answers: Vec<Answer> = serde_json::from_value(answers).expect("it has this form");
    let mut tally = Tally::default();
    let mut differences = Vec::new();
    for (attempt, answer) in attempts.iter().zip(&answers) {
        differences.extend(judge(app, universe, attempt, answer, &mut tally));
    }
    (differences, tally)
}

/// What Postgres is asked about an attempt.
fn asked(app: &App, attempt: &Attempt, guard: &Guard) -> Value {
    let table = &app.model.tables[&attempt.table];
    let write = statement(table, &attempt.act);
    let returned = |statement: &str| {
        let row = Database::Postgres.ident(&table.name);
        format!("{statement} returning to_jsonb({row}.*), ({row}.*)::text")
    };
    let (propose, merge) = match &attempt.act {
        Act::Insert(row) => (Some(vec![returned(&insert(table, row))]), None),
        Act::Update(..) => (None, Some(vec![returned(&write)])),
        Act::Upsert(row, _) => (
            Some(
                ["set local session_replication_role = replica".to_owned()]
                    .into_iter()
                    .chain(emptied(app, table))
                    .chain([
                        "set local session_replication_role = origin".to_owned(),
                        returned(&insert(table, row)),
                    ])
                    .collect::<Vec<_>>(),
            ),
            Some(vec![returned(&write)]),
        ),
        Act::Delete(_) | Act::UpdateAll(_) | Act::DeleteAll => (None, None),
    };
    json!({
        "role": attempt.role,
        "claims": attempt.caller.token.to_string(),
        "subject": subject(&attempt.caller.token),
        "propose": propose,
        "merge": merge,
        "guards": questions(table, &attempt.act, guard),
        "write": write,
    })
}

/// Takes away every row of a table, and what refers to them, which triggers may make anew.
fn emptied<'a>(app: &'a App, table: &'a Table) -> impl Iterator<Item = String> + 'a {
    let all = tables_on_server(&app.model).into_iter();
    all.filter(|one| {
        let mut keys = one.foreign_keys.iter();
        one.name == table.name || keys.any(|key| key.table == table.name)
    })
    .map(|one| format!("delete from {}", name_of(one)))
}

/// Queries that ask the guard; parameters: the subject, the claims, the proposed row, what it becomes.
fn questions(table: &Table, act: &Act, guard: &Guard) -> Vec<String> {
    let name = name_of(table);
    let says = |condition: &Option<String>| {
        let condition = condition.as_deref().unwrap_or("false");
        let with = guard.scopes.with([condition]);
        format!("{with}select coalesce(bool_and(coalesce(({condition}), false)), true)")
    };
    // Before a row is written, nothing is copied into it yet.
    let copied: serde_json::Map<String, Value> = table
        .columns
        .values()
        .filter(|column| column.copied.is_some())
        .map(|column| (column.name.clone(), Value::Null))
        .collect();
    let record = |nr: u8| match copied.is_empty() {
        true => format!("(select (${nr}::{name}).*) as proposed"),
        false => {
            let nothing = Database::Postgres.literal(&Value::from(copied.clone()).to_string());
            format!("(select (jsonb_populate_record(${nr}::{name}, {nothing})).*) as proposed")
        }
    };
    match act {
        Act::Insert(_) => vec![format!("{} from {}", says(&guard.insert), record(3))],
        Act::Update(key, _) => vec![format!(
            "{} from {name} as stored, {} where {}",
            says(&guard.change),
            record(4),
            is_of(table, key, "stored")
        )],
        // A guard's deletion is that of the table's own kind.
        Act::Delete(_) if table.delete == DeleteRule::Soft => Vec::new(),
        Act::Delete(key) => vec![format!(
            "{} from {name} as stored where {}",
            says(&guard.delete),
            is_of(table, key, "stored")
        )],
        Act::Upsert(..) => {
            let found: Vec<String> = table
                .upsert_on
                .iter()
                .map(|column| {
                    let column = Database::Postgres.ident(column);
                    format!("stored.{column} = ($3::{name}).{column}")
                })
                .collect();
            vec![
                format!("{} from {}", says(&guard.insert), record(3)),
                format!(
                    "{} from {name} as stored, {} where {}",
                    says(&guard.change),
                    record(4),
                    found.join(" and ")
                ),
            ]
        }
        Act::UpdateAll(_) | Act::DeleteAll => Vec::new(),
    }
}

fn judge(
    app: &App,
    universe: &Universe,
    attempt: &Attempt,
    answer: &Answer,
    tally: &mut Tally,
) -> Vec<Difference> {
    let code = |fault: &String| fault.chars().take(5).collect::<String>();
    if let Some(why) = &answer.why {
        *tally.left_out.entry(why.clone()).or_default() += 1;
        return Vec::new();
    }
    let refused = answer.refused.as_ref().map(code);
    if let Some(fault) = &answer.refused
        && refused.as_deref() != Some("42501")
    {
        *tally.left_out.entry(fault.clone()).or_default() += 1;
        return Vec::new();
    }
    let table = &app.model.tables[&attempt.table];
    let nothing = App::nothing();
    let asker = Asker::new(&app.model, universe, &attempt.caller, &nothing);
    let policy = Policy::new(table, &attempt.role, &asker);
    let stored = universe.of(&attempt.table);
    let count = match &attempt.act {
        Act::UpdateAll(patch) => stored
            .iter()
            .filter(|old| {
                let write = Write::Update {
                    old: (*old).clone(),
                    new: merged(table, universe, old, patch),
                };
                policy.allows(&write)
            })
            .count(),
        Act::DeleteAll => stored
            .iter()
            .filter(|old| {
                policy.allows(&Write::Delete {
                    old: (*old).clone(),
                })
            })
            .count(),
        act => {
            let proposed = match act {
                Act::Insert(row) | Act::Upsert(row, _) => {
                    filled(table, universe, row, |column| match &answer.proposed {
                        Some(made) => read(&made[&column.name], &column.kind),
                        None => unreachable!("an INSERT was tried out"),
                    })
                }
                _ => Row::default(),
            };
            let Some(write) = write_of(table, universe, attempt, proposed) else {
                return Vec::new();
            };
            usize::from(policy.allows(&write))
        }
    };
    let whole = matches!(attempt.act, Act::UpdateAll(_) | Act::DeleteAll);
    let act = (attempt.table.clone(), attempt.kind);
    let sum = tally.acts.entry(act).or_default();
    match count {
        0 => sum.1 += 1,
        _ => sum.0 += 1,
    }
    let touched = usize::try_from(answer.touched).expect("a count");
    // A statement over many rows fails as a whole where one of them would become what its writer may not write.
    let justified = whole && refused.is_some() && count < stored.len();
    let mut differences = Vec::new();
    if touched != count && !justified {
        let rls = answer.refused.clone();
        let rls = rls.unwrap_or_else(|| format!("{touched} rows"));
        let who = "row-level security";
        differences.push(difference(app, attempt, answer, who, &rls, count));
    }
    if let Some(guard) = answer.guard
        && usize::from(guard) != count
    {
        let said = if guard { "yes" } else { "no" };
        differences.push(difference(app, attempt, answer, "the guard", said, count));
    }
    differences
}

fn difference(
    app: &App,
    attempt: &Attempt,
    answer: &Answer,
    who: &str,
    said: &str,
    count: usize,
) -> Difference {
    let Attempt {
        role,
        table,
        caller: Caller { token, .. },
        act,
        kind,
    } = attempt;
    let with = match act {
        Act::Insert(row) | Act::Upsert(row, _) => shown(row),
        Act::Update(key, patch) => format!("{} set {}", shown(key), named(patch)),
        Act::Delete(key) => shown(key),
        Act::UpdateAll(patch) => named(patch),
        Act::DeleteAll => String::new(),
    };
    let proposed = answer
        .proposed
        .as_ref()
        .map_or_else(String::new, |row| format!("\n    that is {row}"));
    Difference {
        about: format!("{}: {who} on {kind} of {table} by {role}", app.name),
        message: format!(
            "{}: {who} on {kind} of {table} by {role}: {token}\n    {} {with}{proposed}\n    {who}: {said}; the policy allows {count} rows",
            app.name,
            act.word(),
        ),
    }
}

/// A patch with its NULLs.
fn named(patch: &Row) -> String {
    let all: Vec<String> = patch
        .iter()
        .map(|(name, value)| format!("{name}: {}", plain(value)))
        .collect();
    format!("{{{}}}", all.join(", "))
}

/// The row that an UPDATE makes: what is copied follows what says from where.
fn merged(table: &Table, universe: &Universe, old: &Row, patch: &Row) -> Row {
    let mut new = old.clone();
    new.extend(patch.clone());
    if new != *old {
        copy(table, &mut new, &|copied, by| universe.original(copied, by));
    }
    new
}

/// The row that an INSERT makes: what it names, what is filled in, and what is copied from the universe.
fn filled(
    table: &Table,
    universe: &Universe,
    named: &Row,
    fill: impl Fn(&Column) -> Literal,
) -> Row {
    let mut row: Row = table
        .columns
        .values()
        .filter(|column| column.direction.on_server() && column.generated.is_none())
        .map(|column| {
            let value = named.get(&column.name).cloned();
            let value = value.unwrap_or_else(|| fill(column));
            (column.name.clone(), value)
        })
        .collect();
    copy(table, &mut row, &|copied, by| universe.original(copied, by));
    row
}

/// The write of an attempt on one row, where that row is there.
fn write_of(table: &Table, universe: &Universe, attempt: &Attempt, proposed: Row) -> Option<Write> {
    let stored = universe.of(&attempt.table);
    let find = |values: &Row| {
        stored
            .iter()
            .find(|row| values.iter().all(|(name, value)| row[name] == *value))
    };
    Some(match &attempt.act {
        Act::Insert(_) => Write::Insert { new: proposed },
        Act::Update(key, patch) => {
            let old = find(key)?;
            Write::Update {
                old: old.clone(),
                new: merged(table, universe, old, patch),
            }
        }
        Act::Delete(key) => Write::Delete {
            old: find(key)?.clone(),
        },
        Act::Upsert(row, merge) => {
            let target = table.upsert_on.iter();
            let target: Row = target
                .map(|name| (name.clone(), proposed[name].clone()))
                .collect();
            let patch: Row = merge
                .iter()
                .map(|name| (name.clone(), row[name].clone()))
                .collect();
            let old = find(&target);
            Write::Upsert {
                merged: old.map(|old| (old.clone(), merged(table, universe, old, &patch))),
                proposed,
            }
        }
        Act::UpdateAll(_) | Act::DeleteAll => return None,
    })
}

/// The write of an attempt on one row, as it can be told without a database: defaults that SQL computes are NULL.
#[must_use]
pub fn foreseen(
    table: &Table,
    asker: &Asker<'_>,
    universe: &Universe,
    attempt: &Attempt,
) -> Option<Write> {
    let proposed = match &attempt.act {
        Act::Insert(row) | Act::Upsert(row, _) => {
            filled(table, universe, row, |column| match &column.default {
                Some(DefaultValue::Expr(Expr::Literal(literal))) => literal.clone(),
                Some(DefaultValue::Expr(Expr::UserId)) => asker.user_id().clone(),
                _ => Literal::Null,
            })
        }
        _ => Row::default(),
    };
    write_of(table, universe, attempt, proposed)
}

/// A value as Postgres writes it in JSON, in the form that rules compare.
fn read(value: &Value, kind: &Kind) -> Literal {
    let time = |text: &str, zone: &str| {
        let text = text.trim_end_matches("+00:00");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        Literal::Text(format!("{whole}.{fraction:0<6}{zone}"))
    };
    match (value, kind) {
        (Value::Null, _) => Literal::Null,
        (value, Kind::List(element)) => {
            let inner = match element {
                Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                    Kind::Scalar(*scalar)
                }
                Element::Enum { .. } => element.to_kind(),
            };
            let items = value.as_array().into_iter().flatten();
            Literal::List(items.map(|item| read(item, &inner)).collect())
        }
        (value, _) if kind.carrier() == Some(Scalar::Json) => Literal::Json(value.to_string()),
        (Value::Bool(truth), _) => Literal::Bool(*truth),
        (Value::Number(number), _) => number
            .as_i64()
            .map_or_else(|| Literal::Decimal(number.to_string()), Literal::Int),
        (Value::String(text), _) => match kind.carrier() {
            Some(Scalar::Timestamptz) => time(text, "Z"),
            Some(Scalar::Timestamp | Scalar::Time) => time(text, ""),
            _ => Literal::Text(text.clone()),
        },
        (other, _) => Literal::Json(other.to_string()),
    }
}
