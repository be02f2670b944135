//! What is copied from another row: both kinds of connections decide by it alike, and a change there is carried on.

use crate::statements::world::{ANN, BEN, Way, change, claims, prepared, write};
use postgres::Client;
use schema::mappers::Change;
use synctable::statement::Outcome::{self, Applied, Refused};
use tests::postgres::{CLIENT, act_as};

const HERS: &str = "10000000-0000-4000-8000-0000000000a1";
const HER_OTHER: &str = "10000000-0000-4000-8000-0000000000a2";
const HIS: &str = "10000000-0000-4000-8000-0000000000b1";
const ITEM: &str = "20000000-0000-4000-8000-0000000000a1";
const OTHER_ITEM: &str = "20000000-0000-4000-8000-0000000000a2";
const HIS_ITEM: &str = "20000000-0000-4000-8000-0000000000b1";
const ENTRY: &str = "30000000-0000-4000-8000-000000000001";

/// Two lists of hers and one of his, an item in each, and an entry of hers on her first item.
fn rows() -> String {
    format!(
        "insert into public.themes (id, name) values (1, 'Plain') on conflict do nothing;
        insert into public.lists (id, owner_id, name) values
            ('{HERS}', '{ANN}', 'hers'), ('{HER_OTHER}', '{ANN}', 'other'), ('{HIS}', '{BEN}', 'his');
        insert into public.items (created_by, id, list_id, title, place) values
            ('{ANN}', '{ITEM}', '{HERS}', 'a', 1), ('{ANN}', '{OTHER_ITEM}', '{HER_OTHER}', 'b', 2), ('{BEN}', '{HIS_ITEM}', '{HIS}', 'c', 3);
        insert into public.time_entries (id, item_id, user_id, hours, worked_on, edited_at) values
            ('{ENTRY}', '{ITEM}', '{ANN}', 1, '2026-01-01', '2026-01-01 10:00+00');"
    )
}

fn world(way: Way) -> (tests::postgres::Database<'static>, Client) {
    let database = prepared(&format!("copied_{way:?}").to_lowercase());
    let mut client = database.superuser();
    client.batch_execute(&rows()).unwrap();
    (database, client)
}

fn put(id: &str, item: &str) -> Change {
    change(&format!(
        "{{\"op\": \"PUT\", \"table\": \"timings\", \"id\": {id:?}, \"op_data\": {{\
         \"item_id\": {item:?}, \"hours\": \"2.000\", \"worked_on\": \"2026-01-02\"}}}}"
    ))
}

fn patch(table: &str, id: &str, column: &str, value: &str) -> Change {
    change(&format!(
        "{{\"op\": \"PATCH\", \"table\": {table:?}, \"id\": {id:?}, \"op_data\": {{{column:?}: {value:?}}}}}"
    ))
}

/// The list of an entry, and when that was edited.
fn list_of(client: &mut Client, id: &str) -> Option<(String, String)> {
    let sql = "select list_id::text, (edited_at at time zone 'utc')::text from public.time_entries where id = $1::text::uuid";
    let row = client.query_opt(sql, &[&id]).unwrap()?;
    Some((row.get(0), row.get(1)))
}

#[test]
fn a_new_row_is_judged_by_what_will_be_copied() {
    for way in Way::ALL {
        let (_database, mut client) = world(way);
        let new = "30000000-0000-4000-8000-0000000000f1";
        let outcomes = write(&mut client, way, ANN, &[put(new, OTHER_ITEM)]);
        assert_eq!(outcomes, [Applied], "{way:?}");
        assert_eq!(list_of(&mut client, new).unwrap().0, HER_OTHER, "{way:?}");
        let stranger = "30000000-0000-4000-8000-0000000000f2";
        let outcomes = write(&mut client, way, ANN, &[put(stranger, HIS_ITEM)]);
        assert_eq!(outcomes, [Refused], "{way:?}");
        assert_eq!(list_of(&mut client, stranger), None, "{way:?}");
        // In one statement each is judged by its own.
        let ids = ["f3", "f4"].map(|end| format!("30000000-0000-4000-8000-0000000000{end}"));
        let two = [put(&ids[0], HIS_ITEM), put(&ids[1], ITEM)];
        assert_eq!(
            write(&mut client, way, ANN, &two),
            [Refused, Applied],
            "{way:?}"
        );
    }
}

#[test]
fn a_change_of_what_says_where_it_comes_from_is_judged_by_where_it_leads() {
    for way in Way::ALL {
        let (_database, mut client) = world(way);
        let to = |item| patch("timings", ENTRY, "item_id", item);
        let outcomes = write(&mut client, way, ANN, &[to(HIS_ITEM)]);
        assert_eq!(outcomes, [Refused], "{way:?}");
        assert_eq!(list_of(&mut client, ENTRY).unwrap().0, HERS, "{way:?}");
        let outcomes = write(&mut client, way, ANN, &[to(OTHER_ITEM)]);
        assert_eq!(outcomes, [Applied], "{way:?}");
        assert_eq!(list_of(&mut client, ENTRY).unwrap().0, HER_OTHER, "{way:?}");
        // An upsert of the row changes it, too.
        let outcomes = write(&mut client, way, ANN, &[put(ENTRY, HIS_ITEM)]);
        assert_eq!(outcomes, [Refused], "{way:?}");
        let outcomes = write(&mut client, way, ANN, &[put(ENTRY, ITEM)]);
        assert_eq!(outcomes, [Applied], "{way:?}");
        assert_eq!(list_of(&mut client, ENTRY).unwrap().0, HERS, "{way:?}");
    }
}

#[test]
fn a_change_there_is_carried_on_and_is_no_edit() {
    for way in Way::ALL {
        let (_database, mut client) = world(way);
        let before = list_of(&mut client, ENTRY).unwrap();
        let outcomes = write(
            &mut client,
            way,
            ANN,
            &[patch("items", ITEM, "list_id", HER_OTHER)],
        );
        assert_eq!(outcomes, [Applied], "{way:?}");
        let after = list_of(&mut client, ENTRY).unwrap();
        assert_eq!(after, (HER_OTHER.to_owned(), before.1), "{way:?}");
        // What comes in one call means what it means one after the other.
        let new = "30000000-0000-4000-8000-0000000000f1";
        let changes = [
            patch("items", ITEM, "list_id", HERS),
            put(new, ITEM),
            patch("items", ITEM, "list_id", HER_OTHER),
        ];
        let outcomes: Vec<Outcome> = write(&mut client, way, ANN, &changes);
        assert_eq!(outcomes, [Applied, Applied, Applied], "{way:?}");
        assert_eq!(list_of(&mut client, new).unwrap().0, HER_OTHER, "{way:?}");
    }
}

#[test]
fn nobody_writes_a_copy() {
    let (database, mut client) = world(Way::RowSecurity);
    let sql = format!("update public.time_entries set list_id = '{HIS}' where id = '{ENTRY}'");
    let mut owner = database.owner();
    owner.batch_execute(&sql).unwrap();
    assert_eq!(list_of(&mut client, ENTRY).unwrap().0, HERS);
    let mut transaction = client.transaction().unwrap();
    act_as(&mut transaction, CLIENT, &claims(ANN));
    let error = transaction.batch_execute(&sql).unwrap_err();
    assert_eq!(error.code().map(|code| code.code()), Some("42501"));
}

/// Who copies from a row that another transaction is about to change waits, and no copy is left behind.
#[test]
fn a_copy_made_while_the_row_changes_is_right_in_the_end() {
    for way in Way::ALL {
        let (database, mut client) = world(way);
        let mut other = database.superuser();
        let new = "30000000-0000-4000-8000-0000000000f1";
        std::thread::scope(|scope| {
            let mut transaction = client.transaction().unwrap();
            let moved =
                format!("update public.items set list_id = '{HER_OTHER}' where id = '{ITEM}'");
            transaction.batch_execute(&moved).unwrap();
            let waiting = scope.spawn(|| write(&mut other, way, ANN, &[put(new, ITEM)]));
            std::thread::sleep(std::time::Duration::from_millis(200));
            assert!(
                !waiting.is_finished(),
                "{way:?}: the copy was made of what was about to change"
            );
            transaction.commit().unwrap();
            assert_eq!(waiting.join().unwrap(), [Applied], "{way:?}");
        });
        assert_eq!(list_of(&mut client, new).unwrap().0, HER_OTHER, "{way:?}");
    }
}
