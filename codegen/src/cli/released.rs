//! Whether the newest entry of a ledger may have run somewhere: whether the main branch has it.

use crate::diagnostic::{Diagnostic, REWRITE_REFUSED};
use crate::ledger::Ledger;
use std::path::Path;
use std::process::{Command, Stdio};

/// The main branch, where it is known: as the remote has it, else a local one.
const MAIN: [&str; 3] = [
    "refs/remotes/origin/HEAD",
    "refs/heads/main",
    "refs/heads/master",
];

/// Why the newest entry cannot be written anew (`D025`); `None` where the main branch does not have it, and without git.
pub(super) fn refuses_rewrite(folder: &Path, ledger: &Ledger) -> Option<Diagnostic> {
    let path = ledger.newest()?.path();
    let main = MAIN
        .into_iter()
        .find(|name| git(folder, &["rev-parse", "--verify", "--quiet", name]))?;
    if !git(folder, &["cat-file", "-e", &format!("{main}:./{path}")]) {
        return None;
    }
    let main = main
        .trim_start_matches("refs/heads/")
        .trim_start_matches("refs/remotes/");
    Some(
        Diagnostic::error(
            REWRITE_REFUSED,
            format!("`{path}` is in `{main}`, and a database may have run it"),
        )
        .help("append another migration: `codegen migrate --name …`"),
    )
}

/// Whether a git command succeeds in the folder; `false` if git, the repository or the folder is missing.
fn git(folder: &Path, arguments: &[&str]) -> bool {
    let asked = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}
