//! SQLite in memory: the build that ships with `rusqlite`, so every machine runs the same version.

use rusqlite::Connection;

/// An empty database in memory with foreign keys enforced.
///
/// # Panics
///
/// If SQLite cannot open it.
pub fn open() -> Connection {
    let database = Connection::open_in_memory().expect("SQLite opens a database in memory");
    database
        .pragma_update(None, "foreign_keys", true)
        .expect("SQLite enforces foreign keys");
    database
}

/// A database in memory after `ddl`, which may hold many statements.
///
/// # Errors
///
/// SQLite's message and the part of `ddl` it stands at.
pub fn open_with(ddl: &str) -> Result<Connection, String> {
    let database = open();
    database
        .execute_batch(ddl)
        .map_err(|error| error.to_string())?;
    Ok(database)
}

/// Executes one statement that must be refused and returns SQLite's message.
///
/// The statement runs alone, so what an earlier one left open is not blamed on it.
///
/// ```
/// let database = tests::sqlite::open_with("create table lists (id text primary key) strict").unwrap();
/// let message = tests::sqlite::refused(&database, "insert into lists values (null, 1)");
/// assert!(message.contains("2 values"), "{message}");
/// ```
///
/// # Panics
///
/// If SQLite accepts the statement.
pub fn refused(database: &Connection, sql: &str) -> String {
    match database.execute(sql, []) {
        Ok(rows) => panic!("SQLite accepted ({rows} rows) what it must refuse:\n{sql}"),
        Err(error) => error.to_string(),
    }
}
