//! The list of the folders that hold outputs, beside the declaration: how we know that a target was moved or removed.
//!
//! A folder that is listed and no longer declared loses what was generated in it, which its own manifest says.

use super::disk::{Found, read, text};
use super::{Change, Folder, Output, Plan, Problem, ProblemKind, normal, unix};
use crate::diagnostic::{Diagnostics, shown};
use crate::tree::Tree;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The file in the folder of the declaration.
pub(crate) const OUTPUT_FOLDERS: &str = ".synctable-folders";

const HEAD: &str = "# The folders that `codegen generate` writes into. Do not edit.";

/// The list as it is on disk.
#[derive(Debug)]
pub(crate) struct Record {
    declared: PathBuf,
    old: Option<Vec<u8>>,
}

impl Record {
    /// Reads the list beside the declaration in the folder `declared`.
    pub(crate) fn read(declared: &Path, cx: &mut Diagnostics) -> Self {
        let old = match read(declared, OUTPUT_FOLDERS, cx) {
            Found::File(bytes) => Some(bytes),
            Found::Nothing | Found::Refused => None,
        };
        Self {
            declared: declared.to_owned(),
            old,
        }
    }

    /// What is to be compared in the folders that are listed and that none of `current` is.
    ///
    /// `may` says which folders are within reach: the list is a file that anybody may edit.
    pub(crate) fn former(
        &self,
        current: &[Output<'_>],
        may: impl Fn(&Path) -> bool,
    ) -> Vec<Output<'static>> {
        let current: BTreeSet<PathBuf> = current
            .iter()
            .map(|output| normal(&output.root))
            .chain([normal(&self.declared)])
            .collect();
        let listed = self.old.as_deref().map(text).unwrap_or_default();
        let mut former: Vec<PathBuf> = listed
            .lines()
            .filter(|line| is_listed(line))
            .map(|line| normal(&self.declared.join(line)))
            .filter(|root| !current.contains(root) && may(root))
            .collect();
        former.sort();
        former.dedup();
        let outputs = former.into_iter().map(|root| Output {
            root,
            folder: Folder::Former,
            tree: Tree::new(),
        });
        outputs.collect()
    }
}

/// A line of the list, and nothing that a merge left between the lines.
fn is_listed(line: &str) -> bool {
    let is_mark = ["#", "<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|mark| line.starts_with(mark));
    !is_mark && !line.trim().is_empty() && Path::new(line).is_relative()
}

impl Plan {
    /// Adds to the plan that the list names these folders; outdated, it is a problem of its own only when it is the only one.
    pub(crate) fn record(mut self, record: Record, outputs: &[Output<'_>]) -> Self {
        let folders: BTreeSet<String> = outputs
            .iter()
            .filter(|output| output.folder != Folder::Former)
            // An absolute path belongs to one machine, so it is not listed.
            .filter(|output| output.root.is_relative() || record.declared.is_absolute())
            .map(|output| between(&normal(&record.declared), &normal(&output.root)))
            .collect();
        let lines = folders.iter().map(|folder| format!("{folder}\n"));
        let new = (!folders.is_empty()).then(|| {
            std::iter::once(format!("{HEAD}\n"))
                .chain(lines)
                .collect::<String>()
        });
        let (kind, what) = match (record.old.as_deref().map(text), &new) {
            (None, None) => return self,
            (Some(old), Some(new)) if unix(&old) == *new => return self,
            (None, Some(_)) => (ProblemKind::Missing, "is missing"),
            (Some(_), Some(_)) => (
                ProblemKind::Stale,
                "does not list the folders that are declared",
            ),
            (Some(_), None) => (ProblemKind::Stray, "lists folders, but none are declared"),
        };
        let path = record.declared.join(OUTPUT_FOLDERS);
        if self.problems.is_empty() {
            let path = shown(&path);
            self.problems.push(Problem {
                kind,
                message: format!("`{path}` {what}"),
                path,
                texts: None,
                way_out: None,
            });
        }
        self.roots.push(record.declared);
        self.changes.push(Change {
            path,
            old: record.old,
            new,
        });
        self
    }
}

/// The path that leads from one folder to another, both without `.` and `name/..`.
fn between(from: &Path, to: &Path) -> String {
    let from: Vec<Component<'_>> = from.components().collect();
    let to: Vec<Component<'_>> = to.components().collect();
    let is_here = |part: &&Component<'_>| **part != Component::CurDir;
    let (from, to): (Vec<_>, Vec<_>) = (
        from.iter().filter(is_here).collect(),
        to.iter().filter(is_here).collect(),
    );
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - same);
    let down = to[same..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_from_the_declaration_to_an_output() {
        for (from, to, expected) in [
            ("schema", "generated/sqlite", "../generated/sqlite"),
            ("schema", "schema/generated", "generated"),
            (".", "generated", "generated"),
            ("../schema", "../schema/src", "src"),
            ("/a/schema", "/a/b/c", "../b/c"),
        ] {
            assert_eq!(between(Path::new(from), Path::new(to)), expected);
        }
    }

    #[test]
    fn what_a_merge_leaves_is_not_a_folder() {
        let listed = |line| is_listed(line);
        assert!(listed("../generated/sqlite"));
        for line in [
            "<<<<<<< ours",
            "=======",
            ">>>>>>> theirs",
            "# x",
            "",
            "/etc",
        ] {
            assert!(!listed(line), "{line}");
        }
    }
}
