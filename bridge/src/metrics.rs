//! What is counted, for Prometheus.

use crate::apply::Failure;
use crate::objects::{NotSigned, Operation, Signed};
use crate::protocol::{Answer, Failed, Transaction, Word};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, histogram};
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
pub(crate) fn dead_letter(failed: &Failed) {
    let code = failed.error_code.clone();
    counter!("bridge_dead_letters_total", "code" => code).increment(1);
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

/// Counts a question for a URL of an object of a bucket that is declared.
pub(crate) fn object(bucket: &str, operation: Operation, signed: &Result<Signed, NotSigned>) {
    let answer = match signed {
        Ok(_) => "signed",
        Err(NotSigned::Refused) => "refused",
        Err(
            NotSigned::Bucket
            | NotSigned::Path(_)
            | NotSigned::Bytes(_)
            | NotSigned::Exists
            | NotSigned::Absent,
        ) => "invalid",
        Err(NotSigned::Database(_) | NotSigned::Service(_)) => "failed",
    };
    let (bucket, operation) = (bucket.to_owned(), operation.as_str());
    counter!("bridge_objects_total", "bucket" => bucket, "operation" => operation, "answer" => answer)
        .increment(1);
}

/// Says what each metric is, and makes those that count from nothing visible.
pub(crate) fn describe() {
    describe_counter!(
        "bridge_requests_total",
        "Requests to `/api/data`, `/api/sync`, `/api/checkpoint` and `/api/objects`, by status."
    );
    describe_histogram!(
        "bridge_request_seconds",
        "How long requests to `/api/data`, `/api/sync`, `/api/checkpoint` and `/api/objects` took."
    );
    describe_counter!(
        "bridge_transactions_total",
        "Transactions, by the status of their answer."
    );
    describe_histogram!(
        "bridge_transaction_entries",
        "Entries of the transactions that were applied."
    );
    describe_counter!(
        "bridge_entries_total",
        "Entries of the transactions that were applied, by table and outcome."
    );
    describe_counter!(
        "bridge_repeated_total",
        "Transactions that were applied before and got the same answer."
    );
    describe_counter!(
        "bridge_objects_total",
        "Questions for a URL of an object, by bucket, operation and answer."
    );
    describe_counter!("bridge_dead_letters_total", "Dead letters, by their code.");
    describe_gauge!(
        "bridge_dead_letters_open",
        "Dead letters that are open, of all bridges."
    );
    describe_counter!(
        "bridge_failures_total",
        "Attempts that failed for no entry's reason, by kind."
    );
    describe_gauge!("bridge_connections", "Connections to Postgres.");
    describe_gauge!(
        "bridge_connections_free",
        "Connections that wait for a request."
    );
    describe_gauge!(
        "bridge_connections_waiting",
        "Requests that wait for a connection."
    );
}
