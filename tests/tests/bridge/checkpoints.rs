//! Write checkpoints: a device that has sent all it had gets a number, which comes down behind its rows.

use serde_json::json;
use tests::cases::workspace;

use crate::bridge::app::{
    ANN, Access, BEN, Bridge, PHONE, database, database_of, run, statuses, token,
};
use crate::bridge::client::{Reply, send};
use crate::bridge::documented::documented;
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";

fn ask(bridge: &Bridge, headers: &[(&str, &str)], body: &str) -> Reply {
    let reply = send(
        bridge.address,
        "POST",
        "/api/checkpoint",
        headers,
        body.as_bytes(),
    );
    reply.unwrap_or_else(|error| panic!("{error}"))
}

/// Asks as a user's device; the number, or the answer that has none.
fn number(bridge: &Bridge, user: &str, device: &str, body: &str) -> Result<String, Reply> {
    let authorization = format!("Bearer {}", token(user));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Synctable-Client-Id", device),
    ];
    let reply = ask(bridge, &headers, body);
    documented("post", "/api/checkpoint", &reply);
    match reply.json()["checkpoint"].as_str() {
        Some(number) if reply.status == 200 => Ok(number.to_owned()),
        _ => Err(reply),
    }
}

#[test]
fn a_device_gets_the_number_it_asks_for_or_a_greater_one_that_is_known() {
    let database = database("bridge_checkpoints");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::RowSecurity, "");
    let phone = |body: &str| number(&bridge, ANN, PHONE, body).expect("it gets a number");
    assert_eq!(phone(""), "1");
    assert_eq!(phone("{}"), "2");
    assert_eq!(phone(r#"{"request_id": "7"}"#), "7");
    assert_eq!(phone(r#"{"request_id": "7"}"#), "7", "sent again");
    assert_eq!(phone(r#"{"request_id": 3}"#), "7", "its counter was reset");
    assert_eq!(phone("{}"), "8");
    // Each device of each user counts for itself.
    assert_eq!(number(&bridge, ANN, "the-tablet", "").as_deref(), Ok("1"));
    assert_eq!(number(&bridge, BEN, PHONE, "").as_deref(), Ok("1"));
    let largest = i64::MAX.to_string();
    let body = json!({ "request_id": largest }).to_string();
    assert_eq!(phone(&body), largest);
    assert_eq!(phone("{}"), largest, "there is none after it");
}

#[test]
fn a_number_comes_down_behind_the_rows_that_were_uploaded_before() {
    let database = database("bridge_checkpoints_order");
    // Only what was flushed is decoded.
    let flushed = "do $$ begin
        execute format('alter database %I set synchronous_commit = on', current_database());
    end $$";
    run(&database, flushed);
    let mut client = database.superuser();
    // It ends with the connection.
    let slot =
        "select pg_create_logical_replication_slot('checkpoints_of_the_bridge', 'pgoutput', true)";
    client.execute(slot, &[]).expect("the slot is made");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::RowSecurity, "");
    let entry = list(LIST, "Groceries");
    let upload = bridge.upload(ANN, PHONE, json!([{"transaction_id": 1, "crud": [entry]}]));
    assert_eq!(statuses(&upload), ["success"]);
    number(&bridge, ANN, PHONE, "").expect("it gets a number");
    let changes = "select data from pg_logical_slot_get_binary_changes('checkpoints_of_the_bridge', null, null,
        'proto_version', '1', 'publication_names', 'powersync')";
    let rows = client.query(changes, &[]).expect("the slot is read");
    let stream: Vec<u8> = rows
        .iter()
        .flat_map(|row| row.get::<_, Vec<u8>>(0))
        .collect();
    let place = |text: &str| {
        let mut windows = stream.windows(text.len());
        windows
            .position(|window| window == text.as_bytes())
            .unwrap_or_else(|| panic!("`{text}` is not published"))
    };
    assert!(place("Groceries") < place(PHONE));
    let mut service = database.client("powersync_role", "{}");
    let sql = "select user_id, client_id, checkpoint from tasks_bridge.checkpoints";
    let row = service.query_one(sql, &[]).expect("the service reads it");
    let row: (String, String, i64) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(row, (ANN.to_owned(), PHONE.to_owned(), 1));
}

#[test]
fn a_request_of_another_form_gets_no_number() {
    let database = database("bridge_checkpoints_form");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::Guarded, "");
    for body in [
        r#"{"request_id": 0}"#,
        r#"{"request_id": -1}"#,
        r#"{"request_id": 1.5}"#,
        r#"{"request_id": "9223372036854775808"}"#,
        r#"{"request_id": "x"}"#,
        r#"{"request_id": []}"#,
        r#"{"id": 1}"#,
        "[1",
    ] {
        let reply = number(&bridge, ANN, PHONE, body).expect_err(body);
        assert_eq!(reply.status, 400, "{body}: {reply:?}");
    }
    let authorization = format!("Bearer {}", token(ANN));
    let reply = ask(&bridge, &[("Authorization", &authorization)], "");
    assert_eq!(reply.status, 400, "{reply:?}");
    assert!(reply.body.contains("synctable-client-id"), "{reply:?}");
    let reply = ask(&bridge, &[("Synctable-Client-Id", PHONE)], "");
    assert_eq!(reply.status, 401, "{reply:?}");
    let left = "select count(*) from tasks_bridge.checkpoints";
    let left = database
        .superuser()
        .query_one(left, &[])
        .expect("it is read");
    assert_eq!(left.get::<_, i64>(0), 0);
    // Without its table, nobody is told a number.
    run(&database, "drop table tasks_bridge.checkpoints");
    let reply = number(&bridge, ANN, PHONE, "").expect_err("there is no table");
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(bridge.get("/health/ready").status, 503);
}

#[test]
fn an_app_whose_service_makes_its_own_checkpoints_has_no_such_route() {
    let schema = workspace().join("examples/taskly/schema");
    let database = database_of("bridge_checkpoints_none", &schema);
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start_for(&schema, &url, Access::Guarded);
    let authorization = format!("Bearer {}", token(ANN));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Synctable-Client-Id", PHONE),
    ];
    assert_eq!(ask(&bridge, &headers, "").status, 404);
    let tables = "select count(*) from pg_tables where tablename = 'checkpoints'";
    let tables = database
        .superuser()
        .query_one(tables, &[])
        .expect("they are counted");
    assert_eq!(tables.get::<_, i64>(0), 0);
}
