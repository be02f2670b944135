//! Which files of a folder belong to the ledger.

use crate::bounded;
use crate::diagnostic::{Diagnostic, Diagnostics, NOT_A_FILE, TOO_MUCH, UNREADABLE, shown};
use crate::entry_names::{RELEASE_MODELS, RELEASES, SNAPSHOTS, SUM};
pub(super) use crate::entry_names::{entry_of, entry_path, snapshot_at};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Texts by path relative to the ledger's folder, with `/`.
pub type Files = BTreeMap<String, String>;

pub(super) fn snapshot_path(at: &str) -> String {
    format!("{SNAPSHOTS}/{at}.json")
}

/// The most files of a ledger.
const FILES: usize = 20_000;

/// The most bytes of one file of a ledger.
const FILE_BYTES: u64 = 64 << 20;

/// The most bytes of all files of a ledger.
const BYTES: usize = 512 << 20;

/// What the target writes beside the entries.
const BESIDE: [&str; 3] = ["bridge.sql", "setup.sql", "storage.sql"];

/// The list of what other targets wrote into the same folder.
const MANIFEST: &str = ".synctable";

/// Reads the files of a ledger from its folder, and what a runner or a reader may take for one; a folder that is not there
/// holds none.
///
/// Complains about what cannot be read (`E001`), what is no plain file or folder (`E004`), and more files or bytes than
/// are read (`E008`).
pub fn files(folder: &Path, cx: &mut Diagnostics) -> Files {
    let mut files = Files::new();
    let mut bytes = 0;
    let generated = bounded::read(&folder.join(MANIFEST), FILE_BYTES).unwrap_or_default();
    let generated = String::from_utf8_lossy(&generated);
    let is_output = |path: &str| {
        let mut listed = generated.lines().filter_map(|line| line.split_once("  "));
        BESIDE.contains(&path) || listed.any(|(_, listed)| listed == path)
    };
    for (inside, prefix) in [
        (folder.to_owned(), ""),
        (folder.join(SNAPSHOTS), "snapshots/"),
        (folder.join(RELEASE_MODELS), RELEASE_MODELS),
    ] {
        if !prefix.is_empty() && fs::symlink_metadata(&inside).is_ok_and(|it| !it.is_dir()) {
            cx.push(no_file(
                &inside,
                "is not a folder, and the ledger stores models there",
            ));
            continue;
        }
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
            let is_of_us = entry_of(&path).is_some()
                || snapshot_at(&path).is_some()
                || [SUM, RELEASES].contains(&path.as_str());
            let is_sql = prefix.is_empty() && path.to_lowercase().ends_with(".sql");
            let is_snapshot = !prefix.is_empty() && !path.contains("/.");
            if !is_of_us && !((is_sql || is_snapshot) && !is_output(&path)) {
                continue;
            }
            let at = entry.path();
            if !entry.file_type().is_ok_and(|kind| kind.is_file()) {
                cx.push(no_file(
                    &at,
                    "is not a plain file, but has the name of a ledger file",
                ));
                continue;
            }
            match bounded::read(&at, FILE_BYTES) {
                Ok(read) => match String::from_utf8(read) {
                    Ok(text) => {
                        bytes += text.len();
                        files.insert(path, text);
                    }
                    Err(_) => cx.push(unreadable(&at, &io::ErrorKind::InvalidData.into())),
                },
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    cx.push(too_much(&at, &format!("has more than {FILE_BYTES} bytes")))
                }
                Err(error) => cx.push(unreadable(&at, &error)),
            }
            if files.len() > FILES || bytes > BYTES {
                cx.push(too_much(
                    folder,
                    &format!("contains more than {FILES} files or {BYTES} bytes of a ledger"),
                ));
                return Files::new();
            }
        }
    }
    files
}

fn too_much(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::error(TOO_MUCH, format!("`{}` {what}", shown(path)))
        .help("restore the ledger from version control")
}

fn no_file(path: &Path, what: &str) -> Diagnostic {
    Diagnostic::error(NOT_A_FILE, format!("`{}` {what}", shown(path)))
        .help("restore the ledger from version control")
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(
        UNREADABLE,
        format!("`{}` cannot be read: {}", shown(path), error.kind()),
    )
}
