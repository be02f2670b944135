//! `check --self-test`: proves that the gate is not blind, on copies of the outputs.

use super::gate::Comparison;
use super::{Console, Exit};
use crate::diagnostic::{Diagnostic, Diagnostics, UNWRITABLE, shown};
use crate::plan::{Folder, Output, Plan};
use crate::reach::Reach;
use crate::reading::read_within;
use serde_json::{Map, json};
use std::io;
use std::path::Path;
use std::{fs, path::PathBuf};

pub(super) fn check(manifest: &Path, reach: Reach, console: &mut Console) -> Exit {
    let reading = read_within(manifest, reach);
    let comparison = Comparison::new(manifest, &reading);
    let diagnostics = comparison.diagnostics();
    let sources = &comparison.reading.sources;
    let fresh = comparison.plan.as_ref().is_some_and(Plan::is_empty);
    if !fresh || Exit::of(&diagnostics) != Exit::Fine {
        console.report(&diagnostics, sources, comparison.plan.as_ref(), Map::new());
        if !fresh && Exit::of(&diagnostics) == Exit::Fine {
            return Exit::Stale;
        }
        return Exit::of(&diagnostics);
    }
    match alter_each(&comparison.outputs, &problems) {
        Err(error) => console.refuse(vec![Diagnostic::error(
            UNWRITABLE,
            format!("a copy of the outputs cannot be made: {error}"),
        )]),
        Ok(result) => {
            let more = Map::from_iter([
                ("altered".to_owned(), json!(result.altered)),
                ("missed".to_owned(), json!(result.missed)),
            ]);
            console.report(&diagnostics, sources, None, more);
            for missed in &result.missed {
                console.complain(&format!("the gate did not catch this: {missed}"));
            }
            if result.missed.is_empty() {
                console.say(&format!(
                    "the gate caught each of {} alterations",
                    result.altered
                ));
                return Exit::Fine;
            }
            Exit::Stale
        }
    }
}

/// What became of the alterations.
#[derive(Debug, PartialEq, Eq)]
struct SelfTest {
    altered: usize,
    /// Those that the gate did not catch.
    missed: Vec<String>,
}

/// The gate itself: the files in which an output differs from what is on disk.
fn problems(output: &Output<'_>) -> Vec<PathBuf> {
    let mut cx = Diagnostics::new();
    let plan = Plan::new(std::slice::from_ref(output), &mut cx);
    let refused = cx.into_sorted().into_iter().filter_map(|_| None);
    plan.problems()
        .iter()
        .map(|problem| PathBuf::from(&problem.path))
        .chain(refused)
        .collect()
}

/// Writes each output anew in a folder of its own, then edits and removes each file and adds a stray one.
fn alter_each(
    outputs: &[Output<'_>],
    gate: &dyn Fn(&Output<'_>) -> Vec<PathBuf>,
) -> io::Result<SelfTest> {
    let aside = tempfile::tempdir()?;
    let mut result = SelfTest {
        altered: 0,
        missed: Vec::new(),
    };
    for (index, output) in outputs.iter().enumerate() {
        let copy = Output {
            root: aside.path().join(index.to_string()),
            folder: output.folder,
            tree: output.tree.written(),
        };
        write(&copy)?;
        let mut expect = |how: &str, path: &Path| {
            result.altered += 1;
            if !gate(&copy).iter().any(|found| found == path) {
                let name = path.strip_prefix(&copy.root).unwrap_or(path);
                result
                    .missed
                    .push(format!("{} {how}", shown(&output.root.join(name))));
            }
        };
        for (name, text) in copy.tree.iter() {
            let path = copy.root.join(name);
            fs::write(&path, format!("{text}x"))?;
            expect("edited", &path);
            fs::remove_file(&path)?;
            expect("removed", &path);
            fs::write(&path, text.as_ref())?;
        }
        if copy.folder == Folder::Mirror {
            let stray = copy.root.join("stray");
            fs::write(&stray, "")?;
            expect("added", &stray);
        }
    }
    Ok(result)
}

fn write(output: &Output<'_>) -> io::Result<()> {
    let mut cx = Diagnostics::new();
    let plan = Plan::new(std::slice::from_ref(output), &mut cx);
    let mut refused = cx.into_sorted();
    if refused.is_empty() {
        refused.extend(plan.apply().err().into_iter().flatten());
    }
    match refused.first() {
        None => Ok(()),
        Some(first) => Err(io::Error::other(first.message.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn outputs() -> Vec<Output<'static>> {
        let mut tree = Tree::new();
        tree.insert("a.sql", "select 1;");
        tree.insert("b/c.sql", "select 2;");
        [Folder::Mirror, Folder::Shared]
            .map(|folder| Output {
                root: PathBuf::from("generated"),
                folder,
                tree: tree.clone(),
            })
            .into()
    }

    #[test]
    fn the_gate_catches_every_alteration() {
        let result = alter_each(&outputs(), &problems).expect("a folder aside");
        assert_eq!(
            (result.altered, result.missed.len()),
            (9, 0),
            "{:?}",
            result.missed
        );
    }

    #[test]
    fn a_blind_gate_is_seen() {
        let blind_to_removals = |output: &Output<'_>| {
            let mut found = problems(output);
            found.retain(|path| path.exists());
            found
        };
        let result = alter_each(&outputs(), &blind_to_removals).expect("a folder aside");
        assert_eq!(
            result.missed,
            [
                "generated/a.sql removed",
                "generated/b/c.sql removed",
                "generated/a.sql removed",
                "generated/b/c.sql removed",
            ]
        );
        let blind = alter_each(&outputs(), &|_| Vec::new()).expect("a folder aside");
        assert_eq!(blind.missed.len(), blind.altered);
    }
}
