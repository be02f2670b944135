//! What the bridge knows of an app: its tables, its statements and its names in Postgres.

use synctable::Registry;
use synctable::crud::{Decoder, Entry, Refusal, Releases, Sender, Untyped, Write};
use synctable::statement::Statements;

/// An app as the bridge serves it.
#[derive(Debug)]
pub struct App<C = Decoder> {
    /// Its tables.
    pub registry: &'static Registry,
    /// The releases that devices may still run.
    pub releases: Releases,
    /// The statements of the tables that devices upload.
    pub statements: &'static [&'static Statements],
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

/// Reads entries as changes: a [`Decoder`] over loaded tables, or an app's own `Change`.
pub trait Changes: Send + Sync + 'static {
    /// A change of one row.
    type Change: Send + Sync;

    /// Reads an entry of a device and its user.
    ///
    /// # Errors
    /// Every mistake of the entry.
    fn decode(&self, entry: &Entry<'_>, sender: &Sender<'_>) -> Result<Self::Change, Refusal>;

    /// What a statement needs of a change.
    fn write<'c>(&self, change: &'c Self::Change) -> Write<'c>;
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
