//! A transaction is applied once, however often it is sent.

use serde_json::{Value, json};

use crate::bridge::app::{ANN, Access, Bridge, PHONE, database, statuses};
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";
const ITEM: &str = "20000000-0000-4000-8000-000000000001";

fn items(title: &str) -> Value {
    json!({"op": "PUT", "table": "items", "id": ITEM, "op_data": {"list_id": LIST, "title": title}})
}

/// A comment is only added: the same number with other entries is another transaction.
#[test]
fn what_is_sent_again_gets_the_same_answer_and_changes_nothing() {
    let database = database("bridge_once");
    let url = database.login_url("bridge_role");
    let bridge = Bridge::start(&url, Access::RowSecurity, "");
    let first = json!([{"transaction_id": 1, "crud": [list(LIST, "Groceries")]}]);
    let second = json!([{"transaction_id": 2, "crud": [
        {"op": "PATCH", "table": "lists", "id": LIST, "op_data": {"name": "Food"}},
        {"op": "PATCH", "table": "lists", "id": ITEM, "op_data": {"name": "Nothing"}},
    ]}]);
    assert_eq!(statuses(&bridge.upload(ANN, PHONE, first)), ["success"]);
    let answered = bridge.upload(ANN, PHONE, second.clone()).json();
    assert_eq!(
        answered["results"][0]["outcomes"],
        json!(["applied", "gone"])
    );
    let name = "select name, edited_at::text, xmin::text from public.lists";
    let mut superuser = database.superuser();
    let mut row = || {
        let row = superuser.query_one(name, &[]).expect("there is one list");
        [0, 1, 2].map(|nr| row.get::<_, String>(nr))
    };
    let written = row();
    // Another bridge knows it as well: nothing of it is in memory.
    let other = Bridge::start(&url, Access::RowSecurity, "");
    for bridge in [&bridge, &other] {
        assert_eq!(bridge.upload(ANN, PHONE, second.clone()).json(), answered);
        assert_eq!(row(), written);
    }
    // Spelt in another way it says the same.
    let spelt = json!([{"crud": second[0]["crud"], "transaction_id": 2}]);
    assert_eq!(bridge.upload(ANN, PHONE, spelt).json(), answered);
    assert_eq!(row(), written);
    // A device that counts from one again says something else.
    let reset = json!([{"transaction_id": 1, "crud": [
        {"op": "PATCH", "table": "lists", "id": LIST, "op_data": {"name": "Meals"}},
    ]}]);
    assert_eq!(statuses(&bridge.upload(ANN, PHONE, reset)), ["success"]);
    assert_eq!(row()[0], "Meals");
}

#[test]
fn the_same_transaction_from_many_connections_at_once_is_applied_once() {
    let database = database("bridge_at_once");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::Guarded, "");
    let all = json!([{"transaction_id": 1, "crud": [list(LIST, "Groceries"), items("Milk")]}]);
    let replies: Vec<Value> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| bridge.upload(ANN, PHONE, all.clone()).json()))
            .collect();
        let joined = calls
            .into_iter()
            .map(|call| call.join().expect("it answers"));
        joined.collect()
    });
    assert!(
        replies.iter().all(|reply| *reply == replies[0]),
        "{replies:?}"
    );
    assert_eq!(replies[0]["results"], json!([{"status": "success"}]));
    let counts = database
        .superuser()
        .query_one("select (select count(*) from tasks_bridge.applied), (select count(*) from public.items)", &[])
        .expect("they are counted");
    assert_eq!([0, 1].map(|nr| counts.get::<_, i64>(nr)), [1, 1]);
}

#[test]
fn a_transaction_without_a_number_or_a_device_is_applied_each_time() {
    let database = database("bridge_unnumbered");
    let bridge = Bridge::start(&database.login_url("bridge_role"), Access::RowSecurity, "");
    let unnumbered = json!([{"crud": [list(LIST, "Groceries")]}]);
    for _ in 0..2 {
        assert_eq!(
            statuses(&bridge.upload(ANN, PHONE, unnumbered.clone())),
            ["success"]
        );
    }
    let nameless = json!([{"transaction_id": 1, "crud": [list(LIST, "Groceries")]}]);
    assert_eq!(statuses(&bridge.upload(ANN, "", nameless)), ["success"]);
    let count = database
        .superuser()
        .query_one("select count(*) from tasks_bridge.applied", &[]);
    assert_eq!(count.expect("they are counted").get::<_, i64>(0), 0);
}
