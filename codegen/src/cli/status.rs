//! `status`: the entries of the ledger, and what a database says of them.

use super::args::StatusArguments;
use super::database;
use super::released::Main;
use super::{Console, Exit};
use crate::diagnostic::{Diagnostic, Diagnostics, MISSING_KEY};
use crate::ledger::{self, Applied, Entry, Ledger, State};
use crate::outputs::ledger_folder;
use crate::reach::Reach;
use crate::reading::read_within;
use serde_json::{Map, Value, json};
use std::path::Path;

/// How many differences are listed before the rest is only counted.
const LISTED: usize = 20;

pub(super) fn status(
    manifest: &Path,
    reach: Reach,
    arguments: &StatusArguments,
    console: &mut Console,
) -> Exit {
    let reading = read_within(manifest, reach);
    if reading.model.is_none() {
        console.report(&reading.diagnostics, &reading.sources, None, Map::new());
        return Exit::of(&reading.diagnostics);
    }
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
    let main = match Main::of(&folder, arguments.main.as_deref()) {
        Ok(main) => main,
        Err(refused) => {
            console.refuse(vec![refused]);
            return Exit::Usage;
        }
    };
    let paths = main.as_ref().map(Main::paths);
    let merged = |entry: &Entry| paths.as_ref().map(|paths| paths.contains(&entry.path()));
    let live = match &arguments.database_url {
        None => None,
        Some(url) => match database::read(url, |read| ledger::applied(read, &ledger)) {
            Ok(live) => Some(live),
            Err(refused) => {
                found.push(refused);
                None
            }
        },
    };
    let more = Map::from_iter([
        ("entries".to_owned(), entries(&ledger, &merged, live.as_ref())),
        (
            "releases".to_owned(),
            ledger
                .releases
                .iter()
                .map(|one| json!({"name": one.name, "entry": one.entry, "ended": one.ended}))
                .collect(),
        ),
        (
            "database".to_owned(),
            live.as_ref().map_or(Value::Null, |live| {
                json!({
                    "runner": live.runner.map(ledger::Runner::name),
                    "unknown": live.unknown,
                    "differences": live.differences.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "seeds": {
                        "differing": live.seeds.differing,
                        "of_callers": live.seeds.of_callers,
                        "hidden": live.seeds.hidden,
                    },
                })
            }),
        ),
    ]);
    console.report(&found, &reading.sources, None, more);
    for line in table(&ledger, &merged, live.as_ref()) {
        console.say(&line);
    }
    for release in &ledger.releases {
        console.say(&release.to_string());
    }
    if let Some(live) = &live {
        told(live, console);
    }
    let differs = |live: &Applied| {
        let states = live.states.iter();
        let wrong = |state: &State| matches!(state, State::Otherwise | State::Failed);
        !live.unknown.is_empty()
            || !live.differences.is_empty()
            || !live.seeds.differing.is_empty()
            || states.clone().any(wrong)
    };
    match Exit::of(&found) {
        Exit::Fine if live.as_ref().is_some_and(differs) => Exit::LiveDiffers,
        exit => exit,
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Pending => "pending",
        State::Applied => "applied",
        State::Otherwise => "applied with another text",
        State::Failed => "failed",
        State::Unknown => "not known",
    }
}

fn entries(
    ledger: &Ledger,
    merged: &dyn Fn(&Entry) -> Option<bool>,
    live: Option<&Applied>,
) -> Value {
    let entries = ledger.entries.iter().enumerate().map(|(index, entry)| {
        let path = entry.path();
        json!({
            "path": path,
            "written_by": if entry.by_hand { "hand" } else { "codegen" },
            "whole": ledger.is_whole(entry),
            "merged": merged(entry),
            "released": ledger.is_released(&path),
            "database": live.and_then(|live| live.states.get(index)).map(|state| word(*state)),
        })
    });
    entries.collect()
}

/// A line for each entry, in columns.
fn table(
    ledger: &Ledger,
    merged: &dyn Fn(&Entry) -> Option<bool>,
    live: Option<&Applied>,
) -> Vec<String> {
    let rows: Vec<Vec<String>> = ledger
        .entries
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let path = entry.path();
            let stage = match (ledger.is_released(&path), merged(entry)) {
                (true, _) => "released",
                (false, Some(true)) => "merged",
                (false, Some(false)) => "new",
                (false, None) => "not released",
            };
            let mut row = vec![
                path,
                if entry.by_hand {
                    "by hand"
                } else {
                    "generated"
                }
                .to_owned(),
                if ledger.is_whole(entry) {
                    "whole"
                } else {
                    "edited"
                }
                .to_owned(),
                stage.to_owned(),
            ];
            if let Some(live) = live {
                let state = live.states.get(index);
                row.push(state.map_or("not known", |state| word(*state)).to_owned());
            }
            row
        })
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Who told it, and what does not fit.
fn told(live: &Applied, console: &mut Console) {
    match live.runner {
        Some(runner) => console.say(&format!(
            "the database's states come from the table of {}",
            runner.name()
        )),
        None if live.states.is_empty() => {
            console.say("no runner's table was found, and the database fits no snapshot");
        }
        None => console.say(
            "no runner's table was found; the database's catalog was compared with the snapshots",
        ),
    }
    for version in &live.unknown {
        console.say(&format!(
            "the database has run {version}, which is not in the ledger"
        ));
    }
    let differences: Vec<String> = live.differences.iter().map(ToString::to_string).collect();
    listed(&differences, console);
    let seeds = &live.seeds;
    for (heading, lines) in [
        (
            "rows differ from the seeds of the newest migration that has run:",
            &seeds.differing,
        ),
        (
            "rows that callers may have changed since they were seeds:",
            &seeds.of_callers,
        ),
        ("seeds that were not compared:", &seeds.hidden),
    ] {
        if !lines.is_empty() {
            console.say(heading);
            listed(lines, console);
        }
    }
}

fn listed(lines: &[String], console: &mut Console) {
    for line in lines.iter().take(LISTED) {
        console.say(&format!("  {line}"));
    }
    if lines.len() > LISTED {
        console.say(&format!("  and {} more", lines.len() - LISTED));
    }
}
