//! What is printed is parsed before anybody sees it: a mistake in a template is ours, and says so.

use crate::diagnostic::{Diagnostic, PRINTED_WRONG};
use crate::expr::written;
use crate::parallel;
use crate::statements;
use std::ops::Range;

/// The mistake in what was printed, if there is one.
///
/// Hand-written SQL was parsed when it was read, so that the mistake is this program's.
///
/// The text is parsed in pieces of whole statements, side by side: the parser's tree takes many times the room of the text.
pub(super) fn mistake(text: &str) -> Option<Diagnostic> {
    let pieces = pieces(text);
    let lines = parallel::each(&pieces, |piece| written::mistake(&text[piece.clone()]));
    let mut found = pieces.iter().zip(lines);
    let line = found.find_map(|(piece, line)| {
        let before = text[..piece.start].matches('\n').count();
        line.map(|line| before + line)
    })?;
    let shown = text.lines().nth(line).unwrap_or_default().trim();
    Some(
        Diagnostic::error(
            PRINTED_WRONG,
            format!("this program printed SQL that does not parse: `{shown}`"),
        )
        .help("please report it, with the declaration"),
    )
}

/// Where a text is taken apart: behind a statement, each time so much has come together.
fn pieces(text: &str) -> Vec<Range<usize>> {
    const BYTES: usize = 64 << 10;
    let mut pieces = Vec::new();
    let mut start = 0;
    for end in statements::ends(text) {
        if end - start >= BYTES {
            pieces.push(start..end);
            start = end;
        }
    }
    pieces.push(start..text.len());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_long_text_is_shown_with_its_line() {
        let function = "create function f() returns int begin atomic select 1; select 2; end;\n";
        let long = function.repeat(3000);
        assert_eq!(mistake(&long), None);
        assert!(pieces(&long).len() > 2);
        let found = mistake(&format!("{long}create table;\n{long}")).expect("a mistake");
        assert!(found.message.ends_with("`create table;`"), "{found:?}");
    }

    #[test]
    fn a_mistake_of_ours_is_an_error() {
        assert_eq!(mistake("create table t (a int);\n"), None);
        let found = mistake("select 1;\ncreate table;\n").expect("a mistake");
        assert_eq!(found.code.as_str(), "E009");
        assert!(
            found.message.ends_with("`create table;`"),
            "{}",
            found.message
        );
    }
}
