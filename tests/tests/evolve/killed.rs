//! Migrations whose connection is gone half-way, and rows that come while one runs: what the documents say to do leads to
//! the end.

use std::process::Command;
use std::time::Duration;

use ::postgres::Client;
use synctable_codegen::ledger::{self, State};
use synctable_codegen::model::Model;
use synctable_codegen::targets::postgres::evolve::Files;
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::lost_answer::LostAnswer;
use tests::postgres::{Database, OWNER, Refusal};

use crate::evolve::run;

/// Cases with every file that a migration can have.
const CASES: &[&str] = &[
    "a_column_becomes_required_with_a_backfill",
    "a_foreign_key_comes",
    "a_label_comes_and_is_the_default",
    "a_label_is_replaced",
    "a_label_of_text_is_replaced",
    "a_table_goes",
    "a_text_becomes_a_number_by_a_cast",
    "a_unique_comes",
    "several_changes_at_once",
];

/// A case whose first entry has run.
struct Begun {
    database: Database<'static>,
    before: Model,
    after: Model,
    ledger: ledger::Ledger,
    had: run::Rows,
}

impl Begun {
    fn new(name: &str) -> Begun {
        let folder = workspace().join("tests/cases/evolve").join(name);
        let (before, after) = (
            model_of(&folder.join("before")),
            model_of(&folder.join("after")),
        );
        let allowed = std::fs::read_to_string(folder.join("allow.txt")).unwrap_or_default();
        let allowed: Vec<String> = allowed.lines().map(str::to_owned).collect();
        let (mut files, ledger) = run::started(&before);
        let migrated = run::next(&ledger, &after, &allowed, Files::Online).expect("it is allowed");
        files.extend(run::files(&migrated));
        let database = applied("killed", &before);
        let rows = std::fs::read_to_string(folder.join("rows.sql")).unwrap_or_default();
        database.apply(&rows).expect("rows that fit");
        database.apply_setup(&run::setup(&after)).expect("setup");
        let had = run::rows(&mut database.superuser(), &before);
        Begun {
            ledger: run::read(files),
            database,
            before,
            after,
            had,
        }
    }

    /// How many entries the database has run, as `status` tells it.
    fn status(&self) -> usize {
        let mut client = self.database.superuser();
        let mut transaction = client.transaction().expect("it begins");
        let told = ledger::applied(&mut transaction, &self.ledger).expect("it is readable");
        assert_eq!(told.differences, [], "a snapshot fits");
        let states = told.states.iter();
        states.take_while(|state| **state == State::Applied).count()
    }

    /// Whether everything is as it was asked for.
    fn is_at_the_end(&self) {
        let mut client = self.database.superuser();
        let mut transaction = client.transaction().expect("it begins");
        assert_eq!(run::differences(&mut transaction, &self.after), [""; 0]);
        let have = run::rows(&mut transaction, &self.after);
        assert_eq!(
            run::lost(&self.before, &self.after, &self.had, &have),
            [""; 0]
        );
    }
}

/// The statements of a file.
fn statements(sql: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in sql.lines().filter(|line| !line.starts_with("--")) {
        let one = found.last_mut().expect("there is one");
        one.push_str(line);
        one.push('\n');
        let is_whole = one.matches('\'').count() % 2 == 0
            && one.matches("$$").count() % 2 == 0
            && (!one.contains("begin atomic") || line == "end;");
        if line.ends_with(';') && is_whole {
            found.push(String::new());
        }
    }
    found.retain(|one| !one.trim().is_empty());
    found
}

/// Ends a connection, as an administrator or a restart does.
fn kill(database: &Database<'_>, pid: i32) {
    let mut superuser = database.superuser();
    superuser
        .execute("select pg_terminate_backend($1, 10000)", &[&pid])
        .expect("a superuser may");
}

fn pid(client: &mut Client) -> i32 {
    let row = client.query_one("select pg_backend_pid()", &[]);
    row.expect("it is known").get(0)
}

#[test]
fn a_migration_that_is_killed_at_any_statement_runs_again() {
    let mut killed = 0;
    for name in CASES {
        let begun = Begun::new(name);
        for (index, entry) in begun.ledger.entries.iter().enumerate().skip(1) {
            if !entry.sql.starts_with("-- no-transaction\n") {
                let before = begun.status();
                let all = statements(&entry.sql);
                for last in 1..=all.len() {
                    let mut owner = begun.database.owner();
                    let pid = pid(&mut owner);
                    owner.batch_execute("begin").expect("it begins");
                    for one in &all[..last] {
                        owner
                            .batch_execute(one)
                            .unwrap_or_else(|error| panic!("{name}: {one}: {error:?}"));
                    }
                    kill(&begun.database, pid);
                    assert!(owner.batch_execute("commit").is_err(), "it is gone");
                    killed += 1;
                }
                assert_eq!(begun.status(), before, "{name}: {}", entry.name);
            }
            begun
                .database
                .apply(&entry.sql)
                .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            // What only sends rows leaves no trace in the catalog.
            if !entry.name.ends_with("_touch") {
                assert!(begun.status() > index, "{name}: {}", entry.name);
            }
        }
        begun.is_at_the_end();
    }
    assert!(killed > 100, "{killed}");
}

/// Runs a file as docs/evolve.md says.
///
/// # Errors
///
/// What psql says where it fails.
fn psql(url: &str, sql: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("migration.sql");
    std::fs::write(&file, sql).expect("it is written");
    let mut command = Command::new("psql");
    command
        .args([url, "-X", "-q", "-v", "ON_ERROR_STOP=1"])
        .env("PGOPTIONS", format!("-c role={OWNER}"));
    if !ledger::runs_alone(sql) {
        command.arg("-1");
    }
    let output = command.arg("-f").arg(&file).output().expect("psql runs");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// psql fails though the file has run: `status` says so, and running it again changes nothing that counts.
#[test]
fn a_commit_whose_answer_is_lost_has_run() {
    let (mut refused, mut repeated) = (0, 0);
    for name in CASES {
        let begun = Begun::new(name);
        let straight = begun.database.url(None);
        for (index, entry) in begun.ledger.entries.iter().enumerate().skip(1) {
            let proxy = LostAnswer::after(match ledger::runs_alone(&entry.sql) {
                true => "create ",
                false => "COMMIT",
            });
            let url = proxy.url(&begun.database, "postgres");
            let told = psql(&url, &entry.sql).expect_err("psql hears of no commit");
            assert_eq!(proxy.lost(), 1, "{name}: {}: {told}", entry.name);
            let leaves_a_trace = !entry.name.ends_with("_touch");
            let ran = begun.status();
            assert!(ran > index || !leaves_a_trace, "{name}: {}", entry.name);
            match psql(&straight, &entry.sql) {
                Ok(()) => repeated += 1,
                Err(_) => refused += 1,
            }
            assert_eq!(begun.status(), ran, "{name}: {}", entry.name);
        }
        begun.is_at_the_end();
    }
    assert!(refused > 5 && repeated > 5, "{refused}, {repeated}");
}

/// Postgres keeps an index that it did not finish, and does not use it.
#[test]
fn an_index_that_is_killed_is_dropped_and_built_again() {
    // Whom it waits for: a writer before rows are read, a reader with an old snapshot at the end.
    for blocker in [
        "begin; update public.books set title = title",
        "begin isolation level repeatable read; select * from public.notes",
    ] {
        let begun = Begun::new("a_unique_comes");
        let mut entries = begun.ledger.entries.iter().skip(1).peekable();
        while let Some(entry) = entries.next_if(|entry| !entry.sql.starts_with("-- no-")) {
            begun.database.apply(&entry.sql).expect("it runs");
        }
        let build = entries.next().expect("an index is built");
        let before = begun.status();
        let mut other = begun.database.superuser();
        other.batch_execute(blocker).expect("it may");
        let mut owner = begun.database.owner();
        let pid = pid(&mut owner);
        std::thread::scope(|scope| {
            let building = scope.spawn(move || owner.batch_execute(&build.sql));
            let mut superuser = begun.database.superuser();
            let waits =
                "select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'";
            while superuser
                .query(waits, &[&pid])
                .expect("it is known")
                .is_empty()
            {
                assert!(!building.is_finished(), "it waits for nobody: {blocker}");
                std::thread::sleep(Duration::from_millis(5));
            }
            kill(&begun.database, pid);
            assert!(building.join().expect("no panic").is_err(), "it is gone");
        });
        other.batch_execute("rollback").expect("it ends");
        // It is as if the file had not run, but for the name that is taken.
        assert_eq!(begun.status(), before, "{blocker}");
        let mut owner = begun.database.owner();
        let error = owner
            .batch_execute(&build.sql)
            .expect_err("the name is taken");
        assert_eq!(Refusal::new(&error, &build.sql).code, "42P07");
        let drop = build
            .sql
            .lines()
            .find_map(|line| line.strip_prefix("--   drop index"));
        let drop = drop.expect("the file says what to do");
        owner
            .batch_execute(&format!("drop index{drop}"))
            .expect("it is there");
        owner.batch_execute(&build.sql).expect("it runs again");
        for entry in entries {
            begun.database.apply(&entry.sql).expect("it runs");
        }
        begun.is_at_the_end();
    }
}

/// The rows come after the `update` of a file, and before it adds the check that refuses them.
#[test]
fn rows_that_come_while_others_are_filled_stop_nothing() {
    let columns = "insert into public.notes (id, book_id, title, edited_at";
    let values = "values ('00000000-0000-4000-8000-000000000099', '00000000-0000-4000-8000-000000000001', 'Late', now()";
    for (name, row, wanted) in [
        (
            "a_column_becomes_required_with_a_backfill",
            format!("{columns}) {values})"),
            "body = 'LATE'",
        ),
        (
            "a_label_of_text_is_replaced",
            format!("{columns}, state, marks) {values}, 'done', array['done', 'open'])"),
            "state = 'closed' and marks = array['closed', 'open']",
        ),
        (
            "two_columns_become_required_with_a_backfill",
            format!("{columns}, place) {values}, null)"),
            "body = 'LATE' and place = 4",
        ),
    ] {
        let begun = Begun::new(name);
        let mut came = 0;
        for entry in begun.ledger.entries.iter().skip(1) {
            let mut owner = begun.database.owner();
            let mut transaction = owner.transaction().expect("it begins");
            let all = statements(&entry.sql);
            let last = all
                .iter()
                .rposition(|one| one.trim_start().starts_with("update "));
            for (index, one) in all.iter().enumerate() {
                transaction
                    .batch_execute(one)
                    .unwrap_or_else(|error| panic!("{name}: {one}: {error:?}"));
                if entry.name == "change_fill" && Some(index) == last {
                    begun
                        .database
                        .superuser()
                        .batch_execute(&row)
                        .expect("nobody waits");
                    came += 1;
                }
            }
            transaction.commit().expect("it ends");
        }
        assert_eq!(came, 1, "{name}");
        let mut superuser = begun.database.superuser();
        let found = superuser.query(
            &format!("select 1 from public.notes where title = 'Late' and {wanted}"),
            &[],
        );
        assert_eq!(found.expect("it is readable").len(), 1, "{name}");
        let mut transaction = superuser.transaction().expect("it begins");
        assert_eq!(run::differences(&mut transaction, &begun.after), [""; 0]);
    }
}
