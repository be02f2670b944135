//! `release`: marks the entries that a version of the app needs.

use super::migrate::{place, unwritable};
use super::{Console, Exit};
use crate::diagnostic::{Diagnostic, Diagnostics, MISSING_KEY};
use crate::ledger::{self, Ledger};
use crate::outputs::ledger_folder;
use crate::reach::Reach;
use crate::reading::read_within;
use serde_json::{Map, json};
use std::path::Path;

pub(super) fn release(
    manifest: &Path,
    reach: Reach,
    name: &str,
    end: bool,
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
                Diagnostic::error(MISSING_KEY, "the declaration has no `postgres` target")
                    .help("add the folder under `targets`: `postgres: ../migrations`"),
            ]);
        }
    };
    let mut cx = Diagnostics::new();
    let ledger = Ledger::read(ledger::files(&folder, &mut cx), &mut cx);
    let mut found = cx.into_sorted();
    // What is released is what is declared.
    if found.is_empty() && !end {
        found.extend(ledger::due(&ledger, model));
    }
    if !found.is_empty() {
        return console.refuse(found);
    }
    let made = match end {
        true => ledger::end(&ledger, name),
        false => ledger::release(&ledger, model, name),
    };
    let (files, release) = match made {
        Ok(made) => made,
        Err(refused) => {
            console.refuse(vec![refused]);
            return Exit::Usage;
        }
    };
    match place(&folder, &files, true) {
        Ok(written) => {
            let told = json!({
                "name": release.name,
                "entry": release.entry,
                "ended": release.ended,
            });
            let more = Map::from_iter([
                ("written".to_owned(), json!(written)),
                ("release".to_owned(), told),
            ]);
            console.report(&reading.diagnostics, &reading.sources, None, more);
            console.say(&release.to_string());
            for path in &written {
                console.say(&format!("wrote {path}"));
            }
            Exit::Fine
        }
        Err((path, error)) => unwritable(&path, &error, console),
    }
}
