//! Compares one folder with what is to stand in it.

use super::disk::{Found, Listing, read, text};
use super::manifest::Manifest;
use super::{Change, Folder, Output, Problem, ProblemKind, staged, unix};
use crate::diagnostic::{Diagnostics, shown};
use crate::hash::hash;
use crate::parallel;
use crate::source::OUTPUT_MARKER;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What differs in each of these folders, and what to change.
///
/// The files of all folders are compared side by side, those of small folders first: a file that is alone in its folder is
/// often a large one.
pub(super) fn compare<'a>(
    folders: impl Iterator<Item = (&'a Path, &'a Output<'a>)>,
    roots: &BTreeSet<&Path>,
    cx: &mut Diagnostics,
) -> Vec<(Vec<Problem>, Vec<Change>)> {
    let mut comparisons: Vec<Comparison<'_>> = folders
        .filter_map(|(root, output)| Comparison::new(root, output, cx))
        .collect();
    let mut paths: Vec<(&Comparison<'_>, &str)> = comparisons
        .iter()
        .flat_map(|one| one.output.tree.paths().map(move |path| (one, path)))
        .collect();
    paths.sort_by_key(|(one, _)| one.output.tree.paths().len());
    let files = parallel::each(&paths, |(one, path)| one.file(path));
    let mut by_folder: BTreeMap<&Path, Vec<File>> = BTreeMap::new();
    for ((one, _), file) in paths.into_iter().zip(files) {
        by_folder.entry(one.root).or_default().push(file);
    }
    let finished = comparisons.iter_mut().map(|one| {
        one.declared(by_folder.remove(one.root).unwrap_or_default(), cx);
        one.no_longer_declared(cx);
        if one.output.folder == Folder::Mirror {
            one.never_declared(roots, cx);
        }
        one.left_behind(roots, cx);
        one.list();
        (
            std::mem::take(&mut one.problems),
            std::mem::take(&mut one.changes),
        )
    });
    finished.collect()
}

struct Comparison<'a> {
    root: &'a Path,
    output: &'a Output<'a>,
    /// The list of what was generated here before, as it is on disk.
    listed: Option<Vec<u8>>,
    /// What was generated here before; without a manifest, nothing.
    manifest: Manifest,
    /// The hashes of what is to stand here, by path.
    hashes: BTreeMap<String, String>,
    problems: Vec<Problem>,
    changes: Vec<Change>,
}

/// What comparing one file comes to.
struct File {
    /// Of the text that is to stand there.
    hash: String,
    /// How it differs, what is there and what is to be there.
    difference: Option<(ProblemKind, Option<Vec<u8>>, String)>,
    cx: Diagnostics,
}

impl<'a> Comparison<'a> {
    /// Nothing is compared yet; `None` where the folder cannot be read.
    fn new(root: &'a Path, output: &'a Output<'a>, cx: &mut Diagnostics) -> Option<Self> {
        let listed = match read(root, OUTPUT_MARKER, cx) {
            Found::Refused => return None,
            Found::Nothing => None,
            Found::File(bytes) => Some(bytes),
        };
        let manifest = listed
            .as_deref()
            .map(|bytes| Manifest::parse(&text(bytes)))
            .unwrap_or_default();
        Some(Self {
            root,
            output,
            listed,
            manifest,
            hashes: BTreeMap::new(),
            problems: Vec::new(),
            changes: Vec::new(),
        })
    }

    /// The files that should be there, each written, compared and forgotten again.
    fn declared(&mut self, files: Vec<File>, cx: &mut Diagnostics) {
        let output = self.output;
        for (path, file) in output.tree.paths().zip(files) {
            cx.append(file.cx);
            self.hashes.insert(path.to_owned(), file.hash);
            let Some((kind, old, new)) = file.difference else {
                continue;
            };
            let what = match kind {
                ProblemKind::Missing => "is missing",
                ProblemKind::Stale => "differs from the declaration",
                ProblemKind::Edited => "was edited by hand",
                ProblemKind::Stray => "is no longer declared",
                ProblemKind::Foreign => "was not generated, but an output needs this path",
            };
            // What is not ours is not compared with what is.
            let texts = old
                .as_deref()
                .filter(|_| kind != ProblemKind::Foreign)
                .map(|old| (unix(&text(old)).into_owned(), new.clone()));
            self.problem(kind, path, what, texts);
            self.change(path, old, Some(new));
        }
    }

    /// One file that should be there.
    fn file(&self, path: &str) -> File {
        let mut cx = Diagnostics::new();
        let new = self
            .output
            .tree
            .get(path)
            .expect("it is a path of the tree");
        let old = match read(self.root, path, &mut cx) {
            Found::Refused => None,
            Found::Nothing => Some((ProblemKind::Missing, None)),
            Found::File(bytes) if bytes == new.as_bytes() => None,
            Found::File(bytes) if unix(&text(&bytes)) == new => None,
            Found::File(bytes) => {
                let kind = match self.manifest.get(path) {
                    None => ProblemKind::Foreign,
                    Some(hashes) if hashes.contains(&hash(&text(&bytes))) => ProblemKind::Stale,
                    Some(_) => ProblemKind::Edited,
                };
                Some((kind, Some(bytes)))
            }
        };
        File {
            hash: hash(&new),
            difference: old.map(|(kind, old)| (kind, old, new.into_owned())),
            cx,
        }
    }

    /// The files that were generated here and are not asked for any more.
    fn no_longer_declared(&mut self, cx: &mut Diagnostics) {
        let gone: Vec<(String, BTreeSet<String>)> = self
            .manifest
            .iter()
            .filter(|(path, _)| !self.output.tree.contains(path))
            .map(|(path, hashes)| (path.to_owned(), hashes.clone()))
            .collect();
        for (path, hashes) in gone {
            let Found::File(bytes) = read(self.root, &path, cx) else {
                continue;
            };
            if hashes.contains(&hash(&text(&bytes))) {
                let what = "is no longer declared";
                self.problem(ProblemKind::Stray, &path, what, None);
                self.change(&path, Some(bytes), None);
            } else {
                let what = "was edited by hand, and is no longer declared";
                self.problem(ProblemKind::Foreign, &path, what, None);
            }
        }
    }

    /// The files that were never generated, in a folder that holds nothing else.
    fn never_declared(&mut self, roots: &BTreeSet<&Path>, cx: &mut Diagnostics) {
        let ours: BTreeSet<&str> = self
            .output
            .tree
            .paths()
            .chain(self.manifest.iter().map(|(path, _)| path))
            .collect();
        let found = Listing { ours, roots }.unclaimed(self.root, cx);
        for path in found {
            let what = "was not generated, but is in a folder for generated files";
            self.problem(ProblemKind::Foreign, &path, what, None);
        }
    }

    /// The files that a run left behind which was stopped while it wrote.
    fn left_behind(&mut self, roots: &BTreeSet<&Path>, cx: &mut Diagnostics) {
        for path in staged::left_behind(self.root, self.output.folder, roots) {
            let Found::File(bytes) = read(self.root, &path, cx) else {
                continue;
            };
            let what = "was left behind by an interrupted run";
            self.problem(ProblemKind::Stray, &path, what, None);
            self.change(&path, Some(bytes), None);
        }
    }

    /// The manifest; it is a problem of its own only when it is the only one.
    fn list(&mut self) {
        let listed = self.listed.take();
        let hashes = std::mem::take(&mut self.hashes);
        let new = (!hashes.is_empty()).then(|| Manifest::of(hashes).to_string());
        let old = listed.as_deref().map(text);
        let (kind, what) = match (&old, &new) {
            (None, None) => return,
            (Some(old), Some(new)) if unix(old) == *new => return,
            (None, Some(_)) => (ProblemKind::Missing, "is missing"),
            (Some(_), Some(_)) => (ProblemKind::Stale, "does not list the current outputs"),
            (Some(_), None) => (ProblemKind::Stray, "lists outputs, but none are left"),
        };
        if self.problems.is_empty() {
            self.problem(kind, OUTPUT_MARKER, what, None);
        }
        self.change(OUTPUT_MARKER, listed, new);
    }

    fn problem(
        &mut self,
        kind: ProblemKind,
        path: &str,
        what: &str,
        texts: Option<(String, String)>,
    ) {
        let path = shown(&self.root.join(path));
        self.problems.push(Problem {
            kind,
            message: format!("`{path}` {what}"),
            path,
            texts,
        });
    }

    fn change(&mut self, path: &str, old: Option<Vec<u8>>, new: Option<String>) {
        let path = self.root.join(path);
        self.changes.push(Change { path, old, new });
    }
}
