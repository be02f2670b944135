//! Runs statements in a transaction of Postgres: what the two drivers share.

use super::{
    Blame, Bound, Caller, Connection, Fault, Outcome, Statement, StatementSet, Violation, blame,
    client,
};
use crate::crud::Op;
use crate::exact::{Json, JsonError};
use bytes::BytesMut;
use std::error::Error;
use std::fmt;
use std::io;
use tokio_postgres::error::DbError;
use tokio_postgres::types::{Format, IsNull, ToSql, Type};

/// A text, for Postgres to read by the type of its place.
impl ToSql for Bound {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => return Ok(IsNull::Yes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

/// Why changes were not written: nothing that an entry is to blame for.
///
/// The transaction is to be rolled back; [`RunError::retry`] tells whether to try it again.
#[derive(Debug)]
pub enum RunError {
    /// The connection failed, or Postgres refused for a reason of its own.
    Postgres(tokio_postgres::Error),
    /// A statement answered what is no outcome.
    Answer(String),
    /// No statements were generated for connections of this kind (`postgres.connections`).
    NotGenerated(Connection),
    /// The client id is none: what is wrong with it. Nothing was sent to Postgres.
    Client(String),
    /// The claims of the caller are not JSON that Postgres holds. Nothing was sent to Postgres.
    Claims(JsonError),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Postgres(error) => match error.as_db_error() {
                Some(said) => write!(f, "{}: {}", said.code().code(), said.message()),
                None => error.fmt(f),
            },
            RunError::Answer(answer) => {
                write!(f, "a statement returned an unexpected answer: {answer}")
            }
            RunError::NotGenerated(connection) => write!(
                f,
                "no statements were generated for {connection:?} connections: check `postgres.connections` in the declaration"
            ),
            RunError::Client(refusal) => f.write_str(refusal),
            RunError::Claims(error) => write!(f, "the caller's claims are not JSON: {error}"),
        }
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RunError::Postgres(error) => Some(error),
            RunError::Claims(error) => Some(error),
            RunError::Answer(_) | RunError::NotGenerated(_) | RunError::Client(_) => None,
        }
    }
}

impl From<tokio_postgres::Error> for RunError {
    fn from(error: tokio_postgres::Error) -> Self {
        RunError::Postgres(error)
    }
}

impl RunError {
    /// Whether the same call may succeed later, with nothing changed but the time.
    pub fn retry(&self) -> bool {
        let RunError::Postgres(error) = self else {
            return false;
        };
        match error.as_db_error() {
            Some(said) => blame(said.code().code(), said.routine()) == Blame::Call { retry: true },
            // The connection is gone, or could not be used.
            None => error.is_closed() || error.source().is_some_and(|why| why.is::<io::Error>()),
        }
    }
}

/// An entry that is to blame, and the constraint that says so.
#[derive(Debug)]
pub(super) struct Blamed {
    pub(super) outcome: Outcome,
    pub(super) schema: Option<String>,
    pub(super) table: Option<String>,
    pub(super) constraint: Option<String>,
}

impl Blamed {
    /// What an error says of the entry whose statement met it, or of the entries that are checked.
    ///
    /// # Errors
    /// The error, where no entry is to blame.
    pub(super) fn by(error: tokio_postgres::Error) -> Result<Self, RunError> {
        let said = error.as_db_error().map(|said| {
            let blame = blame(said.code().code(), said.routine());
            (said, blame)
        });
        let outcome = match said {
            Some((_, Blame::Entry(Fault::Refused))) => Outcome::Refused,
            Some((said, Blame::Entry(Fault::Invalid))) => Outcome::Invalid(Violation {
                code: said.code().code().to_owned(),
                object: said
                    .constraint()
                    .or(said.column())
                    .or(said.datatype())
                    .map(str::to_owned),
                message: said.message().to_owned(),
            }),
            Some((_, Blame::Call { .. })) | None => return Err(RunError::Postgres(error)),
        };
        let of = |name: fn(&DbError) -> Option<&str>| {
            said.and_then(|(said, _)| name(said)).map(str::to_owned)
        };
        Ok(Blamed {
            outcome,
            schema: of(DbError::schema),
            table: of(DbError::table),
            constraint: of(DbError::constraint),
        })
    }
}

/// What one or several statements came to.
pub(super) enum Attempt<T> {
    Done(T),
    /// The statement, or the check at the end, found an entry to blame; the savepoint is to be rolled back.
    Blamed(Blamed),
    /// It cannot be told which of several entries were written.
    Unclear,
}

/// An entry and the statement that writes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'s> {
    /// Its place among the changes.
    pub(super) place: usize,
    /// Its table, by its place among the statements.
    pub(super) table: usize,
    pub(super) statement: &'s Statement,
}

/// The text that makes Postgres check now what it would check at the end of the transaction.
pub(super) const CHECK: &str = "set constraints all immediate";

/// How constraints come to be checked when they are declared to be, after [`CHECK`].
///
/// Where all that can be deferred is deferred, one word says it; else those are named whose schema the role may use, and
/// the others stay strict until the transaction ends.
pub(super) const DEFER: &str = "
    select case
        when not exists (select from pg_catalog.pg_constraint where condeferrable) then null
        when not exists (select from pg_catalog.pg_constraint where condeferrable and not condeferred)
            then 'set constraints all deferred'
        else (
            select 'set constraints '
                || pg_catalog.string_agg(distinct pg_catalog.format('%I.%I', n.nspname, c.conname), ', ')
                || ' deferred'
            from pg_catalog.pg_constraint as c
            join pg_catalog.pg_namespace as n on n.oid = c.connamespace
            where c.condeferrable and c.condeferred and pg_catalog.has_schema_privilege(n.oid, 'usage')
        )
    end";

impl Connection {
    /// A connection to Postgres that writes for a caller, or acts as the caller already.
    pub(super) const fn of(caller: Option<Caller<'_>>) -> Self {
        match caller {
            Some(_) => Connection::Guarded,
            None => Connection::RowSecurity,
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Connection::RowSecurity => Connection::Guarded,
            Connection::Guarded => Connection::RowSecurity,
        }
    }
}

/// Whether a call can be made for a caller and a client at all.
///
/// # Errors
/// What is wrong with them.
pub(super) fn admit(caller: Option<Caller<'_>>, client: Option<&str>) -> Result<(), RunError> {
    if let Some(refusal) = client.and_then(client::refusal) {
        return Err(RunError::Client(refusal));
    }
    match caller.map(|caller| caller.claims.parse::<Json>()) {
        Some(Err(error)) => Err(RunError::Claims(error)),
        _ => Ok(()),
    }
}

/// The statement of a kind of change, where the policy lets devices do it.
///
/// # Errors
/// Statements were generated for the other kind of connections alone.
pub(super) fn statement(
    set: &StatementSet,
    connection: Connection,
    op: Op,
) -> Result<Option<&Statement>, RunError> {
    match set.on(connection).of(op) {
        None if set.on(connection.other()).of(op).is_some() => {
            Err(RunError::NotGenerated(connection))
        }
        found => Ok(found),
    }
}

macro_rules! writer {
    ($(#[$doc:meta])* $driver:ident, [$($async:tt)?], [$($await:tt)*]) => {
        use super::obstacles::question;
        use super::parked::{Links, Parked, Row};
        use super::run::{Attempt, Blamed, CHECK, DEFER, Task, admit, statement};
        use super::{Answer, Bound, Caller, Connection, Outcome, Statement, Statements, bind, client};
        use crate::crud::Write;
        use crate::plan::{Plan, plan};
        use std::collections::HashMap;
        use tokio_postgres::types::Type;

        pub use super::run::RunError;

        $(#[$doc])*
        #[derive(Clone)]
        pub struct Writer<'s> {
            tables: &'s [&'s Statements],
            /// Whether the session keeps what is prepared.
            is_session: bool,
            /// By the address of the text, which stays where it is.
            prepared: HashMap<usize, ::$driver::Statement>,
            /// What defers constraints again, by the role that writes.
            deferring: HashMap<String, Option<String>>,
        }

        impl std::fmt::Debug for Writer<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let tables: Vec<_> = self.tables.iter().map(|one| one.table.name).collect();
                f.debug_struct("Writer").field("tables", &tables).finish_non_exhaustive()
            }
        }

        impl<'s> Writer<'s> {
            /// A writer for one connection, to tables that there are statements for.
            pub fn new(tables: &'s [&'s Statements]) -> Self {
                Writer { tables, is_session: true, prepared: HashMap::new(), deferring: HashMap::new() }
            }

            /// A writer for a connection through a pooler that may give each transaction another session, such as
            /// PgBouncer in transaction mode: it prepares no statement by a name.
            pub fn without_session(tables: &'s [&'s Statements]) -> Self {
                Writer { is_session: false, ..Writer::new(tables) }
            }

            /// Writes changes inside of a transaction, and tells what came of each.
            ///
            /// They are planned and written in batches; where Postgres refuses a batch, all are written one by one, each
            /// in a savepoint, so that the outcome is that of [`apply_one_by_one`](Self::apply_one_by_one).
            ///
            /// Without a caller, the connection is bound by row-level security, and the transaction acts as the caller
            /// already.
            /// `client` names the device or installation that wrote the entries: a text of up to 200 bytes.
            /// Its own earlier entries never make its later ones stale; without it, that holds within this call alone.
            ///
            /// # Errors
            /// Whatever no entry is to blame for: the transaction is over.
            pub $($async)? fn apply(
                &mut self,
                transaction: &mut ::$driver::Transaction<'_>,
                caller: Option<Caller<'_>>,
                client: Option<&str>,
                writes: &[Write<'_>],
            ) -> Result<Vec<Outcome>, RunError> {
                self.write(transaction, caller, client, writes, true)$($await)*
            }

            /// Writes changes in the planned order, each with a statement of its own.
            ///
            /// # Errors
            /// As [`apply`](Self::apply).
            pub $($async)? fn apply_one_by_one(
                &mut self,
                transaction: &mut ::$driver::Transaction<'_>,
                caller: Option<Caller<'_>>,
                client: Option<&str>,
                writes: &[Write<'_>],
            ) -> Result<Vec<Outcome>, RunError> {
                self.write(transaction, caller, client, writes, false)$($await)*
            }

            $($async)? fn write(
                &mut self,
                transaction: &mut ::$driver::Transaction<'_>,
                caller: Option<Caller<'_>>,
                client: Option<&str>,
                writes: &[Write<'_>],
                batched: bool,
            ) -> Result<Vec<Outcome>, RunError> {
                admit(caller, client)?;
                let plan = plan(self.tables, writes);
                let tables = self.tables;
                let connection = Connection::of(caller);
                let mut tasks = Vec::with_capacity(writes.len());
                for step in &plan.steps {
                    let set = &tables[step.table].set;
                    if let Some(statement) = statement(set, connection, step.op)? {
                        tasks.extend(step.entries.iter().map(|place| Task {
                            place: *place,
                            table: step.table,
                            statement,
                        }));
                    }
                }
                let mut outcomes = vec![Outcome::Refused; writes.len()];
                for place in &plan.empty {
                    outcomes[*place] = Outcome::Same;
                }
                if tasks.is_empty() {
                    return Ok(outcomes);
                }
                let batched = batched && plan.steps.iter().any(|step| step.entries.len() > 1);
                let set = client::set(client, plan.repeats);
                let mut call = Call {
                    writer: self,
                    transaction,
                    caller,
                    writes,
                    tasks: &tasks,
                    outcomes,
                    defer: None,
                };
                match call.all(&set, &plan, batched)$($await)* {
                    Ok(()) => Ok(call.outcomes),
                    Err(error) => {
                        // What is known of the database may not be true any more.
                        self.prepared.clear();
                        self.deferring.clear();
                        Err(error)
                    }
                }
            }
        }

        /// One call of a writer.
        ///
        /// All is done in the savepoint `changes`; single entries in `change`.
        struct Call<'c, 't, 's> {
            writer: &'c mut Writer<'s>,
            transaction: &'c mut ::$driver::Transaction<'t>,
            caller: Option<Caller<'c>>,
            writes: &'c [Write<'c>],
            /// What is written, in the planned order.
            tasks: &'c [Task<'s>],
            outcomes: Vec<Outcome>,
            /// What defers constraints again.
            defer: Option<String>,
        }

        impl<'c> Call<'c, '_, '_> {
            $($async)? fn all(&mut self, set: &str, plan: &Plan, batched: bool) -> Result<(), RunError> {
                let alone = self.tasks.len() == 1;
                let inner = if batched || alone { "" } else { "; savepoint change" };
                self.begin(&format!("{set}, current_user; savepoint changes{inner}"))$($await)*?;
                let every: Vec<usize> = (0..self.tasks.len()).collect();
                let mut end = "";
                if batched {
                    match self.batches(plan)$($await)*? {
                        Attempt::Done(()) => match self.finish("")$($await)*? {
                            Attempt::Done(()) => return Ok(()),
                            Attempt::Blamed(_) | Attempt::Unclear => {
                                // One by one, they come to the same state, which the check refuses.
                                self.execute("rollback to savepoint changes")$($await)*?;
                                return self.careful()$($await)*;
                            }
                        },
                        Attempt::Blamed(_) | Attempt::Unclear => {
                            self.execute("rollback to savepoint changes; savepoint change")$($await)*?;
                            end = self.each(&every)$($await)*?;
                        }
                    }
                } else if alone {
                    match self.one(0)$($await)*? {
                        Attempt::Done(outcome) => self.outcomes[self.tasks[0].place] = outcome,
                        Attempt::Blamed(blamed) => {
                            self.outcomes[self.tasks[0].place] = blamed.outcome;
                            end = "rollback to savepoint changes; ";
                        }
                        Attempt::Unclear => unreachable!("one entry is clear"),
                    }
                } else {
                    end = self.each(&every)$($await)*?;
                }
                match self.finish(end)$($await)*? {
                    Attempt::Done(()) => Ok(()),
                    Attempt::Blamed(_) | Attempt::Unclear => {
                        self.execute("rollback to savepoint changes")$($await)*?;
                        self.careful()$($await)*
                    }
                }
            }

            /// Begins, and finds out how constraints are deferred for the role that writes.
            $($async)? fn begin(&mut self, sql: &str) -> Result<(), RunError> {
                let said = self.transaction.simple_query(sql)$($await)*?;
                let role = said.iter().find_map(|one| match one {
                    tokio_postgres::SimpleQueryMessage::Row(row) => row.get(1),
                    _ => None,
                });
                let role = role.ok_or_else(|| RunError::Answer("no role".to_owned()))?;
                self.defer = match self.writer.deferring.get(role) {
                    Some(known) => known.clone(),
                    None => {
                        let row = self.transaction.query_typed_one(DEFER, &[])$($await)*?;
                        let defer: Option<String> = row.try_get(0)?;
                        self.writer.deferring.insert(role.to_owned(), defer.clone());
                        defer
                    }
                };
                Ok(())
            }

            $($async)? fn execute(&mut self, sql: &str) -> Result<(), RunError> {
                Ok(self.transaction.batch_execute(sql)$($await)*?)
            }

            /// Checks what was deferred, and does `then` where all is well.
            $($async)? fn check(&mut self, before: &str, then: &str) -> Result<Attempt<()>, RunError> {
                // What a savepoint that is released had set, none around it puts back: the constraints are deferred again
                // before anything else.
                let defer = self.defer.as_deref().unwrap_or_default();
                let sql = format!("{before}{CHECK}; {defer}; {then}");
                match self.transaction.batch_execute(&sql)$($await)* {
                    Ok(()) => Ok(Attempt::Done(())),
                    Err(error) => Ok(Attempt::Blamed(Blamed::by(error)?)),
                }
            }

            /// Checks, and ends the call where all is well.
            $($async)? fn finish(&mut self, before: &str) -> Result<Attempt<()>, RunError> {
                let then = format!("release savepoint changes; {}", client::RESET);
                self.check(before, &then)$($await)*
            }

            $($async)? fn batches(&mut self, plan: &Plan) -> Result<Attempt<()>, RunError> {
                let mut first = 0;
                for step in &plan.steps {
                    let Some(task) = self.tasks.get(first).filter(|task| task.place == step.entries[0]) else {
                        // There is no statement for the step.
                        continue;
                    };
                    first += step.entries.len();
                    let statement = task.statement;
                    let some: Vec<&Write<'_>> = step.entries.iter().map(|one| &self.writes[*one]).collect();
                    match self.writer.run(self.transaction, statement, &some, self.caller)$($await)*? {
                        Attempt::Done(told) => {
                            for (place, outcome) in step.entries.iter().zip(told) {
                                self.outcomes[*place] = outcome;
                            }
                        }
                        Attempt::Blamed(blamed) => return Ok(Attempt::Blamed(blamed)),
                        Attempt::Unclear => return Ok(Attempt::Unclear),
                    }
                }
                Ok(Attempt::Done(()))
            }

            /// Writes one entry.
            $($async)? fn one(&mut self, index: usize) -> Result<Attempt<Outcome>, RunError> {
                let Task { place, statement, .. } = self.tasks[index];
                let write = &self.writes[place];
                let told = self.writer.run(self.transaction, statement, &[write], self.caller)$($await)*?;
                Ok(match told {
                    Attempt::Done(mut told) => Attempt::Done(told.remove(0)),
                    Attempt::Blamed(blamed) => Attempt::Blamed(blamed),
                    Attempt::Unclear => Attempt::Unclear,
                })
            }

            /// Writes some of the entries, each in the savepoint `change`, which is there already; what it gives back is
            /// to be done at the end of the last one.
            $($async)? fn each(&mut self, entries: &[usize]) -> Result<&'static str, RunError> {
                let mut end = "";
                for (nr, index) in entries.iter().enumerate() {
                    if nr > 0 {
                        // A savepoint stays where it is when it is rolled back to.
                        let next = match end {
                            "" => "release savepoint change; savepoint change",
                            _ => "rollback to savepoint change",
                        };
                        self.execute(next)$($await)*?;
                    }
                    let (outcome, then) = match self.one(*index)$($await)*? {
                        Attempt::Done(outcome) => (outcome, ""),
                        Attempt::Blamed(blamed) => (blamed.outcome, "rollback to savepoint change; "),
                        Attempt::Unclear => unreachable!("one entry is clear"),
                    };
                    self.outcomes[self.tasks[*index].place] = outcome;
                    end = then;
                }
                Ok(end)
            }

            /// Writes some of the entries and checks; where the check fails, nothing of them is left.
            $($async)? fn together(&mut self, entries: &[usize]) -> Result<Attempt<()>, RunError> {
                self.execute("savepoint attempt; savepoint change")$($await)*?;
                let end = self.each(entries)$($await)*?;
                let checked = self.check(end, "release savepoint attempt")$($await)*?;
                if let Attempt::Blamed(_) = checked {
                    self.execute("rollback to savepoint attempt; release savepoint attempt")$($await)*?;
                }
                Ok(checked)
            }

            /// Writes the entries where the check at the end of all has failed: finds those that are to blame, and leaves
            /// them out.
            $($async)? fn careful(&mut self) -> Result<(), RunError> {
                // What the caller's own statements left open is nobody's fault here.
                self.transaction.batch_execute(CHECK)$($await)*?;
                if let Some(defer) = self.defer.clone() {
                    self.execute(&defer)$($await)*?;
                }
                self.execute("savepoint trial")$($await)*?;
                let left_out = self.left_out()$($await)*?;
                self.execute("rollback to savepoint trial; savepoint change")$($await)*?;
                let mut others: Vec<usize> = (0..self.tasks.len()).collect();
                others.retain(|index| left_out.binary_search(index).is_err());
                let end = self.each(&others)$($await)*?;
                let checked = self.check(end, "release savepoint trial")$($await)*?;
                let alone = match checked {
                    Attempt::Done(()) => left_out,
                    Attempt::Blamed(_) | Attempt::Unclear => {
                        // They depend on each other in a way that nothing tells: each has to be right by itself.
                        self.execute("rollback to savepoint trial; release savepoint trial")$($await)*?;
                        (0..self.tasks.len()).collect()
                    }
                };
                for index in alone {
                    if let Attempt::Blamed(blamed) = self.together(&[index])$($await)*? {
                        self.outcomes[self.tasks[index].place] = blamed.outcome;
                    }
                }
                match self.finish("")$($await)*? {
                    Attempt::Done(()) => Ok(()),
                    Attempt::Blamed(_) | Attempt::Unclear => {
                        Err(RunError::Answer("a check fails that has passed".to_owned()))
                    }
                }
            }

            /// Tries the entries one after the other, and finds those after which no check passes, whatever comes later.
            $($async)? fn left_out(&mut self) -> Result<Vec<usize>, RunError> {
                let mut parked = Parked::default();
                // Entries that are tried again cost time: all in all, no more than a few times what all of them do.
                let mut budget = 1000 + 4 * self.tasks.len();
                for index in 0..self.tasks.len() {
                    let Task { place, table, .. } = self.tasks[index];
                    let mut links = Links::of(self.writer.tables, table, &self.writes[place]);
                    let mut known = parked.connected(&links, budget);
                    if !known.is_empty() && self.frees(&known, index, &mut budget)$($await)*? {
                        parked.free(&links);
                        continue;
                    }
                    let Attempt::Blamed(blamed) = self.together(&[index])$($await)*? else {
                        continue;
                    };
                    links = links.and(self.obstacles(index, &blamed)$($await)*?);
                    let more = parked.connected(&links, budget);
                    if more.len() > known.len() {
                        known = more;
                        if self.frees(&known, index, &mut budget)$($await)*? {
                            parked.free(&links);
                            continue;
                        }
                    }
                    parked.park(index, &links);
                }
                Ok(parked.all())
            }

            /// Whether an entry sets others free that wait.
            $($async)? fn frees(
                &mut self,
                parked: &[usize],
                index: usize,
                budget: &mut usize,
            ) -> Result<bool, RunError> {
                *budget -= parked.len();
                let mut entries = parked.to_vec();
                entries.push(index);
                Ok(matches!(self.together(&entries)$($await)*?, Attempt::Done(())))
            }

            /// The rows that stand in the way of an entry.
            $($async)? fn obstacles(&mut self, index: usize, blamed: &Blamed) -> Result<Vec<Row>, RunError> {
                let Task { place, table, .. } = self.tasks[index];
                let Some(question) = question(self.writer.tables, table, &self.writes[place], blamed) else {
                    return Ok(Vec::new());
                };
                self.execute("savepoint attempt")$($await)*?;
                let is_written = match question.after {
                    true => matches!(self.one(index)$($await)*?, Attempt::Done(_)),
                    false => true,
                };
                let mut obstacles = Vec::new();
                if is_written {
                    let answer = self.transaction.query_typed(&question.sql, &typed(&question.params))$($await)*;
                    match answer {
                        Ok(rows) => for row in rows {
                            let keys: Result<Vec<String>, _> = (0..row.len()).map(|nr| row.try_get(nr)).collect();
                            obstacles.push((question.table, keys?));
                        },
                        // Who may not look, does without.
                        Err(error) if error.as_db_error().is_some() => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                self.execute("rollback to savepoint attempt; release savepoint attempt")$($await)*?;
                Ok(obstacles)
            }
        }

        impl Writer<'_> {
            $($async)? fn run(
                &mut self,
                transaction: &mut ::$driver::Transaction<'_>,
                statement: &Statement,
                writes: &[&Write<'_>],
                caller: Option<Caller<'_>>,
            ) -> Result<Attempt<Vec<Outcome>>, RunError> {
                let prepared = match self.is_session {
                    true => Some(self.prepare(transaction, statement)$($await)*?),
                    false => None,
                };
                let mut entries: Vec<(usize, &Write<'_>)> =
                    writes.iter().enumerate().map(|(index, write)| (index + 1, *write)).collect();
                if statement.answer == Answer::Count {
                    let values = bind(&statement.params, &entries, caller);
                    let written = match &prepared {
                        Some(prepared) => transaction.execute(prepared, &parameters(&values))$($await)*,
                        None => transaction.execute_typed(&statement.text, &typed(&values))$($await)*,
                    };
                    let written = match written {
                        Ok(written) => written,
                        Err(error) => return Ok(Attempt::Blamed(Blamed::by(error)?)),
                    };
                    return Ok(match (usize::try_from(written), writes.len()) {
                        (Ok(written), all) if written == all => {
                            Attempt::Done(vec![Outcome::Applied; all])
                        }
                        // What is there already cannot be read, so that it counts as what was sent before.
                        (_, 1) => Attempt::Done(vec![Outcome::Same]),
                        _ => Attempt::Unclear,
                    });
                }
                let mut outcomes = vec![None; writes.len()];
                // A row that somebody changed meanwhile gets no answer, but is locked from then on: the second answer is
                // the last.
                for _ in 0..2 {
                    let values = bind(&statement.params, &entries, caller);
                    let rows = match &prepared {
                        Some(prepared) => transaction.query(prepared, &parameters(&values))$($await)*,
                        None => transaction.query_typed(&statement.text, &typed(&values))$($await)*,
                    };
                    let rows = match rows {
                        Ok(rows) => rows,
                        Err(error) => return Ok(Attempt::Blamed(Blamed::by(error)?)),
                    };
                    tell(&rows, &mut outcomes)?;
                    entries.retain(|(nr, _)| outcomes[nr - 1].is_none());
                    if entries.is_empty() {
                        break;
                    }
                }
                let told = outcomes.into_iter().map(|told| told.unwrap_or(Outcome::Refused));
                Ok(Attempt::Done(told.collect()))
            }

            $($async)? fn prepare(
                &mut self,
                transaction: &mut ::$driver::Transaction<'_>,
                statement: &Statement,
            ) -> Result<::$driver::Statement, RunError> {
                let key = statement.text.as_ptr().addr();
                if let Some(prepared) = self.prepared.get(&key) {
                    return Ok(prepared.clone());
                }
                let prepared = transaction.prepare(&statement.text)$($await)*?;
                self.prepared.insert(key, prepared.clone());
                Ok(prepared)
            }
        }

        fn parameters(bound: &[Bound]) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
            bound.iter().map(|one| one as _).collect()
        }

        /// Parameters of types that Postgres finds out by their places.
        fn typed(bound: &[Bound]) -> Vec<(&(dyn tokio_postgres::types::ToSql + Sync), Type)> {
            bound.iter().map(|one| (one as _, Type::UNKNOWN)).collect()
        }

        /// Fills in what rows tell of entries of which nothing is known yet.
        fn tell(
            rows: &[tokio_postgres::Row],
            outcomes: &mut [Option<Outcome>],
        ) -> Result<(), RunError> {
            for row in rows {
                let nr: i32 = row.try_get(0)?;
                let word: &str = row.try_get(1)?;
                let place = usize::try_from(nr - 1).ok();
                let place = place.and_then(|place| outcomes.get_mut(place));
                let (Some(place), Some(outcome)) = (place, Outcome::parse(word)) else {
                    return Err(RunError::Answer(format!("{nr}, {word:?}")));
                };
                place.get_or_insert(outcome);
            }
            Ok(())
        }
    };
}

pub(super) use writer;
