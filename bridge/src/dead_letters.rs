//! Transactions that could not be applied as they are: kept whole, and replayed as their caller.

use crate::app::Changes;
use crate::applied::Texts;
use crate::apply::{Bridge, Call, Failure, not_taken};
use crate::auth::Caller;
use crate::database::Link;
use crate::protocol::{Answer, Failed, Transaction};
use serde::Serialize;
use std::fmt;
use synctable::crud::Entry;
use tokio_postgres::types::Type;

/// A transaction that is put into a dead letter, and why.
pub(crate) struct Parked<'p> {
    pub(crate) call: Call<'p>,
    pub(crate) transaction: &'p Transaction<'p>,
    /// The entries that it keeps, by their places, in their order.
    pub(crate) places: &'p [usize],
    pub(crate) failed: &'p Failed,
}

/// The row of an entry, as a text that no other row has: no name and no id that Postgres holds contains the separator.
pub(crate) fn row(entry: &Entry<'_>) -> String {
    clean(&format!("{}\u{1f}{}", entry.table, entry.id))
}

/// A text that Postgres holds.
fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Adds a dead letter, and returns its number.
pub(crate) async fn park(
    under: &tokio_postgres::Transaction<'_>,
    texts: &Texts,
    parked: &Parked<'_>,
) -> Result<i64, Failure> {
    let Parked {
        call,
        transaction,
        places,
        failed,
    } = parked;
    let entries = places.iter().map(|place| &transaction.entries[*place]);
    let rows: Vec<String> = entries.clone().map(|(entry, _)| row(entry)).collect();
    let entries: Vec<&str> = entries.map(|(_, text)| *text).collect();
    let mut at = places.iter();
    let at = at.position(|place| *place == failed.operation_index);
    let at = i32::try_from(at.unwrap_or_default()).unwrap_or(i32::MAX);
    let (detail, message) = (failed.details.as_deref().map(clean), clean(&failed.message));
    let found = under
        .query_typed(
            &texts.park,
            &[
                (&call.caller.subject, Type::TEXT),
                (&call.caller.role, Type::TEXT),
                (&call.caller.claims, Type::TEXT),
                (&call.client, Type::TEXT),
                (&call.said_release, Type::TEXT),
                (&transaction.id, Type::INT8),
                (&entries, Type::TEXT_ARRAY),
                (&rows, Type::TEXT_ARRAY),
                (&at, Type::INT4),
                (&failed.error_code, Type::TEXT),
                (&detail, Type::TEXT),
                (&message, Type::TEXT),
            ],
        )
        .await?;
    match found.first() {
        Some(row) => Ok(row.try_get(0)?),
        None => Err(Failure::Record("a dead letter has no number".to_owned())),
    }
}

fn place(failed: &Failed) -> i32 {
    i32::try_from(failed.operation_index).unwrap_or(i32::MAX)
}

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeadLetter {
    /// Its number.
    pub id: i64,
    /// Whose it is: the subject of the token.
    pub caller: String,
    /// The installation that uploaded it.
    pub client_id: Option<String>,
    /// What the device said of its release.
    pub release: Option<String>,
    /// The device's number of the transaction.
    pub transaction_id: Option<i64>,
    /// The entries as they were sent, each a JSON text; later entries of their rows follow them.
    pub entries: Vec<String>,
    /// The place of the entry that is wrong.
    pub failed_entry: i32,
    /// What is wrong: a code of the decoder, `refused`, or an SQLSTATE.
    pub code: String,
    /// The column or the constraint.
    pub detail: Option<String>,
    /// What is wrong, in words.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it came.
    pub created_at: String,
    /// `replayed` or `discarded`; nothing while it is open.
    pub outcome: Option<String>,
}

/// What came of a replay.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Replayed {
    /// All of it was applied; the dead letter is closed.
    Applied,
    /// It is still wrong, and stays open.
    Failed {
        /// What is wrong.
        failed_operation: Failed,
    },
}

/// Why nothing was done with a dead letter.
#[derive(Debug)]
pub enum NotDone {
    /// There is no open dead letter of this number.
    NotOpen(i64),
    /// The amended entries are not entries.
    Malformed(String),
    /// The database failed, or could not be reached.
    Failed(String),
}

impl fmt::Display for NotDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotDone::NotOpen(id) => write!(f, "there is no open dead letter {id}"),
            NotDone::Malformed(why) | NotDone::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NotDone {}

impl From<Failure> for NotDone {
    fn from(failure: Failure) -> Self {
        NotDone::Failed(failure.to_string())
    }
}

impl From<tokio_postgres::Error> for NotDone {
    fn from(error: tokio_postgres::Error) -> Self {
        Failure::from(error).into()
    }
}

const COLUMNS: &str = "id, caller, client_id, release, transaction_id, entries, failed_entry, code, \
    detail, reason, attempts, \
    pg_catalog.to_char(created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), outcome";

/// How many dead letters are listed at most.
pub const LISTED: i64 = 1000;

impl<C: Changes> Bridge<C> {
    /// The dead letters that are open, or all of them, from a number on.
    ///
    /// # Errors
    /// The database fails.
    pub async fn dead_letters(&self, all: bool, after: i64) -> Result<Vec<DeadLetter>, NotDone> {
        let link = self.link().await?;
        let sql = format!(
            "select {COLUMNS} from {} where ($1 or closed_at is null) and id > $2 order by id limit {LISTED}",
            self.texts.dead_letters
        );
        let rows = link
            .client
            .query_typed(&sql, &[(&all, Type::BOOL), (&after, Type::INT8)])
            .await?;
        rows.iter().map(|row| Ok(letter(row)?)).collect()
    }

    /// A dead letter, open or closed.
    ///
    /// # Errors
    /// There is none of this number, or the database fails.
    pub async fn dead_letter(&self, id: i64) -> Result<DeadLetter, NotDone> {
        let link = self.link().await?;
        let sql = format!(
            "select {COLUMNS} from {} where id = $1",
            self.texts.dead_letters
        );
        let rows = link.client.query_typed(&sql, &[(&id, Type::INT8)]).await?;
        match rows.first() {
            Some(row) => Ok(letter(row)?),
            None => Err(NotDone::NotOpen(id)),
        }
    }

    /// Closes a dead letter; what it holds is never applied.
    ///
    /// # Errors
    /// There is no open one of this number, or the database fails.
    pub async fn discard(&self, id: i64) -> Result<(), NotDone> {
        let link = self.link().await?;
        let sql = format!(
            "update {} set closed_at = now(), outcome = 'discarded' where id = $1 and closed_at is null",
            self.texts.dead_letters
        );
        match link
            .client
            .execute_typed(&sql, &[(&id, Type::INT8)])
            .await?
        {
            1 => Ok(()),
            _ => Err(NotDone::NotOpen(id)),
        }
    }

    /// Applies a dead letter as its caller and its device, all of it or nothing; with other entries, if some are given.
    ///
    /// # Errors
    /// There is no open one of this number, the entries are none, or the database fails.
    pub async fn replay(&self, id: i64, amended: Option<&[String]>) -> Result<Replayed, NotDone> {
        let mut link = self.link().await?;
        let Link { client, writer, .. } = &mut *link;
        let mut under = client.transaction().await?;
        let sql = format!(
            "select caller, role, claims, client_id, release, entries from {}
                where id = $1 and closed_at is null for update",
            self.texts.dead_letters
        );
        let rows = under.query_typed(&sql, &[(&id, Type::INT8)]).await?;
        let row = rows.first().ok_or(NotDone::NotOpen(id))?;
        let caller = Caller {
            subject: row.try_get(0)?,
            role: row.try_get(1)?,
            claims: row.try_get(2)?,
        };
        let device: Option<String> = row.try_get(3)?;
        let said_release: Option<String> = row.try_get(4)?;
        let entries: Vec<String> = match amended {
            Some(entries) => entries.to_vec(),
            None => row.try_get(5)?,
        };
        let release = self
            .app
            .releases
            .of(said_release.as_deref().unwrap_or_default());
        let call = Call {
            caller: &caller,
            client: device.as_deref(),
            release: &release,
            said_release: said_release.as_deref(),
        };
        let mut changes = Vec::with_capacity(entries.len());
        let mut wrong = None;
        let mut rows = Vec::with_capacity(entries.len());
        for (place, text) in entries.iter().enumerate() {
            let entry = Entry::from_json(text)
                .map_err(|error| NotDone::Malformed(format!("entry {place}: {error}")))?;
            rows.push(self::row(&entry));
            match self.read(call, place, &entry).await {
                Ok(change) => changes.push(change),
                Err(failed) => {
                    wrong.get_or_insert(failed);
                }
            }
        }
        if wrong.is_none() {
            let writes: Vec<_> = changes
                .iter()
                .map(|change| self.app.changes.write(change))
                .collect();
            let outcomes = self
                .write_as(&mut under, writer, &caller, device.as_deref(), &writes)
                .await?;
            let mut outcomes = outcomes.iter().enumerate();
            wrong = outcomes.find_map(|(place, outcome)| not_taken(place, outcome));
        }
        let changes: Vec<&C::Change> = changes.iter().collect();
        if wrong.is_none() {
            wrong = self.inside(call, &changes, &under).await?;
        }
        let Some(failed) = wrong else {
            under.query_typed(RESET, &[]).await?;
            let sql = format!(
                "update {} set closed_at = now(), outcome = 'replayed', attempts = attempts + 1,
                    entries = $2, rows = $3 where id = $1",
                self.texts.dead_letters
            );
            let values = [
                (
                    &id as &(dyn tokio_postgres::types::ToSql + Sync),
                    Type::INT8,
                ),
                (&entries, Type::TEXT_ARRAY),
                (&rows, Type::TEXT_ARRAY),
            ];
            under.execute_typed(&sql, &values).await?;
            under.commit().await?;
            let answer = Answer::Success {
                outcomes: Vec::new(),
            };
            self.app.changes.after(call, &changes, &answer).await;
            return Ok(Replayed::Applied);
        };
        under.rollback().await?;
        // What was amended is not kept: a letter holds what its device has said until it is applied.
        let place = match amended {
            Some(_) => None,
            None => Some(place(&failed)),
        };
        let sql = format!(
            "update {} set attempts = attempts + 1, failed_entry = coalesce($2, failed_entry),
                code = $3, detail = $4, reason = $5 where id = $1 and closed_at is null",
            self.texts.dead_letters
        );
        let (detail, reason) = (failed.details.as_deref().map(clean), clean(&failed.message));
        let values = [
            (
                &id as &(dyn tokio_postgres::types::ToSql + Sync),
                Type::INT8,
            ),
            (&place, Type::INT4),
            (&failed.error_code, Type::TEXT),
            (&detail, Type::TEXT),
            (&reason, Type::TEXT),
        ];
        client.execute_typed(&sql, &values).await?;
        Ok(Replayed::Failed {
            failed_operation: failed,
        })
    }
}

/// Gives the role of the caller back.
pub(crate) const RESET: &str = "select pg_catalog.set_config('role', 'none', true)";

fn letter(row: &tokio_postgres::Row) -> Result<DeadLetter, tokio_postgres::Error> {
    Ok(DeadLetter {
        id: row.try_get(0)?,
        caller: row.try_get(1)?,
        client_id: row.try_get(2)?,
        release: row.try_get(3)?,
        transaction_id: row.try_get(4)?,
        entries: row.try_get(5)?,
        failed_entry: row.try_get(6)?,
        code: row.try_get(7)?,
        detail: row.try_get(8)?,
        reason: row.try_get(9)?,
        attempts: row.try_get(10)?,
        created_at: row.try_get(11)?,
        outcome: row.try_get(12)?,
    })
}
