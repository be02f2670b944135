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
            Diagnostic::error(codes::SQL_SYNTAX, format!("Postgres cannot parse {what}"))
                .help("correct the SQL: the migration contains it unchanged")
                .note(format!(
                    "the parser stopped at `{}`",
                    shown.unwrap_or_default().trim()
                ))
        }
        Wrong::NotOne(why) => Diagnostic::error(
            codes::EXPR_NOT_ONE,
            format!("{what} cannot be copied into the generated SQL: {why}"),
        )
        .help("write one complete expression, type or query, without comments")
        .note("the generated SQL around it contains this text unchanged"),
        Wrong::TooLong => Diagnostic::error(
            codes::EXPR_TOO_LARGE,
            format!("{what} is too long or nested too deeply"),
        )
        .help("move a part of it into a function under `sql`"),
    };
    cx.push(diagnostic.at(span));
}
