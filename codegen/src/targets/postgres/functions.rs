//! How the functions of the private schema are written down.

use super::sql::{self, ident, literal, qualified};
use super::view::Function;
use crate::catalog::{
    self, Caller, Catalog, ClaimFunction, Decision, Helper, Name, Touch, writers,
};
use crate::expr::Known;
use crate::map::IndexSet;
use crate::model::Model;

/// One expression, which Postgres puts in place of a call, or statements that were analysed when the function was made.
const STABLE: [&str; 3] = ["language sql", "stable", "parallel safe"];

/// A function of the private schema, before anything is said of it.
fn function(model: &Model, name: &str, returns: impl Into<String>) -> Function {
    Function {
        or_replace: false,
        name: qualified(&Name::new(catalog::private_schema(model), name)),
        parameters: "",
        types: "",
        returns: returns.into(),
        attributes: Vec::new(),
        body: Vec::new(),
        comment: None,
        execute: String::new(),
    }
}

/// The roles that may call a function.
fn execute(catalog: &Catalog, model: &Model, name: &str) -> String {
    let name = Name::new(catalog::private_schema(model), name);
    let none = IndexSet::default();
    let roles = catalog.functions.get(&name);
    sql::roles(roles.map_or(&none, |function| &function.execute))
}

fn texts<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).into()
}

/// `token`, `user_id`, `claim`, and those that tell claims of other types.
pub(super) fn asking_the_caller(model: &Model, catalog: &Catalog) -> Vec<Function> {
    let user_id = model.postgres.user_id.postgres_type();
    let of = |name: &str, returns: &str, expression: String, comment: &str| Function {
        attributes: texts(STABLE),
        body: vec![format!("    return {expression}")],
        comment: Some(literal(comment)),
        execute: execute(catalog, model, name),
        ..function(model, name, returns)
    };
    let claim = |name: &str, returns: &str, expression: String, comment: &str| Function {
        parameters: "path text[]",
        types: "text[]",
        ..of(name, returns, expression, comment)
    };
    let mut asked = vec![
        of(
            "token",
            "jsonb",
            catalog::token(model),
            "The claims of the caller's token; NULL without a caller.",
        ),
        of(
            "user_id",
            &user_id,
            catalog::user_id(model),
            "The id of the caller; NULL without a caller, and for a subject that is not of the canonical form.",
        ),
        claim(
            "claim",
            "text",
            catalog::claim_at_path(model),
            "A claim of the caller's token; NULL without a caller, and for a claim that is not a string.",
        ),
    ];
    let called = ClaimFunction::called(model, &Known::of(model)).into_iter();
    asked.extend(called.map(|of_type| {
        claim(
            of_type.name(),
            of_type.returns(),
            of_type.expression(model),
            of_type.comment(),
        )
    }));
    asked
}

/// The functions that keep the time of an edit.
pub(super) fn touching(model: &Model, touch: &Touch<'_>) -> [Function; 2] {
    let of = |name: &str, body: &[String], comment: &str| Function {
        attributes: vec!["language plpgsql".to_owned(), search_path()],
        body: text_body(body),
        comment: Some(literal(comment)),
        ..function(model, name, "trigger")
    };
    [
        of(
            &touch.keep(),
            &touch.keep_body(),
            "Marks an UPDATE that supplies the time of the edit which the row has already.",
        ),
        of(
            &touch.touch(),
            &touch.touch_body(),
            "Fills in the time of an edit where the statement does not supply it, and bounds it by now plus five minutes.",
        ),
    ]
}

/// The functions that statements ask who wrote a row.
pub(super) fn asking_the_writers(model: &Model, catalog: &Catalog) -> Vec<Function> {
    let asked = writers::Asked::all(model).into_iter();
    asked
        .map(|asked| {
            let body = asked.body(model);
            let lines: Vec<String> = body.iter().map(|line| format!("    {line}")).collect();
            Function {
                parameters: asked.parameters,
                types: asked.types,
                attributes: [
                    texts(["language sql", "volatile", "security definer"]),
                    vec![search_path()],
                ]
                .concat(),
                body: text_body(&lines),
                comment: Some(literal(asked.comment)),
                execute: execute(catalog, model, asked.name),
                ..function(model, asked.name, "boolean")
            }
        })
        .collect()
}

/// A function that triggers call for what the declaration says of columns.
pub(super) fn helper(model: &Model, helper: &Helper) -> Function {
    let mut attributes = texts(["language plpgsql"]);
    if helper.security_definer {
        attributes.push("security definer".to_owned());
    }
    attributes.push(search_path());
    Function {
        attributes,
        body: text_body(&helper.body),
        ..function(model, &helper.function, "trigger")
    }
}

/// A function that tells deletions from updates.
pub(super) fn decision(model: &Model, decision: &Decision, caller: &Caller<'_>) -> Function {
    Function {
        attributes: [texts(["language plpgsql", "stable"]), vec![search_path()]].concat(),
        body: text_body(&decision.body(model, caller)),
        ..function(model, &decision.function, "trigger")
    }
}

/// The function behind a set that policies look things up in.
pub(super) fn set(
    model: &Model,
    name: &str,
    set: &catalog::SetFunction,
    caller: &Caller<'_>,
) -> Function {
    let mut body = vec!["begin atomic".to_owned()];
    body.extend(
        caller
            .body(&set.select)
            .into_iter()
            .map(|line| format!("    {line}")),
    );
    if let Some(last) = body.last_mut() {
        last.push(';');
    }
    body.push("end".to_owned());
    Function {
        attributes: [texts(STABLE), texts(["security definer"])].concat(),
        body,
        execute: sql::roles(&set.roles),
        ..function(model, name, format!("setof {}", set.member))
    }
}

fn search_path() -> String {
    format!("set search_path = {}", catalog::SEARCH_PATH)
}

/// Text between dollar quotes.
fn text_body(lines: &[String]) -> Vec<String> {
    let quote = sql::quote(lines);
    let mut body = vec![format!("    as {quote}")];
    body.extend(lines.iter().cloned());
    body.push(quote);
    body
}

/// The name of a function of the private schema, qualified.
pub(super) fn name(model: &Model, function: &str) -> String {
    format!(
        "{}.{}",
        ident(&catalog::private_schema(model)),
        ident(function)
    )
}
