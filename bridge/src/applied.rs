//! What was applied before: a record for each transaction, in the database transaction that applied it.

use crate::app::Changes;
use crate::apply::{Bridge, Failure};
use crate::protocol::{Answer, Transaction};
use sha2::{Digest, Sha256};
use synctable::crud::Entry;
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
        hasher.update(Entry::to_json(entry));
        hasher.update([0]);
    }
    hasher.finalize().to_vec()
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
