//! Whether a ledger is whole: every file against its line in the sum file, or against the hashes of format 1.

use super::snapshot::Hashes;
use super::sum::{self, Kind, Line, Read};
use super::{Entry, Files, Ledger, Snapshot, folder, releases};
use crate::diagnostic::{
    Diagnostic, Diagnostics, ENTRY_EDITED, ENTRY_FOREIGN, ENTRY_MISSING, ENTRY_RENAMED,
    ENTRY_UNSEALED, ENTRY_WITHOUT_SNAPSHOT, LEDGER_FORKED, SUM_BROKEN, SUM_MISSING,
};
use crate::entry_names::{RELEASE_MODELS, RELEASES, SUM, entry_of, snapshot_at};
use crate::hash::hash;
use std::collections::BTreeMap;

/// Reads a ledger, see [`Ledger::read`].
pub(super) fn read(mut files: Files, cx: &mut Diagnostics) -> Ledger {
    let releases = files.remove(RELEASES);
    let of_releases = |path: &String, _: &mut String| path.starts_with(RELEASE_MODELS);
    let mut models: Files = files.extract_if(.., of_releases).collect();
    let mut ledger = match files.remove(SUM).map(|text| sum::read(&text)) {
        Some(Ok(lines)) => summed(files, lines, cx),
        Some(Err(refused)) => {
            cx.push(refused);
            Ledger::default()
        }
        None if files.keys().any(|path| snapshot_at(path).is_some()) => hashed(files, cx),
        None => adopted(files, cx),
    };
    // What is wrong with the entries is told first.
    if let Some(releases) = releases.filter(|_| cx.is_clean()) {
        match releases::read(&releases, &ledger.entries, &mut models) {
            Ok(releases) => ledger.releases = releases,
            Err(refused) => cx.push(refused),
        }
    }
    if cx.is_clean() {
        ledger.foreigners(models, cx);
    }
    ledger
}

/// A ledger with a sum file.
fn summed(mut files: Files, lines: Vec<Read>, cx: &mut Diagnostics) -> Ledger {
    let mut ledger = Ledger::default();
    let mut missing: Vec<&Line> = Vec::new();
    let mut unread: Vec<Diagnostic> = Vec::new();
    for one in &lines {
        let line = &one.line;
        let Some(text) = files.remove(&line.path) else {
            missing.push(line);
            continue;
        };
        let now = Line::new(line.path.clone(), line.kind, &text);
        if now.content != line.content {
            cx.push(match line.kind {
                Kind::ByHand => {
                    ledger.unsealed.push(line.path.clone());
                    unsealed(&line.path)
                }
                Kind::Generated | Kind::Snapshot => {
                    ledger.edited.push(line.path.clone());
                    edited(&line.path)
                }
            });
        }
        ledger.lines.push(now);
        ledger.add(&line.path, line.kind, text, &mut unread, cx);
    }
    // A file that is gone and another one with its text are one mistake.
    for line in missing {
        let mut foreign = files.iter();
        let other = foreign.find(|(_, text)| hash(text) == line.content);
        match other.map(|(path, _)| path.clone()) {
            Some(path) => {
                files.remove(&path);
                cx.push(renamed(&line.path, &path));
            }
            None => cx.push(missing_file(&format!("`{}`", line.path))),
        }
    }
    chain(&lines, cx);
    ledger.follows(cx);
    ledger.foreigners(files, cx);
    // What is wrong with a snapshot is wrong with those that continue it.
    if cx.is_clean() {
        unread.into_iter().take(1).for_each(|first| cx.push(first));
    }
    ledger
}

/// Every line continues the one before it.
fn chain(lines: &[Read], cx: &mut Diagnostics) {
    let before = |index: usize| {
        index
            .checked_sub(1)
            .map(|before| lines[before].chain.as_str())
    };
    for (index, one) in lines.iter().enumerate() {
        if one.line.chain(before(index)) == one.chain {
            continue;
        }
        // Everything behind the first break is the same mistake.
        let fork = (0..index).find(|other| one.line.chain(before(*other)) == one.chain);
        cx.push(match fork {
            Some(other) => forked(&lines[other].line.path, &one.line.path),
            None => Diagnostic::error(
                SUM_BROKEN,
                format!(
                    "the line of `{}` in `{SUM}` does not continue the line before it",
                    one.line.path
                ),
            )
            .help(format!("restore `{SUM}` from version control"))
            .help("after a merge of two branches that added migrations, run `codegen migrate --rebase`"),
        });
        return;
    }
}

/// A ledger of format 1, without a sum file.
fn hashed(mut files: Files, cx: &mut Diagnostics) -> Ledger {
    let mut snapshots: BTreeMap<String, Option<(Snapshot, String)>> = BTreeMap::new();
    let mut unread: Vec<Diagnostic> = Vec::new();
    files.retain(|path, text| {
        let Some(at) = snapshot_at(path) else {
            return true;
        };
        snapshots.insert(
            at.to_owned(),
            snapshot(path, text, |_| None, &mut unread, cx).map(|read| (read, text.clone())),
        );
        false
    });
    // Those that hold edits have a sum file.
    if !unread.is_empty() {
        cx.push(without_sum());
        return Ledger::default();
    }
    let mut ledger = Ledger::default();
    let mut parents: BTreeMap<Option<String>, String> = BTreeMap::new();
    // The path and the hash of the snapshot of the entry before.
    let mut before: Option<(String, String)> = None;
    let (entries, foreign): (Files, Files) = std::mem::take(&mut files)
        .into_iter()
        .partition(|(path, _)| entry_of(path).is_some());
    for (path, sql) in entries {
        let at = entry_of(&path)
            .map(|(at, _)| at)
            .unwrap_or_default()
            .to_owned();
        let (read, text) = match snapshots.remove(&at) {
            None => {
                cx.push(without_snapshot(&path, &at));
                continue;
            }
            // Its form was complained about.
            Some(None) => continue,
            Some(Some(both)) => both,
        };
        let Some(Hashes { parent, sql: own }) = &read.hashes else {
            cx.push(without_sum());
            return Ledger::default();
        };
        if *own != hash(&sql) {
            ledger.edited.push(path.clone());
            cx.push(edited(&path));
        }
        if let Some(other) = parents.insert(parent.clone(), path.clone()) {
            cx.push(forked(&other, &path));
        } else if *parent != before.as_ref().map(|(_, hash)| hash.clone()) {
            cx.push(match &before {
                Some((other, _)) if parent.is_none() => forked(other, &path),
                Some((other, _)) => Diagnostic::error(
                    ENTRY_EDITED,
                    format!(
                        "`{path}` does not continue `{other}`: its snapshot was edited, or an entry between them is gone"
                    ),
                )
                .help("restore both files from version control"),
                None => missing_file(&format!("the entry before `{path}`")),
            });
        }
        before = Some((path.clone(), hash(&text)));
        ledger
            .lines
            .push(Line::new(path.clone(), Kind::Generated, &sql));
        ledger
            .lines
            .push(Line::new(folder::snapshot_path(&at), Kind::Snapshot, &text));
        ledger.push(&path, sql, false, Some(read));
    }
    for at in snapshots.keys() {
        let snapshot = folder::snapshot_path(at);
        cx.push(missing_file(&format!("the migration of {snapshot}")));
    }
    ledger.foreigners(foreign, cx);
    ledger
}

/// Migrations that were there before the ledger: all written by hand.
fn adopted(files: Files, cx: &mut Diagnostics) -> Ledger {
    let mut ledger = Ledger::default();
    let (entries, foreign): (Files, Files) = files
        .into_iter()
        .partition(|(path, _)| entry_of(path).is_some());
    for (path, sql) in entries {
        if let Some((at, name)) = entry_of(&path) {
            ledger.add_by_hand(at, name, &sql);
        }
    }
    ledger.sort();
    ledger.foreigners(foreign, cx);
    ledger
}

impl Ledger {
    /// Adds what one line of the sum file stands for.
    fn add(
        &mut self,
        path: &str,
        kind: Kind,
        text: String,
        unread: &mut Vec<Diagnostic>,
        cx: &mut Diagnostics,
    ) {
        match kind {
            Kind::Generated => self.push(path, text, false, None),
            Kind::ByHand => self.push(path, text, true, None),
            Kind::Snapshot => {
                let before = |after: &str| self.snapshot_of(after);
                let read = snapshot(path, &text, before, unread, cx);
                let at = snapshot_at(path);
                let entry = self.entries.last_mut();
                match entry.filter(|entry| Some(entry.at.as_str()) == at && !entry.by_hand) {
                    Some(entry) => entry.snapshot = read,
                    None => drop(read),
                }
            }
        }
    }

    fn push(&mut self, path: &str, sql: String, by_hand: bool, snapshot: Option<Snapshot>) {
        if let Some((at, name)) = entry_of(path) {
            self.entries.push(Entry {
                at: at.to_owned(),
                name: name.to_owned(),
                sql,
                by_hand,
                snapshot,
            });
        }
    }

    /// Every snapshot names the generated entry before its own.
    fn follows(&self, cx: &mut Diagnostics) {
        if cx.has_errors() {
            return;
        }
        let mut before: Option<String> = None;
        for entry in &self.entries {
            if let Some(snapshot) = entry.snapshot.as_ref().filter(|one| one.hashes.is_none())
                && snapshot.after != before
            {
                let mut others = self.entries.iter().filter(|other| {
                    let other = other.snapshot.as_ref();
                    other.is_some_and(|other| other.after == snapshot.after)
                });
                let other = others.next().filter(|other| other.at != entry.at);
                let other = other.map(Entry::path).or(before);
                cx.push(forked(&other.unwrap_or_default(), &entry.path()));
                return;
            }
            if !entry.by_hand {
                before = Some(entry.path());
            }
        }
    }

    /// Complains about files that are not in the ledger, and keeps the SQL.
    fn foreigners(&mut self, files: Files, cx: &mut Diagnostics) {
        for path in files.keys() {
            let is_entry = entry_of(path).is_some();
            let foreign = Diagnostic::error(
                ENTRY_FOREIGN,
                format!("`{path}` is in the folder of the migrations, but not in the ledger"),
            );
            cx.push(if is_entry {
                foreign
                    .help("if you wrote it by hand, run `codegen migrate --seal`; else move it out of the folder")
                    .help("after a merge of two branches that added migrations, run `codegen migrate --rebase`")
            } else {
                foreign.help("move it out of the folder")
            });
        }
        self.foreign.extend(files);
    }
}

/// Reads a snapshot; what may be wrong with the one before it goes to `unread`.
fn snapshot<'l>(
    path: &str,
    text: &str,
    before: impl Fn(&str) -> Option<&'l Snapshot>,
    unread: &mut Vec<Diagnostic>,
    cx: &mut Diagnostics,
) -> Option<Snapshot> {
    match Snapshot::read(path, text, before) {
        Ok(snapshot) => Some(snapshot),
        Err(refused) => {
            match refused.is_of_before {
                true => unread.push(refused.why),
                false => cx.push(refused.why),
            }
            None
        }
    }
}

fn without_sum() -> Diagnostic {
    Diagnostic::error(
        SUM_MISSING,
        format!("`{SUM}` is missing, which holds the ledger together"),
    )
    .help("restore it from version control")
}

fn edited(path: &str) -> Diagnostic {
    Diagnostic::error(
        ENTRY_EDITED,
        format!("`{path}` was edited after it was written"),
    )
    .help("restore it from version control and put the change into the declaration")
    .note("databases that have run it keep the old version")
}

fn unsealed(path: &str) -> Diagnostic {
    Diagnostic::error(
        ENTRY_UNSEALED,
        format!("`{path}` was edited after it was sealed"),
    )
    .help("run `codegen migrate --seal`, unless a database has run it")
    .help("if a database has run it, restore it from version control and append another migration")
}

fn renamed(from: &str, to: &str) -> Diagnostic {
    Diagnostic::error(ENTRY_RENAMED, format!("`{from}` is now called `{to}`"))
        .help(format!("rename it to `{from}`"))
}

pub(super) fn missing_file(what: &str) -> Diagnostic {
    Diagnostic::error(ENTRY_MISSING, format!("{what} is missing"))
        .help("restore it from version control")
}

fn without_snapshot(path: &str, at: &str) -> Diagnostic {
    Diagnostic::error(
        ENTRY_WITHOUT_SNAPSHOT,
        format!("`{path}` has no snapshot `{}`", folder::snapshot_path(at)),
    )
    .help("restore the snapshot from version control")
    .help("if you wrote it by hand, start an entry with `codegen migrate --empty --name …` and move its SQL there")
}

fn forked(one: &str, other: &str) -> Diagnostic {
    Diagnostic::error(
        LEDGER_FORKED,
        format!("`{one}` and `{other}` both continue the same entry"),
    )
    .help("run `codegen migrate --rebase`, which puts the entries of your branch on top of those of the main branch")
}
