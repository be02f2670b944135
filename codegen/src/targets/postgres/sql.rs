//! How names, expressions and lists are spelled in Postgres.

use crate::catalog::{self, Formula, Name, Part};
use crate::expr::{Known, Row, print};
use crate::model::{Auth, Expr, Function, Model};
use synctable::{Database, Kind, derived_name};

pub(super) fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

pub(super) fn literal(text: &str) -> String {
    Database::Postgres.literal(text)
}

pub(super) fn qualified(name: &Name) -> String {
    format!("{}.{}", ident(&name.schema), ident(&name.name))
}

pub(super) fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(", ")
}

pub(super) fn columns<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    list(names.into_iter().map(|name| ident(name)))
}

/// Roles, where `public` is the word for everybody and not a name.
pub(super) fn roles<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    list(names.into_iter().map(|name| ident(name)))
}

/// The name of the sequence behind an identity column, as Postgres itself would choose it where it is short enough.
pub(super) fn sequence(table: &str, column: &str) -> String {
    derived_name(&[table, column], "seq")
}

/// Prints expressions for one model.
pub(super) struct Printer {
    known: Known,
    caller: Caller,
    callers: String,
}

impl Printer {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            known: Known::of(model),
            caller: Caller {
                user_id: catalog::caller(model),
                token: token(model),
            },
            callers: list(catalog::callers(model).iter().map(|role| literal(role))),
        }
    }

    /// The roles that act for callers, as literals.
    pub(super) fn callers(&self) -> &str {
        &self.callers
    }

    /// A condition or a part of an index, over a row.
    pub(super) fn formula(&self, formula: &Formula, row: &Row) -> String {
        match formula {
            Formula::Expr(expr) => self.expr(expr, row),
            Formula::Sql(text) => text.trim().to_owned(),
        }
    }

    /// An expression over a row.
    pub(super) fn expr(&self, expr: &Expr, row: &Row) -> String {
        print::lower_case(&print::postgres(
            expr,
            &print::PrintContext::new(&self.known, row),
        ))
    }

    /// The value that fills a column.
    pub(super) fn value(&self, value: &Formula, kind: &Kind, row: &Row) -> String {
        match value {
            Formula::Sql(text) => format!("({})", text.trim()),
            Formula::Expr(expr) => {
                let cx = print::PrintContext::new(&self.known, row)
                    .of_kind(kind)
                    .with_hooks(&self.caller);
                let text = print::lower_case(&print::postgres(expr, &cx));
                match expr {
                    Expr::Literal(_) | Expr::Call { .. } | Expr::UserId => text,
                    _ => format!("({text})"),
                }
            }
        }
    }

    /// The sort keys of an index, without what is the default.
    pub(super) fn parts(&self, parts: &[Part], row: &Row) -> String {
        list(parts.iter().map(|part| {
            let mut text = match &part.formula {
                Formula::Expr(Expr::Column(name)) => ident(name),
                Formula::Expr(call @ Expr::Call { function, .. }) if is_plain_call(*function) => {
                    self.expr(call, row)
                }
                // Any expression may stand in parentheses; most have to.
                other => format!("({})", self.formula(other, row)),
            };
            if part.descending {
                text += " desc";
            }
            match (part.descending, part.nulls_first) {
                (true, false) => text += " nulls last",
                (false, true) => text += " nulls first",
                (true, true) | (false, false) => {}
            }
            text
        }))
    }
}

/// Whether a call is printed as one: `lower(title)`.
fn is_plain_call(function: Function) -> bool {
    !matches!(
        function,
        Function::Matches | Function::Today | Function::Coalesce | Function::Nullif
    )
}

/// The claims of the caller's token, as jsonb.
pub(super) fn token(model: &Model) -> &'static str {
    match model.postgres.auth {
        Auth::Supabase => "auth.jwt()",
        Auth::JwtClaims => "nullif(current_setting('request.jwt.claims', true), '')::jsonb",
    }
}

/// How a column's value asks who inserts it.
struct Caller {
    user_id: String,
    token: &'static str,
}

impl print::Hooks for Caller {
    fn user_id(&self) -> String {
        self.user_id.clone()
    }

    fn claim(&self, path: &[String]) -> String {
        let members: Vec<String> = path.iter().map(|member| literal(member)).collect();
        let (last, outer) = members.split_last().expect("a claim has a path");
        let mut object = self.token.to_owned();
        for member in outer {
            object += &format!(" -> {member}");
        }
        format!(
            "(case jsonb_typeof({object} -> {last}) when 'string' then {object} ->> {last} end)"
        )
    }
}
