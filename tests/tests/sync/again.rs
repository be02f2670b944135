//! A transaction whose answer was lost is sent again, to the other kind of server.

use serde_json::json;

use crate::sync::served::{Kind, Running};
use crate::sync::world::{ANN, APP, SECRET, World};

const LIST: &str = "10000000-0000-4000-8000-000000000001";

/// A transaction that adds a row whose numbers each language prints in its own way.
fn body(number: u32, weight: &str) -> String {
    format!(
        "{{\"transactions\": [{{\"transaction_id\": {number}, \"crud\": [{{\"op\": \"PUT\", \"table\": \"items\",
            \"id\": \"20000000-0000-4000-8000-{number:012}\", \"op_data\": {{\"list_id\": \"{LIST}\", \"weight\": {weight}}}}}]}}]}}"
    )
}

#[test]
fn a_transaction_that_is_sent_again_to_the_other_kind_of_server_is_applied_once() {
    let mut world = World::of("sync_again", APP);
    world.run(&format!(
        "insert into public.lists (id, title) values ('{LIST}', 'Market');
         insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}')"
    ));
    let weights = [
        "1e300",
        "1.5E-7",
        "0.1",
        "5.0",
        "1e21",
        "9007199254740992.0",
    ];
    let send = |world: &World<'_>, (number, weight): (u32, &str)| {
        let reply = world.send(ANN, "phone", &body(number, weight));
        let reply = reply.expect("an answer").json();
        assert_eq!(reply["results"], json!([{"status": "success"}]), "{weight}");
    };
    let numbered = || (1..).zip(weights);
    for one in numbered() {
        send(&world, one);
    }
    assert_eq!(world.readable(ANN, "public.items"), 6);
    world.run("delete from public.items");
    let url = world.database.login_url("bridge_role");
    let worker = Running::worker(&world.model, &url, SECRET, Kind::Worker);
    world.turn_behind(worker);
    for one in numbered() {
        send(&world, one);
        assert_eq!(world.readable(ANN, "public.items"), 0, "{one:?}");
    }
}
