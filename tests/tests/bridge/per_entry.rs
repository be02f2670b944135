//! `uploads.per_entry`: what is right of a transaction is applied, and what is refused is kept.

use serde_json::{Value, json};

use crate::bridge::app::{ANN, Access, Bridge, PHONE, database, statuses};
use crate::bridge::uploads::list;

const GOOD: &str = "10000000-0000-4000-8000-000000000001";
const BAD: &str = "10000000-0000-4000-8000-000000000002";
const OTHERS: &str = "10000000-0000-4000-8000-000000000003";

fn rename(id: &str, name: &str) -> Value {
    json!({"op": "PATCH", "table": "lists", "id": id, "op_data": {"name": name}})
}

fn applies_what_is_right(hint: &str, access: Access) {
    let database = database(hint);
    let settings = "[uploads]\nper_entry = true\n";
    let bridge = Bridge::start(&database.login_url("bridge_role"), access, settings);
    let mut others = list(OTHERS, "Others");
    // Nobody adds lists to a team that is not theirs.
    others["op_data"]["team_id"] = json!("30000000-0000-4000-8000-000000000009");
    let upload = json!([{"transaction_id": 1, "crud": [
        list(BAD, ""),
        list(GOOD, "Groceries"),
        rename(BAD, "Meals"),
        others,
        rename(OTHERS, "Mine"),
        rename(GOOD, "Food"),
    ]}]);
    let reply = bridge.upload(ANN, PHONE, upload.clone());
    assert_eq!(statuses(&reply), ["success"]);
    let words = json!([
        "refused", "applied", "waiting", "refused", "waiting", "applied"
    ]);
    assert_eq!(reply.json()["results"][0]["outcomes"], words);
    // Sent again, it is answered in the same way, and nothing is kept twice.
    assert_eq!(bridge.upload(ANN, PHONE, upload).json(), reply.json());
    let mut superuser = database.superuser();
    let names = superuser.query_one("select array_agg(name) from public.lists", &[]);
    assert_eq!(
        names.expect("they are read").get::<_, Vec<String>>(0),
        ["Food"]
    );
    let sql = "select failed_entry, rows from tasks_bridge.dead_letters order by id";
    let letters = superuser.query(sql, &[]).expect("they are read");
    let letters: Vec<(i32, Vec<String>)> =
        letters.iter().map(|row| (row.get(0), row.get(1))).collect();
    let kept = |id: &str| (0, vec![format!("lists\u{1f}{id}"); 2]);
    assert_eq!(letters, [kept(BAD), kept(OTHERS)]);
    // What comes later for a row of a dead letter waits behind it, as ever.
    let later =
        json!([{"transaction_id": 2, "crud": [rename(BAD, "Later"), rename(GOOD, "Later")]}]);
    let reply = bridge.upload(ANN, PHONE, later);
    assert_eq!(
        reply.json()["results"][0]["outcomes"],
        json!(["waiting", "applied"])
    );
}

#[test]
fn entries_that_are_right_are_applied_under_row_level_security() {
    applies_what_is_right("bridge_per_entry_rls", Access::RowSecurity);
}

#[test]
fn entries_that_are_right_are_applied_with_guarded_statements() {
    applies_what_is_right("bridge_per_entry_guarded", Access::Guarded);
}
