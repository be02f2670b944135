//! How far a declaration reaches: a pull request that edits it writes into its own repository, and reads nothing else.

use crate::tree::is_of_git;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Where the targets of a declaration may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// In the repository of the declaration: the nearest folder above it with `.git`, else that of the cargo or npm
    /// workspace, else the folder that the declaration's own folder is in.
    #[default]
    Repository,
    /// Anywhere but in the folders of git.
    Anywhere,
}

/// Why a folder is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutOfReach {
    /// It is outside of the repository, itself or by a symbolic link.
    Outside,
    /// It belongs to git.
    Git,
}

impl Reach {
    /// Why outputs of a declaration in the folder `declared` may not go into the folder `target`.
    ///
    /// # Errors
    ///
    /// The operating system refuses to say where the folder of the declaration is.
    pub(crate) fn refuses(self, declared: &Path, target: &Path) -> io::Result<Option<OutOfReach>> {
        if has_part_of_git(target) {
            return Ok(Some(OutOfReach::Git));
        }
        // A link to nowhere leads somewhere tomorrow.
        let Some(target) = resolved(target) else {
            return Ok(Some(OutOfReach::Outside));
        };
        let root = root(&fs::canonicalize(here(declared))?);
        if has_part_of_git(target.strip_prefix(&root).unwrap_or(&target)) {
            return Ok(Some(OutOfReach::Git));
        }
        let is_outside = self == Self::Repository && !target.starts_with(&root);
        Ok(is_outside.then_some(OutOfReach::Outside))
    }

    /// Whether the folder of a declaration is written as one of the repository in which the program runs, and a symbolic link
    /// leads elsewhere.
    pub(crate) fn is_left_by(self, declared: &Path) -> bool {
        let Ok(current) = env::current_dir().and_then(fs::canonicalize) else {
            return false;
        };
        let repository = marked(&current).unwrap_or(&current);
        self == Self::Repository
            && normal(&current.join(declared)).starts_with(repository)
            && fs::canonicalize(here(declared)).is_ok_and(|found| !found.starts_with(repository))
    }
}

/// The folder in which outputs may be; `folder` is the declaration's, without links.
fn root(folder: &Path) -> PathBuf {
    marked(folder)
        .or_else(|| folder.parent())
        .unwrap_or(folder)
        .to_owned()
}

/// The nearest folder of a repository, or else of a workspace.
fn marked(folder: &Path) -> Option<&Path> {
    let above = |is: fn(&Path) -> bool| folder.ancestors().find(|at| is(at));
    above(|at| fs::symlink_metadata(at.join(".git")).is_ok()).or_else(|| above(is_workspace))
}

fn is_workspace(folder: &Path) -> bool {
    let says = |file: &str, what: &str| {
        crate::bounded::read(&folder.join(file), 1 << 20)
            .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(what))
    };
    says("Cargo.toml", "[workspace")
        || says("package.json", "\"workspaces\"")
        || folder.join("pnpm-workspace.yaml").is_file()
}

fn here(folder: &Path) -> &Path {
    match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    }
}

/// Where a folder is or will be, without links; nothing where a link leads nowhere.
fn resolved(folder: &Path) -> Option<PathBuf> {
    let absolute = env::current_dir().ok()?.join(folder);
    let there = absolute
        .ancestors()
        .find(|at| fs::symlink_metadata(at).is_ok())?;
    let missing = absolute.strip_prefix(there).ok()?;
    Some(normal(&fs::canonicalize(there).ok()?.join(missing)))
}

/// The path without `.` and `..`, for what has no links.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(part),
        }
    }
    normal
}

fn has_part_of_git(path: &Path) -> bool {
    path.iter().filter_map(OsStr::to_str).any(is_of_git)
}
