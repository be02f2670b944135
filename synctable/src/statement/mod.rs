//! Statements that apply uploads: what is generated for a table, what came of each entry, and how they are run.
//!
//! A generated [`Statement`] is a complete text and the meaning of each of its parameters.
//! It carries the conflict rule of its table, and, for connections that row-level security does not bind, the access
//! policy; whoever runs it decides nothing.
//! Statements are data: generated Rust embeds them, and a server that has none reads them from JSON (`StatementSet`
//! with the feature `serde`; `codegen show statements --format json` prints it).

mod bind;
mod blame;
#[cfg(feature = "tokio-postgres")]
mod client;
#[cfg(feature = "tokio-postgres")]
mod obstacles;
mod outcome;
#[cfg(feature = "tokio-postgres")]
mod parked;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "tokio-postgres")]
mod run;
#[cfg(feature = "rusqlite")]
pub mod sqlite;
#[cfg(feature = "tokio-postgres")]
pub mod tokio_postgres;

pub use bind::{Bound, Caller, Numbered, bind, travels_as_text};
pub use blame::{Blame, Fault, blame};
pub use outcome::{Outcome, Violation};

use crate::crud::Op;
use crate::table::TableDef;
use std::borrow::Cow;

/// The table of a device's SQLite that keeps who wrote a row last.
///
/// Names that begin with `synctable_` are refused in a declaration for SQLite.
pub const WRITERS: &str = "synctable_writers";

/// The setting of a transaction of Postgres that names, while entries are written, the device or installation that wrote
/// them; empty where nobody is named.
pub const CLIENT_SETTING: &str = "synctable.client_id";

/// How many bytes the name of a device or installation has at most.
pub const CLIENT_BYTES: usize = 200;

/// Who decides, on the connection that runs a statement, which rows may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Connection {
    /// The policies of Postgres: the transaction acts as the caller.
    RowSecurity,
    /// The statement itself: row-level security does not bind the connection, and the caller is a parameter.
    Guarded,
}

/// A table and its statements.
#[derive(Clone, Debug)]
pub struct Statements {
    /// The table.
    pub table: &'static TableDef,
    /// Its statements.
    pub set: StatementSet,
}

/// The statements of a table, and which entries may share one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StatementSet {
    /// Which entries may share a statement.
    pub batching: Batching,
    /// For connections to Postgres that row-level security binds.
    pub row_security: Commands,
    /// For connections to Postgres that it does not bind.
    pub guarded: Commands,
}

impl StatementSet {
    /// Whether the policy lets devices do a kind of change.
    pub const fn takes(&self, op: Op) -> bool {
        self.row_security.of(op).is_some() || self.guarded.of(op).is_some()
    }

    /// The statements for a kind of connection to Postgres.
    pub const fn on(&self, connection: Connection) -> &Commands {
        match connection {
            Connection::RowSecurity => &self.row_security,
            Connection::Guarded => &self.guarded,
        }
    }
}

/// What decides which entries one statement may carry and still mean what they mean one after the other.
///
/// Entries of one row never share a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Batching {
    /// The tables whose rows decide over the table's rows, by foreign keys and by the sets of access rules: entries of
    /// those keep their order with entries of this one.
    pub reads: Cow<'static, [Cow<'static, str>]>,
    /// The columns that decide over other rows of the table, the key aside: they must be unique, or an access rule looks
    /// at them. A PATCH that gives one is written alone.
    pub decisive: Cow<'static, [Cow<'static, str>]>,
    /// Which PUTs one statement may carry.
    pub put: Batch,
    /// Which PATCHes one statement may carry.
    pub patch: Batch,
    /// Which DELETEs one statement may carry.
    pub delete: Batch,
}

impl Batching {
    /// Which entries of a kind one statement may carry.
    pub const fn of(&self, op: Op) -> Batch {
        match op {
            Op::Put => self.put,
            Op::Patch => self.patch,
            Op::Delete => self.delete,
        }
    }
}

/// Which entries of one table and kind may share a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Batch {
    /// Entries of different rows.
    #[default]
    Together,
    /// Entries of different rows that do not name each other's keys.
    Unrelated,
    /// None.
    Alone,
}

/// A statement for each kind of change; `None` for what the policy lets no device do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Commands {
    /// Inserts rows, or changes those that are there.
    pub put: Option<Statement>,
    /// Changes some columns.
    pub patch: Option<Statement>,
    /// Deletes rows, or sets their tombstones.
    pub delete: Option<Statement>,
}

impl Commands {
    /// No statement.
    pub const NONE: Self = Commands {
        put: None,
        patch: None,
        delete: None,
    };

    /// The statement of a kind of change.
    pub const fn of(&self, op: Op) -> Option<&Statement> {
        match op {
            Op::Put => self.put.as_ref(),
            Op::Patch => self.patch.as_ref(),
            Op::Delete => self.delete.as_ref(),
        }
    }
}

/// A text and what its parameters are, by their numbers.
///
/// ```
/// use std::borrow::Cow::Borrowed;
/// use synctable::statement::{Answer, Param, Statement};
/// static EMBEDDED: Statement = Statement {
///     answer: Answer::Count,
///     text: Borrowed("delete from lists where owner_id = $1::text::uuid"),
///     params: Borrowed(&[Param::Subject]),
/// };
/// let loaded = Statement {
///     text: std::fs::read_to_string("deletion.sql").unwrap_or_default().into(),
///     ..EMBEDDED.clone()
/// };
/// assert_eq!(loaded.params, EMBEDDED.params);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Statement {
    /// What it answers.
    pub answer: Answer,
    /// The text.
    pub text: Cow<'static, str>,
    /// What `$1` or `?1` is, and so on.
    pub params: Cow<'static, [Param]>,
}

impl Statement {
    /// A statement of generated code.
    pub const fn embedded(answer: Answer, params: &'static [Param], text: &'static str) -> Self {
        Statement {
            answer,
            text: Cow::Borrowed(text),
            params: Cow::Borrowed(params),
        }
    }
}

/// What a statement answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Answer {
    /// Rows `(nr, outcome)`: the number of an entry and what came of it.
    ///
    /// An entry whose row somebody else changed meanwhile has no row, and was not written: run the statement once more for
    /// it. Where it has none again, there is a row that the caller may not see or change: it is refused.
    Outcomes,
    /// The count of the rows that it wrote; nobody may read them.
    Count,
}

/// What a statement binds in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Param {
    /// The entries, as a JSON array of objects with these members:
    ///
    /// - `nr`: the number by which the statement answers;
    /// - `given`: an object of the values that the entry gives columns, key included, each as the text that Postgres
    ///   reads by the column's type, or null;
    /// - `texts`: the same for columns that hold lists, JSON or an opaque type;
    /// - `seen`: the same for what the writer saw before.
    Entries,
    /// The subject of the caller's token, as text.
    Subject,
    /// The claims of the caller's token, as JSON.
    Claims,
}
