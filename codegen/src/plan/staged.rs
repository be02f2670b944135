//! Files on their way: written beside their destinations before they are renamed into place.
//!
//! Whoever writes one holds a lock on it, which ends with the process. So one that nobody holds was left behind by a run that
//! was stopped, and is removed by the next.

use crate::entry_names::SNAPSHOTS;
use crate::plan::Folder;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const PREFIX: &str = ".synctable-";

/// How many letters and digits follow the prefix.
const RANDOM: usize = 12;

/// Folders inside each other that are searched.
const DEPTH: usize = 32;

/// Writes bytes into a file beside a destination, with the permissions that it will have.
pub(crate) fn stage(folder: &Path, destination: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Less what the user's mask takes away, as for any file a program creates.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    // Where a file system has no locks, nothing is taken for left behind either.
    let _ = file.as_file().try_lock();
    file.write_all(bytes)?;
    if let Ok(metadata) = fs::metadata(destination) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    Ok(file)
}

/// The files in a folder of outputs, by path relative to it, that a run left behind.
pub(super) fn left_behind(root: &Path, folder: Folder, roots: &BTreeSet<&Path>) -> Vec<String> {
    let mut found = Vec::new();
    search(root, "", 0, &mut found, &|path, relative| match folder {
        // Another output answers for its own folder.
        Folder::Mirror => !roots.contains(path),
        Folder::Shared | Folder::Former => relative == SNAPSHOTS,
    });
    found.sort();
    found
}

fn search(
    folder: &Path,
    relative: &str,
    depth: usize,
    found: &mut Vec<String>,
    enter: &dyn Fn(&Path, &str) -> bool,
) {
    let Ok(entries) = fs::read_dir(folder) else {
        // What cannot be read is told where the outputs are compared.
        return;
    };
    for entry in entries.flatten() {
        let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
            continue;
        };
        let path: PathBuf = entry.path();
        let relative = match relative {
            "" => name.clone(),
            above => format!("{above}/{name}"),
        };
        if kind.is_file() && is_ours(&name) && is_left(&path) {
            found.push(relative);
        } else if kind.is_dir()
            && !name.starts_with('.')
            && depth < DEPTH
            && enter(&path, &relative)
        {
            search(&path, &relative, depth + 1, found, enter);
        }
    }
}

fn is_ours(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| {
        rest.len() == RANDOM && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Whether nobody holds the lock of a file.
fn is_left(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}
