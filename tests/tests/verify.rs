//! `verify` beside real systems: a Postgres, a restored dump, a device's file, a sync config, a client's fingerprint.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use synctable_codegen::ledger::Ledger;
use synctable_codegen::verify;
use tempfile::TempDir;
use tests::applied::{applied, model_of};
use tests::binary::runs;
use tests::cases::workspace;
use tests::postgres::{Cluster, Database, OWNER, unreachable};

fn edit(folder: &Path, from: &str, to: &str) {
    let app = folder.join("schema/app.yaml");
    let text = fs::read_to_string(&app).expect("the declaration");
    assert!(text.contains(from), "{from}");
    fs::write(&app, text.replacen(from, to, 1)).expect("it is written");
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

const DONE: &str = "      done: {";
const FIRST: &str = "20260101000000_init.sql";
const SECOND: &str = "20260102000000_note.sql";

/// An app with a release and a migration after it.
fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    runs(
        path,
        &[
            "init",
            "--target",
            "sqlite",
            "--target",
            "postgres",
            "--target",
            "powersync",
        ],
        0,
    );
    let owner = format!("postgres: {{roles: {{owner: {OWNER}}}}}\nscopes:\n");
    edit(path, "scopes:\n", &owner);
    runs(
        path,
        &["migrate", "--name", "init", "--at", "20260101000000"],
        0,
    );
    runs(path, &["release", "1.0.0"], 0);
    let note = "      note: {kind: text, nullable: true}\n      done: {";
    edit(path, DONE, note);
    runs(
        path,
        &["migrate", "--name", "note", "--at", "20260102000000"],
        0,
    );
    runs(path, &["generate"], 0);
    folder
}

fn migration(folder: &Path, file: &str) -> String {
    read(folder, &format!("migrations/{file}"))
}

fn database(folder: &Path) -> Database<'static> {
    let database = Cluster::shared().database("verify");
    let setup = migration(folder, "setup.sql");
    database.apply_setup(&setup).expect("setup");
    database
}

/// What is said of the only system, for programs.
#[track_caller]
fn system(folder: &Path, arguments: &[&str], code: i32) -> Value {
    let asked = [&["verify", "--format", "json"], arguments].concat();
    let report: Value = serde_json::from_str(&runs(folder, &asked, code)).expect("JSON");
    let systems = report["systems"].as_array().expect("a list");
    assert_eq!(systems.len(), 1, "{report}");
    systems[0].clone()
}

#[test]
fn a_database_is_told_by_its_newest_migration() {
    let folder = project();
    let folder = folder.path();
    let database = database(folder);
    let url = database.url(None);
    let asked = ["--database-url", &url];
    let verified = system(folder, &asked, 5);
    assert_eq!(verified["told"], "the database has run no migration");

    database
        .apply(&migration(folder, FIRST))
        .expect("the first");
    let verified = system(folder, &asked, 5);
    let told = format!("the database is what `{FIRST}` made, and not yet what is declared");
    assert_eq!(verified["told"], told);
    assert_eq!(
        verified["differences"],
        json!(["table public.items, column note: it is missing"])
    );
    assert_eq!(
        verified["advice"],
        json!([format!("apply what has not run: `{SECOND}`")])
    );

    database
        .apply(&migration(folder, SECOND))
        .expect("the second");
    let verified = system(folder, &asked, 0);
    assert_eq!(verified["told"], "the database is what is declared");
    assert_eq!(verified["not_managed"], json!([]));
    let said = runs(folder, &["verify", "--database-url", &url], 0);
    assert_eq!(said, "the database is what is declared\n");

    // What belongs to others is listed; what changes the meaning of the declaration is not let pass.
    database
        .apply(
            "create table public.others (id int);
             create index others_first on public.items (title)",
        )
        .expect("somebody else's");
    let verified = system(folder, &asked, 0);
    assert_eq!(
        verified["not_managed"],
        json!([
            "table public.items, index others_first",
            "table public.others"
        ])
    );
    database
        .apply("alter table public.items add column strange int")
        .expect("a column");
    let said = runs(folder, &["verify", "--database-url", &url], 5);
    for part in [
        "error[D063]",
        "table public.items, column strange: it is unexpected",
        "make a copy of the values first",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let said = runs(
        folder,
        &["verify", "--format", "github", "--database-url", &url],
        5,
    );
    assert!(said.starts_with("::error title=D063"), "{said}");

    // By the table of a runner, the newest migration is known although the catalog fits none.
    let mut superuser = database.superuser();
    superuser
        .batch_execute(
            "create schema supabase_migrations;
             create table supabase_migrations.schema_migrations (version text primary key, name text, statements text[]);
             insert into supabase_migrations.schema_migrations values ('20260101000000', null, '{}'), ('20260102000000', null, '{}')",
        )
        .expect("the table");
    let verified = system(folder, &asked, 5);
    let told = format!("the database has run `{SECOND}`, and differs from what that made");
    assert_eq!(verified["told"], told);
    assert_eq!(
        verified["differences"],
        json!(["table public.items, column strange: it is unexpected"])
    );
}

#[test]
fn a_restored_dump_is_what_is_declared() {
    let folder = project();
    let folder = folder.path();
    let from = database(folder);
    for file in [FIRST, SECOND] {
        from.apply(&migration(folder, file)).expect("it runs");
    }
    let to = Cluster::shared().plain_database("verify_restored");
    let dump = folder.join("dump.sql");
    let dumped = Command::new("pg_dump")
        .args(["--file", &dump.to_string_lossy(), &from.url(None)])
        .output()
        .expect("pg_dump runs");
    assert!(dumped.status.success(), "{dumped:?}");
    let restored = Command::new("psql")
        .args(["-X", "-q", "-f", &dump.to_string_lossy(), &to.url(None)])
        .output()
        .expect("psql runs");
    assert!(restored.status.success(), "{restored:?}");
    // Rights on the database itself are not part of a dump.
    to.apply_setup(&migration(folder, "setup.sql"))
        .expect("setup");
    let verified = system(folder, &["--database-url", &to.url(None)], 0);
    assert_eq!(
        verified["told"], "the database is what is declared",
        "{verified}"
    );
}

#[test]
fn rows_of_seeds_differ_where_only_the_server_writes_them_and_are_listed_elsewhere() {
    let case = "tests/cases/accept/rows_that_are_shipped_with_the_schema/schema";
    let model = model_of(&workspace().join(case));
    let database = applied("verify_seeds", &model);
    let mut superuser = database.superuser();
    let large: String = superuser
        .query_one("select id::text from public.sizes where code = 'l'", &[])
        .expect("a seed has the id of the recipe")
        .get(0);
    let mut verified = || {
        let mut transaction = superuser.transaction().expect("it begins");
        let verified = verify::postgres(&mut transaction, &model, &Ledger::default());
        transaction.rollback().expect("it ends");
        verified.expect("it is readable")
    };
    let found = verified();
    assert_eq!((found.differences, found.not_managed), (vec![], vec![]));
    database
        .apply(
            "update public.roles set name = 'other' where rank = 1; delete from public.roles where rank = 0;
             update public.sizes set call = null, size = 'small' where code = 'l'; delete from public.sizes where code = 's'",
        )
        .expect("rows of the app");
    let found = verified();
    let role = |number: u32, what: &str| {
        format!(
            "table public.roles, seed 0192f0c1-7a3b-7cde-8f01-00000000000{number}: the row {what}"
        )
    };
    assert_eq!(
        found.differences,
        [role(1, "differs in name"), role(2, "is missing")]
    );
    let size = format!("table public.sizes, seed {large}: the row differs in size, call");
    assert!(found.not_managed.contains(&size), "{found:?}");
    assert_eq!(found.not_managed.len(), 2, "{found:?}");
}

#[test]
fn a_device_s_file_is_compared_with_what_sqlite_makes() {
    let folder = project();
    let folder = folder.path();
    let file = folder.join("device.db");
    let path = file.to_string_lossy().into_owned();
    let device = rusqlite::Connection::open(&file).expect("a file");
    device
        .execute_batch(&read(folder, "generated/sqlite/schema.sql"))
        .expect("the schema");
    let verified = system(folder, &["--sqlite", &path], 0);
    let told = verified["told"].as_str().expect("a text");
    assert!(told.ends_with("is what is declared"), "{told}");
    device
        .execute_batch("alter table items drop column note; create table cache (x)")
        .expect("it changes");
    drop(device);
    let verified = system(folder, &["--sqlite", &path], 5);
    assert_eq!(
        verified["differences"],
        json!(["table main.items, column note: it is missing"])
    );
    assert_eq!(verified["not_managed"], json!(["table main.cache"]));
}

#[test]
fn a_sync_config_is_compared_by_its_values() {
    let folder = project();
    let folder = folder.path();
    let generated = read(folder, "generated/powersync/sync-config.yaml");
    let write = |text: &str| fs::write(folder.join("deployed.yaml"), text).expect("it is written");
    let asked = ["--sync-config", "deployed.yaml"];
    // Comments and the blanks of a query do not count.
    let without: Vec<&str> = generated
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    write(&without.join("\n"));
    assert_eq!(
        system(folder, &asked, 0)["told"],
        "the sync config is what is declared"
    );
    assert!(generated.contains("title, note,"), "{generated}");
    write(&generated.replacen("title, note,", "title, title AS note,", 1));
    let verified = system(folder, &asked, 5);
    let difference = verified["differences"][0].as_str().expect("a text");
    assert!(difference.contains("title AS note"), "{difference}");
    assert_eq!(
        verified["advice"],
        json!(["deploy the generated `sync-config.yaml`"])
    );
}

#[test]
fn a_client_is_known_by_its_fingerprint() {
    let folder = project();
    let folder = folder.path();
    let fingerprint = |of: &Path| {
        let reading = synctable_codegen::read(&of.join("schema"));
        synctable_codegen::model::fingerprint(&reading.model.expect("it is accepted"))
    };
    let now = fingerprint(folder);
    let verified = system(folder, &["--fingerprint", &now], 0);
    assert_eq!(
        verified["told"],
        "the client was built from what is declared"
    );
    let app = read(folder, "schema/app.yaml");
    edit(folder, "      note: {kind: text, nullable: true}\n", "");
    let released = fingerprint(folder);
    fs::write(folder.join("schema/app.yaml"), app).expect("it is written");
    let asked = ["--fingerprint", &released];
    assert_eq!(
        system(folder, &asked, 0)["told"],
        "the client was built from release 1.0.0"
    );
    runs(folder, &["release", "--end", "1.0.0"], 0);
    assert_eq!(
        system(folder, &asked, 5)["told"],
        "the client was built from release 1.0.0, which has ended"
    );
    assert_eq!(
        system(folder, &["--fingerprint", "1:0000000000000000"], 5)["told"],
        "the client was built from another declaration"
    );
}

#[test]
fn a_system_that_cannot_be_read_is_one_sentence() {
    let folder = project();
    let folder = folder.path();
    let database = database(folder);
    for (url, part) in &unreachable(&database) {
        let said = runs(folder, &["verify", "--database-url", url], 3);
        assert!(
            said.contains("error[E010]") && said.contains(*part),
            "{url}\n{said}"
        );
        assert!(!said.contains("secret"), "{said}");
        assert_eq!(said.matches("error[").count(), 1, "{said}");
    }
    fs::write(folder.join("no.db"), "no database at all, but a text").expect("it is written");
    fs::write(folder.join("no.yaml"), "a: [").expect("it is written");
    fs::write(folder.join("other.yaml"), "a: b").expect("it is written");
    for (asked, part) in [
        (["--sqlite", "missing.db"], "unable to open"),
        (["--sqlite", "no.db"], "not a database"),
        (["--sync-config", "missing.yaml"], "No such file"),
        (["--sync-config", "no.yaml"], "cannot be read"),
        (["--sync-config", "other.yaml"], "neither `streams` nor"),
    ] {
        let said = runs(folder, &[&["verify"], &asked[..]].concat(), 3);
        assert!(
            said.contains("error[E012]") && said.contains(part),
            "{asked:?}\n{said}"
        );
    }
    assert!(!folder.join("missing.db").exists(), "nothing is created");
    let said = runs(folder, &["verify"], 2);
    assert!(said.contains("--database-url"), "{said}");
}
