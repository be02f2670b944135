//! The core: each transaction of a device in a database transaction, all of it or nothing, exactly once.
//!
//! It knows no HTTP.

use crate::app::{App, Changes, Halted, Rejected};
use crate::applied::{self, Number, Texts};
use crate::at_once::AtOnce;
use crate::auth::Caller;
use crate::config::{Access, AfterFatal, Config};
use crate::database::{Link, Pool, pool};
use crate::dead_letters::{self, Parked, row};
use crate::health::Troubles;
use crate::metrics;
use crate::objects::Store;
use crate::protocol::{Answer, Failed, Transaction, Word};
use crate::retry::{Retry, jittered, seed};
use deadpool::managed::PoolError;
use std::time::Duration;
use synctable::crud::{Entry, Refusal, Release, Sender, Write};
use synctable::statement::tokio_postgres::{RunError, Writer};
use synctable::statement::{self, Outcome};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

/// How long a device waits after an error that only time mends.
const SOON: Duration = Duration::from_secs(2);

/// How long a device waits after an error that somebody has to mend, such as a missing grant.
const LATER: Duration = Duration::from_secs(60);

/// The next attempt finds the answer.
const MEANWHILE: &str = "the same transaction was applied meanwhile";

/// Applies what devices upload.
#[derive(Debug)]
pub struct Bridge<C = synctable::crud::Decoder> {
    pub(crate) app: App<C>,
    pub(crate) config: Config,
    pub(crate) pool: Pool,
    pub(crate) texts: Texts,
    pub(crate) troubles: Troubles,
    pub(crate) store: Option<Store>,
}

/// Who calls, from which installation, of which release.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// The caller.
    pub caller: &'c Caller,
    /// The installation, as the device names it.
    pub client: Option<&'c str>,
    /// The release that the device was built from.
    pub release: &'c Release,
    /// What the device said of its release.
    pub said_release: Option<&'c str>,
}

/// Why a transaction was not applied, though none of its entries is to blame.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There was no connection in time, or none could be opened.
    Connection(String),
    /// Postgres or the connection failed.
    Run(RunError),
    /// A record in the tables of the bridge is not what the bridge writes.
    Record(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Connection(why) | Failure::Record(why) => f.write_str(why),
            Failure::Run(error) => {
                error.fmt(f)?;
                match error {
                    RunError::Postgres(error) if error.code().is_some_and(lost_statement) => f.write_str(
                        ": if a pooler in transaction mode is in front of Postgres, set `database.pooler = \"transaction\"`",
                    ),
                    _ => Ok(()),
                }
            }
        }
    }
}

/// Whether a session does not know what was prepared, or knows it already.
fn lost_statement(code: &SqlState) -> bool {
    [
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::DUPLICATE_PSTATEMENT,
    ]
    .contains(code)
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Failure::Run(error)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Failure::Run(RunError::Postgres(error))
    }
}

impl Failure {
    /// Whether the same may succeed with nothing changed but the time.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Failure::Connection(_) => true,
            Failure::Run(error) => error.retry(),
            Failure::Record(_) => false,
        }
    }
}

/// A transaction, and what it is known by.
#[derive(Clone, Copy)]
struct Numbered<'t> {
    call: Call<'t>,
    transaction: &'t Transaction<'t>,
    number: Option<Number<'t>>,
    hash: &'t [u8],
}

/// The entries that are refused while others of their transaction are applied: each with those of its row that came later
/// and wait behind it.
#[derive(Default)]
struct Aside {
    letters: Vec<(Failed, Vec<usize>)>,
}

impl Aside {
    fn add(&mut self, transaction: &Transaction<'_>, place: usize, failed: Failed) {
        if !self.takes(transaction, place) {
            self.letters.push((failed, vec![place]));
        }
    }

    /// Whether an earlier entry of the row is here, so that this one waits behind it.
    fn takes(&mut self, transaction: &Transaction<'_>, place: usize) -> bool {
        let of = |place: usize| row(&transaction.entries[place].0);
        let mut letters = self.letters.iter_mut();
        let Some((_, places)) =
            letters.find(|(_, places)| places[0] < place && of(places[0]) == of(place))
        else {
            return false;
        };
        places.push(place);
        true
    }

    /// The first entry of all that is wrong.
    fn first(&self) -> Option<Failed> {
        let failed = self.letters.iter().map(|(failed, _)| failed);
        failed.min_by_key(|failed| failed.operation_index).cloned()
    }
}

/// The places and the entries of a transaction that are written, and those that wait in a dead letter.
pub(crate) struct Split {
    written: Vec<usize>,
    /// The entries that wait, by their dead letter.
    waiting: Vec<(i64, Vec<usize>)>,
}

impl Split {
    /// All of so many entries are written.
    pub(crate) fn none(count: usize) -> Self {
        Split {
            written: (0..count).collect(),
            waiting: Vec::new(),
        }
    }
}

/// As whom a transaction writes.
pub(crate) struct Acting<'c> {
    pub(crate) role: &'c str,
    pub(crate) claims: &'c str,
    /// For whom guarded statements write.
    pub(crate) guarded: Option<statement::Caller<'c>>,
}

impl<C: Changes> Bridge<C> {
    /// A bridge for an app; no connection is opened yet.
    ///
    /// # Errors
    /// The URL of the database or the file of certificates is wrong.
    pub fn new(app: App<C>, config: Config) -> Result<Self, String> {
        Ok(Bridge {
            pool: pool(&config.database, app.statements)?,
            texts: Texts::new(&app.schema),
            troubles: Troubles::default(),
            store: Store::of(&config.objects)?,
            app,
            config,
        })
    }

    /// The app that it serves.
    pub const fn app(&self) -> &App<C> {
        &self.app
    }

    /// Applies transactions one after the other, and answers each.
    pub async fn apply(&self, call: Call<'_>, transactions: &[Transaction<'_>]) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(transactions.len());
        for transaction in transactions {
            let answer = self.one(call, transaction).await;
            metrics::transaction(&answer);
            let stops = match &answer {
                Answer::Success { .. } => false,
                Answer::FatalError { .. } => self.config.uploads.after_fatal == AfterFatal::Stop,
                Answer::RetryableError { .. } | Answer::NotAttempted => true,
            };
            answers.push(answer);
            if stops {
                break;
            }
        }
        answers.resize(transactions.len(), Answer::NotAttempted);
        answers
    }

    /// Applies a transaction, and tries again what time may mend.
    async fn one(&self, call: Call<'_>, transaction: &Transaction<'_>) -> Answer {
        let uploads = &self.config.uploads;
        let mut seed = seed();
        let budget = Duration::from_millis(uploads.budget_ms);
        let mut retry = Retry::new(uploads.attempts, budget, seed);
        loop {
            let failure = match self.attempt(call, transaction).await {
                Ok(answer) => {
                    self.troubles.over();
                    return answer;
                }
                Err(failure) => failure,
            };
            let next = failure.passes().then(|| retry.next()).flatten();
            tracing::warn!(
                error = %failure,
                transaction = transaction.id,
                again_in_ms = next.map(|wait| wait.as_millis() as u64),
                "a transaction was not applied"
            );
            metrics::failure(&failure);
            if let Some(wait) = next {
                tokio::time::sleep(wait).await;
                continue;
            }
            let (message, wait) = match failure.passes() {
                true => (
                    "the database cannot take the transaction at the moment",
                    SOON,
                ),
                false => {
                    self.troubles.add(&failure);
                    ("the server is not set up as it has to be", LATER)
                }
            };
            return Answer::RetryableError {
                message: message.to_owned(),
                retry_after_ms: jittered(wait, &mut seed),
            };
        }
    }

    pub(crate) async fn link(
        &self,
    ) -> Result<deadpool::managed::Object<crate::database::Manager>, Failure> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => match error.as_db_error() {
                // The password or the name is wrong, or there are too many connections.
                Some(_) => Failure::from(error),
                None => Failure::Connection(format!("no connection can be opened: {error}")),
            },
            other => Failure::Connection(format!("no connection is free: {other}")),
        })
    }

    async fn attempt(
        &self,
        call: Call<'_>,
        transaction: &Transaction<'_>,
    ) -> Result<Answer, Failure> {
        let mut link = self.link().await?;
        let hash = applied::hash(transaction);
        let number = call.client.zip(transaction.id).map(|(client, id)| Number {
            caller: &call.caller.subject,
            client,
            transaction: id,
        });
        let mut read = Vec::with_capacity(transaction.entries.len());
        for (place, (entry, _)) in transaction.entries.iter().enumerate() {
            read.push(self.read(call, place, entry).await);
        }
        if !C::INSIDE && read.iter().all(Result::is_ok) {
            let changes: Vec<&C::Change> = read.iter().flatten().collect();
            let writes = changes.iter().map(|change| self.app.changes.write(change));
            let writes: Vec<_> = writes.collect();
            let one = AtOnce {
                call,
                transaction,
                number,
                hash: &hash,
                writes: &writes,
            };
            if let Some(answer) = self.at_once(&mut link, &one).await? {
                metrics::entries(transaction, &answer);
                self.app.changes.after(call, &changes, &answer).await;
                return Ok(answer);
            }
        }
        let one = Numbered {
            call,
            transaction,
            number,
            hash: &hash,
        };
        self.carefully(&mut link, one, &read).await
    }

    /// Reads an entry, and lets the app amend or refuse what it says.
    pub(crate) async fn read(
        &self,
        call: Call<'_>,
        place: usize,
        entry: &Entry<'_>,
    ) -> Result<C::Change, Failed> {
        let sender = Sender::of(call.release).user(&call.caller.subject);
        let decoded = self.app.changes.decode(entry, &sender);
        let mut change = decoded.map_err(|refusal| refused(place, &refusal))?;
        let admitted = self.app.changes.before(call, &mut change).await;
        admitted.map_err(|why| rejected(place, why))?;
        Ok(change)
    }

    /// What the app does in a transaction; what it refuses.
    pub(crate) async fn inside(
        &self,
        call: Call<'_>,
        changes: &[&C::Change],
        under: &tokio_postgres::Transaction<'_>,
    ) -> Result<Option<Failed>, Failure> {
        match self.app.changes.inside(call, changes, under).await {
            Ok(()) => Ok(None),
            Err(Halted::Change(place, why)) => Ok(Some(rejected(place, why))),
            Err(Halted::Database(error)) => Err(error.into()),
        }
    }

    /// Applies a transaction entry by entry, and keeps what is refused.
    async fn carefully(
        &self,
        link: &mut Link,
        one: Numbered<'_>,
        read: &[Result<C::Change, Failed>],
    ) -> Result<Answer, Failure> {
        let Numbered {
            call,
            transaction,
            number,
            hash,
        } = one;
        let Link { client, writer, .. } = link;
        let mut under = client.transaction().await?;
        let mut split = Split::none(transaction.entries.len());
        if let Some(client) = call.client {
            let id = transaction.id;
            let row = under
                .query_typed(
                    &self.texts.begin,
                    &[
                        (&call.caller.subject, Type::TEXT),
                        (&client, Type::TEXT),
                        (&id, Type::INT8),
                        (&hash, Type::BYTEA),
                    ],
                )
                .await?;
            let row = row
                .first()
                .ok_or_else(|| Failure::Record("no answer".to_owned()))?;
            if let Some(text) = row.try_get::<_, Option<&str>>(0)? {
                under.rollback().await?;
                metrics::repeated();
                return applied::stored(text).ok_or_else(|| {
                    Failure::Record("a record of `applied` has no answer".to_owned())
                });
            }
            if row.try_get(1)? {
                split = self.split(&under, call, client, transaction).await?;
            }
        }
        let mut aside = Aside::default();
        let (mut places, mut changes) = (Vec::new(), Vec::new());
        for place in std::mem::take(&mut split.written) {
            match &read[place] {
                Ok(_) if aside.takes(transaction, place) => {}
                Ok(change) => {
                    places.push(place);
                    changes.push(change);
                }
                Err(failed) => aside.add(transaction, place, failed.clone()),
            }
        }
        let per_entry = self.config.uploads.per_entry;
        if let (false, Some(failed)) = (per_entry, aside.first()) {
            under.rollback().await?;
            return self.park(client, one, failed).await;
        }
        let writes: Vec<_> = changes
            .iter()
            .map(|change| self.app.changes.write(change))
            .collect();
        let outcomes = self
            .write_as(&mut under, writer, call.caller, call.client, &writes)
            .await?;
        let mut words = vec![Word::Waiting; transaction.entries.len()];
        for (outcome, place) in outcomes.iter().zip(&places) {
            match not_taken(*place, outcome) {
                Some(failed) => aside.add(transaction, *place, failed),
                None if *outcome == Outcome::Gone && aside.takes(transaction, *place) => {}
                None => words[*place] = word(outcome),
            }
        }
        let mut failed = match per_entry {
            true => None,
            false => aside.first(),
        };
        if failed.is_none() {
            failed = self.inside(call, &changes, &under).await?;
        }
        if let Some(failed) = failed {
            under.rollback().await?;
            return self.park(client, one, failed).await;
        }
        under.query_typed(dead_letters::RESET, &[]).await?;
        for (failed, places) in &aside.letters {
            words[failed.operation_index] = Word::Refused;
            let parked = Parked {
                call,
                transaction,
                places,
                failed,
            };
            dead_letters::park(&under, &self.texts, &parked).await?;
        }
        let answer = Answer::Success {
            outcomes: told(words),
        };
        for (letter, places) in &split.waiting {
            let entries: Vec<&str> = places
                .iter()
                .map(|place| transaction.entries[*place].1)
                .collect();
            let rows: Vec<String> = places
                .iter()
                .map(|place| row(&transaction.entries[*place].0))
                .collect();
            let sql = &self.texts.append;
            under
                .execute_typed(
                    sql,
                    &[
                        (letter, Type::INT8),
                        (&entries, Type::TEXT_ARRAY),
                        (&rows, Type::TEXT_ARRAY),
                    ],
                )
                .await?;
        }
        if let Some(number) = number
            && !self.record(&under, number, hash, &answer).await?
        {
            // Somebody else has applied the same transaction meanwhile: nothing of this one is kept.
            under.rollback().await?;
            return Err(Failure::Connection(MEANWHILE.to_owned()));
        }
        under.commit().await?;
        metrics::entries(transaction, &answer);
        for (failed, _) in &aside.letters {
            metrics::dead_letter(failed);
        }
        self.app.changes.after(call, &changes, &answer).await;
        Ok(answer)
    }

    /// As whom a transaction of a caller writes.
    pub(crate) fn acting<'c>(&'c self, caller: &'c Caller) -> Acting<'c> {
        match self.config.database.access {
            Access::RowSecurity => Acting {
                role: &caller.role,
                claims: &caller.claims,
                guarded: None,
            },
            Access::Guarded => Acting {
                role: self.app.service_role.as_deref().unwrap_or("none"),
                claims: "",
                guarded: Some(statement::Caller {
                    subject: &caller.subject,
                    claims: &caller.claims,
                }),
            },
        }
    }

    /// Writes as the caller: takes the role and the claims until the transaction ends, and bounds its statements.
    pub(crate) async fn write_as(
        &self,
        under: &mut tokio_postgres::Transaction<'_>,
        writer: &mut Writer<'static>,
        caller: &Caller,
        client: Option<&str>,
        writes: &[Write<'_>],
    ) -> Result<Vec<Outcome>, Failure> {
        let timeout = self.config.database.statement_timeout_ms.to_string();
        let Acting {
            role,
            claims,
            guarded,
        } = self.acting(caller);
        under
            .query_typed(
                "select pg_catalog.set_config('statement_timeout', $1, true),
                    pg_catalog.set_config('request.jwt.claims', $2, true),
                    pg_catalog.set_config('role', $3, true)",
                &[
                    (&timeout, Type::TEXT),
                    (&claims, Type::TEXT),
                    (&role, Type::TEXT),
                ],
            )
            .await?;
        Ok(writer.apply(under, guarded, client, writes).await?)
    }

    /// Notes that a transaction was dealt with; whether nobody else has noted the same.
    async fn record(
        &self,
        under: &tokio_postgres::Transaction<'_>,
        number: Number<'_>,
        hash: &[u8],
        answer: &Answer,
    ) -> Result<bool, Failure> {
        let answer = serde_json::to_string(answer).expect("an answer is JSON");
        let noted = under
            .execute_typed(
                &self.texts.record,
                &[
                    (&number.caller, Type::TEXT),
                    (&number.client, Type::TEXT),
                    (&number.transaction, Type::INT8),
                    (&hash, Type::BYTEA),
                    (&answer, Type::TEXT),
                ],
            )
            .await?;
        Ok(noted == 1)
    }

    /// Which entries wait behind earlier ones of their rows that are in open dead letters of the device.
    async fn split(
        &self,
        under: &tokio_postgres::Transaction<'_>,
        call: Call<'_>,
        client: &str,
        transaction: &Transaction<'_>,
    ) -> Result<Split, Failure> {
        let letters = under
            .query_typed(
                &self.texts.letters,
                &[(&call.caller.subject, Type::TEXT), (&client, Type::TEXT)],
            )
            .await?;
        let mut split = Split {
            written: Vec::new(),
            waiting: Vec::new(),
        };
        for (place, (entry, _)) in transaction.entries.iter().enumerate() {
            let wanted = row(entry);
            let mut behind = None;
            // The last one that holds the row: dead letters are replayed in their order.
            for letter in &letters {
                let rows: Vec<&str> = letter.try_get(1)?;
                if rows.contains(&wanted.as_str()) {
                    behind = Some(letter.try_get::<_, i64>(0)?);
                }
            }
            match behind {
                None => split.written.push(place),
                Some(letter) => match split.waiting.iter_mut().find(|(one, _)| *one == letter) {
                    Some((_, places)) => places.push(place),
                    None => split.waiting.push((letter, vec![place])),
                },
            }
        }
        Ok(split)
    }

    /// Keeps a transaction that will never be applied as it is, and notes its answer.
    async fn park(
        &self,
        client: &mut tokio_postgres::Client,
        one: Numbered<'_>,
        failed: Failed,
    ) -> Result<Answer, Failure> {
        let Numbered {
            call,
            transaction,
            number,
            hash,
        } = one;
        let under = client.transaction().await?;
        let places: Vec<usize> = (0..transaction.entries.len()).collect();
        let parked = Parked {
            call,
            transaction,
            places: &places,
            failed: &failed,
        };
        let id = dead_letters::park(&under, &self.texts, &parked).await?;
        let answer = Answer::FatalError {
            requires_client_handling: false,
            failed_operation: failed.clone(),
            dead_letter: Some(id),
        };
        if let Some(number) = number
            && !self.record(&under, number, hash, &answer).await?
        {
            under.rollback().await?;
            return Err(Failure::Connection(MEANWHILE.to_owned()));
        }
        under.commit().await?;
        metrics::dead_letter(&failed);
        Ok(answer)
    }
}

/// What is said of an entry that the decoder refuses.
pub(crate) fn refused(place: usize, refusal: &Refusal) -> Failed {
    let first = refusal.mistakes.first();
    Failed {
        error_code: first
            .map_or("refused", |mistake| mistake.code.as_str())
            .to_owned(),
        message: shortened(refusal.to_string()),
        details: first.and_then(|mistake| mistake.column.clone()),
        operation_index: place,
    }
}

/// How many characters a message has at most.
const MESSAGE: usize = 2000;

/// A message of which the end is cut off if it is long: an entry may have a mistake in every column.
fn shortened(message: String) -> String {
    match message.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

/// What is said of an entry that the policy or the database does not take.
pub(crate) fn not_taken(place: usize, outcome: &Outcome) -> Option<Failed> {
    match outcome {
        Outcome::Applied | Outcome::Same | Outcome::Stale | Outcome::Gone => None,
        Outcome::Refused => Some(Failed {
            error_code: "refused".to_owned(),
            message: "the access policy does not allow it".to_owned(),
            details: None,
            operation_index: place,
        }),
        Outcome::Invalid(violation) => Some(Failed {
            error_code: violation.code.clone(),
            message: violation.message.clone(),
            details: violation.object.clone(),
            operation_index: place,
        }),
    }
}

/// What an app says of an entry that it refuses.
fn rejected(place: usize, why: Rejected) -> Failed {
    Failed {
        error_code: why.code,
        message: why.message,
        details: why.details,
        operation_index: place,
    }
}

/// The word of an outcome.
pub(crate) fn word(outcome: &Outcome) -> Word {
    match outcome {
        Outcome::Applied => Word::Applied,
        Outcome::Same => Word::Same,
        Outcome::Stale => Word::Stale,
        Outcome::Gone => Word::Gone,
        Outcome::Refused | Outcome::Invalid(_) => Word::Refused,
    }
}

/// What came of each entry; nothing where all were applied.
pub(crate) fn told(words: Vec<Word>) -> Vec<Word> {
    match words.iter().all(|word| *word == Word::Applied) {
        true => Vec::new(),
        false => words,
    }
}
