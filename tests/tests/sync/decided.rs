//! What decides over another row of its table, written in one transaction with it.

use serde_json::{Value, json};

use crate::sync::served::Kind;
use crate::sync::world::{ANN, World};

/// A thing may be a part of those that are open.
const APP: &str = "
synctable: 1
app: parts
postgres:
  auth: supabase
  user_id: uuid
  roles: {client: authenticated, anonymous: anon, owner: postgres, replication: powersync_role, service: service_role, bridge: bridge_role}
targets: {postgres: ../migrations, sqlite: ../sqlite}
sqlite: {queue: true}
scopes:
  open_things: select id from things where is_open is true and owner_id = auth.user_id()
tables:
  things:
    sync: both
    columns:
      id: {kind: uuid, key: true}
      owner_id: {kind: uuid, immutable: true}
      part_of: {kind: uuid, nullable: true}
      is_open: {kind: bool, default: false}
      title: {kind: text, nullable: true}
      changed: {kind: bigint, on: server, default: 0, role: changed}
    conflict: last_upload_wins
    indexes: {by_owner: [owner_id]}
    access:
      read: owner_id = auth.user_id()
      insert: owner_id = auth.user_id()
      update:
        before: owner_id = auth.user_id()
        after: owner_id = auth.user_id() and (part_of is null or part_of in (open_things))
      delete: owner_id = auth.user_id()
";

const BOX: &str = "10000000-0000-4000-8000-000000000001";
const PEN: &str = "10000000-0000-4000-8000-000000000002";

fn change(id: &str, values: Value) -> Value {
    json!({"op": "PATCH", "table": "things", "id": id, "op_data": values})
}

/// The status of a transaction of a device. What was refused of one, holds up its later changes of the same rows.
fn status(world: &World<'_>, device: &str, number: i64, crud: &[Value]) -> String {
    let body = json!({"cursor": null, "transactions": [{"transaction_id": number, "crud": crud}]});
    let reply = world.send(ANN, device, &body.to_string());
    let reply = reply.expect("an answer").json();
    reply["results"][0]["status"]
        .as_str()
        .expect("a status")
        .to_owned()
}

#[test]
fn a_change_sees_what_those_before_it_in_its_transaction_decided() {
    for kind in [Kind::Bridge, Kind::Worker] {
        let world = World::served_by(kind, "sync_decided", APP);
        let new = |id: &str| json!({"op": "PUT", "table": "things", "id": id, "op_data": {"owner_id": ANN, "is_open": 0}});
        assert_eq!(status(&world, "phone", 1, &[new(BOX), new(PEN)]), "success");
        let goes_in = change(PEN, json!({"part_of": BOX}));
        assert_eq!(
            status(&world, "tablet", 2, std::slice::from_ref(&goes_in)),
            "fatal_error",
            "the box is closed"
        );
        let opens = change(BOX, json!({"is_open": 1}));
        assert_eq!(status(&world, "phone", 3, &[opens, goes_in]), "success");
        let named = |id: &str| change(id, json!({"title": "a"}));
        assert_eq!(
            status(&world, "phone", 4, &[named(BOX), named(PEN)]),
            "success"
        );
        let closes = change(BOX, json!({"is_open": 0, "title": "b"}));
        let both = [closes.clone(), change(PEN, json!({"title": "b"}))];
        assert_eq!(
            status(&world, "laptop", 5, &both),
            "fatal_error",
            "the pen is in a closed box"
        );
        let both = [change(PEN, json!({"part_of": null})), closes];
        assert_eq!(status(&world, "phone", 6, &both), "success");
    }
}
