//! What is on disk: reads files and folders without following links out of them.

use crate::bounded;
use crate::diagnostic::{Diagnostic, Diagnostics, NOT_A_FILE, TOO_MUCH, UNREADABLE, shown};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The most bytes of an output that is compared.
const FILE_BYTES: u64 = 64 << 20;

/// What stands at a path.
pub(super) enum Found {
    /// Nothing, and nothing on the way there.
    Nothing,
    /// A file's bytes.
    File(Vec<u8>),
    /// Something that was reported.
    Refused,
}

/// The bytes as text, with what is not UTF-8 replaced.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Whether a folder below `root` is there and is reached without links; the empty path is `root` itself.
pub(super) fn is_folder(root: &Path, path: &str) -> bool {
    let mut at = root.to_owned();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    fs::metadata(root).is_ok_and(|metadata| metadata.is_dir())
        && parts.all(|part| {
            at.push(part);
            fs::symlink_metadata(&at).is_ok_and(|metadata| metadata.is_dir())
        })
}

/// Whether a file in a folder that is known to be one has this text.
pub(super) fn holds(root: &Path, path: &str, text: &str) -> bool {
    // Whatever else is there is looked at closely when it is read.
    bounded::holds(&root.join(path), text.as_bytes()).unwrap_or_default()
}

/// Reads `path` below `root`. The root may be reached through links, what is below may not.
pub(super) fn read(root: &Path, path: &str, cx: &mut Diagnostics) -> Found {
    let mut at = root.to_owned();
    match fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return refuse(root, "is not a folder, but outputs are written into it", cx),
        Err(error) if error.kind() == ErrorKind::NotFound => return Found::Nothing,
        // A part of the way is a file; to create the folder will fail at its place.
        Err(error) => return unreadable(root, &error, cx),
    }
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        at.push(part);
        let metadata = match fs::symlink_metadata(&at) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Found::Nothing,
            Err(error) => return unreadable(&at, &error, cx),
        };
        if metadata.is_symlink() {
            return refuse(&at, "is a symbolic link, but an output needs this path", cx);
        }
        if parts.peek().is_some() && !metadata.is_dir() {
            return refuse(&at, "is not a folder, but outputs are written into it", cx);
        }
        if parts.peek().is_none() && !metadata.is_file() {
            return refuse(&at, "is not a file, but an output needs this path", cx);
        }
    }
    match bounded::read(&at, FILE_BYTES) {
        Ok(bytes) => Found::File(bytes),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            cx.push(
                Diagnostic::error(
                    TOO_MUCH,
                    format!("`{}` has more than {FILE_BYTES} bytes", shown(&at)),
                )
                .help("remove it, and run `codegen generate`"),
            );
            Found::Refused
        }
        Err(error) => unreadable(&at, &error, cx),
    }
}

fn refuse(path: &Path, what: &str, cx: &mut Diagnostics) -> Found {
    cx.push(
        Diagnostic::error(NOT_A_FILE, format!("`{}` {what}", shown(path)))
            .help("move it elsewhere, or choose another folder for the output"),
    );
    Found::Refused
}

fn unreadable(path: &Path, error: &io::Error, cx: &mut Diagnostics) -> Found {
    cx.push(Diagnostic::error(
        UNREADABLE,
        format!("cannot read `{}`: {}", shown(path), error.kind()),
    ));
    Found::Refused
}

/// Looks for what nobody claims in a folder of outputs.
pub(super) struct Listing<'a> {
    /// The files that are ours or will be.
    pub(super) ours: BTreeSet<&'a str>,
    /// The folders of all outputs: one inside another answers for itself.
    pub(super) roots: &'a BTreeSet<&'a Path>,
}

impl Listing<'_> {
    /// Paths relative to the root, sorted. A folder with nothing of ours in it is named, not searched.
    pub(super) fn unclaimed(&self, root: &Path, cx: &mut Diagnostics) -> Vec<String> {
        let mut found = Vec::new();
        if root.is_dir() {
            self.folder(root, "", &mut found, cx);
        }
        found.sort();
        found
    }

    /// Whether a folder holds files that are ours or will be.
    fn holds(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        self.ours
            .range(&*below..)
            .next()
            .is_some_and(|path| path.starts_with(&below))
    }

    fn folder(&self, folder: &Path, relative: &str, found: &mut Vec<String>, cx: &mut Diagnostics) {
        let entries = match entries(folder) {
            Ok(entries) => entries,
            Err(error) => {
                unreadable(folder, &error, cx);
                return;
            }
        };
        for Entry {
            name,
            path,
            is_folder,
        } in entries
        {
            let relative = if relative.is_empty() {
                name
            } else {
                format!("{relative}/{name}")
            };
            if !is_folder {
                if !self.ours.contains(relative.as_str()) {
                    found.push(relative);
                }
            } else if self.roots.contains(path.as_path()) {
                // That output is compared by itself.
            } else if self.holds(&relative) || self.roots.iter().any(|root| root.starts_with(&path))
            {
                self.folder(&path, &relative, found, cx);
            } else if holds_files(&path) {
                found.push(format!("{relative}/"));
            }
        }
    }
}

/// What stands in a folder.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    name: String,
    path: PathBuf,
    /// A folder itself, no link to one.
    is_folder: bool,
}

/// The entries of a folder without those that begin with a dot, by name.
fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            entries.push(Entry {
                name,
                path: entry.path(),
                is_folder: entry.file_type().is_ok_and(|kind| kind.is_dir()),
            });
        }
    }
    entries.sort();
    Ok(entries)
}

/// Whether there is anything but empty folders.
fn holds_files(folder: &Path) -> bool {
    let Ok(entries) = entries(folder) else {
        return true;
    };
    let mut entries = entries.into_iter();
    entries.any(|entry| !entry.is_folder || holds_files(&entry.path))
}
