//! `migrate`: writes an entry of the ledger.

use super::args::MigrateArguments;
use super::migration_plan::MigrationPlan;
use super::{Console, Exit, released};
use crate::diagnostic::{Diagnostic, Diagnostics, MISSING_KEY, UNWRITABLE, shown};
use crate::ledger::{self, Choices, Ledger, Migrated, Migration, Refused};
use crate::model::Model;
use crate::outputs::ledger_folder;
use crate::plan::stage;
use crate::reach::Reach;
use crate::reading::{Reading, read_within};
use crate::targets::postgres::evolve::Files;
use crate::tree::Tree;
use indexmap::IndexMap;
use serde_json::{Map, json};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

pub(super) fn migrate(
    manifest: &Path,
    reach: Reach,
    arguments: &MigrateArguments,
    console: &mut Console,
) -> Exit {
    let reading = read_within(manifest, reach);
    let Some(model) = &reading.model else {
        console.report(&reading.diagnostics, &reading.sources, None, Map::new());
        return Exit::of(&reading.diagnostics);
    };
    let folder = match ledger_folder(manifest, &reading) {
        Some(Ok(folder)) => folder,
        Some(Err(refused)) => {
            let refused = [refused];
            console.report(&refused, &reading.sources, None, Map::new());
            return Exit::of(&refused);
        }
        None => {
            return console.refuse(vec![
                Diagnostic::error(
                    MISSING_KEY,
                    "the declaration has no `postgres` target, so migrations have no folder",
                )
                .help("add the folder under `targets`: `postgres: ../migrations`"),
            ]);
        }
    };
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(ledger::files(&folder, &mut cx), &mut cx);
    let found = cx.into_sorted();
    if !found.is_empty() {
        return console.refuse(found);
    }
    if arguments.rewrite
        && let Some(refused) = released::refuses_rewrite(&folder, &ledger)
    {
        console.refuse(vec![refused]);
        return Exit::Usage;
    }
    let at = arguments.at.clone();
    let at = at.unwrap_or_else(|| ledger.place(SystemTime::now()));
    let migration = match (&arguments.name, arguments.rewrite) {
        (Some(name), _) => Migration::New { name, at: &at },
        (None, true) => Migration::Rewrite,
        (None, false) => Migration::New {
            name: "plan",
            at: &at,
        },
    };
    let choices = Choices {
        allow_drop: arguments.allow_drop.clone(),
        files: match arguments.one_file {
            true => Files::One,
            false => Files::Online,
        },
    };
    let migrated = match ledger::migrate(&ledger, model, migration, &choices) {
        Ok(migrated) => migrated,
        // What was asked for cannot be done; the declaration and its outputs are as they were.
        Err(Refused::Asked(diagnostic)) => {
            console.refuse(vec![diagnostic]);
            return Exit::Usage;
        }
        Err(Refused::Declared(complaints)) => {
            let found = reading.placed(complaints);
            console.report(&found, &reading.sources, None, Map::new());
            return Exit::Usage;
        }
    };
    if migrated.files.is_empty() {
        console.report(&reading.diagnostics, &reading.sources, None, Map::new());
        console.say(match arguments.rewrite {
            true => "nothing changes without the newest entry, so that it can be deleted with its snapshot",
            false => "nothing changes: no migration is needed",
        });
        return Exit::Fine;
    }
    if arguments.plan {
        return plan(&reading, &ledger, model, &migrated, console);
    }
    let written = write(&folder, &migrated.files, arguments.rewrite);
    match written.and_then(|written| remove(&folder, &migrated.removed).map(|()| written)) {
        Ok(written) => {
            let more = Map::from_iter([
                ("written".to_owned(), json!(written)),
                ("changes".to_owned(), json!(migrated.changes)),
            ]);
            console.report(&reading.diagnostics, &reading.sources, None, more);
            for change in &migrated.changes {
                console.say(&format!("  {change}"));
            }
            for path in &written {
                console.say(&format!("wrote {path}"));
            }
            for name in &migrated.removed {
                console.say(&format!("removed {}", shown(&folder.join(name))));
            }
            Exit::Fine
        }
        Err((path, error)) => console.refuse(vec![Diagnostic::error(
            UNWRITABLE,
            format!("`{}` cannot be written: {error}", shown(&path)),
        )]),
    }
}

/// Shows what the files would do.
fn plan(
    reading: &Reading,
    ledger: &Ledger,
    model: &Model,
    migrated: &Migrated,
    console: &mut Console,
) -> Exit {
    let nothing = Model {
        tables: IndexMap::new(),
        storage: IndexMap::new(),
        streams: IndexMap::new(),
        ..model.clone()
    };
    let before = ledger
        .before(migrated)
        .map_or(&nothing, |entry| &entry.snapshot.model);
    let has = |target: &str| reading.declaration.targets.contains_key(target);
    let plan = MigrationPlan::new(&migrated.plan, before, model, has);
    let more = Map::from_iter([
        ("changes".to_owned(), json!(migrated.changes)),
        ("plan".to_owned(), json!(plan)),
    ]);
    console.report(&reading.diagnostics, &reading.sources, None, more);
    if migrated.plan.is_empty() {
        for change in &migrated.changes {
            console.say(&format!("  {change}"));
        }
    }
    console.notice("Migration plan", &plan.lines());
    Exit::Fine
}

/// Writes the files of an entry: first all of them beside their places, then each into its place.
///
/// The snapshots come last, since an entry without one is reported, and the other way round is not.
fn write(folder: &Path, tree: &Tree<'_>, over: bool) -> Result<Vec<String>, (PathBuf, io::Error)> {
    let mut ready = Vec::new();
    for (name, text) in tree.iter() {
        let path = folder.join(name);
        let beside = beside(&path, &text).map_err(|error| (path.clone(), error))?;
        ready.push((path, beside));
    }
    ready.sort_by_key(|(path, _)| path.parent() != Some(folder));
    let mut written = Vec::new();
    for (path, beside) in ready {
        let placed = match over {
            true => beside.persist(&path),
            false => beside.persist_noclobber(&path),
        };
        placed.map_err(|error| (path.clone(), error.error))?;
        written.push(shown(&path));
    }
    Ok(written)
}

/// Removes files of an entry that was written anew, the snapshots last.
fn remove(folder: &Path, names: &[String]) -> Result<(), (PathBuf, io::Error)> {
    let mut paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    paths.sort_by_key(|path| path.parent() != Some(folder));
    for path in paths {
        fs::remove_file(&path).map_err(|error| (path, error))?;
    }
    Ok(())
}

fn beside(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    stage(folder, path, text.as_bytes())
}
