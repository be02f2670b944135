//! `bridge objects clean`: what no row names goes, and everything of which that is not certain stays.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};
use tests::postgres::Database;

use crate::bridge::app::{ANN, Access, Bridge, PHONE, database, run, statuses};
use crate::bridge::service::{Service, Speaks};
use tests::cases::workspace;

const LIST: &str = "10000000-0000-4000-8000-000000000001";
const DAYS: f64 = 48.0;

/// A database, the service with objects in it, and the file of the settings.
struct World {
    database: Database<'static>,
    service: Service,
    folder: tempfile::TempDir,
}

/// What a run of the program ended with.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    printed: Value,
    said: String,
}

impl World {
    fn new(hint: &str, speaks: Speaks) -> World {
        let database = database(hint);
        let service = Service::start();
        let folder = tempfile::tempdir().expect("a folder");
        let url = database.login_url("bridge_role");
        let settings = service.settings(speaks) + &format!("[database]\nurl = {url:?}\n");
        std::fs::write(folder.path().join("bridge.toml"), settings).expect("it is written");
        let list = format!(
            "insert into public.lists (id, name, owner_id) values ('{LIST}', 'x', '{ANN}')"
        );
        run(&database, &list);
        World {
            database,
            service,
            folder,
        }
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("bridge.toml")
    }

    /// An item whose note is a path.
    fn name(&self, path: &str) {
        let sql = format!(
            "insert into public.items (list_id, place, title, note, created_by)
             select '{LIST}', 10000 + count(*), 'x', '{path}', '{ANN}' from public.items"
        );
        run(&self.database, &sql);
    }

    fn clean(&self, arguments: &[&str]) -> Ended {
        clean_of(
            &workspace().join("schema"),
            &self.settings(),
            "attachments",
            arguments,
        )
    }
}

fn clean_of(schema: &Path, settings: &Path, bucket: &str, arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_bridge-as-tested"))
        .args(["objects", "--schema"])
        .arg(schema)
        .arg("--config")
        .arg(settings)
        .args(["clean", bucket])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("it is text");
    Ended {
        code: output.status.code(),
        printed: serde_json::from_str(&printed).unwrap_or_default(),
        said: String::from_utf8(output.stderr).expect("it is text"),
    }
}

fn path(name: &str) -> String {
    format!("acme/{ANN}/{name}")
}

fn removes_orphans(hint: &str, speaks: Speaks) {
    let world = World::new(hint, speaks);
    let named = path("named (1) +.txt");
    world.name(&named);
    // A row that is marked as deleted names it still; so does a transaction that waits to be amended.
    let waiting = path("waiting & 'quoted'.txt");
    let bridge = Bridge::start(
        &world.database.login_url("bridge_role"),
        Access::RowSecurity,
        "",
    );
    let entry = json!({"op": "PUT", "table": "items", "id": "20000000-0000-4000-8000-000000000001",
        "op_data": {"list_id": LIST, "title": "", "remarks": waiting}});
    let reply = bridge.upload(ANN, PHONE, json!([{"transaction_id": 1, "crud": [entry]}]));
    assert_eq!(statuses(&reply), ["fatal_error"]);
    let objects = [
        (named.clone(), DAYS),
        (waiting.clone(), DAYS),
        (path("orphan"), DAYS),
        (path("young"), 1.0),
        ("README.txt".to_owned(), DAYS),
        (format!("acme/{ANN}/caf\u{e9}"), DAYS),
    ];
    world.service.add("attachments", &objects);
    world.service.add("git-packs", &[(path("orphan"), DAYS)]);
    let found = json!({
        "bucket": "attachments", "objects": 6, "referenced": 2, "young": 1, "foreign": 2,
        "orphans": [path("orphan")], "removed": 0,
    });
    let dry = world.clean(&["--dry-run"]);
    assert_eq!((dry.code, &dry.printed), (Some(0), &found), "{dry:?}");
    assert_eq!(world.service.paths("attachments").len(), 6);
    let done = world.clean(&[]);
    let mut removed = found.clone();
    removed["removed"] = json!(1);
    assert_eq!((done.code, &done.printed), (Some(0), &removed), "{done:?}");
    let mut left: Vec<String> = objects.iter().map(|(path, _)| path.clone()).collect();
    left.retain(|one| *one != path("orphan"));
    left.sort();
    let mut kept = world.service.paths("attachments");
    kept.sort();
    assert_eq!(kept, left);
    assert_eq!(world.service.paths("git-packs").len(), 1);
    // Younger ones go if they are asked for.
    let all = world.clean(&["--older-than", "0"]);
    assert_eq!(all.printed["removed"], json!(1), "{all:?}");
}

#[test]
fn objects_that_no_row_names_are_removed_from_a_service_that_speaks_s3() {
    removes_orphans("bridge_clean_s3", Speaks::S3);
}

#[test]
fn objects_that_no_row_names_are_removed_from_supabase() {
    removes_orphans("bridge_clean_supabase", Speaks::Supabase);
}

#[test]
fn more_than_a_fifth_of_the_objects_goes_only_if_it_is_said() {
    let world = World::new("bridge_clean_many", Speaks::S3);
    for number in 0..3 {
        world.name(&path(&format!("named {number}")));
    }
    let named = (0..3).map(|number| (path(&format!("named {number}")), DAYS));
    let objects: Vec<(String, f64)> = named.chain([(path("orphan"), DAYS)]).collect();
    world.service.add("attachments", &objects);
    let refused = world.clean(&[]);
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(refused.said.contains("1 of 4 objects"), "{refused:?}");
    assert!(refused.said.contains("--many"), "{refused:?}");
    assert_eq!(world.service.paths("attachments").len(), 4);
    let done = world.clean(&["--many"]);
    assert_eq!(done.printed["removed"], json!(1), "{done:?}");
}

/// 2,400 objects, of which every tenth is an orphan.
fn many(world: &World) -> Vec<String> {
    let names = (0..2_400).map(|number| path(&format!("{number:04}")));
    let names: Vec<String> = names.collect();
    let sql = format!(
        "insert into public.items (list_id, place, title, created_by, note)
         select '{LIST}', number, 'x', '{ANN}', 'acme/{ANN}/' || lpad(number::text, 4, '0')
         from generate_series(0, 2399) as number where number % 10 <> 0"
    );
    run(&world.database, &sql);
    let objects: Vec<(String, f64)> = names.iter().map(|path| (path.clone(), DAYS)).collect();
    world.service.add("attachments", &objects);
    names
}

fn reads_every_page(hint: &str, speaks: Speaks) {
    let world = World::new(hint, speaks);
    let names = many(&world);
    // Half a list is no list.
    world.service.fault(json!({ "fail": 3 }));
    let failed = world.clean(&[]);
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.said.contains("0 orphans were removed"), "{failed:?}");
    assert_eq!(world.service.paths("attachments"), names);
    world.service.fault(json!({}));
    let done = world.clean(&[]);
    assert_eq!(done.printed["objects"], json!(2_400), "{done:?}");
    assert_eq!(done.printed["removed"], json!(240));
    let left = names
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 10 != 0);
    let left: Vec<&String> = left.map(|(_, path)| path).collect();
    assert_eq!(
        world
            .service
            .paths("attachments")
            .iter()
            .collect::<Vec<_>>(),
        left
    );
}

#[test]
fn a_list_of_many_pages_is_read_to_its_end_or_nothing_goes() {
    reads_every_page("bridge_clean_pages", Speaks::S3);
}

#[test]
fn a_list_of_many_pages_of_supabase_is_read_to_its_end_or_nothing_goes() {
    reads_every_page("bridge_clean_pages_supabase", Speaks::Supabase);
}

#[test]
fn nothing_goes_if_the_database_goes_down_between_two_pages() {
    let world = World::new("bridge_clean_down", Speaks::S3);
    let names = many(&world);
    world.service.fault(json!({ "hold": 2 }));
    let (schema, settings) = (workspace().join("schema"), world.settings());
    let run_of = thread::spawn(move || clean_of(&schema, &settings, "attachments", &["--many"]));
    world.service.until_held();
    run(
        &world.database,
        "do $$ begin execute format('revoke connect on database %I from public', current_database()); end $$;
         select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and usename = 'bridge_role'",
    );
    world.service.fault(json!({}));
    let failed = run_of.join().expect("it ends");
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.said.contains("0 orphans were removed"), "{failed:?}");
    assert_eq!(world.service.paths("attachments"), names);
}

#[test]
fn a_row_that_comes_while_the_bucket_is_listed_keeps_its_object() {
    let world = World::new("bridge_clean_meanwhile", Speaks::S3);
    many(&world);
    world.service.fault(json!({ "hold": 3 }));
    let (schema, settings) = (workspace().join("schema"), world.settings());
    let run_of = thread::spawn(move || clean_of(&schema, &settings, "attachments", &[]));
    world.service.until_held();
    // It was found to be an orphan on the first page.
    world.name(&path("0000"));
    world.service.fault(json!({}));
    let done = run_of.join().expect("it ends");
    assert_eq!(done.printed["removed"], json!(239), "{done:?}");
    assert!(world.service.paths("attachments").contains(&path("0000")));
}

#[test]
fn nothing_goes_where_a_policy_could_hide_a_row() {
    let world = World::new("bridge_clean_hidden", Speaks::S3);
    world.service.add("attachments", &[(path("named"), DAYS)]);
    world.name(&path("named"));
    // Roles are of the whole cluster, so that this one is another service.
    let sql = "do $$ begin
        if not exists (select from pg_roles where rolname = 'bound_service') then
            create role bound_service nologin; end if; end $$;
        grant bound_service to bridge_role;
        grant usage on schema public to bound_service;
        grant select on public.items to bound_service";
    run(&world.database, sql);
    let schema = world.folder.path().join("schema");
    std::fs::create_dir(&schema).expect("it is made");
    for file in std::fs::read_dir(workspace().join("schema")).expect("it is there") {
        let file = file.expect("it can be read");
        let name = file.file_name();
        if name.to_string_lossy().ends_with(".yaml") {
            let text = std::fs::read_to_string(file.path()).expect("it is text");
            let text = text.replace("service: service_role", "service: bound_service");
            std::fs::write(schema.join(name), text).expect("it is written");
        }
    }
    let failed = clean_of(&schema, &world.settings(), "attachments", &["--many"]);
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.said.contains("row-level security"), "{failed:?}");
    assert_eq!(world.service.paths("attachments").len(), 1);
}

#[test]
fn what_cannot_be_cleaned_is_told() {
    let world = World::new("bridge_clean_told", Speaks::S3);
    let schema = workspace().join("schema");
    let settings = world.settings();
    let unknown = clean_of(&schema, &settings, "attachment", &[]);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(
        unknown.said.contains("no bucket `attachment`"),
        "{unknown:?}"
    );
    let without = workspace().join("examples/tunetrees/schema");
    let without = clean_of(&without, &settings, "avatars", &[]);
    assert_eq!(without.code, Some(1), "{without:?}");
    assert!(without.said.contains("add `references`"), "{without:?}");
    // A database of another declaration may have other columns with paths.
    let another = "create or replace function tasks_bridge.fingerprint() returns text
        language sql immutable return '1:0000000000000000'";
    run(&world.database, another);
    let other = clean_of(&schema, &settings, "attachments", &[]);
    assert_eq!(other.code, Some(3), "{other:?}");
    assert!(other.said.contains("apply the migrations"), "{other:?}");
    let url = world.database.login_url("bridge_role");
    let text = format!("[database]\nurl = {url:?}\n");
    std::fs::write(&settings, text).expect("it is written");
    let nowhere = clean_of(&schema, &settings, "attachments", &[]);
    assert_eq!(nowhere.code, Some(1), "{nowhere:?}");
    assert!(nowhere.said.contains("objects.backend"), "{nowhere:?}");
}
