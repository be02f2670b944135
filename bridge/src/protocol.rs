//! PowerSync's write protocol: what a device sends, and what it is answered.

use crate::pull::{self, Pulled, Wanted};
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use synctable::crud::Entry;

/// The body of a request.
#[derive(Deserialize)]
struct Body<'b> {
    #[serde(borrow)]
    transactions: Vec<Sent<'b>>,
}

/// The body of a device that pushes and pulls at once.
#[derive(Deserialize)]
struct Sync<'b> {
    #[serde(borrow, default)]
    transactions: Vec<Sent<'b>>,
    cursor: Option<String>,
    #[serde(default)]
    again: BTreeMap<String, Vec<String>>,
    limit: Option<usize>,
}

#[derive(Deserialize)]
struct Sent<'b> {
    #[serde(default, deserialize_with = "whole")]
    transaction_id: Option<i64>,
    #[serde(borrow)]
    crud: Vec<&'b RawValue>,
}

/// How much a body holds.
#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    transactions: Counts,
}

#[derive(Default)]
struct Counts {
    transactions: usize,
    entries: usize,
}

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct One {
            crud: Length,
        }
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Counts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of transactions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Counts, A::Error> {
                let mut counts = Counts::default();
                while let Some(One { crud: Length(more) }) = list.next_element()? {
                    counts.transactions += 1;
                    counts.entries += more;
                }
                Ok(counts)
            }
        }
        from.deserialize_seq(All)
    }
}

/// The length of a list, of which nothing is kept.
pub(crate) struct Length(pub(crate) usize);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Length;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Length, A::Error> {
                let mut length = 0;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    length += 1;
                }
                Ok(Length(length))
            }
        }
        from.deserialize_seq(Entries)
    }
}

/// A whole number, also as `5.0`, which JSON Schema and some languages take for the same.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    /// The numbers up to which a double is exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(i64),
        Double(f64),
    }
    match Option::deserialize(from)? {
        None => Ok(None),
        Some(Number::Whole(number)) => Ok(Some(number)),
        Some(Number::Double(number)) if number.fract() == 0.0 && number.abs() <= EXACT => {
            Ok(Some(number as i64))
        }
        Some(Number::Double(_)) => {
            Err(D::Error::custom("the number is not a whole one of 64 bits"))
        }
    }
}

/// What one transaction on a device changed.
#[derive(Debug)]
pub struct Transaction<'b> {
    /// The device's number of it.
    pub id: Option<i64>,
    /// Its entries, each with its text as it was sent.
    pub entries: Vec<(Entry<'b>, &'b str)>,
}

/// Why a body is not a request of the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It has another form.
    Form(String),
    /// It holds more than the limits allow.
    TooLarge(String),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Form(why) | Malformed::TooLarge(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Malformed {}

/// How many transactions a request has at most: a number of the protocol.
pub const TRANSACTIONS: usize = 50;

/// How many columns an entry has at most: the limit of SQLite.
const MEMBERS: usize = 2000;

/// How many characters are said of a body that is not a request.
const MESSAGE: usize = 500;

/// Reads a body.
///
/// # Errors
/// It is not JSON of the protocol, or holds more than `entries` entries.
pub fn read(body: &[u8], entries: usize) -> Result<Vec<Transaction<'_>>, Malformed> {
    let body: Body<'_> = counted(body, entries)?;
    if body.transactions.is_empty() {
        return Err(form("the request has no transaction".to_owned()));
    }
    transactions(body.transactions)
}

/// What is wrong with a body, of which it may repeat something.
fn form(why: String) -> Malformed {
    Malformed::Form(why.chars().take(MESSAGE).collect())
}

/// Reads a body that was counted first: what holds too much is never held.
fn counted<'b, T: Deserialize<'b>>(body: &'b [u8], entries: usize) -> Result<T, Malformed> {
    let told = |error: serde_json::Error| form(format!("the body is not a request: {error}"));
    let Counted {
        transactions: found,
    } = serde_json::from_slice(body).map_err(told)?;
    if found.transactions > TRANSACTIONS {
        return Err(form(format!(
            "the request has {} transactions; the limit is {TRANSACTIONS}",
            found.transactions
        )));
    }
    if found.entries > entries {
        return Err(Malformed::TooLarge(format!(
            "the request has {} entries; the limit is {entries}",
            found.entries
        )));
    }
    serde_json::from_slice(body).map_err(told)
}

/// Reads the body of a device that pushes and pulls at once.
///
/// # Errors
/// As [`read`].
pub fn read_sync(body: &[u8], entries: usize) -> Result<(Vec<Transaction<'_>>, Wanted), Malformed> {
    let body: Sync<'_> = counted(body, entries)?;
    let wanted = Wanted {
        cursor: body.cursor,
        again: body.again,
        limit: body.limit.unwrap_or(pull::ROWS),
    };
    let again: usize = wanted.again.values().map(Vec::len).sum();
    if again > entries {
        return Err(Malformed::TooLarge(format!(
            "the request asks for {again} rows again; the limit is {entries}"
        )));
    }
    Ok((transactions(body.transactions)?, wanted))
}

fn transactions(sent: Vec<Sent<'_>>) -> Result<Vec<Transaction<'_>>, Malformed> {
    let mut transactions = Vec::with_capacity(sent.len());
    for (place, sent) in sent.into_iter().enumerate() {
        let mut entries = Vec::with_capacity(sent.crud.len());
        for (index, text) in sent.crud.into_iter().map(RawValue::get).enumerate() {
            let entry = Entry::from_json(text)
                .map_err(|error| form(format!("transactions[{place}].crud[{index}]: {error}")))?;
            let members = [&entry.op_data, &entry.previous_values];
            let members = members.into_iter().flatten().map(Vec::len).max();
            if let Some(many) = members.filter(|many| *many > MEMBERS) {
                return Err(form(format!(
                    "transactions[{place}].crud[{index}]: it has {many} columns; the limit is {MEMBERS}"
                )));
            }
            entries.push((entry, text));
        }
        transactions.push(Transaction {
            id: sent.transaction_id,
            entries,
        });
    }
    Ok(transactions)
}

/// The answer to a request.
#[derive(Debug, Serialize)]
pub struct Response {
    /// One for each transaction, in their order.
    pub results: Vec<Answer>,
}

/// The answer to a device that pushes and pulls at once.
#[derive(Debug, Serialize)]
pub struct Synced {
    /// One for each transaction, in their order.
    pub results: Vec<Answer>,
    /// What changed for the device.
    #[serde(flatten)]
    pub pulled: Pulled,
}

/// The answer to a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Answer {
    /// It is dealt with; the device removes it from its queue.
    Success {
        /// What came of each entry, where not all of them were applied: a member that the protocol does not have.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        outcomes: Vec<Word>,
    },
    /// Nothing of it was kept; the device sends it again.
    RetryableError {
        /// Why.
        message: String,
        /// When to send it again.
        #[serde(with = "milliseconds")]
        retry_after_ms: Duration,
    },
    /// It will never be applied as it is.
    FatalError {
        /// Whether the device keeps it until its user decides; otherwise it is in a dead letter.
        requires_client_handling: bool,
        /// What is wrong.
        failed_operation: Failed,
        /// The dead letter that keeps it: a member that the protocol does not have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dead_letter: Option<i64>,
    },
    /// An earlier transaction of the request stopped the rest.
    NotAttempted,
}

impl Answer {
    /// The word of the status.
    pub const fn status(&self) -> &'static str {
        match self {
            Answer::Success { .. } => "success",
            Answer::RetryableError { .. } => "retryable_error",
            Answer::FatalError { .. } => "fatal_error",
            Answer::NotAttempted => "not_attempted",
        }
    }
}

/// What came of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It was written.
    Applied,
    /// There was nothing to do.
    Same,
    /// A newer write stands.
    Stale,
    /// There is no row to change.
    Gone,
    /// It waits behind an earlier entry of its row, in a dead letter.
    Waiting,
    /// It was not applied, and is in a dead letter.
    Refused,
}

/// The entry that is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// A code of the decoder, `refused`, or an SQLSTATE.
    pub error_code: String,
    /// What is wrong, in words.
    pub message: String,
    /// The column, the constraint or the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// Its place in the transaction.
    pub operation_index: usize,
}

mod milliseconds {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(time: &Duration, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}
