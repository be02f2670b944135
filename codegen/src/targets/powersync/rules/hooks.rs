//! How the older dialect knows the caller: by calls in parameter queries, by `bucket.name` in data queries.

use super::super::hooks::{is_claim, member};
use super::super::query::ident;
use crate::expr::print::{Hooks, Unsayable};
use crate::model::{IsTest, Set};
use synctable::{Database, Kind};

/// The answers of a parameter query.
pub(super) struct Request;

impl Hooks for Request {
    fn user_id(&self) -> String {
        "request.user_id()".to_owned()
    }

    fn claim(&self, path: &[String], _beside: Option<&Kind>) -> String {
        let mut text = "request.jwt()".to_owned();
        for (index, member) in path.iter().enumerate() {
            let arrow = if index + 1 == path.len() { "->>" } else { "->" };
            text.push_str(&format!(" {arrow} {}", Database::Postgres.literal(member)));
        }
        format!("({text})")
    }

    fn is_claim(&self, path: &[String], test: IsTest) -> Option<String> {
        Some(is_claim(&member("request.jwt()", path), test))
    }

    fn param(&self, name: &str, _beside: Option<&Kind>) -> String {
        format!("request.parameter({})", Database::Postgres.literal(name))
    }

    fn set(&self, _set: &Set) -> Result<String, Unsayable> {
        Err(set_within())
    }
}

/// The answers of a data query, in which everything of the request is one bucket parameter.
pub(super) struct Bucket<'a>(pub(super) &'a str);

impl Bucket<'_> {
    fn parameter(&self) -> String {
        format!("bucket.{}", ident(self.0))
    }
}

impl Hooks for Bucket<'_> {
    fn user_id(&self) -> String {
        self.parameter()
    }

    fn claim(&self, _path: &[String], _beside: Option<&Kind>) -> String {
        self.parameter()
    }

    fn param(&self, _name: &str, _beside: Option<&Kind>) -> String {
        self.parameter()
    }

    fn set(&self, _set: &Set) -> Result<String, Unsayable> {
        Err(set_within())
    }
}

fn set_within() -> Unsayable {
    Unsayable {
        reason: "a query of the older dialect reads one table".to_owned(),
    }
}
