//! Where the declaration is: in the folder that is named, in the `schema` of an app's folder, or here or above.

use crate::diagnostic::{Diagnostic, NO_SOURCES, shown};
use crate::source::is_declaration;
use std::path::{Path, PathBuf};

/// The declaration at `manifest`, or the one of the current folder or of a folder above it.
///
/// A declaration is found by its settings: `schema/app.yaml` or `app.yaml` with a line that begins with `synctable:`.
pub(super) fn locate(manifest: Option<&Path>) -> Result<PathBuf, Diagnostic> {
    if let Some(manifest) = manifest {
        if manifest.is_file() && !is_yaml(manifest) {
            return Err(Diagnostic::error(
                NO_SOURCES,
                format!("`{}` is not a YAML file", shown(manifest)),
            )
            .help("pass the folder of the declaration or of its app, or the `app.yaml`"));
        }
        return Ok(in_app(manifest).unwrap_or_else(|| manifest.to_owned()));
    }
    let depth = std::env::current_dir().map_or(0, |here| here.components().count());
    let mut above = PathBuf::new();
    for _ in 0..depth.max(1) {
        for folder in ["schema", ""] {
            let folder = above.join(folder);
            if is_declaration(&folder.join("app.yaml")) {
                return Ok(if folder.as_os_str().is_empty() {
                    PathBuf::from(".")
                } else {
                    folder
                });
            }
        }
        above.push("..");
    }
    Err(Diagnostic::error(
        NO_SOURCES,
        "no declaration found in this folder or above: no `schema/app.yaml` or `app.yaml` contains the line `synctable: 1`",
    )
    .help("pass its folder with `--manifest`, or start one with `codegen init`"))
}

/// The `schema` of an app's folder, if the folder is not itself one of a declaration.
fn in_app(folder: &Path) -> Option<PathBuf> {
    let inside = folder.join("schema");
    let is_app = is_declaration(&inside.join("app.yaml"));
    (is_app && !holds_declaration(folder)).then_some(inside)
}

/// Whether a YAML file directly in a folder has the settings of a declaration.
fn holds_declaration(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths.any(|path| is_yaml(&path) && is_declaration(&path))
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"))
}
