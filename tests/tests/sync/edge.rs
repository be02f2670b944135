//! The worker of docs/sync.md in workerd, in front of a real Postgres, which it reaches over TCP.

use serde_json::json;
use tests::cases::workspace;
use tests::postgres::Cluster;

use crate::sync::served::{Bundle, Kind, Running, free_port};
use crate::sync::world::{ANN, BEN, SECRET, World, token};

const LIST: &str = "10000000-0000-4000-8000-000000000001";

/// A block of the page, by what it begins with.
fn block(begins: &str) -> String {
    let page = workspace().join("docs/sync.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let (_, rest) = page.split_once(begins).expect("a block");
    let (block, _) = rest.split_once("```").expect("its end");
    block.to_owned()
}

/// The world of the page's declaration, behind the page's worker in workerd.
fn world<'c>(cluster: &'c Cluster, port: u16) -> World<'c> {
    let declaration = block("```yaml\n");
    let mut world = World::in_cluster(Kind::Bridge, cluster, "sync_edge", &declaration);
    let bundle = Bundle::of(
        &world.model,
        "shopping",
        &block("```ts\n// src/worker.ts\n"),
    );
    let database = world.database.name();
    let url = format!("postgres://bridge_role:none@127.0.0.1:{port}/{database}");
    let running: Running = bundle.run(&[("DATABASE_URL", &url), ("JWT_SECRET", SECRET)]);
    world.turn_behind(running);
    world.run(&format!(
        "insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}'), ('{LIST}', '{BEN}')"
    ));
    world
}

#[test]
fn two_devices_sync_through_the_worker_of_the_page_in_workerd() {
    let port = free_port();
    let hba = "local all all trust\nhost all all 127.0.0.1/32 trust\n";
    let cluster = Cluster::listening(port, "hba_file = 'hba.conf'\n", &[("hba.conf", hba)]);
    let world = world(&cluster, port);
    let [ann, ben] =
        [(ANN, "phone"), (BEN, "tablet")].map(|(user, client)| world.device(user, client));
    world.sync(&ann);
    for number in 1..=30 {
        ann.write(&format!(
            "INSERT INTO items (id, list_id, title) VALUES ('20000000-0000-4000-8000-{number:012}', '{LIST}', 'Item {number}')"
        ));
    }
    world.sync(&ann);
    world.sync(&ben);
    assert_eq!([ann.count("items"), ben.count("items")], [30, 30]);
    ben.write("UPDATE items SET title = 'Milk' WHERE title = 'Item 7'; DELETE FROM items WHERE title = 'Item 8'");
    ben.write(
        "INSERT INTO items (id, list_id, title) VALUES
            ('20000000-0000-4000-8000-000000000099', '10000000-0000-4000-8000-000000000002', 'not mine')",
    );
    world.sync(&ben);
    world.sync(&ann);
    assert_eq!(ann.rows("items"), ben.rows("items"));
    assert_eq!(ann.count("items"), 29);
    assert_eq!(ben.count("synctable_dead_letters"), 1);
    // A token of somebody else, and a text that is not a cursor.
    let foreign = format!("{}x", token(ANN));
    let reply = world.send_with(&foreign, "phone", "{}").expect("an answer");
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (401, &json!("unauthorized"))
    );
    let reply = world
        .send(ANN, "phone", r#"{"cursor": "later"}"#)
        .expect("an answer");
    assert_eq!(
        (reply.status, &reply.json()["code"]),
        (400, &json!("cursor"))
    );
}
