//! The body of a function, in one form for what we print and for what Postgres prints of it.

use crate::expr::normalise;
use crate::model::Select;
use sqlparser::ast::{
    DataType, Expr as Ast, FunctionArg, FunctionArgExpr, FunctionArguments, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::fmt;

/// What a function does.
///
/// The names of all but a text were resolved when the function was made: nobody's search path changes what it does.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Text that Postgres reads when the function is called, without blanks at the ends of lines.
    Text(String),
    /// What `return …` gives back, in the form of [`Body::returns`].
    Returns(String),
    /// `begin atomic select …; end` over the rows of one table, in normal form; scopes that it asks once, in front of its
    /// statement, stand where they are asked for.
    Query(Select),
    /// Any other SQL-standard body, as Postgres prints it.
    Other(String),
}

impl Body {
    /// Text, without what only sets it apart from its surroundings.
    pub fn text(lines: &str) -> Self {
        let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
        Self::Text(lines.collect::<Vec<_>>().join("\n"))
    }

    /// A query, as it is enforced.
    pub fn query(select: &Select) -> Self {
        Self::Query(Select {
            column: normalise(&select.column),
            table: select.table.clone(),
            filter: select.filter.as_ref().map(normalise),
        })
    }

    /// The expression of `return …`, as it is written by us or printed by Postgres.
    ///
    /// Every operation stands in parentheses, and what Postgres adds to a text is left out: the type of a constant text,
    /// an `else` that is NULL, the schema of its own names.
    pub fn returns(expression: &str) -> Self {
        let read = Parser::new(&PostgreSqlDialect {})
            .try_with_sql(expression)
            .and_then(|mut parser| {
                let ast = parser.parse_expr()?;
                parser.expect_token(&Token::EOF)?;
                Ok(ast)
            });
        Self::Returns(match read {
            Ok(ast) => plain(&ast),
            Err(_) => expression.trim().to_owned(),
        })
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Returns(expression) => write!(f, "return {expression}"),
            Self::Query(select) => {
                f.write_str(&serde_json::to_string(select).expect("a select has a JSON form"))
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

fn plain(ast: &Ast) -> String {
    match ast {
        Ast::Nested(inner) => plain(inner),
        Ast::Identifier(ident) => ident.value.clone(),
        Ast::Cast {
            expr, data_type, ..
        } => {
            let inner = plain(expr);
            let kind = type_name(data_type);
            match bare(expr) {
                Ast::Value(value) => match (&value.value, kind.as_str()) {
                    (Value::SingleQuotedString(_), "text") | (Value::Null, _) => inner,
                    _ => format!("{inner}::{kind}"),
                },
                _ => format!("{inner}::{kind}"),
            }
        }
        Ast::BinaryOp { left, op, right } => format!("({} {op} {})", plain(left), plain(right)),
        Ast::Function(call) => {
            let FunctionArguments::List(list) = &call.args else {
                return ast.to_string();
            };
            let args: Option<Vec<String>> = list
                .args
                .iter()
                .map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => Some(plain(arg)),
                    _ => None,
                })
                .collect();
            let name = call.name.to_string().replace('"', "");
            let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
            // Words of the grammar are printed in upper case, and no others.
            let name = match name {
                "COALESCE" | "NULLIF" => name.to_lowercase(),
                name => name.to_owned(),
            };
            match args {
                Some(args) => format!("{name}({})", args.join(", ")),
                None => ast.to_string(),
            }
        }
        Ast::Case {
            operand,
            conditions,
            else_result,
            ..
        } => {
            let mut text = "case".to_owned();
            if let Some(operand) = operand {
                text += &format!(" {}", plain(operand));
            }
            for branch in conditions {
                let (when, then) = (plain(&branch.condition), plain(&branch.result));
                text += &format!(" when {when} then {then}");
            }
            match else_result.as_deref().map(plain) {
                Some(otherwise) if otherwise != "NULL" => text += &format!(" else {otherwise}"),
                Some(_) | None => {}
            }
            text + " end"
        }
        other => other.to_string(),
    }
}

fn bare(ast: &Ast) -> &Ast {
    match ast {
        Ast::Nested(inner) => bare(inner),
        other => other,
    }
}

fn type_name(data_type: &DataType) -> String {
    let name = data_type.to_string().to_lowercase();
    name.strip_prefix("pg_catalog.")
        .map(str::to_owned)
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::Body;

    #[test]
    fn what_is_written_equals_what_postgres_prints_of_it() {
        for (written, printed) in [
            (
                "coalesce(nullif(pg_catalog.current_setting('a', true), ''), nullif(pg_catalog.current_setting('b', true), ''))::pg_catalog.jsonb",
                "(COALESCE(NULLIF(current_setting('a'::text, true), ''::text), NULLIF(current_setting('b'::text, true), ''::text)))::jsonb",
            ),
            (
                "pg_catalog.\"substring\"(app.token() ->> 'sub', '^a(?:-b)$')::pg_catalog.uuid",
                "(\"substring\"((app.token() ->> 'sub'::text), '^a(?:-b)$'::text))::uuid",
            ),
            (
                "case when pg_catalog.abs(pg_catalog.\"substring\"(app.token() ->> 'sub', '^1$')::numeric + 0.5) < 2147483648.0 then (app.token() ->> 'sub')::integer end",
                "CASE\n    WHEN (abs((((\"substring\"((app.token() ->> 'sub'::text), '^1$'::text))::numeric + 0.5))) < 2147483648.0) THEN ((app.token() ->> 'sub'::text))::integer\n    ELSE NULL::integer\nEND",
            ),
            (
                "case pg_catalog.jsonb_typeof(\"My app\".token() #> path) when 'string' then \"My app\".token() #>> path end",
                "CASE jsonb_typeof((\"My app\".token() #> path)) WHEN 'string'::text THEN (\"My app\".token() #>> path) ELSE NULL::text END",
            ),
        ] {
            let Body::Returns(found) = Body::returns(printed) else {
                panic!("{printed}");
            };
            assert_eq!(Body::returns(written), Body::Returns(found.clone()));
            assert!(found.is_ascii() && !found.contains("COALESCE"), "{found}");
        }
    }

    #[test]
    fn what_is_written_otherwise_differs() {
        let right = Body::returns("pg_catalog.nullif2(a.token() ->> 'sub', '')::uuid");
        for wrong in [
            "pg_catalog.nullif2(a.token() ->> 'sub', ' ')::uuid",
            "pg_catalog.nullif2(a.token() ->> 'Sub', '')::uuid",
            "pg_catalog.nullif2(b.token() ->> 'sub', '')::uuid",
            "b.nullif2(a.token() ->> 'sub', '')::uuid",
            "pg_catalog.nullif2(a.token() ->> 'sub', '')::a.uuid",
            "pg_catalog.nullif2(a.token() -> 'sub', '')::uuid",
            "pg_catalog.nullif2(a.token() ->> 'sub', '')",
            "pg_catalog.nullif2(a.token() ->> 'sub', ''::uuid)",
            "auth.uid()",
            "pg_catalog.nullif2(a.token() ->> 'sub', '')::uuid and more",
            "no expression at all (",
        ] {
            assert_ne!(Body::returns(wrong), right, "{wrong}");
        }
    }
}
