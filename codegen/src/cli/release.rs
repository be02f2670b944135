//! `release`: marks the entries that a version of the app needs.

use super::migrate::{place, unwritable};
use super::{Console, Exit};
use crate::diagnostic::{
    ALLOWED_NOTHING, DEVICE_DROP_REFUSED, Diagnostic, Diagnostics, MISSING_KEY,
};
use crate::ledger::{self, Ledger};
use crate::model::Database;
use crate::outputs::{beside, ledger_folder};
use crate::reach::Reach;
use crate::reading::read_within;
use serde_json::{Map, json};
use std::path::Path;

/// What is asked of a release.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    /// To mark it; tables and columns of these names may go from devices.
    Mark(&'a [String]),
    /// To end it.
    End,
}

pub(super) fn release(
    manifest: &Path,
    reach: Reach,
    name: &str,
    asked: Asked<'_>,
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
    if let (true, Asked::Mark(_)) = (found.is_empty(), asked) {
        found.extend(ledger::due(&ledger, model));
    }
    if !found.is_empty() {
        return console.refuse(found);
    }
    let made = match asked {
        Asked::End => ledger::end(&ledger, name),
        Asked::Mark(allowed) => {
            let mut cx = Diagnostics::new();
            let beside = beside(manifest, &reading, model, &mut cx);
            let found = cx.into_sorted();
            if !found.is_empty() {
                console.report(&found, &reading.sources, None, Map::new());
                return Exit::of(&found);
            }
            let refused = refused_drops(beside.database.as_ref(), allowed);
            match refused.is_empty() {
                true => ledger::release(&ledger, model, name),
                false => {
                    console.refuse(refused);
                    return Exit::Usage;
                }
            }
        }
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

/// What a release would drop from devices that nobody has agreed to, and what was agreed to and is not dropped.
fn refused_drops(database: Option<&Database>, allowed: &[String]) -> Vec<Diagnostic> {
    let step = database.and_then(|database| {
        let newest = database.steps.last()?;
        (newest.from + 1 == database.version).then_some(newest)
    });
    let lost = step.map_or(&[][..], |step| &step.lost);
    let dropped = lost.iter().filter(|name| !allowed.contains(name));
    let dropped = dropped.map(|name| {
        Diagnostic::error(
            DEVICE_DROP_REFUSED,
            format!(
                "with this release, `{name}` goes from devices, and what it holds is nowhere else"
            ),
        )
        .help(format!(
            "if the data may go, run `codegen release … --allow-drop {name}`"
        ))
    });
    let nothing = allowed.iter().filter(|name| !lost.contains(name));
    let nothing = nothing.map(|name| {
        Diagnostic::error(
            ALLOWED_NOTHING,
            format!("`--allow-drop {name}` names nothing that goes from devices"),
        )
        .help("remove the flag")
    });
    dropped.chain(nothing).collect()
}
