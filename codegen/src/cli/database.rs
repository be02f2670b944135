//! A live database, which is only read.

use crate::diagnostic::{DATABASE_UNREACHABLE, Diagnostic};
use ::postgres::{Client, Error, IsolationLevel, NoTls, Transaction};

/// What is read of a database in one transaction; the error names no part of the URL, which holds a password.
pub(super) fn read<T>(
    url: &str,
    read: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error>,
) -> Result<T, Diagnostic> {
    let unreachable = |error: &Error| {
        let why = error.as_db_error().map_or_else(
            || {
                let source = std::error::Error::source(error);
                source.map_or_else(|| error.to_string(), ToString::to_string)
            },
            |error| error.message().to_owned(),
        );
        Diagnostic::error(
            DATABASE_UNREACHABLE,
            format!("the database cannot be read: {why}"),
        )
        .help("check `--database-url`, such as `postgres://user:password@localhost:5432/app`; connections with TLS are not supported, use a tunnel")
    };
    let mut client = Client::connect(url, NoTls).map_err(|error| unreachable(&error))?;
    let mut transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .map_err(|error| unreachable(&error))?;
    read(&mut transaction).map_err(|error| unreachable(&error))
}
