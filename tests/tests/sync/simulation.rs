//! Five devices of two users write at random, are cut off, crash, and have clocks that are wrong, while the server and slow
//! transactions write, too. When all is quiet, each device has what its user may read.
//!
//! A seed replays: `SYNCTABLE_SEED=7`, and so do several: `SYNCTABLE_SEED=1-200`. The long mode (`SYNCTABLE_LONG=1`) runs more of them.

use std::time::{Duration, Instant};

use postgres::Client;
use synctable::sqlite::{pull, queue};
use tests::generate::dice::Dice;

use crate::sync::served::Kind;
use crate::sync::world::{ANN, APP, BEN, Device, World};

const TABLES: [&str; 4] = ["items", "tasks", "notes", "marks"];
const LISTS: usize = 3;
const ROWS: usize = 6;

/// How many seeds run, however long they take.
const FEWEST: u64 = 10;

fn list(number: usize) -> String {
    format!("10000000-0000-4000-8000-{number:012}")
}

fn row(table: usize, number: usize) -> String {
    format!("2000000{table}-0000-4000-8000-{number:012}")
}

/// A simulation: the devices, and who is cut off.
struct Simulation<'w> {
    world: &'w World<'static>,
    dice: Dice,
    devices: Vec<Device>,
    /// A transaction of the server that is open, on its own connection.
    slow: Client,
    is_slow: bool,
    count: usize,
}

impl Simulation<'_> {
    /// A write on a device; some are refused there, and change nothing.
    fn write(&mut self, device: usize) {
        let table = self.dice.below(TABLES.len());
        let (name, id) = (TABLES[table], row(table, self.dice.below(ROWS)));
        let of = list(self.dice.below(LISTS));
        self.count += 1;
        let title = format!("{device}-{}", self.count);
        let mut statements = vec![match self.dice.below(6) {
            0 => format!("DELETE FROM {name} WHERE id = '{id}'"),
            1 => format!("UPDATE {name} SET list_id = '{of}' WHERE id = '{id}'"),
            2 if name == "items" => {
                format!("UPDATE items SET rank = {} WHERE id = '{id}'", self.count)
            }
            2 if name == "tasks" => format!(
                "UPDATE tasks SET deleted_at = '2026-01-01T00:00:00.000000Z' WHERE id = '{id}'"
            ),
            2 | 3 => match name {
                "items" => format!(
                    "INSERT OR IGNORE INTO items (id, list_id, title, done) VALUES ('{id}', '{of}', '{title}', 0)"
                ),
                _ => format!(
                    "INSERT OR IGNORE INTO {name} (id, list_id, title) VALUES ('{id}', '{of}', '{title}')"
                ),
            },
            _ => format!("UPDATE {name} SET title = '{title}' WHERE id = '{id}'"),
        }];
        // A clock that is wrong: the time of the edit is what the device says.
        if matches!(name, "items" | "tasks") && self.dice.below(4) == 0 {
            let minute = self.dice.below(60);
            statements.push(format!(
                "UPDATE {name} SET title = 'skewed-{title}', edited_at = '20{}-01-01T00:{minute:02}:00.000000Z' WHERE id = '{id}'",
                20 + self.dice.below(12)
            ));
        }
        let mut sqlite = self.devices[device].sqlite.borrow_mut();
        for sql in statements {
            let written = queue::write(&mut sqlite, |transaction| transaction.execute_batch(&sql));
            if let Err(error) = written {
                let said = error.to_string();
                assert!(said.contains("_") || said.contains("null"), "{said}: {sql}");
            }
        }
    }

    /// A write of the server, in a transaction that may stay open.
    fn serve(&mut self) {
        let table = self.dice.below(TABLES.len());
        let (name, id) = (TABLES[table], row(table, self.dice.below(ROWS)));
        let of = list(self.dice.below(LISTS));
        self.count += 1;
        let title = format!("server-{}", self.count);
        let user = [ANN, BEN][self.dice.below(2)];
        let sql = match self.dice.below(6) {
            0 => format!("delete from public.{name} where id = '{id}'"),
            1 => {
                format!("delete from public.members where list_id = '{of}' and user_id = '{user}'")
            }
            2 => format!(
                "insert into public.members (list_id, user_id) values ('{of}', '{user}') on conflict do nothing"
            ),
            3 => format!("update public.{name} set list_id = '{of}' where id = '{id}'"),
            _ => format!(
                "insert into public.{name} (id, list_id, title) values ('{id}', '{of}', '{title}')
                 on conflict (id) do update set title = excluded.title"
            ),
        };
        let ends = self.dice.below(3) > 0;
        if !self.is_slow {
            self.slow.batch_execute("begin").expect("it begins");
            self.is_slow = true;
        }
        self.slow.batch_execute(&sql).expect("the server may");
        if ends {
            self.commit();
        }
    }

    fn commit(&mut self) {
        if self.is_slow {
            self.slow.batch_execute("commit").expect("it commits");
            self.is_slow = false;
        }
    }

    /// A request of a device; the answer, or the request, may be lost, and the device may crash before it applies it.
    fn request(&mut self, device: usize) {
        // A row that an open transaction has locked would make the upload wait for it.
        self.commit();
        let fate = self.dice.below(5);
        let device = &self.devices[device];
        let mut sqlite = device.sqlite.borrow_mut();
        let request = pull::request(&mut sqlite).expect("a request");
        if fate == 0 {
            return;
        }
        let reply = self.world.send(&device.user, &device.client, &request.body);
        let reply = reply.expect("an answer");
        assert_eq!(reply.status, 200, "{reply:?}\n{}", request.body);
        match fate {
            1 => {}
            2 => {
                // It crashes in the middle: the transaction is undone, and the mark of applying with it.
                let transaction = sqlite.transaction().expect("a transaction");
                let applying = "INSERT INTO synctable_applying (id) VALUES (1)";
                transaction.execute(applying, []).expect("it is marked");
                transaction
                    .execute("DELETE FROM items", [])
                    .expect("nothing is refused");
            }
            _ => {
                pull::apply(&mut sqlite, &request, &reply.body)
                    .unwrap_or_else(|error| panic!("{error}: {}", reply.body));
            }
        }
    }
}

/// Runs one seed on a world, which is emptied first.
fn simulated(world: &World<'static>, seed: u64) {
    world.run("truncate public.items, public.tasks, public.notes, public.marks, public.members, public.lists");
    for number in 0..LISTS {
        let list = list(number);
        world.run(&format!(
            "insert into public.lists (id, title) values ('{list}', 'List {number}')"
        ));
        for user in [ANN, BEN] {
            world.run(&format!(
                "insert into public.members (list_id, user_id) values ('{list}', '{user}')"
            ));
        }
    }
    let owners = [ANN, ANN, ANN, BEN, BEN];
    let mut simulation = Simulation {
        world,
        dice: Dice::new(seed),
        devices: owners
            .iter()
            .enumerate()
            .map(|(nr, user)| world.device(user, &format!("device {nr} of {seed}")))
            .collect(),
        slow: world.database.superuser(),
        is_slow: false,
        count: 0,
    };
    for _ in 0..60 {
        let device = simulation.dice.below(owners.len());
        match simulation.dice.below(10) {
            0..=4 => simulation.write(device),
            5 | 6 => simulation.serve(),
            _ => simulation.request(device),
        }
    }
    simulation.commit();
    // Twice: what one device sends, another one gets.
    for _ in 0..2 {
        for device in &simulation.devices {
            world.sync(device);
        }
    }
    let [ann, ben] = [ANN, BEN].map(|user| world.reader(user));
    let tables = ["lists", "members"].iter().chain(&TABLES);
    for table in tables {
        for (nr, device) in simulation.devices.iter().enumerate() {
            let reader = if device.user == ANN { &ann } else { &ben };
            assert_eq!(
                device.rows(table),
                reader.rows(table),
                "seed {seed}: device {nr}, {table}"
            );
            assert_eq!(device.count("synctable_queue"), 0, "seed {seed}");
            assert_eq!(device.count("synctable_again"), 0, "seed {seed}");
            assert_eq!(device.count("synctable_held"), 0, "seed {seed}");
        }
    }
}

#[test]
fn every_device_ends_with_what_its_user_may_read() {
    simulated_by(Kind::Bridge);
}

#[test]
fn every_device_behind_the_worker_ends_with_what_its_user_may_read() {
    simulated_by(Kind::Worker);
}

/// Runs the seeds that there is time for.
fn simulated_by(kind: Kind) {
    let world = World::served_by(kind, "sync_simulation", APP);
    if let Some(seeds) = tests::seeds() {
        for seed in seeds {
            simulated(&world, seed);
            println!("seed {seed} behind the {kind:?}");
        }
        return;
    }
    let (seeds, time) = match std::env::var("SYNCTABLE_LONG").is_ok() {
        true => (5_000, Duration::from_secs(7200)),
        false => (200, Duration::from_secs(60)),
    };
    let until = Instant::now() + time;
    let mut ran = 0;
    for seed in 1..=seeds {
        // A machine that is busy runs fewer, and never none.
        if ran >= FEWEST && Instant::now() > until {
            break;
        }
        simulated(&world, seed);
        ran += 1;
    }
    println!("{ran} seeds behind the {kind:?}");
}
