//! What the connectors of PowerSync's demos send, where the settings allow it.

use serde_json::{Value, json};

use crate::bridge::app::{ANN, Access, Bridge, database, token};
use crate::bridge::client::{Reply, send};

const LIST: &str = "10000000-0000-4000-8000-000000000001";
const ITEM: &str = "20000000-0000-4000-8000-000000000001";

/// They send neither a client id nor a release.
fn ask(bridge: &Bridge, method: &str, body: &Value) -> Reply {
    let authorization = format!("Bearer {}", token(ANN));
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = body.to_string();
    send(
        bridge.address,
        method,
        "/api/data",
        &headers,
        body.as_bytes(),
    )
    .expect("it answers")
}

#[test]
fn a_batch_is_a_transaction_and_a_single_operation_is_one_of_its_own() {
    let database = database("bridge_shapes");
    let settings = "[uploads]\nother_shapes = true\nattempts = 1\n";
    let bridge = Bridge::start(
        &database.login_url("bridge_role"),
        Access::RowSecurity,
        settings,
    );
    let batch = |operations: Value| json!({ "batch": operations });
    let row = || {
        let sql = "select concat_ws(' ', l.name, l.position, i.title, i.place, i.estimate)
            from public.lists as l left join public.items as i on i.list_id = l.id where l.deleted_at is null";
        let rows = database.superuser().query(sql, &[]).expect("they are read");
        rows.iter()
            .map(|row| row.get::<_, String>(0))
            .collect::<Vec<_>>()
    };
    // Swift sends every value as a text; a decimal is a text for everybody.
    let made = batch(json!([
        {"op": "PUT", "table": "lists", "id": LIST, "data": {"name": "Groceries", "position": "0.5"}},
        {"op": "PUT", "table": "items", "id": ITEM, "data": {"list_id": LIST, "title": "7", "place": "3", "estimate": "1.50"}},
    ]));
    let reply = ask(&bridge, "POST", &made);
    assert_eq!(
        (reply.status, row()),
        (200, vec!["Groceries 0.5 7 3 1.50".to_owned()]),
        "{reply:?}"
    );
    for (method, data) in [
        ("PATCH", json!({"id": ITEM, "title": "Milk"})),
        // Nothing changed, and there is nothing to delete.
        ("PATCH", json!({"id": ITEM})),
        (
            "DELETE",
            json!({"id": "20000000-0000-4000-8000-000000000002"}),
        ),
        (
            "PUT",
            json!({"id": ITEM, "list_id": LIST, "title": "Milk", "place": 4, "estimate": "1.50"}),
        ),
    ] {
        let reply = ask(
            &bridge,
            method,
            &json!({"table": "items", "data": data, "op": method}),
        );
        assert_eq!(reply.status, 200, "{method}: {reply:?}");
        let results = &reply.json()["results"];
        assert_eq!(results[0]["status"], "success", "{method}: {results}");
    }
    assert_eq!(row(), ["Groceries 0.5 Milk 4 1.50"]);
    // What is refused is kept here, so that the device goes on.
    let wrong = batch(json!([{"op": "PATCH", "table": "lists", "id": LIST, "data": {"name": ""}}]));
    let reply = ask(&bridge, "POST", &wrong);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.json()["results"][0]["dead_letter"].is_i64());
    // What has to be sent again is told by the status, which is all that they read.
    let mut superuser = database.superuser();
    superuser
        .batch_execute("revoke all on public.lists from authenticated")
        .expect("it is revoked");
    assert_eq!(ask(&bridge, "POST", &made).status, 503);
    for (method, body) in [
        ("POST", json!({"batch": 7})),
        ("PUT", json!({"table": "lists"})),
        ("PUT", json!({"table": "lists", "data": {"name": "x"}})),
        ("DELETE", json!([])),
    ] {
        assert_eq!(ask(&bridge, method, &body).status, 400, "{method} {body}");
    }
}

#[test]
fn without_the_setting_there_is_the_protocol_alone() {
    let database = database("bridge_no_shapes");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::RowSecurity, "");
    let single = json!({"table": "lists", "data": {"id": LIST, "name": "x"}});
    assert_eq!(ask(&bridge, "PUT", &single).status, 405);
    assert_eq!(ask(&bridge, "POST", &json!({"batch": []})).status, 400);
}
