//! A real PowerSync database whose queue the generated connector drains into the bridge.

use std::path::Path;

use synctable::Registry;
use tempfile::TempDir;
use tests::cases::workspace;
use tests::node::printed::{Printed, compare};
use tests::node::typescript::{program, run};
use tests::postgres::Database;

use crate::bridge::app::{ANN, Access, Bridge, database, database_of, token};

/// Rows of a device, each compared with that of Postgres; how many there are.
fn drained(app: &str, registry: &Registry, database: &Database<'_>, bridge: &Bridge) -> usize {
    let url = format!("http://{}/api/data", bridge.address);
    let mut device = program("device");
    device
        .args([app, &url, ANN, "postgres"])
        .env("DEVICE_TOKEN", token(ANN));
    let printed = run(&mut device).unwrap_or_else(|said| panic!("{said}"));
    let mut superuser = database.superuser();
    for line in printed.lines() {
        let mut printed: Printed = serde_json::from_str(line).expect("a line is a row");
        // A trigger of this app writes the time of each change, which comes back to the device.
        if app == "taskly" {
            printed.row.remove("updated_at");
        }
        compare(&mut superuser, registry, &printed);
    }
    let sql = format!("select count(*) from {app}_bridge.dead_letters");
    let letters = superuser.query_one(&sql, &[]).expect("they are counted");
    assert_eq!(letters.get::<_, i64>(0), 0);
    printed.lines().count()
}

fn equal_in_postgres(hint: &str, access: Access) {
    let database = database(hint);
    let bridge = Bridge::start(&database.login_url("bridge_role"), access, "");
    let count = drained("tasks", &schema::generated::REGISTRY, &database, &bridge);
    assert_eq!(count, 10);
    let sql = "select (select count(*) from public.lists where deleted_at is not null),
        (select count(*) from public.feedback)";
    let mut superuser = database.superuser();
    let counts = superuser.query_one(sql, &[]).expect("they are counted");
    assert_eq!([0, 1].map(|nr| counts.get::<_, i64>(nr)), [1, 1]);
}

#[test]
fn rows_of_a_device_are_equal_in_postgres_under_row_level_security() {
    equal_in_postgres("bridge_device_rls", Access::RowSecurity);
}

#[test]
fn rows_of_a_device_are_equal_in_postgres_with_guarded_statements() {
    equal_in_postgres("bridge_device_guarded", Access::Guarded);
}

/// The declaration of an example, for both kinds of connections.
fn declared(app: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let declared = workspace().join("examples").join(app).join("schema");
    for entry in std::fs::read_dir(declared).expect("it is there") {
        let path = entry.expect("it can be read").path();
        let text = std::fs::read_to_string(&path).expect("it is text");
        let both = "connections: [row_security, guarded]";
        let text = ["connections: [guarded]", "connections: [row_security]"]
            .iter()
            .fold(text, |text, one| text.replace(one, both));
        let name = path.file_name().expect("a file has a name");
        std::fs::write(folder.path().join(name), text).expect("it is written");
    }
    folder
}

fn example(app: &str, registry: &Registry, rows: usize) {
    let folder = declared(app);
    let schema: &Path = folder.path();
    for access in [Access::RowSecurity, Access::Guarded] {
        let database = database_of(&format!("bridge_{app}"), schema);
        let bridge = Bridge::start_for(schema, &database.login_url("bridge_role"), access);
        let count = drained(app, registry, &database, &bridge);
        assert_eq!(count, rows, "{access:?}");
    }
}

#[test]
fn rows_of_powergit_are_equal_in_postgres_by_both_kinds_of_connections() {
    example("powergit", &powergit::generated::REGISTRY, 7);
}

#[test]
fn rows_of_taskly_are_equal_in_postgres_by_both_kinds_of_connections() {
    example("taskly", &taskly::generated::REGISTRY, 6);
}

#[test]
fn rows_of_tunetrees_are_equal_in_postgres_by_both_kinds_of_connections() {
    example("tunetrees", &tunetrees::generated::REGISTRY, 8);
}
