//! What pull and push cost, beside the ways in which it is usually done. The long mode has the numbers of the page.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use synctable::sqlite::pull::{Request, apply};
use tests::postgres::{Cluster, act_as};

use crate::sync::served::Kind;
use crate::sync::world::{ANN, APP, World};

const LIST: &str = "10000000-0000-4000-8000-000000000001";

fn is_long() -> bool {
    std::env::var("SYNCTABLE_LONG").is_ok()
}

/// The figures of the page are those of a Postgres that waits for its disk.
fn cluster() -> &'static Cluster {
    static DURABLE: OnceLock<Cluster> = OnceLock::new();
    match is_long() {
        true => DURABLE.get_or_init(Cluster::durable),
        false => Cluster::shared(),
    }
}

fn world(hint: &str) -> World<'static> {
    let world = World::in_cluster(Kind::Bridge, cluster(), hint, APP);
    world.run(&format!(
        "insert into public.lists (id, title) values ('{LIST}', 'Market');
         insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}')"
    ));
    world
}

/// How often one time goes into another one.
fn ratio(of: Duration, to: Duration) -> f64 {
    of.as_secs_f64() / to.as_secs_f64()
}

#[test]
fn pages_behind_a_key_cost_less_than_pages_behind_an_offset() {
    let world = world("sync_figures_pull");
    let count = if is_long() { 100_000 } else { 20_000 };
    world.run(&format!(
        "insert into public.items (id, list_id, title, rank)
         select gen_random_uuid(), '{LIST}', 'Item ' || n, n from generate_series(1, {count}) as n;
         analyze public.items"
    ));
    let (mut cursor, mut answers) = (Value::Null, Vec::new());
    let began = Instant::now();
    loop {
        let body = json!({"cursor": cursor, "limit": 1000}).to_string();
        let reply = world.send(ANN, "phone", &body).expect("an answer");
        let text = &reply.body[reply.body.rfind("\"cursor\"").expect("a cursor")..];
        let rest: Value = serde_json::from_str(&format!("{{{text}")).expect("JSON");
        cursor = rest["cursor"].clone();
        answers.push(reply.body);
        if rest["more"] == json!(false) {
            break;
        }
    }
    let pulled = began.elapsed();
    // As a hand-written endpoint does it: as the caller, in the order of the last change.
    let mut client = world.database.superuser();
    let claims = json!({"sub": ANN, "role": "authenticated"}).to_string();
    let began = Instant::now();
    let (mut offset, mut rows) = (0, 0);
    loop {
        let mut transaction = client.transaction().expect("a transaction");
        act_as(&mut transaction, "authenticated", &claims);
        let sql = format!(
            "select to_jsonb(i)::text from public.items as i order by i.edited_at, i.id limit 1000 offset {offset}"
        );
        let page = transaction.query(&sql, &[]).expect("rows");
        rows += page.len();
        offset += 1000;
        if page.len() < 1000 {
            break;
        }
    }
    let by_offset = began.elapsed();
    assert!(rows >= count);
    let device = world.device(ANN, "phone");
    let mut sqlite = device.sqlite.borrow_mut();
    let request = Request {
        body: String::new(),
        numbers: Vec::new(),
    };
    let began = Instant::now();
    for answer in &answers {
        apply(&mut sqlite, &request, answer).expect("it is applied");
    }
    let applied = began.elapsed();
    drop(sqlite);
    assert_eq!(
        device.count("items"),
        i64::try_from(count).expect("a number")
    );
    println!(
        "{count} rows: pulled in {pulled:?}, by OFFSET in {by_offset:?} ({:.1} times); applied in {applied:?}",
        ratio(by_offset, pulled)
    );
    if is_long() {
        assert!(by_offset > pulled);
    }
}

#[test]
fn a_transaction_of_many_entries_costs_less_than_a_request_for_each() {
    let world = world("sync_figures_push");
    let count = if is_long() { 1000 } else { 200 };
    let device = world.device(ANN, "phone");
    world.sync(&device);
    let rows = |from: usize| {
        let rows = (from..from + count).map(|nr| {
            format!("INSERT INTO items (id, list_id, title, done) VALUES ('20000000-0000-4000-8000-{nr:012}', '{LIST}', 'Item', 0);")
        });
        rows.collect::<Vec<String>>()
    };
    device.write(&rows(0).concat());
    let began = Instant::now();
    world.sync_at_once(&device);
    let at_once = began.elapsed();
    // As a hand-written upload does it: a statement for each row, each its own transaction.
    let mut client = world.database.superuser();
    let claims = json!({"sub": ANN, "role": "authenticated"}).to_string();
    let began = Instant::now();
    for nr in count..2 * count {
        let mut transaction = client.transaction().expect("a transaction");
        act_as(&mut transaction, "authenticated", &claims);
        let sql = format!(
            "insert into public.items (id, list_id, title) values ('20000000-0000-4000-8000-{nr:012}', '{LIST}', 'Item') on conflict (id) do update set title = excluded.title"
        );
        transaction.batch_execute(&sql).expect("it is written");
        transaction.commit().expect("it commits");
    }
    let one_by_one = began.elapsed();
    // As PowerSync's connector for Supabase does it: a request for each row.
    let began = Instant::now();
    for nr in 2 * count..3 * count {
        let body = json!({"transactions": [{"transaction_id": nr, "crud": [{
            "op": "PUT", "table": "items", "id": format!("20000000-0000-4000-8000-{nr:012}"),
            "op_data": {"list_id": LIST, "title": "Item", "done": 0},
        }]}]});
        let reply = world.upload(ANN, "tablet", &body.to_string());
        let reply = reply.expect("an answer").json();
        assert_eq!(reply["results"], json!([{"status": "success"}]));
    }
    let by_requests = began.elapsed();
    println!(
        "{count} rows: pushed in {at_once:?}, by a statement for each in {one_by_one:?} ({:.1} times), by a request for each in {by_requests:?} ({:.1} times)",
        ratio(one_by_one, at_once),
        ratio(by_requests, at_once),
    );
    assert!(one_by_one > at_once && by_requests > at_once);
}
