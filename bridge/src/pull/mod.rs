//! Pull: what changed since a device asked last, as its user may read it.
//!
//! All of it is read as the caller, from one state of the database.
//! A transaction that runs may still write rows with its number, so nothing is sent of it and of later ones until it has
//! ended: what is below the horizon stays what it is.

mod answer;
mod cursor;
mod purge;

pub use answer::{OfTable, Pulled};

use crate::app::Changes;
use crate::apply::{Bridge, Call, Failure};
use answer::{id, key, row};
use cursor::{At, Cursor, Open, digest};
use std::collections::BTreeMap;
use synctable::pull::{Pull, PullRole, PullTable};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{IsolationLevel, Row, Transaction};

/// How many rows an answer has, unless the device asks for less.
pub const ROWS: usize = 1_000;

/// How many rows a device may ask for.
pub const MOST_ROWS: usize = 10_000;

/// How many bytes of rows an answer has; one row more may be in it.
const BYTES: usize = 4 << 20;

/// What a device asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Where it stands; nowhere, if it has nothing.
    pub cursor: Option<String>,
    /// The ids of rows that are sent as they are now, by the names of their tables on the device.
    pub again: BTreeMap<String, Vec<String>>,
    /// How many rows it takes at once.
    pub limit: usize,
}

/// Why a device was not answered.
#[derive(Debug)]
pub enum Unanswered {
    /// Its cursor is not one.
    Cursor,
    /// The database does not hold what the bridge knows; somebody has to run `bridge.sql`.
    Setup(String),
    /// The database cannot be asked at the moment.
    Database(String),
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Unanswered::Database(failure.to_string())
    }
}

impl From<tokio_postgres::Error> for Unanswered {
    fn from(error: tokio_postgres::Error) -> Self {
        Failure::from(error).into()
    }
}

impl<C: Changes> Bridge<C> {
    /// What changed for a caller.
    ///
    /// # Errors
    /// Why nothing can be said.
    pub async fn pull(&self, call: Call<'_>, wanted: &Wanted) -> Result<Pulled, Unanswered> {
        let cursor = match &wanted.cursor {
            // What a device has that was told nothing.
            Some(text) if text.is_empty() => None,
            Some(text) => Cursor::read(text).ok_or(Unanswered::Cursor)?,
            None => None,
        };
        let role = self.app.pull.and_then(|pull| {
            let mut roles = pull.roles.iter();
            Some((pull, roles.find(|role| role.name == call.caller.role)?))
        });
        let Some((pull, role)) = role else {
            return Ok(Pulled {
                cursor: wanted.cursor.clone().unwrap_or_default(),
                ..Pulled::default()
            });
        };
        let mut link = self.link().await?;
        let transaction = link
            .client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        let timeout = self.config.database.statement_timeout_ms.to_string();
        transaction
            .query_typed(
                "select pg_catalog.set_config('statement_timeout', $1, true),
                    pg_catalog.set_config('request.jwt.claims', $2, true),
                    pg_catalog.set_config('role', $3, true)",
                &[
                    (&timeout, Type::TEXT),
                    (&call.caller.claims, Type::TEXT),
                    (&role.name, Type::TEXT),
                ],
            )
            .await?;
        let state = State::read(&transaction, role, call, &pull.version).await?;
        let mut reading = Reading {
            transaction: &transaction,
            pull,
            horizon: state.horizon,
            left: wanted.limit.clamp(1, MOST_ROWS),
            bytes: BYTES,
            answer: Pulled::default(),
        };
        for (name, ids) in &wanted.again {
            let table = role.tables.iter().map(|(place, _)| &pull.tables[*place]);
            let mut table = table.filter(|table| table.table.client_name == name);
            reading.again(name, table.next(), ids).await?;
        }
        let known = cursor.filter(|cursor| state.is_of(cursor));
        let open = reading.pending(role, &state, known.as_ref()).await?;
        // A large table that is sent whole does not keep changes of others back, nor the other way round.
        let is_whole = |open: &Open| !matches!(open, Open::Window { .. });
        let (wholes, windows): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(_, open)| is_whole(open));
        let mut open = BTreeMap::new();
        let kept = match wholes.is_empty() {
            true => 0,
            false => reading.left / 2,
        };
        reading.left -= kept;
        for (table, state) in windows {
            let left = reading.window(table, state).await?;
            open.extend(left.map(|open| (table.table.name.to_owned(), open)));
        }
        reading.left += kept;
        for (table, state) in wholes {
            let left = reading.whole(table, state).await?;
            open.extend(left.map(|open| (table.table.name.to_owned(), open)));
        }
        let mut answer = reading.answer;
        transaction.commit().await?;
        answer.more = !open.is_empty();
        answer.cursor = Cursor {
            bound: state.bound,
            low: state.horizon,
            seen: state.seen,
            open,
        }
        .text();
        Ok(answer)
    }
}

/// Where the database stands, for a caller.
struct State {
    bound: String,
    horizon: i64,
    purged: i64,
    seen: Vec<String>,
}

impl State {
    async fn read(
        transaction: &Transaction<'_>,
        role: &PullRole,
        call: Call<'_>,
        version: &str,
    ) -> Result<Self, Unanswered> {
        let rows = transaction.query_typed(&role.state, &[]).await?;
        let Some(row) = rows.first() else {
            return Err(Unanswered::Setup(
                "the database has no state of what is pulled".to_owned(),
            ));
        };
        let found: &str = row.try_get(0)?;
        if found != version {
            return Err(Unanswered::Setup(format!(
                "the database serves the pull {found}, and the bridge knows {version}: run `bridge.sql`"
            )));
        }
        let epoch: &str = row.try_get(1)?;
        let inputs: Vec<Option<&str>> = row.try_get(4)?;
        let caller = [&*role.name, &*call.caller.subject];
        let release = call.said_release.unwrap_or_default();
        let bound = [version, epoch, release].into_iter().chain(caller);
        Ok(State {
            bound: digest(bound.map(Some)),
            purged: row.try_get(2)?,
            horizon: row.try_get(3)?,
            seen: inputs.into_iter().map(|input| digest([input])).collect(),
        })
    }

    /// Whether a cursor is of this caller, this database and this time, so that what follows it is known.
    fn is_of(&self, cursor: &Cursor) -> bool {
        let lowest = cursor.lowest();
        cursor.bound == self.bound
            && cursor.seen.len() == self.seen.len()
            && cursor.low <= self.horizon
            && lowest >= self.purged
    }
}

/// Reads pages until an answer is full.
struct Reading<'t> {
    transaction: &'t Transaction<'t>,
    pull: &'static Pull,
    horizon: i64,
    left: usize,
    bytes: usize,
    answer: Pulled,
}

impl<'t> Reading<'t> {
    /// The tables of which something is to be sent.
    async fn pending(
        &self,
        role: &PullRole,
        state: &State,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<(&'static PullTable, Open)>, Unanswered> {
        let tables = &*self.pull.tables;
        let Some(cursor) = cursor else {
            let all = role.tables.iter();
            return Ok(all
                .map(|(place, _)| (&tables[*place], Open::Waits))
                .collect());
        };
        let busy = self
            .transaction
            .query_typed(
                &self.pull.busy(role),
                &[(&cursor.low, Type::INT8), (&self.horizon, Type::INT8)],
            )
            .await?;
        let busy: Vec<&str> = match busy.first() {
            Some(row) => row.try_get(0)?,
            None => Vec::new(),
        };
        let pending = role.tables.iter().filter_map(|(place, inputs)| {
            let table = &tables[*place];
            let name = table.table.name;
            let is_another = |input: &usize| cursor.seen[*input] != state.seen[*input];
            let open = match cursor.open.get(name) {
                _ if inputs.iter().any(is_another) => Open::Waits,
                Some(open) => open.clone(),
                None if busy.contains(&name) => Open::window(cursor.low, self.horizon),
                None => return None,
            };
            Some((table, open))
        });
        Ok(pending.collect())
    }

    /// Sends what changed of a table; what is left.
    async fn window(
        &mut self,
        table: &'static PullTable,
        open: Open,
    ) -> Result<Option<Open>, Unanswered> {
        let Open::Window {
            low,
            mut high,
            mut at,
        } = open
        else {
            return Ok(Some(open));
        };
        let mut low = low;
        let sql = table.rows(&self.pull.bridge);
        loop {
            if self.is_full() {
                return Ok(Some(Open::Window { low, high, at }));
            }
            at = match at {
                At::Gone { changed, number } => {
                    let limit = self.limit();
                    let params: [(&(dyn ToSql + Sync), Type); 4] = [
                        (&changed, Type::INT8),
                        (&number, Type::INT8),
                        (&high, Type::INT8),
                        (&limit, Type::INT8),
                    ];
                    let rows = self.transaction.query_typed(&sql.gone(), &params).await?;
                    match self.add_gone(table, &rows)? {
                        Some((changed, number)) if rows.len() == limit as usize => {
                            At::Gone { changed, number }
                        }
                        _ => At::Rows,
                    }
                }
                At::Rows => {
                    let limit = self.limit();
                    let params: [(&(dyn ToSql + Sync), Type); 3] = [
                        (&low, Type::INT8),
                        (&high, Type::INT8),
                        (&limit, Type::INT8),
                    ];
                    let rows = self
                        .transaction
                        .query_typed(&sql.changed(), &params)
                        .await?;
                    match self.add_rows(table, &rows)? {
                        Some(last) => after(table, last)?,
                        None => break_at(&mut low, &mut high, self.horizon),
                    }
                }
                At::After { changed, key } => {
                    let limit = self.limit();
                    let mut params: Vec<(&(dyn ToSql + Sync), Type)> = vec![
                        (&changed, Type::INT8),
                        (&high, Type::INT8),
                        (&limit, Type::INT8),
                    ];
                    params.extend(key.iter().map(|text| (text as _, Type::TEXT)));
                    let rows = self
                        .paged(table, &key, &sql.changed_after(), &params)
                        .await?;
                    match self.add_rows(table, &rows)? {
                        Some(last) => after(table, last)?,
                        None => break_at(&mut low, &mut high, self.horizon),
                    }
                }
            };
            if low == high {
                return Ok(None);
            }
        }
    }

    /// Sends all rows of a table; what is left.
    async fn whole(
        &mut self,
        table: &'static PullTable,
        open: Open,
    ) -> Result<Option<Open>, Unanswered> {
        if self.is_full() {
            return Ok(Some(open));
        }
        let limit = self.limit();
        let sql = table.rows(&self.pull.bridge);
        let (since, rows) = match open {
            Open::Whole { since, after } => {
                let mut params: Vec<(&(dyn ToSql + Sync), Type)> = vec![(&limit, Type::INT8)];
                params.extend(after.iter().map(|text| (text as _, Type::TEXT)));
                let sql = sql.whole_after();
                let rows = self.paged(table, &after, &sql, &params);
                (since, rows.await?)
            }
            _ => {
                self.answer.begin.push(table.table.client_name);
                let rows = self
                    .transaction
                    .query_typed(&sql.whole(), &[(&limit, Type::INT8)])
                    .await?;
                (self.horizon, rows)
            }
        };
        if let Some(last) = self.add_rows(table, &rows)? {
            let after = key(table, last)?;
            return Ok(Some(Open::Whole { since, after }));
        }
        self.answer.end.push(table.table.client_name);
        // What changed of rows that had been sent already.
        match since == self.horizon {
            true => Ok(None),
            false => self.window(table, Open::window(since, self.horizon)).await,
        }
    }

    /// The rows behind a key of the cursor; a device may have made the cursor up.
    async fn paged(
        &self,
        table: &PullTable,
        key: &[String],
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Unanswered> {
        if key.len() != table.table.key.len() {
            return Err(Unanswered::Cursor);
        }
        let rows = self.transaction.query_typed(sql, params).await;
        rows.map_err(|error| match error.code() {
            Some(code) if code.code().starts_with("22") => Unanswered::Cursor,
            _ => error.into(),
        })
    }

    /// Sends rows as they are now.
    async fn again(
        &mut self,
        name: &str,
        table: Option<&'static PullTable>,
        ids: &[String],
    ) -> Result<(), Unanswered> {
        let mut found = Vec::new();
        if let Some(table) = table {
            let keys: Vec<Vec<String>> = ids
                .iter()
                .filter_map(|id| table.table.id.split(id).ok())
                .collect();
            for row_now in self.now(table, &keys).await? {
                let key = key(table, &row_now)?;
                let row = row(table, &key, &row_now)?;
                self.answer.of(name).rows.push(row);
                found.push(id(table, &key));
            }
        }
        let gone = ids.iter().filter(|id| !found.contains(id)).cloned();
        self.answer.of(name).gone.extend(gone);
        Ok(())
    }

    /// The rows of some keys; an id that is none of the table's kind has no row.
    async fn now(&self, table: &PullTable, keys: &[Vec<String>]) -> Result<Vec<Row>, Unanswered> {
        let columns: Vec<Vec<&str>> = (0..table.table.key.len())
            .map(|place| keys.iter().map(|key| key[place].as_str()).collect())
            .collect();
        let params: Vec<(&(dyn ToSql + Sync), Type)> = columns
            .iter()
            .map(|column| (column as _, Type::TEXT_ARRAY))
            .collect();
        self.transaction.batch_execute("savepoint again").await?;
        let sql = table.rows(&self.pull.bridge).now();
        match self.transaction.query_typed(&sql, &params).await {
            Ok(rows) => Ok(rows),
            Err(error)
                if error
                    .code()
                    .is_some_and(|code| code.code().starts_with("22")) =>
            {
                self.transaction
                    .batch_execute("rollback to savepoint again")
                    .await?;
                let mut found = Vec::new();
                if let [_, _, ..] = keys {
                    for key in keys {
                        let one = std::slice::from_ref(key);
                        found.extend(Box::pin(self.now(table, one)).await?);
                    }
                }
                Ok(found)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn is_full(&self) -> bool {
        self.left == 0 || self.bytes == 0
    }

    fn limit(&self) -> i64 {
        i64::try_from(self.left).unwrap_or(i64::MAX)
    }

    /// Adds the ids of rows that went; the place of the last one.
    fn add_gone(
        &mut self,
        table: &'static PullTable,
        rows: &[Row],
    ) -> Result<Option<(i64, i64)>, Unanswered> {
        let mut last = None;
        self.left -= rows.len();
        for row in rows {
            let id = id(table, &key(table, row)?);
            let of = self.answer.of(table.table.client_name);
            if !of.gone.contains(&id) {
                of.gone.push(id);
            }
            let place = table.table.key.len();
            last = Some((row.try_get(place)?, row.try_get(place + 1)?));
        }
        Ok(last)
    }

    /// Adds rows until the answer is full; the last one that was added, if there may be more behind it.
    fn add_rows<'r>(
        &mut self,
        table: &'static PullTable,
        rows: &'r [Row],
    ) -> Result<Option<&'r Row>, Unanswered> {
        for one in rows {
            let key = key(table, one)?;
            let json = row(table, &key, one)?;
            self.left -= 1;
            self.bytes = self.bytes.saturating_sub(json.get().len());
            self.answer.of(table.table.client_name).rows.push(json);
            if self.is_full() {
                return Ok(Some(one));
            }
        }
        Ok(None)
    }
}

/// The place behind a row of those that changed.
fn after(table: &PullTable, row: &Row) -> Result<At, Unanswered> {
    Ok(At::After {
        changed: row.try_get(table.columns().count())?,
        key: key(table, row)?,
    })
}

/// The window is at its end: the next one begins there, and is empty if nothing has changed since.
fn break_at(low: &mut i64, high: &mut i64, horizon: i64) -> At {
    *low = *high;
    *high = horizon;
    At::Gone {
        changed: *low,
        number: 0,
    }
}
