//! Columns with the role `changed`: a trigger sets them to the number of the transaction that wrote the row.
//!
//! Who pulls asks for the rows of transactions from a number on, and below the oldest one that still runs.

use super::helper::{Call, Helper, ident};
use super::server_tables;
use crate::map::IndexMap;
use crate::model::{Column, Model};
use synctable::{Role, derived_name};

/// The number of the transaction, as the column holds it.
pub(crate) const NUMBER_OF_CHANGE: &str = "pg_current_xact_id()::text::bigint";

/// A function for each name of such a column, with its triggers.
pub(super) fn helpers(model: &Model) -> impl Iterator<Item = Helper> {
    let mut by_column: IndexMap<&str, (&Column, Vec<Call>)> = IndexMap::default();
    for table in server_tables(model) {
        let Some(column) = table.on_server(Role::Changed) else {
            continue;
        };
        let (_, calls) = by_column
            .entry(&column.name)
            .or_insert((column, Vec::new()));
        calls.push(Call {
            // Behind the triggers that begin with `_`, which put back what an upload may not change.
            trigger: function(column),
            table: table.name.clone(),
            when: "before insert or update".to_owned(),
            of: Vec::new(),
            changed: Vec::new(),
            bound: false,
            by_client: false,
            rows: None,
            arguments: Vec::new(),
        });
    }
    by_column.into_values().map(|(column, triggers)| Helper {
        function: function(column),
        of: None,
        doc: format!(
            "Sets {} to the number of the transaction that writes the row.",
            column.name
        ),
        security_definer: false,
        body: vec![
            "begin".to_owned(),
            format!("    new.{} := {NUMBER_OF_CHANGE};", ident(&column.name)),
            "    return new;".to_owned(),
            "end".to_owned(),
        ],
        triggers,
    })
}

/// The function, and the triggers that call it: `mark_changed`.
fn function(column: &Column) -> String {
    derived_name(&["mark"], &column.name)
}
