//! `POST /api/data`: the endpoint that PowerSync's connectors send their upload queue to.

use super::document::{Content, MediaType, Operation, PathItem, RequestBody, Response, Schema};
use indexmap::IndexMap;

/// Transactions in one request, at most.
const MAX_TRANSACTIONS: u32 = 50;

pub(super) fn path() -> PathItem {
    let told = |description, name| Response {
        description,
        content: json(name),
    };
    PathItem {
        post: Operation {
            operation_id: "uploadData",
            summary: "Applies transactions of a device's upload queue",
            description: "Each transaction is applied in a database transaction of its own, in the order of the queue; one that is sent again has no further effect.",
            request_body: RequestBody {
                required: true,
                content: json("WriteRequest"),
            },
            responses: IndexMap::from([
                (
                    "200",
                    told(
                        "One result for each transaction, in their order.",
                        "WriteResponse",
                    ),
                ),
                ("400", told("The body is none of this form.", "Error")),
                ("401", told("The token is missing or not valid.", "Error")),
                (
                    "500",
                    told(
                        "Something unexpected; nothing is known of what was applied.",
                        "Error",
                    ),
                ),
            ]),
        },
    }
}

fn json(name: &str) -> Content {
    Content {
        json: MediaType {
            schema: Schema::reference(name),
        },
    }
}

/// The schemas of requests and answers; `tables` are the client names of the tables that devices write.
pub(super) fn schemas(tables: &[&str]) -> [(&'static str, Schema); 7] {
    let int64 = || Schema {
        format: Some("int64"),
        ..Schema::of("integer")
    };
    let text = || Schema::of("string");
    let row = || Schema::of("object");
    [
        (
            "WriteRequest",
            Schema::object(
                &["transactions"],
                [(
                    "transactions",
                    Schema {
                        min_items: Some(1),
                        max_items: Some(MAX_TRANSACTIONS),
                        ..Schema::list(Schema::reference("Transaction"))
                    },
                )],
            ),
        ),
        (
            "Transaction",
            Schema::object(
                &["crud"],
                [
                    ("transaction_id", int64()),
                    ("crud", Schema::list(Schema::reference("CrudEntry"))),
                ],
            )
            .told("What one transaction on the device changed; it is never split."),
        ),
        (
            "CrudEntry",
            Schema::object(
                &["op", "table", "id"],
                [
                    ("op", Schema::one_of(&["PUT", "PATCH", "DELETE"])),
                    ("table", Schema::one_of(tables).told("The device's name of the table.")),
                    ("id", text().told("The row's id.")),
                    (
                        "op_data",
                        row().told("PUT: every column that is not null. PATCH: the changed columns, null for NULL. DELETE: absent."),
                    ),
                    ("transaction_id", int64()),
                    (
                        "previous_values",
                        row().told("The values before a PATCH or DELETE, where the table tracks them."),
                    ),
                    ("metadata", text().told("The metadata, where the table tracks it.")),
                ],
            ),
        ),
        (
            "WriteResponse",
            Schema::object(
                &["results"],
                [("results", Schema::list(Schema::reference("TransactionResult")))],
            ),
        ),
        (
            "TransactionResult",
            Schema::object(
                &["status"],
                [
                    (
                        "status",
                        Schema::one_of(&["success", "retryable_error", "fatal_error", "not_attempted"]),
                    ),
                    ("message", text()),
                    (
                        "retry_after_ms",
                        Schema {
                            minimum: Some(0),
                            ..int64()
                        },
                    ),
                    (
                        "requires_client_handling",
                        Schema::of("boolean").told(
                            "After a fatal error: the device keeps the transaction until its user decides.",
                        ),
                    ),
                    ("failed_operation", Schema::reference("FailedOperation")),
                ],
            ),
        ),
        (
            "FailedOperation",
            Schema::object(
                &["error_code"],
                [
                    ("error_code", text()),
                    ("message", text()),
                    ("details", text()),
                    (
                        "operation_index",
                        Schema {
                            minimum: Some(0),
                            ..Schema::of("integer")
                        },
                    ),
                ],
            ),
        ),
        ("Error", Schema::object(&["message"], [("message", text())])),
    ]
}

/// The names of those schemas: no table's row may have one.
pub(super) const NAMES: [&str; 7] = [
    "WriteRequest",
    "Transaction",
    "CrudEntry",
    "WriteResponse",
    "TransactionResult",
    "FailedOperation",
    "Error",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_schemas() {
        assert_eq!(schemas(&[]).map(|(name, _)| name), NAMES);
    }
}
