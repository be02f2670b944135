//! `generate` and `check`: one plan, carried out or printed.

use super::console::Part;
use super::locate::locate;
use super::replay::{Replayed, replay};
use super::{Console, Exit};
use crate::diagnostic::{Diagnostic, Diagnostics, MISSING_KEY, Severity, Sources, shown};
use crate::ledger::{self, Ledger};
use crate::outputs::{
    beside, broken_clients, ledger_folder, migration_due, outputs, plan as plan_outputs,
};
use crate::parallel;
use crate::plan::{Output, Plan, Trust};
use crate::reach::Reach;
use crate::reading::{Reading, read_within};
use serde_json::{Map, Value, json};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

/// What `generate` would do, and everything found on the way to it.
pub(super) struct Comparison<'m> {
    pub(super) reading: &'m Reading,
    pub(super) outputs: Vec<Output<'m>>,
    /// `None` where an error stands in the way.
    pub(super) plan: Option<Plan>,
    /// What was found besides what the reading has, in source order.
    pub(super) found: Vec<Diagnostic>,
    /// Whether a migration is due, and why.
    pub(super) due: Option<Diagnostic>,
}

impl<'m> Comparison<'m> {
    /// Compares the outputs of a declaration, read from `manifest`, with what is on disk.
    pub(super) fn new(manifest: &Path, reading: &'m Reading, trust: Trust) -> Self {
        let mut cx = Diagnostics::new();
        let mut due = None;
        let mut wanted = Vec::new();
        let mut plan = None;
        if let Some(model) = &reading.model {
            // A folder that no target may have is complained about with the outputs.
            let ledger = ledger_folder(manifest, reading).and_then(Result::ok);
            let (found, compared) = parallel::both(
                || {
                    let mut cx = Diagnostics::new();
                    let due = ledger.and_then(|folder| migration_due(&folder, model, &mut cx));
                    (due, cx)
                },
                || {
                    let beside = beside(manifest, reading, model, &mut cx);
                    wanted = outputs(manifest, reading, &beside, &mut cx);
                    let compared = plan_outputs(manifest, reading, &wanted, trust, &mut cx);
                    let compared = cx.is_clean().then_some(compared);
                    broken_clients(reading, model, &beside, &mut cx);
                    compared
                },
            );
            plan = compared;
            due = found.0;
            cx.append(found.1);
        }
        let mut found: Vec<Diagnostic> = Vec::new();
        // Outputs that depend on releases read the ledger, too.
        for one in cx.into_sorted() {
            if !found.contains(&one) {
                found.push(one);
            }
        }
        Self {
            reading,
            outputs: wanted,
            plan,
            found,
            due,
        }
    }

    /// Everything found, the reading's first.
    pub(super) fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut all = self.reading.diagnostics.clone();
        all.extend(self.found.iter().cloned());
        all
    }
}

pub(super) fn generate(manifest: &Path, reach: Reach, trust: Trust, console: &mut Console) -> Exit {
    // Ends with the process: taking a large model apart piece by piece only costs time.
    let reading = ManuallyDrop::new(read_within(manifest, reach));
    write(manifest, &reading, trust, console)
}

/// Writes the outputs of a declaration that was read.
pub(super) fn write(
    manifest: &Path,
    reading: &Reading,
    trust: Trust,
    console: &mut Console,
) -> Exit {
    let comparison = Comparison::new(manifest, reading, trust);
    let mut diagnostics = comparison.diagnostics();
    // What is wrong with the ledger is for `check` and `migrate`; generating stays possible where no output depends on it.
    for diagnostic in &mut diagnostics {
        if comparison.plan.is_some() && diagnostic.code.as_str().starts_with('D') {
            diagnostic.severity = Severity::Warning;
        }
    }
    diagnostics.extend(comparison.due.clone().map(|mut due| {
        due.severity = Severity::Warning;
        due
    }));
    let sources = &comparison.reading.sources;
    let applied = match &comparison.plan {
        Some(plan) => plan.apply(),
        None => Err(Vec::new()),
    };
    let mut more = Map::new();
    match applied {
        Ok(applied) => {
            more.insert("written".to_owned(), json!(applied.written));
            more.insert("removed".to_owned(), json!(applied.removed));
            for path in &applied.written {
                console.say(&format!("wrote {path}"));
            }
            for path in &applied.removed {
                console.say(&format!("removed {path}"));
            }
            let files = comparison.plan.as_ref().map_or(0, Plan::file_count);
            let changed = applied.written.len() + applied.removed.len();
            console.say(&match (files, changed) {
                (0, 0) => "the declaration names no targets that write files".to_owned(),
                (files, 0) => format!("{} up to date", counted(files)),
                (files, _) => format!("{changed} changed, {} in all", counted(files)),
            });
        }
        Err(refused) => diagnostics.extend(refused),
    }
    console.report(&diagnostics, sources, None, more);
    // A file that is not ours is in the way of writing, which is not a matter of being stale.
    match Exit::of(&diagnostics) {
        Exit::Stale => Exit::Environment,
        exit => exit,
    }
}

pub(super) fn check(
    manifest: &Path,
    reach: Reach,
    database_url: Option<&str>,
    console: &mut Console,
) -> Exit {
    // Ends with the process: taking a large model apart piece by piece only costs time.
    let reading = ManuallyDrop::new(read_within(manifest, reach));
    let comparison = Comparison::new(manifest, &reading, Trust::Markers);
    let mut diagnostics = comparison.diagnostics();
    diagnostics.extend(comparison.due.clone());
    let mut live = None;
    let mut told = None;
    if let Some(url) = database_url {
        match replayed(manifest, &reading, url) {
            Ok(Some(replayed)) => {
                live = replayed.found;
                told = replayed.told;
            }
            Ok(None) => {}
            Err(refused) => diagnostics.push(refused),
        }
    }
    let plan = comparison.plan.as_ref();
    let all: Vec<Diagnostic> = diagnostics.iter().chain(&live).cloned().collect();
    console.report(
        &all,
        &comparison.reading.sources,
        plan,
        Map::<String, Value>::new(),
    );
    let stale = plan.is_some_and(|plan| !plan.is_empty());
    let files = plan.map_or(0, Plan::file_count);
    if let Some(told) = told {
        console.say(&told);
    }
    match Exit::of(&diagnostics) {
        Exit::Fine if stale => Exit::Stale,
        Exit::Fine if live.is_some() => Exit::LiveDiffers,
        Exit::Fine => {
            console.say(&format!("{} up to date", counted(files)));
            Exit::Fine
        }
        exit => exit,
    }
}

/// Checks several apps: one report that names each, and the worst of their exit codes.
pub(super) fn check_each(apps: &[PathBuf], reach: Reach, console: &mut Console) -> Exit {
    let found: Vec<Result<(PathBuf, ManuallyDrop<Reading>), Diagnostic>> = apps
        .iter()
        .map(|app| {
            let manifest = locate(Some(app))?;
            let reading = ManuallyDrop::new(read_within(&manifest, reach));
            Ok((manifest, reading))
        })
        .collect();
    let none = Sources::new();
    let mut parts = Vec::new();
    for (app, found) in apps.iter().zip(&found) {
        let (diagnostics, sources, plan) = match found {
            Ok((manifest, reading)) => {
                let comparison = Comparison::new(manifest, reading, Trust::Markers);
                let mut diagnostics = comparison.diagnostics();
                diagnostics.extend(comparison.due);
                (diagnostics, &reading.sources, comparison.plan)
            }
            Err(refused) => (vec![refused.clone()], &none, None),
        };
        let exit = match Exit::of(&diagnostics) {
            Exit::Fine if plan.as_ref().is_some_and(|plan| !plan.is_empty()) => Exit::Stale,
            exit => exit,
        };
        parts.push(Part {
            app: shown(app),
            exit,
            said: match exit {
                Exit::Fine => {
                    let files = plan.as_ref().map_or(0, Plan::file_count);
                    format!("{} up to date", counted(files))
                }
                Exit::Stale => "out of date".to_owned(),
                Exit::Declaration => "the declaration has errors".to_owned(),
                Exit::Environment | Exit::Usage | Exit::LiveDiffers => "not checked".to_owned(),
            },
            diagnostics,
            sources,
            plan,
        });
    }
    console.report_each(&parts);
    Exit::worst(parts.iter().map(|part| part.exit))
}

/// Runs the migrations on an empty database. It does nothing if the ledger or the model is missing.
fn replayed(manifest: &Path, reading: &Reading, url: &str) -> Result<Option<Replayed>, Diagnostic> {
    let Some(model) = &reading.model else {
        return Ok(None);
    };
    let Some(folder) = ledger_folder(manifest, reading) else {
        return Err(Diagnostic::error(
            MISSING_KEY,
            "`--database-url` tries the migrations, and the declaration has no `postgres` target",
        )
        .help("add the folder under `targets`: `postgres: ../migrations`"));
    };
    // What is wrong with the ledger was found before.
    let mut cx = Diagnostics::new();
    let ledger = folder.map(|folder| Ledger::read(ledger::files(&folder, &mut cx), &mut cx));
    let _ = cx.into_sorted();
    match ledger {
        Ok(ledger) => replay(url, &ledger, model).map(Some),
        Err(_) => Ok(None),
    }
}

fn counted(files: usize) -> String {
    match files {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    }
}
