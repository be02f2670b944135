//! What is wrong, where, and the way out: the one form in which every stage reports to a person.
//!
//! This module knows texts and places in them, not what the texts mean.
//! Library code collects [`Diagnostic`]s and returns them; only the command line prints, through [`render`].

pub mod codes;
#[cfg(test)]
mod codes_page;
mod collector;
mod complaints;
mod counted;
mod github;
mod human;
mod json;
mod nearest;
mod paths;
pub mod place;
mod replacement;
pub(crate) mod sarif;
mod sources;

pub use codes::*;
pub use collector::Diagnostics;
pub use complaints::Complaints;
pub use counted::counted;
pub(crate) use github::command as workflow_command;
pub(crate) use github::notice;
pub use json::{Report, ReportedDiagnostic, ReportedLabel};
pub use nearest::{did_you_mean, nearest};
pub use paths::Paths;
pub use place::Place;
use sources::is_bidi_control;
pub(crate) use sources::{FILE_BYTES, offset, shown, visible, without_commands};
pub use sources::{FileId, Position, Sources, Span};

/// How bad it is: an error stops the run before anything is written, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The declaration, the environment or an output is wrong.
    Error,
    /// Worth a look, and nothing is refused because of it.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One mistake with its code, its place and the way out.
///
/// The message is one line, lower case, without a full stop, with names in backticks.
///
/// ```
/// use synctable_codegen::diagnostic::{Diagnostic, FileId, Span, UNKNOWN_KEY};
///
/// let span = Span { file: FileId(0), start: 4, end: 8 };
/// let diagnostic = Diagnostic::error(UNKNOWN_KEY, "a column has no key `tipe`")
///     .at(span)
///     .help("did you mean `kind`?");
/// assert_eq!(diagnostic.code.as_str(), "S101");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a diagnostic that is not pushed is a silent mistake"]
pub struct Diagnostic {
    /// The stable code, explained by `codegen explain`.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in the user's words.
    pub message: String,
    /// The place, when the mistake has one in a source text.
    pub span: Option<Span>,
    /// Other places that matter, each with what it is.
    pub labels: Vec<(Span, String)>,
    /// Ways out.
    pub help: Vec<String>,
    /// Facts that explain the rule.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// A mistake that stops the run.
    pub fn error(code: Code, message: impl AsRef<str>) -> Self {
        Self::new(Severity::Error, code, message.as_ref())
    }

    /// A remark that does not stop the run.
    pub fn warning(code: Code, message: impl AsRef<str>) -> Self {
        Self::new(Severity::Warning, code, message.as_ref())
    }

    fn new(severity: Severity, code: Code, message: &str) -> Self {
        Self {
            code,
            severity,
            message: legible(message).replace('\n', " "),
            span: None,
            labels: Vec::new(),
            help: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Sets the place that is underlined.
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Adds another place, with what it is ("first declared here").
    pub fn label(mut self, span: Span, what: impl AsRef<str>) -> Self {
        self.labels.push((span, legible(what.as_ref())));
        self
    }

    /// Adds a way out.
    pub fn help(mut self, way_out: impl AsRef<str>) -> Self {
        self.help.push(legible(way_out.as_ref()));
        self
    }

    /// Adds a way out when there is one, as [`did_you_mean`] gives it.
    pub fn help_maybe(self, way_out: Option<String>) -> Self {
        match way_out {
            Some(way_out) => self.help(way_out),
            None => self,
        }
    }

    /// Adds a fact that explains the rule.
    pub fn note(mut self, fact: impl AsRef<str>) -> Self {
        self.notes.push(legible(fact.as_ref()));
        self
    }
}

/// The most characters of one sentence of a diagnostic.
const LONGEST_SENTENCE: usize = 600;

/// Makes text that quotes the user's input fit to print: control characters are escaped, and a
/// sentence that carries an enormous name is cut.
fn legible(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST_SENTENCE));
    let mut after_break = false;
    for (count, (at, c)) in text.char_indices().enumerate() {
        if count == LONGEST_SENTENCE {
            out.push('…');
            break;
        }
        match c {
            // A line that begins with `::` is a command to a log of GitHub Actions, however far in it stands.
            ':' if after_break && text[at..].starts_with("::") => {
                out.truncate(out.trim_end().len());
                out.push_str(" :");
            }
            '\n' => out.push('\n'),
            c if c.is_control() || is_bidi_control(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        after_break = c == '\n' || (after_break && c.is_whitespace());
    }
    sources::without_commands(&out).into_owned()
}

/// A text of the user as it is quoted in a message: its first line, and of that the beginning.
///
/// ```
/// use synctable_codegen::diagnostic::excerpt;
/// assert_eq!(excerpt("owner"), "owner");
/// assert_eq!(excerpt("select 1\nfrom t"), "select 1…");
/// ```
#[must_use]
pub fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if text.trim_end().len() > line.len() => format!("{}…", line.trim_end()),
        None => line.to_owned(),
    }
}

/// Whether escape sequences for colour may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Never,
    /// With ANSI escape sequences.
    Always,
}

/// The forms a report can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal: message, source line, caret, help.
    Human(Color),
    /// One versioned JSON object, see [`Report`].
    Json,
    /// GitHub Actions workflow commands, one line per diagnostic.
    Github(Paths),
    /// One SARIF object, which code scanning reads.
    Sarif(Paths),
}

/// Renders diagnostics in the order given; the text ends with a newline unless it is empty.
#[must_use]
pub fn render(format: Format, diagnostics: &[Diagnostic], sources: &Sources) -> String {
    match format {
        Format::Human(color) => human::render(diagnostics, sources, color),
        Format::Json => json::render(diagnostics, sources),
        Format::Github(paths) => github::render(diagnostics, sources, &paths),
        Format::Sarif(paths) => {
            let results = sarif::results(diagnostics, sources, &paths);
            format!("{:#}\n", sarif::document(results))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_legible_whatever_it_quotes() {
        let wild = format!("`a\u{1b}[31m\u{202e}b` {}", "x".repeat(1 << 20));
        let diagnostic = Diagnostic::error(UNKNOWN_KEY, wild);
        assert!(
            diagnostic
                .message
                .starts_with("`a\\u{1b}[31m\\u{202e}b` xxx")
        );
        assert!(diagnostic.message.ends_with('…'));
        assert!(diagnostic.message.chars().count() < LONGEST_SENTENCE + 20);
    }
}
