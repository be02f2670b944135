//! How a guard's conditions know for whom they decide.

use crate::expr::Family;
use crate::model::Model;
use synctable::{Database, Kind, Scalar};

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

    /// A claim beside a value of the kind; NULL unless the claim is one of it.
    #[must_use]
    pub fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        let (object, last) = self.member(path);
        let value = format!("{object} -> {last}");
        match ClaimKind::beside(beside) {
            ClaimKind::Text => {
                format!("(case jsonb_typeof({value}) when 'string' then {object} ->> {last} end)")
            }
            ClaimKind::Uuid => format!(
                "(case when jsonb_typeof({value}) = 'string' then \
                 case when {object} ->> {last} ~ '{UUID}' then ({object} ->> {last})::uuid end end)"
            ),
            ClaimKind::Int => format!(
                "(jsonb_path_query_first({value}, 'strict $?({INT})') #>> '{{}}')::numeric::integer"
            ),
        }
    }

    /// That an operand of the kind is in the list that a claim is.
    #[must_use]
    pub fn in_claims(&self, operand: &str, path: &[String], kind: Option<&Kind>) -> String {
        let (object, last) = self.member(path);
        let (condition, cast) = match ClaimKind::beside(kind) {
            ClaimKind::Uuid => (format!("@ like_regex \"{UUID}\""), "::uuid"),
            ClaimKind::Text | ClaimKind::Int => (PLAIN_TEXT.to_owned(), ""),
        };
        format!(
            "{operand} = any (array(select (member #>> '{{}}'){cast} \
             from jsonb_path_query({object} -> {last}, 'strict $[*]?({condition})', '{{}}', true) as member))"
        )
    }

    /// The object that has a claim, and the claim's name there.
    fn member(&self, path: &[String]) -> (String, String) {
        let members: Vec<String> = path
            .iter()
            .map(|member| Database::Postgres.literal(member))
            .collect();
        let (last, outer) = members.split_last().expect("a claim has a path");
        let mut object = self.claims.clone();
        for member in outer {
            object += &format!(" -> {member}");
        }
        (object, last.clone())
    }
}

/// What a claim is taken for beside a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimKind {
    /// A text, which labels are compared with, too.
    Text,
    /// A uuid in its canonical form.
    Uuid,
    /// A JSON number that is whole.
    Int,
}

impl ClaimKind {
    /// Beside a value of the kind; a claim alone is a text.
    pub(crate) fn beside(kind: Option<&Kind>) -> Self {
        match kind.map(Family::of) {
            Some(Family::Uuid) => Self::Uuid,
            Some(Family::Integer) => Self::Int,
            _ => Self::Text,
        }
    }
}

/// The condition of a JSON path that a value is a whole number of 32 bits, as Postgres prints it.
pub(crate) const INT: &str =
    "((@.type() == \"number\" && @ >= -2147483648) && @ <= 2147483647) && @.floor() == @";

/// The condition of a JSON path that a value is a text, and not one that PowerSync would take for a list or an object.
pub(crate) const PLAIN_TEXT: &str =
    "(@.type() == \"string\" && !(@ starts with \"[\")) && !(@ starts with \"{\")";

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
