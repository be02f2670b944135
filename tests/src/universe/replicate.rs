//! The rows of a universe as PowerSync's service reads them from Postgres' replication.

use super::{Universe, tables_on_server};
use crate::node::replica::{Replicated, ReplicatedRow};
use synctable::{Database, Kind, Scalar};
use synctable_codegen::expr::print;
use synctable_codegen::model::{Literal, Model};

/// A value as it replicates.
#[must_use]
pub fn replicated(literal: &Literal, kind: &Kind) -> Replicated {
    match (literal, kind.carrier()) {
        (Literal::Null, _) => Replicated::Null,
        (Literal::Bool(value), _) => Replicated::Integer(i64::from(*value)),
        (Literal::Int(number), _) => Replicated::Integer(*number),
        (Literal::Decimal(number), Some(Scalar::Real | Scalar::Double)) => {
            Replicated::Real(number.parse().expect("a number"))
        }
        (Literal::Text(hex), Some(Scalar::Bytes)) => Replicated::Bytes(hex.clone()),
        (Literal::Text(text) | Literal::Json(text), _) => Replicated::Text(text.clone()),
        (Literal::Decimal(_) | Literal::List(_), _) => {
            // As SQLite stores it: without the quotes of the literal.
            let quoted = print::constant(literal, kind, Database::Sqlite);
            Replicated::Text(quoted[1..quoted.len() - 1].replace("''", "'"))
        }
    }
}

/// Every row, with its table and its place among that table's rows, in the order of the tables.
///
/// What Postgres stores as generated is not replicated.
#[must_use]
pub fn rows(model: &Model, universe: &Universe) -> Vec<(String, usize, ReplicatedRow)> {
    tables_on_server(model)
        .into_iter()
        .flat_map(|table| {
            let rows = universe.of(&table.name).iter().enumerate();
            rows.map(|(index, row)| {
                let record = row
                    .iter()
                    .map(|(name, value)| {
                        let kind = &table.columns[name].kind;
                        (name.clone(), replicated(value, kind))
                    })
                    .collect();
                let row = ReplicatedRow {
                    schema: Some(table.schema.clone()),
                    table: table.name.clone(),
                    record,
                };
                (table.name.clone(), index, row)
            })
        })
        .collect()
}
