//! From a snippet to an [`Expr`]: sqlparser reads it, names are resolved, kinds checked, all mistakes collected.

mod calls;
mod convert;
mod membership;
mod operators;
mod policy;
mod reserved;
mod select;
mod snippet;
mod unsupported;

use super::{Context, Known, Problem, Row, Scope};
use crate::model::{Expr, Select};
use convert::Converter;
use snippet::Snippet;
use synctable::Kind;

/// Reads an expression that stands in the given place.
///
/// The result is resolved and kind-checked; its constants are canonical; `between` and a simple `case` are written
/// out; and it means one thing in every dialect that can say it.
///
/// # Errors
/// All mistakes in the snippet, in its order; at least one.
pub fn parse(snippet: &str, scope: &Scope<'_>, context: Context<'_>) -> Result<Expr, Vec<Problem>> {
    let snippet = Snippet::new(snippet);
    let parsed = snippet.read(|tokens| {
        let ast = snippet
            .parse(tokens, |parser| parser.parse_expr())
            .map_err(|problem| vec![problem])?;
        let mut converter = Converter::new(&snippet, *scope, context);
        let expr = converter.whole(&ast);
        converter.finish(expr)
    });
    // What follows from a word that is read as something else is not told.
    parsed.map_err(|problems| match reserved::column(&snippet, scope.row) {
        Some(problem) => vec![problem],
        None => problems,
    })
}

/// Reads `select column from table where …`: what a scope is.
///
/// # Errors
/// All mistakes in the snippet, in its order; at least one.
pub fn parse_select(snippet: &str, known: &Known) -> Result<Select, Vec<Problem>> {
    let snippet = Snippet::new(snippet);
    snippet.read(|tokens| {
        let ast = snippet
            .parse(tokens, |parser| parser.parse_query())
            .map_err(|problem| vec![problem])?;
        let nowhere = Row::new("a scope");
        let mut converter = Converter::new(&snippet, Scope::new(known, &nowhere), Context::Select);
        let select = converter.select(&ast).map(|(select, _)| select);
        converter.finish(select)
    })
}

/// The kind of what a scope selects, without looking at its filter: enough to read the other scopes that name it.
#[must_use]
pub fn select_kind(snippet: &str, known: &Known) -> Option<Kind> {
    let snippet = Snippet::new(snippet);
    let kind = snippet.read(|tokens| {
        let mut ast = snippet
            .parse(tokens, |parser| parser.parse_query())
            .map_err(|problem| vec![problem])?;
        if let sqlparser::ast::SetExpr::Select(select) = &mut *ast.body {
            select.selection = None;
        }
        let nowhere = Row::new("a scope");
        let mut converter = Converter::new(&snippet, Scope::new(known, &nowhere), Context::Select);
        Ok(converter.select(&ast).and_then(|(_, kind)| kind))
    });
    kind.ok().flatten()
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
