//! `verify`: live systems beside what is declared.

use super::args::VerifyArguments;
use super::live_file::{self, unreadable};
use super::{Console, Exit, database};
use crate::diagnostic::{Diagnostic, Diagnostics, LIVE_DIFFERS, MISSING_KEY};
use crate::ledger::{self, Ledger};
use crate::model::Model;
use crate::outputs::ledger_folder;
use crate::reach::Reach;
use crate::reading::{Reading, read_within};
use crate::verify::{self, Verified};
use serde_json::{Map, json};
use std::path::Path;

/// How many differences are listed for a reader before the rest is only counted.
const LISTED: usize = 20;

pub(super) fn verify(
    manifest: &Path,
    reach: Reach,
    arguments: &VerifyArguments,
    console: &mut Console,
) -> Exit {
    let reading = read_within(manifest, reach);
    let Some(model) = &reading.model else {
        console.report(&reading.diagnostics, &reading.sources, None, Map::new());
        return Exit::of(&reading.diagnostics);
    };
    let asked = Asked {
        reading: &reading,
        model,
        ledger: ledger(manifest, &reading),
        arguments,
    };
    let mut systems = Vec::new();
    let mut found = Vec::new();
    for one in [
        asked.database(),
        asked.device(),
        asked.sync_config(),
        asked.client(),
    ]
    .into_iter()
    .flatten()
    {
        match one {
            Ok(verified) => systems.push(verified),
            Err(refused) => found.push(refused),
        }
    }
    let unread = Exit::of(&found);
    found.extend(systems.iter().filter_map(differs));
    let mut all = reading.diagnostics.clone();
    all.extend(found);
    let more = Map::from_iter([("systems".to_owned(), json!(systems))]);
    console.report(&all, &reading.sources, None, more);
    for system in &systems {
        if !system.differs() {
            console.say(&system.told);
        }
        for name in &system.not_managed {
            console.say(&format!("  not managed: {name}"));
        }
    }
    match unread {
        Exit::Fine if systems.iter().any(Verified::differs) => Exit::LiveDiffers,
        exit => exit,
    }
}

/// The ledger as it can be read; what is wrong with it is for `check`.
fn ledger(manifest: &Path, reading: &Reading) -> Ledger {
    let mut cx = Diagnostics::new();
    let ledger = match ledger_folder(manifest, reading) {
        Some(Ok(folder)) => Ledger::read(ledger::files(&folder, &mut cx), &mut cx),
        Some(Err(_)) | None => Ledger::default(),
    };
    drop(cx.into_sorted());
    ledger
}

/// What was asked for, and of what.
struct Asked<'a> {
    reading: &'a Reading,
    model: &'a Model,
    ledger: Ledger,
    arguments: &'a VerifyArguments,
}

type Found = Option<Result<Verified, Diagnostic>>;

impl Asked<'_> {
    fn database(&self) -> Found {
        let url = self.arguments.database_url.as_deref()?;
        Some(self.target("postgres", "--database-url").and_then(|()| {
            database::read(url, |read| verify::postgres(read, self.model, &self.ledger))
        }))
    }

    fn device(&self) -> Found {
        let file = self.arguments.sqlite.as_deref()?;
        Some(self.target("sqlite", "--sqlite").and_then(|()| {
            verify::sqlite(file, self.model).map_err(|why| unreadable(file, &why.to_string()))
        }))
    }

    fn sync_config(&self) -> Found {
        let file = self.arguments.sync_config.as_deref()?;
        let read = || {
            self.target("powersync", "--sync-config")?;
            let text = live_file::text(file)?;
            verify::sync_config(&text, self.model).map_err(|why| unreadable(file, &why))
        };
        Some(read())
    }

    fn client(&self) -> Found {
        let built = self.arguments.fingerprint.as_deref()?;
        Some(Ok(verify::client(built, self.model, &self.ledger)))
    }

    /// Refuses a system of which the declaration makes nothing.
    fn target(&self, name: &str, option: &str) -> Result<(), Diagnostic> {
        match self.reading.targets.contains_key(name) {
            true => Ok(()),
            false => Err(Diagnostic::error(
                MISSING_KEY,
                format!(
                    "`{option}` needs the target `{name}`, which the declaration does not have"
                ),
            )
            .help(format!("add its folder under `targets`: `{name}: …`"))),
        }
    }
}

/// The differences of a system, for a report.
fn differs(verified: &Verified) -> Option<Diagnostic> {
    if !verified.differs() {
        return None;
    }
    let mut told = Diagnostic::error(LIVE_DIFFERS, &verified.told);
    for difference in verified.differences.iter().take(LISTED) {
        told = told.note(difference);
    }
    if let Some(more @ 1..) = verified.differences.len().checked_sub(LISTED) {
        told = told.note(format!("and {more} more; `--format json` has them all"));
    }
    Some(verified.advice.iter().fold(told, Diagnostic::help))
}
