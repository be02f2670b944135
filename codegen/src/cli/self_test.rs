//! `check --self-test`: proves that the gate is not blind, on copies of the outputs.

use super::gate::Comparison;
use super::{Console, Exit};
use crate::diagnostic::{Diagnostic, Diagnostics, UNWRITABLE, shown};
use crate::plan::{Folder, Output, Plan, Trust};
use crate::reach::Reach;
use crate::reading::read_within;
use serde_json::{Map, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

pub(super) fn check(manifest: &Path, reach: Reach, console: &mut Console) -> Exit {
    let reading = read_within(manifest, reach);
    let comparison = Comparison::new(manifest, &reading, Trust::Markers);
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
            format!("the outputs cannot be copied: {error}"),
        )]),
        Ok(result) => {
            let more = Map::from_iter([
                ("altered".to_owned(), json!(result.altered)),
                ("missed".to_owned(), json!(result.missed)),
            ]);
            console.report(&diagnostics, sources, None, more);
            for missed in &result.missed {
                console.complain(&format!("`check` did not find this change: {missed}"));
            }
            if result.missed.is_empty() {
                console.say(&format!("`check` found all {} changes", result.altered));
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

/// Writes each output anew in a folder of its own, then edits and removes every file and adds a stray one.
///
/// Every second file is altered at once, and then the others: the gate has to tell exactly those, and looks at the folder
/// as often for many files as for few.
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
        let mut expect = |how: &str, altered: &[PathBuf]| {
            let named = |path: &PathBuf| {
                let name = path.strip_prefix(&copy.root).unwrap_or(path);
                shown(&output.root.join(name))
            };
            result.altered += altered.len();
            let altered: BTreeSet<&PathBuf> = altered.iter().collect();
            let found = gate(&copy);
            let found: BTreeSet<&PathBuf> = found.iter().collect();
            let unseen = altered.difference(&found);
            let missed = unseen.map(|path| format!("{} {how}", named(path)));
            result.missed.extend(missed);
            let imagined = found.difference(&altered);
            let told = imagined.map(|path| format!("{} as it was", named(path)));
            result.missed.extend(told);
        };
        let files: Vec<_> = copy.tree.iter().collect();
        for half in [0, 1] {
            let chosen: Vec<(PathBuf, &Cow<'_, str>)> = files
                .iter()
                .skip(half)
                .step_by(2)
                .map(|(name, text)| (copy.root.join(name), text))
                .collect();
            let paths: Vec<PathBuf> = chosen.iter().map(|(path, _)| path.clone()).collect();
            if paths.is_empty() {
                continue;
            }
            for (path, text) in &chosen {
                fs::write(path, format!("{text}x"))?;
            }
            expect("edited", &paths);
            for path in &paths {
                fs::remove_file(path)?;
            }
            expect("removed", &paths);
            for (path, text) in &chosen {
                fs::write(path, text.as_bytes())?;
            }
        }
        if copy.folder == Folder::Mirror {
            let stray = copy.root.join("stray");
            fs::write(&stray, "")?;
            expect("added", &[stray]);
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
    use std::cell::Cell;

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

    #[test]
    fn a_gate_that_tells_too_much_is_seen() {
        let wary = |output: &Output<'_>| {
            let names = output.tree.paths();
            names.map(|name| output.root.join(name)).collect()
        };
        let result = alter_each(&outputs()[1..], &wary).expect("a folder aside");
        assert_eq!(
            result.missed,
            [
                "generated/b/c.sql as it was",
                "generated/b/c.sql as it was",
                "generated/a.sql as it was",
                "generated/a.sql as it was",
            ]
        );
    }

    #[test]
    fn the_gate_looks_as_often_at_many_files_as_at_few() {
        let looks = |files: usize| {
            let mut tree = Tree::new();
            for file in 0..files {
                tree.insert(format!("{file}.sql"), "select 1;");
            }
            let output = Output {
                root: PathBuf::from("generated"),
                folder: Folder::Mirror,
                tree,
            };
            let looks = Cell::new(0);
            let counted = |output: &Output<'_>| {
                looks.set(looks.get() + 1);
                problems(output)
            };
            let result = alter_each(&[output], &counted).expect("a folder aside");
            assert_eq!((result.altered, result.missed), (2 * files + 1, Vec::new()));
            looks.get()
        };
        assert_eq!([looks(2), looks(50)], [5, 5]);
    }
}
