//! Postgres on a disk that is really full: first its tables cannot grow, and then its log, so that it ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::cases::workspace;
use tests::postgres::{Cluster, become_unprivileged};

use crate::bridge::app::{ANN, Access, Bridge, Over, database_in, run, statuses, token};
use crate::bridge::client::send;
use crate::bridge::faults::{AUDIT, history, rename};
use crate::bridge::uploads::list;

/// The megabytes of the disk: a new cluster with the app takes half of it.
const DISK: u32 = 140;
const DEVICES: usize = 4;

/// Fills a disk to its last byte until it is dropped.
struct Filler(PathBuf);

impl Filler {
    fn on(disk: &Path) -> Filler {
        let path = disk.join("filler");
        let said = as_server(&format!("cat /dev/zero >'{}'", path.display()));
        assert!(said.contains("No space left on device"), "{said}");
        Filler(path)
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        assert_eq!(as_server(&format!("rm '{}'", self.0.display())), "");
    }
}

/// What a command says that the server's user runs, to whom the disk belongs.
fn as_server(line: &str) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", line]).stdin(Stdio::null());
    become_unprivileged(&mut command);
    let output = command.output().expect("sh runs");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A device that writes and uploads until it is told to stop, and then until everything is dealt with; the names that it
/// gave to its list, and how often it was asked to wait.
fn device(bridge: &Bridge, number: usize, is_over: &AtomicBool) -> (Vec<String>, usize) {
    let id = format!("10000000-0000-4000-8000-{number:012}");
    let authorization = format!("Bearer {}", token(ANN));
    let client = format!("device {number}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Synctable-Client-Id", client.as_str()),
    ];
    let (mut names, mut queue, mut waits) = (Vec::new(), Vec::<Value>::new(), 0);
    let mut over = None;
    loop {
        if over.is_none() && is_over.load(Ordering::SeqCst) {
            over = Some(Instant::now());
        }
        if over.is_none() && queue.len() < 5 {
            let crud: Vec<Value> = (0..20)
                .map(|_| {
                    let name = format!("{} of {number}", names.len());
                    names.push(name.clone());
                    match names.len() {
                        1 => list(&id, &name),
                        _ => rename(&id, &name),
                    }
                })
                .collect();
            queue.push(json!({"transaction_id": names.len(), "crud": crud}));
        }
        if queue.is_empty() {
            return (names, waits);
        }
        assert!(
            over.is_none_or(|over| over.elapsed() < Duration::from_secs(60)),
            "device {number} does not get on"
        );
        let body = json!({ "transactions": queue }).to_string();
        let reply = send(
            bridge.address,
            "POST",
            "/api/data",
            &headers,
            body.as_bytes(),
        );
        let reply = reply.expect("the bridge answers, whatever Postgres does");
        if reply.status != 200 {
            assert_eq!(reply.status, 503, "{reply:?}");
            waits += 1;
            continue;
        }
        let words = statuses(&reply);
        assert!(!words.iter().any(|word| word == "fatal_error"), "{reply:?}");
        let done = words.iter().take_while(|word| *word == "success").count();
        queue.drain(..done);
        if words.iter().any(|word| word == "retryable_error") {
            waits += 1;
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn full(hint: &str, access: Access) {
    let cluster = Cluster::on_a_disk_of(DISK, "synchronous_commit = on\nmax_wal_size = 8MB\n");
    let database = database_in(&cluster, hint, &workspace().join("schema"));
    run(
        &database,
        "insert into public.themes (id, name) values (1, 'Plain') on conflict do nothing",
    );
    run(&database, AUDIT);
    let settings = "[uploads]\nbudget_ms = 500\n";
    let bridge = Bridge::start(&database.login_url("bridge_role"), access, settings);
    let is_over = AtomicBool::new(false);
    let devices = thread::scope(|scope| {
        let over = Over(&is_over);
        let devices: Vec<_> = (0..DEVICES)
            .map(|number| {
                let (bridge, is_over) = (&bridge, &is_over);
                scope.spawn(move || device(bridge, number, is_over))
            })
            .collect();
        for seconds in [1, 3] {
            thread::sleep(Duration::from_secs(1));
            let filler = Filler::on(&cluster.disk());
            thread::sleep(Duration::from_secs(seconds));
            drop(filler);
        }
        thread::sleep(Duration::from_secs(1));
        drop(over);
        let devices = devices.into_iter().map(|device| device.join());
        let devices: Vec<_> = devices
            .map(|device| device.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect();
        devices
    });
    let log = cluster.folder().expect("the server is ours").join("log");
    let log = std::fs::read(log).expect("the server has a log");
    let log = String::from_utf8_lossy(&log);
    let is_full = log.matches("No space left on device").count();
    let ended = log.matches("PANIC").count();
    let waits: usize = devices.iter().map(|(_, waits)| waits).sum();
    let changes: usize = devices.iter().map(|(names, _)| names.len()).sum();
    println!(
        "{access:?}: {changes} changes, {is_full} errors for want of space, {ended} ends of the server, devices waited {waits} times"
    );
    assert!(is_full > 0 && waits > 0, "{log}");
    for (number, (names, _)) in devices.iter().enumerate() {
        let id = format!("10000000-0000-4000-8000-{number:012}");
        assert_eq!(history(&database, &id), *names, "device {number}");
    }
    let letters = "select count(*) from tasks_bridge.dead_letters";
    let letters = database.superuser().query_one(letters, &[]);
    assert_eq!(letters.expect("they are counted").get::<_, i64>(0), 0);
    assert_eq!(bridge.get("/health/ready").status, 200);
}

#[test]
fn a_full_disk_loses_and_doubles_nothing_under_row_level_security() {
    full("bridge_disk_rls", Access::RowSecurity);
}

#[test]
fn a_full_disk_loses_and_doubles_nothing_with_guarded_statements() {
    full("bridge_disk_guarded", Access::Guarded);
}
