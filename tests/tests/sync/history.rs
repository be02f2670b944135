//! Random histories of the server in random cuts of pages: a device that pulls all along ends with the rows of one that
//! pulls at the end, and nothing that the server holds is refused.

use serde_json::{Value, json};
use synctable::sqlite::pull;
use tests::generate::dice::Dice;

use crate::sync::served::BOTH;
use crate::sync::world::{ANN, APP, BEN, Device, World};

const TABLES: [&str; 4] = ["items", "tasks", "notes", "marks"];
const LISTS: usize = 4;
const ROWS: usize = 40;

fn list(number: usize) -> String {
    format!("10000000-0000-4000-8000-{number:012}")
}

/// A statement that the server may run at any time, rows that no device would make among them.
fn statement(dice: &mut Dice, number: usize) -> String {
    let table = TABLES[dice.below(TABLES.len())];
    let id = format!("20000000-0000-4000-8000-{:012}", dice.below(ROWS));
    let other = format!("20000000-0000-4000-8000-{:012}", dice.below(ROWS));
    let of = list(dice.below(LISTS));
    let user = [ANN, BEN][dice.below(2)];
    match dice.below(9) {
        0 => format!("delete from public.{table} where id = '{id}'"),
        1 => format!("delete from public.{table} where list_id = '{of}'"),
        2 => format!("update public.{table} set list_id = '{of}' where id in ('{id}', '{other}')"),
        3 => format!("update public.{table} set id = gen_random_uuid() where id = '{id}'"),
        4 => format!("delete from public.members where list_id = '{of}' and user_id = '{user}'"),
        5 => format!(
            "insert into public.members (list_id, user_id) values ('{of}', '{user}') on conflict do nothing"
        ),
        6 => format!(
            "update public.items set rank = {number}, meta = '[{number}]', done = not done where list_id = '{of}'"
        ),
        // The device says that a title is there, and nobody has told the server.
        7 => format!("update public.{table} set title = null where id = '{id}'"),
        _ => format!(
            "insert into public.{table} (id, list_id, title) values ('{id}', '{of}', '{number}')
             on conflict (id) do update set title = excluded.title, list_id = excluded.list_id"
        ),
    }
}

/// One request with a page of any size; whether there is more.
pub(crate) fn page(world: &World<'_>, device: &Device, limit: usize) -> bool {
    let mut sqlite = device.sqlite.borrow_mut();
    let request = pull::request(&mut sqlite).expect("a request");
    let mut body: Value = serde_json::from_str(&request.body).expect("JSON");
    body["limit"] = json!(limit);
    let reply = world.send(&device.user, &device.client, &body.to_string());
    let reply = reply.expect("an answer");
    assert_eq!(reply.status, 200, "{reply:?}");
    let applied = pull::apply(&mut sqlite, &request, &reply.body);
    let applied = applied.unwrap_or_else(|error| panic!("{error}: {}", reply.body));
    applied == pull::Applied::More
}

fn followed(world: &World<'static>, seed: u64) {
    let mut dice = Dice::new(seed);
    world.run("truncate public.items, public.tasks, public.notes, public.marks, public.members, public.lists");
    let lists = (0..LISTS).map(|nr| {
        let list = list(nr);
        format!("insert into public.lists (id, title) values ('{list}', 'List'); insert into public.members (list_id, user_id) values ('{list}', '{ANN}');")
    });
    world.run(&lists.collect::<String>());
    let devices = [(ANN, "one"), (ANN, "two"), (BEN, "three")]
        .map(|(user, name)| world.device(user, &format!("{name} of {seed}")));
    for number in 0..40 {
        let count = dice.below(4) + 1;
        let statements: Vec<String> = (0..count).map(|_| statement(&mut dice, number)).collect();
        world.run(&statements.join(";\n"));
        let device = dice.below(devices.len());
        if dice.below(2) == 0 {
            page(world, &devices[device], dice.below(7) + 1);
        }
    }
    for device in &devices {
        world.sync(device);
        let reader = world.reader(&device.user);
        for table in ["lists", "members"].iter().chain(&TABLES) {
            let [there, here] = [&reader, device].map(|device| device.rows(table));
            assert_eq!(here, there, "seed {seed}: {}, {table}", device.client);
        }
    }
}

#[test]
fn a_device_that_follows_in_any_pages_has_the_rows_of_one_that_begins_at_the_end() {
    let seeds = match std::env::var("SYNCTABLE_LONG").is_ok() {
        true => 500,
        false => 12,
    };
    for kind in BOTH {
        let world = World::served_by(kind, "sync_history", APP);
        for seed in 1..=seeds {
            followed(&world, seed);
        }
    }
}
