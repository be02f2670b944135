//! How a guard's conditions know for whom they decide.

use crate::model::Model;
use synctable::{Database, Scalar};

/// The caller, as operands of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The caller's id, of its declared kind; NULL for nobody.
    pub user_id: String,
    /// The claims of the caller's token, as jsonb; NULL without one.
    pub claims: String,
}

impl Caller {
    /// The caller from operands that hold the subject of the token as text and its claims as jsonb.
    ///
    /// A subject that is not of the canonical form of the declared kind is nobody, and nothing raises.
    #[must_use]
    pub fn of_texts(model: &Model, subject: &str, claims: &str) -> Self {
        Self {
            user_id: canonical_id(model.postgres.user_id, subject),
            claims: claims.to_owned(),
        }
    }

    /// A claim as text; NULL unless the claim is a string.
    #[must_use]
    pub fn claim(&self, path: &[String]) -> String {
        let members: Vec<String> = path
            .iter()
            .map(|member| Database::Postgres.literal(member))
            .collect();
        let (last, outer) = members.split_last().expect("a claim has a path");
        let mut object = self.claims.clone();
        for member in outer {
            object += &format!(" -> {member}");
        }
        format!(
            "(case jsonb_typeof({object} -> {last}) when 'string' then {object} ->> {last} end)"
        )
    }
}

/// The canonical form of a uuid.
pub(crate) const UUID: &str = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

/// The canonical form of a whole number, of whatever size.
pub(crate) const WHOLE: &str = "^(0|-?[1-9][0-9]{0,18})$";

/// The id that a subject names, NULL where it is not of the canonical form; an operand.
fn canonical_id(kind: Scalar, subject: &str) -> String {
    // The outer condition decides whether the inner cast is evaluated at all.
    let whole = |low: i64, high: i64| {
        format!(
            "(case when {subject} ~ '{WHOLE}' \
             then case when {subject}::numeric between {low} and {high} then {subject}::{} end end)",
            kind.postgres_type()
        )
    };
    match kind {
        Scalar::Uuid => format!("(case when {subject} ~ '{UUID}' then {subject}::uuid end)"),
        Scalar::Int => whole(i64::from(i32::MIN), i64::from(i32::MAX)),
        Scalar::Bigint => whole(i64::MIN, i64::MAX),
        _ => format!("nullif({subject}, '')"),
    }
}
