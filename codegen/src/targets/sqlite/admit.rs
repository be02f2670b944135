//! What SQLite cannot say, what it would confuse, and what it refuses when it is asked.

use super::{local, lower, names, render, verify};
use crate::diagnostic::Complaints;
use crate::model::Model;

pub(super) fn admit(model: &Model, cx: &mut Complaints) {
    let mut found = Complaints::new();
    names::reserved(model, &mut found);
    names::collide(model, &mut found);
    let lowered = lower::lower(model, &mut found);
    local::written_checks_are_read(model, &mut found);
    // SQLite is asked only about what has no known mistake: its own words would hide ours.
    if found.is_empty() {
        for part in lowered.parts(&lower::read_by_views(model), &lower::plain(model)) {
            verify::executes(&render(&part.schema), &part.places, &mut found);
        }
    }
    cx.append(found);
}
