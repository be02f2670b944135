//! What uploads say of columns that the server fills: who says what the server says is heard, and nobody else; both kinds of
//! connections and Postgres' own triggers agree on it.

use crate::statements::world::{ANN, BEN, Way, change, claims, device, prepared, write, write_on};
use postgres::Client;
use schema::mappers::Change;
use synctable::Timestamp;
use synctable::statement::Outcome::{self, Applied, Refused, Same};
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::postgres::{CLIENT, Database, act_as};

const TEAM: &str = "40000000-0000-4000-8000-000000000001";
const LIST: &str = "10000000-0000-4000-8000-0000000000a1";
const OTHER_LIST: &str = "10000000-0000-4000-8000-0000000000a2";
const ITEM: &str = "20000000-0000-4000-8000-0000000000a1";
const OTHER_ITEM: &str = "20000000-0000-4000-8000-0000000000a2";
const ENTRY: &str = "30000000-0000-4000-8000-000000000001";
const NEW: &str = "50000000-0000-4000-8000-000000000001";

/// Two lists of a team of both, an item of hers in each, and an entry of hers on her first item.
fn world(hint: &str) -> (Database<'static>, Client) {
    let database = prepared(&format!("told_{hint}"));
    let mut client = database.superuser();
    let rows = format!(
        "insert into public.themes (id, name) values (1, 'Plain') on conflict do nothing;
        insert into people.teams (id, name, region, created_by) values ('{TEAM}', 'us', 'eu', '{ANN}');
        insert into people.members (team_id, user_id, role) values ('{TEAM}', '{BEN}', 'editor');
        insert into public.lists (id, owner_id, team_id, name, created_at) values
            ('{LIST}', '{ANN}', '{TEAM}', 'ours', '2020-01-01'), ('{OTHER_LIST}', '{ANN}', '{TEAM}', 'too', '2020-01-01');
        insert into public.items (created_by, id, list_id, title, place) values
            ('{ANN}', '{ITEM}', '{LIST}', 'a', 1), ('{ANN}', '{OTHER_ITEM}', '{OTHER_LIST}', 'b', 2);
        insert into public.time_entries (id, item_id, user_id, hours, worked_on, edited_at) values
            ('{ENTRY}', '{ITEM}', '{ANN}', 1, '2026-01-01', '2026-01-01 10:00+00');"
    );
    client
        .batch_execute(&rows)
        .unwrap_or_else(|error| panic!("{error:?}"));
    (database, client)
}

fn entry(op: &str, table: &str, id: &str, data: &str) -> Change {
    change(&format!(
        "{{\"op\": {op:?}, \"table\": {table:?}, \"id\": {id:?}, \"op_data\": {{{data}}}}}"
    ))
}

/// An item of the list, of which its device says who made it.
fn item(id: &str, place: usize, creator: &str) -> Change {
    let data = format!(
        "\"list_id\": \"{LIST}\", \"title\": \"t\", \"place\": {place}, \"created_by\": {creator}"
    );
    entry("PUT", "items", id, &data)
}

/// The one value that a query gives, as text.
fn value(client: &mut Client, sql: &str) -> Option<String> {
    client.query_opt(sql, &[]).unwrap()?.get(0)
}

fn creator(client: &mut Client, id: &str) -> Option<String> {
    let sql = format!("select created_by::text from public.items where id = '{id}'");
    value(client, &sql)
}

/// Writes the one change and tells what became of it.
fn one(client: &mut Client, way: Way, user: &str, change: Change) -> Outcome {
    write(client, way, user, &[change]).remove(0)
}

#[test]
fn a_new_row_says_what_the_server_fills_in_or_is_refused() {
    for way in Way::ALL {
        let (_database, mut client) = world(&format!("new_{way:?}").to_lowercase());
        let quoted = |user: &str| format!("{user:?}");
        assert_eq!(
            one(&mut client, way, ANN, item(NEW, 5, &quoted(BEN))),
            Refused,
            "{way:?}"
        );
        assert_eq!(creator(&mut client, NEW), None, "{way:?}");
        assert_eq!(
            one(&mut client, way, ANN, item(NEW, 5, &quoted(ANN))),
            Applied,
            "{way:?}"
        );
        assert_eq!(creator(&mut client, NEW).as_deref(), Some(ANN), "{way:?}");
        // Who says null says nothing.
        let other = "50000000-0000-4000-8000-000000000002";
        assert_eq!(
            one(&mut client, way, ANN, item(other, 6, "null")),
            Applied,
            "{way:?}"
        );
        assert_eq!(creator(&mut client, other).as_deref(), Some(ANN), "{way:?}");
        // In one statement, each is judged by its own.
        let ids = ["f3", "f4", "f5"].map(|end| format!("50000000-0000-4000-8000-0000000000{end}"));
        let three = [
            item(&ids[0], 7, &quoted(ANN)),
            item(&ids[1], 8, &quoted(BEN)),
            item(&ids[2], 9, &quoted(ANN)),
        ];
        let outcomes = write(&mut client, way, ANN, &three);
        assert_eq!(outcomes, [Applied, Refused, Applied], "{way:?}");
    }
}

#[test]
fn a_row_that_is_there_keeps_what_the_server_filled_in() {
    for way in Way::ALL {
        let (_database, mut client) = world(&format!("there_{way:?}").to_lowercase());
        // Ben writes her item whole: it was she who made it.
        let outcome = one(&mut client, way, BEN, item(ITEM, 1, &format!("{ANN:?}")));
        assert_eq!(outcome, Applied, "{way:?}");
        let outcome = one(&mut client, way, BEN, item(ITEM, 1, &format!("{BEN:?}")));
        assert_eq!(outcome, Refused, "{way:?}");
        let patch = |user: &str| {
            let data = format!("\"title\": \"p\", \"created_by\": {user:?}");
            entry("PATCH", "items", ITEM, &data)
        };
        assert_eq!(one(&mut client, way, BEN, patch(BEN)), Refused, "{way:?}");
        assert_eq!(one(&mut client, way, BEN, patch(ANN)), Applied, "{way:?}");
        let nothing = entry(
            "PATCH",
            "items",
            ITEM,
            "\"title\": \"q\", \"created_by\": null",
        );
        assert_eq!(one(&mut client, way, BEN, nothing), Applied, "{way:?}");
        assert_eq!(creator(&mut client, ITEM).as_deref(), Some(ANN), "{way:?}");
    }
}

#[test]
fn a_copy_is_said_as_it_will_be_or_the_upload_is_refused() {
    for way in Way::ALL {
        let (_database, mut client) = world(&format!("copy_{way:?}").to_lowercase());
        let put = |id: &str, item: &str, list: &str| {
            let data = format!(
                "\"item_id\": {item:?}, \"hours\": \"2.000\", \"worked_on\": \"2026-01-02\", \"list_id\": {list:?}"
            );
            entry("PUT", "timings", id, &data)
        };
        let sql = format!("select list_id::text from public.time_entries where id = '{ENTRY}'");
        assert_eq!(
            one(&mut client, way, ANN, put(NEW, ITEM, OTHER_LIST)),
            Refused,
            "{way:?}"
        );
        assert_eq!(
            one(&mut client, way, ANN, put(NEW, ITEM, LIST)),
            Applied,
            "{way:?}"
        );
        // A row that is there moves with the copy, and not without it.
        assert_eq!(
            one(&mut client, way, ANN, put(ENTRY, OTHER_ITEM, LIST)),
            Refused,
            "{way:?}"
        );
        assert_eq!(value(&mut client, &sql).as_deref(), Some(LIST), "{way:?}");
        assert_eq!(
            one(&mut client, way, ANN, put(ENTRY, OTHER_ITEM, OTHER_LIST)),
            Applied,
            "{way:?}"
        );
        assert_eq!(
            value(&mut client, &sql).as_deref(),
            Some(OTHER_LIST),
            "{way:?}"
        );
        let patch = |data: &str| entry("PATCH", "timings", ENTRY, data);
        let stays = patch(&format!("\"list_id\": {LIST:?}"));
        assert_eq!(one(&mut client, way, ANN, stays), Refused, "{way:?}");
        let moves = patch(&format!("\"item_id\": {ITEM:?}, \"list_id\": {LIST:?}"));
        assert_eq!(one(&mut client, way, ANN, moves), Applied, "{way:?}");
        let same = patch(&format!("\"list_id\": {LIST:?}, \"hours\": \"3.000\""));
        assert_eq!(one(&mut client, way, ANN, same), Applied, "{way:?}");
        assert_eq!(value(&mut client, &sql).as_deref(), Some(LIST), "{way:?}");
    }
}

#[test]
fn what_is_ignored_changes_nothing() {
    for way in Way::ALL {
        let (_database, mut client) = world(&format!("ignored_{way:?}").to_lowercase());
        let time = "\"created_at\": \"2001-01-01T00:00:00Z\"";
        let put = entry("PUT", "lists", NEW, &format!("\"name\": \"n\", {time}"));
        assert_eq!(one(&mut client, way, ANN, put), Applied, "{way:?}");
        let sql = |id: &str| {
            format!("select (created_at > '2010-01-01')::text from public.lists where id = '{id}'")
        };
        assert_eq!(
            value(&mut client, &sql(NEW)).as_deref(),
            Some("true"),
            "{way:?}"
        );
        let nothing = entry("PATCH", "lists", LIST, time);
        assert_eq!(one(&mut client, way, ANN, nothing), Same, "{way:?}");
        let patch = entry("PATCH", "lists", LIST, &format!("\"name\": \"m\", {time}"));
        assert_eq!(one(&mut client, way, ANN, patch), Applied, "{way:?}");
        assert_eq!(
            value(&mut client, &sql(LIST)).as_deref(),
            Some("true"),
            "{way:?}"
        );
    }
}

#[test]
fn where_nobody_reads_a_table_it_is_held_all_the_same() {
    for way in Way::ALL {
        let (_database, mut client) = world(&format!("up_{way:?}").to_lowercase());
        let put = |user: &str| {
            entry(
                "PUT",
                "feedback",
                NEW,
                &format!("\"text\": \"hi\", \"user_id\": {user:?}"),
            )
        };
        let sql = "select user_id::text from public.feedback";
        assert_eq!(one(&mut client, way, ANN, put(BEN)), Refused, "{way:?}");
        assert_eq!(value(&mut client, sql), None, "{way:?}");
        assert_eq!(one(&mut client, way, ANN, put(ANN)), Applied, "{way:?}");
        assert_eq!(value(&mut client, sql).as_deref(), Some(ANN), "{way:?}");
    }
}

/// What a connector does that writes rows whole: every column in the insert, and in what an upsert sets.
#[test]
fn a_client_that_writes_rows_whole_says_what_the_server_fills_in() {
    let (_database, mut client) = world("whole");
    let mut run = |user: &str, sql: &str| -> Result<(), String> {
        let mut transaction = client.transaction().unwrap();
        act_as(&mut transaction, CLIENT, &claims(user));
        let done = transaction.batch_execute(sql);
        let done = done.map_err(|error| {
            error
                .code()
                .map_or_else(|| error.to_string(), |code| code.code().to_owned())
        });
        match done {
            Ok(()) => transaction.commit().unwrap(),
            Err(_) => transaction.rollback().unwrap(),
        }
        done
    };
    let denied = Err("42501".to_owned());
    let upsert = |id: &str, place: usize, creator: &str| {
        format!(
            "insert into public.items (id, list_id, title, place, created_by) values ('{id}', '{LIST}', 'w', {place}, '{creator}')
             on conflict (id) do update set title = excluded.title, created_by = excluded.created_by"
        )
    };
    assert_eq!(run(ANN, &upsert(NEW, 5, BEN)), denied);
    assert_eq!(run(ANN, &upsert(NEW, 5, ANN)), Ok(()));
    assert_eq!(run(BEN, &upsert(NEW, 5, ANN)), Ok(()), "it stays hers");
    assert_eq!(run(BEN, &upsert(NEW, 5, BEN)), denied);
    let update = |creator: &str| {
        format!("update public.items set created_by = {creator}, title = 'u' where id = '{NEW}'")
    };
    assert_eq!(run(BEN, &update(&format!("'{BEN}'"))), denied);
    assert_eq!(run(BEN, &update("null")), Ok(()), "null says nothing");
    let timing = |list: &str| {
        format!(
            "insert into public.time_entries (id, item_id, list_id, user_id, hours, worked_on) values ('{NEW}', '{ITEM}', {list}, '{ANN}', 1, '2026-01-01')
             on conflict (id) do update set item_id = excluded.item_id, list_id = excluded.list_id, user_id = excluded.user_id"
        )
    };
    assert_eq!(run(ANN, &timing(&format!("'{OTHER_LIST}'"))), denied);
    assert_eq!(run(ANN, &timing(&format!("'{LIST}'"))), Ok(()));
    assert_eq!(run(ANN, &timing(&format!("'{LIST}'"))), Ok(()));
    assert_eq!(run(ANN, &timing("null")), Ok(()), "null says nothing");
    let list = format!(
        "insert into public.lists (id, owner_id, name, created_at) values ('{NEW}', '{ANN}', 'w', '2001-01-01')
         on conflict (id) do update set name = excluded.name, created_at = excluded.created_at"
    );
    assert_eq!(run(ANN, &list), Ok(()));
    assert_eq!(run(ANN, &list), Ok(()));
    let created =
        format!("select (created_at > '2010-01-01')::text from public.lists where id = '{NEW}'");
    assert_eq!(value(&mut client, &created).as_deref(), Some("true"));
    assert_eq!(creator(&mut client, NEW).as_deref(), Some(ANN));
}

/// Constants, claims and copies of copies are held as the caller's id is, and what a trigger fills is cleared before it.
#[test]
fn every_value_that_a_device_foresees_is_held() {
    let case =
        workspace().join("tests/cases/accept/a_column_filled_by_the_server_in_each_way/schema");
    let database = applied("told_forms", &model_of(&case));
    let mut client = database.superuser();
    let token = format!("{{\"sub\": \"{ANN}\", \"app_metadata\": {{\"region\": \"eu\"}}}}");
    let mut run = |sql: &str| -> Result<(), String> {
        let mut transaction = client.transaction().unwrap();
        act_as(&mut transaction, CLIENT, &token);
        let done = transaction.batch_execute(sql);
        let done = done.map_err(|error| error.code().unwrap().code().to_owned());
        match done {
            Ok(()) => transaction.commit().unwrap(),
            Err(_) => transaction.rollback().unwrap(),
        }
        done
    };
    let denied = Err("42501".to_owned());
    let insert = |author: &str, region: &str, kept: bool| {
        format!(
            "insert into public.things (id, author_id, region, kept, seen_at, rank, total)
             values ('{NEW}', '{author}', '{region}', {kept}, '2001-01-01', 7, 7)"
        )
    };
    assert_eq!(run(&insert(BEN, "eu", false)), denied);
    assert_eq!(run(&insert(ANN, "us", false)), denied);
    assert_eq!(run(&insert(ANN, "eu", true)), denied);
    assert_eq!(run(&insert(ANN, "eu", false)), Ok(()));
    let update = |set: &str| format!("update public.things set {set} where id = '{NEW}'");
    assert_eq!(run(&update("kept = true")), denied);
    assert_eq!(run(&update("region = 'us'")), denied);
    assert_eq!(run(&update("maker_id = maker_id")), denied, "no grant");
    assert_eq!(
        run(&update(
            "rank = 8, total = 8, seen_at = '2002-01-01', kept = false"
        )),
        Ok(())
    );
    let held = "select concat_ws(' ', region, kept, rank, coalesce(total, -1), seen_at > '2010-01-01') from public.things";
    assert_eq!(value(&mut client, held).as_deref(), Some("eu f 0 -1 t"));
    // The server itself writes what it likes.
    let owner = database
        .owner()
        .batch_execute(&update("kept = true, rank = 9, total = 9"));
    owner.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(value(&mut client, held).as_deref(), Some("eu t 9 9 t"));
}

#[test]
fn a_copy_of_what_is_copied_itself_is_held_against_where_it_comes_from() {
    let case = workspace()
        .join("tests/cases/accept/a_column_copied_from_the_row_that_it_belongs_to/schema");
    let database = applied("told_copies", &model_of(&case));
    let mut client = database.superuser();
    let rows = format!(
        "insert into public.projects (id, owner_id) values ('{LIST}', '{ANN}'), ('{OTHER_LIST}', '{BEN}');
         insert into public.boards (id, project_id) values ('{ITEM}', '{LIST}');
         insert into public.lines (board_id, nr) values ('{ITEM}', 1);"
    );
    client.batch_execute(&rows).unwrap();
    let mut run = |project: &str, owner: &str| -> Result<(), String> {
        let mut transaction = client.transaction().unwrap();
        act_as(&mut transaction, CLIENT, &claims(ANN));
        let done = transaction.batch_execute(&format!(
            "insert into public.marks (id, board_id, nr, project_id, owner_id) values ('{NEW}', '{ITEM}', 1, {project}, {owner})"
        ));
        transaction.rollback().unwrap();
        done.map_err(|error| error.code().unwrap().code().to_owned())
    };
    let quoted = |id: &str| format!("'{id}'");
    let denied = Err("42501".to_owned());
    assert_eq!(run(&quoted(LIST), &quoted(ANN)), Ok(()));
    assert_eq!(run("null", &quoted(ANN)), Ok(()));
    assert_eq!(run("null", &quoted(BEN)), denied);
    assert_eq!(run(&quoted(OTHER_LIST), "null"), denied);
}

#[test]
fn a_device_keeps_what_an_upload_says_and_holds_others_against_it() {
    let device = device();
    let now: Timestamp = "2026-01-31T12:00:00.000000Z".parse().unwrap();
    let put = |creator: &str| item(NEW, 1, &format!("{creator:?}"));
    assert_eq!(write_on(&device, now, &put(ANN)), Applied);
    assert_eq!(write_on(&device, now, &put(BEN)), Refused);
    let patch = |creator: &str| {
        let data = format!("\"title\": \"p\", \"created_by\": {creator:?}");
        entry("PATCH", "items", NEW, &data)
    };
    assert_eq!(write_on(&device, now, &patch(BEN)), Refused);
    assert_eq!(write_on(&device, now, &patch(ANN)), Applied);
    let sql = "select created_by from items";
    let found: String = device.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(found, ANN);
}
