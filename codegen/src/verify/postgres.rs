//! A live Postgres beside what is declared, and beside the migrations.

use super::{Verified, managed};
use crate::catalog::postgres::{Reading, read_in};
use crate::catalog::{difference, lower, private_schema, without_written};
use crate::ledger::{self, Entry, Ledger, State};
use crate::model::Model;
use ::postgres::{Error, Transaction};

const SYSTEM: &str = "database";

/// Compares a database with what is declared; where it differs, with what its newest migration made.
///
/// Afterwards the transaction has `pg_catalog` alone on its search path.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn postgres(
    transaction: &mut Transaction<'_>,
    model: &Model,
    ledger: &Ledger,
) -> Result<Verified, Error> {
    let applied = ledger::applied_by_runner(transaction, ledger)?;
    let (declared, not_managed) = compared(transaction, model)?;
    let verified = |told: String, differences: Vec<String>, advice: Vec<String>| Verified {
        system: SYSTEM,
        told,
        differences,
        not_managed: not_managed.clone(),
        advice,
    };
    if declared.is_empty() {
        let told = "the database is what is declared".to_owned();
        return Ok(verified(told, declared, Vec::new()));
    }
    if let Some(newest) = ledger
        .model()
        .filter(|newest| ledger::is_adopted(newest, model))
        && let (since, beside) = compared(transaction, newest)?
        && since.is_empty()
    {
        let told = "the database is what was adopted; the next migration puts what is declared in the place of its own policies and rights";
        return Ok(Verified {
            not_managed: beside,
            ..Verified::same(SYSTEM, told)
        });
    }
    let applied = match applied {
        Some(applied) => applied,
        None => ledger::applied(transaction, ledger)?,
    };
    let newest = newest(ledger, &applied.states);
    let pending: Vec<String> = ledger
        .entries
        .iter()
        .zip(&applied.states)
        .filter(|(_, state)| **state == State::Pending)
        .map(|(entry, _)| format!("`{}`", entry.path()))
        .collect();
    let apply = || match pending.is_empty() {
        true => "append a migration: `codegen migrate --name …`".to_owned(),
        false => format!("apply what has not run: {}", pending.join(", ")),
    };
    let Some((entry, made)) = newest else {
        let (told, advice) = match pending.len() {
            _ if ledger.entries.is_empty() => (
                "the database differs from the declaration, and no migration is written yet"
                    .to_owned(),
                vec!["write the first one: `codegen migrate --name init`".to_owned()],
            ),
            0 => (
                "the database fits no migration".to_owned(),
                settle("the declaration").to_vec(),
            ),
            _ => (
                "the database has run no migration".to_owned(),
                vec![format!(
                    "run `setup.sql` as an administrator, then {}",
                    pending.join(", ")
                )],
            ),
        };
        return Ok(verified(told, declared, advice));
    };
    let path = entry.path();
    let (since, _) = compared(transaction, made)?;
    if since.is_empty() {
        let told = format!("the database is what `{path}` made, and not yet what is declared");
        return Ok(verified(told, declared, vec![apply()]));
    }
    let told = format!("the database has run `{path}`, and differs from what that made");
    let mut advice = settle(&format!("`{path}`")).to_vec();
    if !pending.is_empty() {
        advice.push(apply());
    }
    Ok(verified(told, since, advice))
}

/// What to do about a change that no migration made.
fn settle(wanted: &str) -> [String; 2] {
    [
        format!(
            "to keep a change: declare it, append a migration, and record that as applied in your runner's table; {wanted} stays as it is"
        ),
        "to undo a change: make a copy of the values first if a column or a table goes".to_owned(),
    ]
}

/// The newest entry that has run and was generated, with what it leads to.
fn newest<'l>(ledger: &'l Ledger, states: &[State]) -> Option<(&'l Entry, &'l Model)> {
    let ran = ledger.entries.iter().zip(states).rev();
    let mut ran = ran.filter(|(_, state)| matches!(state, State::Applied | State::Otherwise));
    ran.find_map(|(entry, _)| Some((entry, &*entry.snapshot.as_ref()?.model)))
}

/// How the database differs from a model, and what it has besides.
fn compared(
    transaction: &mut Transaction<'_>,
    model: &Model,
) -> Result<(Vec<String>, Vec<String>), Error> {
    let found = read_in(transaction, &Reading::of(model))?;
    let differences = without_written(model, difference(&lower(model), &found));
    let (mut drift, mut beside) = managed::split(differences, Some(&private_schema(model)));
    let seeds = ledger::live_seeds(transaction, model, &found)?;
    drift.extend(seeds.differing);
    beside.extend(seeds.of_callers);
    beside.extend(seeds.hidden);
    Ok((drift, beside))
}
