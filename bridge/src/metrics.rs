//! What is counted, for Prometheus.

use crate::apply::Failure;
use crate::protocol::{Answer, Transaction, Word};
use metrics::{counter, histogram};
use std::time::Duration;

/// Counts a transaction by its answer.
pub(crate) fn transaction(answer: &Answer) {
    counter!("bridge_transactions_total", "status" => answer.status()).increment(1);
}

/// Counts the entries of a transaction that was applied.
pub(crate) fn entries(transaction: &Transaction<'_>, answer: &Answer) {
    let Answer::Success { outcomes } = answer else {
        return;
    };
    histogram!("bridge_transaction_entries").record(transaction.entries.len() as f64);
    for (place, (entry, _)) in transaction.entries.iter().enumerate() {
        let outcome = match outcomes.get(place) {
            None | Some(Word::Applied) => "applied",
            Some(Word::Same) => "same",
            Some(Word::Stale) => "stale",
            Some(Word::Gone) => "gone",
            Some(Word::Waiting) => "waiting",
            Some(Word::Refused) => "refused",
        };
        let table = entry.table.clone().into_owned();
        counter!("bridge_entries_total", "table" => table, "outcome" => outcome).increment(1);
    }
}

/// Counts a transaction that was applied before.
pub(crate) fn repeated() {
    counter!("bridge_repeated_total").increment(1);
}

/// Counts a dead letter by its code.
pub(crate) fn dead_letter(answer: &Answer) {
    if let Answer::FatalError {
        failed_operation, ..
    } = answer
    {
        let code = failed_operation.error_code.clone();
        counter!("bridge_dead_letters_total", "code" => code).increment(1);
    }
}

/// Counts an attempt that failed for no entry's reason.
pub(crate) fn failure(failure: &Failure) {
    let kind = match failure {
        Failure::Connection(_) => "connection",
        Failure::Run(_) => "postgres",
        Failure::Record(_) => "record",
    };
    counter!("bridge_failures_total", "kind" => kind).increment(1);
}

/// Counts a request by its status, and how long it took.
pub(crate) fn request(status: u16, took: Duration) {
    counter!("bridge_requests_total", "status" => status.to_string()).increment(1);
    histogram!("bridge_request_seconds").record(took.as_secs_f64());
}
