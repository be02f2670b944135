//! What an app does with the database of a device: makes it, upgrades it, or leaves it alone and says why.

use rusqlite::{Connection, TransactionBehavior};
use synctable::device::{DeviceDatabase, DeviceStep};
use synctable::sqlite::{UpgradeError, Upgraded, upgrade};

const DATABASE: DeviceDatabase = DeviceDatabase {
    version: 4,
    schema: "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER) STRICT; PRAGMA user_version = 4;",
    steps: &[
        DeviceStep {
            from: 2,
            references: true,
            sql: "ALTER TABLE a ADD COLUMN b INTEGER;",
        },
        DeviceStep {
            from: 3,
            references: false,
            sql: "DROP TABLE c;",
        },
    ],
    queue: None,
};

fn version(connection: &Connection) -> i64 {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .expect("it tells")
}

/// A database of a version, with these tables.
fn at(version: i64, tables: &str) -> Connection {
    let connection = tests::sqlite::open_with(tables).expect("they are tables");
    connection
        .pragma_update(None, "user_version", version)
        .expect("it is a number");
    connection
}

const TABLES: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE c (id INTEGER PRIMARY KEY) STRICT;";

#[test]
fn an_empty_database_is_made_and_an_old_one_upgraded_once() {
    for (mut connection, first) in [
        (at(0, ""), Upgraded::Made),
        (at(2, TABLES), Upgraded::From(2)),
    ] {
        assert_eq!(
            upgrade(&mut connection, &DATABASE).expect("it works"),
            first
        );
        assert_eq!(version(&connection), 4);
        connection
            .execute("INSERT INTO a (b) VALUES (1)", [])
            .expect("the column is there");
        let again = upgrade(&mut connection, &DATABASE).expect("it works");
        assert_eq!(again, Upgraded::Nothing);
    }
}

#[test]
fn the_constant_of_an_app_makes_its_tables() {
    let database = schema::generated::database::DATABASE;
    let mut connection = tests::sqlite::open();
    assert_eq!(
        upgrade(&mut connection, &database).expect("it works"),
        Upgraded::Made
    );
    assert_eq!(version(&connection), i64::from(database.version));
    let tables: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'items'",
            [],
            |row| row.get(0),
        )
        .expect("it tells");
    assert_eq!(tables, 1);
}

#[test]
fn a_database_that_no_step_leads_from_stays_as_it_is() {
    for (version_so_far, tables, message) in [
        (
            0,
            TABLES,
            "the database has tables, but its `user_version` is 0: set it to the version of the release that made it",
        ),
        (
            1,
            TABLES,
            "the database has version 1, and steps lead from version 2 on",
        ),
        (
            5,
            TABLES,
            "the database has version 5, and the app is built for version 4",
        ),
    ] {
        let mut connection = at(version_so_far, tables);
        let error = upgrade(&mut connection, &DATABASE).expect_err(message);
        assert_eq!(error.to_string(), message);
        assert_eq!(version(&connection), version_so_far);
    }
}

#[test]
fn a_step_that_fails_leaves_the_version_before_it_whole() {
    // The second step drops a table that is not there.
    let mut connection = at(2, "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT");
    let error = upgrade(&mut connection, &DATABASE).expect_err("there is no table");
    assert!(
        matches!(error, UpgradeError::Step { from: 3, .. }),
        "{error:?}"
    );
    assert_eq!(version(&connection), 3);
    let enforced: bool = connection
        .pragma_query_value(None, "foreign_keys", |row| row.get(0))
        .expect("it tells");
    assert!(enforced && connection.is_autocommit());

    // A row whose parent is gone, from a time in which nobody enforced it.
    let mut connection = at(
        2,
        "PRAGMA foreign_keys = OFF;
         CREATE TABLE a (id INTEGER PRIMARY KEY, up INTEGER REFERENCES a (id)) STRICT;
         INSERT INTO a VALUES (1, 9);",
    );
    let error = upgrade(&mut connection, &DATABASE).expect_err("there is no parent");
    assert!(
        matches!(error, UpgradeError::References { from: 2, rows: 1 }),
        "{error:?}"
    );
    assert_eq!(version(&connection), 2);
}

#[test]
fn a_connection_with_an_open_transaction_is_refused() {
    let mut connection = at(2, TABLES);
    connection.execute_batch("BEGIN").expect("it begins");
    let error = upgrade(&mut connection, &DATABASE).expect_err("it is open");
    assert!(matches!(error, UpgradeError::InTransaction), "{error:?}");
}

#[test]
fn two_apps_that_start_at_once_run_each_step_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("app.db");
    Connection::open(&path)
        .and_then(|one| {
            one.execute_batch(TABLES)?;
            one.pragma_update(None, "user_version", 2)
        })
        .expect("it is made");
    let started: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                let mut connection = Connection::open(path).expect("it opens");
                upgrade(&mut connection, &DATABASE).map_err(|error| error.to_string())
            })
        })
        .collect();
    let done: Vec<Result<Upgraded, String>> = started
        .into_iter()
        .map(|one| one.join().expect("it ends"))
        .collect();
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let mut connection = Connection::open(&path).expect("it opens");
    assert_eq!(version(&connection), 4);
    drop(
        connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .expect("nobody holds a lock"),
    );
}
