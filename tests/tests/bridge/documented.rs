//! Every answer is one of those that the generated OpenAPI file describes.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::cases::workspace;

use crate::bridge::client::Reply;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let path = workspace().join("schema/generated/openapi/openapi.json");
    let text = std::fs::read_to_string(path).expect("the workspace has an OpenAPI file");
    serde_json::from_str(&text).expect("it is JSON")
});

/// Holds an answer against the document.
///
/// # Panics
/// The status is not described, or the body has another form.
pub(crate) fn documented(method: &str, path: &str, reply: &Reply) {
    let responses = &DOCUMENT["paths"][path][method]["responses"];
    let described = &responses[reply.status.to_string()]["content"]["application/json"]["schema"];
    assert!(described.is_object(), "{method} {path}: {reply:?}");
    let mut schema = described.clone();
    schema["components"] = json!({"schemas": DOCUMENT["components"]["schemas"]});
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let body = reply.json();
    let errors: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{method} {path}: {errors:?}: {reply:?}");
}

#[test]
fn an_answer_of_another_form_is_seen() {
    let reply = |status, body: Value| Reply {
        status,
        headers: Vec::new(),
        body: body.to_string(),
    };
    let bad = [
        reply(200, json!({"results": [{"status": "done"}]})),
        reply(
            200,
            json!({"results": [{"status": "fatal_error", "failed_operation": {"error_code": "no"}}]}),
        ),
        reply(400, json!({"error": "x"})),
        reply(418, json!({"message": "x"})),
    ];
    for reply in bad {
        let seen = std::panic::catch_unwind(|| documented("post", "/api/data", &reply));
        assert!(seen.is_err(), "{reply:?}");
    }
}
