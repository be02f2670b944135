//! The two packages that `init` adds to a cargo workspace: `schema`, with the constants, and `codegen`, to run it.

use super::Refused;
use crate::bounded;
use crate::cli::args::InitArguments;
use crate::diagnostic::{Diagnostic, UNREADABLE, shown};
use std::fs;
use std::io;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// The members that are added to a cargo workspace.
const MEMBERS: [&str; 2] = ["schema", "codegen"];

/// The files of the two packages.
pub(super) fn files(folder: &Path, from: &Source) -> [(PathBuf, String); 4] {
    [
        (
            folder.join("schema/Cargo.toml"),
            SCHEMA_PACKAGE.replace("{synctable}", &from.of("synctable")),
        ),
        (folder.join("schema/src/lib.rs"), SCHEMA_LIBRARY.to_owned()),
        (
            folder.join("codegen/Cargo.toml"),
            CODEGEN_PACKAGE.replace("{codegen}", &from.of("codegen")),
        ),
        (folder.join("codegen/src/main.rs"), CODEGEN_MAIN.to_owned()),
    ]
}

/// The manifest of the cargo workspace in a folder, where there is one.
pub(super) fn workspace(folder: &Path) -> Result<Option<DocumentMut>, Refused> {
    let path = folder.join("Cargo.toml");
    let unreadable = |reason: String| {
        Refused::Environment(Diagnostic::error(
            UNREADABLE,
            format!("`{}` cannot be read: {reason}", shown(&path)),
        ))
    };
    let bytes = match bounded::read(&path, 1 << 20) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.kind().to_string())),
    };
    let text = String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
    let manifest: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| unreadable(error.to_string()))?;
    Ok(Some(manifest))
}

/// Adds the members that the workspace does not have; a single package becomes one. Whether anything changed.
pub(super) fn add_members(manifest: &mut DocumentMut) -> bool {
    let workspace = manifest
        .entry("workspace")
        .or_insert(Item::Table(Table::new()));
    let Some(workspace) = workspace.as_table_like_mut() else {
        return false;
    };
    if workspace.get("members").is_none() {
        workspace.insert("members", value(Array::new()));
    }
    let Some(members) = workspace.get_mut("members").and_then(Item::as_array_mut) else {
        return false;
    };
    let known: Vec<String> = members
        .iter()
        .filter_map(|member| member.as_str().map(str::to_owned))
        .collect();
    let mut changed = false;
    for member in MEMBERS {
        let covered = known.iter().any(|known| known == member || known == "*");
        if !covered {
            members.push(member);
            changed = true;
        }
    }
    changed
}

/// Where the packages that a workspace depends on come from.
///
/// There is no form with a version alone: until our packages are published, a registry's package of the same name is
/// somebody else's, and cargo would compile it.
pub(super) enum Source {
    /// A checkout, seen from the folder of a member.
    Path(PathBuf),
    /// A repository, and one commit of it where it is named.
    Git { url: String, rev: Option<String> },
}

impl Source {
    /// How the package in a folder of the checkout is depended on: the inside of an inline table.
    fn of(&self, folder: &str) -> String {
        match self {
            Self::Path(base) => {
                let path = base.join(folder).to_string_lossy().into_owned();
                format!("path = {}", value(path.replace(MAIN_SEPARATOR, "/")))
            }
            Self::Git { url, rev: None } => format!("git = {}", value(url)),
            Self::Git {
                url,
                rev: Some(rev),
            } => format!("git = {}, rev = {}", value(url), value(rev)),
        }
    }
}

/// Where the packages come from that a workspace needs for the targets in Rust; `None` where it needs none.
pub(super) fn source(
    folder: &Path,
    arguments: &InitArguments,
    needs_packages: bool,
) -> Result<Option<Source>, Refused> {
    let said = match (&arguments.path, &arguments.git) {
        (Some(checkout), _) => Some(Ok(checkout)),
        (None, Some(url)) => Some(Err(url)),
        (None, None) => None,
    };
    let from = match (said, needs_packages) {
        (None, false) => return Ok(None),
        (Some(_), false) => {
            return Err(Refused::Usage(format!(
                "`--path` and `--git` say where Rust packages come from, and none is needed: `{}` has no `Cargo.toml`, or `--target` names no target in Rust",
                shown(folder)
            )));
        }
        (None, true) => {
            return Err(Refused::Usage(
                "in a cargo workspace, say where the packages `synctable` and `synctable-codegen` come from, because they are not in a registry yet: `codegen init --path ../synctable` takes them from a checkout, `codegen init --git https://git.example/synctable` from a repository; or choose other targets, such as `codegen init --target typescript`"
                    .to_owned(),
            ));
        }
        (Some(from), true) => from,
    };
    let checkout = match from {
        Ok(checkout) => checkout,
        Err(url) => {
            return Ok(Some(Source::Git {
                url: url.clone(),
                rev: arguments.rev.clone(),
            }));
        }
    };
    let resolve = |path: &Path| {
        fs::canonicalize(path).map_err(|error| {
            Refused::Environment(Diagnostic::error(
                UNREADABLE,
                format!("`{}` cannot be read: {error}", shown(path)),
            ))
        })
    };
    for package in ["synctable", "codegen"] {
        resolve(&checkout.join(package).join("Cargo.toml"))?;
    }
    let member = resolve(folder)?.join("schema");
    Ok(Some(Source::Path(between(&member, &resolve(checkout)?))))
}

/// The way from one absolute folder to another.
fn between(from: &Path, to: &Path) -> PathBuf {
    let from: Vec<Component<'_>> = from.components().collect();
    let to: Vec<Component<'_>> = to.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - shared);
    up.chain(to[shared..].iter().copied()).collect()
}

const SCHEMA_PACKAGE: &str = r#"[package]
name = "schema"
description = "What the app's tables are, declared in `app.yaml`, and the constants generated from it."
version = "0.1.0"
edition = "2024"
publish = false

[dependencies]
synctable = { {synctable} }
"#;

const SCHEMA_LIBRARY: &str = "//! What the app's tables are, declared in `app.yaml`.

#[rustfmt::skip]
pub mod generated;
#[rustfmt::skip]
pub mod mappers;
";

const CODEGEN_PACKAGE: &str = r#"[package]
name = "codegen"
description = "Writes and checks every copy of what `schema/app.yaml` declares: `cargo run -p codegen -- generate`."
version = "0.1.0"
edition = "2024"
publish = false

[dependencies]
synctable-codegen = { {codegen} }
"#;

const CODEGEN_MAIN: &str = "//! Writes and checks every copy of what `schema/app.yaml` declares.

fn main() -> std::process::ExitCode {
    synctable_codegen::main()
}
";

#[cfg(test)]
mod tests {
    use super::*;

    fn members(manifest: &str) -> String {
        let mut manifest: DocumentMut = manifest.parse().expect("TOML");
        add_members(&mut manifest);
        manifest.to_string()
    }

    #[test]
    fn members_are_added_once_and_nothing_else_changes() {
        assert_eq!(
            members("# ours\n[workspace]\nmembers = [\"app\"] # all\n"),
            "# ours\n[workspace]\nmembers = [\"app\", \"schema\", \"codegen\"] # all\n"
        );
        let whole = "[workspace]\nmembers = [\"schema\", \"codegen\"]\n";
        assert_eq!(members(whole), whole);
        assert_eq!(
            members("[workspace]\nmembers = [\"*\"]\n"),
            "[workspace]\nmembers = [\"*\"]\n"
        );
        assert!(
            members("[package]\nname = \"x\"\n")
                .contains("[workspace]\nmembers = [\"schema\", \"codegen\"]")
        );
    }

    #[test]
    fn the_way_between_two_folders_is_relative() {
        let way = |from, to| between(Path::new(from), Path::new(to));
        assert_eq!(
            way("/a/b/schema", "/a/synctable"),
            Path::new("../../synctable")
        );
        assert_eq!(way("/a", "/a/b"), Path::new("b"));
    }
}
