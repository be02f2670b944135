//! A device in TypeScript and one in Rust sync through the same bridge, and end with the same rows.

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;
use tests::applied::typescript_of;
use tests::node::typescript::{built, run, script_of};

use crate::sync::slice::{ITEM, LIST, shared};
use crate::sync::world::{ANN, BEN, World, token};

/// Everything of the items that a device has.
const ITEMS: &str = "SELECT json_group_array(json_array(id, list_id, title, rank, weight, meta, photo, done, edited_at)) FROM (SELECT * FROM items ORDER BY id)";

/// A program that is a device of the app.
struct Program {
    source: TempDir,
    out: TempDir,
}

impl Program {
    fn of(world: &World<'_>) -> Program {
        let (source, out) = (TempDir::new(), TempDir::new());
        let (source, out) = (source.expect("a folder"), out.expect("a folder"));
        typescript_of(&world.model, &source.path().join("src/app"));
        let program = include_str!("device.ts");
        std::fs::write(source.path().join("src/device.ts"), program).expect("it is written");
        // Compiled once; each run of the device is a program of its own.
        built(source.path(), out.path(), "src/device.js");
        Program { source, out }
    }

    /// Runs the device of a user, and gives what it prints.
    fn run(&self, world: &World<'_>, file: &Path, user: &str, steps: &[&str]) -> Vec<String> {
        world.settle();
        let mut node = script_of(self.out.path(), "src/device.js");
        node.arg(file)
            .arg(world.url("/api/sync"))
            .arg(token(user))
            .arg(user)
            .arg(json!(steps).to_string());
        let printed =
            run(&mut node).unwrap_or_else(|said| panic!("{said} {}", self.source.path().display()));
        printed.lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_device_in_typescript_and_one_in_rust_end_with_the_same_rows() {
    let world = shared("sync_typescript");
    let program = Program::of(&world);
    let folder = TempDir::new().expect("a folder");
    let phone = folder.path().join("phone.db");
    let on_phone = |steps: &[&str]| program.run(&world, &phone, ANN, steps);
    let tablet = world.device(BEN, "tablet");
    // The first time: what the server has.
    assert_eq!(on_phone(&["sync", "SELECT count(*) FROM items"]), ["1"]);
    world.sync(&tablet);
    // Written on the phone, before and after a sync.
    let insert = format!(
        "INSERT INTO items (id, list_id, title, rank, weight, meta, photo, done) VALUES
            ('20000000-0000-4000-8000-000000000002', '{LIST}', 'Ein Brot \"ü\"', 9007199254740993, 1e300, '{{\"a\":[1.50]}}', '00ff', 1)"
    );
    let update =
        format!("UPDATE items SET title = 'Milk', rank = -9007199254740993 WHERE id = '{ITEM}'");
    let printed = on_phone(&[
        &insert,
        "sync",
        &update,
        "sync",
        "SELECT count(*) FROM synctable_queue",
        ITEMS,
    ]);
    world.sync(&tablet);
    assert_eq!(printed, ["0".to_owned(), tablet.text(ITEMS).expect("rows")]);
    assert_eq!(tablet.count("items"), 2);
    // The other way, with a deletion.
    tablet.write("DELETE FROM items WHERE title = 'Milk'; UPDATE items SET rank = 7");
    world.sync(&tablet);
    let printed = on_phone(&["sync", ITEMS]);
    assert_eq!(printed, [tablet.text(ITEMS).expect("rows")]);
    // Both change one row while neither has a network; the later edit stays.
    on_phone(&["UPDATE items SET title = 'first'"]);
    tablet.write("UPDATE items SET title = 'second'");
    world.sync(&tablet);
    let printed = on_phone(&["sync", ITEMS]);
    world.sync(&tablet);
    assert_eq!(printed, [tablet.text(ITEMS).expect("rows")]);
    assert_eq!(
        tablet.text("SELECT title FROM items").as_deref(),
        Some("second")
    );
}

#[test]
fn a_device_in_typescript_gives_back_what_its_user_may_not_have() {
    let world = shared("sync_typescript_access");
    let program = Program::of(&world);
    let folder = TempDir::new().expect("a folder");
    let phone = folder.path().join("phone.db");
    let on_phone = |steps: &[&str]| program.run(&world, &phone, ANN, steps);
    let foreign = "INSERT INTO items (id, list_id, title, done) VALUES
        ('20000000-0000-4000-8000-000000000009', '10000000-0000-4000-8000-000000000009', 'not mine', 0)";
    let counts = "SELECT count(*) FROM items";
    assert_eq!(
        on_phone(&["sync", foreign, counts, "sync", counts, "dead letters"]),
        ["2", "1", "refused"]
    );
    // A membership is lost and comes back.
    let membership = format!("public.members where list_id = '{LIST}' and user_id = '{ANN}'");
    world.run(&format!("delete from {membership}"));
    assert_eq!(on_phone(&["sync", counts]), ["0"]);
    world.run(&format!(
        "insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}')"
    ));
    assert_eq!(on_phone(&["sync", counts]), ["1"]);
}
