//! Three bridges behind a balancer, twenty devices, and everything that may go wrong, at moments that a seed decides.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::cases::workspace;
use tests::generate::dice::Dice;
use tests::postgres::{Cluster, Database};

use crate::bridge::app::{ANN, Access, Bridge, database_in, run, statuses, token};
use crate::bridge::client::{Reply, send};
use crate::bridge::faults::{AUDIT, history, rename};
use crate::bridge::relay::Relay;
use crate::bridge::uploads::list;

const DEVICES: usize = 20;
const BRIDGES: usize = 3;
const TOKEN: &str = "the token of the storm";

/// While the row `full` is there, writes fail as they do on a full disk.
const DISK: &str = "
    create table public.disk (is_full boolean);
    grant select on public.disk to public;
    create function public.disk() returns trigger language plpgsql as $$
    begin
        if exists (select from public.disk) then
            raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
        end if;
        return new;
    end $$;
    create trigger aa_disk before insert or update on public.lists for each row execute function public.disk();";

/// What a device has done, in its order, and what it still has to upload.
struct Device {
    number: usize,
    dice: Dice,
    queue: Vec<Value>,
    transactions: usize,
    /// The names that each row had, a wrong one as it is amended later.
    names: BTreeMap<String, Vec<String>>,
}

impl Device {
    fn new(number: usize, seed: u64) -> Self {
        Device {
            number,
            dice: Dice::new(seed.wrapping_mul(31).wrapping_add(number as u64)),
            queue: Vec::new(),
            transactions: 0,
            names: BTreeMap::new(),
        }
    }

    /// Adds a transaction of one to three entries.
    fn write(&mut self) {
        self.transactions += 1;
        let mut crud = Vec::new();
        for nr in 0..self.dice.between(1, 3) {
            let name = format!("{} {} {nr}", self.number, self.transactions);
            let ids: Vec<String> = self.names.keys().cloned().collect();
            if ids.len() < 2 || (ids.len() < 6 && self.dice.chance(10)) {
                let id = format!("1{:03}0000-0000-4000-8000-{:012}", self.number, ids.len());
                crud.push(list(&id, &name));
                self.names.insert(id, vec![name]);
                continue;
            }
            let id = self.dice.pick(&ids).clone();
            // What comes later for a row that was refused waits, so that most devices have nothing that is.
            if self.number.is_multiple_of(4) && self.dice.chance(4) {
                // An empty name is refused; its place tells how it is amended.
                let mut wrong = rename(&id, "");
                wrong["op_data"]["position"] = json!(self.transactions * 10 + nr);
                crud.push(wrong);
            } else {
                crud.push(rename(&id, &name));
            }
            self.names.get_mut(&id).expect("it is there").push(name);
        }
        self.queue
            .push(json!({"transaction_id": self.transactions, "crud": crud}));
    }

    /// Uploads some of the queue, and removes what was dealt with.
    fn upload(&mut self, address: SocketAddr) {
        let some = &self.queue[..self.queue.len().min(5)];
        let body = json!({ "transactions": some }).to_string();
        let headers = headers(self.number);
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let Ok(reply) = send(address, "POST", "/api/data", &headers, body.as_bytes()) else {
            return pause();
        };
        if reply.status != 200 {
            assert!([429, 503].contains(&reply.status), "{reply:?}");
            return pause();
        }
        let words = statuses(&reply);
        let done = words
            .iter()
            .take_while(|word| ["success", "fatal_error"].contains(&word.as_str()));
        let done = done.count();
        self.queue.drain(..done);
        if done < words.len() {
            pause();
        }
    }
}

fn pause() {
    thread::sleep(Duration::from_millis(20));
}

fn headers(device: usize) -> [(&'static str, String); 3] {
    [
        ("Authorization", format!("Bearer {}", token(ANN))),
        ("Synctable-Client-Id", format!("device {device}")),
        (
            "Synctable-Release",
            schema::generated::REGISTRY.fingerprint.to_owned(),
        ),
    ]
}

/// How long it lasts: half an hour in the long mode.
fn lasts() -> Duration {
    let told = std::env::var("SYNCTABLE_BRIDGE_SECONDS").ok();
    let is_long = std::env::var_os("SYNCTABLE_LONG").is_some();
    Duration::from_secs(match told {
        Some(text) => text.parse().expect("a number of seconds"),
        None if is_long => 1800,
        None => 8,
    })
}

fn seed() -> u64 {
    let told = std::env::var("SYNCTABLE_BRIDGE_SEED").ok();
    told.map_or(7, |text| text.parse().expect("a number"))
}

/// A port that no outgoing connection takes while the server is down.
pub(crate) fn free_port() -> u16 {
    // No two tests of this process look for one at the same place.
    static TESTS: AtomicU32 = AtomicU32::new(0);
    let first = 20_000 + std::process::id() % 2_000 + 2_000 * TESTS.fetch_add(1, Ordering::Relaxed);
    let ports = (first..).map(|port| u16::try_from(port).expect("one is free"));
    let mut free = ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().expect("one is free")
}

/// What went wrong, by kind.
#[derive(Debug, Default)]
struct Faults {
    bridges: usize,
    crashes: usize,
    ended: usize,
    slow: usize,
    full: usize,
}

/// Breaks things until it is over, and leaves them whole.
fn faults(world: &World<'_>, bridges: &mut [Bridge], link: &Relay, is_over: &AtomicBool) -> Faults {
    let mut dice = Dice::new(seed());
    let mut faults = Faults::default();
    while !is_over.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(dice.between(50, 600) as u64));
        match dice.below(10) {
            0..3 => {
                let bridge = dice.below(bridges.len());
                let address = bridges[bridge].address;
                bridges[bridge].kill();
                thread::sleep(Duration::from_millis(dice.between(0, 300) as u64));
                bridges[bridge] = world.bridge(&address.to_string());
                faults.bridges += 1;
            }
            3 => {
                world.cluster.crash();
                faults.crashes += 1;
            }
            4..7 => {
                let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'bridge_role'";
                world
                    .database
                    .superuser()
                    .query_one(sql, &[])
                    .expect("they are ended");
                faults.ended += 1;
            }
            7 | 8 => {
                link.slow(dice.between(5, 60) as u64);
                thread::sleep(Duration::from_millis(400));
                link.slow(0);
                faults.slow += 1;
            }
            _ => {
                run(world.database, "insert into public.disk values (true)");
                thread::sleep(Duration::from_millis(300));
                run(world.database, "delete from public.disk");
                faults.full += 1;
            }
        }
    }
    faults
}

struct World<'c> {
    cluster: &'c Cluster,
    database: &'c Database<'c>,
    url: String,
    access: Access,
}

impl World<'_> {
    fn bridge(&self, listen: &str) -> Bridge {
        let settings = format!(
            "[uploads]\nafter_fatal = 'skip'\nbudget_ms = 1000\n[admin]\ntoken = '{TOKEN}'\n"
        );
        // Fewer connections than requests, so that they run out.
        Bridge::begin(
            &workspace().join("schema"),
            listen,
            &self.url,
            self.access,
            &settings,
            "connections = 4\n",
        )
    }
}

fn admin(bridge: &Bridge, method: &str, path: &str, body: &str) -> Reply {
    let authorization = format!("Bearer {TOKEN}");
    let headers = [("Authorization", authorization.as_str())];
    send(bridge.address, method, path, &headers, body.as_bytes()).expect("it answers")
}

/// Replays every dead letter, amended; how many there were.
fn replay(bridge: &Bridge) -> usize {
    let mut count = 0;
    loop {
        let letters = admin(bridge, "GET", "/admin/dead-letters", "").json();
        let letters = letters.as_array().expect("a list");
        if letters.is_empty() {
            return count;
        }
        for letter in letters {
            assert_eq!(letter["code"], "check", "{letter}");
            let entries = letter["entries"].as_array().expect("a list").iter();
            let amended: Vec<Value> = entries
                .map(|entry| amended(entry.as_str().expect("a text")))
                .collect();
            let path = format!("/admin/dead-letters/{}/replay", letter["id"]);
            let reply = admin(
                bridge,
                "POST",
                &path,
                &json!({ "entries": amended }).to_string(),
            );
            assert_eq!(
                reply.json(),
                json!({"outcome": "applied"}),
                "{reply:?}: {letter}"
            );
            count += 1;
        }
    }
}

/// An entry with the name that its device wanted to give.
fn amended(text: &str) -> Value {
    let mut entry: Value = serde_json::from_str(text).expect("it is JSON");
    if entry["op_data"]["name"] == "" {
        let place = entry["op_data"]["position"].as_u64().expect("a number");
        let id = entry["id"].as_str().expect("a text");
        let device: usize = id[1..4].parse().expect("a number");
        entry["op_data"]["name"] = json!(format!("{device} {} {}", place / 10, place % 10));
    }
    entry
}

fn storm(hint: &str, access: Access) {
    let port = free_port();
    // What is committed outlives the server.
    let cluster = Cluster::listening(
        port,
        "synchronous_commit = on\nfull_page_writes = on\n",
        &[],
    );
    let database = database_in(&cluster, hint, &workspace().join("schema"));
    run(
        &database,
        "insert into public.themes (id, name) values (1, 'Plain') on conflict do nothing",
    );
    run(&database, AUDIT);
    run(&database, DISK);
    let link = Relay::to(vec![SocketAddr::from(([127, 0, 0, 1], port))]);
    let world = World {
        cluster: &cluster,
        url: format!(
            "postgres://bridge_role@{}/{}?sslmode=disable",
            link.address,
            database.name()
        ),
        database: &database,
        access,
    };
    let mut bridges: Vec<Bridge> = (0..BRIDGES).map(|_| world.bridge("127.0.0.1:0")).collect();
    let balancer = Relay::to(bridges.iter().map(|bridge| bridge.address).collect());
    let until = Instant::now() + lasts();
    let is_over = AtomicBool::new(false);
    let (devices, faults) = thread::scope(|scope| {
        let faults = scope.spawn(|| faults(&world, &mut bridges, &link, &is_over));
        let devices = (0..DEVICES).map(|number| {
            let address = balancer.address;
            scope.spawn(move || {
                let mut device = Device::new(number, seed());
                // Some are slow to write, and some write faster than they upload.
                let waits = device.dice.below(3) as u64 * 30;
                while Instant::now() < until {
                    for _ in 0..device.dice.between(1, 4) {
                        device.write();
                    }
                    device.upload(address);
                    thread::sleep(Duration::from_millis(waits));
                }
                let began = Instant::now();
                while !device.queue.is_empty() {
                    assert!(
                        began.elapsed() < Duration::from_secs(600),
                        "{number} does not get on"
                    );
                    device.upload(address);
                }
                device
            })
        });
        let devices: Vec<_> = devices
            .collect::<Vec<_>>()
            .into_iter()
            .map(|device| device.join())
            .collect();
        is_over.store(true, Ordering::SeqCst);
        let faults = faults.join().expect("it ends");
        let devices = devices
            .into_iter()
            .map(|device| device.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        (devices.collect::<Vec<_>>(), faults)
    });
    let before = differing(&database, &devices);
    let letters = replay(&bridges[0]);
    let transactions: usize = devices.iter().map(|device| device.transactions).sum();
    println!(
        "{access:?}: {transactions} transactions, {letters} dead letters, {before} rows waited for them, {faults:?}"
    );
    assert!(letters > 0 && before > 0, "nothing was refused");
    for device in &devices {
        for (id, names) in &device.names {
            assert_eq!(history(&database, id), *names, "device {}", device.number);
        }
    }
}

/// How many rows are others than those of their devices.
fn differing(database: &Database<'_>, devices: &[Device]) -> usize {
    let rows = devices.iter().flat_map(|device| &device.names);
    rows.filter(|(id, names)| history(database, id) != **names)
        .count()
}

#[test]
fn whatever_breaks_nothing_is_lost_doubled_or_out_of_order_under_row_level_security() {
    storm("bridge_storm_rls", Access::RowSecurity);
}

#[test]
fn whatever_breaks_nothing_is_lost_doubled_or_out_of_order_with_guarded_statements() {
    storm("bridge_storm_guarded", Access::Guarded);
}
