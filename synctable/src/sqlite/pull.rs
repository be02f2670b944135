//! Sync of a device with plain SQLite: it pushes its queue, and pulls what others wrote, in one request.
//!
//! ```no_run
//! use synctable::sqlite::{pull, queue};
//! # fn post(body: &str) -> Result<String, pull::Unsent> { Err(pull::Unsent("no network".to_owned())) }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut device = rusqlite::Connection::open("app.db")?;
//! queue::connect(&device)?;
//! match pull::sync_now(&mut device, |body| post(body))? { // POST /api/sync
//!     pull::Next::Done => {}
//!     pull::Next::After(wait) => println!("again in {wait:?}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A row that the device has changed and not uploaded is left as it is.
//! It is noted instead, and asked for again when nothing of it is in the queue any more.

use super::queue;
use crate::ident::quoted;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::fmt;
use std::time::Duration;

/// How many transactions a request has at most: a number of the protocol.
const TRANSACTIONS: u32 = 50;

/// How many bytes of entries a request has; one transaction more may be in it.
const BYTES: usize = 1 << 20;

/// How many rows a request asks for again.
const AGAIN: u32 = 500;

/// The longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(300);

/// A request that is to be sent to `/api/sync`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its body, as JSON.
    pub body: String,
    /// The numbers of the transactions that it pushes.
    pub numbers: Vec<i64>,
}

/// What an answer leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// There is more to send or to receive: make the next request at once.
    More,
    /// Everything is sent, and everything is here.
    Done,
    /// The server asks to send again what it did not take, after this time.
    After(Duration),
}

/// What a sync leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Everything is sent, and everything is here.
    Done,
    /// Sync again after this time.
    After(Duration),
}

/// The reason why a request failed: the network, or a status other than 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent(pub String);

/// Why an answer was not applied: the device is as it was.
#[derive(Debug)]
pub enum Error {
    /// It is not an answer to the request.
    Answer(String),
    /// SQLite said no.
    Sqlite(rusqlite::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Answer(why) => write!(f, "the answer is not one of `/api/sync`: {why}"),
            Error::Sqlite(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Error::Sqlite(error)
    }
}

/// Sends and receives until nothing is left, or the server or the network asks for a pause.
///
/// # Errors
/// An answer that is not one, or what SQLite refuses.
pub fn sync_now(
    device: &mut Connection,
    mut send: impl FnMut(&str) -> Result<String, Unsent>,
) -> Result<Next, Error> {
    loop {
        let request = request(device)?;
        let answer = match send(&request.body) {
            Ok(answer) => answer,
            Err(Unsent(why)) => {
                for number in &request.numbers {
                    queue::failed(device, *number, &why)?;
                }
                return Ok(Next::After(pause(device, request.numbers.first())?));
            }
        };
        match apply(device, &request, &answer)? {
            Applied::More => {}
            Applied::Done => return Ok(Next::Done),
            Applied::After(wait) => return Ok(Next::After(wait)),
        }
    }
}

/// The next request: the oldest transactions of the queue, and where the device stands.
///
/// What is written from now on belongs to other transactions. Send it again as long as no answer comes.
///
/// # Errors
/// What SQLite refuses.
pub fn request(device: &mut Connection) -> rusqlite::Result<Request> {
    let transaction = device.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut numbers, mut pushed) = (Vec::new(), String::new());
    for upload in queue::uploads(&transaction, TRANSACTIONS)? {
        if pushed.len() >= BYTES {
            break;
        }
        if !pushed.is_empty() {
            pushed.push(',');
        }
        let (number, crud) = (upload.number, upload.crud);
        pushed.push_str(&format!("{{\"transaction_id\":{number},\"crud\":{crud}}}"));
        numbers.push(number);
    }
    let cursor = "SELECT json_quote((SELECT cursor FROM synctable_pull))";
    let cursor: String = transaction.query_row(cursor, [], |row| row.get(0))?;
    let again = format!(
        "SELECT json_group_object(table_name, json(ids)) FROM (
           SELECT table_name, json_group_array(row_id) AS ids
           FROM (SELECT * FROM synctable_again AS noted WHERE NOT {} LIMIT {AGAIN})
           GROUP BY table_name
         )",
        is_queued("noted.table_name", "noted.row_id")
    );
    let again: String = transaction.query_row(&again, [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(Request {
        body: format!("{{\"transactions\":[{pushed}],\"cursor\":{cursor},\"again\":{again}}}"),
        numbers,
    })
}

/// Applies the answer to a request: completes what was pushed, and writes what was pulled, all of it or nothing.
///
/// # Errors
/// It is not an answer to the request, or what SQLite refuses: the device is as it was.
pub fn apply(device: &mut Connection, request: &Request, answer: &str) -> Result<Applied, Error> {
    let valid = "SELECT json_valid(?1) AND json_type(?1) = 'object'";
    if !device.query_row(valid, [answer], |row| row.get::<_, bool>(0))? {
        return Err(Error::Answer("it is not a JSON object".to_owned()));
    }
    let mut wait = None;
    let more = queue::apply(device, |transaction| {
        let answer = Answer {
            transaction,
            text: answer,
        };
        for (place, number) in request.numbers.iter().enumerate() {
            match answer.complete(place, *number)? {
                Completed::Yes => {}
                Completed::NotYet => break,
                Completed::After(after) => {
                    wait = Some(after);
                    break;
                }
            }
        }
        for table in answer.names("begin")? {
            begin(transaction, &table)?;
        }
        let count: i64 = answer.at("SELECT ifnull(json_array_length(?1, '$.tables'), 0)")?;
        for place in 0..count {
            answer.write(place)?;
        }
        for table in answer.names("end")? {
            end(transaction, &table)?;
        }
        let cursor: Option<String> = answer.at("SELECT ?1 ->> '$.cursor'")?;
        let cursor = cursor.ok_or_else(|| Error::Answer("it has no cursor".to_owned()))?;
        let keep = "
            INSERT INTO synctable_pull (only_row, cursor) VALUES (1, ?)
            ON CONFLICT (only_row) DO UPDATE SET cursor = excluded.cursor";
        transaction.execute(keep, [cursor])?;
        Ok::<_, Error>(answer.at::<Option<bool>>("SELECT ?1 ->> '$.more'")? == Some(true))
    })?;
    if let Some(wait) = wait {
        return Ok(Applied::After(wait));
    }
    let is_left = format!(
        "SELECT EXISTS (SELECT 1 FROM synctable_queue)
           OR EXISTS (SELECT 1 FROM synctable_again AS noted WHERE NOT {})",
        is_queued("noted.table_name", "noted.row_id")
    );
    let is_left = device.query_row(&is_left, [], |row| row.get(0))?;
    Ok(match more || is_left {
        true => Applied::More,
        false => Applied::Done,
    })
}

/// Forgets where the device stands: everything is pulled anew, and what the server does not have goes. The queue stays.
///
/// # Errors
/// What SQLite refuses.
pub fn reset(device: &Connection) -> rusqlite::Result<()> {
    device
        .execute("UPDATE synctable_pull SET cursor = NULL", [])
        .map(drop)
}

/// How long to wait after an attempt that failed: longer each time, five minutes at most.
fn pause(device: &Connection, number: Option<&i64>) -> rusqlite::Result<Duration> {
    let attempts = "SELECT attempts FROM synctable_attempts WHERE transaction_number = ?";
    let attempts: Option<u32> = match number {
        Some(number) => device
            .query_row(attempts, [number], |row| row.get(0))
            .optional()?,
        None => None,
    };
    let doubled = attempts.unwrap_or(1).min(16);
    Ok(Duration::from_millis(500)
        .saturating_mul(1 << doubled)
        .min(LONGEST))
}

/// Whether something of a row is in the queue, which a statement reads once.
fn is_queued(table: &str, id: &str) -> String {
    format!("({table}, {id}) IN (SELECT table_name, id FROM synctable_queue)")
}

/// What came of a transaction that was sent.
enum Completed {
    /// The server has dealt with it.
    Yes,
    /// It is to be sent at once.
    NotYet,
    /// It is to be sent after this time.
    After(Duration),
}

/// An answer whose parts SQLite reads.
struct Answer<'a> {
    transaction: &'a Transaction<'a>,
    text: &'a str,
}

impl Answer<'_> {
    /// A value of the answer, which is `?1` of the query.
    fn at<T: rusqlite::types::FromSql>(&self, query: &str) -> rusqlite::Result<T> {
        let mut statement = self.transaction.prepare_cached(query)?;
        statement.query_row([self.text], |row| row.get(0))
    }

    /// The names in a list of the answer.
    fn names(&self, member: &str) -> rusqlite::Result<Vec<String>> {
        let names = "SELECT value FROM json_each(?1, '$.' || ?2)";
        let mut names = self.transaction.prepare_cached(names)?;
        let names = names.query_map([self.text, member], |row| row.get(0))?;
        names.collect()
    }

    /// Takes a transaction out of the queue if the server has dealt with it.
    fn complete(&self, place: usize, number: i64) -> Result<Completed, Error> {
        let of = |member: &str| format!("SELECT ?1 ->> '$.results[{place}].{member}'");
        let status: Option<String> = self.at(&of("status"))?;
        let handled: Option<bool> = self.at(&of("requires_client_handling"))?;
        match (status.as_deref(), handled) {
            (Some("success"), _) => {
                // The server did something else than the device.
                let note = format!(
                    "INSERT OR IGNORE INTO synctable_again (table_name, row_id)
                     SELECT sent.value ->> '$.table', sent.value ->> '$.id'
                     FROM json_each(?1, '$.results[{place}].outcomes') AS outcome
                     JOIN json_each((SELECT crud FROM synctable_uploads WHERE number = ?2 LIMIT 1)) AS sent
                       ON sent.key = outcome.key
                     WHERE outcome.value IN ('stale', 'gone', 'refused', 'waiting')"
                );
                self.transaction.execute(&note, (self.text, number))?;
                queue::remove(self.transaction, number)?;
            }
            (Some("fatal_error"), Some(false)) => {
                let note = "
                    INSERT OR IGNORE INTO synctable_again (table_name, row_id)
                    SELECT table_name, id FROM synctable_queue WHERE transaction_number = ?";
                self.transaction.execute(note, [number])?;
                let code: Option<String> = self.at(&of("failed_operation.error_code"))?;
                let message: Option<String> = self.at(&of("failed_operation.message"))?;
                let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
                queue::bury(self.transaction, number, &code, &message)?;
            }
            // One before it is out of the way now.
            (Some("not_attempted"), _) if place > 0 => return Ok(Completed::NotYet),
            (Some("retryable_error" | "fatal_error"), _) => {
                let message: Option<String> = self.at(&of("message"))?;
                let message = message.unwrap_or_default();
                queue::failed(self.transaction, number, &message)?;
                let after: Option<i64> = self.at(&of("retry_after_ms"))?;
                return Ok(Completed::After(match after {
                    Some(after) => Duration::from_millis(after.unsigned_abs()),
                    None => pause(self.transaction, Some(&number))?,
                }));
            }
            (status, _) => {
                return Err(Error::Answer(format!(
                    "the transaction {number} has the status {status:?}"
                )));
            }
        }
        Ok(Completed::Yes)
    }

    /// Writes what changed of a table.
    fn write(&self, place: i64) -> Result<(), Error> {
        let of = |member: &str| format!("SELECT ?1 -> '$.tables[{place}].{member}'");
        let name: Option<String> = self.at(&format!("SELECT ?1 ->> '$.tables[{place}].table'"))?;
        let name = name.ok_or_else(|| Error::Answer("a table has no name".to_owned()))?;
        let [rows, gone]: [Option<String>; 2] = [self.at(&of("rows"))?, self.at(&of("gone"))?];
        let Some(columns) = columns(self.transaction, &name)? else {
            // A device of an older release does not have it.
            return Ok(());
        };
        if let Some(rows) = &rows {
            self.upsert(&name, &columns, rows)?;
            settle(self.transaction, &name, rows, "value ->> '$.id'")?;
        }
        if let Some(gone) = &gone {
            let remove = format!(
                "DELETE FROM {} WHERE id IN (SELECT value FROM json_each(?2)) AND NOT {}",
                quoted(&name),
                is_queued("?1", &format!("{}.id", quoted(&name)))
            );
            self.transaction
                .prepare_cached(&remove)?
                .execute([&name, gone])?;
            settle(self.transaction, &name, gone, "value")?;
        }
        Ok(())
    }

    /// Writes rows, but for those that the device has changed meanwhile.
    fn upsert(&self, name: &str, columns: &[String], rows: &str) -> Result<(), Error> {
        let members = "SELECT key FROM json_each(?, '$[0]')";
        let mut members = self.transaction.prepare_cached(members)?;
        let members = members.query_map([rows], |row| row.get::<_, String>(0))?;
        let members: Vec<String> = members.collect::<rusqlite::Result<_>>()?;
        let known: Vec<&String> = members
            .iter()
            .filter(|member| columns.contains(member))
            .collect();
        if known.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = known.iter().map(|name| quoted(name)).collect();
        let values: Vec<String> = known.iter().map(|name| value(name)).collect();
        let sets: Vec<String> = names
            .iter()
            .map(|name| format!("{name} = excluded.{name}"))
            .collect();
        let upsert = format!(
            "INSERT INTO {} ({}) SELECT {} FROM json_each(?2) WHERE NOT {} ON CONFLICT (id) DO UPDATE SET {}",
            quoted(name),
            names.join(", "),
            values.join(", "),
            is_queued("?1", "value ->> '$.id'"),
            sets.join(", ")
        );
        self.transaction
            .prepare_cached(&upsert)?
            .execute([name, rows])?;
        Ok(())
    }
}

/// A member of a row as a value of SQLite.
fn value(name: &str) -> String {
    let mut path = String::from("$.\"");
    for c in name.chars() {
        match c {
            '"' => path.push_str("\\\""),
            '\\' => path.push_str("\\\\"),
            c => path.push(c),
        }
    }
    path.push('"');
    format!("value ->> '{}'", path.replace('\'', "''"))
}

/// The columns of a table that hold what the server sends; `None` where the device does not have the table.
fn columns(transaction: &Transaction<'_>, table: &str) -> Result<Option<Vec<String>>, Error> {
    if table.starts_with("synctable_") {
        return Err(Error::Answer(format!(
            "`{table}` is not a table of the app"
        )));
    }
    let columns = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0";
    let mut columns = transaction.prepare_cached(columns)?;
    let columns = columns.query_map([table], |row| row.get(0))?;
    let columns: Vec<String> = columns.collect::<rusqlite::Result<_>>()?;
    Ok((!columns.is_empty()).then_some(columns))
}

/// Notes the rows that were left as they are, and forgets the notes and the marks of those that were written.
fn settle(
    transaction: &Transaction<'_>,
    table: &str,
    items: &str,
    id: &str,
) -> rusqlite::Result<()> {
    let queued = is_queued("?1", id);
    for statement in [
        format!(
            "DELETE FROM synctable_held WHERE table_name = ?1 AND row_id IN (SELECT {id} FROM json_each(?2))"
        ),
        format!(
            "DELETE FROM synctable_again WHERE table_name = ?1 AND row_id IN (SELECT {id} FROM json_each(?2))"
        ),
        format!(
            "INSERT OR IGNORE INTO synctable_again (table_name, row_id) SELECT ?1, {id} FROM json_each(?2) WHERE {queued}"
        ),
    ] {
        transaction
            .prepare_cached(&statement)?
            .execute([table, items])?;
    }
    Ok(())
}

/// A table is sent whole from here on: marks the rows that the device has.
fn begin(transaction: &Transaction<'_>, table: &str) -> Result<(), Error> {
    if columns(transaction, table)?.is_none() {
        return Ok(());
    }
    transaction.execute("DELETE FROM synctable_held WHERE table_name = ?", [table])?;
    let mark = format!(
        "INSERT INTO synctable_held (table_name, row_id) SELECT ?, id FROM {}",
        quoted(table)
    );
    transaction.execute(&mark, [table])?;
    Ok(())
}

/// A table was sent to its end: what is still marked is not on the server.
fn end(transaction: &Transaction<'_>, table: &str) -> Result<(), Error> {
    if columns(transaction, table)?.is_none() {
        return Ok(());
    }
    let note = format!(
        "INSERT OR IGNORE INTO synctable_again (table_name, row_id)
         SELECT table_name, row_id FROM synctable_held AS held WHERE table_name = ? AND {}",
        is_queued("held.table_name", "held.row_id")
    );
    transaction.execute(&note, [table])?;
    let remove = format!(
        "DELETE FROM {} WHERE id IN (SELECT row_id FROM synctable_held WHERE table_name = ?1) AND NOT {}",
        quoted(table),
        is_queued("?1", &format!("{}.id", quoted(table)))
    );
    transaction.execute(&remove, [table])?;
    transaction.execute("DELETE FROM synctable_held WHERE table_name = ?", [table])?;
    Ok(())
}
