//! SQL that the language does not have: what it is called, and the nearest thing that works.

use sqlparser::ast::{BinaryOperator, Expr as Ast, UnaryOperator};

/// What a refused node is, and what to write instead.
pub(super) fn say(ast: &Ast) -> (String, Option<&'static str>) {
    let (what, instead) = match ast {
        Ast::Like { .. } | Ast::ILike { .. } | Ast::SimilarTo { .. } | Ast::RLike { .. } => (
            "`like`",
            Some(
                "in a check for Postgres, write `matches(column, '^regular expression$')`; for a fixed prefix, write `substr(column, 1, 3) = 'abc'`",
            ),
        ),
        Ast::Cast { .. } | Ast::Convert { .. } | Ast::TypedString(_) => (
            "a cast",
            Some(
                "remove the cast: a constant has the kind of the column beside it, as in `day = '2026-01-31'`",
            ),
        ),
        Ast::Subquery(_) => (
            "a subquery as a value",
            Some("test for membership: `x in (select column from table where …)`"),
        ),
        Ast::Exists { .. } => (
            "`exists`",
            Some("test for membership: `x in (select column from table where …)`"),
        ),
        Ast::AllOp { .. } => ("`all (…)`", Some("write `x not in ('a', 'b')`")),
        Ast::AnyOp { .. } => (
            "`any (…)` with this operator",
            Some("write `x = any(column)`"),
        ),
        Ast::Array(_) => (
            "an array",
            Some("write a list of constants in parentheses: `x in ('a', 'b')`"),
        ),
        Ast::Tuple(_) => (
            "a tuple",
            Some("compare column by column, joined with `and`"),
        ),
        Ast::Extract { .. } => ("`extract`", None),
        Ast::AtTimeZone { .. } => ("`at time zone`", None),
        Ast::Interval(_) => ("an interval constant", None),
        Ast::Position { .. } => ("`position`", None),
        Ast::Overlay { .. } => ("`overlay`", Some("write `substr` and `||`")),
        Ast::Ceil { .. } | Ast::Floor { .. } => ("rounding", None),
        Ast::Collate { .. } => (
            "`collate`",
            Some("remove it: every engine compares text letter by letter"),
        ),
        Ast::IsUnknown(_) => ("`is unknown`", Some("write `is null`")),
        Ast::IsNotUnknown(_) => ("`is not unknown`", Some("write `is not null`")),
        Ast::IsJson { .. } => (
            "`is json`",
            Some("remove it: a `json` column always contains JSON"),
        ),
        Ast::CompoundFieldAccess { .. } => (
            "a subscript",
            Some(
                "for an element of a list, write `x = any(column)`; for a member of a json value, `column ->> 'member'`",
            ),
        ),
        Ast::JsonAccess { .. } => ("this access to json", Some("write `column ->> 'member'`")),
        Ast::BinaryOp { op, .. } => return operator(op),
        Ast::UnaryOp { op, .. } => match op {
            UnaryOperator::BangNot => ("`!`", Some("write `not`")),
            UnaryOperator::PGAbs => ("`@`", Some("write `abs(x)`")),
            _ => return (format!("the operator `{op}`"), None),
        },
        Ast::Wildcard(_) | Ast::QualifiedWildcard(..) => ("`*`", None),
        Ast::Prefixed { .. } => (
            "a prefixed text",
            Some("write `'text'`; a quote in it is doubled: `'it''s'`"),
        ),
        _ => ("this SQL", None),
    };
    (what.to_owned(), instead)
}

fn operator(op: &BinaryOperator) -> (String, Option<&'static str>) {
    let instead = match op {
        BinaryOperator::PGRegexMatch => Some("write `matches(column, 'regular expression')`"),
        BinaryOperator::PGRegexIMatch
        | BinaryOperator::PGRegexNotMatch
        | BinaryOperator::PGRegexNotIMatch
        | BinaryOperator::PGLikeMatch
        | BinaryOperator::PGILikeMatch => Some("write `matches(column, 'regular expression')`"),
        BinaryOperator::Spaceship => Some("write `is not distinct from`"),
        BinaryOperator::AtArrow | BinaryOperator::ArrowAt => {
            Some("for an element of a list, write `x = any(column)`")
        }
        BinaryOperator::PGOverlap => Some("test each element: `x = any(column)`"),
        BinaryOperator::HashArrow => Some("for the text at a path, write `column #>> '{a,b}'`"),
        BinaryOperator::Question | BinaryOperator::QuestionAnd | BinaryOperator::QuestionPipe => {
            Some("to test for a member, write `column ->> 'member' is not null`")
        }
        _ => None,
    };
    (format!("the operator `{op}`"), instead)
}
