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

use super::answer::{Answer, Failed, OfTable, Reported};
use super::queue;
use crate::ident::quoted;
use crate::value::Value;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::borrow::Cow;
use std::collections::HashSet;
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
    let answer = Answer::read(answer).map_err(|error| Error::Answer(error.to_string()))?;
    let cursor = answer.cursor.as_deref();
    let cursor = cursor.ok_or_else(|| Error::Answer("it has no cursor".to_owned()))?;
    let mut wait = None;
    queue::apply(device, |transaction| {
        for (place, number) in request.numbers.iter().enumerate() {
            match complete(transaction, answer.results.get(place), place, *number)? {
                Completed::Yes => {}
                Completed::NotYet => break,
                Completed::After(after) => {
                    wait = Some(after);
                    break;
                }
            }
        }
        for table in &answer.begin {
            begin(transaction, table)?;
        }
        for table in &answer.tables {
            write(transaction, table)?;
        }
        for table in &answer.end {
            end(transaction, table)?;
        }
        let keep = "
            INSERT INTO synctable_pull (only_row, cursor) VALUES (1, ?)
            ON CONFLICT (only_row) DO UPDATE SET cursor = excluded.cursor";
        transaction.execute(keep, [cursor])?;
        Ok::<_, Error>(())
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
    Ok(match answer.more || is_left {
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

/// Takes a transaction out of the queue if the server has dealt with it.
fn complete(
    transaction: &Transaction<'_>,
    reported: Option<&Reported<'_>>,
    place: usize,
    number: i64,
) -> Result<Completed, Error> {
    let none = Reported::default();
    let reported = reported.unwrap_or(&none);
    let text = |text: &Option<Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
    match (reported.status.as_deref(), reported.is_for_the_app) {
        (Some("success"), _) => {
            // The server did something else than the device.
            let another = ["stale", "gone", "refused", "waiting"];
            let outcomes = reported.outcomes.iter().enumerate();
            let places = outcomes.filter(|(_, outcome)| another.contains(&&***outcome));
            let places: Vec<String> = places.map(|(place, _)| place.to_string()).collect();
            if !places.is_empty() {
                let note = "
                    INSERT OR IGNORE INTO synctable_again (table_name, row_id)
                    SELECT sent.value ->> '$.table', sent.value ->> '$.id'
                    FROM json_each((SELECT crud FROM synctable_uploads WHERE number = ?1 LIMIT 1)) AS sent
                    WHERE sent.key IN (SELECT value FROM json_each(?2))";
                transaction.execute(note, (number, format!("[{}]", places.join(","))))?;
            }
            queue::remove(transaction, number)?;
        }
        (Some("fatal_error"), Some(false)) => {
            let note = "
                INSERT OR IGNORE INTO synctable_again (table_name, row_id)
                SELECT table_name, id FROM synctable_queue WHERE transaction_number = ?";
            transaction.execute(note, [number])?;
            let Failed { code, message } = &reported.failed;
            queue::bury(transaction, number, &text(code), &text(message))?;
        }
        // One before it is out of the way now.
        (Some("not_attempted"), _) if place > 0 => return Ok(Completed::NotYet),
        (Some("retryable_error" | "fatal_error"), _) => {
            queue::failed(transaction, number, &text(&reported.message))?;
            return Ok(Completed::After(match reported.retry_after_ms {
                Some(after) => Duration::from_millis(after.unsigned_abs()),
                None => pause(transaction, Some(&number))?,
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

/// Writes what changed of a table, but for the rows that the device has changed meanwhile.
fn write(transaction: &Transaction<'_>, of: &OfTable<'_>) -> Result<(), Error> {
    let name = of.name.as_deref();
    let name = name.ok_or_else(|| Error::Answer("a table has no name".to_owned()))?;
    let Some(columns) = columns(transaction, name)? else {
        // A device of an older release does not have it.
        return Ok(());
    };
    let notes = Notes::of(transaction, name)?;
    if of.rows().next().is_some() {
        let id = of.place("id");
        let id = id.ok_or_else(|| Error::Answer("a row has no id".to_owned()))?;
        let known = (0..of.members.len()).filter(|place| columns.contains(&*of.members[*place]));
        let known: Vec<usize> = known.collect();
        let names: Vec<&str> = known.iter().map(|place| &*of.members[*place]).collect();
        let mut upsert = transaction.prepare_cached(&upsert(name, &names))?;
        for row in of.rows() {
            let Value::Text(id) = &row[id] else {
                return Err(Error::Answer("the id of a row is not a text".to_owned()));
            };
            if notes.settle(id)? {
                for (number, place) in known.iter().enumerate() {
                    upsert.raw_bind_parameter(number + 1, &row[*place])?;
                }
                upsert.raw_execute()?;
            }
        }
    }
    if !of.gone.is_empty() {
        let remove = format!("DELETE FROM {} WHERE id = ?", quoted(name));
        let mut remove = transaction.prepare_cached(&remove)?;
        for id in &of.gone {
            if notes.settle(id)? {
                remove.execute([id])?;
            }
        }
    }
    Ok(())
}

/// A row with the values of these columns; the id is among them, and stays what it is.
fn upsert(table: &str, columns: &[&str]) -> String {
    let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    let others = columns
        .iter()
        .zip(&names)
        .filter(|(name, _)| **name != "id");
    let sets: Vec<String> = others
        .map(|(_, name)| format!("{name} = excluded.{name}"))
        .collect();
    format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (id) DO {}",
        quoted(table),
        names.join(", "),
        vec!["?"; names.len()].join(", "),
        match sets.is_empty() {
            true => "NOTHING".to_owned(),
            false => format!("UPDATE SET {}", sets.join(", ")),
        }
    )
}

/// What is noted of the rows of a table, asked once for all of them.
struct Notes<'t> {
    transaction: &'t Transaction<'t>,
    table: &'t str,
    /// The rows that have an entry in the queue.
    queued: HashSet<String>,
    is_held: bool,
    is_noted: bool,
}

impl<'t> Notes<'t> {
    fn of(transaction: &'t Transaction<'t>, table: &'t str) -> rusqlite::Result<Self> {
        let queued = "SELECT DISTINCT id FROM synctable_queue WHERE table_name = ?";
        let mut queued = transaction.prepare_cached(queued)?;
        let queued = queued.query_map([table], |row| row.get(0))?;
        let any = "
            SELECT EXISTS (SELECT 1 FROM synctable_held WHERE table_name = ?1),
              EXISTS (SELECT 1 FROM synctable_again WHERE table_name = ?1)";
        let mut any = transaction.prepare_cached(any)?;
        let [is_held, is_noted] = any.query_row([table], |row| Ok([row.get(0)?, row.get(1)?]))?;
        Ok(Notes {
            transaction,
            table,
            queued: queued.collect::<rusqlite::Result<_>>()?,
            is_held,
            is_noted,
        })
    }

    /// A row has come: whether it is written. One that the device has changed is asked for again instead.
    fn settle(&self, id: &str) -> rusqlite::Result<bool> {
        let is_written = self.queued.is_empty() || !self.queued.contains(id);
        if self.is_held {
            self.run(
                "DELETE FROM synctable_held WHERE table_name = ? AND row_id = ?",
                id,
            )?;
        }
        if !is_written {
            self.run(
                "INSERT OR IGNORE INTO synctable_again (table_name, row_id) VALUES (?, ?)",
                id,
            )?;
        } else if self.is_noted {
            self.run(
                "DELETE FROM synctable_again WHERE table_name = ? AND row_id = ?",
                id,
            )?;
        }
        Ok(is_written)
    }

    fn run(&self, sql: &str, id: &str) -> rusqlite::Result<()> {
        let mut statement = self.transaction.prepare_cached(sql)?;
        statement.execute([self.table, id]).map(drop)
    }
}

/// The columns of a table that hold what the server sends; `None` where the device does not have the table.
fn columns(transaction: &Transaction<'_>, table: &str) -> Result<Option<HashSet<String>>, Error> {
    if table.starts_with("synctable_") {
        return Err(Error::Answer(format!(
            "`{table}` is not a table of the app"
        )));
    }
    let columns = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0";
    let mut columns = transaction.prepare_cached(columns)?;
    let columns = columns.query_map([table], |row| row.get(0))?;
    let columns: HashSet<String> = columns.collect::<rusqlite::Result<_>>()?;
    Ok((!columns.is_empty()).then_some(columns))
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
