//! The ledger: the migrations of an app, in the order in which they run, and the model that they lead to.
//!
//! ```text
//! migrations/20260131120000_init.sql          an entry: SQL, run once
//! migrations/snapshots/20260131120000.json    the model that it leads to
//! migrations/20260202080000_backfill.sql      an entry that somebody wrote by hand: it leaves the model as it is
//! migrations/synctable.sum                    a line for each file, which continues the line before it
//! migrations/synctable.releases               the releases of the app, each with the newest entry that it needs
//! migrations/releases/1.4.0.json              the model of a release, where its entries lead to another one
//! ```
//!
//! Entries are only ever appended.
//! Because of the sum file, an edit, a deletion and a fork are found without asking git.
//! Ledgers that earlier versions wrote have none: there each snapshot carries two hashes. The next migration gives them one.

mod access;
mod adopt;
mod applied;
mod at;
mod compact;
mod due;
mod edits;
mod folder;
mod live_seeds;
mod merge;
mod migrate;
mod rebase;
mod releases;
mod seal;
mod snapshot;
mod sum;
mod whole;

pub use adopt::adopt;
pub use applied::{Applied, Runner, State, applied, applied_by_runner};
pub use due::due;
pub(crate) use due::is_adopted;
pub use folder::{Files, files};
pub use live_seeds::{LiveSeeds, live_seeds};
pub use migrate::{Choices, Migrated, Migration, Refused, for_refinery, migrate};
pub use rebase::rebase;
pub use releases::{Release, end, release};
pub use seal::seal;
pub use snapshot::{FORMAT, Snapshot};

use crate::diagnostic::Diagnostics;
use crate::model::Model;
use crate::statements;
use crate::targets::postgres::executed::Executed;
use std::time::SystemTime;
use sum::{Kind, Line};

/// The entries that were read, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// Entries.
    pub entries: Vec<Entry>,
    /// Releases, in the order in which they were marked.
    pub releases: Vec<Release>,
    /// Every file of the ledger, in the order of the sum file.
    lines: Vec<Line>,
    /// SQL files in the folder that are not in the ledger, with their texts.
    foreign: Files,
    /// Files of generated entries that were edited, by path.
    edited: Vec<String>,
    /// Entries that were edited after they were sealed, by path.
    unsealed: Vec<String>,
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
    /// Whether somebody wrote it by hand.
    pub by_hand: bool,
    /// What it leads to; `None` where it leaves the model as it is, or another file of the same migration follows.
    pub snapshot: Option<Snapshot>,
}

impl Ledger {
    /// The place of an entry that is written at this time: after the newest entry, whatever the clock says.
    pub fn place(&self, time: SystemTime) -> String {
        let now = at::of(time);
        let newest = self
            .newest()
            .filter(|newest| !at::is_later(&now, &newest.at));
        newest
            .and_then(|newest| at::after(&newest.at))
            .unwrap_or(now)
    }

    /// Reads what is in the folder of a ledger, by path relative to it.
    ///
    /// Complains about entries that were edited (`D011`, `D045`), are gone (`D012`), have another name (`D043`), have no
    /// snapshot (`D013`) or go back to one parent (`D014`), about snapshots of an unknown form (`D015`), about a sum file
    /// that is missing (`D050`), cannot be read (`D041`) or is broken (`D042`), and about files that are not in the ledger
    /// (`D044`).
    /// What comes back holds the entries that are whole.
    pub fn read(files: Files, cx: &mut Diagnostics) -> Self {
        whole::read(files, cx)
    }

    /// The newest entry.
    pub fn newest(&self) -> Option<&Entry> {
        self.entries.last()
    }

    /// The entries of the newest migration, which may be several files.
    pub fn of_newest(&self) -> &[Entry] {
        let newest = self.without_newest();
        let many = newest.map_or(0, |(_, newest)| newest.len());
        &self.entries[self.entries.len() - many..]
    }

    /// The model that the entries lead to; `None` where none was generated.
    pub fn model(&self) -> Option<&Model> {
        self.newest_snapshot().map(|snapshot| &*snapshot.model)
    }

    fn newest_snapshot(&self) -> Option<&Snapshot> {
        let mut entries = self.entries.iter().rev();
        entries.find_map(|entry| entry.snapshot.as_ref())
    }

    /// The snapshot of a generated entry, by the path of its file.
    fn snapshot_of(&self, path: &str) -> Option<&Snapshot> {
        let mut entries = self.entries.iter().rev();
        let entry = entries.find(|entry| entry.path() == path)?;
        entry.snapshot.as_ref()
    }

    /// Whether the files of an entry are what they were when it was written.
    pub fn is_whole(&self, entry: &Entry) -> bool {
        let files = [entry.path(), folder::snapshot_path(&entry.at)];
        let mut changed = self.edited.iter().chain(&self.unsealed);
        !changed.any(|path| files.contains(path))
    }

    /// What databases have executed that ran every entry.
    pub fn executed(&self) -> Executed {
        let mut executed = Executed::default();
        for (index, entry) in self.entries.iter().enumerate() {
            let mut later = self.entries[index..].iter();
            match later.find_map(|entry| entry.snapshot.as_ref()) {
                Some(snapshot) if !entry.by_hand => executed.run(&entry.sql, &snapshot.model),
                _ => executed.run_by_hand(&entry.sql),
            }
        }
        executed
    }

    /// The ledger without its last migration, and the entries of that.
    fn without_newest(&self) -> Option<(Self, &[Entry])> {
        let last = self.entries.len().checked_sub(1)?;
        let follows = |entry: &&Entry| {
            let snapshot = entry.snapshot.as_ref();
            snapshot.is_some_and(|snapshot| snapshot.model.pending.follows)
        };
        let before = self.entries[..last].iter().rev();
        let start = last - before.take_while(follows).count();
        let (earlier, newest) = self.entries.split_at(start);
        let of_newest = |line: &&Line| {
            let mut newest = newest.iter();
            newest.any(|entry| {
                line.path == entry.path() || line.path == folder::snapshot_path(&entry.at)
            })
        };
        let lines = self.lines.iter().filter(|line| !of_newest(line));
        let earlier = Self {
            entries: earlier.to_vec(),
            lines: lines.cloned().collect(),
            ..Self::default()
        };
        Some((earlier, newest))
    }

    /// Adds an entry that was written by hand.
    fn add_by_hand(&mut self, at: &str, name: &str, sql: &str) {
        self.lines
            .push(Line::new(folder::entry_path(at, name), Kind::ByHand, sql));
        self.entries.push(Entry {
            at: at.to_owned(),
            name: name.to_owned(),
            sql: sql.to_owned(),
            by_hand: true,
            snapshot: None,
        });
    }

    /// Puts everything into its order.
    fn sort(&mut self) {
        self.entries
            .sort_by(|one, other| at::order(&one.at, &other.at));
        self.lines
            .sort_by(|one, other| at::order(one.at(), other.at()));
    }
}

/// The first line of a file that runs outside of a transaction.
const ALONE: &str = "-- no-transaction\n";

/// Whether a file runs outside of a transaction, as its first line says.
pub fn runs_alone(sql: &str) -> bool {
    sql.starts_with(ALONE)
}

impl Entry {
    /// Its path in the ledger's folder.
    pub fn path(&self) -> String {
        folder::entry_path(&self.at, &self.name)
    }
}

/// The statements of a file in their order, each with the line on which it begins, counted from 1.
pub fn statements_of(sql: &str) -> Vec<(usize, &str)> {
    let mut from = 0;
    let mut found = Vec::new();
    for end in statements::ends(sql) {
        let text = &sql[from..end];
        let blank = text.len() - statements::without_lead(text).len();
        let line = sql[..from + blank].matches('\n').count() + 1;
        found.push((line, sql[from + blank..end].trim_end()));
        from = end;
    }
    found
}

#[cfg(test)]
mod tests;
