//! `POST /api/data`: the endpoint that PowerSync's connectors send their upload queue to.

use super::document::{
    Additional, Content, MediaType, Operation, PathItem, RequestBody, Response, Schema,
};
use crate::map::IndexMap;
use serde_json::Value;
use synctable::crud::Code;

/// Transactions in one request, at most.
const MAX_TRANSACTIONS: u32 = 50;

pub(super) fn path(example: Value) -> PathItem {
    PathItem::Post(Operation {
        operation_id: "uploadData",
        summary: "Applies transactions of a device's upload queue",
        description: "Each transaction is applied in a database transaction of its own, in the order of the queue; one that is sent again has no further effect.",
        security: None,
        request_body: Some(RequestBody {
            required: true,
            content: Content {
                json: MediaType {
                    example: Some(example),
                    ..json("WriteRequest").json
                },
            },
        }),
        responses: IndexMap::from_iter([
            (
                "200",
                told(
                    "One result for each transaction, in their order.",
                    "WriteResponse",
                ),
            ),
            ("400", told("The body has another form.", "Error")),
            ("401", told("The token is missing or not valid.", "Error")),
            (
                "413",
                told("The body is too large: send fewer transactions.", "Error"),
            ),
            ("429", told("Too many requests: try again later.", "Error")),
            (
                "500",
                told(
                    "Something unexpected; it is not known what was applied.",
                    "Error",
                ),
            ),
            (
                "503",
                told("The database cannot be reached: try again later.", "Error"),
            ),
        ]),
    })
}

/// `POST /api/sync`: where devices with plain SQLite push and pull at once.
pub(super) fn sync() -> PathItem {
    PathItem::Post(Operation {
        operation_id: "sync",
        summary: "Applies what a device wrote, and answers with what changed since it asked last",
        description: "Transactions are applied as those of `/api/data` are. The device applies the answer in one transaction and keeps the cursor in the same one.",
        security: None,
        request_body: Some(RequestBody {
            required: true,
            content: json("SyncRequest"),
        }),
        responses: IndexMap::from_iter([
            (
                "200",
                told("The results, and what changed.", "SyncResponse"),
            ),
            (
                "400",
                told(
                    "The body has another form, or the cursor is not one: send null for it.",
                    "Error",
                ),
            ),
            ("401", told("The token is missing or not valid.", "Error")),
            (
                "413",
                told("The body is too large: send fewer transactions.", "Error"),
            ),
            ("429", told("Too many requests: try again later.", "Error")),
            (
                "500",
                told(
                    "Something unexpected; it is not known what was applied.",
                    "Error",
                ),
            ),
            (
                "503",
                told("The database cannot be asked: try again later.", "Error"),
            ),
        ]),
    })
}

/// `POST /api/checkpoint`: where devices ask for a write checkpoint once their queue is drained.
pub(super) fn checkpoint() -> PathItem {
    PathItem::Post(Operation {
        operation_id: "checkpoint",
        summary: "Makes a write checkpoint for a device whose queue is drained",
        description: "The header `Synctable-Client-Id` names the device. Its rows come down before the number does.",
        security: None,
        request_body: Some(RequestBody {
            required: false,
            content: json("CheckpointRequest"),
        }),
        responses: IndexMap::from_iter([
            (
                "200",
                told("The number of the checkpoint.", "CheckpointResponse"),
            ),
            (
                "400",
                told(
                    "The body has another form, or the device has no name.",
                    "Error",
                ),
            ),
            ("401", told("The token is missing or not valid.", "Error")),
            ("413", told("The body is too large.", "Error")),
            ("429", told("Too many requests: try again later.", "Error")),
            ("500", told("Something unexpected: ask again.", "Error")),
            (
                "503",
                told("The database cannot be reached: try again later.", "Error"),
            ),
        ]),
    })
}

/// The schemas of `/api/checkpoint`.
pub(super) fn checkpoint_schemas() -> [(&'static str, Schema); 2] {
    let number = || Schema {
        pattern: Some("^[1-9][0-9]{0,18}$".to_owned()),
        ..Schema::of("string")
    };
    [
        (
            "CheckpointRequest",
            Schema {
                additional_properties: Some(Additional::Any(false)),
                ..Schema::object(
                    &[],
                    [(
                        "request_id",
                        number().told(
                            "The number of the request, if the device counts them; otherwise it gets the next one.",
                        ),
                    )],
                )
            },
        ),
        (
            "CheckpointResponse",
            Schema::object(
                &["checkpoint"],
                [(
                    "checkpoint",
                    number().told("The number that was asked for, or a greater one that the server knows."),
                )],
            ),
        ),
    ]
}

/// `POST /api/objects`: where devices ask for a URL to upload an object to, or to download it from.
pub(super) fn objects() -> PathItem {
    PathItem::Post(Operation {
        operation_id: "signObject",
        summary: "Signs a URL for an object of a storage bucket",
        description: "The rules of the bucket decide, as they do over its objects. Upload the object before the row that names it.",
        security: None,
        request_body: Some(RequestBody {
            required: true,
            content: json("ObjectRequest"),
        }),
        responses: IndexMap::from_iter([
            (
                "200",
                told(
                    "A request to send as it is, with the bytes of an upload.",
                    "ObjectResponse",
                ),
            ),
            (
                "400",
                told(
                    "The body has another form, the app has no such bucket (`bucket`), the path is not one of its objects (`path`), or the upload is too large (`bytes`).",
                    "Error",
                ),
            ),
            ("401", told("The token is missing or not valid.", "Error")),
            (
                "403",
                told(
                    "The rules of the bucket do not allow it (`refused`).",
                    "Error",
                ),
            ),
            (
                "404",
                told("The bucket has no object with this path.", "Error"),
            ),
            (
                "409",
                told("There is an object already (`exists`).", "Error"),
            ),
            ("413", told("The body is too large.", "Error")),
            ("429", told("Too many requests: try again later.", "Error")),
            ("500", told("Something unexpected: ask again.", "Error")),
            (
                "503",
                told(
                    "The database or the service of the objects cannot be asked: try again later.",
                    "Error",
                ),
            ),
        ]),
    })
}

/// The schemas of `/api/objects`; `buckets` are the names of all.
pub(super) fn object_schemas(buckets: &[&str]) -> [(&'static str, Schema); 2] {
    let text = || Schema::of("string");
    let texts = Schema {
        additional_properties: Some(Additional::Of(Box::new(text()))),
        ..Schema::of("object")
    };
    [
        (
            "ObjectRequest",
            Schema {
                additional_properties: Some(Additional::Any(false)),
                ..Schema::object(
                    &["bucket", "path", "operation"],
                    [
                        ("bucket", Schema::one_of(buckets)),
                        (
                            "path",
                            text().told("The folders that the bucket declares, maybe more, and a name."),
                        ),
                        (
                            "operation",
                            Schema::one_of(&["upload", "replace", "download"]).told(
                                "`upload` adds an object where none is; `replace` also overwrites one.",
                            ),
                        ),
                        (
                            "bytes",
                            Schema {
                                minimum: Some(0),
                                ..Schema::of("integer")
                            }
                            .told("How many bytes are uploaded; S3 then takes exactly as many."),
                        ),
                    ],
                )
            },
        ),
        (
            "ObjectResponse",
            Schema::object(
                &["url", "method", "headers", "expires_in"],
                [
                    ("url", text()),
                    ("method", Schema::one_of(&["PUT", "GET"])),
                    ("headers", texts.told("Headers to send as they are.")),
                    (
                        "expires_in",
                        Schema {
                            minimum: Some(0),
                            ..Schema::of("integer")
                        }
                        .told("How many seconds the URL is valid."),
                    ),
                ],
            ),
        ),
    ]
}

/// The schemas of `/api/sync`.
pub(super) fn sync_schemas() -> [(&'static str, Schema); 2] {
    let text = || Schema::of("string");
    let texts = || Schema::list(text());
    let any = || Schema {
        additional_properties: Some(Additional::Any(true)),
        ..Schema::of("object")
    };
    let again = Schema {
        additional_properties: Some(Additional::Of(Box::new(texts()))),
        ..Schema::of("object")
    };
    let cursor = Schema {
        types: vec!["string", "null"],
        ..Schema::default()
    };
    [
        (
            "SyncRequest",
            Schema::object(
                &[],
                [
                    (
                        "transactions",
                        Schema {
                            max_items: Some(MAX_TRANSACTIONS),
                            ..Schema::list(Schema::reference("Transaction"))
                        },
                    ),
                    (
                        "cursor",
                        cursor.told("The cursor of the last answer; null for a device that has nothing."),
                    ),
                    (
                        "again",
                        again.told("Lists of ids by table: rows that are sent as they are now."),
                    ),
                    (
                        "limit",
                        Schema {
                            minimum: Some(1),
                            ..Schema::of("integer")
                        },
                    ),
                ],
            ),
        ),
        (
            "SyncResponse",
            Schema::object(
                &["results", "begin", "tables", "end", "cursor", "more"],
                [
                    ("results", Schema::list(Schema::reference("TransactionResult"))),
                    (
                        "begin",
                        texts().told("Tables that are sent whole from here on: the device marks the rows that it has."),
                    ),
                    (
                        "tables",
                        Schema::list(Schema::object(
                            &["table", "rows", "gone"],
                            [
                                ("table", text()),
                                ("rows", Schema::list(any()).told("Rows as the device stores them.")),
                                ("gone", texts().told("Ids of rows that are gone, or may not be read any more.")),
                            ],
                        )),
                    ),
                    (
                        "end",
                        texts().told("Tables that were sent to their end: rows that are still marked are removed."),
                    ),
                    ("cursor", text()),
                    (
                        "more",
                        Schema::of("boolean").told("Whether there is more: ask again at once."),
                    ),
                ],
            ),
        ),
    ]
}

/// `GET /health/live` and `GET /health/ready`: for whoever starts and watches the server.
pub(super) fn health() -> [(&'static str, PathItem); 2] {
    let get = |operation_id, summary, description, responses| {
        PathItem::Get(Operation {
            operation_id,
            summary,
            description,
            security: Some([]),
            request_body: None,
            responses,
        })
    };
    [
        (
            "/health/live",
            get(
                "healthLive",
                "Whether the server runs",
                "It asks nothing of the database.",
                IndexMap::from_iter([("200", told("It runs.", "Health"))]),
            ),
        ),
        (
            "/health/ready",
            get(
                "healthReady",
                "Whether the server takes uploads",
                "It asks the database, and whether its schema is the one that this document describes.",
                IndexMap::from_iter([
                    ("200", told("It takes uploads.", "Health")),
                    ("503", told("It takes no uploads at the moment.", "Health")),
                ]),
            ),
        ),
    ]
}

fn told(description: &'static str, name: &str) -> Response {
    Response {
        description,
        content: json(name),
    }
}

fn json(name: &str) -> Content {
    Content {
        json: MediaType {
            schema: Schema::reference(name),
            example: None,
        },
    }
}

/// The schemas of requests and answers; `entry` is that of an entry of any table.
pub(super) fn schemas(entry: Schema) -> [(&'static str, Schema); 10] {
    let int64 = || Schema {
        format: Some("int64"),
        ..Schema::of("integer")
    };
    let text = || Schema::of("string");
    let row = || Schema {
        additional_properties: Some(Additional::Any(true)),
        ..Schema::of("object")
    };
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
        ("CrudEntry", entry),
        (
            "EntryFacts",
            Schema::object(
                &["op", "id"],
                [
                    ("op", Schema::one_of(&["PUT", "PATCH", "DELETE"])),
                    ("id", text().told("The row's id.")),
                    ("transaction_id", int64()),
                    (
                        "previous_values",
                        row().told("The values before a PATCH or DELETE, where the table tracks them."),
                    ),
                    ("metadata", text().told("The metadata, where the table tracks it.")),
                ],
            )
            .told("What an entry says of itself."),
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
                    (
                        "error_code",
                        Schema {
                            any_of: vec![
                                Schema::reference("ErrorCode"),
                                Schema {
                                    pattern: Some("^[0-9A-Z]{5}$".to_owned()),
                                    ..text().told("Of Postgres, where the database refuses a value.")
                                },
                            ],
                            ..Schema::default()
                        },
                    ),
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
        ("ErrorCode", error_code()),
        (
            "Error",
            Schema::object(&["message"], [("code", text()), ("message", text())]),
        ),
        (
            "Health",
            Schema::object(
                &["status"],
                [
                    ("status", Schema::one_of(&["ok", "unavailable"])),
                    ("message", text()),
                ],
            ),
        ),
    ]
}

/// Why an entry is refused.
fn error_code() -> Schema {
    let mut words: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    // By a policy, or by a column that must agree.
    words.push("refused");
    Schema::one_of(&words)
}

/// The names of those schemas: no table's row may have one.
pub(super) const NAMES: [&str; 16] = [
    "WriteRequest",
    "Transaction",
    "CrudEntry",
    "EntryFacts",
    "WriteResponse",
    "TransactionResult",
    "FailedOperation",
    "ErrorCode",
    "Error",
    "Health",
    "SyncRequest",
    "SyncResponse",
    "CheckpointRequest",
    "CheckpointResponse",
    "ObjectRequest",
    "ObjectResponse",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_schemas() {
        let schemas = schemas(Schema::default()).into_iter().chain(sync_schemas());
        let schemas = schemas.chain(checkpoint_schemas());
        let schemas = schemas.chain(object_schemas(&[]));
        let names: Vec<&str> = schemas.map(|(name, _)| name).collect();
        assert_eq!(names, NAMES);
    }
}
