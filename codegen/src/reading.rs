//! From a folder to a checked model, with everything that there is to say about it: what every command starts with.

use crate::check::check;
use crate::declaration::{Declaration, Origins, decode};
use crate::diagnostic::{Complaints, Diagnostic, Diagnostics, Severity, Sources};
use crate::model::Model;
use crate::source;
use crate::targets::TARGETS;
use std::path::Path;

/// A declaration as far as it could be read.
#[derive(Debug)]
#[must_use = "the diagnostics have to be shown"]
pub struct Reading {
    /// The texts, for rendering diagnostics.
    pub sources: Sources,
    /// What was written, as far as it could be decoded.
    pub declaration: Declaration,
    /// What it means; `None` where there is an error.
    pub model: Option<Model>,
    /// Everything found, in source order.
    pub diagnostics: Vec<Diagnostic>,
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

/// Reads and checks the declaration at `manifest`, a folder or the `app.yaml` in it.
///
/// Every mistake of every stage comes in this one run; the targets that the declaration asks for have their say as well.
pub fn read(manifest: &Path) -> Reading {
    let mut cx = Diagnostics::new();
    let mut sources = Sources::new();
    let files = source::load(manifest, &mut sources, &mut cx);
    let declaration = decode(&files, &sources, &mut cx);
    let origins = Origins::new(&files, &sources);
    let mut model = check(&declaration, &origins, &mut cx);
    // What could not be decoded is missing from the model, and a target may rely on what a model promises.
    if let Some(checked) = &model
        && cx.is_clean()
    {
        let mut complaints = Complaints::new();
        TARGETS
            .iter()
            .filter(|target| declaration.targets.contains_key(target.name))
            .for_each(|target| (target.admit)(checked, &mut complaints));
        complaints.resolve(|place| origins.span(place), &mut cx);
    }
    if cx.has_errors() {
        model = None;
    }
    Reading {
        sources,
        declaration,
        model,
        diagnostics: cx.into_sorted(),
    }
}
