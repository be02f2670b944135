//! GitHub Actions workflow commands: one annotation per diagnostic.
//!
//! Escaping follows the runner's toolkit: `%`, CR and LF in the message, also `:` and `,` in properties.

use super::{Diagnostic, Paths, Severity, Sources};
use std::fmt::Write as _;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, paths: &Paths) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let place = diagnostic.span.map(|span| sources.position(span));
        let mut properties = Vec::new();
        if let Some(place) = place {
            properties.push(("file", paths.of(place.path)));
            properties.push(("line", place.line.to_string()));
            properties.push(("col", place.column.to_string()));
            // The runner refuses an end column on a range of several lines.
            if place.end_line == place.line {
                properties.push(("endColumn", place.end_column.to_string()));
            }
        }
        let mut message = diagnostic.message.clone();
        for (span, what) in &diagnostic.labels {
            let place = sources.position(*span);
            let (path, line, column) = (paths.of(place.path), place.line, place.column);
            let _ = write!(message, "\n{path}:{line}:{column}: {what}");
        }
        for help in &diagnostic.help {
            let _ = write!(message, "\nhelp: {help}");
        }
        for note in &diagnostic.notes {
            let _ = write!(message, "\nnote: {note}");
        }
        command(
            &mut out,
            diagnostic.severity,
            diagnostic.code.as_str(),
            &properties,
            &message,
        );
    }
    out
}

/// Writes one workflow command.
pub(crate) fn command(
    out: &mut String,
    severity: Severity,
    title: &str,
    properties: &[(&str, String)],
    message: &str,
) {
    let _ = write!(out, "::{} ", severity.as_str());
    for (name, value) in properties {
        let _ = write!(out, "{name}={},", property(value));
    }
    let _ = writeln!(out, "title={}::{}", property(title), data(message));
}

/// An annotation that is about no file.
pub(crate) fn notice(title: &str, text: &str) -> String {
    format!("::notice title={}::{}\n", property(title), data(text))
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::{Span, UNKNOWN_KEY};
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let mut sources = Sources::new();
        let file = sources.add("odd,name:1%.yaml", "a: b\n").unwrap();
        let span = Span {
            file,
            start: 3,
            end: 4,
        };
        let diagnostics = [
            Diagnostic::error(UNKNOWN_KEY, "100%\nof: it")
                .at(span)
                .help("less"),
            Diagnostic::warning(UNKNOWN_KEY, "nowhere"),
        ];
        assert_eq!(
            render(&diagnostics, &sources, &Paths::default()),
            "::error file=odd%2Cname%3A1%25.yaml,line=1,col=4,endColumn=5,title=S101::100%25 of: it%0Ahelp: less\n\
             ::warning title=S101::nowhere\n"
        );
    }
}
