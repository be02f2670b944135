//! Random declarations that change at random, on a real Postgres: what comes out is what is declared, and rows stay.

use std::collections::BTreeMap;

use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::ledger::{Refused, due};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::read_texts;
use synctable_codegen::targets::postgres::{self as target, evolve::Files};
use tests::generate::Case;
use tests::generate::dice::Dice;
use tests::postgres::{Cluster, Refusal};
use tests::universe::hints::Hints;
use tests::universe::{Universe, generate, load};

use crate::mutate::{mutate, ways};
use crate::run;

/// How many pairs a run makes.
fn count() -> u64 {
    match tests::long() {
        true => 1_000,
        false => 50,
    }
}

/// The model of a case, if it is accepted.
fn accepted(case: &Case) -> Option<Model> {
    let reading = read_texts(case.texts());
    reading.model.filter(|_| reading.diagnostics.is_empty())
}

/// A changed declaration, what was done to it, and what may be dropped.
struct Pair {
    case: Case,
    before: Model,
    after: Model,
    done: Vec<&'static str>,
    allowed: Vec<String>,
}

impl Pair {
    fn new(seed: u64) -> Pair {
        let mut case = Case::new(seed, usize::try_from(seed % 4 + 1).expect("a small number"));
        // What guards buckets is no matter of migrations.
        case.root.shift_remove("storage");
        let before = accepted(&case).expect("what is generated is accepted");
        let mut dice = Dice::new(seed ^ 0x00e7_01fe);
        let mut pair = Pair {
            after: before.clone(),
            case: case.clone(),
            before,
            done: Vec::new(),
            allowed: Vec::new(),
        };
        let wanted = dice.between(1, 4);
        let mut now = case;
        for number in 0..60 {
            if pair.done.len() == wanted {
                break;
            }
            let way = dice.below(ways());
            let Some(mutation) = mutate(&now, way, &mut dice, number) else {
                continue;
            };
            // A change that the rules of the language refuse is none.
            if let Some(model) = accepted(&mutation.case) {
                now = mutation.case;
                pair.after = model;
                pair.done.push(mutation.what);
                pair.allowed.extend(mutation.allowed);
            }
        }
        pair
    }
}

/// What became of pairs.
#[derive(Debug, Default)]
struct Counts {
    executed: usize,
    unchanged: usize,
    rows: usize,
    refused: BTreeMap<String, usize>,
    done: BTreeMap<&'static str, usize>,
}

#[test]
fn random_changes_lead_to_what_is_declared_and_keep_the_rows() {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    let supabase = Cluster::shared().database("evolve_random");
    let plain = Cluster::shared().plain_database("evolve_random_plain");
    for database in [&supabase, &plain] {
        database
            .apply_setup(
                "do $$ begin
                    if not exists (select from pg_roles where rolname = 'bypassing_owner') then
                        create role bypassing_owner nologin bypassrls;
                    end if;
                    grant usage, create on schema public to bypassing_owner;
                end $$",
            )
            .unwrap_or_else(|error| panic!("{error}"));
    }
    let mut clients = [supabase.superuser(), plain.superuser()];
    for seed in 0..count() {
        let pair = Pair::new(seed);
        let client = match pair.before.postgres.auth {
            Auth::Supabase => &mut clients[0],
            Auth::JwtClaims => &mut clients[1],
        };
        if let Err(why) = run_pair(&pair, seed, client, &mut counts) {
            wrong.push(format!("seed {seed}, {:?}: {why}", pair.done));
            if wrong.len() == 4 {
                break;
            }
        }
    }
    println!("{counts:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(counts.executed * 2 > usize::try_from(count()).expect("a number"));
}

fn run_pair(
    pair: &Pair,
    seed: u64,
    client: &mut ::postgres::Client,
    counts: &mut Counts,
) -> Result<(), String> {
    for what in &pair.done {
        *counts.done.entry(what).or_default() += 1;
    }
    let (before, after) = (&pair.before, &pair.after);
    let (mut files, ledger) = run::started(before);
    // What went and came again in one pair is not dropped, and some of what is dropped is of the device.
    let dropped: Vec<String> = pair
        .allowed
        .iter()
        .filter(|name| is_dropped(&ledger, after, name))
        .cloned()
        .collect();
    let migrated = match run::next(&ledger, after, &dropped, Files::One) {
        Ok(migrated) => migrated,
        Err(Refused::Asked(diagnostic)) => return Err(format!("{diagnostic:?}")),
        Err(Refused::Declared(complaints)) => {
            let mut cx = Diagnostics::new();
            complaints.resolve(|_| None, &mut cx);
            for one in cx.into_sorted() {
                *counts.refused.entry(one.code.to_string()).or_default() += 1;
            }
            return Ok(());
        }
    };
    let new = run::files(&migrated);
    if new.is_empty() {
        counts.unchanged += 1;
        return Ok(());
    }
    let mut transaction = client.transaction().expect("it begins");
    let owner = format!(
        "set local session authorization {}",
        before.postgres.roles.owner
    );
    let superuser = "set local session authorization default";
    for sql in [
        &pair.case.prelude,
        &run::setup(before),
        &owner,
        &target::baseline(before),
        superuser,
    ] {
        transaction
            .batch_execute(sql)
            .map_err(|error| Refusal::new(&error, sql).to_string())?;
    }
    let universe = generate(before, &Hints::of(before), seed, 4);
    for (table, rows) in &universe.rows {
        for row in rows {
            let one = Universe {
                rows: [(table.clone(), vec![row.clone()])].into_iter().collect(),
                ..Universe::default()
            };
            let sql = load::insert(before, &one);
            let sql = sql.replace("set local session_replication_role = replica;\n", "");
            let sql = sql.replace("set local session_replication_role = origin;\n", "");
            let mut savepoint = transaction.transaction().expect("it begins");
            // A row that a check or a foreign key refuses is none.
            if savepoint.batch_execute(&sql).is_ok()
                && savepoint
                    .batch_execute("set constraints all immediate; set constraints all deferred")
                    .is_ok()
            {
                savepoint.commit().expect("it ends");
            }
        }
    }
    let had = run::rows(&mut transaction, before);
    counts.rows += had.values().map(Vec::len).sum::<usize>();
    for sql in [&run::setup(after), &owner] {
        transaction
            .batch_execute(sql)
            .map_err(|error| Refusal::new(&error, sql).to_string())?;
    }
    for sql in run::sql(&new) {
        if let Err(error) = transaction.batch_execute(sql) {
            let refusal = Refusal::new(&error, sql);
            // Labels come in a transaction of their own, and here all are one.
            if refusal.code == "55P04" {
                *counts
                    .refused
                    .entry("55P04, one transaction".to_owned())
                    .or_default() += 1;
                return Ok(());
            }
            // NULL was a value, and rows hold it.
            if refusal.code == "23514" && pair.done.contains(&"require a value") {
                *counts
                    .refused
                    .entry("23514, rows hold NULL".to_owned())
                    .or_default() += 1;
                return Ok(());
            }
            return Err(format!("{refusal}\n{sql}"));
        }
    }
    transaction.batch_execute(superuser).expect("it is allowed");
    let mut wrong = run::differences(&mut transaction, after);
    let have = run::rows(&mut transaction, after);
    wrong.extend(run::lost(before, after, &had, &have));
    files.extend(new.clone());
    if let Some(due) = due(&run::read(files), after) {
        wrong.push(format!("a second migration is due: {:?}", due.notes));
    }
    transaction.rollback().expect("it ends");
    counts.executed += 1;
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\n{}",
            wrong.join("\n"),
            run::sql(&new).join("\n")
        )),
    }
}

/// Whether a name is one of those that are refused for want of a word.
fn is_dropped(ledger: &synctable_codegen::ledger::Ledger, after: &Model, name: &str) -> bool {
    let Err(Refused::Declared(complaints)) = run::next(ledger, after, &[], Files::One) else {
        return false;
    };
    let mut cx = Diagnostics::new();
    complaints.resolve(|_| None, &mut cx);
    let found = cx.into_sorted();
    let wanted = format!("--allow-drop {name}`");
    found
        .iter()
        .any(|one| one.help.iter().any(|help| help.ends_with(&wanted)))
}
