//! What the bridge knows of an app: its tables, its statements and its names in Postgres.

use crate::apply::Call;
use crate::protocol::Answer;
use std::future::Future;
use synctable::Registry;
use synctable::crud::{Decoder, Entry, Refusal, Releases, Sender, Untyped, Write};
use synctable::objects::Bucket;
use synctable::pull::Pull;
use synctable::statement::Statements;
use tokio_postgres::Transaction;

/// An app as the bridge serves it.
#[derive(Debug)]
pub struct App<C = Decoder> {
    /// Its tables.
    pub registry: &'static Registry,
    /// The releases that devices may still run.
    pub releases: Releases,
    /// The statements of the tables that devices upload.
    pub statements: &'static [&'static Statements],
    /// What its devices pull, where they do.
    pub pull: Option<&'static Pull>,
    /// The storage buckets for whose objects it signs URLs.
    pub buckets: &'static [Bucket],
    /// Whether devices ask the bridge for write checkpoints.
    pub checkpoints: bool,
    /// The role of a caller whose token does not name one.
    pub client_role: String,
    /// The roles that a token may name.
    pub roles: Vec<String>,
    /// The role that runs guarded statements.
    pub service_role: Option<String>,
    /// The schema of the tables that the bridge keeps.
    pub schema: String,
    /// What reads entries.
    pub changes: C,
}

/// Reads entries as changes: a [`Decoder`] over loaded tables, or an app's own `Change`; and what an app adds to them.
///
/// An attempt that fails may be made again, so that [`before`](Changes::before) and [`inside`](Changes::inside) may be
/// called more than once for a transaction.
pub trait Changes: Send + Sync + 'static {
    /// A change of one row.
    type Change: Send + Sync;

    /// Whether [`inside`](Changes::inside) does something; a transaction then takes some round trips more.
    const INSIDE: bool = false;

    /// Reads an entry of a device and its user.
    ///
    /// # Errors
    /// Every mistake of the entry.
    fn decode(&self, entry: &Entry<'_>, sender: &Sender<'_>) -> Result<Self::Change, Refusal>;

    /// What a statement needs of a change.
    fn write<'c>(&self, change: &'c Self::Change) -> Write<'c>;

    /// Before a change is written: amends it, or refuses it.
    ///
    /// # Errors
    /// Why the change is refused: its transaction goes into a dead letter.
    fn before(
        &self,
        _: Call<'_>,
        _: &mut Self::Change,
    ) -> impl Future<Output = Result<(), Rejected>> + Send {
        async { Ok(()) }
    }

    /// In the database transaction, once the changes are written; it has the rights of whoever wrote them.
    ///
    /// # Errors
    /// Why nothing of it is kept.
    fn inside(
        &self,
        _: Call<'_>,
        _: &[&Self::Change],
        _: &Transaction<'_>,
    ) -> impl Future<Output = Result<(), Halted>> + Send {
        async { Ok(()) }
    }

    /// After the commit; it is not called again for a transaction that was applied before, and not at all if the bridge
    /// ends in between.
    fn after(
        &self,
        _: Call<'_>,
        _: &[&Self::Change],
        _: &Answer,
    ) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Why an app refuses a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// A word for programs: `error_code` of the answer.
    pub code: String,
    /// What is wrong, in words.
    pub message: String,
    /// The column or the rule.
    pub details: Option<String>,
}

/// Why an app stops a transaction.
#[derive(Debug)]
pub enum Halted {
    /// A change is refused, by its place: the transaction goes into a dead letter.
    Change(usize, Rejected),
    /// The database failed: the transaction is tried again where time may mend that.
    Database(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Halted {
    fn from(error: tokio_postgres::Error) -> Self {
        Halted::Database(error)
    }
}

impl Changes for Decoder {
    type Change = Untyped;

    fn decode(&self, entry: &Entry<'_>, sender: &Sender<'_>) -> Result<Untyped, Refusal> {
        self.decode_from(entry, sender)
    }

    fn write<'c>(&self, change: &'c Untyped) -> Write<'c> {
        change.write()
    }
}
