//! What a server asks of Postgres when a device pulls: data, as the statements that apply uploads are.
//!
//! All of it runs as the caller, in one transaction that only reads and sees one state of the database; the policies decide
//! which rows come.

use crate::table::{ColumnDef, TableDef};
use std::borrow::Cow;

/// Everything that devices pull.
#[derive(Clone, Debug, Default)]
pub struct Pull {
    /// A digest of the tables, their columns and who reads them: another one asks devices to take everything anew.
    pub version: Cow<'static, str>,
    /// The tables, in declared order.
    pub tables: Cow<'static, [PullTable]>,
    /// What each role reads.
    pub roles: Cow<'static, [PullRole]>,
}

/// What a role reads.
#[derive(Clone, Debug)]
pub struct PullRole {
    /// The role.
    pub name: Cow<'static, str>,
    /// Answers one row: `version`, `epoch`, `purged`, `horizon`, and the texts of what the rules read besides the row.
    ///
    /// Rows of transactions below the horizon never change without a higher number.
    pub state: Cow<'static, str>,
    /// Answers the names of the tables in which something changed from `$1` on and below `$2`.
    pub busy: Cow<'static, str>,
    /// The places of the tables that it reads, each with the places of the texts that its rules read.
    pub tables: Cow<'static, [(usize, &'static [usize])]>,
}

/// How the rows of a table are read.
///
/// A row begins with the columns of [`PullTable::columns`], the key first.
#[derive(Clone, Debug)]
pub struct PullTable {
    /// The table.
    pub table: &'static TableDef,
    /// What a row has: the key, and then what devices have besides.
    pub columns: Cow<'static, [&'static ColumnDef]>,
    /// Rows whose last change is at or above `$1` and below `$2`, at most `$3`, with the number of the change at the end.
    pub changed: Cow<'static, str>,
    /// The same of those behind the change `$1` of the row with the key `$4`, `$5`, …
    pub changed_after: Cow<'static, str>,
    /// All rows, at most `$1`.
    pub whole: Cow<'static, str>,
    /// The same of those behind the key `$2`, `$3`, …
    pub whole_after: Cow<'static, str>,
    /// The rows with the keys of which `$1`, `$2`, … are the columns, as lists of texts.
    pub now: Cow<'static, str>,
    /// Keys of rows that the caller could read and cannot read now, behind the entry `$2` of the change `$1` and below the
    /// change `$3`, at most `$4`; the change and the entry at the end.
    pub gone: Cow<'static, str>,
}
