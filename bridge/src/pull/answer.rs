//! What a device is answered when it pulls.

use serde::Serialize;
use serde_json::value::RawValue;
use synctable::Value;
use synctable::pull::PullTable;
use tokio_postgres::Row;

/// An answer. A device applies it in one transaction, and keeps the cursor in the same one.
#[derive(Debug, Default, Serialize)]
pub struct Pulled {
    /// The tables that are sent whole from here on: the device marks the rows that it has of them.
    pub begin: Vec<&'static str>,
    /// Rows, table by table.
    pub tables: Vec<OfTable>,
    /// The tables that were sent to their end: the device removes the rows that are still marked.
    pub end: Vec<&'static str>,
    /// Where the device stands then.
    pub cursor: String,
    /// Whether there is more at once.
    pub more: bool,
}

/// What changed of a table.
#[derive(Debug, Serialize)]
pub struct OfTable {
    /// Its name on the device.
    pub table: String,
    /// Rows as they are now, each with every column that the device has.
    pub rows: Vec<Box<RawValue>>,
    /// The ids of rows that are gone, or that the caller may not read any more.
    pub gone: Vec<String>,
}

impl Pulled {
    /// What is said of a table.
    pub(super) fn of(&mut self, name: &str) -> &mut OfTable {
        let place = self.tables.iter().position(|one| one.table == name);
        let place = place.unwrap_or_else(|| {
            self.tables.push(OfTable {
                table: name.to_owned(),
                rows: Vec::new(),
                gone: Vec::new(),
            });
            self.tables.len() - 1
        });
        &mut self.tables[place]
    }
}

/// The texts of the key with which a row begins.
pub(super) fn key(table: &PullTable, row: &Row) -> Result<Vec<String>, tokio_postgres::Error> {
    let places = 0..table.table.key.len();
    let texts = places.map(|place| {
        let value: Value<'_> = row.try_get(place)?;
        Ok(value.key_text().map(Into::into).unwrap_or_default())
    });
    texts.collect()
}

/// The id that devices know a row by.
pub(super) fn id(table: &PullTable, key: &[String]) -> String {
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    table.table.id.compose(&key)
}

/// A row as devices store it.
pub(super) fn row(
    table: &PullTable,
    key: &[String],
    row: &Row,
) -> Result<Box<RawValue>, tokio_postgres::Error> {
    let mut json = String::from("{\"id\":");
    json.push_str(&text(&id(table, key)));
    for (place, column) in table.columns().enumerate() {
        if table.table.is_client_id(column) || !column.on_client() {
            continue;
        }
        let value: Value<'_> = row.try_get(place)?;
        json.push(',');
        json.push_str(&text(column.client_name));
        json.push(':');
        match value {
            Value::Null => json.push_str("null"),
            Value::Integer(number) => json.push_str(&number.to_string()),
            Value::Real(number) => json.push_str(&real(number)),
            Value::Text(said) => json.push_str(&text(&said)),
        }
    }
    json.push('}');
    Ok(RawValue::from_string(json).expect("it is JSON"))
}

fn text(text: &str) -> String {
    serde_json::to_string(text).expect("a text has a form")
}

/// A number as SQLite reads it back: an infinite one is one past the largest, and NaN is NULL in SQLite.
fn real(number: f64) -> String {
    match number {
        _ if number.is_nan() => "null".to_owned(),
        f64::INFINITY => "9e999".to_owned(),
        f64::NEG_INFINITY => "-9e999".to_owned(),
        _ => format!("{number:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::real;

    #[test]
    fn numbers_are_json_that_reads_back_the_same() {
        for number in [0.0, -0.0, 0.1 + 0.2, 1e21, -1e-300, f64::MAX, 5e-324] {
            assert_eq!(
                serde_json::from_str::<f64>(&real(number)).expect("JSON"),
                number
            );
        }
        assert_eq!([f64::INFINITY, f64::NAN].map(real), ["9e999", "null"]);
    }
}
