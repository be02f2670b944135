//! Statements that apply uploads: what is generated for a table, what came of each entry, and how they are run.
//!
//! A generated [`Statement`] is a text and the meaning of each of its parameters.
//! It carries the conflict rule of its table, and, for connections that row-level security does not bind, the access
//! policy; whoever runs it decides nothing.
//! What the two kinds of connections to Postgres share stands in it once: a text is made of [`Piece`]s.

mod bind;
mod blame;
#[cfg(feature = "tokio-postgres")]
mod client;
#[cfg(feature = "tokio-postgres")]
mod obstacles;
mod outcome;
#[cfg(feature = "tokio-postgres")]
mod parked;
mod piece;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "tokio-postgres")]
mod run;
#[cfg(feature = "rusqlite")]
pub mod sqlite;
#[cfg(feature = "tokio-postgres")]
pub mod tokio_postgres;

pub use bind::{Bound, Caller, bind};
pub use blame::{Blame, Fault, blame};
pub use outcome::{Outcome, Violation};
pub use piece::{Connection, Piece, Sql};

use crate::crud::Op;
use crate::table::{ColumnDef, TableDef};

/// The table of a device's SQLite that keeps who wrote a row last.
///
/// Names that begin with `synctable_` are refused in a declaration for SQLite.
pub const WRITERS: &str = "synctable_writers";

/// The setting of a transaction of Postgres that names, while entries are written, the device or installation that wrote
/// them; empty where nobody is named.
pub const CLIENT_SETTING: &str = "synctable.client_id";

/// How many bytes the name of a device or installation has at most.
pub const CLIENT_BYTES: usize = 200;

/// Every statement of a table.
#[derive(Clone, Copy, Debug)]
pub struct Statements {
    /// The table.
    pub table: &'static TableDef,
    /// The tables whose rows decide over its rows: by foreign keys and by the sets of its access rules.
    pub reads: &'static [&'static str],
    /// The columns that must be unique among its rows, the key aside.
    pub unique: &'static [&'static ColumnDef],
    /// Which PUTs one statement may carry.
    pub put: Batch,
    /// Which PATCHes one statement may carry.
    pub patch: Batch,
    /// Which DELETEs one statement may carry.
    pub delete: Batch,
    /// For connections to Postgres.
    pub postgres: Commands,
    /// For a device's SQLite.
    pub sqlite: Commands,
}

impl Statements {
    /// Which entries of a kind one statement may carry.
    pub const fn batch(&self, op: Op) -> Batch {
        match op {
            Op::Put => self.put,
            Op::Patch => self.patch,
            Op::Delete => self.delete,
        }
    }
}

/// Which entries of one table and kind may share a statement and still mean what they mean one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Entries of different rows.
    Together,
    /// Entries of different rows that do not name each other's keys.
    Unrelated,
    /// None.
    Alone,
}

/// The statements of a kind of database; `None` for what the policy lets no device do.
#[derive(Clone, Copy, Debug)]
pub struct Commands {
    /// Inserts rows, or changes those that are there.
    pub put: Option<&'static Statement>,
    /// Changes some columns.
    pub patch: Option<&'static Statement>,
    /// Deletes rows, or sets their tombstones.
    pub delete: Option<&'static Statement>,
}

impl Commands {
    /// The statement of a kind of change.
    pub const fn of(&self, op: Op) -> Option<&'static Statement> {
        match op {
            Op::Put => self.put,
            Op::Patch => self.patch,
            Op::Delete => self.delete,
        }
    }
}

/// A statement that writes, and the question what became of entries that it did not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Writes; in Postgres it answers with rows `(nr, outcome)`, numbers counted from 1, where there is a verdict for the
    /// connection, and else with the count of the rows it wrote.
    pub write: Sql,
    /// Answers with rows `(nr, outcome)` for every entry; in SQLite with one outcome.
    pub verdict: Sql,
}

/// What a statement binds in one place.
///
/// In Postgres, what belongs to entries is an array with one element for each; in SQLite there is one entry.
/// Masks are texts of `0` and `1`, one for each of the columns: `varbit` in Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// The subject of the caller's token, as text.
    User,
    /// The claims of the caller's token, as JSON.
    Claims,
    /// The client that writes; null for one that is not known. In Postgres the setting `synctable.client_id` tells it.
    Client,
    /// Which of these columns the entries give: one mask for all of them.
    Gives(&'static [&'static ColumnDef]),
    /// Which of these columns each entry gives.
    Given(&'static [&'static ColumnDef]),
    /// Which of these columns each writer saw.
    Seen(&'static [&'static ColumnDef]),
    /// The values of a column; null where it is not given.
    Column(&'static ColumnDef),
    /// What the writers saw in a column; null where they do not say.
    Previous(&'static ColumnDef),
    /// The versions that the writers saw: what they saw in the column, else what they give it.
    Version(&'static ColumnDef),
    /// The row's id on the device.
    Id,
    /// The time of receipt, as canonical text.
    Now,
    /// The latest time that an edit may have, as canonical text: five minutes from now.
    Horizon,
}
