//! From one device over Postgres to another one.

use crate::sync::served::Kind;
use crate::sync::world::{ANN, APP, BEN, World};

pub(crate) const LIST: &str = "10000000-0000-4000-8000-000000000001";
pub(crate) const ITEM: &str = "20000000-0000-4000-8000-000000000001";

/// A list that both users are members of, with one item.
pub(crate) fn shared(hint: &str) -> World<'static> {
    shared_by(Kind::Bridge, hint)
}

/// The same behind each kind of server.
fn each(hint: &str) -> impl Iterator<Item = World<'static>> {
    [Kind::Bridge, Kind::Worker, Kind::WorkerOfPg]
        .into_iter()
        .map(move |kind| shared_by(kind, hint))
}

pub(crate) fn shared_by(kind: Kind, hint: &str) -> World<'static> {
    let world = World::served_by(kind, hint, APP);
    world.run(&format!(
        "insert into public.lists (id, title) values ('{LIST}', 'Market');
         insert into public.members (list_id, user_id) values ('{LIST}', '{ANN}'), ('{LIST}', '{BEN}');
         insert into public.items (id, list_id, title, rank, weight, meta, photo, done, edited_at) values
            ('{ITEM}', '{LIST}', 'Bread \"\\ é', 9007199254740993, 0.1, '{{\"a\": [1.50, null]}}', '\\x00ff', true, '2026-01-01 00:00:00.5+00')"
    ));
    world
}

#[test]
fn an_update_on_one_device_reaches_another_one() {
    for world in each("sync_slice") {
        let [ann, ben] =
            [(ANN, "phone"), (BEN, "tablet")].map(|(user, client)| world.device(user, client));
        world.sync(&ann);
        world.sync(&ben);
        assert_eq!(ann.count("items"), 1);
        ann.write(&format!(
            "UPDATE items SET title = 'Milk' WHERE id = '{ITEM}'"
        ));
        assert_eq!(ann.count("synctable_queue"), 1);
        world.sync(&ann);
        assert_eq!(ann.count("synctable_queue"), 0);
        world.sync(&ben);
        assert_eq!(ben.text("SELECT title FROM items").as_deref(), Some("Milk"));
        assert_eq!(ben.rows("items"), ann.rows("items"));
        assert_eq!(
            ben.count("synctable_queue"),
            0,
            "what is pulled is not pushed"
        );
    }
}

#[test]
fn values_arrive_as_the_device_stores_them() {
    for world in each("sync_values") {
        let ann = world.device(ANN, "phone");
        world.sync(&ann);
        let row = ann.text(
        "SELECT json_array(title, rank, weight, meta, photo, done, edited_at, typeof(rank), typeof(weight)) FROM items",
    );
        assert_eq!(
            row.as_deref(),
            Some(
                r#"["Bread \"\\ é",9007199254740993,0.1,"{\"a\": [1.50, null]}","00ff",1,"2026-01-01T00:00:00.500000Z","integer","real"]"#
            )
        );
    }
}

#[test]
fn a_row_that_the_device_changed_meanwhile_stays_until_it_is_sent() {
    for world in each("sync_pending") {
        let ann = world.device(ANN, "phone");
        world.sync(&ann);
        // The server's row changes, and so does the device's, later by its clock.
        world.run("update public.items set rank = 7");
        world.settle();
        let request =
            synctable::sqlite::pull::request(&mut ann.sqlite.borrow_mut()).expect("a request");
        ann.write(&format!(
            "UPDATE items SET title = 'Milk' WHERE id = '{ITEM}'"
        ));
        let reply = world.send(ANN, "phone", &request.body).expect("an answer");
        synctable::sqlite::pull::apply(&mut ann.sqlite.borrow_mut(), &request, &reply.body)
            .expect("it is applied");
        assert_eq!(ann.text("SELECT title FROM items").as_deref(), Some("Milk"));
        assert_eq!(ann.count("synctable_again"), 1);
        world.sync(&ann);
        assert_eq!(
            ann.text("SELECT title || rank FROM items").as_deref(),
            Some("Milk7")
        );
        assert_eq!(ann.count("synctable_again"), 0);
    }
}
