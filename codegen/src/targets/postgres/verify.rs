//! What is printed is parsed before anybody sees it: a mistake in a template is ours, and says so.

use crate::diagnostic::{Diagnostic, PRINTED_WRONG};
use crate::expr::written;

/// The mistake in what was printed, if there is one.
///
/// Hand-written SQL was parsed when it was read, so that the mistake is this program's.
pub(super) fn mistake(text: &str) -> Option<Diagnostic> {
    let line = written::mistake(text)?;
    let shown = text.lines().nth(line).unwrap_or_default().trim();
    Some(
        Diagnostic::error(
            PRINTED_WRONG,
            format!("this program printed SQL that does not parse: `{shown}`"),
        )
        .help("please report it, with the declaration"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
