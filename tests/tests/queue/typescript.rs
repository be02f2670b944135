//! The library for TypeScript: each driver queues what a device in Rust queues, and a sync with a server that misbehaves
//! loses nothing and doubles nothing.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use synctable::sqlite::queue;
use tempfile::TempDir;
use tests::applied::typescript_of;
use tests::cases::workspace;
use tests::generate::dice::Dice;
use tests::node::typescript::{built, run};

use crate::queue::app::{device, model};
use crate::queue::random::statement;

const PROGRAMS: [(&str, &str); 4] = [
    ("drivers", include_str!("drivers.ts")),
    ("library", include_str!("library.ts")),
    ("statements", include_str!("statements.ts")),
    ("sync", include_str!("sync.ts")),
];

/// Runs one of the programs with the app that is generated for it.
fn ran(name: &str, arguments: impl FnOnce(&mut Command)) -> String {
    let programs = PROGRAMS.map(|(name, text)| (format!("{name}.ts"), text.to_owned()));
    ran_of(&programs, "app", &format!("{name}.js"), arguments)
}

/// Runs a script of programs that find the generated app in a folder.
fn ran_of(
    programs: &[(String, String)],
    app: &str,
    script: &str,
    arguments: impl FnOnce(&mut Command),
) -> String {
    let folder = TempDir::new().expect("a folder can be made");
    let source = folder.path().join("src");
    typescript_of(&model(), &source.join(app));
    for (file, text) in programs {
        fs::write(source.join(file), text).expect("it can be written");
    }
    let out = TempDir::new().expect("a folder can be made");
    let mut program = built(folder.path(), out.path(), &format!("src/{script}"));
    program.current_dir(out.path());
    arguments(&mut program);
    run(&mut program).unwrap_or_else(|said| panic!("{said}"))
}

#[test]
fn every_driver_queues_what_a_device_in_rust_queues() {
    let mut dice = Dice::new(7);
    let mut device = device();
    let count = if tests::long() { 10_000 } else { 2_000 };
    let mut steps: Vec<Value> = Vec::new();
    for _ in 0..count {
        let (sql, _) = statement(&mut dice);
        let is_taken_back = dice.below(10) == 0;
        let written = queue::write(&mut device, |transaction| {
            transaction.execute_batch("SAVEPOINT one")?;
            transaction.execute_batch(&sql)?;
            if is_taken_back {
                transaction.execute_batch("ROLLBACK TO one")?;
            }
            transaction.execute_batch("RELEASE one")
        });
        let crud = written.ok().map(|()| {
            let crud = "SELECT ifnull(max(crud), '[]') FROM synctable_uploads";
            device.query_row(crud, [], |row| row.get::<_, String>(0))
        });
        let crud = crud.map(|crud| crud.expect("the queue"));
        steps.push(json!({"sql": sql, "taken_back": is_taken_back, "crud": crud}));
        device
            .execute_batch("DELETE FROM synctable_queue")
            .expect("the queue");
    }
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("steps.json");
    fs::write(&file, Value::from(steps).to_string()).expect("it can be written");
    let printed = ran("statements", |program| {
        program.arg(&file);
    });
    let expected = ["node:sqlite", "better-sqlite3", "sqlite-wasm"];
    let expected = expected.map(|name| format!("{name}: {count} statements"));
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_sync_with_a_server_that_misbehaves_loses_nothing_and_doubles_nothing() {
    let seeds = if tests::long() { "500" } else { "30" };
    let printed = ran("sync", |program| {
        program.arg(seeds);
    });
    assert!(printed.contains("\"repeated\":"), "{printed}");
}

#[test]
fn the_library_does_what_its_cases_say() {
    let printed = ran("library", |_| {});
    assert_eq!(printed.trim(), "18 cases");
}

#[test]
fn the_blocks_of_the_page_run() {
    let page = fs::read_to_string(workspace().join("docs/queue.md")).expect("it is there");
    let blocks = page.split("\n```ts\n// src/").skip(1).map(|block| {
        let (file, text) = block.split_once('\n').expect("a block has lines");
        let text = text.split("\n```").next().expect("it ends");
        (file.to_owned(), text.to_owned())
    });
    let blocks: Vec<_> = blocks.collect();
    assert_eq!(blocks.len(), 5);
    // The server takes what comes, and has another list.
    let fetch = r#"globalThis.fetch = async (_, { body }) => Response.json({
        results: (JSON.parse(body).transactions ?? []).map(() => ({ status: "success" })),
        begin: [], tables: [{ table: "lists", rows: [{ id: "other", title: "Garden" }], gone: [] }], end: [], cursor: "1", more: false,
    });"#;
    let printed = ran_of(&blocks, "tasks", "main.js", |program| {
        let options = format!("--import=data:text/javascript,{}", encoded(fetch));
        program.env("NODE_OPTIONS", options);
    });
    let expected = "queued: 1\nread again: lists\nqueued: 0\nGarden, Market";
    assert_eq!(printed.trim(), expected);
}

/// A text as a part of a URL.
fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
    bytes.collect()
}
