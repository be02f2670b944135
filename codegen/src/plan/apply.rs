//! Carries a plan out: everything or nothing.
//!
//! Every new file is first written beside its destination; only when all are there, files are removed and renamed
//! into place. A failure on the way puts back what was there.

use super::{Change, Plan, ProblemKind, staged};
use crate::diagnostic::{Diagnostic, UNWRITABLE, shown};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The files that were written, as shown, by path; the manifests are not among them.
    pub written: Vec<String>,
    /// The files that were removed.
    pub removed: Vec<String>,
}

impl Plan {
    /// Makes the outputs what the declaration says. Only what differs is touched.
    ///
    /// # Errors
    ///
    /// Files that are not ours (`D005`), each one listed; nothing was written.
    /// What the operating system refuses (`E003`); what had been changed was put back.
    pub fn apply(&self) -> Result<Applied, Vec<Diagnostic>> {
        let foreign: Vec<_> = self
            .problems
            .iter()
            .filter(|problem| problem.kind == ProblemKind::Foreign)
            .map(super::Problem::diagnostic)
            .collect();
        if !foreign.is_empty() {
            return Err(foreign);
        }
        let mut made = Folders::default();
        let result = self.replace(&mut made);
        if result.is_err() {
            made.remove();
        }
        result?;
        let mut applied = Applied::default();
        for change in &self.changes {
            let path = shown(&change.path);
            if change.new.is_none() {
                self.prune(&change.path);
            }
            if [crate::source::OUTPUT_MARKER, super::OUTPUT_FOLDERS]
                .iter()
                .any(|marker| change.path.ends_with(marker))
            {
                continue;
            }
            match change.new {
                Some(_) => applied.written.push(path),
                None => applied.removed.push(path),
            }
        }
        applied.written.sort();
        applied.removed.sort();
        Ok(applied)
    }

    fn replace(&self, made: &mut Folders) -> Result<(), Vec<Diagnostic>> {
        // Removals come first: where names do not differ by case, a removed file may be a written one.
        let (writes, removals): (Vec<_>, Vec<_>) =
            self.changes.iter().partition(|change| change.new.is_some());
        let mut staged = Vec::new();
        let mut failed = Vec::new();
        for change in &self.changes {
            match unlocked(change) {
                Ok(()) => {}
                Err(error) => failed.push(unwritable(&change.path, &error)),
            }
        }
        for change in &writes {
            match stage(change, made) {
                Ok(file) => staged.push(file),
                Err(error) => failed.push(unwritable(&change.path, &error)),
            }
        }
        if !failed.is_empty() {
            return Err(failed);
        }
        let mut done: Vec<&Change> = Vec::new();
        for change in removals {
            if let Err(error) = fs::remove_file(&change.path) {
                return Err(roll_back(&done, unwritable(&change.path, &error)));
            }
            done.push(change);
        }
        for (change, file) in writes.into_iter().zip(staged) {
            if let Err(error) = file.persist(&change.path) {
                return Err(roll_back(&done, unwritable(&change.path, &error.error)));
            }
            done.push(change);
        }
        Ok(())
    }

    /// Removes the folders that a removed file leaves empty, up to the folder of the output.
    fn prune(&self, removed: &Path) {
        let mut folder = removed.parent();
        while let Some(at) = folder {
            if self.roots.iter().any(|root| root == at) || fs::remove_dir(at).is_err() {
                return;
            }
            folder = at.parent();
        }
    }
}

/// The folders that were made, outermost first.
#[derive(Default)]
struct Folders(Vec<PathBuf>);

impl Folders {
    fn make(&mut self, folder: &Path) -> io::Result<()> {
        let missing: Vec<_> = folder
            .ancestors()
            .take_while(|at| !at.as_os_str().is_empty() && !at.exists())
            .map(Path::to_owned)
            .collect();
        for at in missing.into_iter().rev() {
            fs::create_dir(&at)?;
            self.0.push(at);
        }
        Ok(())
    }

    fn remove(self) {
        for folder in self.0.iter().rev() {
            // What another program put there meanwhile keeps it.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// A file that was made read-only is not ours to replace, though a rename could.
fn unlocked(change: &Change) -> io::Result<()> {
    if change.old.is_some() && fs::metadata(&change.path)?.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
}

/// Writes the new text beside its destination, with the permissions it will have.
fn stage(change: &Change, made: &mut Folders) -> io::Result<NamedTempFile> {
    let folder = change.path.parent().unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    made.make(folder)?;
    let text = change.new.as_deref().unwrap_or_default();
    staged::stage(folder, &change.path, text.as_bytes())
}

/// Undoes what was done, last first. What cannot be undone is reported with the failure.
fn roll_back(done: &[&Change], failure: Diagnostic) -> Vec<Diagnostic> {
    let mut failures = vec![failure];
    for change in done.iter().rev() {
        let undone = match &change.old {
            None => fs::remove_file(&change.path),
            Some(bytes) => {
                let folder = change.path.parent().unwrap_or(Path::new("."));
                staged::stage(folder, &change.path, bytes)
                    .and_then(|file| file.persist(&change.path).map_err(|error| error.error))
                    .map(drop)
            }
        };
        if let Err(error) = undone {
            failures.push(
                unwritable(&change.path, &error)
                    .note("it had already been changed and could not be restored"),
            );
        }
    }
    failures
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        UNWRITABLE,
        format!("cannot write `{}`: {}", shown(path), error.kind()),
    )
}
