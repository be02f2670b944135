//! Collects every mistake of a run, and does not let them be forgotten.

use super::{Diagnostic, Severity, Span};

/// The mistakes found so far.
///
/// It must be consumed with [`into_sorted`](Self::into_sorted): in debug builds, dropping it with
/// an error that nobody read is a panic, because that mistake would have been silent.
#[derive(Debug, Default)]
#[must_use = "the collected mistakes have to be read"]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    errors: usize,
}

impl Diagnostics {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a mistake.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.severity == Severity::Error);
        self.found.push(diagnostic);
    }

    /// Takes over everything that another stage found.
    pub fn append(&mut self, mut other: Self) {
        self.errors += std::mem::take(&mut other.errors);
        self.found.append(&mut other.found);
    }

    /// No errors so far; there may be warnings.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.errors == 0
    }

    /// At least one error so far.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.is_clean()
    }

    /// How many errors so far. Comparing two counts tells whether a step in between was clean.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// The places of the errors so far.
    pub fn error_spans(&self) -> impl Iterator<Item = Span> {
        self.found
            .iter()
            .filter(|diagnostic| diagnostic.severity == Severity::Error)
            .filter_map(|diagnostic| diagnostic.span)
    }

    /// Everything found, in source order (file, place), what has no place last.
    /// The same mistake reported twice is listed once.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.errors = 0;
        let mut found = std::mem::take(&mut self.found);
        found.sort_by_key(|d| (d.span.is_none(), d.span, d.code));
        found.dedup();
        found
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: T) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        if cfg!(debug_assertions) && self.errors > 0 && !std::thread::panicking() {
            panic!("diagnostics were dropped unread: {:#?}", self.found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FileId, Span, UNKNOWN_KEY};
    use super::*;

    fn at(file: u32, start: u32) -> Diagnostic {
        Diagnostic::error(UNKNOWN_KEY, format!("{file}:{start}")).at(Span {
            file: FileId(file),
            start,
            end: start + 1,
        })
    }

    #[test]
    fn mistakes_come_out_in_source_order_and_once() {
        let mut cx = Diagnostics::new();
        cx.push(Diagnostic::error(UNKNOWN_KEY, "nowhere"));
        cx.extend([at(1, 0), at(0, 7), at(0, 3), at(0, 7)]);
        assert_eq!(cx.error_count(), 5);
        let messages: Vec<_> = cx.into_sorted().into_iter().map(|d| d.message).collect();
        assert_eq!(messages, ["0:3", "0:7", "1:0", "nowhere"]);
    }

    #[test]
    fn a_warning_leaves_it_clean() {
        let mut cx = Diagnostics::new();
        cx.push(Diagnostic::warning(UNKNOWN_KEY, "hm"));
        assert!(cx.is_clean());
        drop(cx);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "dropped unread")]
    fn an_unread_error_panics() {
        let mut cx = Diagnostics::new();
        cx.push(at(0, 0));
        drop(cx);
    }
}
