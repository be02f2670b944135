//! Makes a device's database, or brings it from an earlier version to the one that the app is built for.

use crate::device::{DeviceDatabase, DeviceStep};
use crate::ident::Database;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::fmt;

/// What [`upgrade`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgraded {
    /// The database was empty, and was made.
    Made,
    /// It has the version of the app already.
    Nothing,
    /// It had an earlier version.
    From(u32),
}

/// Why a database stays as it is.
#[derive(Debug)]
pub enum UpgradeError {
    /// It has tables, and no version: another program made it, or an app that did not set one.
    Unversioned,
    /// It has a version from which no step leads on.
    TooOld {
        /// The version of the database.
        version: u32,
        /// The oldest version from which steps lead.
        oldest: u32,
    },
    /// It has a later version than the app.
    Newer {
        /// The version of the database.
        version: u32,
        /// The version of the app.
        app: u32,
    },
    /// The connection has an open transaction, in which foreign keys cannot be switched off.
    InTransaction,
    /// After a step, rows would refer to rows that are not there.
    References {
        /// The version from which the step leads on.
        from: u32,
        /// How many rows.
        rows: i64,
    },
    /// SQLite refused a step, the earlier version stays.
    Step {
        /// The version from which the step leads on.
        from: u32,
        /// What SQLite says.
        error: rusqlite::Error,
    },
    /// SQLite said no.
    Sqlite(rusqlite::Error),
}

impl fmt::Display for UpgradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unversioned => f.write_str(
                "the database has tables, but its `user_version` is 0: set it to the version of the release that made it",
            ),
            Self::TooOld { version, oldest } => write!(
                f,
                "the database has version {version}, and steps lead from version {oldest} on"
            ),
            Self::Newer { version, app } => write!(
                f,
                "the database has version {version}, and the app is built for version {app}"
            ),
            Self::InTransaction => f.write_str("the connection has an open transaction"),
            Self::References { from, rows } => write!(
                f,
                "after the step from version {from}, {rows} rows refer to rows that are not there"
            ),
            Self::Step { from, error } => {
                write!(f, "the step from version {from} was refused: {error}")
            }
            Self::Sqlite(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for UpgradeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Step { error, .. } | Self::Sqlite(error) => Some(error),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for UpgradeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Makes the tables of an empty database, or runs the steps from the version that it has.
///
/// Call it first, on the only connection that writes. Each step is one transaction: where one is refused, the database has
/// the version before it, whole.
/// The upload queue and its triggers are made anew, where the app declares them.
/// Triggers that you made on a table stay, also where the table is made anew; temporary ones on such a table do not.
///
/// # Errors
///
/// A version from which no step leads, a connection with an open transaction, or what SQLite refuses.
pub fn upgrade(
    connection: &mut Connection,
    database: &DeviceDatabase,
) -> Result<Upgraded, UpgradeError> {
    if !connection.is_autocommit() {
        return Err(UpgradeError::InTransaction);
    }
    let enforced: bool = connection.pragma_query_value(None, "foreign_keys", |row| row.get(0))?;
    connection.pragma_update(None, "foreign_keys", false)?;
    let result = steps(connection, database);
    connection.pragma_update(None, "foreign_keys", enforced)?;
    let upgraded = result?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    remove_queue_triggers(&transaction)?;
    if let Some(queue) = database.queue {
        transaction.execute_batch(queue)?;
    }
    transaction.commit()?;
    Ok(upgraded)
}

/// The queue's triggers name columns that a step may take away; they are made again after the last step.
fn remove_queue_triggers(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let triggers: Vec<String> = transaction
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND substr(name, 1, 10) = 'synctable_'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for trigger in triggers {
        let name = Database::Sqlite.ident(&trigger).into_owned();
        transaction.execute_batch(&format!("DROP TRIGGER {name}"))?;
    }
    Ok(())
}

fn steps(connection: &mut Connection, database: &DeviceDatabase) -> Result<Upgraded, UpgradeError> {
    let mut upgraded = Upgraded::Nothing;
    loop {
        // Another process may have been first: the version is read where nobody else writes.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: u32 =
            transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == database.version {
            return Ok(upgraded);
        }
        if version > database.version {
            let app = database.version;
            return Err(UpgradeError::Newer { version, app });
        }
        if version == 0 {
            let tables = "SELECT count(*) FROM sqlite_schema WHERE type IN ('table', 'view')";
            let is_empty =
                transaction.query_row(tables, [], |row| row.get(0).map(|it: i64| it == 0))?;
            if !is_empty {
                return Err(UpgradeError::Unversioned);
            }
            transaction.execute_batch(database.schema)?;
            transaction.commit()?;
            return Ok(Upgraded::Made);
        }
        let mut all = database.steps.iter();
        let Some(step) = all.find(|step| step.from == version) else {
            let oldest = database
                .steps
                .first()
                .map_or(database.version, |step| step.from);
            return Err(UpgradeError::TooOld { version, oldest });
        };
        remove_queue_triggers(&transaction)?;
        run(&transaction, step)?;
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
        if upgraded == Upgraded::Nothing {
            upgraded = Upgraded::From(version);
        }
    }
}

fn run(transaction: &Transaction<'_>, step: &DeviceStep) -> Result<(), UpgradeError> {
    let refused = |error| UpgradeError::Step {
        from: step.from,
        error,
    };
    let statements = || {
        transaction.execute_batch(
            "CREATE TEMP TABLE IF NOT EXISTS synctable_triggers (sql TEXT NOT NULL);
             DELETE FROM temp.synctable_triggers;",
        )?;
        transaction.execute_batch(step.sql)?;
        let triggers: Vec<String> = transaction
            .prepare("SELECT sql FROM temp.synctable_triggers")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for trigger in triggers {
            transaction.execute_batch(&trigger)?;
        }
        transaction.execute_batch("DROP TABLE temp.synctable_triggers")
    };
    statements().map_err(refused)?;
    if !step.references {
        return Ok(());
    }
    let found = "SELECT count(*) FROM pragma_foreign_key_check";
    let rows: i64 = transaction
        .query_row(found, [], |row| row.get(0))
        .map_err(refused)?;
    match rows {
        0 => Ok(()),
        rows => Err(UpgradeError::References {
            from: step.from,
            rows,
        }),
    }
}
