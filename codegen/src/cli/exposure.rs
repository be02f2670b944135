//! `exposure`: who can read and write what, what a connection costs, and what changed of it.

use super::args::ExposureArguments;
use super::{Console, Exit};
use crate::diagnostic::{
    ACCESS_GRANTED, ALLOWED_NOTHING, Diagnostic, Diagnostics, MISSING_KEY, did_you_mean,
};
use crate::entry_names::REFINERY;
use crate::exposure::{self, since};
use crate::ledger::{self, Entry, Ledger};
use crate::model::Model;
use crate::outputs::ledger_folder;
use crate::reach::Reach;
use crate::reading::{Reading, read_within};
use serde_json::{Map, json};
use std::collections::BTreeSet;
use std::path::Path;

pub(super) fn exposure(
    manifest: &Path,
    reach: Reach,
    asked: &ExposureArguments,
    console: &mut Console,
) -> Exit {
    let reading = read_within(manifest, reach);
    let Some(model) = &reading.model else {
        console.report(&reading.diagnostics, &reading.sources, None, Map::new());
        return Exit::of(&reading.diagnostics);
    };
    if let Some(entry) = &asked.since {
        return changed(manifest, &reading, model, entry, asked, console);
    }
    let exposure = exposure::of(model);
    match console.is_json() {
        true => console.json(&json!(exposure)),
        false => console.out(&exposure::human(&exposure)),
    }
    Exit::Fine
}

/// What changed since an entry, and whether somebody has agreed to it.
fn changed(
    manifest: &Path,
    reading: &Reading,
    model: &Model,
    entry: &str,
    asked: &ExposureArguments,
    console: &mut Console,
) -> Exit {
    let folder = match ledger_folder(manifest, reading) {
        Some(Ok(folder)) => folder,
        Some(Err(refused)) => return console.refuse(vec![refused]),
        None => {
            let diagnostic = Diagnostic::error(
                MISSING_KEY,
                "`--since` compares with a migration, and the declaration has no `postgres` target",
            );
            let help = "add the folder under `targets`: `postgres: ../migrations`";
            return console.refuse(vec![diagnostic.help(help)]);
        }
    };
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(ledger::files(&folder, &mut cx), &mut cx);
    let found = cx.into_sorted();
    if !found.is_empty() {
        return console.refuse(found);
    }
    let Some((before, model_then)) = named(&ledger, entry) else {
        let known = ledger.entries.iter().map(|entry| entry.at.as_str());
        let known = known.chain(ledger.releases.iter().map(|release| release.name.as_str()));
        let near = did_you_mean(entry, known).unwrap_or_default();
        console.complain(format!("the ledger has no entry or release `{entry}` {near}").trim_end());
        return Exit::Usage;
    };
    let since = since::since(model_then, model);
    let refused = match asked.deny_new_access {
        true => refused(&since, &asked.allow_access, &before.path()),
        false => Vec::new(),
    };
    if console.is_json() {
        let more = Map::from_iter([
            ("gained".to_owned(), json!(since.gained)),
            ("lost".to_owned(), json!(since.lost)),
        ]);
        console.report(&refused, &reading.sources, None, more);
    } else {
        for line in since::human(&since).lines() {
            console.say(line);
        }
        console.report(&refused, &reading.sources, None, Map::new());
    }
    Exit::of(&refused)
}

/// The entry of a time, a name, a path or a release, or the newest one, and the model after it.
fn named<'l>(ledger: &'l Ledger, name: &str) -> Option<(&'l Entry, &'l Model)> {
    let release = ledger.releases.iter().find(|release| release.name == name);
    let name = release.map_or(name, |release| &release.entry);
    let is_named = |entry: &Entry| {
        let own = entry.name.trim_start_matches(REFINERY);
        name == "newest" || entry.at == name || own == name || entry.path() == name
    };
    let index = ledger.entries.iter().rposition(is_named)?;
    // One that was written by hand leaves the model as it is.
    let mut models = ledger.entries[..=index].iter().rev();
    let model = models.find_map(|entry| entry.snapshot.as_ref())?;
    Some((&ledger.entries[index], &model.model))
}

/// What nobody has agreed to, and agreements to nothing.
fn refused(since: &since::Since, allowed: &[String], path: &str) -> Vec<Diagnostic> {
    let granted: Vec<_> = since
        .gained
        .iter()
        .filter(|change| change.is_granted())
        .collect();
    let tables: BTreeSet<&str> = granted.iter().map(|change| change.table.as_str()).collect();
    let mut refused: Vec<Diagnostic> = granted
        .iter()
        .filter(|change| !allowed.contains(&change.table))
        .map(|change| {
            Diagnostic::error(ACCESS_GRANTED, change.told())
                .help(format!(
                    "if that is wanted, pass `--allow-access {}`",
                    quoted(&change.table)
                ))
                .note(format!("`{path}` does not grant it"))
        })
        .collect();
    for name in allowed
        .iter()
        .filter(|name| !tables.contains(name.as_str()))
    {
        refused.push(
            Diagnostic::error(
                ALLOWED_NOTHING,
                format!("`--allow-access {name}` names a table to which nobody gained access"),
            )
            .help("remove it, or name a table of the list"),
        );
    }
    refused
}

/// A name with a blank, for a shell.
fn quoted(name: &str) -> String {
    match name.contains(' ') {
        true => format!("'{name}'"),
        false => name.to_owned(),
    }
}
