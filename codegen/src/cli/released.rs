//! What the main branch has of a ledger: a database may have run it.

use crate::diagnostic::{Diagnostic, REBASE_REFUSED, REWRITE_REFUSED};
use crate::ledger::{Applied, Entry, Files, Ledger, State};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The main branch, where it is known: as the remote has it, else a local one.
const MAIN: [&str; 3] = [
    "refs/remotes/origin/HEAD",
    "refs/heads/main",
    "refs/heads/master",
];

/// The main branch of the repository of a ledger.
pub(super) struct Main {
    folder: PathBuf,
    name: String,
}

impl Main {
    /// The branch of this name, or the one that usually is the main one; `None` without git.
    ///
    /// # Errors
    ///
    /// No branch has this name (`D046`).
    pub(super) fn of(folder: &Path, name: Option<&str>) -> Result<Option<Self>, Diagnostic> {
        let is_there = |name: &&str| {
            let commit = format!("{name}^{{commit}}");
            git(folder, &["rev-parse", "--verify", "--quiet", &commit]).is_some()
        };
        let found = match name {
            // Git would take it for an option.
            Some(name) if name.starts_with('-') || !is_there(&name) => {
                return Err(Diagnostic::error(
                    REBASE_REFUSED,
                    format!("git does not know the branch `{name}`"),
                )
                .help("name the branch that databases are migrated from, such as `origin/main`"));
            }
            Some(name) => Some(name),
            None => MAIN.into_iter().find(|name| is_there(name)),
        };
        Ok(found.map(|name| Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
        }))
    }

    /// Its name, as a person writes it.
    pub(super) fn shown(&self) -> &str {
        self.name
            .trim_start_matches("refs/heads/")
            .trim_start_matches("refs/remotes/")
    }

    /// The paths of its files in the folder.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let listed = git(
            &self.folder,
            &["ls-tree", "-r", "-z", "--name-only", &self.name, "."],
        );
        let listed = listed.unwrap_or_default();
        let paths = listed.split('\0').filter(|path| !path.is_empty());
        paths.map(str::to_owned).collect()
    }

    /// Those of these files that it has, each with the text that it has there.
    pub(super) fn files(&self) -> Files {
        let texts = self.paths().into_iter().filter_map(|path| {
            let text = git(&self.folder, &["show", &format!("{}:./{path}", self.name)])?;
            Some((path, text))
        });
        texts.collect()
    }
}

/// Why the newest migration cannot be written anew (`D025`): databases may have run one of its files.
///
/// `None` where neither the main branch nor a release has one of them, and without git and releases.
pub(super) fn refuses_rewrite(main: Option<&Main>, ledger: &Ledger) -> Option<Diagnostic> {
    let files: Vec<String> = ledger.of_newest().iter().map(Entry::path).collect();
    if let Some(path) = files.iter().find(|path| ledger.is_released(path)) {
        return Some(refused(format!(
            "a release needs `{path}`, and databases may have run it"
        )));
    }
    let main = main?;
    let of_main = main.paths();
    let path = files.iter().find(|path| of_main.contains(*path))?;
    Some(refused(format!(
        "`{path}` is in `{}`, and a database may have run it",
        main.shown()
    )))
}

/// Why the newest migration cannot be written anew (`D025`): this database has run one of its files, or does not show that it
/// has not.
pub(super) fn applied_refuses_rewrite(applied: &Applied, ledger: &Ledger) -> Option<Diagnostic> {
    if applied.states.is_empty() {
        return Some(
            refused(
                "the database fits no snapshot of the ledger, so it may have run the newest entry"
                    .to_owned(),
            )
            .help("see how it differs: `codegen status --database-url …`"),
        );
    }
    let newest = ledger.of_newest();
    let first = ledger.entries.len() - newest.len();
    let states = applied.states[first..].iter().zip(newest);
    states
        .filter(|(state, _)| **state != State::Pending)
        .map(|(state, entry)| {
            let path = entry.path();
            refused(match state {
                State::Failed => format!("`{path}` stopped half-way in the database"),
                State::Unknown => format!("the database does not show whether it has run `{path}`"),
                _ => format!("the database has run `{path}`"),
            })
        })
        .next()
}

fn refused(why: String) -> Diagnostic {
    Diagnostic::error(REWRITE_REFUSED, why)
        .help("append another migration: `codegen migrate --name …`")
}

/// What a git command prints in the folder; `None` if git, the repository or the folder is missing, or the command fails.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let asked = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    match asked.status.success() {
        true => String::from_utf8(asked.stdout).ok(),
        false => None,
    }
}
