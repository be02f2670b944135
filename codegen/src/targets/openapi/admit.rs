//! What OpenAPI cannot name.

use super::lower::{row_name, synced};
use super::{entries, write};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use std::collections::BTreeMap;

/// Schemas are named by ASCII letters, digits, `.`, `-` and `_`, and each once.
pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    let mut taken: BTreeMap<String, &str> = write::NAMES
        .iter()
        .map(|name| ((*name).to_owned(), "the endpoint for writes"))
        .collect();
    let rows = synced(model).map(|table| (table, "rows", row_name(table)));
    let written = entries::written(model).into_iter();
    let uploads = written.flat_map(|client| {
        let names = entries::names(client.table).into_iter();
        names.map(move |name| (client.table, "uploads", name))
    });
    for (table, what, name) in rows.chain(uploads) {
        let place = Place::table(&table.name);
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !name.chars().all(fits) {
            cx.push(
                place,
                refused(format!(
                    "the schema for {what} of `{}` would be named `{name}`, which is not a valid OpenAPI name",
                    table.client_name
                )),
            );
        } else if let Some(other) = taken.insert(name.clone(), &table.name) {
            cx.push(
                place,
                refused(format!(
                    "the schemas for {what} of `{}` and `{other}` would both be named `{name}`",
                    table.client_name
                )),
            );
        }
    }
}

fn refused(message: String) -> Diagnostic {
    Diagnostic::error(codes::OPENAPI_NAME, message).help("give the table another `client_name`")
}
