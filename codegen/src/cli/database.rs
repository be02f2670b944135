//! A live database, which is only read.

use super::connect::{connect, refused};
use crate::diagnostic::Diagnostic;
use ::postgres::{Error, IsolationLevel, Transaction};

/// How long a statement and a lock may take, where neither the URL nor the role says it.
const PATIENCE: &str = "
    select pg_catalog.set_config(name, case name when 'lock_timeout' then '10s' else '60s' end, true)
    from pg_catalog.pg_settings
    where name in ('statement_timeout', 'lock_timeout') and setting = '0'";

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
    transaction
        .batch_execute(PATIENCE)
        .map_err(|error| refused(&error))?;
    read(&mut transaction).map_err(|error| refused(&error))
}
