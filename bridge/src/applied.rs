//! What was applied before: a record for each transaction, in the database transaction that applied it.

use crate::protocol::{Answer, Transaction};
use sha2::{Digest, Sha256};
use synctable::crud::Entry;

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
    pub(crate) begin: String,
    pub(crate) record: String,
    pub(crate) purge: String,
    pub(crate) letters: String,
    pub(crate) append: String,
    pub(crate) park: String,
}

impl Texts {
    pub(crate) fn new(schema: &str) -> Self {
        let schema = quoted(schema);
        Texts {
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
                        where applied_at < now() - make_interval(days => $1) limit 10000)"
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

/// A name as Postgres reads it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The answer that a record holds.
pub(crate) fn stored(text: &str) -> Option<Answer> {
    serde_json::from_str(text).ok()
}
