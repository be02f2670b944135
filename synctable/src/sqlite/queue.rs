//! The upload queue of a device with plain SQLite, which the triggers of `queue.sql` fill.
//!
//! ```no_run
//! use synctable::sqlite::queue;
//! # fn send(crud: &str) -> Result<(), Box<dyn std::error::Error>> { Ok(()) }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut device = rusqlite::Connection::open("app.db")?;
//! queue::connect(&device)?;
//! queue::write(&mut device, |transaction| {
//!     transaction.execute("UPDATE lists SET title = 'Shop' WHERE id = ?", ["…"])
//! })?;
//! while let Some(upload) = queue::next(&mut device)? {
//!     send(&upload.crud)?; // if no answer comes, the same upload is sent again
//!     queue::complete(&device, upload.number)?;
//! }
//! # Ok(())
//! # }
//! ```

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};

/// A transaction of the device that is not uploaded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its number: `transaction_id` of the write protocol.
    pub number: i64,
    /// Its entries, as the JSON array `crud` of the write protocol.
    pub crud: String,
    /// How often it was sent without success.
    pub attempts: u32,
}

/// Sets a connection up for local writes: triggers refuse them on others.
///
/// # Errors
/// What SQLite refuses.
pub fn connect(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "recursive_triggers", true)
}

/// Runs local writes in one transaction, which is uploaded as one.
///
/// What is written in other ways is queued, too; it is uploaded with the transaction that was open before.
///
/// # Errors
/// What SQLite refuses, or what `run` returns: nothing is written then.
pub fn write<T, E: From<rusqlite::Error>>(
    connection: &mut Connection,
    run: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    begin_another(&transaction)?;
    let done = run(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// Writes rows of the server in one transaction: nothing is queued, and nothing is refused.
///
/// # Errors
/// What SQLite refuses, or what `run` returns: nothing is written then.
pub fn apply<T, E: From<rusqlite::Error>>(
    connection: &mut Connection,
    run: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // It refers to nothing, so that the transaction cannot end with it.
    transaction.execute("INSERT INTO synctable_applying (id) VALUES (1)", [])?;
    let done = run(&transaction)?;
    transaction.execute("DELETE FROM synctable_applying", [])?;
    transaction.commit()?;
    Ok(done)
}

/// The oldest transaction of the queue, if there is one. What is written from now on belongs to others.
///
/// # Errors
/// What SQLite refuses.
pub fn next(connection: &mut Connection) -> rusqlite::Result<Option<Upload>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let oldest = "SELECT min(transaction_number) FROM synctable_queue";
    let Some(number) = transaction.query_row(oldest, [], |row| row.get::<_, Option<i64>>(0))?
    else {
        return Ok(None);
    };
    begin_another(&transaction)?;
    let crud = crud(&transaction, number)?;
    let attempts = "SELECT attempts FROM synctable_attempts WHERE transaction_number = ?";
    let read = |row: &Row<'_>| row.get(0);
    let attempts = transaction.query_row(attempts, [number], read).optional()?;
    transaction.commit()?;
    Ok(Some(Upload {
        number,
        crud,
        attempts: attempts.unwrap_or(0),
    }))
}

/// Removes a transaction from the queue: the server has answered.
///
/// # Errors
/// What SQLite refuses.
pub fn complete(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute(
        "DELETE FROM synctable_queue WHERE transaction_number = ?",
        [number],
    )?;
    transaction.execute(
        "DELETE FROM synctable_attempts WHERE transaction_number = ?",
        [number],
    )?;
    transaction.commit()
}

/// Remembers that a transaction was sent without success. It stays the oldest one.
///
/// # Errors
/// What SQLite refuses.
pub fn failed(connection: &Connection, number: i64, error: &str) -> rusqlite::Result<()> {
    let remember = "
        INSERT INTO synctable_attempts (transaction_number, attempts, error) VALUES (?, 1, ?)
        ON CONFLICT (transaction_number) DO UPDATE SET attempts = attempts + 1, error = excluded.error";
    connection.execute(remember, (number, error)).map(drop)
}

/// The entries of a transaction, as the JSON array `crud` of the write protocol.
pub(super) fn crud(transaction: &Transaction<'_>, number: i64) -> rusqlite::Result<String> {
    let crud = "
        SELECT '[' || group_concat(entry, ',') || ']'
        FROM (
          SELECT
            '{\"op\":' || json_quote(op) || ',\"table\":' || json_quote(table_name) || ',\"id\":' || json_quote(id)
            || ifnull(',\"op_data\":' || op_data, '')
            || ifnull(',\"previous_values\":' || previous_values, '') || '}' AS entry
          FROM synctable_queue
          WHERE transaction_number = ?
          ORDER BY sequence
        )";
    transaction.query_row(crud, [number], |row| row.get(0))
}

/// New entries belong to another transaction than those that are there.
pub(super) fn begin_another(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let another = "
        UPDATE synctable_state SET transaction_number = transaction_number + 1
        WHERE EXISTS (SELECT 1 FROM synctable_queue WHERE transaction_number = synctable_state.transaction_number)";
    transaction.execute(another, []).map(drop)
}
