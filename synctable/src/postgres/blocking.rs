//! The same through the `postgres` driver, which waits.

use super::{Error, from_row, insertion, parameters, selection};
use crate::row::SyncTable;
use ::postgres::GenericClient;

/// Adds a row to the server's table, as [`insert`](super::insert) does.
///
/// # Errors
/// What Postgres refuses.
pub fn insert<R: SyncTable>(client: &mut impl GenericClient, row: &R) -> Result<(), Error> {
    let (sql, values) = insertion(row);
    client.execute(&sql, &parameters(&values))?;
    Ok(())
}

/// The row of a device's id in the server's table, as [`get`](super::get) finds it.
///
/// # Errors
/// An id that is none of the table's, a value that is none of its column, or what Postgres refuses.
pub fn get<R: SyncTable>(client: &mut impl GenericClient, id: &str) -> Result<Option<R>, Error> {
    let (sql, key) = selection::<R>(id)?;
    let row = client.query_opt(&sql, &parameters(&key))?;
    row.as_ref().map(from_row).transpose()
}
