//! The terminal form: message, place, source line with a caret, ways out.

use super::{Color, Diagnostic, Severity, Sources, Span};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Lines longer than this are named but not shown.
const LONGEST_LINE: usize = 2_000;

/// Labels further away than this many lines are shown in a snippet of their own.
const FAR: u32 = 100;

pub(super) fn render(diagnostics: &[Diagnostic], sources: &Sources, color: Color) -> String {
    let renderer = match color {
        Color::Never => Renderer::plain(),
        Color::Always => Renderer::styled().hyperlink(false),
    };
    let mut out = String::new();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let report = [group(diagnostic, sources)];
        for line in renderer.render(&report).lines() {
            let line = line.trim_end().replace("##[", "#\u{fffd}[");
            out.extend(line.chars().map(|c| shown(c, color)));
            out.push('\n');
        }
    }
    out
}

/// The renderer replaces control characters of the source, but not the upper ones, which terminals obey as well.
fn shown(c: char, color: Color) -> char {
    let styling = c == '\u{1b}' && color == Color::Always;
    if c.is_control() && !styling {
        '\u{fffd}'
    } else {
        c
    }
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(&*diagnostic.message)
        .id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    for cluster in clusters(diagnostic, sources) {
        group = show(group, &cluster, sources);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(&**help));
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(&**note));
    }
    group
}

/// A place to underline.
struct Mark<'a> {
    span: Span,
    line: u32,
    kind: AnnotationKind,
    what: &'a str,
}

/// The places that fit into one snippet: of one file and near each other, by line.
fn clusters<'a>(diagnostic: &'a Diagnostic, sources: &Sources) -> Vec<Vec<Mark<'a>>> {
    let primary = diagnostic
        .span
        .map(|span| (span, AnnotationKind::Primary, ""));
    let labels = diagnostic
        .labels
        .iter()
        .map(|(span, what)| (*span, AnnotationKind::Context, &**what));
    let mut clusters: Vec<Vec<Mark<'a>>> = Vec::new();
    for (span, kind, what) in primary.into_iter().chain(labels) {
        let line = sources.position(span).line;
        let mark = Mark {
            span,
            line,
            kind,
            what,
        };
        let near = clusters.iter_mut().find(|cluster| {
            let first = &cluster[0];
            first.span.file == span.file && first.line.abs_diff(line) <= FAR
        });
        match near {
            Some(cluster) => cluster.push(mark),
            None => clusters.push(vec![mark]),
        }
    }
    clusters
}

fn show<'a>(group: Group<'a>, marks: &[Mark<'a>], sources: &'a Sources) -> Group<'a> {
    let file = marks[0].span.file;
    let first = marks.iter().map(|mark| mark.line).min().unwrap_or(1);
    let last = marks.iter().map(|mark| mark.line).max().unwrap_or(1);
    let path = sources.path(file);
    if (first..=last).any(|line| sources.line_range(file, line).len() > LONGEST_LINE) {
        return marks.iter().fold(group, |group, mark| {
            let place = sources.position(mark.span);
            let origin = Origin::path(path)
                .line(place.line as usize)
                .char_column(place.column as usize);
            let group = group.element(origin);
            if mark.what.is_empty() {
                group
            } else {
                group.element(Level::NOTE.message(mark.what))
            }
        });
    }
    let start = sources.line_range(file, first).start;
    let text = &sources.text(file)[start..sources.line_range(file, last).end];
    let annotations = marks.iter().map(|mark| annotation(mark, start, sources));
    group.element(
        Snippet::source(text)
            .path(path)
            .line_start(first as usize)
            .annotations(annotations),
    )
}

/// Underlines the part of the span that is on its first line; at least one place.
fn annotation<'a>(mark: &Mark<'a>, offset: usize, sources: &Sources) -> Annotation<'a> {
    let text = sources.text(mark.span.file);
    let line = sources.line_range(mark.span.file, mark.line);
    let start = text
        .floor_char_boundary(mark.span.start as usize)
        .min(line.end);
    let end = text
        .floor_char_boundary(mark.span.end as usize)
        .clamp(start, line.end);
    let annotation = mark.kind.span(start - offset..end - offset);
    if mark.what.is_empty() {
        annotation
    } else {
        annotation.label(mark.what)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DUPLICATE_KEY, FileId, UNKNOWN_KEY};
    use super::*;

    const YAML: &str =
        "streams:\r\n  my_todos:\r\n    from: todos\r\n    where: owner = auth.user_id()\r\n";

    fn sources(text: &str) -> (Sources, FileId) {
        let mut sources = Sources::new();
        let file = sources.add("schema/todos.yaml", text).unwrap();
        (sources, file)
    }

    fn at(file: FileId, text: &str, what: &str) -> Span {
        let start = super::super::sources::offset(text.find(what).unwrap());
        Span {
            file,
            start,
            end: start + super::super::sources::offset(what.len()),
        }
    }

    #[test]
    fn message_place_caret_and_way_out_in_this_order() {
        let (sources, file) = sources(YAML);
        let diagnostic = Diagnostic::error(
            UNKNOWN_KEY,
            "`my_todos` filters on `owner`, but `todos` has no such column",
        )
        .at(at(file, YAML, "owner"))
        .label(at(file, YAML, "todos\r"), "this table")
        .help("did you mean `owner_id`?")
        .note("a filter reads its own table only");
        assert_eq!(
            render(&[diagnostic], &sources, Color::Never),
            "\
error[S101]: `my_todos` filters on `owner`, but `todos` has no such column
 --> schema/todos.yaml:4:12
  |
3 |     from: todos
  |           ----- this table
4 |     where: owner = auth.user_id()
  |            ^^^^^
  |
  = help: did you mean `owner_id`?
  = note: a filter reads its own table only
"
        );
    }

    #[test]
    fn a_place_in_another_file_is_shown_too() {
        let (mut sources, file) = sources("a: 1\n");
        let other = sources.add("schema/b.yaml", "a: 2\n").unwrap();
        let diagnostic = Diagnostic::error(DUPLICATE_KEY, "`a` is given twice")
            .at(at(other, "a: 2", "a"))
            .label(at(file, "a: 1", "a"), "first given here");
        let text = render(&[diagnostic], &sources, Color::Never);
        assert!(text.contains("--> schema/b.yaml:1:1"), "{text}");
        assert!(text.contains("::: schema/todos.yaml:1:1"), "{text}");
        assert!(text.contains("- first given here"), "{text}");
    }

    #[test]
    fn an_enormous_line_is_named_and_not_printed() {
        let yaml = format!("a: 1\n{}: 1\n", "k".repeat(1 << 20));
        let (sources, file) = sources(&yaml);
        let span = Span {
            file,
            start: 5,
            end: 5 + (1 << 20),
        };
        let diagnostic = Diagnostic::error(UNKNOWN_KEY, "too much")
            .at(span)
            .help("less");
        assert_eq!(
            render(&[diagnostic], &sources, Color::Never),
            "error[S101]: too much\n--> schema/todos.yaml:2:1\n = help: less\n"
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_replaced() {
        let text = "a: \u{9b}31m\u{1b}[31m\u{7}\u{85}\u{202e}x\n";
        let (sources, file) = sources(text);
        let diagnostic = [Diagnostic::error(UNKNOWN_KEY, "x").at(at(file, text, "a"))];
        let plain = render(&diagnostic, &sources, Color::Never);
        assert!(
            !plain.chars().any(|c| c.is_control() && c != '\n'),
            "{plain:?}"
        );
        assert!(!plain.contains('\u{202e}'), "{plain:?}");
        let colored = render(&diagnostic, &sources, Color::Always);
        assert!(
            !colored.contains(['\u{9b}', '\u{85}', '\u{7}']),
            "{colored:?}"
        );
        assert!(!colored.contains("\u{1b}[31m\u{7}"), "{colored:?}");
    }

    #[test]
    fn any_span_can_be_rendered() {
        let text = "ä: \u{1b}\n\tb\r\n";
        let (sources, file) = sources(text);
        for start in 0..14 {
            for end in 0..14 {
                let span = Span { file, start, end };
                let diagnostic = Diagnostic::error(UNKNOWN_KEY, "x")
                    .at(span)
                    .label(span, "y");
                let rendered = render(&[diagnostic], &sources, Color::Always);
                assert!(!rendered.contains("\u{1b}\n"), "{rendered}");
            }
        }
    }

    #[test]
    fn colour_is_written_only_when_asked_for() {
        let (sources, file) = sources(YAML);
        let diagnostic = [Diagnostic::error(UNKNOWN_KEY, "x").at(at(file, YAML, "owner"))];
        assert!(!render(&diagnostic, &sources, Color::Never).contains('\u{1b}'));
        assert!(render(&diagnostic, &sources, Color::Always).contains('\u{1b}'));
    }
}
