//! A device's database beside what is declared.

use super::{Verified, managed};
use crate::catalog::{difference, sqlite as catalog};
use crate::model::Model;
use rusqlite::{Connection, Error, OpenFlags};
use std::path::Path;

/// Compares a SQLite file with what the target `sqlite` makes; the file is opened for reading alone.
///
/// # Errors
///
/// A file that is missing, or that SQLite does not read.
pub fn sqlite(file: &Path, model: &Model) -> Result<Verified, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    let found = catalog::read(&connection)?;
    let version: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
    let differences = difference(&catalog::lower(model), &found);
    let (differences, not_managed) = managed::split(differences, None);
    let (told, advice) = match differences.is_empty() {
        true => (
            format!("the device's database, version {version}, is what is declared"),
            Vec::new(),
        ),
        false => (
            format!("the device's database, version {version}, is not what is declared"),
            vec![
                "if an earlier release of the app made it, open it with the steps of this one (docs/devices.md)"
                    .to_owned(),
            ],
        ),
    };
    Ok(Verified {
        system: "device",
        told,
        differences,
        not_managed,
        advice,
    })
}
