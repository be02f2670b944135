//! What all targets that write SQL of Postgres share: how names, expressions and lists are spelt.

use crate::catalog::{self, Formula, Name, Part};
use crate::expr::{Known, Row, print};
use crate::model::{self, Expr, Function, Model};
use synctable::{Database, Kind, derived_name};

pub(super) fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

/// The name that is written so.
pub(super) fn name_of(ident: &str) -> String {
    match ident
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => ident.to_owned(),
    }
}

pub(super) fn literal(text: &str) -> String {
    Database::Postgres.literal(text)
}

/// A dollar quote that stands in none of the texts between which it is written.
pub(super) fn quote<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    let texts: Vec<&String> = texts.into_iter().collect();
    let mut quote = "$$".to_owned();
    let mut number = 0;
    while texts.iter().any(|text| text.contains(&quote)) {
        number += 1;
        quote = format!("$quote{number}$");
    }
    quote
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
}

impl Printer {
    pub(super) fn new(model: &Model) -> Self {
        Self {
            known: Known::of(model),
            caller: Caller {
                user_id: catalog::caller(model),
                schema: ident(&catalog::private_schema(model)),
            },
        }
    }

    /// What expressions over a row of a table know of it.
    pub(super) fn row(&self, table: &model::Table) -> &Row {
        &self.known.tables[&table.name]
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

    /// A condition of a policy, over several lines where one would be long.
    pub(super) fn policy(
        &self,
        formula: &Formula,
        row: &Row,
        caller: &catalog::Caller<'_>,
    ) -> Vec<String> {
        let Formula::Expr(expr) = formula else {
            return vec![self.formula(formula, row)];
        };
        let one = |expr: &Expr| caller.condition(expr, row, None);
        let whole = one(expr);
        if whole.len() <= LONG {
            return vec![whole];
        }
        match expr {
            Expr::And(parts) => broken("and", parts, |part| match part {
                Expr::Or(_) => format!("({})", one(part)),
                _ => one(part),
            }),
            Expr::Or(parts) => broken("or", parts, one),
            _ => vec![whole],
        }
    }

    /// What the declaration knows.
    pub(super) fn known(&self) -> &Known {
        &self.known
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

    /// A column or an expression in an index.
    pub(super) fn indexed(&self, formula: &Formula, row: &Row) -> String {
        match formula {
            Formula::Expr(Expr::Column(name)) => ident(name),
            Formula::Expr(call @ Expr::Call { function, .. }) if is_plain_call(*function) => {
                self.expr(call, row)
            }
            // Any expression may stand in parentheses; most have to.
            other => format!("({})", self.formula(other, row)),
        }
    }

    /// The sort keys of an index, without what is the default.
    pub(super) fn parts(&self, parts: &[Part], row: &Row) -> String {
        list(parts.iter().map(|part| {
            let mut text = self.indexed(&part.formula, row);
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

/// A condition that is longer is printed part by part.
const LONG: usize = 90;

/// A line for each part, but the first with the word that joins it to the one before.
fn broken(word: &str, parts: &[Expr], print: impl Fn(&Expr) -> String) -> Vec<String> {
    let lines = parts.iter().enumerate().map(|(index, part)| match index {
        0 => print(part),
        _ => format!("{word} {}", print(part)),
    });
    lines.collect()
}

/// Whether a call is printed as one: `lower(title)`.
fn is_plain_call(function: Function) -> bool {
    !matches!(
        function,
        Function::Matches | Function::Today | Function::Coalesce | Function::Nullif
    )
}

/// How a column's value asks who inserts it.
struct Caller {
    user_id: String,
    schema: String,
}

impl print::Hooks for Caller {
    fn user_id(&self) -> String {
        self.user_id.clone()
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        catalog::claim(&self.schema, path, beside)
    }
}
