//! What OpenAPI cannot name.

use super::lower::{row_name, synced};
use super::write;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use std::collections::BTreeMap;

/// Schemas are named by ASCII letters, digits, `.`, `-` and `_`, and each once.
pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    let mut taken: BTreeMap<String, &str> = write::NAMES
        .iter()
        .map(|name| ((*name).to_owned(), "the endpoint for writes"))
        .collect();
    for table in synced(model) {
        let name = row_name(table);
        let place = Place::table(&table.name);
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !name.chars().all(fits) {
            cx.push(
                place,
                refused(format!(
                    "the schema for rows of `{}` would be named `{name}`, which is not a valid OpenAPI name",
                    table.client_name
                )),
            );
        } else if let Some(other) = taken.insert(name.clone(), &table.name) {
            cx.push(
                place,
                refused(format!(
                    "the schemas for rows of `{}` and `{other}` would both be named `{name}`",
                    table.client_name
                )),
            );
        }
    }
}

fn refused(message: String) -> Diagnostic {
    Diagnostic::error(codes::OPENAPI_NAME, message).help("give the table another `client_name`")
}
