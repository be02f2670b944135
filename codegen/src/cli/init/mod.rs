//! `init`: a declaration to start from, which fits what is in the folder, and in a cargo workspace the two packages around
//! it.

mod cargo;
pub(super) mod targets;

use super::args::InitArguments;
use super::{Console, Exit};
use crate::declaration::decode;
use crate::diagnostic::{Diagnostic, Diagnostics, Sources, UNWRITABLE, shown};
use crate::source::{SourceFile, parse};
use serde_json::{Map, json};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use targets::{Chosen, Found};

pub(super) fn init(arguments: &InitArguments, console: &mut Console) -> Exit {
    match start(arguments) {
        Ok(Made {
            made,
            chosen,
            has_packages,
        }) => {
            let made: Vec<String> = made.iter().map(|path| shown(path)).collect();
            let folders = chosen.iter();
            let folders: Map<String, serde_json::Value> = folders
                .map(|one| (one.target.clone(), json!(one.folder)))
                .collect();
            let more = Map::from_iter([
                ("written".to_owned(), json!(made)),
                ("targets".to_owned(), json!(folders)),
            ]);
            console.report(&[], &Sources::new(), None, more);
            for path in made {
                console.say(&format!("wrote {path}"));
            }
            for one in chosen {
                let folder = match one.folder.strip_prefix("../") {
                    Some(folder) => folder.to_owned(),
                    None => format!("schema/{}", one.folder),
                };
                console.say(&format!("`{}` will be written to {folder}", one.target));
            }
            let generate = match has_packages {
                true => "cargo run -p codegen -- generate",
                false => "codegen generate",
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
    chosen: Vec<Chosen>,
    /// Whether packages of a cargo workspace are among it.
    has_packages: bool,
}

fn start(arguments: &InitArguments) -> Result<Made, Refused> {
    let folder = &arguments.folder;
    let found = Found::in_folder(folder);
    let chosen = found.choose(&arguments.target, &arguments.app);
    let declaration = declaration(&arguments.app, &chosen);
    if !is_sound(&declaration) {
        return Err(Refused::Usage(format!(
            "`{}` is not a valid app name: write a snake case word, such as `my_app`",
            arguments.app
        )));
    }
    let mut files = vec![(folder.join("schema/app.yaml"), declaration)];
    let needs_packages = found.cargo && chosen.iter().any(Chosen::is_rust);
    let from = cargo::source(folder, arguments, needs_packages)?;
    let workspace = match &from {
        Some(from) => {
            files.extend(cargo::files(folder, from));
            cargo::workspace(folder)?
        }
        None => None,
    };
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
        && cargo::add_members(&mut manifest)
    {
        let path = folder.join("Cargo.toml");
        fs::write(&path, manifest.to_string())
            .map_err(|error| Refused::unwritable(&path, &error))?;
        written.push(path);
    }
    Ok(Made {
        made: written,
        chosen,
        has_packages: from.is_some(),
    })
}

/// Whether an app can have this name.
pub(super) fn is_app_name(app: &str) -> bool {
    is_sound(&declaration(app, &Found::default().choose(&[], app)))
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

fn declaration(app: &str, chosen: &[Chosen]) -> String {
    let targets = chosen.iter();
    let targets: String = targets
        .map(|one| format!("  {}: {}\n", one.target, one.folder))
        .collect();
    DECLARATION
        .replace("{app}", app)
        .replace("{targets}", &targets)
}

const DECLARATION: &str = r#"synctable: 1
app: {app}
doc: Lists of things to do, kept on every device of their owner.

# Which copies are wanted, and where each goes; a target owns its folder.
targets:
{targets}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_snake_case_word_names_an_app() {
        let chosen = Found::default().choose(&[], "tasks");
        assert!(is_sound(&declaration("my_app", &chosen)));
        for app in ["My-App", "", "a: b", "1", "\"", "x\ny: 1"] {
            assert!(!is_sound(&declaration(app, &chosen)), "{app}");
        }
    }
}
