//! Transactions that could not be applied as they are: kept whole, and replayed as their caller.

use crate::applied::Texts;
use crate::apply::{Call, Failure};
use crate::protocol::{Failed, Transaction};
use synctable::crud::Entry;
use tokio_postgres::types::Type;

/// A transaction that is put into a dead letter, and why.
pub(crate) struct Parked<'p> {
    pub(crate) call: Call<'p>,
    pub(crate) transaction: &'p Transaction<'p>,
    pub(crate) failed: &'p Failed,
}

/// The row of an entry, as a text that no other row has: no name and no id that Postgres holds contains the separator.
pub(crate) fn row(entry: &Entry<'_>) -> String {
    let text = format!("{}\u{1f}{}", entry.table, entry.id);
    text.replace('\0', "\u{fffd}")
}

/// Adds a dead letter, and returns its number.
pub(crate) async fn park(
    under: &tokio_postgres::Transaction<'_>,
    texts: &Texts,
    parked: &Parked<'_>,
) -> Result<i64, Failure> {
    let Parked {
        call,
        transaction,
        failed,
    } = parked;
    let entries: Vec<&str> = transaction.entries.iter().map(|(_, text)| *text).collect();
    let rows: Vec<String> = transaction
        .entries
        .iter()
        .map(|(entry, _)| row(entry))
        .collect();
    let place = i32::try_from(failed.operation_index).unwrap_or(i32::MAX);
    let clean = |text: &str| text.replace('\0', "\u{fffd}");
    let (detail, message) = (failed.details.as_deref().map(clean), clean(&failed.message));
    let found = under
        .query_typed(
            &texts.park,
            &[
                (&call.caller.subject, Type::TEXT),
                (&call.caller.role, Type::TEXT),
                (&call.caller.claims, Type::TEXT),
                (&call.client, Type::TEXT),
                (&call.said_release, Type::TEXT),
                (&transaction.id, Type::INT8),
                (&entries, Type::TEXT_ARRAY),
                (&rows, Type::TEXT_ARRAY),
                (&place, Type::INT4),
                (&failed.error_code, Type::TEXT),
                (&detail, Type::TEXT),
                (&message, Type::TEXT),
            ],
        )
        .await?;
    match found.first() {
        Some(row) => Ok(row.try_get(0)?),
        None => Err(Failure::Record("a dead letter has no number".to_owned())),
    }
}
