//! A live database, which is only read.

use super::connect::{connect, refused};
use crate::diagnostic::Diagnostic;
use ::postgres::{Error, IsolationLevel, Transaction};

/// What is read of a database in one transaction; the error names no part of the URL, which holds a password.
pub(super) fn read<T>(
    url: &str,
    read: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
) -> Result<T, Diagnostic> {
    let mut client = connect(url)?;
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .map_err(|error| refused(&error))?;
    read(&mut transaction).map_err(|error| refused(&error))
}
