//! `migrate`: writes an entry of the ledger.

use super::args::{MigrateArguments, NamesArgument};
use super::migration_plan::MigrationPlan;
use super::released::{self, Main};
use super::row_counts;
use super::{Console, Exit, database};
use crate::diagnostic::{
    Diagnostic, Diagnostics, ENTRY_FOREIGN, ENTRY_UNSEALED, MISSING_KEY, REBASE_REFUSED,
    UNWRITABLE, shown,
};
use crate::entry_names::{REFINERY, SUM};
use crate::ledger::{self, Choices, Files, Ledger, Migrated, Migration, Refused};
use crate::map::IndexMap;
use crate::model::Model;
use crate::outputs::ledger_folder;
use crate::plan::stage;
use crate::reach::Reach;
use crate::reading::{Reading, read_within};
use crate::targets::postgres::evolve;
use crate::tree::Tree;
use serde_json::{Map, json};
use std::fs;
use std::io;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tempfile::NamedTempFile;

pub(super) fn migrate(
    manifest: &Path,
    reach: Reach,
    arguments: &MigrateArguments,
    console: &mut Console,
) -> Exit {
    // Ends with the process: taking a large model apart piece by piece only costs time.
    let reading = ManuallyDrop::new(read_within(manifest, reach));
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
    let asked = Asked {
        reading: &reading,
        model,
        folder: &folder,
        arguments,
    };
    match asked.migrated() {
        Ok(migrated) if migrated.files.is_empty() => {
            console.report(&reading.diagnostics, &reading.sources, None, Map::new());
            console.say(asked.nothing());
            Exit::Fine
        }
        Ok(migrated) if arguments.plan => asked.plan(&migrated, console),
        Ok(migrated) => asked.write(&migrated, console),
        Err(Stopped::Ledger(found)) => console.refuse(found),
        Err(Stopped::Usage(found)) => {
            console.report(&found, &reading.sources, None, Map::new());
            Exit::Usage
        }
    }
}

/// What was asked for, and of what.
struct Asked<'a> {
    reading: &'a Reading,
    model: &'a Model,
    folder: &'a Path,
    arguments: &'a MigrateArguments,
}

/// Why nothing is written.
enum Stopped {
    /// The ledger is not whole.
    Ledger(Vec<Diagnostic>),
    /// What was asked for cannot be done; the declaration and its outputs are as they were.
    Usage(Vec<Diagnostic>),
}

impl Asked<'_> {
    fn migrated(&self) -> Result<Migrated, Stopped> {
        let arguments = self.arguments;
        let mut cx = Diagnostics::new();
        let files = ledger::files(self.folder, &mut cx);
        let unreadable = cx.has_errors();
        if arguments.rebase {
            let found = cx.into_sorted();
            return match found.is_empty() {
                true => self.rebased(&files),
                false => Err(Stopped::Ledger(found)),
            };
        }
        let ledger = Ledger::read(files, &mut cx);
        let mut found = cx.into_sorted();
        if arguments.seal && !unreadable {
            found.retain(|one| ![ENTRY_FOREIGN, ENTRY_UNSEALED].contains(&one.code));
        }
        if !found.is_empty() {
            return Err(Stopped::Ledger(found));
        }
        let main = || Main::of(self.folder, arguments.main.as_deref()).map_err(usage);
        if arguments.seal {
            let released = main()?.map(|main| main.paths()).unwrap_or_default();
            return ledger::seal(&ledger, |path| released.contains(path)).map_err(usage);
        }
        if arguments.rewrite
            && let Some(refused) = released::refuses_rewrite(main()?.as_ref(), &ledger)
        {
            return Err(usage(refused));
        }
        if arguments.rewrite
            && let Some(url) = &arguments.database_url
        {
            let applied = database::read(url, |read| ledger::applied(read, &ledger));
            let applied = applied.map_err(|refused| Stopped::Ledger(vec![refused]))?;
            if let Some(refused) = released::applied_refuses_rewrite(&applied, &ledger) {
                return Err(usage(refused));
            }
        }
        let at = arguments.at.clone();
        let at = at.unwrap_or_else(|| ledger.place(SystemTime::now()));
        let name = match (&arguments.name, arguments.names) {
            (Some(name), None) if !name.starts_with(REFINERY) => Some(name.clone()),
            // Refuses a name that begins like that by itself.
            (Some(name), None | Some(NamesArgument::Refinery)) => {
                Some(ledger::for_refinery(name).map_err(usage)?)
            }
            (None, _) => None,
        };
        let migration = match &name {
            Some(name) if arguments.empty => Migration::Empty { name, at: &at },
            Some(name) => Migration::New { name, at: &at },
            None if arguments.rewrite => Migration::Rewrite,
            None => Migration::New {
                name: "plan",
                at: &at,
            },
        };
        let choices = Choices {
            allow_drop: arguments.allow_drop.clone(),
            files: match arguments.one_file {
                true => evolve::Files::One,
                false => evolve::Files::Online,
            },
        };
        ledger::migrate(&ledger, self.model, migration, &choices)
            .map_err(|refused| self.stopped([refused]))
    }

    fn rebased(&self, files: &Files) -> Result<Migrated, Stopped> {
        let arguments = self.arguments;
        let main = Main::of(self.folder, arguments.main.as_deref()).map_err(usage)?;
        let Some(main) = main else {
            return Err(usage(
                Diagnostic::error(
                    REBASE_REFUSED,
                    "git does not say which entries are those of the main branch",
                )
                .help("name the branch: `codegen migrate --rebase --main origin/main`"),
            ));
        };
        let now = arguments.at.clone();
        let now = now.unwrap_or_else(|| Ledger::default().place(SystemTime::now()));
        ledger::rebase(files, &main.files(), self.model, &now)
            .map_err(|refused| self.stopped(refused))
    }

    fn stopped(&self, refused: impl IntoIterator<Item = Refused>) -> Stopped {
        let found = refused.into_iter().flat_map(|one| match one {
            Refused::Asked(diagnostic) => vec![diagnostic],
            Refused::Declared(complaints) => self.reading.placed(complaints),
        });
        Stopped::Usage(found.collect())
    }

    /// Shows what the files would do.
    fn plan(&self, migrated: &Migrated, console: &mut Console) -> Exit {
        let (reading, model) = (self.reading, self.model);
        let nothing = || {
            Arc::new(Model {
                storage: IndexMap::default(),
                streams: IndexMap::default(),
                ..model.without_tables()
            })
        };
        let before = migrated.before.clone().unwrap_or_else(nothing);
        let has = |target: &str| reading.targets.contains_key(target);
        let mut plan = MigrationPlan::new(&migrated.plan, &before, model, has);
        if let (Some(url), Some(before)) = (&self.arguments.database_url, &migrated.before) {
            match row_counts::count(url, before, model, &self.arguments.allow_drop) {
                Ok(rows) => plan.count(rows),
                Err(refused) => return console.refuse(vec![refused]),
            }
        }
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

    fn nothing(&self) -> &'static str {
        match self.arguments {
            MigrateArguments { rewrite: true, .. } => {
                "nothing changes without the newest entry, so that it can be deleted with its snapshot"
            }
            MigrateArguments { seal: true, .. } => "every entry is sealed",
            _ => "nothing changes: no migration is needed",
        }
    }

    fn write(&self, migrated: &Migrated, console: &mut Console) -> Exit {
        let over = self.arguments.rewrite || self.arguments.rebase;
        match place(self.folder, &migrated.files, over) {
            Ok(written) => {
                let mut removed = Vec::new();
                for path in &migrated.removed {
                    let path = self.folder.join(path);
                    if let Err(error) = fs::remove_file(&path) {
                        return unwritable(&path, &error, console);
                    }
                    removed.push(shown(&path));
                }
                let more = Map::from_iter([
                    ("written".to_owned(), json!(written)),
                    ("removed".to_owned(), json!(removed)),
                    ("changes".to_owned(), json!(migrated.changes)),
                ]);
                let reading = self.reading;
                console.report(&reading.diagnostics, &reading.sources, None, more);
                for change in &migrated.changes {
                    console.say(&format!("  {change}"));
                }
                for path in &written {
                    console.say(&format!("wrote {path}"));
                }
                for path in &removed {
                    console.say(&format!("removed {path}"));
                }
                Exit::Fine
            }
            Err((path, error)) => unwritable(&path, &error, console),
        }
    }
}

fn usage(refused: Diagnostic) -> Stopped {
    Stopped::Usage(vec![refused])
}

pub(super) fn unwritable(path: &Path, error: &io::Error, console: &mut Console) -> Exit {
    console.refuse(vec![Diagnostic::error(
        UNWRITABLE,
        format!("`{}` cannot be written: {error}", shown(path)),
    )])
}

/// Writes the files of an entry: first all of them beside their places, then each into its place.
///
/// The sum file comes last: a file that is not in it is reported.
pub(super) fn place(
    folder: &Path,
    tree: &Tree<'_>,
    over: bool,
) -> Result<Vec<String>, (PathBuf, io::Error)> {
    let mut ready = Vec::new();
    for (name, text) in tree.iter() {
        let path = folder.join(name);
        let beside = beside(&path, &text).map_err(|error| (path.clone(), error))?;
        ready.push((path, beside));
    }
    let sum = folder.join(SUM);
    ready.sort_by_key(|(path, _)| (*path == sum, path.parent() != Some(folder)));
    let mut written = Vec::new();
    for (path, beside) in ready {
        let placed = match over || path == sum {
            true => beside.persist(&path),
            false => beside.persist_noclobber(&path),
        };
        placed.map_err(|error| (path.clone(), error.error))?;
        written.push(shown(&path));
    }
    Ok(written)
}

fn beside(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    stage(folder, path, text.as_bytes())
}
