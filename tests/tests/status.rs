//! What `status` says of a real database: by the table of a runner, or by the catalog where there is none.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha384};
use tempfile::TempDir;
use tests::binary::codegen;
use tests::postgres::{Cluster, Database, OWNER};

/// Runs the program, and gives its exit code and what it printed.
#[track_caller]
fn runs(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = Command::new(codegen())
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}\n{printed}{errors}"
    );
    printed + &errors
}

fn edit(folder: &Path, from: &str, to: &str) {
    let app = folder.join("schema/app.yaml");
    let text = fs::read_to_string(&app).expect("the declaration");
    assert!(text.contains(from), "{from}");
    fs::write(&app, text.replacen(from, to, 1)).expect("it is written");
}

const DONE: &str = "      done: {";

/// An app without entries.
fn started() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    runs(path, &["init"], 0);
    let owner = format!("postgres: {{roles: {{owner: {OWNER}}}}}\nscopes:\n");
    edit(path, "scopes:\n", &owner);
    folder
}

/// An app with three entries, the second one written by hand.
fn project() -> TempDir {
    let folder = started();
    let path = folder.path();
    let migrate = |arguments: &[&str]| runs(path, &[&["migrate"], arguments].concat(), 0);
    migrate(&["--name", "init", "--at", "20260101000000"]);
    migrate(&["--empty", "--name", "fill", "--at", "20260102000000"]);
    edit(
        path,
        DONE,
        "      note: {kind: text, nullable: true}\n      done: {",
    );
    migrate(&["--name", "note", "--at", "20260103000000"]);
    runs(path, &["generate"], 0);
    folder
}

const FILES: [&str; 3] = [
    "20260101000000_init.sql",
    "20260102000000_fill.sql",
    "20260103000000_note.sql",
];

fn sql(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join("migrations").join(file)).expect("it is there")
}

/// A database in which setup ran.
fn database(folder: &Path) -> Database<'static> {
    let database = Cluster::shared().database("status");
    database
        .apply_setup(&sql(folder, "setup.sql"))
        .expect("setup");
    database
}

/// The states of the entries, by the report for programs.
#[track_caller]
fn states(folder: &Path, database: &Database<'_>, code: i32) -> (Vec<String>, Value) {
    let url = database.url(None);
    let asked = ["status", "--format", "json", "--database-url", &url];
    let report: Value = serde_json::from_str(&runs(folder, &asked, code)).expect("JSON");
    let entries = report["entries"].as_array().expect("a list");
    let states = entries.iter().map(|entry| match &entry["database"] {
        Value::String(state) => state.clone(),
        other => other.to_string(),
    });
    (states.collect(), report["database"].clone())
}

#[test]
fn without_a_runner_the_catalog_tells() {
    let folder = project();
    let folder = folder.path();
    let database = database(folder);
    // A table of somebody else does not matter.
    database
        .apply("create table public.others (id int)")
        .expect("a table");
    assert_eq!(
        states(folder, &database, 0).0,
        ["pending", "pending", "pending"]
    );
    database.apply("drop table public.others").expect("it goes");
    database.apply(&sql(folder, FILES[0])).expect("the first");
    assert_eq!(
        states(folder, &database, 0).0,
        ["applied", "not known", "pending"]
    );
    for file in &FILES[1..] {
        database.apply(&sql(folder, file)).expect("the others");
    }
    assert_eq!(
        states(folder, &database, 0).0,
        ["applied", "applied", "applied"]
    );
    let url = database.url(None);
    let said = runs(folder, &["status", "--database-url", &url], 0);
    assert!(
        said.contains("20260102000000_fill.sql  by hand    whole  not released  applied\n"),
        "{said}"
    );
    database
        .apply("alter table public.items add column strange int")
        .expect("a column");
    let (nothing, told) = states(folder, &database, 5);
    assert_eq!(nothing, ["null", "null", "null"]);
    assert!(told.to_string().contains("strange"), "{told}");
}

/// A table that only the server writes, and one that callers write.
const SEEDED: &str = "tables:
  roles:
    sync: down
    columns: {id: {kind: int, key: true}, name: text}
    access: {read: public}
    seeds:
      - {id: 1, name: admin}
  sizes:
    sync: both
    conflict: last_upload_wins
    columns: {id: {kind: uuid, key: true}, code: text}
    access: {all: public}
    seeds:
      - {id: 0192f0c1-7a3b-7cde-8f01-000000000001, code: s}
";

/// Two entries leave the same catalog; the rows tell which of them has run.
#[test]
fn rows_that_differ_from_the_seeds_are_told() {
    let folder = started();
    let folder = folder.path();
    edit(folder, "tables:\n", SEEDED);
    let migrate = |name: &str, at: &str| {
        runs(folder, &["migrate", "--name", name, "--at", at], 0);
    };
    migrate("init", "20260101000000");
    let admin = "      - {id: 1, name: admin}\n";
    edit(
        folder,
        admin,
        &format!("{admin}      - {{id: 2, name: reader}}\n"),
    );
    migrate("reader", "20260102000000");
    runs(folder, &["generate"], 0);
    let database = database(folder);
    database
        .apply(&sql(folder, "20260101000000_init.sql"))
        .expect("the first");
    assert_eq!(states(folder, &database, 0).0, ["applied", "pending"]);
    database
        .apply(&sql(folder, "20260102000000_reader.sql"))
        .expect("the second");
    let (found, told) = states(folder, &database, 0);
    assert_eq!(found, ["applied", "applied"]);
    let nothing = serde_json::json!({"differing": [], "of_callers": [], "hidden": []});
    assert_eq!(told["seeds"], nothing);

    // Callers may change sizes, and a row without their edit is not drift.
    database
        .apply("update public.sizes set code = 'm'")
        .expect("a row of a caller");
    let (found, told) = states(folder, &database, 0);
    assert_eq!(found, ["applied", "applied"]);
    let size =
        "table public.sizes, seed 0192f0c1-7a3b-7cde-8f01-000000000001: the row differs in code";
    assert_eq!(told["seeds"]["of_callers"], serde_json::json!([size]));

    database
        .apply("update public.roles set name = 'other' where id = 1")
        .expect("a row");
    let role = "table public.roles, seed 1: the row differs in name";
    let url = database.url(None);
    let said = runs(folder, &["status", "--database-url", &url], 5);
    let listed =
        format!("rows differ from the seeds of the newest migration that has run:\n  {role}\n");
    assert!(said.contains(&listed), "{said}");

    // A caller is bound by the policies, and does not see all rows.
    let url = database.url(Some("authenticated"));
    let said = runs(folder, &["status", "--database-url", &url], 0);
    let hidden = "seeds that were not compared:\n  table public.roles, seeds: this user does not see all rows\n";
    assert!(said.contains(hidden), "{said}");

    // A runner's table says what has run, and rows are compared too.
    database
        .superuser()
        .batch_execute(
            "create table refinery_schema_history (version int8, checksum text);
             insert into refinery_schema_history values (20260101000000, '1'), (20260102000000, '2')",
        )
        .expect("the table");
    let (found, told) = states(folder, &database, 5);
    assert_eq!(found, ["applied", "applied"]);
    assert_eq!(told["seeds"]["differing"], serde_json::json!([role]));
}

#[test]
fn the_table_of_a_runner_tells_and_another_text_is_noticed() {
    let folder = project();
    let folder = folder.path();
    let database = database(folder);
    let mut superuser = database.superuser();
    superuser
        .batch_execute(
            "create schema supabase_migrations;
             create table supabase_migrations.schema_migrations (version text primary key, name text, statements text[])",
        )
        .expect("the table");
    let insert = "insert into supabase_migrations.schema_migrations values ($1, null, $2)";
    // As the Supabase CLI keeps them: one statement each, without comments in front and the `;`.
    let statements = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with("--"));
        let text = lines.collect::<Vec<_>>().join("\n");
        vec![text.trim().trim_end_matches(';').to_owned()]
    };
    let first = statements(&sql(folder, FILES[0]));
    superuser
        .execute(insert, &[&"20260101000000", &first])
        .expect("a row");
    let (found, told) = states(folder, &database, 0);
    assert_eq!(found, ["applied", "pending", "pending"]);
    assert_eq!(told["runner"], "the Supabase CLI");
    let other = vec!["select 1".to_owned()];
    for version in ["20260103000000", "20251231000000"] {
        superuser
            .execute(insert, &[&version, &other])
            .expect("a row");
    }
    let (found, told) = states(folder, &database, 5);
    assert_eq!(found, ["applied", "pending", "applied with another text"]);
    assert_eq!(told["unknown"], serde_json::json!(["20251231000000"]));
    superuser
        .batch_execute("drop schema supabase_migrations cascade")
        .expect("it goes");

    superuser
        .batch_execute(
            "create table _sqlx_migrations (version bigint primary key, description text, success boolean, checksum bytea)",
        )
        .expect("the table");
    let hash = |text: &str| Sha384::digest(text.as_bytes()).to_vec();
    let insert = "insert into _sqlx_migrations values ($1, '', $2, $3)";
    for (version, success, hash) in [
        (20_260_101_000_000_i64, true, hash(&sql(folder, FILES[0]))),
        (20_260_102_000_000, true, hash("select 1;\n")),
        (20_260_103_000_000, false, hash(&sql(folder, FILES[2]))),
    ] {
        superuser
            .execute(insert, &[&version, &success, &hash])
            .expect("a row");
    }
    let (found, told) = states(folder, &database, 5);
    assert_eq!(found, ["applied", "applied with another text", "failed"]);
    assert_eq!(told["runner"], "sqlx");
    superuser
        .batch_execute("drop table _sqlx_migrations")
        .expect("it goes");

    // Another table of this name is none of refinery's.
    superuser
        .batch_execute("create table refinery_schema_history (version int8)")
        .expect("the table");
    let (_, told) = states(folder, &database, 0);
    assert_eq!(told["runner"], Value::Null);
    superuser
        .batch_execute(
            "alter table refinery_schema_history add column checksum text;
             insert into refinery_schema_history values (20260101000000, '1')",
        )
        .expect("a row");
    let (found, told) = states(folder, &database, 0);
    assert_eq!(found, ["applied", "pending", "pending"]);
    assert_eq!(told["runner"], "refinery");
}

#[test]
fn what_a_database_has_run_is_not_written_anew() {
    let folder = project();
    let folder = folder.path();
    let database = database(folder);
    let url = database.url(None);
    let rewrite = ["migrate", "--rewrite", "--database-url", &url];
    for file in &FILES[..2] {
        database.apply(&sql(folder, file)).expect("it fits");
    }
    let said = runs(folder, &rewrite, 0);
    assert!(
        said.contains("wrote migrations/20260103000000_note.sql"),
        "{said}"
    );

    database.apply(&sql(folder, FILES[2])).expect("it fits");
    let said = runs(folder, &rewrite, 2);
    assert!(
        said.contains("the database has run `20260103000000_note.sql`"),
        "{said}"
    );
    database
        .apply("alter table public.items add column strange int")
        .expect("a column");
    let said = runs(folder, &rewrite, 2);
    assert!(said.contains("the database fits no snapshot"), "{said}");
    let said = runs(
        folder,
        &["migrate", "--name", "x", "--database-url", &url],
        2,
    );
    assert!(said.contains("--plan"), "{said}");
}

#[test]
fn a_database_that_cannot_be_read_is_one_sentence() {
    let folder = project();
    let folder = folder.path();
    for url in [
        "postgres://ann:secret@127.0.0.1:1/app",
        "postgres://ann:secret@127.0.0.1:1/app?sslmode=require",
        "not a url secret",
    ] {
        let told = runs(folder, &["status", "--database-url", url], 3);
        assert!(told.contains("E010") && !told.contains("secret"), "{told}");
    }
}

/// Runs one file as docs/evolve.md says.
#[track_caller]
fn psql(folder: &Path, database: &Database<'_>, file: &str) {
    let url = database.url(Some(OWNER));
    let mut command = Command::new("psql");
    command.args([&url, "-X", "-q", "-v", "ON_ERROR_STOP=1"]);
    if !sql(folder, file).starts_with("-- no-transaction\n") {
        command.arg("-1");
    }
    let output = command
        .arg("-f")
        .arg(folder.join("migrations").join(file))
        .output()
        .expect("psql runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{file}: {errors}");
}

#[test]
fn psql_runs_the_folder_in_the_order_of_its_names() {
    let folder = project();
    let folder = folder.path();
    let database = database(folder);
    let mut files: Vec<String> = fs::read_dir(folder.join("migrations"))
        .expect("the ledger")
        .filter_map(|entry| entry.expect("a file").file_name().into_string().ok())
        .filter(|name| name.starts_with('2') && name.ends_with(".sql"))
        .collect();
    files.sort();
    assert_eq!(files, FILES);
    for file in files {
        psql(folder, &database, &file);
    }
    assert_eq!(
        states(folder, &database, 0).0,
        ["applied", "applied", "applied"]
    );
}

fn git(folder: &Path, arguments: &[&str]) -> bool {
    let settings = [
        "user.name=a",
        "user.email=a@example.org",
        "commit.gpgsign=false",
    ];
    let output = Command::new("git")
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git runs");
    output.status.success()
}

#[test]
fn what_was_rebased_runs_where_the_main_branch_ran_already() {
    let folder = started();
    let folder = folder.path();
    let migrate = |arguments: &[&str]| {
        runs(folder, &["generate"], 0);
        runs(folder, &[&["migrate"], arguments].concat(), 0);
        assert!(git(folder, &["add", "--all", "."]));
        assert!(git(folder, &["commit", "--quiet", "--message", "more"]));
    };
    assert!(git(
        folder,
        &["init", "--quiet", "--initial-branch", "main"]
    ));
    migrate(&["--name", "init", "--at", "20260101000000"]);
    assert!(git(folder, &["checkout", "--quiet", "-b", "notes"]));
    edit(
        folder,
        DONE,
        "      note: {kind: text, nullable: true}\n      done: {",
    );
    migrate(&["--name", "note", "--at", "20260102000000"]);
    let fill = "20260102000001_fill.sql";
    let empty = [
        "migrate",
        "--empty",
        "--name",
        "fill",
        "--at",
        "20260102000001",
    ];
    runs(folder, &empty, 0);
    let text = sql(folder, fill) + "update public.items set note = 'none' where note is null;\n";
    fs::write(folder.join("migrations").join(fill), text).expect("it is written");
    runs(folder, &["migrate", "--seal"], 0);
    edit(
        folder,
        "note: {kind: text, nullable: true}",
        "note: {kind: text}",
    );
    migrate(&["--name", "require", "--at", "20260102000002"]);
    assert!(git(folder, &["checkout", "--quiet", "main"]));
    let title = "      title: {kind: text, check: \"length(title) between 1 and 200\"}\n";
    edit(
        folder,
        title,
        &format!("{title}      color: {{kind: text, nullable: true}}\n"),
    );
    migrate(&["--name", "color", "--at", "20260103000000"]);

    let database = database(folder);
    for file in ["20260101000000_init.sql", "20260103000000_color.sql"] {
        psql(folder, &database, file);
    }
    let mut superuser = database.superuser();
    superuser
        .batch_execute(
            "insert into auth.users (id) values ('00000000-0000-4000-8000-000000000002');
             insert into public.lists (id, owner_id, title)
             values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', 'a');
             insert into public.items (id, list_id, title)
             values ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', 'b')",
        )
        .expect("rows");

    assert!(git(folder, &["checkout", "--quiet", "notes"]));
    assert!(!git(folder, &["merge", "--quiet", "main"]), "a conflict");
    runs(
        folder,
        &["migrate", "--rebase", "--at", "20260104000000"],
        0,
    );
    runs(folder, &["generate"], 0);
    runs(folder, &["check"], 0);
    for file in [
        "20260104000000_note.sql",
        "20260104000001_fill.sql",
        "20260104000002_require.sql",
    ] {
        psql(folder, &database, file);
    }
    let note: String = superuser
        .query_one("select note from public.items", &[])
        .expect("a row")
        .get(0);
    assert_eq!(note, "none");
}

#[test]
fn a_migration_of_every_sort_of_file_is_rebased_and_runs() {
    let folder = started();
    let folder = folder.path();
    let enums = "enums:\n  state: {labels: [open, done], storage: native}\nscopes:\n";
    edit(folder, "scopes:\n", enums);
    edit(
        folder,
        DONE,
        &format!("      state: {{kind: state, default: open}}\n{DONE}"),
    );
    let committed = |arguments: &[&str]| {
        runs(folder, &[&["migrate"], arguments].concat(), 0);
        runs(folder, &["generate"], 0);
        assert!(git(folder, &["add", "--all", "."]));
        assert!(git(folder, &["commit", "--quiet", "--message", "more"]));
    };
    assert!(git(
        folder,
        &["init", "--quiet", "--initial-branch", "main"]
    ));
    committed(&["--name", "init", "--at", "20260101000000"]);

    // A label that is used at once, a required column and two indexes; then one by hand; then a check.
    assert!(git(folder, &["checkout", "--quiet", "-b", "late"]));
    edit(folder, "labels: [open, done]", "labels: [open, late, done]");
    edit(
        folder,
        "{kind: state, default: open}\n",
        "{kind: state, default: late}\n      place: {kind: int, backfill: length(title)}\n",
    );
    edit(
        folder,
        "      by_list: {",
        "      by_place: [place]\n      by_state: [state]\n      by_list: {",
    );
    committed(&["--name", "late", "--at", "20260102000000"]);
    let empty = [
        "migrate",
        "--empty",
        "--name",
        "fill",
        "--at",
        "20260103000000",
    ];
    runs(folder, &empty, 0);
    let fill = "20260103000000_fill.sql";
    let text =
        sql(folder, fill) + "update public.items set place = place + 1 where state = 'open';\n";
    fs::write(folder.join("migrations").join(fill), text).expect("it is written");
    runs(folder, &["migrate", "--seal"], 0);
    edit(
        folder,
        "{kind: int, backfill: length(title)}",
        "{kind: int, check: place > 0}",
    );
    committed(&["--name", "positive", "--at", "20260104000000"]);

    // The main branch has a label and a column of its own.
    assert!(git(folder, &["checkout", "--quiet", "main"]));
    edit(folder, "labels: [open, done]", "labels: [open, done, gone]");
    edit(
        folder,
        DONE,
        &format!("      color: {{kind: text, nullable: true}}\n{DONE}"),
    );
    committed(&["--name", "gone", "--at", "20260105000000"]);
    let entries = || -> Vec<String> {
        let mut files: Vec<String> = fs::read_dir(folder.join("migrations"))
            .expect("the ledger")
            .filter_map(|entry| entry.expect("a file").file_name().into_string().ok())
            .filter(|name| name.starts_with('2') && name.ends_with(".sql"))
            .collect();
        files.sort();
        files
    };
    let database = database(folder);
    let of_main = entries();
    for file in &of_main {
        psql(folder, &database, file);
    }
    database
        .superuser()
        .batch_execute(
            "insert into auth.users (id) values ('00000000-0000-4000-8000-000000000002');
             insert into public.lists (id, owner_id, title)
             values ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', 'a');
             insert into public.items (id, list_id, title)
             values ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', 'bcd')",
        )
        .expect("rows");

    assert!(git(folder, &["checkout", "--quiet", "late"]));
    assert!(!git(folder, &["merge", "--quiet", "main"]), "a conflict");
    // What git cannot merge of the declaration, a person does.
    let ours = fs::read_to_string(folder.join("schema/app.yaml")).expect("the declaration");
    let merged = resolved(&ours);
    let merged = match merged.contains("gone") {
        true => merged,
        false => merged.replace(
            "labels: [open, late, done]",
            "labels: [open, late, done, gone]",
        ),
    };
    let color = "      color: {kind: text, nullable: true}\n";
    let merged = match merged.contains(color) {
        true => merged,
        false => merged.replace(DONE, &format!("{color}{DONE}")),
    };
    fs::write(folder.join("schema/app.yaml"), merged).expect("it is written");
    runs(
        folder,
        &["migrate", "--rebase", "--at", "20260106000000"],
        0,
    );
    runs(folder, &["generate"], 0);
    runs(folder, &["check"], 0);
    let all = entries();
    assert_eq!(all[..of_main.len()], of_main);
    let mine = &all[of_main.len()..];
    let has = |name: &str| mine.iter().any(|file| file.ends_with(name));
    for name in [
        "_late_labels.sql",
        "_late.sql",
        "_late_fill.sql",
        "_late_index_1.sql",
        "_late_index_2.sql",
        "_late_finish.sql",
        "_fill.sql",
        "_positive.sql",
        "_positive_validate.sql",
    ] {
        assert!(has(name), "{name}: {mine:?}");
    }
    for file in mine {
        psql(folder, &database, file);
    }
    let row = database
        .superuser()
        .query_one("select place, state::text from public.items", &[])
        .expect("a row");
    assert_eq!((row.get::<_, i32>(0), row.get::<_, &str>(1)), (4, "open"));
    let (found, _) = states(folder, &database, 0);
    assert!(found.iter().all(|state| state == "applied"), "{found:?}");
    let empty = Cluster::shared().database("empty");
    runs(folder, &["check", "--database-url", &empty.url(None)], 0);
}

/// A text after a merge, with what the own branch has where both changed it.
fn resolved(text: &str) -> String {
    let mut kept = String::new();
    let mut theirs = false;
    for line in text.lines() {
        match line.get(..7) {
            Some("<<<<<<<") => {}
            Some("=======") => theirs = true,
            Some(">>>>>>>") => theirs = false,
            _ if theirs => {}
            _ => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    kept
}
