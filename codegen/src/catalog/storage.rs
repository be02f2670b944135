//! The policies of storage buckets, which stand on one table of the platform's for the objects of all buckets.

use super::policies::{RulesOfRole, rule_of_bucket};
use super::{Caller, Formula, Policy};
use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::expr::{Known, Row};
use crate::model::{Model, Set, StorageBucket};
use indexmap::IndexMap;
use synctable::{Database, Kind, Scalar, derived_name};

/// The policies of a bucket's objects by name; what they say of the bucket itself goes without saying here.
pub fn policies_of_bucket(
    model: &Model,
    known: &Known,
    bucket: &StorageBucket,
) -> IndexMap<String, Policy> {
    let row = row_of(bucket);
    let mut policies = IndexMap::new();
    for role in super::grants::roles(&bucket.access) {
        let rules = RulesOfRole::lowered(&bucket.access, role, |rule| {
            rule_of_bucket(model, known, &row, rule)
        });
        for (command, using, check) in rules.of_objects() {
            let word = if command == "select" { "read" } else { command };
            let name = match *role == model.postgres.roles.client {
                true => derived_name(&[&model.app, &bucket.name], word),
                false => derived_name(&[&model.app, &bucket.name, word], role),
            };
            let policy = Policy {
                command: command.to_owned(),
                permissive: true,
                roles: [role.clone()].into(),
                using,
                check,
            };
            policies.insert(name, policy);
        }
    }
    policies
}

/// The row that rules of a bucket speak of: the folders of an object's path, of which there may be fewer.
fn row_of(bucket: &StorageBucket) -> Row {
    let path = bucket.path.iter();
    path.fold(Row::new(&bucket.name), |row, folder| {
        row.with_nullable(folder, Kind::Scalar(Scalar::Text))
    })
}

/// How rules of a bucket ask: as those of tables do, with folders for columns.
pub struct InBucket<'a> {
    caller: &'a Caller<'a>,
    known: &'a Known,
    bucket: &'a StorageBucket,
}

impl<'a> InBucket<'a> {
    /// For one bucket.
    pub fn new(caller: &'a Caller<'a>, known: &'a Known, bucket: &'a StorageBucket) -> Self {
        Self {
            caller,
            known,
            bucket,
        }
    }

    /// A condition on an object; that it is in the bucket stands first.
    pub fn condition(&self, formula: &Formula) -> String {
        let bucket = format!(
            "bucket_id = {}",
            Database::Postgres.literal(&self.bucket.name)
        );
        match formula {
            Formula::Expr(crate::model::Expr::Literal(_)) => bucket,
            Formula::Expr(expr) => {
                let row = row_of(self.bucket);
                let cx = PrintContext::new(self.known, &row).with_hooks(self);
                let text = print::lower_case(&print::postgres(expr, &cx));
                format!("{bucket} and ({text})")
            }
            Formula::Sql(text) => format!("{bucket} and ({text})"),
        }
    }
}

impl Hooks for InBucket<'_> {
    fn column(&self, name: &str) -> Option<String> {
        let place = self.bucket.path.iter().position(|folder| folder == name)?;
        Some(format!("(storage.foldername(name))[{}]", place + 1))
    }

    fn user_id(&self) -> String {
        self.caller.user_id()
    }

    fn claim(&self, path: &[String]) -> String {
        self.caller.claim(path)
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        self.caller.set(set)
    }

    fn member(&self, operand: &str, set: &Set) -> Result<String, Unsayable> {
        self.caller.member(operand, set)
    }
}
