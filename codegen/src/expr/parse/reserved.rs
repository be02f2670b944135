//! Columns whose names SQL keeps for something else: `interval`, `user`, `current_date`.

use super::super::{Problem, Row};
use super::snippet::Snippet;
use crate::diagnostic::EXPR_SYNTAX;
use sqlparser::ast::Expr as Ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

/// The first column of the row that a snippet names without quotes, and that a parser reads as something else.
pub(super) fn column(snippet: &Snippet<'_>, row: &Row) -> Option<Problem> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, snippet.text)
        .tokenize_with_location()
        .ok()?;
    tokens.iter().find_map(|token| {
        let Token::Word(word) = &token.token else {
            return None;
        };
        let name = &word.value;
        if word.quote_style.is_some() || !row.has_column(name) || is_name(name) {
            return None;
        }
        let message =
            format!("SQL reads `{name}` as a keyword here, not as the column of this name");
        let problem = Problem::new(snippet.range(token.span), EXPR_SYNTAX, message);
        Some(problem.help(format!(
            "for the column, write double quotes around it: `\"{name}\"`"
        )))
    })
}

/// Whether a parser reads the word as a name, whatever follows it.
fn is_name(word: &str) -> bool {
    let parsed = |text: String| {
        let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(&text);
        parser.and_then(|mut parser| parser.parse_expr()).ok()
    };
    let is = |ast: &Ast| matches!(ast, Ast::Identifier(name) if name.value == word);
    let begins = |rest: &str| match parsed(format!("{word}{rest}")) {
        Some(Ast::BinaryOp { left, .. }) => is(&left),
        Some(Ast::Between { expr, .. } | Ast::IsNull(expr) | Ast::InList { expr, .. }) => is(&expr),
        Some(ast) => is(&ast),
        None => false,
    };
    [
        "",
        " > 0",
        " = 'a'",
        " between 1 and 2",
        " is null",
        " in (1)",
        " + 1",
    ]
    .into_iter()
    .all(begins)
}
