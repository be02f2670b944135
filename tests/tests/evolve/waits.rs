//! How long a reader and a writer wait while each file of a migration runs over many rows, beside what its plan says.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use synctable_codegen::ledger::Entry;
use synctable_codegen::model::Model;
use synctable_codegen::read_texts;
use synctable_codegen::targets::postgres::evolve::{Evolution, Files, LockMode, Work};
use tests::applied::applied;
use tests::postgres::{Database, OWNER};

use crate::evolve::{locks, run};

/// How many rows the table has.
fn rows() -> u64 {
    match tests::long() {
        true => 1_000_000,
        false => 20_000,
    }
}

/// Longer than anything waits that is told to wait for an instant, on a busy machine.
const INSTANT: Duration = Duration::from_millis(750);

const DECLARED: &str = "synctable: 1
app: notes
postgres: {roles: {owner: OWNER}}
enums:
  state: [open, done]
  shelf: {labels: [low, high], storage: check}
tables:
  books:
    sync: none
    columns:
      id: {kind: int, key: true}
  notes:
    sync: none
    columns:
      id: {kind: int, key: true}
      book_id: int
      title: text
      body: {kind: text, nullable: true}
      place: {kind: int, default: 0}
      state: {kind: state, default: open}
      shelf: {kind: shelf, default: low}
";

/// What changes, one migration each: a text of the declaration, and what it becomes.
const CHANGES: &[(&str, &str, &str)] = &[
    (
        "add a column with a default",
        "      title: text\n",
        "      title: text\n      stars: {kind: int, default: 3}\n",
    ),
    ("add an index", "\n  books:", "\n  books:"),
    (
        "add a unique",
        "title: text",
        "title: {kind: text, unique: reject}",
    ),
    (
        "add a check",
        "place: {kind: int, default: 0}",
        "place: {kind: int, default: 0, check: place >= 0}",
    ),
    (
        "add a foreign key",
        "book_id: int",
        "book_id: {kind: int, references: books.id}",
    ),
    (
        "require a value with a backfill",
        "body: {kind: text, nullable: true}",
        "body: {kind: text, backfill: upper(title)}",
    ),
    (
        "replace a label of a text",
        "{labels: [low, high], storage: check}",
        "{labels: [low, top], storage: check, replaced: {high: top}}",
    ),
    (
        "replace a label of a type",
        "[open, done]",
        "{labels: [open, closed], replaced: {done: closed}}",
    ),
    (
        "change a type",
        "place: {kind: int,",
        "place: {kind: bigint,",
    ),
    (
        "rename a column",
        "body: {kind: text, backfill: upper(title)}",
        "content: {kind: text, was: body}",
    ),
];

fn model(text: &str) -> Model {
    let text = text.replace("OWNER", OWNER);
    let reading = read_texts(vec![("app.yaml".to_owned(), text.clone())]);
    let diagnostics = reading.diagnostics;
    reading
        .model
        .filter(|_| diagnostics.is_empty())
        .unwrap_or_else(|| panic!("{diagnostics:?}\n{text}"))
}

/// The longest that a statement took while something else ran.
#[derive(Default)]
struct Longest(AtomicU64);

impl Longest {
    fn watch(&self, database: &Database<'_>, sql: &str, is_over: &AtomicBool) {
        let mut client = database.superuser();
        while !is_over.load(Ordering::Relaxed) {
            let began = Instant::now();
            client.batch_execute(sql).expect("it may");
            let took = u64::try_from(began.elapsed().as_millis()).expect("it is over");
            self.0.fetch_max(took, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn told(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// How long a file took, and the reader and the writer with the longest wait.
struct Took {
    file: Duration,
    reader: Duration,
    writer: Duration,
}

fn run_file(database: &Database<'_>, entry: &Entry) -> Took {
    let is_over = AtomicBool::new(false);
    let (reader, writer) = (Longest::default(), Longest::default());
    let mut owner = database.owner();
    let file = std::thread::scope(|scope| {
        scope.spawn(|| reader.watch(database, "select 1 from public.notes limit 1", &is_over));
        // It takes the lock of a writer, and no row that the migration updates.
        let write = "update public.notes set id = id where false";
        scope.spawn(|| writer.watch(database, write, &is_over));
        std::thread::sleep(Duration::from_millis(20));
        let began = Instant::now();
        let result = owner.batch_execute(&entry.sql);
        let took = began.elapsed();
        is_over.store(true, Ordering::Relaxed);
        result.unwrap_or_else(|error| panic!("{error:?}\n{}", entry.sql));
        took
    });
    Took {
        file,
        reader: reader.told(),
        writer: writer.told(),
    }
}

/// Whether a plan says that readers, or writers, wait for longer than an instant.
fn says(evolution: &Evolution, waits: impl Fn(LockMode) -> bool) -> bool {
    let all = evolution.waits();
    all.iter()
        .any(|wait| wait.table.name == "notes" && waits(wait.mode) && wait.work > Work::Instant)
}

#[test]
fn nobody_waits_for_longer_than_the_plan_says() {
    let mut text = DECLARED.to_owned();
    let before = model(&text);
    let database = applied("waits", &before);
    let rows = rows();
    let mut superuser = database.superuser();
    superuser
        .batch_execute(&format!(
            "insert into public.books (id) select generate_series(1, 10);
             insert into public.notes (id, book_id, title, state, shelf)
             select n, n % 10 + 1, 'title ' || n,
                (case n % 2 when 0 then 'open' else 'done' end)::public.state,
                case n % 3 when 0 then 'high' else 'low' end
             from generate_series(1, {rows}) n;"
        ))
        .expect("rows that fit");
    superuser.batch_execute("vacuum analyze").expect("it may");
    let (mut files, mut ledger) = run::started(&before);
    let mut wrong = Vec::new();
    let mut was_long = false;
    for (number, (what, from, to)) in CHANGES.iter().enumerate() {
        text = match *what {
            "add an index" => text.clone() + "    indexes: {by_place: [place, id]}\n",
            _ => text.replacen(from, to, 1),
        };
        let after = model(&text);
        let at = format!("20260202{number:02}0000");
        let migrated = run::next_at(&ledger, &after, &[], Files::Online, &at);
        files.extend(run::files(&migrated.expect("it is allowed")));
        ledger = run::read(files.clone());
        let entries: Vec<&Entry> = ledger.entries.iter().collect();
        let first = entries
            .iter()
            .position(|entry| entry.at == at)
            .expect("it is new");
        for pair in entries[first - 1..].windows(2) {
            let model = |entry: &Entry| entry.snapshot.clone().expect("it was generated").model;
            let evolution = locks::evolution(&model(pair[0]), &model(pair[1]), &[], &pair[1].sql);
            let readers_wait = says(&evolution, |mode| mode == LockMode::AccessExclusive);
            let writers_wait = says(&evolution, |mode| mode >= LockMode::Share);
            let took = run_file(&database, pair[1]);
            let name = pair[1].name.trim_start_matches("change");
            println!(
                "| {what} | `…{name}` | {:?} | {:?} | {:?} |",
                took.file, took.reader, took.writer
            );
            for (who, wait, is_told) in [
                ("a reader", took.reader, readers_wait),
                ("a writer", took.writer, writers_wait),
            ] {
                if !is_told && wait > INSTANT {
                    wrong.push(format!("{what}{name}: {who} waited for {wait:?}"));
                }
                // What is measured here would notice a long lock.
                was_long |= is_told && wait * 2 > took.file;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        was_long,
        "a table was written anew, and nobody waited for it"
    );
}
