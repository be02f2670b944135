//! Rows in a device's SQLite through `rusqlite`, its upload queue, and its database from one version to the next.

mod answer;
pub mod pull;
pub mod queue;
mod upgrade;

pub use upgrade::{UpgradeError, Upgraded, upgrade};

use crate::ident::Database;
use crate::row::{RowError, SyncTable};
use crate::table::{CLIENT_ID, ColumnDef, TableDef};
use crate::value::Value;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row};
use std::fmt;

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// Blobs are refused: no column of a declared table holds one.
impl FromSql for Value<'static> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(Value::Null),
            ValueRef::Integer(number) => Ok(Value::Integer(number)),
            ValueRef::Real(number) => Ok(Value::Real(number)),
            ValueRef::Text(_) => value
                .as_str()
                .map(|text| Value::Text(text.to_owned().into())),
            ValueRef::Blob(_) => Err(FromSqlError::InvalidType),
        }
    }
}

/// Why a row did not go in or come out.
#[derive(Debug)]
pub enum Error {
    /// The row disagrees with its table.
    Row(RowError),
    /// SQLite said no.
    Sqlite(rusqlite::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Row(error) => error.fmt(f),
            Error::Sqlite(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<RowError> for Error {
    fn from(error: RowError) -> Self {
        Error::Row(error)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Error::Sqlite(error)
    }
}

/// Adds a row to the device's table.
///
/// # Errors
/// A key that makes no id, or what SQLite refuses.
pub fn insert<R: SyncTable>(connection: &Connection, row: &R) -> Result<(), Error> {
    let (names, values): (Vec<_>, Vec<_>) = row.to_client_row()?.into_iter().unzip();
    let columns: Vec<_> = names.into_iter().map(ident).collect();
    let places = vec!["?"; columns.len()].join(", ");
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({places})",
        ident(R::table().client_name),
        columns.join(", ")
    );
    connection
        .prepare_cached(&sql)?
        .execute(rusqlite::params_from_iter(values))?;
    Ok(())
}

/// The row of a query's row, whose columns are found by their names on the device.
///
/// # Errors
/// A column that the query does not select, or a value that is none of its column.
pub fn from_row<R: SyncTable>(row: &Row<'_>) -> Result<R, Error> {
    let table = R::table();
    let values = R::COLUMNS
        .iter()
        .map(|column| {
            let value = row.get::<_, Value<'static>>(column.client_name)?;
            Ok(of_column(table, column, value))
        })
        .collect::<Result<Vec<_>, rusqlite::Error>>()?;
    Ok(R::from_values(values)?)
}

/// What a `SELECT` lists for the columns of a row, in the order of its fields.
///
/// Columns are qualified where the table has another name in the query: `columns::<R>(Some("i"))`.
pub fn columns<R: SyncTable>(table: Option<&str>) -> String {
    let qualifier = table.map_or_else(String::new, |table| format!("{}.", ident(table)));
    let columns: Vec<_> = R::COLUMNS
        .iter()
        .map(|column| format!("{qualifier}{}", ident(column.client_name)))
        .collect();
    columns.join(", ")
}

/// The row of an id in the device's table, if there is one. Only for tables that have a text `id`.
///
/// # Errors
/// A value that is none of its column, or what SQLite refuses.
pub fn get<R: SyncTable>(connection: &Connection, id: &str) -> Result<Option<R>, Error> {
    let sql = format!(
        "SELECT {} FROM {} WHERE {} = ?",
        columns::<R>(None),
        ident(R::table().client_name),
        ident(CLIENT_ID)
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(from_row).transpose()
}

/// The text `id` as its column's own value: a number, where the key is one.
fn of_column<'v>(table: &TableDef, column: &ColumnDef, value: Value<'v>) -> Value<'v> {
    if table.client_type(column) == column.kind.column_type() {
        return value;
    }
    match value.key_text().and_then(|text| text.parse().ok()) {
        Some(number) => Value::Integer(number),
        None => value,
    }
}

fn ident(name: &str) -> std::borrow::Cow<'_, str> {
    Database::Sqlite.ident(name)
}
