//! `bridge dead-letters`: what could not be applied, shown, replayed and discarded.

use super::args::{Action, Common};
use super::{Stop, load, runtime, settings};
use crate::apply::Bridge;
use crate::dead_letters::{DeadLetter, NotDone, Replayed};
use serde_json::value::RawValue;
use std::path::Path;

/// Returns what is printed.
pub(super) fn run(common: &Common, action: &Action) -> Result<String, Stop> {
    let config = settings(common)?;
    let problems = config.database.problems();
    if !problems.is_empty() {
        return Err(Stop::Declared(problems.join("\nerror: ")));
    }
    let app = load::app(&common.app, &config)?;
    let bridge = Bridge::new(app, config).map_err(Stop::Declared)?;
    runtime()?.block_on(async {
        match action {
            Action::List { all } => {
                let letters = bridge.dead_letters(*all, 0).await.map_err(stop)?;
                Ok(letters.iter().map(line).collect())
            }
            Action::Show { id } => {
                let letter = bridge.dead_letter(*id).await.map_err(stop)?;
                let text = serde_json::to_string_pretty(&letter).expect("a dead letter is JSON");
                Ok(text + "\n")
            }
            Action::Replay { id, entries } => {
                let amended = entries.as_deref().map(amended).transpose()?;
                match bridge.replay(*id, amended.as_deref()).await.map_err(stop)? {
                    Replayed::Applied => Ok(format!("replayed {id}\n")),
                    Replayed::Failed { failed_operation } => Err(Stop::Differs(format!(
                        "dead letter {id} stays open: entry {}: {} [{}]",
                        failed_operation.operation_index,
                        failed_operation.message,
                        failed_operation.error_code
                    ))),
                }
            }
            Action::Discard { id } => {
                bridge.discard(*id).await.map_err(stop)?;
                Ok(format!("discarded {id}\n"))
            }
        }
    })
}

fn stop(why: NotDone) -> Stop {
    match why {
        NotDone::NotOpen(_) | NotDone::Malformed(_) => Stop::Declared(why.to_string()),
        NotDone::Failed(_) => Stop::Environment(why.to_string()),
    }
}

/// A dead letter in a line.
fn line(letter: &DeadLetter) -> String {
    let DeadLetter {
        id,
        created_at,
        caller,
        code,
        reason,
        ..
    } = letter;
    let outcome = letter.outcome.as_deref().unwrap_or("open");
    let entries = letter.entries.len();
    format!("{id}\t{outcome}\t{created_at}\t{caller}\t{entries} entries\t{code}\t{reason}\n")
}

/// The entries of a file: a JSON array.
fn amended(path: &Path) -> Result<Vec<String>, Stop> {
    let unreadable =
        |why: String| Stop::Environment(format!("`{}` cannot be read: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let entries: Vec<Box<RawValue>> = serde_json::from_str(&text)
        .map_err(|error| unreadable(format!("it is not a JSON array of entries: {error}")))?;
    Ok(entries.iter().map(|entry| entry.get().to_owned()).collect())
}
