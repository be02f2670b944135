//! From a folder to a checked model, with everything that there is to say about it: what every command starts with.

use crate::check::{advise, check};
use crate::declaration::{self, Origins, decode};
use crate::diagnostic::{
    Complaints, DECLARATION_LINK, Diagnostic, Diagnostics, Severity, Sources, shown,
};
use crate::map::IndexMap;
use crate::model::Model;
use crate::parallel;
use crate::reach::Reach;
use crate::source::{self, SourceFile};
use crate::targets::TARGETS;
use std::path::{Path, PathBuf};

/// A declaration as far as it could be read.
#[derive(Debug)]
#[must_use = "the diagnostics have to be shown"]
pub struct Reading {
    /// The texts, for rendering diagnostics.
    pub sources: Sources,
    /// The targets that are declared, by name.
    pub targets: IndexMap<String, declaration::Target>,
    /// What it means; `None` where there is an error.
    pub model: Option<Model>,
    /// Everything found, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// Where its outputs may be.
    pub reach: Reach,
}

impl Reading {
    /// Whether something was found that has to be mended first.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

impl Reading {
    /// Complaints about what is declared, each at its place.
    ///
    /// The texts are parsed once more: only a refusal asks.
    pub fn placed(&self, complaints: Complaints) -> Vec<Diagnostic> {
        let mut again = Diagnostics::new();
        let files: Vec<SourceFile> = self
            .sources
            .files()
            .filter_map(|file| {
                let root = source::parse(file, self.sources.text(file), &mut again)?;
                Some(SourceFile { file, root })
            })
            .collect();
        // What is to be said of the texts was said when they were read.
        drop(again.into_sorted());
        let origins = Origins::new(&files, &self.sources);
        let mut cx = Diagnostics::new();
        complaints.resolve(|place| origins.span(place), &mut cx);
        cx.into_sorted()
    }
}

/// Reads and checks the declaration at `manifest`, a folder or the `app.yaml` in it.
///
/// Every mistake of every stage comes in this one run; the targets that the declaration asks for have their say as well.
pub fn read(manifest: &Path) -> Reading {
    read_within(manifest, Reach::Repository)
}

/// Reads and checks a declaration, as [`read`] does; `reach` says where it and its outputs may be.
pub fn read_within(manifest: &Path, reach: Reach) -> Reading {
    let mut cx = Diagnostics::new();
    let mut sources = Sources::new();
    let files = if reach.is_left_by(&folder_of(manifest)) {
        cx.push(
            Diagnostic::error(
                DECLARATION_LINK,
                format!(
                    "`{}` is a symbolic link that leads out of the repository",
                    shown(manifest)
                ),
            )
            .help("replace the link with the folder, use its real path, or pass `--allow-outside`"),
        );
        Vec::new()
    } else {
        source::load(manifest, &mut sources, &mut cx)
    };
    let mut reading = understand(sources, &files, cx);
    reading.reach = reach;
    reading
}

/// The declaration's folder: `manifest` itself, or that of the file it names.
pub(crate) fn folder_of(manifest: &Path) -> PathBuf {
    if manifest.is_dir() {
        return manifest.to_owned();
    }
    manifest.parent().unwrap_or(Path::new("")).to_owned()
}

/// Reads and checks a declaration that is in memory: its files in order, each with the path that diagnostics show.
///
/// ```
/// let reading = synctable_codegen::read_texts([("app.yaml", "synctable: 1\napp: tasks\n")]);
/// assert_eq!(reading.model.unwrap().app, "tasks");
/// ```
pub fn read_texts<P, B>(texts: impl IntoIterator<Item = (P, B)>) -> Reading
where
    P: Into<String>,
    B: Into<Vec<u8>>,
{
    read_parsed(texts).0
}

/// Reads a declaration as [`read_texts`] does, and returns its trees, too.
pub(crate) fn read_parsed<P, B>(
    texts: impl IntoIterator<Item = (P, B)>,
) -> (Reading, Vec<SourceFile>)
where
    P: Into<String>,
    B: Into<Vec<u8>>,
{
    let mut cx = Diagnostics::new();
    let mut sources = Sources::new();
    let mut added = Vec::new();
    for (path, bytes) in texts {
        match sources.add(path, bytes) {
            Ok(file) => added.push(file),
            Err(diagnostic) => cx.push(diagnostic),
        }
    }
    let parsed = parallel::each(&added, |file| {
        let mut cx = Diagnostics::new();
        let root = source::parse(*file, sources.text(*file), &mut cx);
        (root, cx)
    });
    let mut files = Vec::new();
    for (file, (root, found)) in added.into_iter().zip(parsed) {
        cx.append(found);
        files.extend(root.map(|root| SourceFile { file, root }));
    }
    (understand(sources, &files, cx), files)
}

fn understand(sources: Sources, files: &[SourceFile], mut cx: Diagnostics) -> Reading {
    let mut declaration = decode(files, &sources, &mut cx);
    let origins = Origins::new(files, &sources);
    let mut model = check(&declaration, &origins, &mut cx);
    // The model has the rest, and what comes next needs the memory.
    let targets = std::mem::take(&mut declaration.targets);
    drop(declaration);
    // What could not be decoded is missing from the model, and a target may rely on what a model promises.
    if let Some(checked) = &model
        && cx.is_clean()
    {
        let wanted = TARGETS
            .iter()
            .filter(|target| targets.contains_key(target.name));
        let mut steps: Vec<fn(&Model, &mut Complaints)> = vec![advise];
        steps.extend(wanted.map(|target| target.admit));
        let found = parallel::each(&steps, |step| {
            let mut complaints = Complaints::new();
            step(checked, &mut complaints);
            complaints
        });
        let mut all = Complaints::new();
        for complaints in found {
            all.append_new(complaints);
        }
        all.resolve(|place| origins.span(place), &mut cx);
    }
    if cx.has_errors() {
        model = None;
    }
    Reading {
        sources,
        targets,
        model,
        diagnostics: cx.into_sorted(),
        reach: Reach::default(),
    }
}
