//! `import`: a declaration from a live database.

use super::args::ImportArguments;
use super::import_migrations::Migrated;
use super::init::targets::Found;
use super::{Console, Exit, database, live_file};
use crate::diagnostic::{Diagnostic, IMPORT_REFUSED, Severity, Sources, UNWRITABLE, shown};
use crate::import::{self, Asked, Fate, Imported, Leftover, Refused, SyncConfig};
use crate::ledger::{self, Ledger};
use serde_json::{Map, json};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// How many leftovers of a kind are listed for a reader before the rest is only counted.
const LISTED: usize = 20;

pub(super) fn import(arguments: &ImportArguments, console: &mut Console) -> Exit {
    if let Some(app) = &arguments.app
        && !super::init::is_app_name(app)
    {
        console.complain(&format!(
            "`{app}` is not a valid app name: write a snake case word, such as `my_app`"
        ));
        return Exit::Usage;
    }
    let folder = &arguments.into;
    if let Err(refused) = is_free(folder) {
        return console.refuse(vec![refused]);
    }
    let root = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let app = arguments.app.as_deref().unwrap_or("app");
    let chosen = Found::in_folder(root).choose(&arguments.target, app);
    let sync_config = match arguments
        .sync_config
        .as_deref()
        .map(sync_config)
        .transpose()
    {
        Ok(sync_config) => sync_config,
        Err(refused) => return console.refuse(vec![refused]),
    };
    let asked = Asked {
        schemas: arguments.schema.clone(),
        app: arguments.app.clone(),
        sync_config,
        targets: chosen
            .into_iter()
            .map(|one| (one.target, one.folder))
            .collect(),
    };
    let ledger = asked
        .targets
        .iter()
        .find(|(target, _)| target == "postgres")
        .map(|(_, of)| tidy(&folder.join(of)));
    if let Some(ledger) = &ledger
        && let Err(refused) = has_no_migrations(ledger)
    {
        return console.refuse(vec![refused]);
    }
    let migrated = match arguments
        .migrations
        .as_deref()
        .map(Migrated::of)
        .transpose()
    {
        Ok(migrated) => migrated,
        Err(refused) => return console.refuse(vec![refused]),
    };
    let url = match (&arguments.database_url, &migrated) {
        (_, Some(migrated)) => migrated.url(),
        (Some(url), None) => url.clone(),
        (None, None) => return Exit::Usage,
    };
    let read = database::read(&url, |transaction| {
        match import::import(transaction, &asked) {
            Ok(imported) => Ok(Ok(imported)),
            Err(Refused::Database(error)) => Err(error),
            Err(Refused::Draft(why)) => Ok(Err(why)),
        }
    });
    let imported = match read {
        Ok(Ok(imported)) => imported,
        Ok(Err(why)) => return console.refuse(vec![is_refused(&why)]),
        Err(refused) => return console.refuse(vec![refused]),
    };
    let files = imported.files.iter();
    let mut files: Vec<(PathBuf, String)> = files
        .map(|(path, text)| (folder.join(path), text.clone()))
        .collect();
    if let Some(ledger) = ledger {
        match adopted(&ledger, arguments.at.as_deref(), &imported) {
            Ok(of_ledger) => files.extend(of_ledger),
            Err(refused) => return console.refuse(vec![refused]),
        }
    }
    if !arguments.dry_run
        && let Err(refused) = write(&files)
    {
        return console.refuse(vec![refused]);
    }
    let nothing = Sources::new();
    let sources = asked
        .sync_config
        .as_ref()
        .map_or(&nothing, |config| &config.sources);
    let remarks = migrated
        .map(|migrated| migrated.remarks)
        .unwrap_or_default();
    for remark in &remarks {
        console.say(remark);
    }
    tell(arguments, &files, &imported, (sources, &remarks), console);
    let mut found = imported.contradictions.iter();
    match found.any(|one| one.severity == Severity::Error) {
        true => Exit::LiveDiffers,
        false => Exit::Fine,
    }
}

fn sync_config(file: &Path) -> Result<SyncConfig, Diagnostic> {
    let text = live_file::text(file)?;
    SyncConfig::read(&shown(file), &text).map_err(|why| live_file::unreadable(file, &why))
}

/// The files of the ledger: its first entry is what the database has.
fn adopted(
    folder: &Path,
    at: Option<&str>,
    imported: &Imported,
) -> Result<Vec<(PathBuf, String)>, Diagnostic> {
    let at = match at {
        Some(at) => at.to_owned(),
        None => Ledger::default().place(SystemTime::now()),
    };
    let mut model = imported.model.clone();
    model.pending.adopted = imported.adopted.clone();
    let migrated = ledger::adopt(&model, &at)?;
    let files = migrated.files.iter();
    Ok(files
        .map(|(path, text)| (folder.join(path), text.into_owned()))
        .collect())
}

/// A path without the steps that lead back.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if tidy.file_name().is_some() => drop(tidy.pop()),
            part => tidy.push(part),
        }
    }
    tidy
}

/// Refuses a folder of migrations that somebody else wrote.
fn has_no_migrations(folder: &Path) -> Result<(), Diagnostic> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "sql") {
            return Err(Diagnostic::error(
                UNWRITABLE,
                format!("`{}` already exists", shown(&path)),
            )
            .help("move the earlier migrations to another folder: the first entry of the ledger makes what they made")
            .help("or import without a ledger: name the targets that you want with `--target`"));
        }
    }
    Ok(())
}

fn is_refused(why: &[Diagnostic]) -> Diagnostic {
    let refused = Diagnostic::error(
        IMPORT_REFUSED,
        "this program made a declaration of the database that it refuses itself",
    );
    let why = why.iter().take(LISTED);
    let refused = why.fold(refused, |refused, one| {
        refused.note(format!("{}: {}", one.code, one.message))
    });
    refused.help("report the bug, with the database's schema (`pg_dump --schema-only`)")
}

/// Refuses a folder in which a declaration stands already.
fn is_free(folder: &Path) -> Result<(), Diagnostic> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unwritable(folder, &error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| unwritable(folder, &error))?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml");
        if is_yaml {
            return Err(Diagnostic::error(
                UNWRITABLE,
                format!("`{}` already exists", shown(&path)),
            )
            .help("import into another folder: `--into DIR`"));
        }
    }
    Ok(())
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        UNWRITABLE,
        format!("`{}` cannot be written: {error}", shown(path)),
    )
}

/// Writes the files; none is there yet.
fn write(files: &[(PathBuf, String)]) -> Result<(), Diagnostic> {
    for (path, text) in files {
        let made = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| {
                let mut file = fs::File::create_new(path)?;
                io::Write::write_all(&mut file, text.as_bytes())
            });
        made.map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

fn tell(
    arguments: &ImportArguments,
    files: &[(PathBuf, String)],
    imported: &Imported,
    (sources, remarks): (&Sources, &[String]),
    console: &mut Console,
) {
    let mut more = Map::from_iter([("leftovers".to_owned(), json!(imported.leftovers))]);
    if arguments.migrations.is_some() {
        more.insert("remarks".to_owned(), json!(remarks));
    }
    let shown_paths: Vec<String> = files.iter().map(|(path, _)| shown(path)).collect();
    match arguments.dry_run {
        true => {
            let texts: Map<String, serde_json::Value> = files
                .iter()
                .zip(&shown_paths)
                .map(|((_, text), path)| (path.clone(), json!(text)))
                .collect();
            more.insert("files".to_owned(), json!(texts));
        }
        false => drop(more.insert("written".to_owned(), json!(shown_paths))),
    }
    console.report(&imported.contradictions, sources, None, more);
    if arguments.dry_run && !console.is_json() {
        for ((_, text), path) in files.iter().zip(&shown_paths) {
            console.say(&format!("# {path}"));
            console.say(text);
        }
    }
    if !arguments.dry_run {
        for path in &shown_paths {
            console.say(&format!("wrote {path}"));
        }
    }
    for (fate, told) in [
        (Fate::Sql, "kept word for word under `sql`"),
        (
            Fate::Adopted,
            "declared in another form; the database keeps its own until the next migration",
        ),
        (Fate::NotManaged, "not declared"),
    ] {
        let of_fate = |one: &&Leftover| one.fate == fate;
        let leftovers: Vec<&Leftover> = imported.leftovers.iter().filter(of_fate).collect();
        if leftovers.is_empty() {
            continue;
        }
        console.say(&format!("{told}:"));
        for one in leftovers.iter().take(LISTED) {
            console.say(&format!("  {}: {}", one.thing, one.why));
        }
        if let Some(rest @ 1..) = leftovers.len().checked_sub(LISTED) {
            console.say(&format!("  and {rest} more; `--format json` has them all"));
        }
    }
}
