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

use rusqlite::{Connection, Transaction, TransactionBehavior};

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
    // The connection is asked once in place of at each write. Like the row of `apply`, no transaction can end with it.
    transaction.execute("INSERT INTO synctable_applying (id) VALUES (2)", [])?;
    let done = run(&transaction)?;
    transaction.execute("DELETE FROM synctable_applying", [])?;
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
/// Changes that follow each other and were not sent are one, where they are of one row.
///
/// # Errors
/// What SQLite refuses.
pub fn next(connection: &mut Connection) -> rusqlite::Result<Option<Upload>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let upload = uploads(&transaction, 1)?.pop();
    transaction.commit()?;
    Ok(upload)
}

/// The oldest transactions of the queue, at most so many. They may be sent from now on, so they stay as they are.
pub(super) fn uploads(transaction: &Transaction<'_>, most: u32) -> rusqlite::Result<Vec<Upload>> {
    merge(transaction)?;
    let oldest = "SELECT number, crud, attempts FROM synctable_uploads LIMIT ?";
    let mut oldest = transaction.prepare_cached(oldest)?;
    let uploads = oldest.query_map([most], |row| {
        Ok(Upload {
            number: row.get(0)?,
            crud: row.get(1)?,
            attempts: row.get(2)?,
        })
    })?;
    let uploads: Vec<Upload> = uploads.collect::<Result<_, _>>()?;
    if let Some(last) = uploads.last() {
        begin_another(transaction)?;
        let sent = "UPDATE synctable_state SET sent = max(sent, ?)";
        transaction.execute(sent, [last.number])?;
    }
    Ok(uploads)
}

/// Makes one entry of those that follow each other, change one row and were not sent.
fn merge(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let merged = "
        UPDATE synctable_queue SET
          op_data = merged.op_data,
          edited_at = (SELECT edited_at FROM synctable_queue AS entry WHERE entry.sequence = merged.last)
        FROM synctable_merged AS merged
        WHERE sequence = merged.first";
    if transaction.execute(merged, [])? > 0 {
        let rest = "DELETE FROM synctable_queue
            WHERE sequence IN (SELECT sequence FROM synctable_runs WHERE sequence > first)";
        transaction.execute(rest, [])?;
    }
    Ok(())
}

/// Removes a transaction from the queue: the server has answered.
///
/// # Errors
/// What SQLite refuses.
pub fn complete(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    remove(&transaction, number)?;
    transaction.commit()
}

/// Removes a transaction from the queue.
pub(super) fn remove(transaction: &Transaction<'_>, number: i64) -> rusqlite::Result<()> {
    // Its end is looked for, so that the rest of the queue is not read.
    let entries = "
        DELETE FROM synctable_queue WHERE transaction_number = ?1 AND sequence < ifnull(
          (SELECT sequence FROM synctable_queue WHERE transaction_number > ?1 ORDER BY sequence LIMIT 1),
          9223372036854775807)";
    transaction.execute(entries, [number])?;
    let attempts = "DELETE FROM synctable_attempts WHERE transaction_number = ?";
    transaction.execute(attempts, [number]).map(drop)
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

/// A transaction that the server refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its number, by which it was sent.
    pub number: i64,
    /// Its entries, as they were sent.
    pub crud: String,
    /// The server's word for what is wrong: `error_code` of the write protocol.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

/// Moves a transaction from the queue to the dead letters: the server has refused it for good.
///
/// The device keeps what it wrote until the server's rows are applied again.
///
/// # Errors
/// What SQLite refuses.
pub fn refused(
    connection: &mut Connection,
    number: i64,
    code: &str,
    message: &str,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    bury(&transaction, number, code, message)?;
    transaction.commit()
}

/// Moves a transaction from the queue to the dead letters.
pub(super) fn bury(
    transaction: &Transaction<'_>,
    number: i64,
    code: &str,
    message: &str,
) -> rusqlite::Result<()> {
    let keep = "
        INSERT INTO synctable_dead_letters (transaction_number, crud, code, message)
        SELECT number, crud, ?2, ?3 FROM synctable_uploads WHERE number = ?1 LIMIT 1";
    transaction.execute(keep, (number, code, message))?;
    remove(transaction, number)
}

/// The dead letters, the oldest first.
///
/// # Errors
/// What SQLite refuses.
pub fn dead_letters(connection: &Connection) -> rusqlite::Result<Vec<DeadLetter>> {
    let letters =
        "SELECT transaction_number, crud, code, message FROM synctable_dead_letters ORDER BY 1";
    let mut letters = connection.prepare(letters)?;
    let letters = letters.query_map([], |row| {
        Ok(DeadLetter {
            number: row.get(0)?,
            crud: row.get(1)?,
            code: row.get(2)?,
            message: row.get(3)?,
        })
    })?;
    letters.collect()
}

/// Queues a dead letter once more, after everything that is queued.
///
/// # Errors
/// What SQLite refuses.
pub fn retry(connection: &mut Connection, number: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    begin_another(&transaction)?;
    let queued = "
        INSERT INTO synctable_queue (transaction_number, table_name, id, op, op_data, previous_values)
        SELECT (SELECT transaction_number FROM synctable_state),
          entry.value ->> '$.table', entry.value ->> '$.id', entry.value ->> '$.op',
          entry.value -> '$.op_data', entry.value -> '$.previous_values'
        FROM synctable_dead_letters JOIN json_each(crud) AS entry
        WHERE transaction_number = ?
        ORDER BY entry.id";
    transaction.execute(queued, [number])?;
    discard(&transaction, number)?;
    begin_another(&transaction)?;
    transaction.commit()
}

/// Forgets a dead letter.
///
/// # Errors
/// What SQLite refuses.
pub fn discard(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    let forget = "DELETE FROM synctable_dead_letters WHERE transaction_number = ?";
    connection.execute(forget, [number]).map(drop)
}

/// New entries belong to another transaction than those that are there.
pub(super) fn begin_another(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let another = "
        UPDATE synctable_state SET transaction_number = transaction_number + 1
        WHERE transaction_number = (SELECT transaction_number FROM synctable_queue ORDER BY sequence DESC LIMIT 1)";
    transaction.execute(another, []).map(drop)
}
