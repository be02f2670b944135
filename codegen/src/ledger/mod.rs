//! The ledger: the migrations of an app, in the order in which they run, each with the model that it leads to.
//!
//! ```text
//! migrations/20260131120000_init.sql          an entry: SQL, run once
//! migrations/snapshots/20260131120000.json    the model that it leads to, the hash of the SQL, the hash of the parent's snapshot
//! ```
//!
//! Entries are only ever appended.
//! Because each snapshot carries two hashes, an edit, a deletion and a fork are found without asking git.

mod at;
mod due;
mod folder;
mod migrate;
mod snapshot;

pub use due::due;
pub use folder::{Files, files};
pub use migrate::{Migrated, Migration, Refused, migrate};
pub use snapshot::{FORMAT, Snapshot};

use crate::diagnostic::{
    Diagnostic, Diagnostics, ENTRY_EDITED, ENTRY_MISSING, ENTRY_WITHOUT_SNAPSHOT, LEDGER_FORKED,
};
use crate::hash::hash;
use crate::targets::postgres::executed::Executed;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The entries that were read, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// Entries.
    pub entries: Vec<Entry>,
}

/// One migration.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When it stands in the order: 14 digits.
    pub at: String,
    /// Its name.
    pub name: String,
    /// Its SQL.
    pub sql: String,
    /// What it leads to.
    pub snapshot: Snapshot,
    /// The hash of its snapshot, which the next one names as its parent.
    pub hash: String,
}

impl Ledger {
    /// The place of an entry that is written at this time: after the newest entry, whatever the clock says.
    pub fn place(&self, time: SystemTime) -> String {
        let now = at::of(time);
        let newest = self.newest().filter(|newest| newest.at >= now);
        newest
            .and_then(|newest| at::after(&newest.at))
            .unwrap_or(now)
    }

    /// Reads what stands in the folder of a ledger, by path relative to it; other files are left alone.
    ///
    /// Complains about entries that were edited (`D011`), are gone (`D012`), have no snapshot (`D013`) or go back to one
    /// parent (`D014`), and about snapshots of an unknown form (`D015`).
    /// What comes back holds the entries that are whole.
    pub fn read(mut files: Files, cx: &mut Diagnostics) -> Self {
        let mut snapshots: BTreeMap<String, Option<(Snapshot, String)>> = BTreeMap::new();
        files.retain(|path, text| {
            let Some(at) = folder::snapshot_at(path) else {
                return true;
            };
            let read = match Snapshot::read(path, text) {
                Ok(snapshot) => Some((snapshot, hash(text))),
                Err(diagnostic) => {
                    cx.push(diagnostic);
                    None
                }
            };
            snapshots.insert(at.to_owned(), read);
            false
        });
        let mut ledger = Self::default();
        for (path, sql) in files {
            let Some((at, name)) = folder::entry_of(&path) else {
                continue;
            };
            match snapshots.remove(at) {
                None => cx.push(without_snapshot(&path, at)),
                // Its form was complained about.
                Some(None) => {}
                Some(Some((snapshot, own))) => {
                    if snapshot.sql != hash(&sql) {
                        cx.push(edited(&path));
                    }
                    ledger.entries.push(Entry {
                        at: at.to_owned(),
                        name: name.to_owned(),
                        sql,
                        snapshot,
                        hash: own,
                    });
                }
            }
        }
        for at in snapshots.keys() {
            cx.push(missing(&format!(
                "the migration of {}",
                folder::snapshot_path(at)
            )));
        }
        ledger.chain(cx);
        ledger
    }

    /// The newest entry.
    pub fn newest(&self) -> Option<&Entry> {
        self.entries.last()
    }

    /// What databases have executed that ran every entry.
    pub fn executed(&self) -> Executed {
        let mut executed = Executed::default();
        for entry in &self.entries {
            executed.run(&entry.sql, &entry.snapshot.model);
        }
        executed
    }

    /// Every entry continues the one before it.
    fn chain(&self, cx: &mut Diagnostics) {
        let mut parents: BTreeMap<Option<&str>, &Entry> = BTreeMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let parent = entry.snapshot.parent.as_deref();
            if let Some(other) = parents.insert(parent, entry) {
                cx.push(forked(other, entry));
                continue;
            }
            let before = index.checked_sub(1).map(|before| &self.entries[before]);
            if parent == before.map(|before| before.hash.as_str()) {
                continue;
            }
            cx.push(match before {
                Some(before) if parent.is_none() => forked(before, entry),
                Some(before) => Diagnostic::error(
                    ENTRY_EDITED,
                    format!(
                        "`{}` does not continue `{}`: its snapshot was edited, or an entry between them is gone",
                        entry.path(),
                        before.path()
                    ),
                )
                .help("restore both files from version control"),
                None => missing(&format!("the entry before `{}`", entry.path())),
            });
        }
    }
}

impl Entry {
    /// Its path in the ledger's folder.
    pub fn path(&self) -> String {
        folder::entry_path(&self.at, &self.name)
    }
}

fn edited(path: &str) -> Diagnostic {
    Diagnostic::error(
        ENTRY_EDITED,
        format!("`{path}` was edited after it was written"),
    )
    .help("restore it from version control and put the change into the declaration")
    .note("databases that have run it keep the old version")
}

fn missing(what: &str) -> Diagnostic {
    Diagnostic::error(ENTRY_MISSING, format!("{what} is missing"))
        .help("restore it from version control")
}

fn without_snapshot(path: &str, at: &str) -> Diagnostic {
    Diagnostic::error(
        ENTRY_WITHOUT_SNAPSHOT,
        format!("`{path}` has no snapshot `{}`", folder::snapshot_path(at)),
    )
    .help("restore the snapshot from version control")
    .help("write your own SQL in the declaration, under `sql`")
}

fn forked(one: &Entry, other: &Entry) -> Diagnostic {
    Diagnostic::error(
        LEDGER_FORKED,
        format!(
            "the entries `{}` and `{}` both continue the same entry",
            one.path(),
            other.path()
        ),
    )
    .help("keep the entry that was merged first, and write the other one again with `codegen migrate`")
}

#[cfg(test)]
mod tests;
