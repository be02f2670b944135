//! The functions that tell who is asking: the caller's id and the claims of the caller's token.

use super::private_schema;
use crate::model::{Auth, Model};
use synctable::{Database, Scalar};

/// The text of the function `token`, line by line: the claims of the caller's token, as jsonb.
///
/// Whatever text stands in the setting, nothing raises: an error would deny everything, and not only to the caller whom it is about.
/// Supabase's own `auth.jwt()` reads the same settings and raises; Postgres 15 can ask whether a text is JSON in no other way than by trying.
pub(crate) fn token_body(model: &Model) -> Vec<String> {
    let setting = |name: &str| format!("nullif(current_setting('{name}', true), '')");
    let text = match model.postgres.auth {
        Auth::Supabase => format!(
            "coalesce({}, {})",
            setting("request.jwt.claim"),
            setting("request.jwt.claims")
        ),
        Auth::JwtClaims => setting("request.jwt.claims"),
    };
    vec![
        "declare".to_owned(),
        "    claims jsonb;".to_owned(),
        "begin".to_owned(),
        format!("    claims := {text}::jsonb;"),
        "    return case jsonb_typeof(claims) when 'object' then claims end;".to_owned(),
        "exception".to_owned(),
        "    -- A statement that is cancelled is none of the others.".to_owned(),
        "    when others then return null;".to_owned(),
        "end".to_owned(),
    ]
}

/// The call of the function `token`; the schema is quoted where it has to be.
fn token(model: &Model) -> String {
    format!(
        "{}.token()",
        Database::Postgres.ident(&private_schema(model))
    )
}

/// The statement of the function `user_id`, line by line.
///
/// A subject that is not of the canonical form is nobody, and nothing here raises.
pub(crate) fn user_id_body(model: &Model) -> Vec<String> {
    let whole = |low: i64, high: i64, sql_type: &str| {
        // The outer condition decides whether the inner cast is evaluated at all.
        vec![
            "select case when sub ~ '^(0|-?[1-9][0-9]{0,18})$' then".to_owned(),
            format!("    case when sub::numeric between {low} and {high} then sub::{sql_type} end"),
            "end".to_owned(),
        ]
    };
    let mut body = vec![once(&format!("{} ->> 'sub' as sub", token(model)))];
    body.extend(match model.postgres.user_id {
        Scalar::Uuid => vec![
            "select case when sub ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then sub::uuid end"
                .to_owned(),
        ],
        Scalar::Int => whole(i64::from(i32::MIN), i64::from(i32::MAX), "integer"),
        Scalar::Bigint => whole(i64::MIN, i64::MAX, "bigint"),
        _ => vec!["select nullif(sub, '')".to_owned()],
    });
    body.push("from token".to_owned());
    body
}

/// The statement of the function `claim`, line by line; its argument is the path.
pub(crate) fn claim_body(model: &Model) -> Vec<String> {
    vec![
        once(&format!("{} as claims", token(model))),
        "select case jsonb_typeof(claims #> path) when 'string' then claims #>> path end"
            .to_owned(),
        "from token".to_owned(),
    ]
}

/// What a statement begins with that asks for the token once: a subquery would be pulled up into every place that names it.
fn once(column: &str) -> String {
    format!("with token as materialized (select {column})")
}

/// The call that asks for a claim of the caller's token; the schema is quoted where it has to be.
pub(crate) fn claim(schema: &str, path: &[String]) -> String {
    let members: Vec<String> = path
        .iter()
        .map(|member| Database::Postgres.literal(member))
        .collect();
    format!("{schema}.claim(ARRAY[{}])", members.join(", "))
}
