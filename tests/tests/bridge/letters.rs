//! Dead letters: kept whole, later entries of their rows behind them, replayed, amended and discarded.

use serde_json::{Value, json};

use crate::bridge::app::{ANN, Access, BEN, Bridge, PHONE, database, statuses};
use crate::bridge::client::{Reply, send};
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";
const OTHER: &str = "10000000-0000-4000-8000-000000000002";
const TOKEN: &str = "a token of the administrators";

fn admin(bridge: &Bridge, method: &str, path: &str, body: &str) -> Reply {
    let authorization = format!("Bearer {TOKEN}");
    let headers = [("Authorization", authorization.as_str())];
    send(bridge.address, method, path, &headers, body.as_bytes()).expect("it answers")
}

fn patch(id: &str, name: &str) -> Value {
    json!({"op": "PATCH", "table": "lists", "id": id, "op_data": {"name": name}})
}

#[test]
fn a_transaction_with_a_wrong_entry_is_kept_whole_and_replayed_when_it_is_amended() {
    let database = database("bridge_letters");
    let settings = format!("[admin]\ntoken = '{TOKEN}'\n");
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        &settings,
    );
    let names = || {
        let sql = "select name from public.lists order by id";
        let rows = database.superuser().query(sql, &[]).expect("they are read");
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    // The second list has no name, so that neither of them is there.
    let reply = bridge.upload(
        ANN,
        PHONE,
        json!([
            {"transaction_id": 1, "crud": [list(LIST, "Groceries"), list(OTHER, "")]},
            {"transaction_id": 2, "crud": [patch(LIST, "Food")]},
        ]),
    );
    assert_eq!(statuses(&reply), ["fatal_error", "not_attempted"]);
    let result = reply.json()["results"][0].clone();
    assert_eq!(result["requires_client_handling"], json!(false));
    assert_eq!(result["failed_operation"]["operation_index"], json!(1));
    assert_eq!(result["failed_operation"]["error_code"], json!("check"));
    assert_eq!(result["failed_operation"]["details"], json!("name"));
    assert!(names().is_empty());
    // What follows for the same row waits behind it, and is no success that changes nothing.
    let second = json!([{"transaction_id": 2, "crud": [patch(LIST, "Food")]}]);
    let reply = bridge.upload(ANN, PHONE, second.clone());
    assert_eq!(reply.json()["results"][0]["outcomes"], json!(["waiting"]));
    assert_eq!(bridge.upload(ANN, PHONE, second).json(), reply.json());
    // Another device of hers has nothing to do with it.
    let other = json!([{"transaction_id": 2, "crud": [patch(LIST, "Food")]}]);
    let reply = bridge.upload(ANN, "her-tablet", other);
    assert_eq!(reply.json()["results"][0]["outcomes"], json!(["gone"]));

    let letters = admin(&bridge, "GET", "/admin/dead-letters", "").json();
    let letter = &letters[0];
    assert_eq!(letters.as_array().map(Vec::len), Some(1));
    assert_eq!(letter["entries"].as_array().map(Vec::len), Some(3));
    assert_eq!(letter["caller"], json!(ANN));
    assert_eq!(letter["code"], json!("check"));
    let path = format!("/admin/dead-letters/{}", letter["id"]);
    // As it is, it is still wrong.
    let replay = format!("{path}/replay");
    let reply = admin(&bridge, "POST", &replay, "");
    assert_eq!(reply.json()["outcome"], json!("failed"), "{reply:?}");
    let shown = admin(&bridge, "GET", &path, "").json();
    assert_eq!(
        (&shown["attempts"], &shown["outcome"]),
        (&json!(2), &Value::Null)
    );
    assert!(names().is_empty());
    // Amended, all of it is applied, in its order, as Ann.
    let amended =
        json!({"entries": [list(LIST, "Groceries"), list(OTHER, "Tools"), patch(LIST, "Food")]});
    let reply = admin(&bridge, "POST", &replay, &amended.to_string());
    assert_eq!(reply.json(), json!({"outcome": "applied"}), "{reply:?}");
    assert_eq!(names(), ["Food", "Tools"]);
    assert_eq!(
        admin(&bridge, "GET", "/admin/dead-letters", "").json(),
        json!([])
    );
    assert_eq!(admin(&bridge, "POST", &replay, "").status, 404);
    let all = admin(&bridge, "GET", "/admin/dead-letters?all=true", "").json();
    assert_eq!(all[0]["outcome"], json!("replayed"));
    // Nothing waits any more.
    let third = json!([{"transaction_id": 3, "crud": [patch(LIST, "Meals")]}]);
    assert_eq!(
        bridge.upload(ANN, PHONE, third).json()["results"],
        json!([{"status": "success"}])
    );
    assert_eq!(names(), ["Meals", "Tools"]);
}

/// A replay has the rights of the caller, not those of whoever asks for it.
#[test]
fn a_replay_does_no_more_than_its_caller_may() {
    for (hint, access) in [
        ("bridge_replay_rls", Access::RowSecurity),
        ("bridge_replay_guarded", Access::Guarded),
    ] {
        let database = database(hint);
        let settings = format!("[admin]\ntoken = '{TOKEN}'\n");
        let bridge = Bridge::start(&database.login_url("bridge_role"), access, &settings);
        let hers = json!([{"transaction_id": 1, "crud": [list(LIST, "Ann's")]}]);
        assert_eq!(statuses(&bridge.upload(ANN, PHONE, hers)), ["success"]);
        // Ben adds a row under the id of Ann's.
        let his = json!([{"transaction_id": 1, "crud": [list(LIST, "Ben's")]}]);
        let reply = bridge.upload(BEN, "the-phone-of-ben", his);
        let result = reply.json()["results"][0].clone();
        assert_eq!(
            result["failed_operation"]["error_code"],
            json!("refused"),
            "{result}"
        );
        let replay = format!("/admin/dead-letters/{}/replay", result["dead_letter"]);
        let amended = json!({"entries": [list(LIST, "Ben's again"), list(OTHER, "x")]});
        for body in ["", &amended.to_string()] {
            let reply = admin(&bridge, "POST", &replay, body);
            assert_eq!(reply.json()["outcome"], json!("failed"), "{reply:?}");
        }
        let row = database
            .superuser()
            .query_one("select name from public.lists", &[]);
        assert_eq!(row.expect("there is one list").get::<_, &str>(0), "Ann's");
        let discard = format!("/admin/dead-letters/{}/discard", result["dead_letter"]);
        assert_eq!(
            admin(&bridge, "POST", &discard, "").json()["outcome"],
            json!("discarded")
        );
        assert_eq!(admin(&bridge, "POST", &discard, "").status, 404);
    }
}

#[test]
fn the_admin_api_needs_its_token_and_is_not_there_without_one() {
    let database = database("bridge_admin");
    let url = database.login_url("bridge_role");
    let settings = format!("[admin]\ntoken = '{TOKEN}'\n");
    let bridge = Bridge::start(&url, Access::RowSecurity, &settings);
    let user = format!("Bearer {}", crate::bridge::app::token(ANN));
    let cut = format!("Bearer {}", &TOKEN[1..]);
    for headers in [
        &[][..],
        &[("Authorization", user.as_str())],
        &[("Authorization", cut.as_str())],
    ] {
        for (method, path) in [
            ("GET", "/admin/dead-letters"),
            ("GET", "/admin/dead-letters/1"),
            ("POST", "/admin/dead-letters/1/replay"),
            ("POST", "/admin/dead-letters/1/discard"),
        ] {
            let reply = send(bridge.address, method, path, headers, b"").expect("it answers");
            assert_eq!(reply.status, 401, "{method} {path} {headers:?}");
        }
    }
    let closed = Bridge::start(&url, Access::RowSecurity, "");
    assert_eq!(admin(&closed, "GET", "/admin/dead-letters", "").status, 404);
}

#[test]
fn callers_reach_nothing_that_the_bridge_keeps_and_its_login_reaches_no_rows() {
    let database = database("bridge_rights");
    let refused = |role: &str, sql: &str| {
        let error = database.client(role, "").query(sql, &[]).expect_err(sql);
        let code = error.code().map(|code| code.code().to_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{role}: {sql}: {error}");
    };
    for role in ["authenticated", "anon", "service_role"] {
        refused(role, "select from tasks_bridge.dead_letters");
        refused(role, "select from tasks_bridge.applied");
        refused(role, "select tasks_bridge.fingerprint()");
    }
    refused("bridge_role", "select from public.lists");
    refused("bridge_role", "select from people.teams");
}
