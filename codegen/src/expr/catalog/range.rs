//! Ranges between two columns, as Postgres' catalog prints them.

use super::super::stack;
use super::{bare, name, parse};
use crate::model::{Range, RangeBounds, RangeKind};
use sqlparser::ast::{
    Expr as Ast, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value,
};

/// The range that `pg_get_indexdef` prints as a call: `tstzrange(starts_at, ends_at, '[]'::text)`.
pub(crate) fn range(text: &str) -> Option<Range> {
    stack::with_room(text.len(), || read(&parse(text).ok()?)).flatten()
}

fn read(ast: &Ast) -> Option<Range> {
    let Ast::Function(call) = bare(ast) else {
        return None;
    };
    let name = call.name.to_string();
    let kind = RangeKind::ALL
        .into_iter()
        .find(|kind| kind.function() == name)?;
    let (from, to, bounds) = match arguments(call)?.as_slice() {
        [from, to] => (column(from)?, column(to)?, RangeBounds::Lower),
        [from, to, bounds] => (column(from)?, column(to)?, words(bounds)?),
        _ => return None,
    };
    Some(Range {
        kind,
        from,
        to,
        bounds,
    })
}

fn arguments(call: &Function) -> Option<Vec<&Ast>> {
    let FunctionArguments::List(list) = &call.args else {
        return None;
    };
    let mut arguments = Vec::new();
    for argument in &list.args {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(ast)) = argument else {
            return None;
        };
        arguments.push(ast);
    }
    Some(arguments)
}

/// Without the cast of a domain or of a smaller number.
fn without_cast(ast: &Ast) -> &Ast {
    match bare(ast) {
        Ast::Cast { expr, .. } => bare(expr),
        other => other,
    }
}

fn column(ast: &Ast) -> Option<String> {
    match without_cast(ast) {
        Ast::Identifier(ident) => Some(name(ident)),
        _ => None,
    }
}

fn words(ast: &Ast) -> Option<RangeBounds> {
    match without_cast(ast) {
        Ast::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => RangeBounds::parse(text),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_two_columns_is_read_with_its_bounds() {
        let told = |text: &str| {
            let range = range(text)?;
            let function = range.kind.function();
            Some(format!(
                "{function} {} {} {}",
                range.from, range.to, range.bounds
            ))
        };
        for (text, wanted) in [
            ("tstzrange(s, e)", "tstzrange s e [)"),
            (
                "int4range((n)::integer, (m)::integer, '[]'::text)",
                "int4range n m []",
            ),
            (
                "tsrange(\"From\", (x)::timestamp without time zone)",
                "tsrange From x [)",
            ),
        ] {
            assert_eq!(told(text).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "lower(s)",
            "tstzrange(s, (e + '01:00:00'::interval))",
            "tstzrange(s)",
            "app.tstzrange(s, e)",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
