//! The functions that tell who is asking: the caller's id and the claims of the caller's token.

use crate::model::{Auth, Model};
use synctable::{Database, Scalar};

/// The claims of the caller's token, as jsonb.
fn token(model: &Model) -> &'static str {
    match model.postgres.auth {
        Auth::Supabase => "auth.jwt()",
        Auth::JwtClaims => "nullif(current_setting('request.jwt.claims', true), '')::jsonb",
    }
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
    let mut body = match model.postgres.user_id {
        Scalar::Uuid => vec![
            "select case when sub ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then sub::uuid end"
                .to_owned(),
        ],
        Scalar::Int => whole(i64::from(i32::MIN), i64::from(i32::MAX), "integer"),
        Scalar::Bigint => whole(i64::MIN, i64::MAX, "bigint"),
        _ => vec!["select nullif(sub, '')".to_owned()],
    };
    body.push(format!(
        "from (select {} ->> 'sub' as sub) as token",
        token(model)
    ));
    body
}

/// The statement of the function `claim`, line by line; its argument is the path.
pub(crate) fn claim_body(model: &Model) -> Vec<String> {
    vec![
        "select case jsonb_typeof(token.claims #> path) when 'string' then token.claims #>> path end"
            .to_owned(),
        format!("from (select {} as claims) as token", token(model)),
    ]
}

/// The call that asks for a claim of the caller's token; the schema is quoted where it has to be.
pub(crate) fn claim(schema: &str, path: &[String]) -> String {
    let members: Vec<String> = path
        .iter()
        .map(|member| Database::Postgres.literal(member))
        .collect();
    format!("{schema}.claim(ARRAY[{}])", members.join(", "))
}
