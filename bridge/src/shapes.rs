//! What connectors of PowerSync's demos send, said in the words of the protocol.
//!
//! `POST {"batch": [{op, table, id, data}]}` is a transaction; `PUT`, `PATCH` and `DELETE` with `{table, data: {id, …}}` are
//! one of one entry. Some send every value as a text, so that numbers are read out of texts for columns of numbers.

use crate::protocol::Malformed;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use synctable::facts::ColumnType;
use synctable::{ColumnDef, Registry};

/// Members that are not known are passed over: each demo has others.
#[derive(Deserialize)]
struct Batch {
    batch: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    op: String,
    #[serde(alias = "type")]
    table: String,
    id: String,
    #[serde(alias = "op_data", alias = "opData")]
    data: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Single {
    table: String,
    data: Map<String, Value>,
}

#[derive(Serialize)]
struct Body {
    transactions: [Transaction; 1],
}

#[derive(Serialize)]
struct Transaction {
    crud: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    op: String,
    table: String,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    op_data: Option<Map<String, Value>>,
}

/// The body of the protocol that a request means; `None` where it has the protocol's own form.
///
/// # Errors
/// It has none of the forms.
pub(crate) fn translated(
    method: &str,
    body: &[u8],
    registry: &'static Registry,
) -> Result<Option<Vec<u8>>, Malformed> {
    let crud = match method {
        "POST" => match serde_json::from_slice::<Batch>(body) {
            Ok(Batch { batch }) => batch.into_iter().map(|one| one.entry(registry)).collect(),
            // What is wrong with it is told of the protocol's form.
            Err(_) => return Ok(None),
        },
        op => {
            let Single { table, mut data } = serde_json::from_slice(body).map_err(|error| {
                Malformed::Form(format!(
                    "the body is not an object with `table` and `data`: {error}"
                ))
            })?;
            let Some(Value::String(id)) = data.remove("id") else {
                return Err(Malformed::Form("`data` does not have an `id`".to_owned()));
            };
            let operation = Operation {
                op: op.to_owned(),
                table,
                id,
                data: Some(data),
            };
            vec![operation.entry(registry)]
        }
    };
    let body = Body {
        transactions: [Transaction { crud }],
    };
    Ok(Some(serde_json::to_vec(&body).expect("it is JSON")))
}

impl Operation {
    fn entry(self, registry: &'static Registry) -> Entry {
        let op = self.op.to_ascii_uppercase();
        let mut data = self.data.unwrap_or_default();
        data.remove("id");
        if let Some(table) = registry.client_table(&self.table) {
            for (name, value) in &mut data {
                if let Some(column) = table.client_column(name) {
                    *value = fitted(column, value.take());
                }
            }
        }
        Entry {
            op_data: (op != "DELETE").then_some(data),
            op,
            table: self.table,
            id: self.id,
        }
    }
}

/// A value in the form in which the protocol has it: some devices send numbers as texts, truth values as such, and what
/// is in json columns as it is.
pub(crate) fn fitted(column: &ColumnDef, value: Value) -> Value {
    let is_text = column.kind.column_type() == ColumnType::Text;
    match value {
        Value::String(text) if !is_text => match text.parse::<serde_json::Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(text),
        },
        Value::Bool(is_true) if !is_text => Value::from(u8::from(is_true)),
        value @ (Value::Array(_) | Value::Object(_)) if is_text => Value::String(value.to_string()),
        value => value,
    }
}
