//! A device in a browser, with the worker of docs/queue.md: its database outlives its pages.

use serde_json::{Value, json};
use tempfile::TempDir;
use tests::applied::typescript_of;
use tests::cases::workspace;
use tests::node::typescript::{built, run, script};

use crate::sync::slice::{ITEM, LIST, shared};
use crate::sync::world::{ANN, BEN, World, token};

/// The file of the worker, as the page shows it for a way to keep the database.
fn worker(way: &str) -> String {
    let page = std::fs::read_to_string(workspace().join("docs/queue.md"));
    let page = page.expect("the page is there");
    let mut blocks = page.split("\n```ts\n").skip(1);
    let block = blocks.find(|block| block.contains(way));
    let block = block.unwrap_or_else(|| panic!("no worker with `{way}` on the page"));
    let text = block.split("\n```").next().expect("it ends");
    text.replace("./tasks/", "./app/")
}

/// Opens pages of a browser, one after the other, and gives what each has printed.
fn pages(world: &World<'_>, way: &str, orders: &Value) -> Vec<Value> {
    let (source, out) = (TempDir::new(), TempDir::new());
    let (source, out) = (source.expect("a folder"), out.expect("a folder"));
    typescript_of(&world.model, &source.path().join("src/app"));
    let program = include_str!("browser.ts");
    std::fs::write(source.path().join("src/browser.ts"), program).expect("it is written");
    std::fs::write(source.path().join("src/worker.ts"), worker(way)).expect("it is written");
    built(source.path(), out.path(), "src/browser.js");
    let mut browser = script("browser.js");
    browser.arg(out.path()).args([
        world.url(""),
        token(ANN),
        ANN.to_owned(),
        orders.to_string(),
    ]);
    let printed = run(&mut browser).unwrap_or_else(|said| panic!("{said}"));
    serde_json::from_str(printed.trim()).expect("JSON")
}

#[test]
fn a_device_in_a_browser_keeps_its_rows_and_its_queue_when_its_page_is_closed() {
    for (way, hint) in [("OpfsDb", "sync_opfs"), ("OpfsSAHPoolDb", "sync_pool")] {
        let world = shared(hint);
        let insert = "INSERT INTO items (id, list_id, title, done) VALUES";
        let bread =
            format!("{insert} ('20000000-0000-4000-8000-000000000002', '{LIST}', 'Butter', 0)");
        let any = format!(
            "{insert} ('30000000-0000-4000-8000-' || substr('00000000000' || (SELECT count(*) FROM items), -12), '{LIST}', 'Any', 0)"
        );
        let count = "SELECT count(*) FROM items";
        let queued = "SELECT count(*) FROM synctable_queue";
        let found = pages(
            &world,
            way,
            &json!([
                ["sync", count],
                [&bread, queued],
                // Another page: what was queued is sent.
                [count, queued, "sync", queued],
                // A page that is closed while it writes.
                {"endless": any},
                ["PRAGMA integrity_check", count, queued],
                ["sync", queued, count],
            ]),
        );
        assert_eq!(found[0], json!(["1"]), "{way}");
        assert_eq!(found[1], json!(["1"]), "{way}");
        assert_eq!(found[2], json!(["2", "1", "0"]), "{way}");
        let told = found[3].as_u64().expect("a number");
        let number = |value: &Value| {
            value
                .as_str()
                .expect("a text")
                .parse::<u64>()
                .expect("a number")
        };
        assert_eq!(found[4][0], "ok", "{way}");
        // Each transaction has two rows, and each row its entry.
        let (rows, entries) = (number(&found[4][1]) - 2, number(&found[4][2]));
        assert_eq!((rows % 2, rows), (0, entries), "{way}");
        assert!(
            rows >= 2 * told,
            "{way}: {rows} rows after {told} transactions"
        );
        assert_eq!(found[5][0], "0", "{way}");
        // Another device of another user has them all.
        let tablet = world.device(BEN, "tablet");
        world.sync(&tablet);
        assert_eq!(
            tablet.count("items"),
            i64::try_from(rows + 2).expect("a count"),
            "{way}"
        );
        assert!(tablet.rows("items").contains_key(ITEM));
    }
}
