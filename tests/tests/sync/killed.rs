//! A device that is killed while it syncs over the network: what it had written arrives, once, and its mark of applying is
//! never left set.

use std::io::{BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use synctable::sqlite::{pull, queue, upgrade};
use tempfile::TempDir;
use tests::generate::dice::Dice;

use crate::sync::served::{BOTH, Kind};
use crate::sync::slice::{LIST, shared_by};
use crate::sync::world::{ANN, Device, World, sent};

/// The device, for the process that is killed.
const FILE: &str = "SYNCTABLE_TEST_DEVICE";
const SEED: &str = "SYNCTABLE_TEST_SEED";
const ADDRESS: &str = "SYNCTABLE_TEST_ADDRESS";

fn open(file: &Path) -> Connection {
    let device = Connection::open(file).expect("a file");
    device
        .busy_timeout(Duration::from_secs(10))
        .expect("a timeout");
    queue::connect(&device).expect("pragmas");
    device
}

/// The process: writes rows and syncs, until it is killed.
#[test]
fn a_device_that_is_killed() {
    let Ok(file) = std::env::var(FILE) else {
        // It is run by the other test.
        return;
    };
    let told = |name: &str| std::env::var(name).expect("the test sets it");
    let address: SocketAddr = told(ADDRESS).parse().expect("an address");
    let mut dice = Dice::new(told(SEED).parse().expect("a number"));
    let mut device = open(Path::new(&file));
    println!("begun");
    for turn in 0.. {
        if turn == 0 || dice.below(2) == 0 {
            let id = format!(
                "30000000-0000-4000-8000-{:012x}",
                dice.bits() & 0xffff_ffff_ffff
            );
            let row = dice.below(40);
            let written = queue::write(&mut device, |transaction| {
                transaction.execute_batch(&format!(
                    "INSERT INTO items (id, list_id, title, done) VALUES ('{id}', '{LIST}', 'new', 0);
                     UPDATE marks SET title = '{id}' WHERE id = '20000000-0000-4000-8000-{row:012}';
                     INSERT INTO written (id) VALUES ('{id}')"
                ))
            });
            written.expect("written");
        }
        let request = pull::request(&mut device).expect("a request");
        let mut body: Value = serde_json::from_str(&request.body).expect("JSON");
        body["limit"] = json!(dice.below(30) + 1);
        let reply = sent(address, ANN, "killed", &body.to_string()).expect("an answer");
        assert_eq!(reply.status, 200, "{reply:?}");
        pull::apply(&mut device, &request, &reply.body).expect("applied");
    }
}

fn killed(kind: Kind, times: u64) {
    let world: World<'static> = shared_by(kind, "sync_killed");
    world.run(&format!(
        "insert into public.marks (id, list_id, title)
         select ('20000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '{LIST}', 'Mark ' || n from generate_series(0, 39) as n"
    ));
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("app.db");
    let mut device = Connection::open(&file).expect("a file");
    device
        .pragma_update(None, "journal_mode", "wal")
        .expect("a journal");
    upgrade(&mut device, &world.begins).expect("the database is made");
    device
        .execute_batch("CREATE TABLE written (id TEXT PRIMARY KEY) STRICT")
        .expect("a table of the test");
    drop(device);
    let mut dice = Dice::new(9);
    for seed in 0..times {
        let mut child = Command::new(std::env::current_exe().expect("the program"))
            .args([
                "--exact",
                "sync::killed::a_device_that_is_killed",
                "--nocapture",
            ])
            .env(FILE, &file)
            .env(ADDRESS, world.address().to_string())
            .env(SEED, seed.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it runs");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut lines = lines.map_while(Result::ok);
        assert!(lines.any(|line| line.contains("begun")), "it begins");
        std::thread::sleep(Duration::from_micros(dice.below(150_000) as u64));
        // Meanwhile the server writes, too.
        world.run(&format!(
            "update public.items set rank = {seed} where list_id = '{LIST}' and id::text like '%{:x}'",
            seed % 16
        ));
        child.kill().expect("it is killed");
        let _ = child.wait();
        let device = open(&file);
        let state = "SELECT (SELECT count(*) FROM synctable_applying) || (SELECT integrity_check FROM pragma_integrity_check)";
        let state: String = device
            .query_row(state, [], |row| row.get(0))
            .expect("a state");
        assert_eq!(state, "0ok", "{kind:?}, after {seed} kills");
    }
    let device = Device::of(open(&file), ANN, "killed");
    world.sync(&device);
    let lost = "SELECT count(*) FROM written WHERE id NOT IN (SELECT id FROM items)";
    assert_eq!(
        device
            .text(&format!("SELECT CAST(({lost}) AS TEXT)"))
            .as_deref(),
        Some("0")
    );
    let reader = world.reader(ANN);
    for table in ["items", "marks", "lists", "members"] {
        assert_eq!(device.rows(table), reader.rows(table), "{kind:?}: {table}");
    }
    assert_eq!(
        [
            device.count("synctable_queue"),
            device.count("synctable_dead_letters")
        ],
        [0, 0]
    );
    let written = device.count("written");
    // One is there from the beginning.
    assert_eq!(device.count("items"), written + 1, "nothing is doubled");
    let _ = writeln!(std::io::stdout(), "{kind:?}: {times} kills, {written} rows");
    assert!(written > 0);
}

#[test]
fn a_device_that_is_killed_while_it_syncs_loses_nothing_and_doubles_nothing() {
    let times = match std::env::var("SYNCTABLE_LONG").is_ok() {
        true => 200,
        false => 8,
    };
    for kind in BOTH {
        killed(kind, times);
    }
}
