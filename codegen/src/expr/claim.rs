//! A claim of the caller's token, as Postgres prints the question for it.
//!
//! Only text is a claim: `case jsonb_typeof(token -> 'a' -> 'b') when 'string' then token -> 'a' ->> 'b' end`.

use sqlparser::ast::{
    BinaryOperator, Expr as Ast, FunctionArg, FunctionArgExpr, FunctionArguments, Value,
};

/// The path of the claim that a text from a catalog asks for; `None` where it asks for something else.
pub(super) fn claim(ast: &Ast) -> Option<Vec<String>> {
    let Ast::Case {
        operand: Some(kind),
        conditions,
        else_result,
        ..
    } = bare(ast)
    else {
        return None;
    };
    let [branch] = conditions.as_slice() else {
        return None;
    };
    let nothing_else = else_result
        .as_deref()
        .is_none_or(|other| matches!(bare(other), Ast::Value(value) if value.value == Value::Null));
    if text(&branch.condition).as_deref() != Some("string") || !nothing_else {
        return None;
    }
    let mut tested = Vec::new();
    let mut told = Vec::new();
    let token = walk(typeof_argument(kind)?, &BinaryOperator::Arrow, &mut tested)?;
    let same = walk(&branch.result, &BinaryOperator::LongArrow, &mut told)?;
    (token == same && tested == told && is_token(token)).then_some(told)
}

/// What stands inside of parentheses and casts.
fn bare(ast: &Ast) -> &Ast {
    match ast {
        Ast::Nested(inner) => bare(inner),
        Ast::Cast { expr, .. } => bare(expr),
        other => other,
    }
}

fn text(ast: &Ast) -> Option<String> {
    match bare(ast) {
        Ast::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn typeof_argument(ast: &Ast) -> Option<&Ast> {
    let Ast::Function(call) = bare(ast) else {
        return None;
    };
    let FunctionArguments::List(list) = &call.args else {
        return None;
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(of))]
            if call.name.to_string().eq_ignore_ascii_case("jsonb_typeof") =>
        {
            Some(of)
        }
        _ => None,
    }
}

/// The value that members are taken of, the last one by `last`; their names go to `path`, from the outside in.
fn walk<'a>(ast: &'a Ast, last: &BinaryOperator, path: &mut Vec<String>) -> Option<&'a Ast> {
    let Ast::BinaryOp { left, op, right } = bare(ast) else {
        return None;
    };
    if op != last {
        return None;
    }
    let object = match bare(left) {
        Ast::BinaryOp {
            op: BinaryOperator::Arrow,
            ..
        } => walk(left, &BinaryOperator::Arrow, path)?,
        object => object,
    };
    path.push(text(right)?);
    Some(object)
}

/// Whether a value is the caller's token and no column that happens to hold one.
fn is_token(ast: &Ast) -> bool {
    let Ast::Function(call) = ast else {
        return false;
    };
    match call.name.to_string().as_str() {
        "auth.jwt" => true,
        name if name.eq_ignore_ascii_case("nullif") => {
            call.args.to_string().contains("'request.jwt.claims'")
        }
        _ => false,
    }
}
