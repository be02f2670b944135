//! A request as a device sends it, of the first table that devices add rows to.

use super::document::Schema;
use super::values::Values;
use crate::model::{ClientTable, Column, InPut, Model};
use serde_json::{Map, Value, json};
use synctable::Scalar;
use synctable::table::CLIENT_ID;

/// An id of which all see that it is one.
const ID: &str = "0192f0c1-7a3b-7cde-8f01-23456789abcd";

/// One transaction: a row is added, or else changed or deleted; `None` where devices write nothing.
pub(super) fn request(model: &Model, written: &[ClientTable<'_>]) -> Option<Value> {
    let mut tables = written.iter();
    let client = tables
        .find(|client| client.writes.put)
        .or(written.first())?;
    let writes = client.writes;
    let mut entry = Map::from_iter([
        (
            "op".to_owned(),
            json!(match (writes.put, writes.patch) {
                (true, _) => "PUT",
                (false, true) => "PATCH",
                (false, false) => "DELETE",
            }),
        ),
        ("table".to_owned(), json!(client.table.client_name)),
        ("id".to_owned(), json!(ID)),
    ]);
    if writes.put || writes.patch {
        let mut data = Map::new();
        let columns = client.columns.iter();
        let needed = columns.filter(|one| {
            let is_needed = one.in_put() == InPut::Required && !one.is_key;
            writes.put && is_needed && one.column.client_name != CLIENT_ID
        });
        for one in needed {
            data.insert(one.column.client_name.clone(), value(model, one.column));
        }
        entry.insert("op_data".to_owned(), Value::Object(data));
    }
    Some(json!({"transactions": [{"transaction_id": 1, "crud": [entry]}]}))
}

/// A value of a column, as a device has it.
fn value(model: &Model, column: &Column) -> Value {
    let schema: Schema = Values::new(model).whole(&column.kind);
    if let Some(label) = schema.values.as_ref().and_then(|labels| labels.first()) {
        return json!(label);
    }
    match column.kind.carrier() {
        Some(Scalar::Uuid) => json!(ID),
        Some(Scalar::Text | Scalar::Varchar(_)) => json!("a"),
        Some(Scalar::Bool | Scalar::Smallint | Scalar::Int | Scalar::Bigint) => json!(1),
        Some(Scalar::Real | Scalar::Double) => json!(0.5),
        Some(Scalar::Decimal { .. }) => json!("1"),
        Some(Scalar::Date) => json!("2026-01-31"),
        Some(Scalar::Time) => json!("15:47:12"),
        Some(Scalar::Timestamp) => json!("2026-01-31T15:47:12"),
        Some(Scalar::Timestamptz) => json!("2026-01-31T15:47:12Z"),
        Some(Scalar::Interval) => json!("1 day"),
        Some(Scalar::Json) => json!("{}"),
        Some(Scalar::Bytes) => json!("00ff"),
        None => json!("[]"),
    }
}
