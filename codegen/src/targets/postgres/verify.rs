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
    let errors = SourceFile::parse(&text).errors().to_vec();
    if let Some(error) = errors.first() {
        let start = usize::from(error.range().start());
        let line = text[..start].matches('\n').count();
        let shown = text.lines().nth(line).unwrap_or_default();
        panic!(
            "a bug of this program, please report it: it printed SQL that does not parse: {error:?} in `{shown}`"
        );
    }
    text
}
