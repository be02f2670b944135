//! An OpenAPI 3.x document as its consumers see it: the specification's schema, its references, JSON Schema 2020-12.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ask;

#[derive(Deserialize)]
struct Verdict {
    version: Option<String>,
    problems: Vec<String>,
}

#[derive(Deserialize)]
struct Fit {
    problems: Vec<String>,
}

/// Validates a document, YAML or JSON text, and returns the version it states.
///
/// Its schema objects are validated as JSON Schema too, which the specification's own schema leaves out.
///
/// # Errors
///
/// Every problem, each with the place it stands at.
pub fn validate(document: &str) -> Result<String, Vec<String>> {
    let verdict: Verdict = ask(&json!({"tool": "openapi", "document": document}));
    match verdict.version {
        Some(version) if verdict.problems.is_empty() => Ok(version),
        _ => Err(verdict.problems),
    }
}

/// Validates a JSON value against one schema of a document, for instance `#/components/schemas/Todo`.
///
/// # Errors
///
/// Every problem, each with the place in the value.
pub fn accepts(document: &str, schema: &str, value: &Value) -> Result<(), Vec<String>> {
    let fit: Fit = ask(&json!({
        "tool": "instance", "document": document, "pointer": schema, "value": value,
    }));
    if fit.problems.is_empty() {
        Ok(())
    } else {
        Err(fit.problems)
    }
}
