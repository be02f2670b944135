//! What callers get of replicated rows, as PowerSync's own evaluation of a sync configuration answers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::ask;
use super::powersync::{Problem, SourceTable};

/// A row of the source database, as it replicates.
#[derive(Debug, Clone, Serialize)]
pub struct ReplicatedRow {
    /// The schema of its table; `public` where absent.
    pub schema: Option<String>,
    /// Its table.
    pub table: String,
    /// Its values by column.
    pub record: BTreeMap<String, Replicated>,
}

/// A replicated value.
#[derive(Debug, Clone, PartialEq)]
pub enum Replicated {
    /// NULL.
    Null,
    /// Text.
    Text(String),
    /// An integer, exact.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Bytes, as hexadecimal text.
    Bytes(String),
}

impl Serialize for Replicated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Replicated::Null => ["n"].serialize(serializer),
            Replicated::Text(text) => ["t", text].serialize(serializer),
            Replicated::Integer(number) => ("i", number.to_string()).serialize(serializer),
            Replicated::Real(number) => ("r", number).serialize(serializer),
            Replicated::Bytes(hex) => ["b", hex].serialize(serializer),
        }
    }
}

/// A caller and what he subscribes to.
#[derive(Debug, Clone, Serialize)]
pub struct Request {
    /// The claims of his token.
    pub token: Value,
    /// What he connects with, which the older dialect reads.
    pub parameters: Value,
    /// Parameters by stream, for the streams that are not automatic.
    pub streams: BTreeMap<String, Value>,
}

/// The numbers of the rows that a request gets, by stream or, in the older dialect, by bucket definition.
pub type Visible = BTreeMap<String, BTreeSet<usize>>;

/// What a request gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Received {
    /// The rows.
    pub rows: Visible,
    /// How many buckets its connection has, by stream or bucket definition.
    pub buckets: BTreeMap<String, usize>,
}

/// What each request gets, row by row.
///
/// # Errors
///
/// What the compiler says of the configuration, warnings included.
pub fn visible(
    yaml: &str,
    tables: &[SourceTable],
    rows: &[ReplicatedRow],
    requests: &[Request],
) -> Result<Vec<Visible>, Vec<Problem>> {
    let received = received(yaml, tables, rows, requests)?;
    Ok(received.into_iter().map(|one| one.rows).collect())
}

/// What each request gets, with the number of its buckets.
///
/// # Errors
///
/// What the compiler says of the configuration, warnings included.
pub fn received(
    yaml: &str,
    tables: &[SourceTable],
    rows: &[ReplicatedRow],
    requests: &[Request],
) -> Result<Vec<Received>, Vec<Problem>> {
    #[derive(Serialize)]
    struct Question<'a> {
        tool: &'a str,
        yaml: &'a str,
        schema: &'a [SourceTable],
        rows: &'a [ReplicatedRow],
        requests: &'a [Request],
    }
    #[derive(Deserialize)]
    struct Answer {
        problems: Vec<Problem>,
        visible: Vec<Visible>,
        buckets: Vec<BTreeMap<String, usize>>,
    }
    let answer: Answer = ask(&Question {
        tool: "powersync_rows",
        yaml,
        schema: tables,
        rows,
        requests,
    });
    match answer.problems.is_empty() {
        true => Ok(answer
            .visible
            .into_iter()
            .zip(answer.buckets)
            .map(|(rows, buckets)| Received { rows, buckets })
            .collect()),
        false => Err(answer.problems),
    }
}
