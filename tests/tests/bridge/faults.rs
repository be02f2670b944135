//! Whatever breaks in between: nothing is lost, nothing is doubled, and every device's order is kept.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::postgres::Database;

use crate::bridge::app::{ANN, Access, Bridge, database, run, statuses, token};
use crate::bridge::client::send;
use crate::bridge::proxy::{Cut, Proxy};
use crate::bridge::uploads::list;

/// Counts what is written for good: a change without a time applies again whenever it is tried again.
pub(crate) const AUDIT: &str = "
    create table public.audit (row_id text, command text, name text, at bigint generated always as identity);
    grant all on public.audit to public;
    create function public.audit() returns trigger language plpgsql security definer as $$
    begin
        insert into public.audit (row_id, command, name) values (new.id::text, tg_op, new.name);
        return null;
    end $$;
    create trigger zz_audit after insert or update on public.lists
        for each row execute function public.audit();";

pub(crate) fn audited(hint: &str) -> Database<'static> {
    let database = database(hint);
    run(&database, AUDIT);
    database
}

pub(crate) fn rename(id: &str, name: &str) -> Value {
    json!({"op": "PATCH", "table": "lists", "id": id, "op_data": {"name": name}})
}

/// The names that a list had, in their order.
pub(crate) fn history(database: &Database<'_>, id: &str) -> Vec<String> {
    let sql = "select name from public.audit where row_id = $1 order by at";
    let rows = database
        .superuser()
        .query(sql, &[&id])
        .expect("they are read");
    rows.iter().map(|row| row.get(0)).collect()
}

/// One upload in which something is added, something is refused, and something is changed.
fn upload(bridge: &Bridge, nr: usize) -> Vec<String> {
    let [good, bad] = ["1", "2"].map(|kind| format!("{kind}0000000-0000-4000-8000-{nr:012}"));
    let transactions = json!([
        {"transaction_id": 1, "crud": [list(&good, &format!("first {nr}"))]},
        {"transaction_id": 2, "crud": [list(&bad, "")]},
        {"transaction_id": 3, "crud": [rename(&good, &format!("second {nr}"))]},
    ]);
    statuses(&bridge.upload(ANN, &format!("device {nr}"), transactions))
}

fn is_once(database: &Database<'_>, nr: usize) {
    let good = format!("10000000-0000-4000-8000-{nr:012}");
    let wanted = ["first", "second"].map(|name| format!("{name} {nr}"));
    assert_eq!(history(database, &good), wanted);
    let sql = "select (select count(*) from tasks_bridge.applied where client_id = $1),
        (select count(*) from tasks_bridge.dead_letters where client_id = $1)";
    let counts = database
        .superuser()
        .query_one(sql, &[&format!("device {nr}")])
        .expect("they are counted");
    assert_eq!([0, 1].map(|nr| counts.get::<_, i64>(nr)), [3, 1], "{nr}");
}

/// Every so many messages: in the long mode every single one, which takes minutes.
fn step() -> usize {
    let is_long = std::env::var_os("SYNCTABLE_LONG").is_some();
    if is_long { 1 } else { 11 }
}

fn cut_everywhere(hint: &str, access: Access) {
    let database = audited(hint);
    let proxy = Proxy::start();
    let settings = "[uploads]\nafter_fatal = 'skip'\n";
    let bridge = Bridge::start(&proxy.url(&database, "bridge_role"), access, settings);
    cut_at_messages(&database, &bridge, &proxy, 25);
}

/// Cuts at one message after the other, until an upload takes no more messages; that it takes some is known.
pub(crate) fn cut_at_messages(database: &Database<'_>, bridge: &Bridge, proxy: &Proxy, some: i64) {
    // The first one finds out what the connection has to know once.
    assert_eq!(upload(bridge, 0), ["success", "fatal_error", "success"]);
    let mut nr = 1;
    for (first, cut) in [(0, Cut::Before), (step() / 2, Cut::Behind)] {
        for message in (first as i64..).step_by(step()) {
            proxy.cut(message, cut);
            let mut answered = upload(bridge, nr);
            let has_cut = proxy.has_cut();
            proxy.heal();
            // The bridge tries again by itself; where it gives up, the device does.
            for _ in 0..5 {
                if answered == ["success", "fatal_error", "success"] {
                    break;
                }
                assert!(
                    answered.iter().any(|word| word == "retryable_error"),
                    "{answered:?}"
                );
                answered = upload(bridge, nr);
            }
            assert_eq!(
                answered,
                ["success", "fatal_error", "success"],
                "{cut:?} {message}"
            );
            is_once(database, nr);
            nr += 1;
            if !has_cut {
                assert!(message > some, "an upload takes only {message} messages");
                println!("{cut:?}: up to message {message}");
                break;
            }
        }
    }
}

#[test]
fn a_connection_that_is_cut_at_any_message_loses_and_doubles_nothing_under_row_level_security() {
    cut_everywhere("bridge_cut_rls", Access::RowSecurity);
}

#[test]
fn a_connection_that_is_cut_at_any_message_loses_and_doubles_nothing_with_guarded_statements() {
    cut_everywhere("bridge_cut_guarded", Access::Guarded);
}

/// No two lists of a user have one name.
pub(crate) fn name(device: usize, nr: usize) -> String {
    format!("{nr} of {device}")
}

/// A device that sends its queue in its order until all of it is dealt with; what is not answered is sent again.
pub(crate) fn drain(address: std::net::SocketAddr, device: usize, count: usize) {
    let id = format!("10000000-0000-4000-8000-{device:012}");
    let mut queue: Vec<Value> = (0..count)
        .map(|nr| match nr {
            0 => json!({"transaction_id": 1, "crud": [list(&id, &name(device, 0))]}),
            nr => json!({"transaction_id": nr + 1, "crud": [rename(&id, &name(device, nr))]}),
        })
        .collect();
    let authorization = format!("Bearer {}", token(ANN));
    let client = format!("device {device}");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Synctable-Client-Id", client.as_str()),
        ("Synctable-Release", schema::generated::REGISTRY.fingerprint),
    ];
    let began = Instant::now();
    while !queue.is_empty() {
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "{device} does not get on"
        );
        let some = &queue[..queue.len().min(5)];
        let body = json!({"transactions": some}).to_string();
        let Ok(reply) = send(address, "POST", "/api/data", &headers, body.as_bytes()) else {
            thread::sleep(Duration::from_millis(20));
            continue;
        };
        if reply.status != 200 {
            assert!([429, 503].contains(&reply.status), "{reply:?}");
            thread::sleep(Duration::from_millis(20));
            continue;
        }
        let words = statuses(&reply);
        assert!(!words.iter().any(|word| word == "fatal_error"), "{reply:?}");
        let done = words.iter().take_while(|word| *word == "success").count();
        queue.drain(..done);
    }
}

/// The seconds of chaos: more by hand.
pub(crate) fn seconds() -> u64 {
    let told = std::env::var("SYNCTABLE_BRIDGE_SECONDS").ok();
    told.map_or(4, |text| text.parse().expect("a number of seconds"))
}

#[test]
fn devices_get_their_changes_through_once_and_in_order_while_bridges_and_connections_are_killed() {
    const DEVICES: usize = 20;
    let count = 40 * seconds() as usize / 4;
    let database = audited("bridge_chaos");
    let url = database.login_url("bridge_role");
    let mut bridge = Bridge::start(&url, Access::RowSecurity, "");
    let address = bridge.address;
    let is_over = AtomicBool::new(false);
    let kills = thread::scope(|scope| {
        let chaos = scope.spawn(|| {
            let mut superuser = database.superuser();
            let mut kills = 0;
            let mut nr = 0;
            while !is_over.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(150));
                nr += 1;
                if nr % 3 == 0 {
                    bridge.kill();
                    bridge = Bridge::start_at(&address.to_string(), &url, Access::RowSecurity, "");
                } else {
                    let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                        where usename = 'bridge_role' and datname = current_database()";
                    superuser.query_one(sql, &[]).expect("they are ended");
                }
                kills += 1;
            }
            kills
        });
        let devices: Vec<_> = (0..DEVICES)
            .map(|device| scope.spawn(move || drain(address, device, count)))
            .collect();
        let ended: Vec<_> = devices.into_iter().map(|device| device.join()).collect();
        is_over.store(true, Ordering::SeqCst);
        let kills = chaos.join().expect("it ends");
        for device in ended {
            device.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        kills
    });
    assert!(kills > 3, "only {kills} were killed");
    for device in 0..DEVICES {
        let id = format!("10000000-0000-4000-8000-{device:012}");
        let wanted: Vec<String> = (0..count).map(|nr| name(device, nr)).collect();
        assert_eq!(history(&database, &id), wanted, "device {device}");
    }
}

#[test]
fn without_a_free_connection_or_with_a_locked_row_a_device_waits_and_loses_nothing() {
    let database = audited("bridge_waits");
    let settings = "[uploads]\nattempts = 2\nbudget_ms = 500\n";
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, settings);
    let id = "10000000-0000-4000-8000-000000000001";
    let first = json!([{"transaction_id": 1, "crud": [list(id, "first")]}]);
    assert_eq!(statuses(&bridge.upload(ANN, "phone", first)), ["success"]);
    let mut superuser = database.superuser();
    let mut locked = superuser.transaction().expect("it begins");
    locked
        .execute("select from public.lists for update", &[])
        .expect("it is locked");
    let change = json!([{"transaction_id": 2, "crud": [rename(id, "second")]}]);
    // Each waits for the row until its statement runs out of time, or for a connection.
    let words = thread::scope(|scope| {
        let calls: Vec<_> = (0..14)
            .map(|nr| {
                let (bridge, change) = (&bridge, change.clone());
                scope.spawn(move || statuses(&bridge.upload(ANN, &format!("phone {nr}"), change)))
            })
            .collect();
        let words: Vec<_> = calls
            .into_iter()
            .map(|call| call.join().expect("it answers"))
            .collect();
        words
    });
    assert!(
        words.iter().all(|word| *word == ["retryable_error"]),
        "{words:?}"
    );
    locked.rollback().expect("it ends");
    assert_eq!(statuses(&bridge.upload(ANN, "phone", change)), ["success"]);
    assert_eq!(history(&database, id), ["first", "second"]);
}
