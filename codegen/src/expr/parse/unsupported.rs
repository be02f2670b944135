//! SQL that the language does not have: what it is called, and the nearest thing that works.

use sqlparser::ast::{BinaryOperator, Expr as Ast, UnaryOperator};

/// What a refused node is, and what to write instead.
pub(super) fn say(ast: &Ast) -> (String, Option<&'static str>) {
    let (what, instead) = match ast {
        Ast::Like { .. } | Ast::ILike { .. } | Ast::SimilarTo { .. } | Ast::RLike { .. } => (
            "`like`",
            Some(
                "a check for Postgres says `matches(column, '^regular expression$')`; a fixed beginning is `substr(column, 1, 3) = 'abc'`",
            ),
        ),
        Ast::Cast { .. } | Ast::Convert { .. } | Ast::TypedString(_) => (
            "a cast",
            Some("a constant takes the kind of the column beside it: `day = '2026-01-31'`"),
        ),
        Ast::Subquery(_) => (
            "a subquery as a value",
            Some("ask for membership: `x in (select column from table where …)`"),
        ),
        Ast::Exists { .. } => (
            "`exists`",
            Some("ask for membership: `x in (select column from table where …)`"),
        ),
        Ast::AllOp { .. } => ("`all (…)`", Some("write `x not in ('a', 'b')`")),
        Ast::AnyOp { .. } => (
            "`any (…)` with this operator",
            Some("only `x = any(column)` is known"),
        ),
        Ast::Array(_) => (
            "an array",
            Some("a list of constants stands in parentheses: `x in ('a', 'b')`"),
        ),
        Ast::Tuple(_) => ("a tuple", Some("compare column by column, joined by `and`")),
        Ast::Extract { .. } => ("`extract`", None),
        Ast::AtTimeZone { .. } => ("`at time zone`", None),
        Ast::Interval(_) => ("an interval constant", None),
        Ast::Position { .. } => ("`position`", None),
        Ast::Overlay { .. } => ("`overlay`", Some("write `substr` and `||`")),
        Ast::Ceil { .. } | Ast::Floor { .. } => ("rounding", None),
        Ast::Collate { .. } => (
            "`collate`",
            Some("text is compared letter by letter in every engine"),
        ),
        Ast::IsUnknown(_) => ("`is unknown`", Some("write `is null`")),
        Ast::IsNotUnknown(_) => ("`is not unknown`", Some("write `is not null`")),
        Ast::IsJson { .. } => ("`is json`", Some("a `json` column holds nothing else")),
        Ast::CompoundFieldAccess { .. } => (
            "a subscript",
            Some(
                "a list holds an element: `x = any(column)`; a json value's member is `column ->> 'member'`",
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
            Some("a list holds an element: `x = any(column)`")
        }
        BinaryOperator::PGOverlap => Some("ask element by element: `x = any(column)`"),
        BinaryOperator::HashArrow => Some("`column #>> '{a,b}'` gives the text at a path"),
        BinaryOperator::Question | BinaryOperator::QuestionAnd | BinaryOperator::QuestionPipe => {
            Some("`column ->> 'member' is not null` asks for a member")
        }
        _ => None,
    };
    (format!("the operator `{op}`"), instead)
}
