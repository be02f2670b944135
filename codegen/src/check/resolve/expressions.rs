//! Expressions in their rooms: what each may speak of, and where in the YAML its mistakes stand.

use super::Resolver;
use crate::declaration::Snippet;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::expr::{self, Context, Problem, Row, Scope};
use crate::map::IndexMap;
use crate::model::{Expr, Select};
use std::collections::BTreeSet;
use synctable::{Kind, Scalar};

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) enum Room<'r> {
    /// A check over a table's row.
    Check { table: &'r str },
    /// A check over a domain's value.
    Domain { base: Scalar },
    /// A generated column.
    Generated { table: &'r str, column: &'r str },
    /// A part of an index or a unique.
    IndexPart { table: &'r str },
    /// Which rows an index or a unique covers.
    Predicate { table: &'r str },
    /// A default.
    Default { kind: &'r Kind },
    /// What the server fills in.
    Server { kind: &'r Kind },
    /// An access rule over a table's row.
    Access { table: &'r str },
    /// An access rule over the path of a bucket's object.
    Object { row: &'r Row },
    /// A stream's filter.
    Stream {
        table: &'r str,
        params: &'r IndexMap<String, Option<Kind>>,
    },
    /// A view's column.
    ViewColumn { table: &'r str },
    /// Which rows a view shows.
    ViewFilter { table: &'r str },
}

impl Resolver<'_, '_> {
    /// Parses and checks an expression; `None` after its mistakes were reported.
    pub(super) fn expression(&mut self, snippet: &Snippet, room: Room<'_>) -> Option<Expr> {
        if speaks_of(&snippet.text, &self.shapes.broken) {
            return None;
        }
        let known = &self.shapes.known;
        let nothing = Row::new("");
        let row_of = |table: &str| &known.tables[table];
        let value;
        let (row, context) = match room {
            Room::Check { table } => (row_of(table), Context::Check),
            Room::Domain { base } => {
                value = Row::value(base);
                (&value, Context::DomainCheck)
            }
            Room::Generated { table, column } => {
                let row = row_of(table);
                (
                    row,
                    Context::Generated(
                        row.column(column)
                            .expect("it is a column of the table")
                            .kind,
                    ),
                )
            }
            Room::IndexPart { table } => (row_of(table), Context::IndexPart),
            Room::Predicate { table } => (row_of(table), Context::IndexFilter),
            Room::Default { kind } => (&nothing, Context::Default(kind)),
            Room::Server { kind } => (&nothing, Context::Server(kind)),
            Room::Access { table } => (row_of(table), Context::Access),
            Room::Object { row } => (row, Context::Access),
            Room::Stream { table, .. } => (row_of(table), Context::StreamFilter),
            Room::ViewColumn { table } => (row_of(table), Context::ViewColumn),
            Room::ViewFilter { table } => (row_of(table), Context::ViewFilter),
        };
        let scope = Scope::new(known, row);
        let parsed = match room {
            Room::Stream { params, .. } => {
                expr::parse(&snippet.text, &scope.with_params(params), context)
            }
            _ => expr::parse(&snippet.text, &scope, context),
        };
        parsed
            .map_err(|problems| self.report(snippet, problems))
            .ok()
    }

    /// Parses and checks `select column from table where …`.
    pub(super) fn select(&mut self, snippet: &Snippet) -> Option<Select> {
        if speaks_of(&snippet.text, &self.shapes.broken) {
            return None;
        }
        expr::parse_select(&snippet.text, &self.shapes.known)
            .map_err(|problems| self.report(snippet, problems))
            .ok()
    }

    fn report(&mut self, snippet: &Snippet, problems: Vec<Problem>) {
        for problem in problems {
            let span = self.origins.snippet(snippet, problem.range);
            let diagnostic = Diagnostic::error(problem.code, problem.message).at(span);
            self.cx.push(match problem.helps.is_empty() {
                true => diagnostic.help(way_out(problem.code)),
                false => problem.helps.into_iter().fold(diagnostic, Diagnostic::help),
            });
        }
    }
}

/// The way out of a mistake whose message says all but that.
fn way_out(code: Code) -> &'static str {
    match code {
        codes::EXPR_TOO_LARGE => "split it into several checks, or move a part of it into a scope",
        codes::EXPR_UNKNOWN_SET => "declare it under `tables`, or name a scope",
        codes::EXPR_KIND => "compare and join values of the same kind",
        codes::EXPR_ARGUMENTS => "pass the arguments it takes, such as `length(title)`",
        _ => "use the operators of the language, such as `length(title) > 0 and status <> 'done'`",
    }
}

/// Whether a text has one of the names as a word.
fn speaks_of(text: &str, names: &BTreeSet<String>) -> bool {
    !names.is_empty() && words(text).any(|word| names.contains(word))
}

/// What may be a name in a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}
