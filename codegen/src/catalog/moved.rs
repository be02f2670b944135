//! Columns that move with every change of their row: a trigger sets them to the time, whoever writes.

use super::helper::{Call, Helper, ident};
use super::{now_of, server_columns, server_tables};
use crate::map::IndexMap;
use crate::model::{Column, Model};
use synctable::derived_name;

/// A function for each name and kind of such a column, with its triggers.
pub(super) fn helpers(model: &Model) -> impl Iterator<Item = Helper> {
    let mut by_function: IndexMap<String, (&Column, Vec<Call>)> = IndexMap::default();
    for table in server_tables(model) {
        for column in server_columns(table).filter(|column| column.moves) {
            let function = function(column);
            let (_, calls) = by_function
                .entry(function.clone())
                .or_insert((column, Vec::new()));
            calls.push(Call {
                // Behind the triggers that begin with `_`, which put back what an upload may not change.
                trigger: function,
                table: table.name.clone(),
                when: "before update".to_owned(),
                of: Vec::new(),
                changed: Vec::new(),
                bound: false,
                by_client: false,
                rows: None,
                arguments: Vec::new(),
            });
        }
    }
    by_function
        .into_iter()
        .map(|(function, (column, triggers))| {
            let body = [
                "begin".to_owned(),
                format!(
                    "    new.{} := {};",
                    ident(&column.name),
                    now_of(&column.kind)
                ),
                "    return new;".to_owned(),
                "end".to_owned(),
            ];
            Helper {
                function,
                of: None,
                doc: format!("Sets {} to the time of a change.", column.name),
                security_definer: false,
                body: body.to_vec(),
                triggers,
            }
        })
}

/// The function, and the triggers that call it: `move_updated_at`.
fn function(column: &Column) -> String {
    match now_of(&column.kind) {
        "now()" => derived_name(&["move"], &column.name),
        _ => derived_name(&["move", &column.name], "utc"),
    }
}
