//! The declarations that the editor has files of: what is on disk, with what is open in its place.

use super::index::Index;
use super::lines::Lines;
use super::protocol::{Location, Range};
use super::uri;
use crate::declaration::decode_part;
use crate::diagnostic::{Complaints, Diagnostic, Diagnostics, FileId, Sources, Span};
use crate::exposure::{self, Exposure};
use crate::model::Model;
use crate::reading::{Reading, read_parsed};
use crate::source::{self, SourceFile, is_declaration};
use crate::targets::{Beside, Target, postgres, powersync, sqlite};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A file that the editor holds.
#[derive(Clone, Debug)]
pub(super) struct Open {
    /// The URI as the editor writes it.
    pub(super) uri: String,
    pub(super) text: String,
}

/// The files that the editor holds.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    pub(super) open: BTreeMap<PathBuf, Open>,
}

impl Workspace {
    /// The folder of the declaration that a file belongs to: the nearest one whose `app.yaml` has the settings.
    pub(super) fn folder_of(&self, file: &Path) -> Option<PathBuf> {
        let is_yaml = file
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"));
        let folders = file.ancestors().skip(1).filter(|_| is_yaml);
        let found = folders.into_iter().find(|folder| {
            let app = folder.join("app.yaml");
            match self.open.get(&app) {
                Some(open) => open.text.lines().any(|line| line.starts_with("synctable:")),
                None => is_declaration(&app),
            }
        });
        found.map(Path::to_owned)
    }

    /// Reads and checks the declaration in a folder.
    pub(super) fn read(&self, folder: &Path) -> Snapshot {
        let mut files: BTreeMap<String, PathBuf> = source::list(folder);
        for path in self.open.keys() {
            if self.folder_of(path).as_deref() == Some(folder)
                && let Ok(inside) = path.strip_prefix(folder)
            {
                files.insert(inside.to_string_lossy().replace('\\', "/"), path.clone());
            }
        }
        let base = folder.file_name().map(|name| name.to_string_lossy());
        let base = base.unwrap_or_default();
        let mut paths = Vec::new();
        let mut texts = Vec::new();
        for (relative, path) in files {
            let bytes = match self.open.get(&path) {
                Some(open) => open.text.clone().into_bytes(),
                // A file that goes meanwhile is none of the declaration.
                None => match fs::read(&path) {
                    Ok(bytes) => bytes,
                    Err(_) => continue,
                },
            };
            texts.push((format!("{base}/{relative}"), bytes));
            paths.push(path);
        }
        let (reading, files) = read_parsed(texts);
        Snapshot {
            uris: paths.iter().map(|path| self.uri(path)).collect(),
            reading,
            files,
            paths,
            index: OnceCell::new(),
            printed: OnceCell::new(),
        }
    }

    /// The mistakes of one file alone: of its YAML, and of the keys and values in it.
    pub(super) fn read_alone(&self, file: &Path) -> Option<(Sources, Vec<Diagnostic>)> {
        let open = self.open.get(file)?;
        let mut sources = Sources::new();
        let mut cx = Diagnostics::new();
        match sources.add(file.to_string_lossy(), open.text.as_bytes()) {
            Ok(id) => {
                if let Some(root) = source::parse(id, sources.text(id), &mut cx) {
                    decode_part(&SourceFile { file: id, root }, &sources, &mut cx);
                }
            }
            Err(diagnostic) => cx.push(diagnostic),
        }
        Some((sources, cx.into_sorted()))
    }

    /// The URI of a file: as the editor writes it, if it does.
    pub(super) fn uri(&self, path: &Path) -> String {
        let open = self.open.get(path);
        open.map_or_else(|| uri::of(path), |open| open.uri.clone())
    }
}

/// A declaration as it is at one moment.
pub(super) struct Snapshot {
    pub(super) reading: Reading,
    pub(super) files: Vec<SourceFile>,
    /// By number of the file.
    pub(super) paths: Vec<PathBuf>,
    uris: Vec<String>,
    index: OnceCell<Index>,
    printed: OnceCell<Option<Printed>>,
}

/// What the targets make of a model, as far as a reader of the declaration wants to see it.
pub(super) struct Printed {
    pub(super) exposure: Exposure,
    pub(super) sqlite: Option<String>,
    pub(super) postgres: Option<String>,
    pub(super) powersync: Option<String>,
}

impl Snapshot {
    pub(super) fn index(&self) -> &Index {
        self.index
            .get_or_init(|| Index::new(&self.files, &self.reading.sources))
    }

    /// What is generated; nothing where the declaration has errors.
    pub(super) fn printed(&self) -> Option<&Printed> {
        let print = || self.reading.model.as_ref().map(print);
        self.printed.get_or_init(print).as_ref()
    }

    /// The number of a file, if the declaration has it.
    pub(super) fn file(&self, path: &Path) -> Option<FileId> {
        let at = self.paths.iter().position(|known| known == path)?;
        Some(FileId(u32::try_from(at).ok()?))
    }

    pub(super) fn uri(&self, file: FileId) -> &str {
        &self.uris[file.0 as usize]
    }

    pub(super) fn range(&self, span: Span) -> Range {
        let text = self.reading.sources.text(span.file);
        Lines::new(text).range(span.start as usize, span.end as usize)
    }

    pub(super) fn location(&self, span: Span) -> Location {
        Location {
            uri: self.uri(span.file).to_owned(),
            range: self.range(span),
        }
    }
}

fn print(model: &Model) -> Printed {
    Printed {
        exposure: exposure::of(model),
        sqlite: file_of(&sqlite::TARGET, model, "schema.sql"),
        postgres: admits(&postgres::TARGET, model).then(|| postgres::baseline(model)),
        powersync: file_of(&powersync::TARGET, model, "sync-config.yaml"),
    }
}

fn file_of(target: &Target, model: &Model, file: &str) -> Option<String> {
    if !admits(target, model) {
        return None;
    }
    let tree = target.tree(model, &Beside::default());
    tree.get(file).map(Cow::into_owned)
}

/// Whether a target can be asked; what it refuses is reported where the declaration asks for it.
fn admits(target: &Target, model: &Model) -> bool {
    let mut complaints = Complaints::new();
    (target.admit)(model, &mut complaints);
    let mut cx = Diagnostics::new();
    complaints.resolve(|_| None, &mut cx);
    let is_admitted = cx.is_clean();
    drop(cx.into_sorted());
    is_admitted
}
