//! Runs statements in a transaction of Postgres: what the two drivers share.

use super::{Bound, Caller, Connection, Outcome, Violation};
use bytes::BytesMut;
use std::error::Error;
use std::fmt;
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
/// The transaction is to be rolled back; whether it can be tried again, the SQLSTATE tells.
#[derive(Debug)]
pub enum RunError {
    /// The connection failed, or Postgres refused for a reason of its own.
    Postgres(tokio_postgres::Error),
    /// A statement answered what is no outcome.
    Answer(String),
    /// No statements were generated for connections of this kind (`postgres.connections`).
    NotGenerated(Connection),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Postgres(error) => match error.as_db_error() {
                Some(said) => write!(f, "{}: {}", said.code().code(), said.message()),
                None => error.fmt(f),
            },
            RunError::Answer(answer) => write!(f, "a statement answered {answer}"),
            RunError::NotGenerated(connection) => write!(
                f,
                "no statements were generated for connections of the kind {connection:?}: see `postgres.connections`"
            ),
        }
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RunError::Postgres(error) => Some(error),
            RunError::Answer(_) | RunError::NotGenerated(_) => None,
        }
    }
}

impl From<tokio_postgres::Error> for RunError {
    fn from(error: tokio_postgres::Error) -> Self {
        RunError::Postgres(error)
    }
}

/// What an error says of the entry whose statement met it; `None` where the entry is not to blame.
pub(super) fn blamed(error: &tokio_postgres::Error) -> Option<Outcome> {
    let said = error.as_db_error()?;
    let code = said.code().code();
    match code.get(..2)? {
        "42" if code == "42501" => Some(Outcome::Refused),
        // Data, integrity, one row met twice, and what triggers raise.
        "21" | "22" | "23" | "P0" => Some(Outcome::Invalid(Violation {
            code: code.to_owned(),
            object: said
                .constraint()
                .or(said.column())
                .or(said.datatype())
                .map(str::to_owned),
            message: said.message().to_owned(),
        })),
        _ => None,
    }
}

impl Connection {
    /// A connection to Postgres that writes for a caller, or acts as the caller already.
    pub(super) const fn of(caller: Option<Caller<'_>>) -> Self {
        match caller {
            Some(_) => Connection::Guarded,
            None => Connection::RowSecurity,
        }
    }
}

/// What statements of several entries came to.
pub(super) enum Attempt {
    Done(Vec<Outcome>),
    /// One of them is to blame for something, or it cannot be told which were written.
    Unclear,
}

macro_rules! writer {
    ($(#[$doc:meta])* $transaction:ty, $prepared:ty, [$($async:tt)?], [$($await:tt)*]) => {
        use super::run::{Attempt, blamed};
        use super::{Bound, Caller, Connection, Outcome, Sql, Statement, Statements, bind};
        use crate::crud::Write;
        use crate::plan::{Step, plan};
        use std::collections::HashMap;

        pub use super::run::RunError;

        $(#[$doc])*
        #[derive(Clone)]
        pub struct Writer<'s> {
            tables: &'s [&'s Statements],
            /// By the connection and the address of the text, which is static.
            prepared: HashMap<(Connection, usize), $prepared>,
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
                Writer { tables, prepared: HashMap::new() }
            }

            /// Writes changes inside of a transaction, and tells what came of each.
            ///
            /// They are planned and written in batches; where Postgres refuses a batch, all are written one by one, each
            /// in a savepoint, so that the outcome is that of [`apply_one_by_one`](Self::apply_one_by_one).
            ///
            /// Without a caller, the connection is bound by row-level security, and the transaction acts as the caller
            /// already.
            ///
            /// # Errors
            /// Whatever no entry is to blame for: the transaction is over.
            pub $($async)? fn apply(
                &mut self,
                transaction: &mut $transaction,
                caller: Option<Caller<'_>>,
                writes: &[Write<'_>],
            ) -> Result<Vec<Outcome>, RunError> {
                let (steps, unknown) = plan(self.tables, writes);
                if steps.iter().any(|step| step.entries.len() > 1) {
                    transaction.batch_execute("savepoint changes")$($await)*?;
                    match self.batches(transaction, caller, writes, &steps, &unknown)$($await)*? {
                        Attempt::Done(outcomes) => {
                            transaction.batch_execute("release savepoint changes")$($await)*?;
                            return Ok(outcomes);
                        }
                        Attempt::Unclear => {
                            transaction
                                .batch_execute("rollback to savepoint changes; release savepoint changes")
                                $($await)*?;
                        }
                    }
                }
                self.one_by_one(transaction, caller, writes, &steps, &unknown)$($await)*
            }

            /// Writes changes in the planned order, each with a statement of its own.
            ///
            /// # Errors
            /// As [`apply`](Self::apply).
            pub $($async)? fn apply_one_by_one(
                &mut self,
                transaction: &mut $transaction,
                caller: Option<Caller<'_>>,
                writes: &[Write<'_>],
            ) -> Result<Vec<Outcome>, RunError> {
                let (steps, unknown) = plan(self.tables, writes);
                self.one_by_one(transaction, caller, writes, &steps, &unknown)$($await)*
            }

            $($async)? fn batches(
                &mut self,
                transaction: &mut $transaction,
                caller: Option<Caller<'_>>,
                writes: &[Write<'_>],
                steps: &[Step],
                unknown: &[usize],
            ) -> Result<Attempt, RunError> {
                let mut outcomes = vec![Outcome::Refused; writes.len()];
                debug_assert!(unknown.iter().all(|place| *place < writes.len()));
                for step in steps {
                    let Some(statement) = self.tables[step.table].postgres.of(step.op) else {
                        continue;
                    };
                    let some: Vec<&Write<'_>> = step.entries.iter().map(|one| &writes[*one]).collect();
                    match self.run(transaction, statement, &some, caller)$($await)* {
                        Ok(Attempt::Done(told)) => {
                            for (place, outcome) in step.entries.iter().zip(told) {
                                outcomes[*place] = outcome;
                            }
                        }
                        Ok(Attempt::Unclear) => return Ok(Attempt::Unclear),
                        Err(RunError::Postgres(error)) if blamed(&error).is_some() => {
                            return Ok(Attempt::Unclear);
                        }
                        Err(error) => return Err(error),
                    }
                }
                Ok(Attempt::Done(outcomes))
            }

            $($async)? fn one_by_one(
                &mut self,
                transaction: &mut $transaction,
                caller: Option<Caller<'_>>,
                writes: &[Write<'_>],
                steps: &[Step],
                unknown: &[usize],
            ) -> Result<Vec<Outcome>, RunError> {
                let mut outcomes = vec![Outcome::Refused; writes.len()];
                debug_assert!(unknown.iter().all(|place| *place < writes.len()));
                for step in steps {
                    let Some(statement) = self.tables[step.table].postgres.of(step.op) else {
                        continue;
                    };
                    for place in &step.entries {
                        transaction.batch_execute("savepoint change")$($await)*?;
                        let told = self.run(transaction, statement, &[&writes[*place]], caller)$($await)*;
                        let (outcome, end) = match told {
                            Ok(Attempt::Done(mut told)) => (told.remove(0), "release savepoint change"),
                            Ok(Attempt::Unclear) => unreachable!("one entry is clear"),
                            Err(RunError::Postgres(error)) => match blamed(&error) {
                                Some(outcome) => (
                                    outcome,
                                    "rollback to savepoint change; release savepoint change",
                                ),
                                None => return Err(RunError::Postgres(error)),
                            },
                            Err(error) => return Err(error),
                        };
                        transaction.batch_execute(end)$($await)*?;
                        outcomes[*place] = outcome;
                    }
                }
                Ok(outcomes)
            }

            $($async)? fn run(
                &mut self,
                transaction: &mut $transaction,
                statement: &Statement,
                writes: &[&Write<'_>],
                caller: Option<Caller<'_>>,
            ) -> Result<Attempt, RunError> {
                let connection = Connection::of(caller);
                if !statement.write.is_for(connection) {
                    return Err(RunError::NotGenerated(connection));
                }
                let prepared = self.prepare(transaction, &statement.write, connection)$($await)*?;
                let values = bound(&statement.write, &prepared, writes, caller);
                let params = parameters(&values);
                if !statement.verdict.is_for(connection) {
                    let written = transaction.execute(&prepared, &params)$($await)*?;
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
                let rows = transaction.query(&prepared, &params)$($await)*?;
                tell(&rows, &mut outcomes)?;
                if outcomes.contains(&None) {
                    let verdict = &statement.verdict;
                    let prepared = self.prepare(transaction, verdict, connection)$($await)*?;
                    let values = bound(verdict, &prepared, writes, caller);
                    let params = parameters(&values);
                    let rows = transaction.query(&prepared, &params)$($await)*?;
                    tell(&rows, &mut outcomes)?;
                }
                let told: Option<Vec<Outcome>> = outcomes.into_iter().collect();
                let told = told.ok_or_else(|| RunError::Answer("too few rows".to_owned()))?;
                Ok(Attempt::Done(told))
            }

            $($async)? fn prepare(
                &mut self,
                transaction: &mut $transaction,
                sql: &Sql,
                connection: Connection,
            ) -> Result<$prepared, RunError> {
                let key = (connection, sql.text.as_ptr().addr());
                if let Some(prepared) = self.prepared.get(&key) {
                    return Ok(prepared.clone());
                }
                let prepared = transaction.prepare(&sql.text(connection))$($await)*?;
                self.prepared.insert(key, prepared.clone());
                Ok(prepared)
            }
        }

        /// What a text binds: as many parameters as it mentions.
        fn bound(
            sql: &Sql,
            prepared: &$prepared,
            writes: &[&Write<'_>],
            caller: Option<Caller<'_>>,
        ) -> Vec<Bound> {
            let mentioned = sql.params.len().min(prepared.params().len());
            bind(&sql.params[..mentioned], writes, caller)
        }

        fn parameters(bound: &[Bound]) -> Vec<&(dyn tokio_postgres::types::ToSql + Sync)> {
            bound.iter().map(|one| one as _).collect()
        }

        /// Fills in what rows tell of entries of which nothing is known yet.
        fn tell(
            rows: &[tokio_postgres::Row],
            outcomes: &mut [Option<Outcome>],
        ) -> Result<(), RunError> {
            for row in rows {
                let nr: i64 = row.try_get(0)?;
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
