//! Finds and reads the YAML files of a declaration.

use super::{FileId, Node, Sources, parse};
use crate::bounded;
use crate::diagnostic::{
    DECLARATION_LINK, Diagnostic, Diagnostics, FILE_BYTES, NO_SOURCES, TOO_MUCH, UNREADABLE, shown,
};
use crate::parallel;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One file of a declaration that could be read as YAML.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its text in [`Sources`].
    pub file: FileId,
    /// What is written in it.
    pub root: Node,
}

/// The file that marks a folder as holding generated outputs, which are no declaration.
pub const OUTPUT_MARKER: &str = ".synctable";

/// Folders inside each other.
const DEPTH: usize = 32;

/// The most files of one declaration.
const FILES: usize = 10_000;

/// The most bytes of one declaration.
const BYTES: usize = 256 << 20;

/// Reads every `*.yaml` and `*.yml` below the folder of a declaration, in the order of their relative paths.
///
/// `manifest` is the folder or a file in it (`app.yaml`). Paths are shown as `manifest` was given.
/// Names that begin with a dot are skipped, and so are folders that hold generated outputs
/// ([`OUTPUT_MARKER`]). A symbolic link to a file or a folder that would be read is reported, not followed: what it leads
/// to is no part of the declaration, and a report would print it.
///
/// Mistakes go to `cx`; the files that could be read are returned all the same.
pub fn load(manifest: &Path, sources: &mut Sources, cx: &mut Diagnostics) -> Vec<SourceFile> {
    let folder = match folder_of(manifest) {
        Ok(folder) => folder,
        Err(error) => {
            cx.push(unreadable(&shown(manifest), &error));
            return Vec::new();
        }
    };
    let errors_before = cx.error_count();
    let mut walk = Walk {
        found: BTreeMap::new(),
        cx: &mut *cx,
    };
    walk.folder(&folder, "", 0);
    let found = walk.found;
    if found.is_empty() && cx.error_count() == errors_before {
        cx.push(
            Diagnostic::error(
                NO_SOURCES,
                format!("there is no `.yaml` file in `{}`", shown(&folder)),
            )
            .help("pass the folder with `--manifest`, or start a declaration with `codegen init`"),
        );
    }
    let mut files = Vec::new();
    let mut total = 0;
    for path in found.values() {
        // One byte more than `Sources` takes, which tells of a file that is too large.
        let bytes = match bounded::start(path, FILE_BYTES as u64 + 1) {
            Ok(bytes) => bytes,
            Err(error) => {
                cx.push(unreadable(&shown(path), &error));
                continue;
            }
        };
        total += bytes.len();
        if files.len() == FILES || total > BYTES {
            cx.push(too_much(&folder));
            break;
        }
        match sources.add(shown(path), bytes) {
            Ok(file) => files.push(file),
            Err(diagnostic) => cx.push(diagnostic),
        }
    }
    let parsed = parallel::each(&files, |file| {
        let mut cx = Diagnostics::new();
        let root = parse(*file, sources.text(*file), &mut cx);
        (root, cx)
    });
    let mut read = Vec::new();
    for (file, (root, found)) in files.into_iter().zip(parsed) {
        cx.append(found);
        read.extend(root.map(|root| SourceFile { file, root }));
    }
    read
}

/// The files that [`load`] reads, by relative path; what cannot be listed is left out, since [`load`] reports it.
pub(crate) fn list(manifest: &Path) -> BTreeMap<String, PathBuf> {
    let mut cx = Diagnostics::new();
    let mut walk = Walk {
        found: BTreeMap::new(),
        cx: &mut cx,
    };
    if let Ok(folder) = folder_of(manifest) {
        walk.folder(&folder, "", 0);
    }
    let found = walk.found;
    drop(cx.into_sorted());
    found
}

/// Whether a file has the settings of a declaration.
pub(crate) fn is_declaration(path: &Path) -> bool {
    bounded::start(path, FILE_BYTES as u64).is_ok_and(|bytes| {
        String::from_utf8_lossy(&bytes)
            .trim_start_matches('\u{feff}')
            .lines()
            .any(|line| line.starts_with("synctable:"))
    })
}

/// The folder itself, or the folder a file is in.
fn folder_of(manifest: &Path) -> std::io::Result<PathBuf> {
    if std::fs::metadata(manifest)?.is_dir() {
        return Ok(manifest.to_owned());
    }
    let parent = manifest.parent().unwrap_or(Path::new(""));
    Ok(if parent.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        parent.to_owned()
    })
}

struct Walk<'a> {
    /// Relative path with `/` to the path to open.
    found: BTreeMap<String, PathBuf>,
    cx: &'a mut Diagnostics,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, relative: &str, depth: usize) {
        if depth == DEPTH {
            self.cx.push(
                Diagnostic::error(
                    UNREADABLE,
                    format!("`{}` is nested in more than {DEPTH} folders", shown(folder)),
                )
                .help("move the files up"),
            );
            return;
        }
        if !relative.is_empty() && folder.join(OUTPUT_MARKER).exists() {
            return;
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.cx.push(unreadable(&shown(folder), &error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(error) => self.cx.push(unreadable(&shown(folder), &error)),
            }
        }
        // The operating system's order is its own.
        names.sort();
        for name in names {
            self.entry(&folder.join(&name), &name, relative, depth);
        }
    }

    fn entry(&mut self, path: &Path, name: &std::ffi::OsStr, relative: &str, depth: usize) {
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            return;
        }
        let is_yaml = Path::new(&*name)
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"));
        let metadata = match std::fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.cx.push(unreadable(&shown(path), &error)),
        };
        if metadata.is_symlink() {
            // Any other link is no part of the declaration, as any other file.
            if is_yaml || path.is_dir() {
                self.cx.push(link(path));
            }
            return;
        }
        let relative = if relative.is_empty() {
            name.into_owned()
        } else {
            format!("{relative}/{name}")
        };
        if metadata.is_dir() {
            self.folder(path, &relative, depth + 1);
        } else if is_yaml && metadata.is_file() {
            self.found.insert(relative, path.to_owned());
        } else if is_yaml {
            self.cx.push(
                Diagnostic::error(UNREADABLE, format!("`{}` is not a file", shown(path)))
                    .help("remove it, or give it another name"),
            );
        }
    }
}

fn link(path: &Path) -> Diagnostic {
    Diagnostic::error(
        DECLARATION_LINK,
        format!(
            "`{}` is a symbolic link, which a declaration cannot contain",
            shown(path)
        ),
    )
    .help("replace the link with the file or the folder")
}

fn too_much(folder: &Path) -> Diagnostic {
    Diagnostic::error(
        TOO_MUCH,
        format!(
            "the declaration in `{}` has more than {FILES} files or {BYTES} bytes",
            shown(folder)
        ),
    )
    .help("pass only the folder of the declaration with `--manifest`")
}

fn unreadable(path: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        UNREADABLE,
        format!("cannot read `{path}`: {}", error.kind()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// What was read, as shown, and the messages.
    fn read(manifest: &Path, root: &Path) -> (Vec<String>, Vec<String>) {
        let mut sources = Sources::new();
        let mut cx = Diagnostics::new();
        let files = load(manifest, &mut sources, &mut cx);
        let prefix = format!("{}/", shown(root));
        let short = |text: &str| text.replace(&prefix, "");
        (
            files
                .iter()
                .map(|file| short(sources.path(file.file)))
                .collect(),
            cx.into_sorted()
                .iter()
                .map(|d| format!("{} {}", d.code, short(&d.message)))
                .collect(),
        )
    }

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "a: 1\n").unwrap();
        }
        dir
    }

    #[test]
    fn yaml_files_are_read_by_relative_path() {
        let dir = folder(&[
            "b.yaml",
            "tables/z.yml",
            "app.yaml",
            "tables/a.YAML",
            "README.md",
            ".hidden.yaml",
            ".git/x.yaml",
            "out/.synctable",
            "out/generated.yaml",
        ]);
        let expected = ["app.yaml", "b.yaml", "tables/a.YAML", "tables/z.yml"];
        let root = dir.path();
        assert_eq!(
            read(root, root),
            (expected.map(str::to_owned).into(), vec![])
        );
        assert_eq!(read(&root.join("app.yaml"), root), read(root, root));
    }

    #[test]
    fn a_folder_without_yaml_and_a_missing_one_are_reported() {
        let dir = folder(&["README.md"]);
        let (files, messages) = read(dir.path(), dir.path());
        assert!(files.is_empty());
        assert!(
            messages[0].starts_with("E002 there is no `.yaml` file in"),
            "{messages:?}"
        );
        let (_, messages) = read(&dir.path().join("nowhere"), dir.path());
        assert_eq!(messages, ["E001 cannot read `nowhere`: entity not found"]);
    }

    #[test]
    fn one_broken_file_does_not_hide_another() {
        let dir = folder(&["a.yaml"]);
        fs::write(dir.path().join("b.yaml"), b"\xff").unwrap();
        fs::write(dir.path().join("c.yaml"), "a: [").unwrap();
        let (files, messages) = read(dir.path(), dir.path());
        assert_eq!(files, ["a.yaml"]);
        assert_eq!(messages.len(), 2, "{messages:?}");
    }

    #[test]
    #[cfg(unix)]
    fn links_are_named_and_not_followed() {
        use std::os::unix::fs::symlink;
        let dir = folder(&["schema/app.yaml", "other/b.yaml"]);
        let root = dir.path().join("schema");
        symlink(dir.path().join("other"), root.join("linked")).unwrap();
        symlink(dir.path().join("other/b.yaml"), root.join("c.yaml")).unwrap();
        symlink(&root, root.join("round")).unwrap();
        symlink("nowhere", root.join("broken.yaml")).unwrap();
        symlink(dir.path().join("other/b.yaml"), root.join("README.md")).unwrap();
        let (files, messages) = read(&root, &root);
        assert_eq!(files, ["app.yaml"]);
        let told = |name: &str| {
            format!("E006 `{name}` is a symbolic link, which a declaration cannot contain")
        };
        assert_eq!(
            messages,
            ["broken.yaml", "c.yaml", "linked", "round"].map(told)
        );
    }

    #[test]
    fn more_files_than_are_read_are_refused() {
        let dir = folder(&[]);
        for file in 0..=FILES {
            fs::write(dir.path().join(format!("{file}.yaml")), "").unwrap();
        }
        let (_, messages) = read(dir.path(), dir.path());
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(
            messages[0].starts_with("E008 the declaration in"),
            "{messages:?}"
        );
    }
}
