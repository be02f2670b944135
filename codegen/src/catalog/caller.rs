//! The functions that tell who is asking: the caller's id and the claims of the caller's token.

use super::private_schema;
use crate::expr::{Known, Row};
use crate::guard::{ClaimKind, INT, PLAIN_TEXT, UUID, WHOLE};
use crate::model::{Access, Auth, Expr, Model, Rule, Select, Set};
use std::collections::BTreeSet;
use synctable::{Database, Kind, Scalar};

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

/// The call that asks for a claim beside a value of the kind; the schema is quoted where it has to be.
pub(crate) fn claim(schema: &str, path: &[String], beside: Option<&Kind>) -> String {
    let function = match ClaimKind::beside(beside) {
        ClaimKind::Text => "claim",
        ClaimKind::Uuid => "claim_uuid",
        ClaimKind::Int => "claim_int",
    };
    format!("{schema}.{function}({})", array(path))
}

/// That an operand of the kind is in the list that a claim is; the schema is quoted where it has to be.
///
/// The list is worked out once, and looked up through an index.
pub(crate) fn in_claims(
    operand: &str,
    schema: &str,
    path: &[String],
    kind: Option<&Kind>,
) -> String {
    let function = match ClaimKind::beside(kind) {
        ClaimKind::Uuid => "claims_uuid",
        ClaimKind::Text | ClaimKind::Int => "claims",
    };
    format!(
        "{operand} = ANY (ARRAY(SELECT {schema}.{function}({})))",
        array(path)
    )
}

fn array(path: &[String]) -> String {
    let members: Vec<String> = path
        .iter()
        .map(|member| Database::Postgres.literal(member))
        .collect();
    format!("ARRAY[{}]", members.join(", "))
}

/// A function that tells a claim as a value of a type, or as a set of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClaimFunction {
    /// A claim as a uuid.
    Uuid,
    /// A claim as a whole number.
    Int,
    /// The texts of a claim that is a list.
    Texts,
    /// The uuids of a claim that is a list.
    Uuids,
}

impl ClaimFunction {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Uuid, Self::Int, Self::Texts, Self::Uuids];

    /// Those that the rules of a model call.
    pub(crate) fn called(model: &Model, known: &Known) -> BTreeSet<Self> {
        let mut calls = Calls {
            known,
            found: BTreeSet::new(),
        };
        for select in model.scopes.values() {
            calls.select(select);
        }
        for table in model.tables.values() {
            if let Some(access) = &table.access {
                calls.access(access, &known.tables[&table.name]);
            }
        }
        for bucket in model.storage.values() {
            let text = || Kind::Scalar(Scalar::Text);
            let folders = bucket.path.iter();
            let row = folders.fold(Row::new(&bucket.name), |row, name| {
                row.with_nullable(name, text())
            });
            calls.access(&bucket.access, &row);
        }
        calls.found
    }

    /// Its name in the private schema.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uuid => "claim_uuid",
            Self::Int => "claim_int",
            Self::Texts => "claims",
            Self::Uuids => "claims_uuid",
        }
    }

    /// What it returns.
    pub(crate) fn returns(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Int => "integer",
            Self::Texts => "setof text",
            Self::Uuids => "setof uuid",
        }
    }

    /// What it is for.
    pub(crate) fn comment(self) -> &'static str {
        match self {
            Self::Uuid => {
                "A claim of the caller's token as a uuid; NULL without a caller, and for a claim that is not one of the canonical form."
            }
            Self::Int => {
                "A claim of the caller's token as a number; NULL without a caller, and for a claim that is not a whole number."
            }
            Self::Texts => {
                "The texts of a claim that is a list; none without a caller, and for a claim that is not a list."
            }
            Self::Uuids => {
                "The uuids of a claim that is a list; none without a caller, and for a claim that is not a list."
            }
        }
    }

    /// The expression that it returns for the argument `path`.
    pub(crate) fn expression(self, model: &Model) -> String {
        let value = format!("{} #> path", call_of_token(model));
        let members = |condition: &str| {
            format!(
                "pg_catalog.jsonb_path_query({value}, 'strict $[*]?({condition})'::pg_catalog.jsonpath, \
                 '{{}}'::pg_catalog.jsonb, true) #>> '{{}}'::pg_catalog.text[]"
            )
        };
        let is_uuid = format!("@ like_regex \"{UUID}\"");
        match self {
            Self::Uuid => format!("({})::pg_catalog.uuid", of_string(&value, &is_uuid)),
            Self::Int => format!("({})::numeric::integer", of_string(&value, INT)),
            Self::Texts => members(PLAIN_TEXT),
            Self::Uuids => format!("({})::pg_catalog.uuid", members(&is_uuid)),
        }
    }
}

/// Finds the functions that conditions call.
struct Calls<'a> {
    known: &'a Known,
    found: BTreeSet<ClaimFunction>,
}

impl Calls<'_> {
    fn access(&mut self, access: &Access, row: &Row) {
        let read = access.read.values();
        let insert = access.insert.values();
        let update = access.update.values();
        let update = update.flat_map(|rule| [&rule.before, &rule.after]);
        let delete = access.delete.values();
        for rule in read.chain(insert).chain(update).chain(delete) {
            if let Rule::When(expr) = rule {
                self.expr(expr, row);
            }
        }
    }

    fn select(&mut self, select: &Select) {
        let known = self.known;
        if let (Some(row), Some(filter)) = (known.tables.get(&select.table), &select.filter) {
            self.expr(filter, row);
        }
    }

    fn expr(&mut self, expr: &Expr, row: &Row) {
        let mut selects = Vec::new();
        expr.visit(&mut |inner| match inner {
            Expr::Compare { left, right, .. } => {
                let beside = match (&**left, &**right) {
                    (Expr::Claim(_), other) | (other, Expr::Claim(_)) => {
                        self.known.kind_of(other, row)
                    }
                    _ => None,
                };
                match beside.map(|kind| ClaimKind::beside(Some(&kind))) {
                    Some(ClaimKind::Uuid) => self.found.insert(ClaimFunction::Uuid),
                    Some(ClaimKind::Int) => self.found.insert(ClaimFunction::Int),
                    Some(ClaimKind::Text) | None => false,
                };
            }
            Expr::InClaims { operand, .. } => {
                let kind = self.known.kind_of(operand, row);
                self.found.insert(match ClaimKind::beside(kind.as_ref()) {
                    ClaimKind::Uuid => ClaimFunction::Uuids,
                    ClaimKind::Text | ClaimKind::Int => ClaimFunction::Texts,
                });
            }
            Expr::InSet {
                set: Set::Select(select),
                ..
            } => selects.push(&**select),
            _ => {}
        });
        for select in selects {
            self.select(select);
        }
    }
}
