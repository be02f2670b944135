//! Rows in the server's Postgres through `tokio-postgres`, and through `postgres` in [`blocking`].
//!
//! A [`Value`] is written as text, in which Postgres reads every type, and read from the binary form that its drivers
//! ask for. Nothing goes through a float that is none: decimals, times and intervals are exact.
//!
//! ```no_run
//! # use synctable::{SyncTable, Value};
//! # async fn example<R: SyncTable>(client: &tokio_postgres::Client, id: &str) -> Result<(), Box<dyn std::error::Error>> {
//! use synctable::postgres;
//! if let Some(row) = postgres::get::<R>(client, id).await? {
//!     let other = client.query_one("select * from archive", &[]).await?;
//!     assert_eq!(row.to_values(), postgres::from_row::<R>(&other)?.to_values());
//! }
//! # Ok(())
//! # }
//! ```

mod numeric;
mod read;
mod text;

#[cfg(feature = "postgres")]
pub mod blocking;

use crate::id::IdError;
use crate::ident::Database;
use crate::kind::Kind;
use crate::row::{RowError, SyncTable};
use crate::table::ColumnDef;
use crate::value::Value;
use std::fmt;
use tokio_postgres::types::ToSql;
use tokio_postgres::{GenericClient, Row};

/// Why a row did not go in or come out.
#[derive(Debug)]
pub enum Error {
    /// The row disagrees with its table.
    Row(RowError),
    /// The id is none of the table's.
    Id(IdError),
    /// Postgres said no, or its answer could not be read.
    Postgres(tokio_postgres::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Row(error) => error.fmt(f),
            Error::Id(error) => error.fmt(f),
            Error::Postgres(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Row(error) => Some(error),
            Error::Id(error) => Some(error),
            Error::Postgres(error) => Some(error),
        }
    }
}

impl From<RowError> for Error {
    fn from(error: RowError) -> Self {
        Error::Row(error)
    }
}

impl From<IdError> for Error {
    fn from(error: IdError) -> Self {
        Error::Id(error)
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Error::Postgres(error)
    }
}

/// The row of a query's row, whose columns are found by their names on the server.
///
/// A column of an opaque kind has to be selected as text (`embedding::text as embedding`): its binary form is its
/// extension's own. [`columns`] writes the list.
///
/// # Errors
/// A column that the query does not select, a type that is none of ours, a value that is none of its column.
pub fn from_row<R: SyncTable>(row: &Row) -> Result<R, Error> {
    let values = R::COLUMNS
        .iter()
        .map(|column| row.try_get::<_, Value<'_>>(column.name))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(R::from_values(values)?)
}

/// What a `select` lists for the columns of a row, in the order of its fields.
///
/// Columns are qualified where the table has another name in the query: `columns::<R>(Some("i"))`.
pub fn columns<R: SyncTable>(table: Option<&str>) -> String {
    let qualifier = table.map_or_else(String::new, |table| format!("{}.", ident(table)));
    let columns: Vec<_> = R::COLUMNS
        .iter()
        .map(|column| {
            let name = ident(column.name);
            match column.kind {
                Kind::Opaque(_) => format!("{qualifier}{name}::text as {name}"),
                _ => format!("{qualifier}{name}"),
            }
        })
        .collect();
    columns.join(", ")
}

/// Adds a row to the server's table. What Postgres computes, what only devices have, and what Postgres is to fill in because the
/// row has no value yet, is left out.
///
/// # Errors
/// What Postgres refuses.
pub async fn insert<R: SyncTable>(client: &impl GenericClient, row: &R) -> Result<(), Error> {
    let (sql, values) = insertion(row);
    client.execute(&sql, &parameters(&values)).await?;
    Ok(())
}

/// The row of a device's id in the server's table, if there is one.
///
/// # Errors
/// An id that is none of the table's, a value that is none of its column, or what Postgres refuses.
pub async fn get<R: SyncTable>(client: &impl GenericClient, id: &str) -> Result<Option<R>, Error> {
    let (sql, key) = selection::<R>(id)?;
    let row = client.query_opt(&sql, &parameters(&key)).await?;
    row.as_ref().map(from_row).transpose()
}

/// The statement that adds a row, and its parameters.
fn insertion<R: SyncTable>(row: &R) -> (String, Vec<Value<'_>>) {
    let table = R::table();
    let is_written = |column: &ColumnDef, value: &Value<'_>| {
        let is_awaited = *value == Value::Null && !column.nullable;
        column.on_server() && !column.generated && !is_awaited
    };
    let (columns, values): (Vec<_>, Vec<_>) = R::COLUMNS
        .iter()
        .zip(row.to_values())
        .filter(|(column, value)| is_written(column, value))
        .map(|(column, value)| (ident(column.name), value))
        .unzip();
    let places: Vec<_> = (1..=values.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "insert into {}.{} ({}) values ({})",
        ident(table.schema),
        ident(table.name),
        columns.join(", "),
        places.join(", ")
    );
    (sql, values)
}

/// The query for the row of an id, and the texts of its key.
fn selection<R: SyncTable>(id: &str) -> Result<(String, Vec<Value<'static>>), Error> {
    let table = R::table();
    let key = table.id.split(id)?;
    let wanted: Vec<_> = table
        .id
        .columns()
        .zip(1..)
        .map(|(column, n)| format!("{} = ${n}", ident(column.name)))
        .collect();
    let sql = format!(
        "select {} from {}.{} where {}",
        columns::<R>(None),
        ident(table.schema),
        ident(table.name),
        wanted.join(" and ")
    );
    let key = key.into_iter().map(|text| Value::Text(text.into()));
    Ok((sql, key.collect()))
}

fn parameters<'p>(values: &'p [Value<'_>]) -> Vec<&'p (dyn ToSql + Sync)> {
    values.iter().map(|value| value as _).collect()
}

fn ident(name: &str) -> std::borrow::Cow<'_, str> {
    Database::Postgres.ident(name)
}
