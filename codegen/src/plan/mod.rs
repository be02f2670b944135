//! What stands between the outputs as they are and as the declaration says: the one plan behind `check` and `generate`.
//!
//! `check` prints the plan, `generate` carries it out; planning again then finds nothing.
//! Nothing is written while comparing, and what is not ours is never written over.

mod apply;
mod compare;
mod disk;
mod manifest;
mod record;
mod report;
mod staged;

pub use apply::Applied;
pub(crate) use record::{OUTPUT_FOLDERS, Record};
pub use report::{PlanReport, ReportedProblem};
pub(crate) use staged::stage;

use crate::diagnostic::{
    Code, Diagnostic, Diagnostics, OUTPUT_EDITED, OUTPUT_FOREIGN, OUTPUT_MISSING, OUTPUT_STALE,
    OUTPUT_STRAY, OUTPUTS_COLLIDE, shown,
};
use crate::tree::Tree;
use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// A folder and what is to stand in it.
#[derive(Clone, Debug)]
pub struct Output<'m> {
    /// The folder. It is shown as given, so give it relative.
    pub root: PathBuf,
    /// Whose folder it is.
    pub folder: Folder,
    /// The files, by path relative to the folder.
    pub tree: Tree<'m>,
}

/// Whose folder it is that outputs are written into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// Ours: it equals its tree, and any other file in it is a problem.
    /// Names that begin with a dot are left alone, they are for the tools around it.
    Mirror,
    /// Shared with files that are not ours, such as migrations; they are left alone.
    Shared,
    /// No target's any more: what was generated in it goes, and other files are left alone.
    Former,
}

/// What counts as ours in a folder whose marker is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Only files that are already what they should be.
    #[default]
    Markers,
    /// Also files at the paths of outputs, and files whose head says that they were generated: the marker was lost.
    Paths,
}

/// How a file differs from what the declaration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// It should be there and is not.
    Missing,
    /// It was generated from another declaration, or by another version.
    Stale,
    /// It was generated, and nothing asks for it any more.
    Stray,
    /// It was changed after it was generated.
    Edited,
    /// It was not generated, and stands where an output goes or in a folder of outputs.
    Foreign,
}

impl ProblemKind {
    /// The word used in reports for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::Stray => "stray",
            Self::Edited => "edited",
            Self::Foreign => "foreign",
        }
    }

    /// The diagnostic code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Missing => OUTPUT_MISSING,
            Self::Stale => OUTPUT_STALE,
            Self::Stray => OUTPUT_STRAY,
            Self::Edited => OUTPUT_EDITED,
            Self::Foreign => OUTPUT_FOREIGN,
        }
    }
}

/// One file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How it differs.
    pub kind: ProblemKind,
    /// The file, as shown.
    pub path: String,
    message: String,
    /// As it is and as declared, where both are texts worth comparing.
    texts: Option<(String, String)>,
    /// What to do, for a problem that needs more than `codegen generate`.
    way_out: Option<&'static str>,
}

impl Problem {
    /// The problem as a diagnostic: code, message and way out.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.kind.code(), &self.message);
        if let Some(way_out) = self.way_out {
            return diagnostic.help(way_out);
        }
        match self.kind {
            ProblemKind::Foreign => {
                diagnostic.help("move it elsewhere, or choose another folder for the output")
            }
            ProblemKind::Edited => diagnostic
                .help("move the edit into the declaration: `codegen generate` overwrites it"),
            ProblemKind::Missing | ProblemKind::Stale | ProblemKind::Stray => {
                diagnostic.help("run `codegen generate` and commit the result")
            }
        }
    }

    /// The unified difference from the file to what the declaration says, for a file that has both.
    #[must_use]
    pub fn diff(&self) -> Option<String> {
        let (old, new) = self.texts.as_ref()?;
        let diff = similar::TextDiff::from_lines(old, new);
        let declared = format!("{} (declared)", self.path);
        Some(
            diff.unified_diff()
                .context_radius(3)
                .header(&self.path, &declared)
                .to_string(),
        )
    }
}

/// One change on disk.
#[derive(Clone, Debug)]
struct Change {
    path: PathBuf,
    /// What is there, to put back when a later change fails.
    old: Option<Vec<u8>>,
    /// What is to be there; `None` removes.
    new: Option<String>,
}

/// Everything in which the outputs differ from the declaration, and how to change it.
#[derive(Clone, Debug, Default)]
#[must_use = "a plan is printed or applied"]
pub struct Plan {
    problems: Vec<Problem>,
    changes: Vec<Change>,
    roots: Vec<PathBuf>,
    files: usize,
}

impl Plan {
    /// Compares outputs with what is on disk. Reads only.
    ///
    /// What cannot be compared goes to `cx` (files that cannot be read, folders and links where files should be,
    /// two outputs that want one path); a plan made with errors must not be applied.
    pub fn new(outputs: &[Output<'_>], cx: &mut Diagnostics) -> Self {
        Self::trusting(outputs, Trust::Markers, cx)
    }

    /// Compares outputs as [`Plan::new`] does; `trust` says what counts as ours in a folder without a marker.
    pub fn trusting(outputs: &[Output<'_>], trust: Trust, cx: &mut Diagnostics) -> Self {
        let folders = merge(outputs, cx);
        let mut plan = Self {
            roots: folders
                .iter()
                .filter(|(_, output)| output.folder != Folder::Former)
                .map(|(root, _)| root.clone())
                .collect(),
            ..Self::default()
        };
        let roots: BTreeSet<&Path> = folders.keys().map(PathBuf::as_path).collect();
        let all = folders
            .iter()
            .map(|(root, output)| (root.as_path(), &**output));
        for (mut problems, mut changes) in compare::compare(all, &roots, trust, cx) {
            plan.problems.append(&mut problems);
            plan.changes.append(&mut changes);
        }
        let counts = folders.values().map(|output| output.tree.paths().len());
        plan.files = counts.sum();
        plan.problems.sort_by(|a, b| a.path.cmp(&b.path));
        plan
    }

    /// The outputs are what the declaration says.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// What differs, by path.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many files the declaration asks for.
    #[must_use]
    pub fn file_count(&self) -> usize {
        self.files
    }
}

/// The outputs by folder; what goes into one folder is one output.
fn merge<'a, 'm>(
    outputs: &'a [Output<'m>],
    cx: &mut Diagnostics,
) -> BTreeMap<PathBuf, Cow<'a, Output<'m>>> {
    let mut folders: BTreeMap<PathBuf, Cow<'a, Output<'m>>> = BTreeMap::new();
    for output in outputs {
        let merged = match folders.entry(normal(&output.root)) {
            Entry::Vacant(first) => {
                first.insert(Cow::Borrowed(output));
                continue;
            }
            Entry::Occupied(other) => other.into_mut().to_mut(),
        };
        merged.folder = merged.folder.max(output.folder);
        for refused in merged.tree.append(&output.tree).err().into_iter().flatten() {
            let root = shown(&merged.root);
            cx.push(
                Diagnostic::error(OUTPUTS_COLLIDE, format!("in `{root}`, {refused}"))
                    .help("give each target its own folder under `targets`"),
            );
        }
    }
    folders
}

/// The path without `.` and without `name/..`, so that two spellings of one folder are equal.
fn normal(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            (part, _) => parts.push(part),
        }
    }
    if parts.is_empty() {
        return PathBuf::from(".");
    }
    parts.into_iter().collect()
}

/// The text with unix line breaks: git may have changed them on the way out, which is no difference.
fn unix(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests;
