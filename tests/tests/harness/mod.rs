//! The harness itself: what every other test takes for granted.

mod consumers;
mod databases;
mod left_behind;
mod people;

use serde_json::json;

const ALICE: &str = "00000000-0000-4000-8000-00000000000a";

fn claims(subject: &str) -> String {
    json!({"sub": subject, "role": "authenticated", "org": {"id": 7}}).to_string()
}

fn one<T: for<'a> postgres::types::FromSql<'a>>(
    client: &mut impl postgres::GenericClient,
    sql: &str,
) -> T {
    client
        .query_one(sql, &[])
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
        .get(0)
}
