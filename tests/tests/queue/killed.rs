//! A device that is killed while it writes, applies and drains: nothing is lost, nothing is doubled, and the next write is captured.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use synctable::sqlite::{queue, upgrade};
use tempfile::TempDir;
use tests::generate::dice::Dice;

use crate::queue::app::database;

/// The folder of a device, for the process that is killed.
const FOLDER: &str = "SYNCTABLE_TEST_DEVICE";
const SEED: &str = "SYNCTABLE_TEST_SEED";

fn open(folder: &Path) -> Connection {
    let mut device = Connection::open(folder.join("app.db")).expect("a file");
    device
        .busy_timeout(Duration::from_secs(10))
        .expect("a timeout");
    upgrade(&mut device, &database()).expect("the database is made");
    queue::connect(&device).expect("pragmas");
    device
}

/// What the server has got: a line for each request, of which it takes each number once.
fn requests(folder: &Path) -> File {
    let path = folder.join("requests");
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.expect("a file")
}

/// Writes rows of its own (`w…`), applies rows of the server (`s…`), or uploads a transaction.
fn step(device: &mut Connection, requests: &mut File, dice: &mut Dice) {
    match dice.below(6) {
        0..=2 => {
            let written = queue::write(device, |transaction| {
                for _ in 0..=dice.below(3) {
                    let (id, number) = (dice.below(20), dice.below(1000));
                    let sql = match dice.below(4) {
                        0 => format!("DELETE FROM plain WHERE id = 'w{id}'"),
                        1 => format!("UPDATE plain SET \"order\" = {number} WHERE id = 'w{id}'"),
                        2 => {
                            format!("REPLACE INTO plain (id, \"order\") VALUES ('w{id}', {number})")
                        }
                        _ => format!(
                            "INSERT INTO plain (id, \"order\") VALUES ('w{id}', {number})
                             ON CONFLICT (id) DO UPDATE SET \"order\" = excluded.\"order\""
                        ),
                    };
                    transaction.execute_batch(&sql)?;
                }
                Ok::<_, rusqlite::Error>(())
            });
            written.expect("written");
        }
        3 => {
            let applied = queue::apply(device, |transaction| {
                for _ in 0..20 {
                    let (id, number) = (dice.below(50), dice.below(1000));
                    let row = "REPLACE INTO plain (id, \"order\") VALUES (?, ?)";
                    transaction.execute(row, (format!("s{id}"), number.to_string()))?;
                }
                Ok::<_, rusqlite::Error>(())
            });
            applied.expect("applied");
        }
        _ => {
            if let Some(upload) = queue::next(device).expect("the queue") {
                let line = format!("{}\t{}\n", upload.number, upload.crud);
                requests.write_all(line.as_bytes()).expect("sent");
                queue::complete(device, upload.number).expect("completed");
            }
        }
    }
}

type Rows = BTreeMap<String, Value>;

fn replay(rows: &mut Rows, crud: &str) {
    let crud: Vec<Value> = serde_json::from_str(crud).expect("JSON");
    for entry in crud {
        let id = entry["id"].as_str().expect("an id").to_owned();
        assert!(
            id.starts_with('w'),
            "rows of the server are not uploaded: {id}"
        );
        match entry["op"].as_str() {
            Some("PUT") => drop(rows.insert(id, entry["op_data"]["order"].clone())),
            Some("PATCH") => {
                let row = rows.get_mut(&id).expect("it is there before it changes");
                row.clone_from(&entry["op_data"]["order"]);
            }
            _ => drop(rows.remove(&id).expect("it is there before it goes")),
        }
    }
}

/// What the server has and what is queued is what the device has. Returns how many requests came twice.
fn check(folder: &Path, device: &Connection) -> usize {
    let whole: String = device
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("a check");
    assert_eq!(whole, "ok");
    let applying: i64 = device
        .query_row("SELECT count(*) FROM synctable_applying", [], |row| {
            row.get(0)
        })
        .expect("a count");
    assert_eq!(applying, 0, "the flag is down");
    let lines = BufReader::new(File::open(folder.join("requests")).expect("a file")).lines();
    let mut taken = BTreeMap::new();
    let mut twice = 0;
    for line in lines {
        let line = line.expect("a line");
        let (number, crud) = line.split_once('\t').expect("two parts");
        let number: i64 = number.parse().expect("a number");
        if let Some(before) = taken.insert(number, crud.to_owned()) {
            assert_eq!(before, crud, "a transaction that was sent does not change");
            twice += 1;
        }
    }
    let mut rows = Rows::new();
    for crud in taken.values() {
        replay(&mut rows, crud);
    }
    let mut queued = device
        .prepare("SELECT number, crud FROM synctable_uploads ORDER BY number")
        .expect("the queue");
    let queued = queued.query_map([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    });
    for upload in queued.expect("the queue") {
        let (number, crud) = upload.expect("an upload");
        match taken.get(&number) {
            Some(sent) => assert_eq!(*sent, crud, "it is sent again as it was"),
            None => replay(&mut rows, &crud),
        }
    }
    let mut here = device
        .prepare("SELECT id, \"order\" FROM plain WHERE id LIKE 'w%'")
        .expect("a table");
    let here = here.query_map([], |row| {
        Ok((row.get(0)?, Value::from(row.get::<_, Option<i64>>(1)?)))
    });
    let here: Rows = here.expect("rows").collect::<Result<_, _>>().expect("rows");
    assert_eq!(rows, here);
    twice
}

/// The device. On its own it does some steps; for the test below it works until it is killed.
#[test]
fn a_device_that_writes_applies_and_drains_has_what_the_server_has_and_what_is_queued() {
    let own = TempDir::new().expect("a folder");
    let folder = std::env::var(FOLDER);
    let steps = folder.as_ref().map_or(200, |_| usize::MAX);
    let folder = folder.as_ref().map_or(own.path(), Path::new);
    let seed = std::env::var(SEED).map_or(1, |seed| seed.parse().expect("a number"));
    let mut dice = Dice::new(seed);
    let (mut device, mut requests) = (open(folder), requests(folder));
    println!("works");
    for _ in 0..steps {
        step(&mut device, &mut requests, &mut dice);
    }
    check(folder, &device);
}

#[test]
fn a_device_that_is_killed_loses_nothing_and_doubles_nothing() {
    let rounds = if tests::long() { 500 } else { 60 };
    let mut dice = Dice::new(5);
    let mut twice = 0;
    for mode in ["WAL", "DELETE"] {
        let folder = TempDir::new().expect("a folder");
        let device = open(folder.path());
        device
            .pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))
            .expect("a mode");
        drop((device, requests(folder.path())));
        for round in 0..rounds / 2 {
            let name = "queue::killed::a_device_that_writes_applies_and_drains_has_what_the_server_has_and_what_is_queued";
            let mut child = Command::new(std::env::current_exe().expect("a path"))
                .args(["--exact", name, "--nocapture"])
                .env(FOLDER, folder.path())
                .env(SEED, round.to_string())
                .stdout(Stdio::piped())
                .spawn()
                .expect("it starts");
            let mut told = BufReader::new(child.stdout.take().expect("it is piped")).lines();
            let works = told.any(|line| line.is_ok_and(|line| line.ends_with("works")));
            assert!(works, "it runs");
            std::thread::sleep(Duration::from_micros(1 + dice.below(60_000) as u64));
            child.kill().expect("it is killed");
            child.wait().expect("it has ended");
            twice = twice.max(check(folder.path(), &open(folder.path())));
        }
        let mut device = open(folder.path());
        while let Some(upload) = queue::next(&mut device).expect("the queue") {
            let line = format!("{}\t{}\n", upload.number, upload.crud);
            requests(folder.path())
                .write_all(line.as_bytes())
                .expect("sent");
            queue::complete(&device, upload.number).expect("completed");
        }
        check(folder.path(), &device);
    }
    println!("{twice} requests came twice");
}
