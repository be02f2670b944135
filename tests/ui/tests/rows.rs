//! Rows go into SQLite through the derive and come out as they were.

use rusqlite::Connection;
use synctable::{MaybeKnown, SyncTable, Value, sqlite};
use ui::generated::enums::ItemStatus;
use ui::mappers::{ItemsRow, RefsRow};

fn item() -> ItemsRow {
    ItemsRow {
        id: "0192f0c1-7a3b-7cde-8f01-23456789abcd".parse().unwrap(),
        list_id: "0192f0c1-7a3b-7cde-8f01-23456789abce".parse().unwrap(),
        title: "it's \"milk\"".to_owned(),
        status: Some(ItemStatus::Done.into()),
        edited_at: "2026-01-31T13:47:00.000000Z".parse().unwrap(),
        deleted_at: None,
    }
}

fn items() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE items (id TEXT PRIMARY KEY, list_id TEXT, title TEXT, status TEXT, edited_at TEXT, deleted_at TEXT) STRICT",
        )
        .unwrap();
    connection
}

#[test]
fn a_row_comes_out_as_it_went_in() {
    let connection = items();
    sqlite::insert(&connection, &item()).unwrap();
    let back: Option<ItemsRow> = sqlite::get(&connection, &item().client_id().unwrap()).unwrap();
    assert_eq!(back, Some(item()));
    assert_eq!(sqlite::get::<ItemsRow>(&connection, "none").unwrap(), None);
}

#[test]
fn a_label_of_a_newer_server_is_kept_and_written_back() {
    let connection = items();
    sqlite::insert(&connection, &item()).unwrap();
    connection
        .execute("UPDATE items SET status = 'snoozed'", [])
        .unwrap();
    let id = item().client_id().unwrap();
    let row: ItemsRow = sqlite::get(&connection, &id).unwrap().unwrap();
    assert_eq!(row.status, Some(MaybeKnown::Unknown("snoozed".to_owned())));
    assert!(row.to_values().contains(&Value::Text("snoozed".into())));
}

#[test]
fn a_value_that_is_none_is_named_by_table_and_column() {
    let connection = items();
    sqlite::insert(&connection, &item()).unwrap();
    connection
        .execute("UPDATE items SET edited_at = 'yesterday'", [])
        .unwrap();
    let error = sqlite::get::<ItemsRow>(&connection, &item().client_id().unwrap()).unwrap_err();
    assert!(
        error.to_string().starts_with("`items.edited_at`: "),
        "{error}"
    );
}

#[test]
fn what_has_no_value_yet_is_left_to_whoever_fills_it_in() {
    let connection = items();
    let row = ItemsRow {
        status: None,
        ..item()
    };
    let stored = row.to_client_row().unwrap();
    assert!(stored.iter().all(|(name, _)| *name != "status"));
    assert!(stored.contains(&("deleted_at", Value::Null)));
    sqlite::insert(&connection, &row).unwrap();
    let back: Option<ItemsRow> = sqlite::get(&connection, &row.client_id().unwrap()).unwrap();
    assert_eq!(back, Some(row));
}

#[derive(Debug, PartialEq, SyncTable)]
#[synctable(table = ui::generated::tables::items, partial)]
struct Heading {
    #[synctable(column = title)]
    text: String,
    status: ItemStatus,
}

#[test]
fn rows_of_ones_own_query_are_read_by_the_names_of_their_columns() {
    let connection = items();
    sqlite::insert(&connection, &item()).unwrap();
    let wanted = Heading {
        text: "it's \"milk\"".to_owned(),
        status: ItemStatus::Done,
    };
    let list = sqlite::columns::<Heading>(Some("i"));
    let sql = format!("SELECT 1 AS one, {list} FROM items AS i WHERE i.title = ?");
    let found = connection.query_row(&sql, [Value::Text("it's \"milk\"".into())], |row| {
        Ok(sqlite::from_row::<Heading>(row))
    });
    assert_eq!(found.unwrap().unwrap(), wanted);
    let missing = connection.query_row("SELECT title FROM items", [], |row| {
        Ok(sqlite::from_row::<Heading>(row))
    });
    let error = missing.unwrap().unwrap_err().to_string();
    assert!(error.contains("status"), "{error}");
}

#[test]
fn a_composed_id_stands_before_the_columns_of_the_key() {
    let row = RefsRow {
        org_id: "a/b".to_owned(),
        number: 7,
        name: "refs/heads/main".to_owned(),
        target_sha: "00".to_owned(),
        version: Some(1),
        opened_at: None,
        old_name: String::new(),
    };
    let stored = row.to_client_row().unwrap();
    assert_eq!(
        stored[0],
        ("id", Value::Text("612F62/7/refs/heads/main".into()))
    );
    let names: Vec<_> = stored.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "id",
            "org_id",
            "number",
            "name",
            "sha",
            "version",
            "opened_at",
            "old_name"
        ]
    );
}
