//! `init`: a declaration to start from, and in a cargo workspace the two packages around it.

use super::args::InitArguments;
use super::{Console, Exit};
use crate::bounded;
use crate::declaration::decode;
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, UNREADABLE, UNWRITABLE, shown};
use crate::source::{SourceFile, parse};
use serde_json::{Map, json};
use std::fs;
use std::io;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// The members that are added to a cargo workspace.
const MEMBERS: [&str; 2] = ["schema", "codegen"];

pub(super) fn init(arguments: &InitArguments, console: &mut Console) -> Exit {
    match start(arguments) {
        Ok(Made { made, from }) => {
            let made: Vec<String> = made.iter().map(|path| shown(path)).collect();
            let more = Map::from_iter([("written".to_owned(), json!(made))]);
            console.report(&[], &Sources::new(), None, more);
            for path in made {
                console.say(&format!("wrote {path}"));
            }
            let generate = match from {
                Some(_) => "cargo run -p codegen -- generate",
                None => "codegen generate",
            };
            console.say(&format!(
                "next: look at `schema/app.yaml`, then run `{generate}`"
            ));
            Exit::Fine
        }
        Err(Refused::Usage(sentence)) => {
            console.complain(&sentence);
            Exit::Usage
        }
        Err(Refused::Environment(diagnostic)) => console.refuse(vec![diagnostic]),
    }
}

/// Why nothing was started.
enum Refused {
    Usage(String),
    Environment(Diagnostic),
}

impl Refused {
    fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::Environment(Diagnostic::error(
            UNWRITABLE,
            format!("`{}` cannot be written: {error}", shown(path)),
        ))
    }
}

/// What was started.
struct Made {
    made: Vec<PathBuf>,
    /// Where the packages of a cargo workspace come from, where there is one.
    from: Option<Source>,
}

fn start(arguments: &InitArguments) -> Result<Made, Refused> {
    let folder = &arguments.folder;
    let workspace = workspace(folder)?;
    let declaration = declaration(&arguments.app, workspace.is_some());
    if !is_sound(&declaration) {
        return Err(Refused::Usage(format!(
            "`{}` is not a valid app name: write a snake case word, such as `my_app`",
            arguments.app
        )));
    }
    let mut files = vec![(folder.join("schema/app.yaml"), declaration)];
    let from = source(folder, arguments, workspace.is_some())?;
    if let Some(from) = &from {
        files.extend([
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
        ]);
    }
    // A link in the way would lead somewhere else.
    let taken = |path: &Path| {
        let is = fs::symlink_metadata(path).ok();
        is.is_some_and(|is| !is.is_dir())
    };
    let on_the_way = |path: &Path| {
        let below = path.ancestors().take_while(|at| *at != folder);
        below.filter(|at| taken(at)).last().map(Path::to_owned)
    };
    if let Some(path) = files.iter().find_map(|(path, _)| on_the_way(path)) {
        return Err(Refused::Environment(
            Diagnostic::error(UNWRITABLE, format!("`{}` already exists", shown(&path)))
                .help("start in another folder, or continue with the existing declaration"),
        ));
    }
    for (path, text) in &files {
        let made = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(path, text));
        made.map_err(|error| Refused::unwritable(path, &error))?;
    }
    let mut written: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
    if let Some(mut manifest) = workspace
        && add_members(&mut manifest)
    {
        let path = folder.join("Cargo.toml");
        fs::write(&path, manifest.to_string())
            .map_err(|error| Refused::unwritable(&path, &error))?;
        written.push(path);
    }
    Ok(Made {
        made: written,
        from,
    })
}

/// The manifest of the cargo workspace in a folder, where there is one.
fn workspace(folder: &Path) -> Result<Option<DocumentMut>, Refused> {
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
fn add_members(manifest: &mut DocumentMut) -> bool {
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
enum Source {
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

fn source(
    folder: &Path,
    arguments: &InitArguments,
    is_workspace: bool,
) -> Result<Option<Source>, Refused> {
    let said = match (&arguments.path, &arguments.git) {
        (Some(checkout), _) => Some(Ok(checkout)),
        (None, Some(url)) => Some(Err(url)),
        (None, None) => None,
    };
    let from = match (said, is_workspace) {
        (None, false) => return Ok(None),
        (Some(_), false) => {
            return Err(Refused::Usage(format!(
                "`--path` and `--git` say where Rust packages come from, and `{}` has no `Cargo.toml`: leave them out, or start in a cargo workspace",
                shown(folder)
            )));
        }
        (None, true) => {
            return Err(Refused::Usage(
                "in a cargo workspace, say where the packages `synctable` and `synctable-codegen` come from, because they are not in a registry yet: `codegen init --path ../synctable` takes them from a checkout, `codegen init --git https://git.example/synctable` from a repository"
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

/// Whether the decoder takes the declaration, which depends on the app's name only.
fn is_sound(text: &str) -> bool {
    let mut sources = Sources::new();
    let mut cx = Diagnostics::new();
    if let Ok(file) = sources.add("app.yaml", text)
        && let Some(root) = parse(file, text, &mut cx)
    {
        decode(&[SourceFile { file, root }], &sources, &mut cx);
    }
    cx.into_sorted().is_empty()
}

fn declaration(app: &str, rust: bool) -> String {
    let targets = match rust {
        true => "  constants: src/generated\n  mappers: src/mappers\n",
        false => "",
    };
    DECLARATION.replace("{app}", app).replace("{rust}", targets)
}

const DECLARATION: &str = r#"synctable: 1
app: {app}
doc: Lists of things to do, kept on every device of their owner.

# Which copies are wanted, and where each goes; a target owns its folder.
targets:
{rust}  sqlite: ../generated/sqlite
  powersync: ../generated/powersync
  openapi: ../generated/openapi
  postgres: ../migrations

# Sets that access rules use.
scopes:
  my_lists: select id from lists where owner_id = auth.user_id()

tables:
  lists:
    doc: A list of things to do.
    sync: both
    columns:
      id: {kind: uuid, key: true, default: uuid(), client_default: uuid()}
      owner_id: {kind: uuid, server: auth.user_id(), references: auth.users.id, on_delete: cascade, role: owner}
      title: {kind: text, check: "length(title) between 1 and 200"}
      edited_at: {kind: timestamptz, role: edited_at, default: now(), client_default: now()}
    indexes:
      by_owner: [owner_id]
    # One policy, which row-level security, sync and uploads all enforce.
    access:
      all: owner_id = auth.user_id()

  items:
    doc: One thing to do.
    sync: both
    columns:
      id: {kind: uuid, key: true, default: uuid(), client_default: uuid()}
      list_id: {kind: uuid, references: lists.id, on_delete: cascade}
      title: {kind: text, check: "length(title) between 1 and 500"}
      done: {kind: bool, default: false, client_default: false}
      edited_at: {kind: timestamptz, role: edited_at, default: now(), client_default: now()}
    indexes:
      by_list: {on: [list_id, done], side: both}
    access:
      all: list_id in (my_lists)
"#;

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

    #[test]
    fn only_a_snake_case_word_names_an_app() {
        assert!(is_sound(&declaration("my_app", true)));
        for app in ["My-App", "", "a: b", "1", "\"", "x\ny: 1"] {
            assert!(!is_sound(&declaration(app, false)), "{app}");
        }
    }
}
