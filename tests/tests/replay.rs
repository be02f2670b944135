//! `check --database-url`: the migrations on an empty database, and what they lead to.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use tests::binary::codegen;
use tests::postgres::{Cluster, Database, OWNER};

/// Runs the program, and gives what it printed.
#[track_caller]
fn runs(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = Command::new(codegen())
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let printed = printed + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{printed}");
    printed
}

fn edit(folder: &Path, from: &str, to: &str) {
    let app = folder.join("schema/app.yaml");
    let text = fs::read_to_string(&app).expect("the declaration");
    assert!(text.contains(from), "{from}");
    fs::write(&app, text.replacen(from, to, 1)).expect("it is written");
}

/// An app whose migrations add a column, build an index concurrently and add a label that is used at once.
fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    runs(path, &["init"], 0);
    let start = format!(
        "postgres: {{roles: {{owner: {OWNER}}}}}\nenums:\n  state: {{labels: [open], storage: native}}\nscopes:\n"
    );
    edit(path, "scopes:\n", &start);
    edit(
        path,
        "      done: {",
        "      state: {kind: state, default: open}\n      done: {",
    );
    runs(
        path,
        &["migrate", "--name", "init", "--at", "20260101000000"],
        0,
    );
    edit(path, "labels: [open]", "labels: [open, late]");
    edit(path, "default: open", "default: late");
    edit(
        path,
        "      by_list: {",
        "      by_state: [state]
      by_list: {",
    );
    runs(
        path,
        &["migrate", "--name", "late", "--at", "20260102000000"],
        0,
    );
    runs(path, &["generate"], 0);
    folder
}

/// An entry that is written by hand.
fn by_hand(folder: &Path, sql: &str) {
    let empty = [
        "migrate",
        "--empty",
        "--name",
        "fill",
        "--at",
        "20260201000000",
    ];
    runs(folder, &empty, 0);
    let path = folder.join("migrations/20260201000000_fill.sql");
    let text = fs::read_to_string(&path).expect("it is there");
    fs::write(&path, text + sql).expect("it is written");
    runs(folder, &["migrate", "--seal"], 0);
}

fn database() -> Database<'static> {
    Cluster::shared().database("replay")
}

#[track_caller]
fn checked(folder: &Path, database: &Database<'_>, code: i32) -> String {
    let url = database.url(None);
    runs(folder, &["check", "--database-url", &url], code)
}

#[test]
fn what_the_migrations_lead_to_is_what_is_declared() {
    let folder = project();
    let folder = folder.path();
    let files = fs::read_dir(folder.join("migrations")).expect("the ledger");
    let alone = files.filter(|file| {
        let path = file.as_ref().expect("a file").path();
        fs::read_to_string(path).is_ok_and(|text| text.starts_with("-- no-transaction"))
    });
    assert_eq!(alone.count(), 1, "an index is built concurrently");
    let sql = "update public.items set done = true where state = 'late';\n";
    by_hand(folder, sql);
    let told = checked(folder, &database(), 0);
    let lead = "migrations lead from an empty database to what is declared\n";
    assert!(told.contains(lead), "{told}");
    // As the owner, in a database in which an administrator ran setup.
    let database = database();
    let setup = fs::read_to_string(folder.join("migrations/setup.sql")).expect("setup");
    database.apply_setup(&setup).expect("setup");
    let url = database.url(Some(OWNER));
    let told = runs(folder, &["check", "--database-url", &url], 0);
    assert!(told.contains(lead), "{told}");
}

#[test]
fn what_somebody_adds_by_hand_is_told() {
    let folder = project();
    let folder = folder.path();
    by_hand(folder, "alter table public.items add column strange int;\n");
    let told = checked(folder, &database(), 5);
    assert!(
        told.contains("error[D062]") && told.contains("strange"),
        "{told}"
    );
}

#[test]
fn a_seed_that_a_migration_by_hand_changes_is_told() {
    let folder = project();
    let folder = folder.path();
    let roles = "tables:
  roles:
    sync: down
    columns: {id: {kind: int, key: true}, name: text}
    access: {read: public}
    seeds: [{id: 1, name: admin}]
";
    edit(folder, "tables:\n", roles);
    let roles = ["migrate", "--name", "roles", "--at", "20260103000000"];
    runs(folder, &roles, 0);
    runs(folder, &["generate"], 0);
    checked(folder, &database(), 0);
    by_hand(folder, "update public.roles set name = 'other';\n");
    let told = checked(folder, &database(), 5);
    let role = "table public.roles, seed 1: the row differs in name";
    assert!(
        told.contains("error[D062]") && told.contains(role),
        "{told}"
    );
}

#[test]
fn a_migration_that_fails_is_told() {
    let folder = project();
    let folder = folder.path();
    by_hand(folder, "update public.nothing set a = 1;\n");
    let told = checked(folder, &database(), 5);
    let sentence = "error[D061]: `20260201000000_fill.sql` fails on an empty database: relation \"public.nothing\" does not exist";
    assert!(told.contains(sentence), "{told}");
}

#[test]
fn a_database_that_is_not_empty_is_left_alone() {
    let folder = project();
    let database = database();
    let mut superuser = database.superuser();
    superuser
        .batch_execute("create table public.others (id int)")
        .expect("a table");
    let told = checked(folder.path(), &database, 3);
    assert!(
        told.contains("error[E011]") && told.contains("others"),
        "{told}"
    );
    let made = superuser.query_one("select to_regclass('public.lists') is null", &[]);
    assert!(made.expect("the catalog").get::<_, bool>(0));
}

#[test]
fn a_database_that_does_not_answer_is_one_sentence() {
    let folder = project();
    let url = "postgres://ann:secret@127.0.0.1:1/app";
    let told = runs(folder.path(), &["check", "--database-url", url], 3);
    assert!(
        told.contains("error[E010]") && !told.contains("secret"),
        "{told}"
    );
}
