//! What PowerSync cannot take.

use super::scopes::Scopes;
use super::{budget, lower, spelled};
use crate::catalog::published;
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::expr::Known;
use crate::model::{Clients, Model};
use crate::targets::{client_names, raw_tables};
use std::collections::BTreeSet;

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    client_names::admit(model, cx);
    raw_tables::admit(model, cx);
    raw_tables::admit_device_columns(model, cx);
    schemas(model, cx);
    let known = Known::of(model);
    if spelled::admit(&Scopes::of(model, &known), cx) {
        lower::lower(model, &Clients::default(), cx);
        budget::admit(model, cx);
    }
}

/// Schemas whose name the service takes for something else: `tag.schema` is another connection, `%` stands for any text; its
/// parser of SQL has no `*` between quotes, and leaves a doubled quote doubled.
fn schemas(model: &Model, cx: &mut Complaints) {
    let mut told = BTreeSet::new();
    for name in published(model) {
        let table = &model.tables[name];
        let schema = &table.schema;
        let Some(found) = schema.chars().find(|c| ".%*\"".contains(*c)) else {
            continue;
        };
        let place = match *schema == model.postgres.schema {
            true => Place::new(["postgres", "schema"]),
            false => Place::table(name).key("schema"),
        };
        // The schema of tables that name none is one mistake.
        if told.insert(place.clone()) {
            cx.push(
                place,
                Diagnostic::error(
                    codes::POWERSYNC_NAME,
                    format!(
                        "the schema `{schema}` of `{name}` contains `{found}`, which has a special meaning in PowerSync"
                    ),
                )
                .help("move the table to another schema"),
            );
        }
    }
}
