//! The programs that run migrations take the folder as `migrate` writes it, and `status` reads what they keep of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tests::binary::codegen;
use tests::cases::workspace;
use tests::lost_answer::LostAnswer;
use tests::postgres::{Cluster, Database, OWNER};

/// Runs a program, and gives what it printed.
#[track_caller]
fn runs(command: &mut Command) -> String {
    let output = command.output().expect("the program is there");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{printed}{errors}");
    printed
}

fn asked(folder: &Path, arguments: &[&str]) -> String {
    runs(Command::new(codegen()).args(arguments).current_dir(folder))
}

const APP: &str = "
synctable: 1
app: tasks
targets: {postgres: ../supabase/migrations}
postgres: {roles: {owner: app_owner}}
tables:
  lists:
    sync: both
    columns:
      id: {kind: uuid, key: true, client_default: uuid()}
      owner_id: {kind: uuid, server: auth.user_id()}
      title: {kind: text}
      state: {kind: state}
    conflict: last_upload_wins
    indexes: {by_owner: [owner_id]}
    access: {all: owner_id = auth.user_id()}
enums:
  state: {labels: [open, done], storage: native}
";

/// What changes of it: a label and a required column, both in files of their own, and a unique that is built concurrently.
const EDITS: [(&str, &str); 2] = [
    ("labels: [open, done]", "labels: [open, done, late]"),
    (
        "      state: {kind: state}\n",
        "      state: {kind: state, default: late}\n      place: {kind: int, backfill: length(title)}\n    uniques: {by_place: {on: [owner_id, place], clash: reject}}\n",
    ),
];

/// The first entry, those of [`EDITS`], and one that was written by hand.
const FILES: [&str; 8] = [
    "20260101000000_init.sql",
    "20260102000000_place_labels.sql",
    "20260102000001_place.sql",
    "20260102000002_place_fill.sql",
    "20260102000003_place_index.sql",
    "20260102000004_place_validate.sql",
    "20260102000005_place_finish.sql",
    "20260103000000_count.sql",
];

/// The same for a runner that puts every file into a transaction.
const FOR_REFINERY: [&str; 4] = [
    "V20260101000000__init.sql",
    "V20260102000000__place_labels.sql",
    "V20260102000001__place.sql",
    "V20260103000000__count.sql",
];

/// A project with a ledger of every sort of file; `names` says how they are named.
fn project(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::create_dir(path.join("schema")).expect("a folder");
    let app = path.join("schema/app.yaml");
    fs::write(&app, APP).expect("it is written");
    asked(path, &["generate"]);
    let init = ["migrate", "--name", "init", "--at", "20260101000000"];
    asked(path, &[&init, names].concat());
    let mut text = APP.to_owned();
    for (from, to) in EDITS {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    fs::write(&app, text).expect("it is written");
    asked(
        path,
        &["migrate", "--name", "place", "--at", "20260102000000"],
    );
    let by_hand = [
        "migrate",
        "--empty",
        "--name",
        "count",
        "--at",
        "20260103000000",
    ];
    asked(path, &by_hand);
    let path = migrations(path).join(files(path).last().expect("it is there"));
    let text = fs::read_to_string(&path).expect("it is there");
    let sql = "update public.lists set title = title || '; done' where state = 'done';\n";
    fs::write(&path, text + sql).expect("it is written");
    asked(folder.path(), &["migrate", "--seal"]);
    folder
}

/// The entries, in the order of their names.
fn files(folder: &Path) -> Vec<String> {
    let is_entry = |name: &String| name.ends_with(".sql") && name.contains('_');
    let mut files: Vec<String> = fs::read_dir(migrations(folder))
        .expect("the ledger")
        .filter_map(|entry| entry.expect("a file").file_name().into_string().ok())
        .filter(is_entry)
        .collect();
    files.sort();
    files
}

fn migrations(folder: &Path) -> PathBuf {
    folder.join("supabase/migrations")
}

/// A database in which setup ran; whoever connects acts as the owner.
fn database(folder: &Path) -> Database<'static> {
    let database = Cluster::shared().database("runners");
    let setup = fs::read_to_string(migrations(folder).join("setup.sql")).expect("setup");
    database.apply_setup(&setup).expect("setup");
    let name = database.name();
    database
        .superuser()
        .batch_execute(&format!(
            "alter role postgres in database {name} set role = '{OWNER}'"
        ))
        .expect("a setting");
    database
}

const ROWS: &str = "
    insert into public.lists (id, owner_id, title, state) values
        ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000009', 'Shop', 'open'),
        ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000009', 'Garden', 'done')";

/// Lets a runner run the first entry, and the later ones on a database with rows; asks `status` before and after.
fn is_run(folder: &Path, runner: &str, run: impl Fn(&Path, &str)) {
    let database = database(folder);
    let url = database.url(None);
    let aside = tempfile::tempdir().expect("a folder");
    let ledger = migrations(folder);
    let all = files(folder);
    for file in &all[1..] {
        fs::rename(ledger.join(file), aside.path().join(file)).expect("it is there");
    }
    run(folder, &url);
    for file in &all[1..] {
        fs::rename(aside.path().join(file), ledger.join(file)).expect("it comes back");
    }
    database.superuser().batch_execute(ROWS).expect("rows");
    let states = || -> Vec<String> {
        let printed = asked(folder, &["status", "--database-url", &url]);
        let from = format!("the database's states come from the table of {runner}\n");
        assert!(runner == "psql" || printed.contains(&from), "{printed}");
        let lines = printed.lines().take(all.len());
        let word = |line: &str| line.rsplit("  ").next().map(str::to_owned);
        lines.filter_map(word).collect()
    };
    let mut half = vec!["pending"; all.len()];
    half[0] = "applied";
    assert_eq!(states(), half, "{runner}");
    run(folder, &url);
    let mut whole = vec!["applied"; all.len()];
    match runner {
        // A catalog does not show what was written by hand.
        "psql" => whole[all.len() - 1] = "not known",
        // What ran once does not run again.
        _ => run(folder, &url),
    }
    assert_eq!(states(), whole, "{runner}");
    let mut superuser = database.superuser();
    let rows = superuser
        .query(
            "select title, place, state::text from public.lists order by place",
            &[],
        )
        .expect("the lists");
    let rows: Vec<(String, i32, String)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let row = |title: &str, place, state: &str| (title.to_owned(), place, state.to_owned());
    assert_eq!(
        rows,
        [row("Shop", 4, "open"), row("Garden; done", 6, "done")],
        "{runner}"
    );
    let owner = superuser
        .query_one(
            "select tableowner from pg_tables where tablename = 'lists'",
            &[],
        )
        .expect("the table");
    assert_eq!(owner.get::<_, &str>(0), OWNER, "{runner}");
}

/// Runs what docs/evolve.md says, for the files that are there and did not run.
fn psql(folder: &Path, url: &str) {
    let all = files(folder);
    let later = usize::from(all.len() > 1);
    for file in &all[later..] {
        let path = migrations(folder).join(file);
        let text = fs::read_to_string(&path).expect("it is there");
        let mut command = Command::new("psql");
        command.args([url, "-X", "-q", "-v", "ON_ERROR_STOP=1"]);
        if !text.starts_with("-- no-transaction\n") {
            command.arg("-1");
        }
        runs(command.arg("-f").arg(&path));
    }
}

fn supabase(folder: &Path, url: &str) -> Command {
    let program = workspace().join("tests/runners/node_modules/.bin/supabase");
    assert!(
        program.exists(),
        "tests/runners/node_modules is missing: run ./test.sh, or `npm install --no-package-lock` in tests/runners"
    );
    let remote = format!("--remote={url}");
    let mut command = Command::new(program);
    command
        .args(["migration", "up", "--yes", &remote])
        .current_dir(folder)
        .env("HOME", folder)
        .env("DO_NOT_TRACK", "1")
        .env("PGSSLMODE", "disable");
    command
}

/// The program of `tests/runners`, with the libraries of sqlx and refinery in it.
fn library(runner: &str, folder: &Path, url: &str) -> Command {
    let package = workspace().join("tests/runners");
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(workspace().join("target/runners"))
        .args(["--", runner, url])
        .arg(migrations(folder));
    command
}

#[test]
fn runners_take_the_folder_as_it_is_and_status_reads_what_they_keep() {
    let folder = project(&[]);
    let folder = folder.path();
    assert_eq!(files(folder), FILES);
    is_run(folder, "psql", psql);
    is_run(folder, "the Supabase CLI", |folder, url| {
        runs(&mut supabase(folder, url));
    });
    // Its library takes a minute to compile.
    if tests::long() {
        is_run(folder, "sqlx", |folder, url| {
            runs(&mut library("sqlx", folder, url));
        });
    }
}

/// What the program of a runner says where its connection is lost.
fn fails(command: &mut Command) -> String {
    let output = command.output().expect("the program is there");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{command:?}\n{told}");
    told
}

/// The answer to one commit is lost, after the client has sent the marker; then the runner runs again.
fn loses_an_answer(folder: &Path, marker: &'static str, of: &dyn Fn(&Path, &str) -> Command) {
    let database = database(folder);
    let (url, ledger, all) = (database.url(None), migrations(folder), files(folder));
    let aside = tempfile::tempdir().expect("a folder");
    let moved = |from: &Path, to: &Path, files: &[String]| {
        for file in files {
            fs::rename(from.join(file), to.join(file)).expect("it is there");
        }
    };
    moved(&ledger, aside.path(), &all[1..]);
    runs(&mut of(folder, &url));
    database.superuser().batch_execute(ROWS).expect("rows");
    for (at, file) in all.iter().enumerate().skip(1) {
        moved(aside.path(), &ledger, &all[at..=at]);
        let text = fs::read_to_string(ledger.join(file)).expect("it is there");
        let is_alone = text.starts_with("-- no-transaction\n");
        let proxy = LostAnswer::after(if is_alone { "concurrently" } else { marker });
        let told = fails(&mut of(folder, &proxy.url(&database, "postgres")));
        assert_eq!(proxy.lost(), 1, "{file}: {told}");
        if is_alone {
            // The index is there, and the runner has not recorded it.
            let told = fails(&mut of(folder, &url));
            assert!(told.contains("already exists"), "{told}");
            let drop = text.lines().find_map(|line| line.strip_prefix("--   drop"));
            let drop = format!("drop{}", drop.expect("the file says what to do"));
            database.apply(&drop).expect("the owner may");
        } else {
            moved(aside.path(), &ledger, &all[at + 1..]);
            let printed = asked(folder, &["status", "--database-url", &url]);
            let states = printed.lines().map(|line| line.rsplit("  ").next());
            let applied = states.take_while(|state| *state == Some("applied")).count();
            assert_eq!(applied, at + 1, "{file}: {printed}");
            moved(&ledger, aside.path(), &all[at + 1..]);
        }
        // What ran does not run again.
        runs(&mut of(folder, &url));
    }
    let title = "select title from public.lists where state = 'done'";
    let row = database.superuser().query_one(title, &[]).expect("a row");
    assert_eq!(row.get::<_, &str>(0), "Garden; done", "it ran once");
}

#[test]
fn a_runner_whose_commit_is_not_answered_goes_on_where_it_was() {
    let folder = project(&[]);
    let folder = folder.path();
    loses_an_answer(folder, "schema_migrations(", &supabase);
    if tests::long() {
        loses_an_answer(folder, "INSERT INTO _sqlx_migrations", &|folder, url| {
            library("sqlx", folder, url)
        });
    }
}

#[test]
fn refinery_takes_a_folder_with_its_names() {
    let folder = project(&["--names", "refinery"]);
    let folder = folder.path();
    assert_eq!(files(folder), FOR_REFINERY);
    is_run(folder, "psql", psql);
    if tests::long() {
        is_run(folder, "refinery", |folder, url| {
            runs(&mut library("refinery", folder, url));
        });
    }
}

#[test]
fn the_names_of_a_ledger_are_of_one_form() {
    let folder = project(&[]);
    let refused = |name: &str, more: &[&str]| {
        let arguments = [&["migrate", "--empty", "--name", name], more].concat();
        let output = Command::new(codegen())
            .args(&arguments)
            .current_dir(folder.path())
            .output()
            .expect("the program runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("error[D018]"), "{told}");
    };
    refused("more", &["--names", "refinery"]);
    refused("__more", &[]);
    assert_eq!(files(folder.path()), FILES);
}
