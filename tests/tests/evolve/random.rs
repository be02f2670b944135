//! Random declarations that change at random, on a real Postgres: what comes out is what is declared, and rows stay.
//!
//! Each pair is one transaction that is rolled back. Some are the first step of a chain of five.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use ::postgres::{Client, Transaction};
use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::ledger::{self, Refused, due};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::read_texts;
use synctable_codegen::targets::postgres::evolve::{
    Change, ColumnChange, Files, PartChange, PartKind, SeedsChange, TypeChange, evolve,
};
use tests::change::beside::{self, Beside};
use tests::change::{corner, mutate, ways};
use tests::generate::Case;
use tests::generate::dice::Dice;
use tests::postgres::{Cluster, Database, Refusal};
use tests::universe::hints::Hints;
use tests::universe::{Universe, generate, load};

use crate::evolve::uploads::{self, Queue};
use crate::evolve::{kinds, locks, run};

/// How many pairs a run makes.
fn count() -> u64 {
    match tests::long() {
        true => 10_000,
        false => 500,
    }
}

/// How many run side by side, each in databases of its own.
const WORKERS: usize = 2;

/// How many steps a chain has.
const STEPS: usize = 5;

/// The model of a case, if it is accepted.
fn accepted(case: &Case) -> Option<Model> {
    let reading = read_texts(case.texts());
    reading.model.filter(|_| reading.diagnostics.is_empty())
}

/// How often a declaration is drawn for a seed.
const DRAWS: u64 = 4;

/// A declaration for a seed. There is none if callers could grant themselves access (S366): what is drawn for one table
/// does not know the rules of all others.
fn drawn(seed: u64, again: u64, beside: &Beside) -> Option<(Case, Model)> {
    let size = usize::try_from(seed % 2 + 1).expect("a small number");
    let mut case = Case::new(seed ^ again << 48, size);
    // Migrations ignore the policies of buckets.
    case.root.shift_remove("storage");
    corner::add(&mut case);
    let reading = read_texts(beside.with(&case).texts());
    if reading.model.is_some() && reading.diagnostics.is_empty() {
        return reading.model.map(|model| (case, model));
    }
    let mut codes = reading.diagnostics.iter().map(|one| one.code.as_str());
    assert!(
        codes.all(|code| code == "S366"),
        "what is generated is accepted: {:?}",
        reading.diagnostics
    );
    None
}

/// A declaration as it changes.
struct Declared {
    case: Case,
    beside: Beside,
    model: Model,
    /// What was done to it in the last step.
    done: Vec<&'static str>,
    /// What may be dropped in that step.
    allowed: Vec<String>,
    dice: Dice,
    number: usize,
}

impl Declared {
    fn new(seed: u64) -> Declared {
        let beside = Beside::new(seed);
        let (case, model) = (0..DRAWS)
            .find_map(|again| drawn(seed, again, &beside))
            .unwrap_or_else(|| panic!("seed {seed}: no declaration without S366 in {DRAWS} draws"));
        Declared {
            case,
            beside,
            model,
            done: Vec::new(),
            allowed: Vec::new(),
            dice: Dice::new(seed ^ 0x00e7_01fe),
            number: 0,
        }
    }

    /// Changes it in up to three places.
    fn step(&mut self) {
        self.done.clear();
        self.allowed.clear();
        let wanted = self.dice.between(1, 3);
        let last = self.number + 60;
        while self.number < last && self.done.len() < wanted {
            self.number += 1;
            let way = self.dice.below(ways());
            let Some(mutation) = mutate(&self.case, way, &mut self.dice, self.number) else {
                continue;
            };
            // A change that the rules of the language refuse is none.
            if let Some(model) = accepted(&self.beside.with(&mutation.case)) {
                self.case = mutation.case;
                self.model = model;
                self.done.push(mutation.what);
                self.allowed.extend(mutation.allowed);
            }
        }
        self.change_beside();
    }

    /// Changes what is beside the declaration, without a choice that the sequence would miss.
    fn change_beside(&mut self) {
        let mut dice = self.dice.clone();
        for _ in 0..dice.below(3) {
            let mut beside = self.beside.clone();
            let what = beside.step(&mut dice, &mut self.allowed);
            if let Some(model) = accepted(&beside.with(&self.case)) {
                (self.beside, self.model) = (beside, model);
                self.done.push(what);
            }
        }
    }
}

/// What became of pairs.
#[derive(Debug, Default)]
struct Counts {
    executed: usize,
    chains: usize,
    unchanged: usize,
    rows: usize,
    refused: BTreeMap<String, usize>,
    done: BTreeMap<&'static str, usize>,
    kinds: BTreeMap<String, usize>,
    uploads: uploads::Counts,
}

impl Counts {
    fn refused(&mut self, why: &str) {
        *self.refused.entry(why.to_owned()).or_default() += 1;
    }
}

#[test]
fn random_changes_lead_to_what_is_declared_and_keep_the_rows() {
    let began = Instant::now();
    let counts = Mutex::new(Counts::default());
    let wrong = Mutex::new(Vec::new());
    let next = AtomicU64::new(0);
    let databases: Vec<[Database<'_>; 2]> = (0..WORKERS).map(|_| databases()).collect();
    std::thread::scope(|scope| {
        for [supabase, plain] in &databases {
            let (next, counts, wrong) = (&next, &counts, &wrong);
            scope.spawn(move || {
                let connect = || [supabase.superuser(), plain.superuser()];
                let mut clients = connect();
                for round in 0.. {
                    // A session keeps what it has seen of the catalog, and gets slower.
                    if round % 128 == 127 {
                        clients = connect();
                    }
                    // What was rolled back is in the way of those who read the catalog.
                    if round % 8 == 7 {
                        for client in &mut clients {
                            client.batch_execute("vacuum").expect("it is allowed");
                        }
                    }
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= count() || wrong.lock().expect("it is whole").len() >= 4 {
                        return;
                    }
                    let mut own = Counts::default();
                    if let Err(why) = run_seed(seed, &mut clients, &mut own) {
                        // A long run that is stopped has told what it found.
                        println!("seed {seed}: {why}");
                        wrong
                            .lock()
                            .expect("it is whole")
                            .push(format!("seed {seed}: {why}"));
                    }
                    let mut counts = counts.lock().expect("it is whole");
                    counts.add(own);
                    // A long run that is stopped has told how far it came.
                    if tests::long() && seed.is_multiple_of(250) {
                        let wrong = wrong.lock().expect("it is whole").len();
                        println!(
                            "seed {seed}, {} steps, {wrong} wrong, {:?}",
                            counts.executed,
                            began.elapsed()
                        );
                    }
                }
            });
        }
    });
    let counts = counts.into_inner().expect("it is whole");
    println!("{counts:#?}\n{:?}", began.elapsed());
    let wrong = wrong.into_inner().expect("it is whole");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let missing = kinds::missing(&counts.kinds);
    assert!(missing.is_empty(), "these never came: {missing:#?}");
    let enough = usize::try_from(count()).expect("a number");
    assert!(counts.executed >= enough, "{} steps", counts.executed);
    assert!(counts.rows >= enough * 5, "{} rows", counts.rows);
    let uploads::Counts { written, refused } = counts.uploads;
    assert!(written >= enough * 2, "{written} uploads were written");
    assert!(refused >= enough / 20, "{refused} uploads were refused");
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.executed += other.executed;
        self.chains += other.chains;
        self.unchanged += other.unchanged;
        self.rows += other.rows;
        self.uploads.written += other.uploads.written;
        self.uploads.refused += other.uploads.refused;
        for (mine, others) in [
            (&mut self.refused, other.refused),
            (&mut self.kinds, other.kinds),
        ] {
            for (what, count) in others {
                *mine.entry(what).or_default() += count;
            }
        }
        for (what, count) in other.done {
            *self.done.entry(what).or_default() += count;
        }
    }
}

/// A database as Supabase makes it and a plain one, in which every role that a declaration names exists: a transaction that
/// makes one would stop those beside it.
fn databases() -> [Database<'static>; 2] {
    let databases = [
        Cluster::shared().database("evolve_random"),
        Cluster::shared().plain_database("evolve_random_plain"),
    ];
    for database in &databases {
        database
            .apply_setup(
                "do $$ begin
                    if not exists (select from pg_roles where rolname = 'bypassing_owner') then
                        create role bypassing_owner nologin bypassrls;
                    end if;
                    if not exists (select from pg_roles where rolname = 'powersync_role') then
                        create role powersync_role login replication bypassrls;
                    end if;
                    grant usage, create on schema public to bypassing_owner;
                end $$",
            )
            .unwrap_or_else(|error| panic!("{error}"));
    }
    databases
}

fn execute(transaction: &mut Transaction<'_>, sql: &str) -> Result<(), Refusal> {
    transaction
        .batch_execute(sql)
        .map_err(|error| Refusal::new(&error, sql))
}

fn run_seed(seed: u64, clients: &mut [Client; 2], counts: &mut Counts) -> Result<(), String> {
    let mut declared = Declared::new(seed);
    let before = declared.model.clone();
    let client = match before.postgres.auth {
        Auth::Supabase => &mut clients[0],
        Auth::JwtClaims => &mut clients[1],
    };
    let mut transaction = client.transaction().expect("it begins");
    let owner = owner(&before);
    let (mut files, mut ledger) = run::started(&before);
    for sql in [
        &declared.case.prelude,
        &run::setup(&before),
        &owner,
        &ledger.entries[0].sql,
    ] {
        execute(&mut transaction, sql).map_err(|refusal| refusal.to_string())?;
    }
    insert_rows(&mut transaction, &before, seed);
    let steps = match seed % 20 {
        0 => STEPS,
        _ => 1,
    };
    let mut before = before;
    for step in 1..=steps {
        declared.step();
        let went = run_step(
            &mut transaction,
            &before,
            &declared,
            &mut files,
            &mut ledger,
            step,
            counts,
        );
        match went.map_err(|why| format!("step {step}, {:?}: {why}", declared.done))? {
            Went::There => before = declared.model.clone(),
            Went::Nowhere => break,
        }
        if step == STEPS {
            counts.chains += 1;
        }
    }
    transaction.rollback().expect("it ends");
    Ok(())
}

/// Whether a step was made.
enum Went {
    There,
    /// It was refused, for a reason that was predicted.
    Nowhere,
}

fn owner(model: &Model) -> String {
    format!(
        "set local session authorization {}",
        model.postgres.roles.owner
    )
}

const SUPERUSER: &str = "set local session authorization default";

/// Random rows, and rows that fit the tables of [`corner`].
fn insert_rows(transaction: &mut Transaction<'_>, model: &Model, seed: u64) {
    execute(transaction, SUPERUSER).expect("it is allowed");
    let universe = generate(model, &Hints::of(model), seed, 4);
    for (table, rows) in &universe.rows {
        if table.starts_with("zz_") {
            continue;
        }
        for row in rows {
            let one = Universe {
                rows: [(table.clone(), vec![row.clone()])].into_iter().collect(),
                ..Universe::default()
            };
            let mut savepoint = transaction.transaction().expect("it begins");
            // A row that a check refuses is none.
            if savepoint.batch_execute(&load::insert(model, &one)).is_ok() {
                savepoint.commit().expect("it ends");
            }
        }
    }
    let fitting = corner::rows(model, &mut Dice::new(seed));
    let fitting = fitting + &beside::rows(model);
    execute(transaction, &fitting).unwrap_or_else(|refusal| panic!("{refusal}\n{fitting}"));
    execute(transaction, WITHOUT_PARENTS).unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// Removes the rows whose foreign keys point nowhere.
const WITHOUT_PARENTS: &str = "
    set local session_replication_role = replica;
    do $$
    declare
        one record;
    begin
        for round in 1..4 loop
            for one in
                select c.conrelid::regclass as child, c.confrelid::regclass as parent,
                    string_agg(format('c.%I is not null', a.attname), ' and ') as given,
                    string_agg(format('c.%I = p.%I', a.attname, b.attname), ' and ') as same
                from pg_constraint c
                cross join unnest(c.conkey, c.confkey) as k (a, b)
                join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.a
                join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.b
                where c.contype = 'f' and c.connamespace::regnamespace::text not in ('auth', 'storage')
                group by c.oid
            loop
                execute format('delete from %s c where %s and not exists (select from %s p where %s)',
                    one.child, one.given, one.parent, one.same);
            end loop;
        end loop;
    end $$;
    set local session_replication_role = origin;";

fn run_step(
    transaction: &mut Transaction<'_>,
    before: &Model,
    declared: &Declared,
    files: &mut ledger::Files,
    ledger: &mut ledger::Ledger,
    step: usize,
    counts: &mut Counts,
) -> Result<Went, String> {
    for what in &declared.done {
        *counts.done.entry(what).or_default() += 1;
    }
    let after = &declared.model;
    // What went and came again is not dropped, and some of what goes was of the device alone.
    let mut changes = evolve(before, after, &[]).changes;
    let dropped: Vec<String> = changes
        .iter()
        .flat_map(dropped)
        .filter(|name| declared.allowed.contains(name))
        .collect();
    let how = match step % 2 == declared.number % 2 {
        true => Files::One,
        false => Files::Online,
    };
    let at = format!("2026020{step}000000");
    let migrated = match run::next_at(ledger, after, &dropped, how, &at) {
        Ok(migrated) => migrated,
        Err(Refused::Asked(diagnostic)) => return Err(format!("{diagnostic:?}")),
        Err(Refused::Declared(complaints)) => {
            let mut cx = Diagnostics::new();
            complaints.resolve(|_| None, &mut cx);
            for one in cx.into_sorted() {
                counts.refused(one.code.as_str());
            }
            return Ok(Went::Nowhere);
        }
    };
    let new = run::files(&migrated);
    if new.is_empty() {
        counts.unchanged += 1;
        return Ok(Went::There);
    }
    let had = run::rows(transaction, before);
    counts.rows += had.values().map(Vec::len).sum::<usize>();
    let queue = Queue::of(transaction, before, &mut Dice::new(declared.case.seed));
    files.extend(new.clone());
    *ledger = run::read(files.clone());
    let entries: Vec<&ledger::Entry> = ledger.entries.iter().collect();
    let first = entries
        .iter()
        .position(|entry| entry.at == at)
        .expect("it is new");
    let mut wrong = Vec::new();
    for sql in [&run::setup(after), &owner(before)] {
        execute(transaction, sql).map_err(|refusal| refusal.to_string())?;
    }
    for pair in entries[first - 1..].windows(2) {
        let model = |entry: &ledger::Entry| entry.snapshot.clone().expect("it was generated").model;
        // All of this is one transaction, in which an index is built plainly.
        let sql = pair[1].sql.replace(" index concurrently ", " index ");
        if let Err(refusal) = execute(transaction, &sql) {
            if !is_predicted(&refusal, &changes, declared) {
                return Err(format!("{refusal}\n{sql}"));
            }
            counts.refused(&format!("by rows, {}", refusal.code));
            return Ok(Went::Nowhere);
        }
        if how == Files::Online {
            execute(transaction, SUPERUSER).expect("it is allowed");
            let (from, to) = (model(pair[0]), model(pair[1]));
            let drops: &[String] = match pair[1].name.as_str() {
                "change" => &dropped,
                _ => &[],
            };
            let leg = locks::evolution(&from, &to, drops, &pair[1].sql);
            changes.extend(leg.changes);
            if declared.number.is_multiple_of(4) {
                let differences = run::differences(transaction, &to);
                let differences = differences.iter();
                wrong.extend(differences.map(|one| format!("{}: {one}", pair[1].name)));
            }
            execute(transaction, &owner(before)).expect("it is allowed");
        }
    }
    for change in &changes {
        *counts.kinds.entry(kinds::kind(change)).or_default() += 1;
    }
    execute(transaction, SUPERUSER).expect("it is allowed");
    wrong.extend(run::differences(transaction, after));
    let have = run::rows(transaction, after);
    wrong.extend(run::lost(before, after, &had, &have));
    wrong.extend(run::unseeded(transaction, after, &have));
    if let Err(why) = queue.send(transaction, before, after, &mut counts.uploads) {
        wrong.push(why);
    }
    if let Some(due) = due(ledger, after) {
        wrong.push(format!("a second migration is due: {:?}", due.notes));
    }
    counts.executed += 1;
    match wrong.is_empty() {
        true => Ok(Went::There),
        false => Err(format!(
            "{}\n{}",
            wrong.join("\n"),
            run::sql(&new).join("\n")
        )),
    }
}

/// The names by which flags let it go.
fn dropped(change: &Change) -> Vec<String> {
    match change {
        Change::DropTable(name) => vec![name.name.clone()],
        Change::Column {
            table,
            column,
            change: ColumnChange::Drop | ColumnChange::Compute,
        } => vec![format!("{}.{column}", table.name)],
        Change::Seeds {
            table,
            names,
            change: SeedsChange::Remove,
        } => {
            let names = names.iter();
            names.map(|name| format!("{}:{name}", table.name)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether rows can be why Postgres refuses one of these changes.
fn is_predicted(refusal: &Refusal, changes: &[Change], declared: &Declared) -> bool {
    let adds = |kinds: &[PartKind]| {
        changes.iter().any(|change| {
            matches!(change, Change::Part { kind, change: PartChange::Add, .. } if kinds.contains(kind))
        })
    };
    let is_checked = changes.iter().any(|change| {
        matches!(
            change,
            Change::Type {
                change: TypeChange::AddCheck(_) | TypeChange::RemakeDomain { .. },
                ..
            } | Change::Column {
                change: ColumnChange::Retype { .. },
                ..
            }
        )
    });
    match refusal.code.as_str() {
        // NULL was a value, and rows hold it.
        "23514" if declared.done.contains(&"require a value") => true,
        "23514" => is_checked || adds(&[PartKind::Check]),
        "23505" => adds(&[PartKind::Key, PartKind::Unique, PartKind::UniqueIndex]),
        "23P01" => adds(&[PartKind::Exclusion]),
        "23503" => adds(&[PartKind::ForeignKey]),
        _ => false,
    }
}
