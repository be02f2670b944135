//! What was applied before: a record for each transaction, in the database transaction that applied it.

use crate::app::Changes;
use crate::apply::{Bridge, Failure};
use crate::protocol::{Answer, Transaction};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use synctable::Value;
use synctable::crud::{Entry, Member};
use tokio_postgres::types::Type;

/// The number under which a transaction is known again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'c> {
    pub(crate) caller: &'c str,
    pub(crate) client: &'c str,
    pub(crate) transaction: i64,
}

/// The hash of what a transaction says, however its JSON is written.
///
/// A device that was reset may count from one again: another hash under a number is another transaction.
pub(crate) fn hash(transaction: &Transaction<'_>) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for (entry, _) in &transaction.entries {
        hasher.update(known_text(entry));
        hasher.update([0]);
    }
    hasher.finalize().to_vec()
}

/// The text by which an entry is known again. The worker in TypeScript makes the same one, by the same vectors.
fn known_text(entry: &Entry<'_>) -> String {
    let quoted = |text: &str| serde_json::to_string(text).expect("a text has a form");
    let members = |members: &[(Cow<'_, str>, Member<'_>)]| {
        let texts = members
            .iter()
            .map(|(name, member)| format!("{}:{}", quoted(name), known_value(member)));
        format!("{{{}}}", texts.collect::<Vec<_>>().join(","))
    };
    let mut parts = vec![
        format!("\"op\":\"{}\"", entry.op.as_str()),
        format!("\"table\":{}", quoted(&entry.table)),
        format!("\"id\":{}", quoted(&entry.id)),
    ];
    let data = entry.op_data.as_deref().map(members);
    parts.extend(data.map(|data| format!("\"op_data\":{data}")));
    let previous = entry.previous_values.as_deref().map(members);
    parts.extend(previous.map(|previous| format!("\"previous_values\":{previous}")));
    let metadata = entry.metadata.as_deref().map(quoted);
    parts.extend(metadata.map(|metadata| format!("\"metadata\":{metadata}")));
    let transaction = entry.transaction_id;
    parts.extend(transaction.map(|number| format!("\"transaction_id\":{number}")));
    format!("{{{}}}", parts.join(","))
}

/// A whole number is its digits, however it is written. Another float is its bits: languages print its digits differently.
fn known_value(member: &Member<'_>) -> String {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match member {
        Member::Value(Value::Integer(number)) => number.to_string(),
        Member::Value(Value::Real(number)) if number.fract() == 0.0 && number.abs() < EXACT => {
            (*number as i64).to_string()
        }
        Member::Value(Value::Real(number)) => format!("f{:016x}", number.to_bits()),
        Member::Value(Value::Text(text)) => serde_json::to_string(text).expect("a text has a form"),
        Member::Value(Value::Null) | Member::Foreign(_) => "null".to_owned(),
    }
}

/// The texts of the statements over the tables of a schema.
#[derive(Debug)]
pub(crate) struct Texts {
    /// Begins a transaction that is expected to be new and to be applied, as its caller.
    pub(crate) opening: String,
    /// The same for one that is not known again.
    pub(crate) unnumbered: String,
    /// The answer of a transaction that was noted when it began.
    pub(crate) amend: String,
    pub(crate) begin: String,
    pub(crate) record: String,
    pub(crate) purge: String,
    pub(crate) letters: String,
    pub(crate) append: String,
    pub(crate) park: String,
    /// The table, as a statement names it.
    pub(crate) dead_letters: String,
}

impl Texts {
    pub(crate) fn new(schema: &str) -> Self {
        let schema = quoted(schema);
        Texts {
            dead_letters: format!("{schema}.dead_letters"),
            // The role comes last: whoever runs it needs the tables of the bridge.
            opening: format!(
                "with noted as (
                    insert into {schema}.applied as known (caller, client_id, transaction_id, hash, answer)
                        values ($1, $2, $3, $4, '{APPLIED}')
                        on conflict (caller, client_id, transaction_id) do update
                            set hash = excluded.hash, answer = excluded.answer, applied_at = now()
                            where known.hash <> excluded.hash
                        returning 1
                )
                select (select count(*) from noted) = 1 and not exists (select from {schema}.dead_letters
                        where caller = $1 and client_id = $2 and closed_at is null),
                    {BECOME}"
            ),
            unnumbered: format!(
                "select not exists (select from {schema}.dead_letters
                        where caller = $1 and client_id = $2 and closed_at is null),
                    {BECOME}"
            ),
            amend: format!(
                "update {schema}.applied set answer = $4
                    where caller = $1 and client_id = $2 and transaction_id = $3"
            ),
            begin: format!(
                "select (select answer from {schema}.applied
                    where caller = $1 and client_id = $2 and transaction_id = $3 and hash = $4),
                    exists (select from {schema}.dead_letters
                        where caller = $1 and client_id = $2 and closed_at is null)"
            ),
            record: format!(
                "insert into {schema}.applied as known (caller, client_id, transaction_id, hash, answer)
                    values ($1, $2, $3, $4, $5)
                    on conflict (caller, client_id, transaction_id) do update
                        set hash = excluded.hash, answer = excluded.answer, applied_at = now()
                        where known.hash <> excluded.hash"
            ),
            purge: format!(
                "delete from {schema}.applied
                    where ctid in (select ctid from {schema}.applied
                        where applied_at < now() - pg_catalog.make_interval(days => $1) limit {PURGED})"
            ),
            letters: format!(
                "select id, rows from {schema}.dead_letters
                    where caller = $1 and client_id = $2 and closed_at is null order by id for update"
            ),
            append: format!(
                "update {schema}.dead_letters
                    set entries = entries || $2, rows = rows || $3 where id = $1"
            ),
            park: format!(
                "insert into {schema}.dead_letters
                    (caller, role, claims, client_id, release, transaction_id, entries, rows,
                        failed_entry, code, detail, reason)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id"
            ),
        }
    }
}

/// The answer to a transaction of which all was applied.
const APPLIED: &str = r#"{"status":"success"}"#;

/// Becomes the caller until the transaction ends.
const BECOME: &str = "pg_catalog.set_config('statement_timeout', $5, true),
    pg_catalog.set_config('request.jwt.claims', $6, true),
    pg_catalog.set_config('synctable.client_id', $7, true),
    pg_catalog.set_config('role', $8, true)";

impl<C: Changes> Bridge<C> {
    /// Removes the records of what was applied so many days ago; a device that sends it again after that is not known.
    ///
    /// # Errors
    /// The database fails.
    pub async fn purge(&self) -> Result<u64, String> {
        let days = i32::try_from(self.config.uploads.keep_applied_days).unwrap_or(i32::MAX);
        let link = self.link().await.map_err(|failure| failure.to_string())?;
        let mut removed = 0;
        loop {
            let some = link
                .client
                .execute_typed(&self.texts.purge, &[(&days, Type::INT4)])
                .await
                .map_err(|error| Failure::from(error).to_string())?;
            removed += some;
            if some < PURGED {
                return Ok(removed);
            }
        }
    }
}

/// How many records a statement removes at most.
const PURGED: u64 = 10_000;

/// A name as Postgres reads it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The answer that a record holds.
pub(crate) fn stored(text: &str) -> Option<Answer> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    /// An entry as it is sent, and the text by which it is known again.
    #[derive(Deserialize)]
    struct Vector {
        entry: String,
        known: String,
    }

    #[test]
    fn an_entry_is_known_by_the_text_that_the_worker_makes_as_well() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/cases/vectors/known.json"
        );
        let text = std::fs::read_to_string(path).expect("the vectors are there");
        let vectors: Vec<Vector> = serde_json::from_str(&text).expect("they are JSON");
        for Vector { entry, known } in &vectors {
            let entry = Entry::from_json(entry).expect(entry);
            assert_eq!(known_text(&entry), *known);
        }
    }
}
