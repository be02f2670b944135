//! The gate: `cases/drift/*`, where outputs on disk differ from what is declared.
//!
//! A case holds what was `generated` last, what was `edited` since, and what is `declared` now; each has a folder per target.
//! `plan.txt` is what `check` prints. Whatever it says, `generate` then makes the folders equal to what is declared
//! and planning again finds nothing; or it refuses, and every file is as before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use synctable_codegen::diagnostic::{Color, Diagnostics, Format};
use synctable_codegen::plan::{Folder, Output, Plan, ProblemKind};
use synctable_codegen::tree::Tree;
use tests::cases::each;

/// Every file below a folder, by relative path; none when there is no folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.expect("a listed entry").path();
        let name = path.file_name().expect("a listed name").to_string_lossy();
        if path.is_dir() {
            let below = files(&path).into_iter();
            found.extend(below.map(|(path, text)| (format!("{name}/{path}"), text)));
        } else {
            let text = fs::read_to_string(&path).expect("a text");
            found.insert(name.into_owned(), text);
        }
    }
    found
}

/// One output per folder in `targets`, filled from `files`, below `disk`.
fn outputs(
    disk: &Path,
    targets: &BTreeSet<String>,
    files: &BTreeMap<String, String>,
) -> Vec<Output<'static>> {
    targets
        .iter()
        .map(|target| {
            let mut tree = Tree::new();
            for (path, text) in files {
                if let Some(path) = path.strip_prefix(&format!("{target}/")) {
                    tree.insert(path, text);
                }
            }
            Output {
                root: disk.join(target),
                folder: Folder::Mirror,
                tree,
            }
        })
        .collect()
}

fn plan(outputs: &[Output<'_>]) -> Result<Plan, String> {
    let mut cx = Diagnostics::new();
    let plan = Plan::new(outputs, &mut cx);
    let found = cx.into_sorted();
    if found.is_empty() {
        Ok(plan)
    } else {
        Err(format!("{found:?}"))
    }
}

#[test]
fn every_drift_is_named_and_repaired_or_refused() {
    each("drift", |case| {
        let [generated, edited, declared] =
            ["generated", "edited", "declared"].map(|part| files(&case.folder.join(part)));
        let targets: BTreeSet<String> = generated
            .keys()
            .chain(declared.keys())
            .filter_map(|path| Some(path.split_once('/')?.0.to_owned()))
            .collect();
        let disk = tempfile::tempdir().expect("a temporary folder");
        let before = outputs(disk.path(), &targets, &generated);
        plan(&before)?
            .apply()
            .map_err(|failed| format!("{failed:?}"))?;
        for (path, text) in &edited {
            let path = disk.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
            fs::write(path, text).expect("a file can be written");
        }

        let after = outputs(disk.path(), &targets, &declared);
        let found = plan(&after)?;
        let printed = found.render(Format::Human(Color::Never));
        let prefix = format!("{}/", disk.path().display());
        case.expect("plan.txt", &printed.replace(&prefix, ""))?;

        let as_it_was = files(disk.path());
        let foreign = found
            .problems()
            .iter()
            .any(|p| p.kind == ProblemKind::Foreign);
        match (found.apply(), foreign) {
            (Err(_), true) if files(disk.path()) == as_it_was => Ok(()),
            (Err(_), true) => Err("refused, and changed something all the same".to_owned()),
            (Ok(_), true) => Err("a foreign file did not stop it".to_owned()),
            (Err(failed), false) => Err(format!("{failed:?}")),
            (Ok(_), false) => {
                let mut left = files(disk.path());
                left.retain(|path, _| !path.ends_with("/.synctable"));
                if left != declared {
                    return Err(format!("left {left:?}, declared {declared:?}"));
                }
                match plan(&after)?.is_empty() {
                    true => Ok(()),
                    false => Err("planning again finds something".to_owned()),
                }
            }
        }
    });
}
