//! Records entries that were written by hand as they are now.

use super::migrate::Migrated;
use super::sum;
use super::{Ledger, at};
use crate::diagnostic::{Diagnostic, REBASE_REFUSED};
use crate::entry_names::{SUM, entry_of};

/// The sum file with the texts that hand-written entries have now, and with the entries that somebody put into the folder.
///
/// `released` tells of a path whether a database may have run the entry.
///
/// # Errors
///
/// An entry that a database may have run, or whose place is before one (`D046`).
pub fn seal(ledger: &Ledger, released: impl Fn(&str) -> bool) -> Result<Migrated, Diagnostic> {
    let mut sealed = ledger.clone();
    let mut migrated = Migrated::default();
    for path in &ledger.unsealed {
        if released(path) || ledger.is_released(path) {
            return Err(Diagnostic::error(
                REBASE_REFUSED,
                format!("`{path}` was edited, but a database may have run it"),
            )
            .help("restore it from version control, and append another migration: `codegen migrate --empty --name …`"));
        }
        migrated.changes.push(format!("seal `{path}`"));
    }
    let newest = ledger.entries.iter().rfind(|entry| {
        let path = entry.path();
        released(&path) || ledger.is_released(&path)
    });
    for (path, sql) in &ledger.foreign {
        let Some((at, name)) = entry_of(path) else {
            continue;
        };
        if let Some(newest) = newest.filter(|newest| !at::is_later(at, &newest.at)) {
            return Err(Diagnostic::error(
                REBASE_REFUSED,
                format!(
                    "`{path}` is before `{}`, which a database may have run",
                    newest.path()
                ),
            )
            .help("give its name a later time"));
        }
        sealed.add_by_hand(at, name, sql);
        migrated
            .changes
            .push(format!("take `{path}` into the ledger"));
    }
    sealed.sort();
    if !migrated.changes.is_empty() {
        migrated.files.insert(SUM, sum::write(&sealed.lines));
    }
    Ok(migrated)
}
