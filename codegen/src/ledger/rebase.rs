//! Puts the entries of a branch on top of those that were merged first.

use super::migrate::{Choices, Draft, Migrated, Refused, name_of};
use super::{Files, Ledger, Snapshot, at, folder, merge};
use crate::diagnostic::{Diagnostic, Diagnostics, REBASE_REFUSED};
use crate::entry_names::{RELEASE_MODELS, RELEASES, SUM, entry_of, snapshot_at};
use crate::model::Model;
use crate::targets::postgres::evolve;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The entries of a branch, after a merge.
struct Own {
    path: String,
    at: String,
    name: String,
    sql: String,
    snapshot: Option<Snapshot>,
}

/// What has to be written where a folder holds entries of two branches.
///
/// `main` holds the files of the main branch. The other entries come after those, at `now` or later: what was generated is
/// generated anew, from the snapshots before and after it, and the last one leads to the model; what was written by hand stays
/// as it is.
///
/// # Errors
///
/// A ledger of the main branch that is not whole, here or there; entries that continue none of it (`D046`); what is refused
/// of a change.
pub fn rebase(
    files: &Files,
    main: &Files,
    model: &Model,
    now: &str,
) -> Result<Migrated, Vec<Refused>> {
    let theirs = theirs(files, main)?;
    let own = own(files, main, &theirs).map_err(refuse)?;
    let releases = files.get(RELEASES).map_or("", String::as_str);
    let is_released = |entry: &&Own| {
        let mut named = releases.lines().filter_map(|line| line.split(' ').nth(1));
        named.any(|path| path == entry.path)
    };
    if let Some(entry) = own.iter().find(is_released) {
        return Err(refuse(vec![released(entry)]));
    }
    let mut draft = Draft::on(&theirs);
    let last = own.iter().rposition(|entry| entry.snapshot.is_some());
    let mut before = match own.iter().find(|entry| entry.snapshot.is_some()) {
        Some(first) => base(first, &theirs).map_err(|refused| refuse(vec![refused]))?,
        None => None,
    };
    // The files of one migration are written anew together.
    let mut names: Vec<&str> = Vec::new();
    for (index, entry) in own.iter().enumerate() {
        if entry
            .snapshot
            .as_ref()
            .is_some_and(|one| one.model.pending.follows)
        {
            names.push(&entry.name);
            continue;
        }
        let newest = draft.ledger().newest().map(|newest| newest.at.clone());
        let at = match newest.filter(|newest| !at::is_later(now, newest)) {
            Some(newest) => at::after(&newest),
            None => Some(now.to_owned()),
        };
        let at = at.ok_or_else(|| refuse(vec![no_time(entry)]))?;
        let Some(snapshot) = &entry.snapshot else {
            draft.by_hand(&entry.sql, &at, &entry.name);
            continue;
        };
        let so_far = draft.ledger().newest_snapshot();
        let so_far = so_far.map(|snapshot| Arc::clone(&snapshot.model));
        let target = match (&before, &so_far) {
            _ if Some(index) == last => Some(Arc::new(model.clone())),
            (Some(before), Some(so_far)) => {
                merge::merge(before, so_far, &snapshot.model).map(Arc::new)
            }
            _ => Some(Arc::clone(&snapshot.model)),
        };
        let target = target.ok_or_else(|| refuse(vec![not_merged(entry)]))?;
        let allowed = match (&before, &so_far) {
            (Some(before), Some(so_far)) => {
                let meant = evolve::dropped(before, &snapshot.model);
                let mut dropped = evolve::dropped(so_far, &target);
                dropped.retain(|name| meant.contains(name));
                dropped
            }
            _ => Vec::new(),
        };
        names.push(&entry.name);
        let choices = Choices {
            allow_drop: allowed,
            files: match names.len() {
                1 => evolve::Files::One,
                _ => evolve::Files::Online,
            },
        };
        draft
            .lead(&target, &at, name_of(&names), &choices)
            .map_err(|refused| vec![refused])?;
        names.clear();
        before = Some(Arc::clone(&snapshot.model));
    }
    let mut removed: Vec<String> = Vec::new();
    for entry in &own {
        removed.push(entry.path.clone());
        if entry.snapshot.is_some() {
            removed.push(folder::snapshot_path(&entry.at));
        }
    }
    let mut migrated = draft.rewritten();
    removed.retain(|path| migrated.files.get(path).is_none());
    migrated.removed = removed;
    Ok(migrated)
}

fn refuse(found: Vec<Diagnostic>) -> Vec<Refused> {
    found.into_iter().map(Refused::Asked).collect()
}

/// The ledger of the main branch, from the files that are here.
fn theirs(files: &Files, main: &Files) -> Result<Ledger, Vec<Refused>> {
    let mut theirs: Files = files
        .iter()
        .filter(|(path, _)| ![SUM, RELEASES].contains(&path.as_str()) && main.contains_key(*path))
        .filter(|(path, _)| !path.starts_with(RELEASE_MODELS))
        .map(|(path, text)| (path.clone(), text.clone()))
        .collect();
    if let Some(sum) = main.get(SUM) {
        theirs.insert(SUM.to_owned(), sum.clone());
    }
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(theirs, &mut cx);
    let mut found = cx.into_sorted();
    // Without a sum file, nothing else tells of a file that is gone.
    let is_of_us = |path: &&String| entry_of(path).is_some() || snapshot_at(path).is_some();
    let gone = main.keys().filter(is_of_us);
    let gone = gone.filter(|path| !files.contains_key(*path));
    if found.is_empty() && !main.contains_key(SUM) {
        found.extend(gone.map(|path| super::whole::missing_file(&format!("`{path}`"))));
    }
    match found.is_empty() {
        true => Ok(ledger),
        false => Err(refuse(found)),
    }
}

/// The entries that the main branch does not have, in their order.
fn own(files: &Files, main: &Files, theirs: &Ledger) -> Result<Vec<Own>, Vec<Diagnostic>> {
    let mine = || files.iter().filter(|(path, _)| !main.contains_key(*path));
    let mut written: Vec<(&str, &String, &String)> = mine()
        .filter_map(|(path, text)| Some((snapshot_at(path)?, path, text)))
        .collect();
    written.sort_by(|one, other| at::order(one.0, other.0));
    let mut snapshots: BTreeMap<&str, Snapshot> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, path, text) in written {
        let before = |after: &str| {
            let of_mine = entry_of(after).and_then(|(at, _)| snapshots.get(at));
            theirs.snapshot_of(after).or(of_mine)
        };
        match Snapshot::read(path, text, before) {
            Ok(snapshot) => drop(snapshots.insert(at, snapshot)),
            Err(unread) if unread.is_of_before => {
                // Those that continue this one are the same mistake.
                if wrong.is_empty() {
                    wrong.push(without_base(path));
                }
            }
            Err(unread) => wrong.push(unread.why),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut own: Vec<Own> = Vec::new();
    for (path, sql) in mine() {
        if let Some((at, name)) = entry_of(path) {
            own.push(Own {
                path: path.clone(),
                at: at.to_owned(),
                name: name.to_owned(),
                sql: sql.clone(),
                snapshot: snapshots.remove(at),
            });
        }
    }
    own.sort_by(|one, other| at::order(&one.at, &other.at));
    Ok(own)
}

/// The model that the first entry of the branch continues; `None` where it makes everything.
fn base(first: &Own, theirs: &Ledger) -> Result<Option<Arc<Model>>, Diagnostic> {
    let Some(snapshot) = &first.snapshot else {
        return Ok(None);
    };
    let parent = snapshot.hashes.as_ref().map(|hashes| &hashes.parent);
    let is_first = match parent {
        Some(parent) => parent.is_none(),
        None => snapshot.after.is_none(),
    };
    if is_first {
        return Ok(None);
    }
    let mut entries = theirs.entries.iter();
    let found = entries.find(|entry| match parent {
        Some(parent) => {
            let own = folder::snapshot_path(&entry.at);
            let mut lines = theirs.lines.iter();
            let line = lines.find(|line| line.path == own);
            line.map(|line| &line.content) == parent.as_ref()
        }
        None => Some(entry.path()) == snapshot.after,
    });
    match found.and_then(|entry| entry.snapshot.as_ref()) {
        Some(base) => Ok(Some(Arc::clone(&base.model))),
        None => Err(without_base(&first.path)),
    }
}

fn without_base(path: &str) -> Diagnostic {
    Diagnostic::error(
        REBASE_REFUSED,
        format!("`{path}` continues an entry that the main branch does not contain"),
    )
    .help("delete your entries with their snapshots, and run `codegen migrate --name …`")
}

fn not_merged(entry: &Own) -> Diagnostic {
    Diagnostic::error(
        REBASE_REFUSED,
        format!(
            "`{}` and the main branch change the schema in ways that cannot be joined",
            entry.path
        ),
    )
    .help("delete your entries with their snapshots, and run `codegen migrate --name …`")
}

fn released(entry: &Own) -> Diagnostic {
    Diagnostic::error(
        REBASE_REFUSED,
        format!(
            "a release needs `{}`, but the main branch does not contain it",
            entry.path
        ),
    )
    .help("remove the release from `synctable.releases` if no database has run the entry")
}

fn no_time(entry: &Own) -> Diagnostic {
    Diagnostic::error(
        REBASE_REFUSED,
        format!("there is no later time for `{}`", entry.path),
    )
    .help("pass a time with `--at`")
}
