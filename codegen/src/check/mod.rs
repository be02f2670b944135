//! From what was written to what it means: resolves a [`Declaration`] into a [`Model`] and holds it against the rules.
//!
//! Two steps, and all mistakes of both in one run.
//! `resolve` turns names into things and texts into expressions; what it cannot make sense of it reports and leaves out.
//! `rules` look at the resolved model as a whole and complain by place.

mod resolve;
mod rules;

pub use rules::advise;

use crate::declaration::{Declaration, Origins};
use crate::diagnostic::{Complaints, Diagnostics, Span};
use crate::model::Model;
use std::collections::BTreeSet;

/// Checks a declaration and says what it means.
///
/// Every mistake goes to `cx`; a model comes back only where there is none.
pub fn check(
    declaration: &Declaration,
    origins: &Origins<'_>,
    cx: &mut Diagnostics,
) -> Option<Model> {
    let before = cx.error_count();
    let model = resolve::resolve(declaration, origins, cx)?;
    let mut complaints = Complaints::new();
    rules::check(&model, &broken(declaration, origins, cx), &mut complaints);
    complaints.resolve(|place| origins.span(place), cx);
    (cx.error_count() == before).then_some(model)
}

/// The tables with a mistake in them: what seems to be missing there may only have been left out because of it.
fn broken(declaration: &Declaration, origins: &Origins<'_>, cx: &Diagnostics) -> BTreeSet<String> {
    let errors: Vec<Span> = cx.error_spans().collect();
    if errors.is_empty() {
        return BTreeSet::new();
    }
    let holds = |table: Span, error: &Span| {
        table.file == error.file && table.start <= error.start && error.end <= table.end
    };
    declaration
        .tables
        .keys()
        .filter(|table| {
            origins
                .extents("tables", table)
                .any(|extent| errors.iter().any(|error| holds(extent, error)))
        })
        .cloned()
        .collect()
}
