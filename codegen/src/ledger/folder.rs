//! Which files of a folder belong to the ledger.

use crate::diagnostic::{Diagnostic, Diagnostics, UNREADABLE, shown};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Texts by path relative to the ledger's folder, with `/`.
pub type Files = BTreeMap<String, String>;

/// The folder of the snapshots, in the ledger's folder.
pub const FOLDER: &str = "snapshots";

/// `20260131120000_init.sql` → `("20260131120000", "init")`.
pub(super) fn entry_of(path: &str) -> Option<(&str, &str)> {
    let (at, name) = path.strip_suffix(".sql")?.split_once('_')?;
    (!at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains('/'))
        .then_some((at, name))
}

/// `snapshots/20260131120000.json` → `20260131120000`.
pub(super) fn snapshot_at(path: &str) -> Option<&str> {
    let at = path
        .strip_prefix(FOLDER)?
        .strip_prefix('/')?
        .strip_suffix(".json")?;
    at.bytes().all(|byte| byte.is_ascii_digit()).then_some(at)
}

pub(super) fn entry_path(at: &str, name: &str) -> String {
    format!("{at}_{name}.sql")
}

pub(super) fn snapshot_path(at: &str) -> String {
    format!("{FOLDER}/{at}.json")
}

/// Reads the files of a ledger from its folder; a folder that is not there holds none.
///
/// Complains about what cannot be read (`E001`).
pub fn files(folder: &Path, cx: &mut Diagnostics) -> Files {
    let mut files = Files::new();
    for (inside, prefix) in [(folder.to_owned(), ""), (folder.join(FOLDER), "snapshots/")] {
        let entries = match fs::read_dir(&inside) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                cx.push(unreadable(&inside, &error));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    cx.push(unreadable(&inside, &error));
                    continue;
                }
            };
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = format!("{prefix}{name}");
            if entry_of(&path).is_none() && snapshot_at(&path).is_none() {
                continue;
            }
            match fs::read_to_string(entry.path()) {
                Ok(text) => {
                    files.insert(path, text);
                }
                Err(error) => cx.push(unreadable(&entry.path(), &error)),
            }
        }
    }
    files
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        UNREADABLE,
        format!("`{}` cannot be read: {error}", shown(path)),
    )
}
