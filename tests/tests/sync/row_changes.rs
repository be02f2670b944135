//! Devices that push and pull rows one by one, as engines do that know nothing of upload entries.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::bridge::client::Reply;
use crate::sync::served::{BOTH, Kind};
use crate::sync::world::{ANN, APP, BEN, World};

const LIST: &str = "10000000-0000-4000-8000-000000000001";
const OTHERS: &str = "10000000-0000-4000-8000-000000000002";

/// One more table, whose key has two columns and whose columns have names of several words.
const SEATS: &str = "
  seat_plans:
    sync: both
    columns:
      list_id: {kind: uuid}
      row_number: int
      guest_name: {kind: text, nullable: true, check: length(guest_name) < 20}
      is_paid: {kind: bool, default: false}
      extra_facts: {kind: json, nullable: true}
      homeURL_2b: {kind: text, nullable: true}
      last_edited_at: {kind: timestamptz, default: now(), role: edited_at}
      changed: {kind: bigint, on: server, default: 0, role: changed}
    key: [list_id, row_number]
    delete: hard
    access: {all: list_id in (my_lists)}
";

/// The app behind a kind of server.
fn world(hint: &str, kind: Kind) -> World<'static> {
    let hint = format!("{hint}_{kind:?}").to_lowercase();
    let world = World::served_by(kind, &hint, &format!("{APP}{SEATS}"));
    world.run(&format!(
        "insert into public.lists (id, title) values ('{LIST}', 'Market'), ('{OTHERS}', 'Theirs');
         insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}'), ('{OTHERS}', '{BEN}')"
    ));
    world
}

/// A device that keeps rows by their table and their id, and a text that it never looks into.
#[derive(Default)]
struct Device {
    rows: BTreeMap<(String, String), Map<String, Value>>,
    last_sync_at: Option<String>,
}

impl Device {
    /// Pushes changes, takes what changed, and says how many pages that were.
    fn sync(&mut self, world: &World<'_>, changes: &Value) -> usize {
        world.settle();
        let is_first = self.last_sync_at.is_none();
        let mut body = json!({"changes": changes, "schemaVersion": 1, "pageSize": 3});
        if let Some(since) = &self.last_sync_at {
            body["lastSyncAt"] = json!(since);
        }
        let mut pages = 1;
        let mut reply = answered(world.send(ANN, "", &body.to_string()));
        self.apply(&reply);
        // It asks for pages while it has nothing, and later at its next sync.
        while let (true, Some(cursor)) = (is_first, reply.get("nextCursor")) {
            let body =
                json!({"changes": [], "schemaVersion": 1, "pageSize": 3, "pullCursor": cursor});
            reply = answered(world.send(ANN, "", &body.to_string()));
            self.apply(&reply);
            pages += 1;
        }
        let since = match is_first {
            true => &reply["syncStartedAt"],
            false => &reply["syncedAt"],
        };
        self.last_sync_at = Some(since.as_str().expect("a text").to_owned());
        pages
    }

    fn apply(&mut self, reply: &Value) {
        for change in reply["changes"].as_array().expect("a list") {
            let text = |name: &str| change[name].as_str().expect("a text").to_owned();
            let place = (text("table"), text("rowId"));
            let data = change["data"].as_object().expect("an object");
            match change["deleted"] == true {
                true => drop(self.rows.remove(&place)),
                false => drop(self.rows.insert(place, data.clone())),
            }
        }
    }

    fn row(&self, table: &str, id: &str) -> Option<Value> {
        let row = self.rows.get(&(table.to_owned(), id.to_owned()))?;
        Some(Value::Object(row.clone()))
    }
}

fn answered(reply: Result<Reply, String>) -> Value {
    let reply = reply.expect("an answer");
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

fn seat(number: i32) -> String {
    format!("{{\"list_id\":\"{LIST}\",\"row_number\":\"{number}\"}}")
}

fn item(number: u32) -> String {
    format!("20000000-0000-4000-8000-{number:012}")
}

#[test]
fn a_device_that_pushes_rows_whole_has_the_rows_of_the_server_after_each_sync() {
    BOTH.into_iter().for_each(has_the_rows_of_the_server);
}

fn has_the_rows_of_the_server(kind: Kind) {
    let world = world("row_changes", kind);
    let mut device = Device::default();
    let id = item(1);
    let pages = device.sync(
        &world,
        &json!([
            {"table": "items", "rowId": id, "deleted": false, "lastModifiedAt": "2026-01-02T03:04:05.678Z",
                "data": {"id": id, "listId": LIST, "title": "Milk", "done": true, "rank": null, "meta": {"shop": "corner"}}},
            {"table": "seat_plans", "rowId": format!("{{\"list_id\":\"{LIST}\",\"row_number\":2}}"), "deleted": false,
                "lastModifiedAt": "2026-01-02T03:04:05.678Z",
                "data": {"listId": LIST, "rowNumber": 2, "guestName": "Ben", "isPaid": 1, "homeUrl2b": "x", "lastEditedAt": "2026-01-02T03:04:05.678Z"}},
        ]),
    );
    assert!(pages > 1, "rows come in pages");
    assert_eq!(
        device.row("items", &id),
        Some(json!({
            "id": id, "listId": LIST, "title": "Milk", "rank": null, "weight": null, "meta": "{\"shop\": \"corner\"}",
            "photo": null, "done": 1, "editedAt": "2026-01-02T03:04:05.678000Z",
        }))
    );
    assert_eq!(
        device.row("seat_plans", &seat(2)),
        Some(json!({
            "listId": LIST, "rowNumber": 2, "guestName": "Ben", "isPaid": 1, "extraFacts": null, "homeUrl2b": "x",
            "lastEditedAt": "2026-01-02T03:04:05.678000Z",
        }))
    );
    // Rows that others may read do not come.
    assert_eq!(device.row("lists", OTHERS), None);
    assert!(device.row("lists", LIST).is_some());

    // A row that is written whole: what is null there is null here.
    device.sync(
        &world,
        &json!([{"table": "seat_plans", "rowId": seat(2), "deleted": false, "lastModifiedAt": "2026-01-02T04:00:00Z",
            "data": {"listId": LIST, "rowNumber": 2, "guestName": null, "isPaid": false, "lastEditedAt": "2026-01-02T04:00:00Z"}}]),
    );
    let row = device.row("seat_plans", &seat(2)).expect("it is there");
    assert_eq!(
        (&row["guestName"], &row["isPaid"]),
        (&json!(null), &json!(0))
    );

    // What the server deletes is told by its key.
    world.run("delete from public.seat_plans");
    device.sync(&world, &json!([]));
    assert_eq!(device.row("seat_plans", &seat(2)), None);

    // What the device deletes.
    device.sync(
        &world,
        &json!([{"table": "items", "rowId": id, "deleted": true, "lastModifiedAt": "2026-01-03T00:00:00Z", "data": {"id": id}}]),
    );
    assert_eq!(world.readable(ANN, "public.items"), 0);
}

#[test]
fn a_row_that_the_server_does_not_take_is_replaced_by_that_of_the_server() {
    BOTH.into_iter().for_each(takes_the_row_of_the_server);
}

fn takes_the_row_of_the_server(kind: Kind) {
    let world = world("row_changes_refused", kind);
    let mut device = Device::default();
    world.run(&format!(
        "insert into public.items (id, list_id, title, edited_at) values ('{}', '{LIST}', 'Newer', '2026-02-01')",
        item(1)
    ));
    device.sync(&world, &json!([]));
    let change = |id: &str, list: &str, time: &str| {
        json!([{"table": "items", "rowId": id, "deleted": false, "lastModifiedAt": time,
            "data": {"id": id, "listId": list, "title": "Mine", "done": 0, "editedAt": time}}])
    };
    // An older edit, a delete of a row that was edited after it, and a row in a list of somebody else.
    let own = |device: &mut Device, id: &str| {
        let place = ("items".to_owned(), id.to_owned());
        let row = json!({"id": id, "title": "Mine"});
        device
            .rows
            .insert(place, row.as_object().expect("an object").clone());
    };
    own(&mut device, &item(1));
    device.sync(&world, &change(&item(1), LIST, "2026-01-01T00:00:00Z"));
    let row = device.row("items", &item(1)).expect("it is there");
    assert_eq!(row["title"], "Newer");
    device.rows.remove(&("items".to_owned(), item(1)));
    let deleted = json!([{"table": "items", "rowId": item(1), "deleted": true, "lastModifiedAt": "2026-01-01T00:00:00Z", "data": {}}]);
    device.sync(&world, &deleted);
    assert!(device.row("items", &item(1)).is_some(), "it comes back");
    own(&mut device, &item(2));
    device.sync(&world, &change(&item(2), OTHERS, "2026-03-01T00:00:00Z"));
    assert_eq!(device.row("items", &item(2)), None);
    // The one that is refused for good is in a dead letter.
    world.run(&format!(
        "do $$ begin assert (select count(*) from {}.dead_letters) = 1; end $$",
        "shared_bridge"
    ));
}

#[test]
fn a_request_of_this_form_that_is_wrong_says_what() {
    BOTH.into_iter().for_each(is_told_what_is_wrong);
}

fn is_told_what_is_wrong(kind: Kind) {
    let world = world("row_changes_wrong", kind);
    let reply = |body: &Value| world.send(ANN, "", &body.to_string()).expect("an answer");
    // The text of the server before this one: everything comes anew.
    let all = answered(Ok(reply(
        &json!({"changes": [], "lastSyncAt": "2025-12-24T18:00:00.000Z"}),
    )));
    let lists = all["changes"].as_array().expect("a list").len();
    assert_eq!(lists, 2, "the list and the membership: {all}");
    for (body, status, says) in [
        (
            json!({"changes": [], "lastSyncAt": "yesterday"}),
            400,
            "cursor",
        ),
        (
            json!({"changes": [], "pullCursor": "2025-12-24T18:00:00.000Z"}),
            400,
            "cursor",
        ),
        (json!({"changes": {}}), 400, "a list"),
        (json!({"changes": [{"table": "items"}]}), 400, "rowId"),
        (
            json!({"changes": vec![json!({"table": "items", "rowId": "1"}); 20_000]}),
            413,
            "the limit is",
        ),
    ] {
        let reply = reply(&body);
        let shown: String = body.to_string().chars().take(80).collect();
        assert_eq!(reply.status, status, "{shown}: {reply:?}");
        assert!(reply.body.contains(says), "{shown}: {reply:?}");
    }
}
