//! Requests that are made to do harm: each has a clear answer, and the bridge goes on.

use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bridge::app::Over;
use crate::bridge::app::{ANN, Access, Bridge, PHONE, database, statuses, token};
use crate::bridge::client::{Reply, read, send};
use crate::bridge::documented::documented;
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";

fn post(bridge: &Bridge, body: &[u8]) -> Reply {
    let authorization = format!("Bearer {}", token(ANN));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Synctable-Client-Id", PHONE),
    ];
    let reply = send(bridge.address, "POST", "/api/data", &headers, body).expect("it answers");
    documented("post", "/api/data", &reply);
    reply
}

#[test]
fn a_body_that_is_not_a_request_is_told_so() {
    let database = database("bridge_bodies");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::RowSecurity, "");
    let transactions =
        |count: usize| json!({"transactions": vec![json!({"crud": []}); count]}).to_string();
    let entry = |entry: Value| json!({"transactions": [{"crud": [entry]}]}).to_string();
    let deep = |levels: usize| {
        format!(
            r#"{{"transactions":[{{"crud":[{{"op":"PUT","table":"lists","id":"a","op_data":{{"name":{}{}}}}}]}}]}}"#,
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    let many = json!({"transactions": [{"crud": vec![list(LIST, "x"); 10_001]}]}).to_string();
    for (status, body) in [
        (400, String::new()),
        (400, "{".to_owned()),
        (400, "[]".to_owned()),
        (400, "null".to_owned()),
        (400, r#"{"batch": []}"#.to_owned()),
        (400, r#"{"transactions": {}}"#.to_owned()),
        (400, transactions(0)),
        (200, transactions(50)),
        (400, transactions(51)),
        (400, r#"{"transactions": [{}]}"#.to_owned()),
        (
            200,
            r#"{"transactions": [{"transaction_id": 1e3, "crud": []}]}"#.to_owned(),
        ),
        (
            400,
            r#"{"transactions": [{"transaction_id": 1.5, "crud": []}]}"#.to_owned(),
        ),
        (
            400,
            r#"{"transactions": [{"transaction_id": "1", "crud": []}]}"#.to_owned(),
        ),
        (
            400,
            r#"{"transactions": [{"transaction_id": 9223372036854775808, "crud": []}]}"#.to_owned(),
        ),
        (400, entry(json!({}))),
        (400, entry(json!("PUT"))),
        (
            400,
            entry(json!({"op": "UPSERT", "table": "lists", "id": "a"})),
        ),
        (400, entry(json!({"op": "PUT", "table": "lists"}))),
        (400, entry(json!({"op": "PUT", "table": "lists", "id": 7}))),
        (
            400,
            entry(json!({"op": "PUT", "table": "lists", "id": "a", "more": 1})),
        ),
        (
            200,
            entry(json!({"op": "DELETE", "table": "lists", "id": LIST, "transaction_id": 5.0})),
        ),
        (
            400,
            entry(json!({"op": "DELETE", "table": "lists", "id": LIST, "transaction_id": 5.5})),
        ),
        (400, deep(100_000)),
        (413, many),
    ] {
        let reply = post(&bridge, body.as_bytes());
        assert_eq!(reply.status, status, "{body:.200}: {reply:?}");
    }
    for bytes in [
        &b"\xff\xfe{}"[..],
        b"{\"transactions\": [{\"crud\": [{\"op\": \"PUT\xff\"}]}]}",
    ] {
        assert_eq!(post(&bridge, bytes).status, 400);
    }
    let large = vec![b' '; 9 << 20];
    assert_eq!(post(&bridge, &large).status, 413);
    // Entries that are wrong are kept, whatever they say: none of them stops its device for good.
    // Each of its own row: what follows in a row that has a dead letter waits there.
    let id = |nr: u8| format!("10000000-0000-4000-8000-0000000001{nr:02}");
    let hostile = [
        json!({"op": "PUT", "table": "lists'; drop table lists; --", "id": "a"}),
        json!({"op": "PUT", "table": "jobs", "id": "a"}),
        json!({"op": "PUT", "table": "lists", "id": "\u{0}"}),
        json!({"op": "PUT", "table": "\u{0}", "id": "\u{0}", "op_data": {"\u{0}": "\u{0}"}}),
        json!({"op": "PUT", "table": "lists", "id": id(1), "op_data": {"name": "\u{0}"}}),
        json!({"op": "PUT", "table": "lists", "id": id(2), "op_data": {"name": {"a": [1, null]}}}),
        json!({"op": "PUT", "table": "lists", "id": id(3), "op_data": {"name": "x".repeat(1 << 20)}}),
        json!({"op": "PUT", "table": "lists", "id": "x".repeat(1 << 20), "op_data": {"name": "x"}}),
        json!({"op": "PUT", "table": "lists", "id": id(4), "op_data": {"name": "x", "owner_id": "00000000-0000-4000-8000-00000000000b"}}),
    ];
    for (nr, entry) in hostile.iter().enumerate() {
        let body = json!({"transactions": [{"transaction_id": nr, "crud": [entry]}]}).to_string();
        let reply = post(&bridge, body.as_bytes());
        assert_eq!(statuses(&reply), ["fatal_error"], "{entry:.200}");
        assert!(reply.json()["results"][0]["dead_letter"].is_i64());
    }
    let count = database
        .superuser()
        .query_one("select count(*) from tasks_bridge.dead_letters", &[]);
    assert_eq!(
        count.expect("they are counted").get::<_, i64>(0),
        hostile.len() as i64
    );
}

#[test]
fn who_is_not_known_costs_nothing_and_a_slow_body_is_not_waited_for() {
    let database = database("bridge_slow");
    let settings = "[server]\nbody_bytes = 1000000\ntimeout_ms = 3000\nrequests = 1\n";
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        settings,
    );
    // The answer comes before the body does.
    let head =
        "POST /api/data HTTP/1.1\r\nHost: b\r\nConnection: close\r\nContent-Length: 100000000\r\n";
    let mut stream = TcpStream::connect(bridge.address).expect("it listens");
    write!(stream, "{head}\r\n").expect("it reads");
    let reply = read(stream).expect("it answers");
    documented("post", "/api/data", &reply);
    assert_eq!(
        (reply.status, reply.header("www-authenticate")),
        (401, Some("Bearer"))
    );
    let known = format!("{head}Authorization: Bearer {}\r\n", token(ANN));
    let mut stream = TcpStream::connect(bridge.address).expect("it listens");
    write!(stream, "{known}\r\n").expect("it reads");
    assert_eq!(read(stream).expect("it answers").status, 413);
    // One that sends nothing has the only place; meanwhile the next is sent away, and both are answered.
    let mut slow = TcpStream::connect(bridge.address).expect("it listens");
    let began = Instant::now();
    write!(slow, "{}\r\n{{", known.replace("100000000", "1000")).expect("it reads");
    let waiting = loop {
        let reply = post(&bridge, b"{");
        match reply.status {
            429 => break reply,
            _ => assert!(began.elapsed() < Duration::from_secs(3), "{reply:?}"),
        }
    };
    assert_eq!(waiting.header("retry-after"), Some("1"));
    let reply = read(slow).expect("it answers");
    assert_eq!(reply.status, 400, "{reply:?}");
    assert!(began.elapsed() < Duration::from_secs(15));
    let upload = json!([{"crud": [list(LIST, "Groceries")]}]);
    assert_eq!(statuses(&bridge.upload(ANN, PHONE, upload)), ["success"]);
}

#[test]
fn a_head_that_does_not_arrive_is_not_waited_for() {
    let database = database("bridge_heads");
    let settings = "[server]\nhead_ms = 500\n";
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        settings,
    );
    let mut streams: Vec<TcpStream> = (0..50)
        .map(|_| TcpStream::connect(bridge.address).expect("it listens"))
        .collect();
    let began = Instant::now();
    for stream in &mut streams {
        stream
            .write_all(b"POST /api/data HTTP/1.1\r\nHost: br")
            .expect("it is sent");
    }
    for mut stream in streams {
        stream
            .set_read_timeout(Some(Duration::from_secs(15)))
            .expect("it is open");
        // It is closed, with an answer or without one.
        let closed = std::io::copy(&mut stream, &mut std::io::sink());
        assert!(
            closed.is_ok() || began.elapsed() < Duration::from_secs(15),
            "{closed:?}"
        );
    }
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(bridge.get("/health/live").status, 200);
}

/// A request whose body comes in chunks, so that its head does not tell its length.
fn chunked(bridge: &Bridge, bytes: usize) -> Reply {
    let mut stream = TcpStream::connect(bridge.address).expect("it listens");
    let head = format!(
        "POST /api/data HTTP/1.1\r\nHost: b\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer {}\r\n\r\n",
        token(ANN)
    );
    stream.write_all(head.as_bytes()).expect("it reads");
    let chunk = [b"10000\r\n", &[b' '; 1 << 16][..], b"\r\n"].concat();
    for _ in 0..bytes >> 16 {
        // It closes when it has seen enough.
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    read(stream).expect("it answers")
}

/// The kilobytes of memory that the bridge has at the moment.
fn kilobytes(bridge: &Bridge) -> usize {
    let id = bridge.id().to_string();
    let output = Command::new("ps").args(["-o", "rss=", "-p", &id]).output();
    let text = String::from_utf8(output.expect("ps runs").stdout).expect("it is text");
    text.trim().parse().expect("a number of kilobytes")
}

#[test]
fn bodies_that_are_made_to_fill_the_memory_do_not() {
    /// What a body takes at most while it is read, as a multiple of its bytes.
    const FACTOR: usize = 10;
    const BODY: usize = 2 << 20;
    const BODIES: usize = 4;
    let database = database("bridge_memory");
    let settings = format!(
        "[server]\nbody_bytes = {BODY}\nbodies_bytes = {}\ntimeout_ms = 120000\n",
        BODIES * (BODY + 1024)
    );
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, &settings);
    let filled = |before: &str, one: &str, after: &str| {
        let room = BODY - before.len() - after.len();
        format!("{before}{}{after}", one.repeat(room / one.len()))
    };
    let entry = |members: &str| {
        format!(
            r#"{{"transactions":[{{"crud":[{{"op":"PUT","table":"lists","id":"a","op_data":{{{members}}}}}]}}]}}"#
        )
    };
    let (members, member) = (entry("@"), r#""a":1,"#);
    let (before, after) = members.split_once('@').expect("a place for members");
    let after = format!(r#""z":1{after}"#);
    let small = r#"{"op":"DELETE","table":"x","id":""},"#;
    let bodies = [
        (
            "entries that are none",
            filled(r#"{"transactions":[{"crud":["#, "1,", "1]}]}"),
            413,
        ),
        (
            "transactions",
            filled(
                r#"{"transactions":["#,
                r#"{"crud":[]},"#,
                r#"{"crud":[]}]}"#,
            ),
            400,
        ),
        (
            "entries",
            filled(r#"{"transactions":[{"crud":["#, small, "1]}]}"),
            413,
        ),
        ("members", filled(before, member, &after), 400),
        (
            "lists",
            filled(
                r#"{"transactions":[{"crud":[{"op":"PUT","table":"lists","id":"a","op_data":{"a":"#,
                "[",
                "",
            ),
            400,
        ),
        (
            "numbers",
            filled(
                &before.replace("op_data\":{", "op_data\":{\"a\":["),
                "1,",
                "1]}}]}]}",
            ),
            200,
        ),
        ("blanks", filled("", " ", ""), 400),
    ];
    let idle = kilobytes(&bridge);
    let most = AtomicUsize::new(idle);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let over = Over(&is_over);
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                most.fetch_max(kilobytes(&bridge), Ordering::SeqCst);
                thread::sleep(Duration::from_millis(20));
            }
        });
        for (what, body, status) in &bodies {
            let before = most.load(Ordering::SeqCst);
            let seen = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..2 * BODIES {
                    scope.spawn(|| {
                        let reply = post(&bridge, body.as_bytes());
                        match reply.status {
                            429 => assert_eq!(reply.header("retry-after"), Some("1")),
                            told => {
                                assert_eq!(told, *status, "{what}: {reply:?}");
                                seen.fetch_add(1, Ordering::SeqCst);
                            }
                        }
                    });
                }
            });
            assert!(seen.into_inner() > 0, "{what}");
            println!("{what}: {} kB", most.load(Ordering::SeqCst).max(before));
        }
        assert_eq!(chunked(&bridge, 100 << 20).status, 413);
        assert_eq!(post(&bridge, &vec![b' '; 100 << 20]).status, 413);
        drop(over);
    });
    let most = most.into_inner();
    println!("{idle} kB idle, {most} kB at most");
    let limit = idle + ((BODIES * BODY * FACTOR) >> 10);
    assert!(most < limit, "{most} kB, and the limit is {limit} kB");
    let upload = json!([{"crud": [list(LIST, "Groceries")]}]);
    assert_eq!(statuses(&bridge.upload(ANN, PHONE, upload)), ["success"]);
}
