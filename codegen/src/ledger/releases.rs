//! The releases of an app, each with the newest entry that it needs.
//!
//! ```text
//! # synctable releases 1, written by `codegen release`.
//! 1.4.0 20260202080000_backfill.sql
//! ```

use super::{Entry, Ledger};
use crate::diagnostic::{Diagnostic, RELEASE_REFUSED, RELEASES_UNREADABLE};
use crate::entry_names::RELEASES;
use crate::tree::Tree;
use std::fmt::Write as _;

const TITLE: &str = "# synctable releases 1, written by `codegen release`.";

/// A version of the app that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its name, such as `1.4.0`.
    pub name: String,
    /// The path of the newest entry that it needs.
    pub entry: String,
}

/// Reads the file of releases, whose entries are those of the ledger.
pub(super) fn read(text: &str, entries: &[Entry]) -> Result<Vec<Release>, Diagnostic> {
    let wrong = |number: usize, why: &str| {
        Diagnostic::error(
            RELEASES_UNREADABLE,
            format!("line {number} of `{RELEASES}` {why}"),
        )
        .help("restore the file from version control")
    };
    let mut releases: Vec<Release> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if index == 0 {
            match line == TITLE {
                true => continue,
                false => return Err(wrong(1, "is not of a form that this version reads")),
            }
        }
        let Some((name, entry)) = line.split_once(' ').filter(|(name, _)| is_name(name)) else {
            return Err(wrong(index + 1, "is not a release"));
        };
        if !entries.iter().any(|one| one.path() == entry) {
            return Err(wrong(index + 1, "names an entry that is not in the ledger"));
        }
        releases.push(Release {
            name: name.to_owned(),
            entry: entry.to_owned(),
        });
    }
    Ok(releases)
}

/// The file of releases with another one, which needs everything so far.
///
/// # Errors
///
/// A name that a release cannot have, or that another one has; a ledger without entries (`D047`).
pub fn release(ledger: &Ledger, name: &str) -> Result<(Tree<'static>, Release), Diagnostic> {
    let refused = |why: String| Diagnostic::error(RELEASE_REFUSED, why);
    if !is_name(name) {
        return Err(
            refused(format!("`{name}` is not a valid name of a release"))
                .help("use up to 50 letters, digits, `.`, `+`, `-` and `_`, such as `1.4.0`"),
        );
    }
    if let Some(other) = ledger.releases.iter().find(|other| other.name == name) {
        return Err(refused(format!(
            "`{name}` is a release already, up to `{}`",
            other.entry
        ))
        .help("choose another name"));
    }
    let Some(newest) = ledger.newest() else {
        return Err(refused("there is no migration to release".to_owned())
            .help("run `codegen migrate --name init`"));
    };
    let release = Release {
        name: name.to_owned(),
        entry: newest.path(),
    };
    let mut text = format!("{TITLE}\n");
    for one in ledger.releases.iter().chain([&release]) {
        writeln!(text, "{} {}", one.name, one.entry).expect("a string grows");
    }
    let mut files = Tree::new();
    files.insert(RELEASES, text);
    Ok((files, release))
}

fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte);
    !name.is_empty() && name.len() <= 50 && name.bytes().all(good)
}

impl Ledger {
    /// Whether a release needs this entry, so that databases may have run it.
    pub fn is_released(&self, path: &str) -> bool {
        let place = |path: &str| self.entries.iter().position(|entry| entry.path() == path);
        let newest = self
            .releases
            .iter()
            .filter_map(|release| place(&release.entry))
            .max();
        matches!((place(path), newest), (Some(place), Some(newest)) if place <= newest)
    }
}
