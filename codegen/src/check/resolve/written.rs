//! SQL written by hand: what is wrong with it, at its place.

use super::Resolver;
use crate::declaration::Snippet;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::expr::written::Wrong;

impl Resolver<'_, '_> {
    /// Reports what is wrong with hand-written SQL; whether it may stand in what is generated.
    pub(super) fn written(
        &mut self,
        what: &str,
        sql: &Snippet,
        read: impl Fn(&str) -> Result<(), Wrong>,
    ) -> bool {
        match read(&sql.text) {
            Ok(()) => true,
            Err(wrong) => {
                report(&wrong, what, &sql.text, sql.span, self.cx);
                false
            }
        }
    }
}

pub(super) fn report(wrong: &Wrong, what: &str, text: &str, span: Span, cx: &mut Diagnostics) {
    let diagnostic = match wrong {
        Wrong::Syntax(line) => {
            let lines: Vec<&str> = text.lines().collect();
            let shown = lines.get(*line).or(lines.last()).copied();
            Diagnostic::error(
                codes::SQL_SYNTAX,
                format!("{what} is no SQL that Postgres reads"),
            )
            .help("the text goes into the migration as it is: write what Postgres accepts")
            .note(format!(
                "it stops making sense at `{}`",
                shown.unwrap_or_default().trim()
            ))
        }
        Wrong::NotOne(why) => Diagnostic::error(
            codes::EXPR_NOT_ONE,
            format!("{what} is more than fits there: {why}"),
        )
        .help("write one expression, type or query, whole and without comments")
        .note("the text goes between what is generated as it is"),
        Wrong::TooLong => Diagnostic::error(
            codes::EXPR_TOO_LARGE,
            format!("{what} is longer, or nested deeper, than is read"),
        )
        .help("move a part of it into a function of your own, under `sql`"),
    };
    cx.push(diagnostic.at(span));
}
