//! `show statements`: what applies uploads to Postgres, as SQL to read and as data to load.

use super::{Console, Exit};
use crate::diagnostic::nearest;
use crate::model::{Model, Table};
use crate::targets::mappers::statements;
use serde_json::{Map, Value, json};
use synctable::crud::Op;
use synctable::statement::{Connection, Param, Statement, StatementSet};

/// Prints the statements of one table, or of all that devices upload.
pub(super) fn show(model: &Model, wanted: Option<&str>, console: &mut Console) -> Exit {
    let mut all = statements::all(model);
    if let Some(wanted) = wanted {
        if !all.iter().any(|(table, _)| table.name == wanted) {
            let known = all.iter().map(|(table, _)| table.name.as_str());
            let way_out = match nearest(wanted, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`codegen show statements` prints all".to_owned(),
            };
            console.complain(&format!("devices upload no table `{wanted}`: {way_out}"));
            return Exit::Usage;
        }
        all.retain(|(table, _)| table.name == wanted);
    }
    if console.is_json() {
        let tables: Map<String, Value> = all
            .iter()
            .map(|(table, set)| (table.name.clone(), data(table, set)))
            .collect();
        console.json(&json!({"format": 1, "tables": tables}));
    } else {
        for (table, set) in &all {
            console.out(&text(table, set));
        }
    }
    Exit::Fine
}

fn data(table: &Table, set: &StatementSet) -> Value {
    let mut data = json!({"schema": table.schema, "table": table.name});
    let set = serde_json::to_value(set).expect("texts and words are JSON");
    if let (Value::Object(data), Value::Object(set)) = (&mut data, set) {
        data.extend(set);
    }
    data
}

fn text(table: &Table, set: &StatementSet) -> String {
    let mut text = String::new();
    for (connection, says) in [
        (Connection::RowSecurity, "row_security"),
        (Connection::Guarded, "guarded"),
    ] {
        for op in [Op::Put, Op::Patch, Op::Delete] {
            if let Some(one) = set.on(connection).of(op) {
                let params = params(one);
                text += &format!(
                    "-- {}: {op}, {says}; {params}\n{};\n\n",
                    table.name,
                    one.text.trim()
                );
            }
        }
    }
    text
}

fn params(one: &Statement) -> String {
    let params = one.params.iter().enumerate();
    let params = params.map(|(index, param)| {
        let says = match param {
            Param::Entries => "entries",
            Param::Subject => "subject",
            Param::Claims => "claims",
        };
        format!("${} {says}", index + 1)
    });
    params.collect::<Vec<_>>().join(", ")
}
