//! Streams bring synced tables, and every parameter selects something.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Expr, Model};

/// A stream names tables that are downloaded; its parameters are used, and automatic streams have none.
pub(super) fn speak_of_synced_tables(model: &Model, cx: &mut Complaints) {
    for stream in model.streams.values() {
        let place = Place::new(["streams", &stream.name]);
        for entry in &stream.tables {
            let downloads = model
                .tables
                .get(&entry.table)
                .is_none_or(|table| table.sync.downloads());
            if !downloads {
                cx.push(
                    place.clone().key("tables").key(&entry.table),
                    Diagnostic::error(
                        codes::STREAM_OF_UNSYNCED,
                        format!(
                            "the stream `{}` contains `{}`, which is not synced to devices",
                            stream.name, entry.table
                        ),
                    )
                    .help(
                        "write `sync: down` or `sync: both` on the table, or remove the table here",
                    ),
                );
            }
        }
        if stream.automatic && !stream.params.is_empty() {
            cx.push(
                place.clone().key("params"),
                Diagnostic::error(
                    codes::STREAM_AUTOMATIC_PARAMS,
                    format!(
                        "the stream `{}` is automatic, so it cannot have parameters",
                        stream.name
                    ),
                )
                .help(
                    "remove `automatic` or `params`: a device passes parameters when it subscribes",
                ),
            );
        }
        for (name, _) in &stream.params {
            for entry in &stream.tables {
                if !entry
                    .filter
                    .as_ref()
                    .is_some_and(|filter| mentions(filter, name))
                {
                    cx.push(
                        place.clone().key("tables").key(&entry.table),
                        Diagnostic::error(
                            codes::STREAM_PARAM_UNUSED,
                            format!(
                                "`{}` does not depend on the parameter `{name}`",
                                entry.table
                            ),
                        )
                        .help(format!(
                            "filter the table by `:{name}`, or move it to another stream"
                        )),
                    );
                }
            }
        }
    }
}

fn mentions(expr: &Expr, param: &str) -> bool {
    matches!(expr, Expr::Param(name) if name == param)
        || expr.children().any(|child| mentions(child, param))
}
