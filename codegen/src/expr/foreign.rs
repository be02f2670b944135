//! SQL that is none of ours, in one spelling: what a person wrote equals what Postgres tells of it.
//!
//! Postgres prints the parentheses, casts and synonyms that it understood; here all of them are taken off and the
//! structure is written out in prefix form, so that nothing but the structure is compared.

use super::catalog;
use sqlparser::ast::{
    Array, BinaryOperator, Expr as Ast, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    UnaryOperator, Value,
};

/// The one spelling; `None` for what is not read so far, which is then compared by its words.
///
/// ```
/// use synctable_codegen::expr::foreign::spelling;
///
/// let written = "title LIKE 'a%' and (n between 1 and 2 or state in ('x', 'y'))";
/// let told = "((title ~~ 'a%'::text) AND (((n >= 1) AND (n <= 2)) OR (state = ANY (ARRAY['x'::text, 'y'::text]))))";
/// assert_eq!(spelling(written), spelling(told));
/// assert_ne!(spelling("a or b and c"), spelling("(a or b) and c"));
/// ```
#[must_use]
pub fn spelling(text: &str) -> Option<String> {
    catalog::with_parsed(text, |ast| spell(ast, 0))?
}

/// The deepest nesting that is spelled.
const DEEPEST: usize = 600;

fn spell(ast: &Ast, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    let one = |ast: &Ast| spell(ast, depth + 1);
    let all = |asts: &[Ast]| {
        let spelled: Option<Vec<_>> = asts.iter().map(|ast| spell(ast, depth + 1)).collect();
        spelled.map(|spelled| spelled.join(" "))
    };
    let not = |negated: bool, text: String| match negated {
        true => format!("(not {text})"),
        false => text,
    };
    Some(match ast {
        Ast::Nested(inner) => one(inner)?,
        Ast::Cast { expr, .. } => one(expr)?,
        Ast::Identifier(ident) => match ident.quote_style {
            Some(_) => ident.value.clone(),
            None => ident.value.to_lowercase(),
        },
        // A column's table is what Postgres leaves out.
        Ast::CompoundIdentifier(parts) => one(&Ast::Identifier(parts.last()?.clone()))?,
        Ast::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            Value::Number(number, _) => number.clone(),
            Value::Boolean(value) => value.to_string(),
            Value::Null => "null".to_owned(),
            _ => return None,
        },
        Ast::UnaryOp { op, expr } => match op {
            UnaryOperator::Not => not(true, one(expr)?),
            UnaryOperator::Plus => one(expr)?,
            UnaryOperator::Minus => {
                let operand = one(expr)?;
                match operand.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
                    // A constant; Postgres tells it as `'-1'::integer`.
                    true => format!("'-{operand}'"),
                    false => format!("(- {operand})"),
                }
            }
            other => format!("({other} {})", one(expr)?),
        },
        Ast::BinaryOp { left, op, right } => match op {
            BinaryOperator::And | BinaryOperator::Or => {
                let mut parts = Vec::new();
                chain(ast, op, depth, &mut parts)?;
                let word = if *op == BinaryOperator::And {
                    "and"
                } else {
                    "or"
                };
                format!("({word} {})", parts.join(" "))
            }
            BinaryOperator::PGLikeMatch => format!("(like {} {})", one(left)?, one(right)?),
            BinaryOperator::PGNotLikeMatch => {
                not(true, format!("(like {} {})", one(left)?, one(right)?))
            }
            BinaryOperator::PGILikeMatch => format!("(ilike {} {})", one(left)?, one(right)?),
            BinaryOperator::PGNotILikeMatch => {
                not(true, format!("(ilike {} {})", one(left)?, one(right)?))
            }
            other => format!("({other} {} {})", one(left)?, one(right)?),
        },
        Ast::Like {
            negated,
            any: false,
            expr,
            pattern,
            escape_char: None,
        } => not(*negated, format!("(like {} {})", one(expr)?, one(pattern)?)),
        Ast::ILike {
            negated,
            any: false,
            expr,
            pattern,
            escape_char: None,
        } => not(
            *negated,
            format!("(ilike {} {})", one(expr)?, one(pattern)?),
        ),
        Ast::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let (x, low, high) = (one(expr)?, one(low)?, one(high)?);
            match negated {
                false => format!("(and (>= {x} {low}) (<= {x} {high}))"),
                true => format!("(or (< {x} {low}) (> {x} {high}))"),
            }
        }
        Ast::InList {
            expr,
            list,
            negated,
        } => in_list(one(expr)?, all(list)?, list.len(), *negated),
        Ast::AnyOp {
            left,
            compare_op,
            right,
            ..
        } => match (compare_op, elements(right)) {
            (BinaryOperator::Eq, Some(list)) => in_list(one(left)?, all(list)?, list.len(), false),
            _ => format!("({compare_op} any {} {})", one(left)?, one(right)?),
        },
        Ast::AllOp {
            left,
            compare_op,
            right,
        } => match (compare_op, elements(right)) {
            (BinaryOperator::NotEq, Some(list)) => {
                in_list(one(left)?, all(list)?, list.len(), true)
            }
            _ => format!("({compare_op} all {} {})", one(left)?, one(right)?),
        },
        Ast::IsNull(x) => format!("(null? {})", one(x)?),
        Ast::IsNotNull(x) => not(true, format!("(null? {})", one(x)?)),
        Ast::IsTrue(x) => format!("(true? {})", one(x)?),
        Ast::IsNotTrue(x) => not(true, format!("(true? {})", one(x)?)),
        Ast::IsFalse(x) => format!("(false? {})", one(x)?),
        Ast::IsNotFalse(x) => not(true, format!("(false? {})", one(x)?)),
        Ast::IsDistinctFrom(a, b) => format!("(distinct? {} {})", one(a)?, one(b)?),
        Ast::IsNotDistinctFrom(a, b) => not(true, format!("(distinct? {} {})", one(a)?, one(b)?)),
        Ast::Array(Array { elem, .. }) => format!("[{}]", all(elem)?),
        Ast::Substring {
            expr,
            substring_from: Some(from),
            substring_for,
            special: true,
            ..
        } => match substring_for {
            Some(length) => format!("(substr {} {} {})", one(expr)?, one(from)?, one(length)?),
            None => format!("(substr {} {})", one(expr)?, one(from)?),
        },
        Ast::Trim {
            trim_where: None,
            trim_what: None,
            trim_characters: None,
            expr,
        } => format!("(btrim {})", one(expr)?),
        Ast::AtTimeZone {
            timestamp,
            time_zone,
        } => format!("(timezone {} {})", one(time_zone)?, one(timestamp)?),
        Ast::Extract { field, expr, .. } => {
            format!(
                "(extract {} {})",
                field.to_string().to_lowercase(),
                one(expr)?
            )
        }
        Ast::Case {
            operand,
            conditions,
            else_result,
            ..
        } => {
            let mut parts = vec!["case".to_owned()];
            if let Some(operand) = operand {
                parts.push(one(operand)?);
            }
            for branch in conditions {
                parts.push(format!(
                    "({} {})",
                    one(&branch.condition)?,
                    one(&branch.result)?
                ));
            }
            if let Some(otherwise) = else_result {
                let otherwise = one(otherwise)?;
                // Postgres writes out the one that is implied.
                if otherwise != "null" {
                    parts.push(otherwise);
                }
            }
            format!("({})", parts.join(" "))
        }
        Ast::Function(call) => function(call, depth)?,
        _ => return None,
    })
}

fn chain(ast: &Ast, op: &BinaryOperator, depth: usize, parts: &mut Vec<String>) -> Option<()> {
    match ast {
        Ast::Nested(inner) => chain(inner, op, depth + 1, parts),
        Ast::BinaryOp {
            left,
            op: found,
            right,
        } if found == op && depth < DEEPEST => {
            chain(left, op, depth + 1, parts)?;
            chain(right, op, depth + 1, parts)
        }
        other => {
            parts.push(spell(other, depth + 1)?);
            Some(())
        }
    }
}

/// A list of one is a comparison in Postgres.
fn in_list(operand: String, list: String, count: usize, negated: bool) -> String {
    match (count, negated) {
        (1, false) => format!("(= {operand} {list})"),
        (1, true) => format!("(<> {operand} {list})"),
        (_, false) => format!("(in {operand} {list})"),
        (_, true) => format!("(not (in {operand} {list}))"),
    }
}

fn elements(ast: &Ast) -> Option<&[Ast]> {
    match ast {
        Ast::Nested(inner) => elements(inner),
        Ast::Cast { expr, .. } => elements(expr),
        Ast::Array(array) => Some(&array.elem),
        _ => None,
    }
}

fn function(call: &Function, depth: usize) -> Option<String> {
    let plain = call.over.is_none()
        && call.filter.is_none()
        && call.within_group.is_empty()
        && call.null_treatment.is_none()
        && matches!(call.parameters, FunctionArguments::None);
    if !plain {
        return None;
    }
    let name = call.name.to_string().to_lowercase().replace('"', "");
    let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    let name = match name {
        "substring" => "substr",
        "char_length" | "character_length" => "length",
        other => other,
    };
    let mut parts = vec![name.to_owned()];
    match &call.args {
        FunctionArguments::None => {}
        FunctionArguments::Subquery(_) => return None,
        FunctionArguments::List(list) => {
            if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
                return None;
            }
            for arg in &list.args {
                match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => {
                        parts.push(spell(arg, depth + 1)?);
                    }
                    _ => return None,
                }
            }
        }
    }
    Some(format!("({})", parts.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::spelling;

    #[test]
    fn what_postgres_tells_is_what_was_written() {
        let pairs = [
            (
                "tags <@ array['a', 'b']",
                "(tags <@ ARRAY['a'::text, 'b'::text])",
            ),
            ("n not between -1 and 2", "((n < '-1'::integer) OR (n > 2))"),
            (
                "state not in ('a','b')",
                "(state <> ALL (ARRAY['a'::text, 'b'::text]))",
            ),
            (
                "email ilike '%@x' and email not like 'a%'",
                "((email ~~* '%@x'::text) AND (email !~~ 'a%'::text))",
            ),
            ("todos.title !~ 'x'", "(title !~ 'x'::text)"),
            (
                "date_trunc('day', at) = at",
                "(date_trunc('day'::text, at) = at)",
            ),
            (
                "at at time zone 'utc' is not null",
                "((at AT TIME ZONE 'utc'::text) IS NOT NULL)",
            ),
            (
                "extract(year from at) > 2000",
                "(EXTRACT(year FROM at) > (2000)::numeric)",
            ),
            (
                "case when a then b end",
                "CASE WHEN a THEN b ELSE NULL::text END",
            ),
            (
                "substring(a, 1, 2) = trim(b)",
                "(\"substring\"(a, 1, 2) = TRIM(BOTH FROM b))",
            ),
            ("a and b and c", "((a AND b) AND c)"),
            ("is_valid(days)", "is_valid(days)"),
        ];
        for (written, told) in pairs {
            assert!(spelling(written).is_some(), "{written}");
            assert_eq!(spelling(written), spelling(told), "{written}");
        }
    }

    #[test]
    fn another_structure_is_another_spelling() {
        let pairs = [
            ("a or b and c", "(a or b) and c"),
            ("a - (b - c)", "a - b - c"),
            ("not a and b", "not (a and b)"),
            ("title like 'a'", "title ilike 'a'"),
            ("f(a, b)", "f(b, a)"),
            ("\"A\" = 1", "a = 1"),
        ];
        for (a, b) in pairs {
            assert_ne!(spelling(a), spelling(b), "{a}");
        }
        for unread in ["(select 1)", "a b", "", "exists (select 1)"] {
            assert_eq!(spelling(unread), None, "{unread}");
        }
    }
}
