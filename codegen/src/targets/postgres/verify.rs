//! What is printed is parsed before anybody sees it: a mistake in a template is ours, and says so.

use squawk_syntax::SourceFile;

/// The text, as it is.
///
/// # Panics
///
/// If the template did not render, or if a Postgres parser refuses what came out.
/// Hand-written SQL was parsed when it was read, so that the mistake is this program's.
pub(super) fn parsed(rendered: askama::Result<String>) -> String {
    let text = rendered.expect("templates print only what is there");
    if let Some(line) = mistake(&text) {
        let shown = text.lines().nth(line).unwrap_or_default().trim();
        panic!(
            "a bug of this program, please report it: it printed SQL that does not parse: `{shown}`"
        );
    }
    text
}

/// The line, counted from zero, of the first mistake in a text of SQL statements.
pub(super) fn mistake(text: &str) -> Option<usize> {
    let error = SourceFile::parse(text).errors().into_iter().next()?;
    let start = usize::from(error.range().start()).min(text.len());
    let before = &text[..text.floor_char_boundary(start)];
    Some(before.matches('\n').count())
}
