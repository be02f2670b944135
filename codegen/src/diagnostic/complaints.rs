//! Mistakes that are known by what is declared, not by where: a rule over the Model complains without knowing any text.

use super::{Diagnostic, Diagnostics, Place, Span};

/// The complaints so far, in the order they were made.
#[derive(Debug, Default)]
#[must_use = "the complaints have to be placed"]
pub struct Complaints {
    found: Vec<Complaint>,
}

#[derive(Debug, PartialEq)]
struct Complaint {
    place: Place,
    diagnostic: Diagnostic,
    labels: Vec<(Place, String)>,
}

impl Complaints {
    /// None so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Complains about what is declared at a place.
    pub fn push(&mut self, place: Place, diagnostic: Diagnostic) {
        self.found.push(Complaint {
            place,
            diagnostic,
            labels: Vec::new(),
        });
    }

    /// Complains about what is declared at a place, and shows another place with what it is.
    pub fn push_with_label(
        &mut self,
        place: Place,
        diagnostic: Diagnostic,
        other: Place,
        what: impl Into<String>,
    ) {
        self.found.push(Complaint {
            place,
            diagnostic,
            labels: vec![(other, what.into())],
        });
    }

    /// Adds those of another, after these.
    pub fn append(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    /// Adds those of another that nobody has made before: two targets may refuse one name.
    pub fn append_new(&mut self, other: Self) {
        for complaint in other.found {
            if !self.found.contains(&complaint) {
                self.found.push(complaint);
            }
        }
    }

    /// Nothing to complain about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Turns each into a diagnostic with a span, as `span_of` finds it.
    ///
    /// Where nothing of a place is written, the diagnostic names the place instead.
    pub fn resolve(self, span_of: impl Fn(&Place) -> Option<Span>, cx: &mut Diagnostics) {
        for complaint in self.found {
            let mut diagnostic = match span_of(&complaint.place) {
                Some(span) => complaint.diagnostic.at(span),
                None => complaint
                    .diagnostic
                    .note(format!("at `{}`", complaint.place)),
            };
            for (place, what) in complaint.labels {
                diagnostic = match span_of(&place) {
                    Some(span) => diagnostic.label(span, what),
                    None => diagnostic.note(format!("{what}: `{place}`")),
                };
            }
            cx.push(diagnostic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FileId, codes};
    use super::*;

    #[test]
    fn a_complaint_gets_its_span_or_names_its_place() {
        let written = Place::table("todos");
        let span = Span {
            file: FileId(0),
            start: 1,
            end: 2,
        };
        let mut complaints = Complaints::new();
        let complain = || Diagnostic::error(codes::UNKNOWN_KEY, "x");
        complaints.push(written.clone(), complain());
        complaints.push_with_label(Place::table("lists"), complain(), written.clone(), "here");
        let mut cx = Diagnostics::new();
        complaints.resolve(|place| (*place == written).then_some(span), &mut cx);
        let found = cx.into_sorted();
        assert_eq!(found[0].span, Some(span));
        assert_eq!(found[1].span, None);
        assert_eq!(found[1].notes, ["at `tables.lists`"]);
        assert_eq!(found[1].labels, [(span, "here".to_owned())]);
    }
}
