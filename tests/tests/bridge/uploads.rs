//! Transactions reach the rows, whole and in their order.

use serde_json::{Value, json};

use crate::bridge::app::{ANN, Access, BEN, Bridge, PHONE, database, statuses};

const LIST: &str = "10000000-0000-4000-8000-000000000001";

/// A list of the caller's, as a device inserts it.
pub(crate) fn list(id: &str, title: &str) -> Value {
    json!({"op": "PUT", "table": "lists", "id": id, "op_data": {"name": title}})
}

fn reaches_the_rows(hint: &str, access: Access) {
    let database = database(hint);
    let bridge = Bridge::start(&database.login_url("bridge_role"), access, "");
    let reply = bridge.upload(
        ANN,
        PHONE,
        json!([
            {"transaction_id": 1, "crud": [list(LIST, "Groceries")]},
            {"transaction_id": 2, "crud": [
                {"op": "PATCH", "table": "lists", "id": LIST, "op_data": {"name": "Food"}},
            ]},
        ]),
    );
    assert_eq!(statuses(&reply), ["success", "success"], "{reply:?}");
    let row = database
        .superuser()
        .query_one("select name, owner_id::text from public.lists", &[])
        .expect("there is one list");
    assert_eq!(
        (row.get::<_, &str>(0), row.get::<_, &str>(1)),
        ("Food", ANN)
    );
    // Ben does not see it, so that there is nothing to change.
    let change = json!([{"transaction_id": 1, "crud": [
        {"op": "PATCH", "table": "lists", "id": LIST, "op_data": {"name": "Ben's"}},
    ]}]);
    let reply = bridge.upload(BEN, "the-phone-of-ben", change);
    assert_eq!(reply.json()["results"][0]["outcomes"], json!(["gone"]));
}

#[test]
fn a_transaction_reaches_the_rows_under_row_level_security() {
    reaches_the_rows("bridge_rls", Access::RowSecurity);
}

#[test]
fn a_transaction_reaches_the_rows_with_guarded_statements() {
    reaches_the_rows("bridge_guarded", Access::Guarded);
}
