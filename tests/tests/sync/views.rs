//! What a user may read changes: rows come and go with it.

use serde_json::json;

use crate::sync::served::{BOTH, Kind};
use crate::sync::world::{ANN, APP, BEN, World};

const LISTS: [&str; 2] = [
    "10000000-0000-4000-8000-000000000001",
    "10000000-0000-4000-8000-000000000002",
];

/// Two lists of Ann's, of which Ben shares the first one; each has two items.
fn world(kind: Kind, hint: &str) -> World<'static> {
    let world = World::served_by(kind, hint, APP);
    for (nr, list) in LISTS.iter().enumerate() {
        world.run(&format!(
            "insert into public.lists (id, title) values ('{list}', 'List {nr}');
             insert into public.members (list_id, user_id) values ('{list}', '{ANN}');
             insert into public.items (id, list_id, title) values
                ('20000000-0000-4000-8000-0000000000{nr}1', '{list}', 'One of {nr}'),
                ('20000000-0000-4000-8000-0000000000{nr}2', '{list}', 'Two of {nr}')"
        ));
    }
    world.run(&format!(
        "insert into public.members (list_id, user_id) values ('{}', '{BEN}')",
        LISTS[0]
    ));
    world
}

fn titles(device: &crate::sync::world::Device) -> Option<String> {
    device.text("SELECT group_concat(title, ', ') FROM (SELECT title FROM items ORDER BY title)")
}

#[test]
fn rows_go_and_come_back_with_a_membership() {
    for world in BOTH.map(|kind| world(kind, "sync_membership")) {
        let ben = world.device(BEN, "tablet");
        world.sync(&ben);
        assert_eq!(titles(&ben).as_deref(), Some("One of 0, Two of 0"));
        world.run(&format!(
            "delete from public.members where user_id = '{BEN}'"
        ));
        world.sync(&ben);
        assert_eq!(titles(&ben), None);
        assert_eq!([ben.count("lists"), ben.count("members")], [0, 0]);
        // Meanwhile one row goes and another one changes.
        world.run(&format!(
            "delete from public.items where title = 'One of 0';
         update public.items set title = 'Second' where title = 'Two of 0';
         insert into public.members (list_id, user_id) values ('{}', '{BEN}')",
            LISTS[0]
        ));
        world.sync(&ben);
        assert_eq!(titles(&ben).as_deref(), Some("Second"));
        assert_eq!([ben.count("lists"), ben.count("members")], [1, 1]);
    }
}

#[test]
fn a_membership_that_was_lost_and_regained_between_two_pulls_leaves_nothing_behind() {
    for world in BOTH.map(|kind| world(kind, "sync_regained")) {
        let ben = world.device(BEN, "tablet");
        world.sync(&ben);
        world.run(&format!(
            "delete from public.members where user_id = '{BEN}'"
        ));
        world.run("delete from public.items where title = 'One of 0'");
        world.run("update public.items set title = 'Second' where title = 'Two of 0'");
        world.run(&format!(
            "insert into public.members (list_id, user_id) values ('{}', '{BEN}')",
            LISTS[0]
        ));
        let replies = world.sync(&ben);
        assert_eq!(titles(&ben).as_deref(), Some("Second"));
        assert!(
            replies
                .iter()
                .all(|reply| reply.json()["begin"] == json!([])),
            "nothing is sent whole: {replies:#?}"
        );
    }
}

#[test]
fn a_row_that_leaves_a_view_is_gone_for_those_who_saw_it_and_for_nobody_else() {
    for world in BOTH.map(|kind| world(kind, "sync_moved")) {
        let [ann, ben] =
            [(ANN, "phone"), (BEN, "tablet")].map(|(user, client)| world.device(user, client));
        world.sync(&ann);
        world.sync(&ben);
        world.run(&format!(
            "update public.items set list_id = '{}' where title = 'One of 0'",
            LISTS[1]
        ));
        world.run("delete from public.items where title = 'Two of 1'");
        let gone = |replies: &[crate::bridge::client::Reply]| {
            let answers = replies.iter().map(crate::bridge::client::Reply::json);
            let tables = answers.flat_map(|answer| answer["tables"].as_array().cloned());
            let gone = tables.flatten().map(|table| table["gone"].clone());
            gone.filter(|gone| *gone != json!([])).collect::<Vec<_>>()
        };
        let told = gone(&world.sync(&ben));
        assert_eq!(titles(&ben).as_deref(), Some("Two of 0"));
        assert_eq!(told, [json!(["20000000-0000-4000-8000-000000000001"])]);
        let told = gone(&world.sync(&ann));
        assert_eq!(
            titles(&ann).as_deref(),
            Some("One of 0, One of 1, Two of 0")
        );
        assert_eq!(told, [json!(["20000000-0000-4000-8000-000000000012"])]);
    }
}

#[test]
fn a_key_that_changes_is_a_row_that_goes_and_one_that_comes() {
    for world in BOTH.map(|kind| world(kind, "sync_key")) {
        let ann = world.device(ANN, "phone");
        world.sync(&ann);
        world.run("update public.items set id = '20000000-0000-4000-8000-000000000009' where title = 'One of 0'");
        world.sync(&ann);
        assert_eq!(ann.count("items"), 4);
        let id = ann.text("SELECT id FROM items WHERE title = 'One of 0'");
        assert_eq!(id.as_deref(), Some("20000000-0000-4000-8000-000000000009"));
    }
}

#[test]
fn a_write_that_the_server_does_not_take_is_taken_back() {
    for world in BOTH.map(|kind| world(kind, "sync_refused")) {
        let ben = world.device(BEN, "tablet");
        world.sync(&ben);
        // Ben loses the list, and writes before the device knows.
        world.run(&format!(
            "delete from public.members where user_id = '{BEN}'"
        ));
        ben.write("UPDATE items SET title = 'Mine' WHERE title = 'One of 0'");
        ben.write(&format!(
        "INSERT INTO items (id, list_id, title, done) VALUES ('20000000-0000-4000-8000-000000000099', '{}', 'New', 0)",
        LISTS[0]
    ));
        world.sync(&ben);
        assert_eq!(titles(&ben), None);
        assert_eq!(
            [ben.count("synctable_queue"), ben.count("synctable_again")],
            [0, 0]
        );
        let titles = "select string_agg(title, ', ' order by title) from public.items";
        let row = world.database.superuser().query_one(titles, &[]);
        let there: String = row.expect("a row").get(0);
        assert_eq!(there, "One of 0, One of 1, Two of 0, Two of 1");
    }
}

#[test]
fn a_small_page_at_a_time_leads_to_the_same_rows() {
    for world in BOTH.map(|kind| world(kind, "sync_pages")) {
        world.run(&format!(
            "insert into public.items (id, list_id, title)
         select gen_random_uuid(), '{}', 'Item ' || n from generate_series(1, 25) as n",
            LISTS[1]
        ));
        world.settle();
        let (mut cursor, mut ids, mut pages) = (json!(null), Vec::new(), 0);
        loop {
            let body = json!({"cursor": cursor, "limit": 4}).to_string();
            let reply = world.send(ANN, "phone", &body).expect("an answer");
            assert_eq!(reply.status, 200, "{reply:?}");
            let answer = reply.json();
            let tables = answer["tables"].as_array().expect("tables");
            let rows = tables
                .iter()
                .map(|table| table["rows"].as_array().expect("rows"));
            assert!(rows.map(Vec::len).sum::<usize>() <= 4, "{answer:#}");
            for table in tables.iter().filter(|table| table["table"] == "items") {
                ids.extend(
                    table["rows"]
                        .as_array()
                        .expect("rows")
                        .iter()
                        .map(|row| row["id"].to_string()),
                );
            }
            pages += 1;
            cursor = answer["cursor"].clone();
            if answer["more"] == json!(false) {
                break;
            }
        }
        ids.sort();
        let all = ids.len();
        ids.dedup();
        assert_eq!((ids.len(), all), (29, 29));
        assert!(pages > 7, "{pages}");
    }
}

#[test]
fn a_cursor_that_a_device_made_up_is_told_with_its_code() {
    for world in BOTH.map(|kind| world(kind, "sync_forged")) {
        let first = world.send(ANN, "phone", r#"{"limit": 1}"#);
        let cursor = first.expect("an answer").json()["cursor"].clone();
        let mut cursor: serde_json::Value =
            serde_json::from_str(cursor.as_str().expect("a text")).expect("JSON");
        for key in [json!(["no uuid"]), json!([])] {
            cursor["open"] = json!({"items": {"whole": {"since": 1, "after": key}}});
            let body = json!({"cursor": cursor.to_string()}).to_string();
            let reply = world.send(ANN, "phone", &body).expect("an answer");
            assert_eq!(reply.status, 400, "{reply:?}");
            assert_eq!(reply.json()["code"], json!("cursor"), "{reply:?}");
        }
        let reply = world.send(ANN, "phone", r#"{"cursor": "later"}"#);
        assert_eq!(reply.expect("an answer").json()["code"], json!("cursor"));
    }
}
