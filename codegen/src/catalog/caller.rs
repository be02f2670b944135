//! The functions that tell who is asking: the caller's id and the claims of the caller's token.

use super::private_schema;
use crate::guard::{UUID, WHOLE};
use crate::model::{Auth, Model};
use synctable::{Database, Scalar};

/// What the function `token` returns: the claims of the caller's token, as jsonb.
///
/// Text that is no JSON raises, as it does in Supabase's own `auth.jwt()`: the statement is denied.
/// Like the others, it is one plain expression without settings, so that Postgres puts it in place of its call.
pub(crate) fn token(model: &Model) -> String {
    let setting = |name: &str| format!("nullif(pg_catalog.current_setting('{name}', true), '')");
    let text = match model.postgres.auth {
        Auth::Supabase => format!(
            "coalesce({}, {})",
            setting("request.jwt.claim"),
            setting("request.jwt.claims")
        ),
        Auth::JwtClaims => setting("request.jwt.claims"),
    };
    format!("{text}::pg_catalog.jsonb")
}

/// The call of the function `token`; the schema is quoted where it has to be.
fn call_of_token(model: &Model) -> String {
    format!(
        "{}.token()",
        Database::Postgres.ident(&private_schema(model))
    )
}

/// What the function `user_id` returns.
///
/// A subject that is not of the canonical form is nobody, and raises nothing.
/// Each time that an expression names the token reads it anew, so a uuid is matched inside of the JSON.
pub(crate) fn user_id(model: &Model) -> String {
    let token = call_of_token(model);
    // From -limit to limit - 1, as one comparison; the case decides whether the last cast is evaluated at all.
    let whole = |limit: &str, sql_type: &str| {
        // `substring` gives what stands in parentheses; its name is also a word of the grammar.
        format!(
            "case when pg_catalog.abs(pg_catalog.\"substring\"({token} ->> 'sub', '{WHOLE}')::numeric + 0.5) < {limit} \
             then ({token} ->> 'sub')::{sql_type} end"
        )
    };
    match model.postgres.user_id {
        Scalar::Uuid => {
            let text = of_string(
                &format!("{token} -> 'sub'"),
                &format!("@ like_regex \"{UUID}\""),
            );
            format!("({text})::pg_catalog.uuid")
        }
        Scalar::Int => whole("2147483648.0", "integer"),
        Scalar::Bigint => whole("9223372036854775808.0", "bigint"),
        _ => format!(
            "nullif({}, '')",
            of_string(&format!("{token} -> 'sub'"), STRING)
        ),
    }
}

/// What the function `claim` returns; its argument is the path.
pub(crate) fn claim_at_path(model: &Model) -> String {
    let value = format!("{} #> path", call_of_token(model));
    of_string(&value, STRING)
}

/// The condition that a JSON value is a string.
const STRING: &str = "@.type() == \"string\"";

/// The text of a JSON value that is a string and satisfies a condition of a JSON path, else NULL.
fn of_string(value: &str, condition: &str) -> String {
    // As Postgres prints the path; a strict one takes no array for its elements.
    format!(
        "pg_catalog.jsonb_path_query_first({value}, 'strict $?({condition})'::pg_catalog.jsonpath) \
         #>> '{{}}'::pg_catalog.text[]"
    )
}

/// The call that asks for a claim of the caller's token; the schema is quoted where it has to be.
pub(crate) fn claim(schema: &str, path: &[String]) -> String {
    let members: Vec<String> = path
        .iter()
        .map(|member| Database::Postgres.literal(member))
        .collect();
    format!("{schema}.claim(ARRAY[{}])", members.join(", "))
}
