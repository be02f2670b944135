//! A database that is not the one that a device knows: restored, truncated, or with notes that were removed.

use std::process::Command;

use serde_json::json;
use tests::applied::applied;

use crate::sync::world::{ANN, APP, Device, World};

const LIST: &str = "10000000-0000-4000-8000-000000000001";

fn world(hint: &str) -> World<'static> {
    let world = World::of(hint, APP);
    world.run(&format!(
        "insert into public.lists (id, title) values ('{LIST}', 'Market');
         insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}');
         insert into public.items (id, list_id, title)
         select gen_random_uuid(), '{LIST}', 'Item ' || n from generate_series(1, 5) as n"
    ));
    world
}

/// Whether a sync began everything anew.
fn anew(world: &World<'_>, device: &Device) -> bool {
    let replies = world.sync(device);
    replies
        .iter()
        .any(|reply| reply.json()["begin"] != json!([]))
}

#[test]
fn a_restored_database_is_pulled_anew_and_rows_that_it_does_not_have_go() {
    let mut world = world("sync_dumped");
    let ann = world.device(ANN, "phone");
    assert!(anew(&world, &ann));
    assert!(!anew(&world, &ann));
    let dump = Command::new("pg_dump")
        .args(["--no-owner", "--schema=public", "--data-only", "--dbname"])
        .arg(world.database.url(None))
        .output()
        .expect("pg_dump runs");
    assert!(dump.status.success(), "{dump:?}");
    world.run("delete from public.items where title = 'Item 1'; insert into public.items (id, list_id, title) select gen_random_uuid(), list_id, 'Later' from public.items limit 1");
    world.sync(&ann);
    assert_eq!(ann.count("items"), 5);
    let restored = applied("sync_restored", &world.model);
    world.turn_to(restored);
    world.deploy();
    let sql = String::from_utf8(dump.stdout).expect("a dump is text");
    restore(&world, &sql);
    // What the device wrote meanwhile is still sent.
    ann.write("UPDATE items SET title = 'Mine' WHERE title = 'Item 2'");
    assert!(anew(&world, &ann));
    let titles = "SELECT group_concat(title, ', ') FROM (SELECT title FROM items ORDER BY title)";
    assert_eq!(
        ann.text(titles).as_deref(),
        Some("Item 1, Item 3, Item 4, Item 5, Mine")
    );
    assert!(!anew(&world, &ann));
}

/// Runs a dump through `psql`.
fn restore(world: &World<'_>, sql: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dump.sql");
    std::fs::write(&file, sql).expect("it is written");
    let psql = Command::new("psql")
        .args(["--quiet", "--set=ON_ERROR_STOP=1", "--file"])
        .arg(&file)
        .arg(world.database.url(None))
        .output()
        .expect("psql runs");
    assert!(psql.status.success(), "{psql:?}");
}

#[test]
fn a_table_that_is_emptied_at_once_is_empty_on_devices() {
    let world = world("sync_truncated");
    let ann = world.device(ANN, "phone");
    world.sync(&ann);
    assert_eq!(ann.count("items"), 5);
    world.run("truncate public.items");
    world.sync(&ann);
    assert_eq!(ann.count("items"), 0);
}

#[test]
fn a_device_that_was_away_until_notes_were_removed_pulls_everything_anew() {
    let world = world("sync_purged");
    let [away, there] = ["away", "there"].map(|client| world.device(ANN, client));
    world.sync(&away);
    world.run("delete from public.items where title = 'Item 1'");
    world.sync(&there);
    assert_eq!(world.purge(), 1);
    assert_eq!(world.purge(), 0);
    assert!(anew(&world, &away));
    assert_eq!(away.count("items"), 4);
    assert!(!anew(&world, &there), "it knew already");
}

#[test]
fn a_cursor_of_another_caller_or_of_a_later_time_is_none_and_a_text_that_is_not_one_is_refused() {
    let world = world("sync_cursors");
    let body = |cursor: &str| json!({"cursor": cursor}).to_string();
    let reply = world.send(ANN, "phone", &json!({"cursor": null}).to_string());
    let answer = reply.expect("an answer").json();
    let cursor = answer["cursor"].as_str().expect("a cursor").to_owned();
    let begins = |user: &str, cursor: &str| {
        let reply = world.send(user, "phone", &body(cursor)).expect("an answer");
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["begin"] != json!([])
    };
    assert!(!begins(ANN, &cursor));
    assert!(begins(crate::sync::world::BEN, &cursor));
    let mut later: serde_json::Value =
        serde_json::from_str(&cursor).expect("it is read here alone");
    later["low"] = json!(i64::MAX);
    assert!(begins(ANN, &later.to_string()));
    assert!(begins(ANN, "{}"), "another version of the bridge wrote it");
    for text in ["7", "later"] {
        let reply = world.send(ANN, "phone", &body(text)).expect("an answer");
        assert_eq!(reply.status, 400, "{reply:?}");
    }
}
