//! Transactions that commit late, while a device pulls: every row arrives, and none comes twice.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;
use serde_json::Value;
use tests::generate::dice::Dice;

use crate::bridge::client::Reply;
use crate::sync::world::{ANN, APP, Device, World};

const LIST: &str = "10000000-0000-4000-8000-000000000001";

fn world(hint: &str) -> World<'static> {
    let world = World::of(hint, APP);
    world.run(&format!(
        "insert into public.lists (id, title) values ('{LIST}', 'Market');
         insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}')"
    ));
    world
}

fn id(number: usize) -> String {
    format!("20000000-0000-4000-8000-{number:012}")
}

/// How often each title was sent.
fn titles(replies: &[Reply], seen: &mut BTreeMap<String, usize>) {
    for reply in replies {
        let answer = reply.json();
        for table in answer["tables"].as_array().expect("tables") {
            for row in table["rows"].as_array().expect("rows") {
                if let Value::String(title) = &row["title"] {
                    *seen.entry(title.clone()).or_default() += 1;
                }
            }
        }
    }
}

/// A puller that remembers the largest number it has seen, as if transactions committed in their order.
struct Naive {
    client: Client,
    last: i64,
    titles: Vec<String>,
}

impl Naive {
    fn pull(&mut self) {
        let sql = "select changed, title from public.items where changed > $1 order by changed, id";
        for row in self.client.query(sql, &[&self.last]).expect("rows") {
            self.last = row.get(0);
            self.titles.extend(row.get::<_, Option<String>>(1));
        }
    }
}

fn insert(client: &mut impl postgres::GenericClient, number: usize, title: &str) {
    let sql = format!(
        "insert into public.items (id, list_id, title) values ('{}', '{LIST}', '{title}')",
        id(number)
    );
    client.batch_execute(&sql).expect("it is written");
}

#[test]
fn a_transaction_that_commits_late_is_pulled_and_a_naive_cursor_loses_it() {
    let world = world("sync_late");
    let ann = world.device(ANN, "phone");
    world.sync(&ann);
    let mut naive = Naive {
        client: world.database.superuser(),
        last: 0,
        titles: Vec::new(),
    };
    let (mut slow, mut fast) = (world.database.superuser(), world.database.superuser());
    let mut late = slow.transaction().expect("a transaction");
    insert(&mut late, 1, "late");
    insert(&mut fast, 2, "early");
    let mut seen = BTreeMap::new();
    titles(&world.sync_at_once(&ann), &mut seen);
    naive.pull();
    late.commit().expect("it commits");
    titles(&world.sync(&ann), &mut seen);
    naive.pull();
    assert_eq!(naive.titles, ["early"], "this is why the horizon is asked");
    assert_eq!(
        seen,
        [("early", 1), ("late", 1)]
            .map(|(title, count)| (title.to_owned(), count))
            .into()
    );
    assert_eq!(ann.count("items"), 2);
}

/// Writes rows of its own until told to stop, in transactions of which some are long and some are rolled back; how many
/// versions were committed.
fn writes(mut client: Client, thread: usize, stop: &AtomicBool) -> usize {
    let mut dice = Dice::new(thread as u64 + 1);
    let (mut committed, mut number) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let mut transaction = client.transaction().expect("a transaction");
        let count = dice.below(4) + 1;
        for _ in 0..count {
            number += 1;
            let row = id(thread * 1000 + dice.below(40));
            let title = format!("{thread}-{number}");
            let sql = match dice.below(4) {
                0 => format!("delete from public.items where id = '{row}'"),
                _ => format!(
                    "insert into public.items (id, list_id, title) values ('{row}', '{LIST}', '{title}')
                     on conflict (id) do update set title = excluded.title"
                ),
            };
            transaction.batch_execute(&sql).expect("it is written");
        }
        if dice.below(12) == 0 {
            thread::sleep(Duration::from_millis(200));
        }
        match dice.below(8) {
            0 => transaction.rollback().expect("it is undone"),
            _ => {
                transaction.commit().expect("it commits");
                committed += count;
            }
        }
    }
    committed
}

/// The titles of the server's rows and those of a device.
fn both(world: &World<'_>, device: &Device) -> [Vec<String>; 2] {
    let sql = "select title from public.items order by title";
    let rows = world.database.superuser().query(sql, &[]).expect("rows");
    let mut here: Vec<String> = device
        .rows("items")
        .values()
        .filter_map(|row| match &row[2] {
            rusqlite::types::Value::Text(title) => Some(title.clone()),
            _ => None,
        })
        .collect();
    here.sort();
    [rows.iter().map(|row| row.get(0)).collect(), here]
}

#[test]
fn every_version_arrives_at_most_once_and_the_last_ones_all_do() {
    let world = world("sync_concurrent");
    let ann = world.device(ANN, "phone");
    world.sync(&ann);
    let stop = AtomicBool::new(false);
    let mut seen = BTreeMap::new();
    let committed: usize = thread::scope(|scope| {
        let writers: Vec<_> = (0..5)
            .map(|thread| {
                let client = world.database.superuser();
                let stop = &stop;
                scope.spawn(move || writes(client, thread, stop))
            })
            .collect();
        let until = Instant::now() + Duration::from_secs(6);
        let mut pulls = 0;
        while Instant::now() < until {
            titles(&world.sync_at_once(&ann), &mut seen);
            pulls += 1;
        }
        assert!(pulls > 20, "{pulls}");
        stop.store(true, Ordering::Relaxed);
        writers
            .into_iter()
            .map(|one| one.join().expect("it ends"))
            .sum()
    });
    // What ran until now has ended.
    titles(&world.sync(&ann), &mut seen);
    assert!(committed > 200, "{committed}");
    let twice: Vec<_> = seen.iter().filter(|(_, count)| **count > 1).collect();
    assert_eq!(twice, [], "of {} versions", seen.len());
    let [there, here] = both(&world, &ann);
    assert_eq!(there, here);
    for title in &there {
        assert_eq!(seen.get(title), Some(&1), "{title}");
    }
}
