//! The policies of storage buckets, which stand on one table of the platform's for the objects of all buckets.

use super::policies::{RulesOfRole, rule_of_bucket};
use super::{Caller, Formula, Policy, Rls, Storage};
use crate::expr::catalog::{folder, place_of};
use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::expr::{Known, Row, normalise};
use crate::map::IndexMap;
use crate::model::{CompareOp, Expr, Literal, Model, Set, StorageBucket};
use synctable::{Kind, Scalar, derived_name};

/// The column of `storage.objects` that tells the bucket.
const BUCKET: &str = "bucket_id";

/// What guards the objects of the declared buckets; `None` where there are none.
pub(super) fn lower(model: &Model, known: &Known) -> Option<Storage> {
    if model.storage.is_empty() {
        return None;
    }
    let buckets = model.storage.values();
    let policies = model.storage.values();
    Some(Storage {
        buckets: buckets
            .map(|bucket| (bucket.name.clone(), bucket.public))
            .collect(),
        rls: Rls::Enabled,
        policies: policies
            .flat_map(|bucket| policies_of_bucket(model, known, bucket))
            .collect(),
    })
}

/// The policies of a bucket's objects by name, over the columns of `storage.objects`.
pub fn policies_of_bucket(
    model: &Model,
    known: &Known,
    bucket: &StorageBucket,
) -> IndexMap<String, Policy> {
    let path = bucket.path.iter();
    let row = path.fold(Row::new(&bucket.name), |row, folder| {
        row.with_nullable(folder, Kind::Scalar(Scalar::Text))
    });
    let mut policies = IndexMap::default();
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
                roles: [role.clone()].into_iter().collect(),
                using: using.map(|formula| of_objects(bucket, formula)),
                check: check.map(|formula| of_objects(bucket, formula)),
            };
            policies.insert(name, policy);
        }
    }
    policies
}

/// A condition on the folders of a path, as one on objects; that they are in the bucket stands first.
fn of_objects(bucket: &StorageBucket, formula: Formula) -> Formula {
    let in_bucket = Expr::Compare {
        op: CompareOp::Eq,
        left: Box::new(Expr::Column(BUCKET.to_owned())),
        right: Box::new(Expr::Literal(Literal::Text(bucket.name.clone()))),
    };
    let rule = match formula {
        Formula::Expr(Expr::Literal(_)) => return Formula::Expr(in_bucket),
        Formula::Expr(expr) => expr,
        Formula::Sql(text) => unreachable!("a rule is an expression of ours: {text}"),
    };
    let rule = rule.with_columns(&|name| {
        let place = bucket.path.iter().position(|folder| folder == name)?;
        Some(Expr::Column(folder(place + 1)))
    });
    Formula::Expr(normalise(&Expr::And(vec![in_bucket, rule])))
}

/// Whether a policy grants objects of other buckets alone: it is somebody else's.
///
/// One that takes away takes away from all that it does not speak of.
pub(crate) fn speaks_of_others(policy: &Policy, buckets: &[String]) -> bool {
    let elsewhere =
        |literal: &Literal| matches!(literal, Literal::Text(name) if !buckets.contains(name));
    let is_bucket = |expr: &Expr| matches!(expr, Expr::Column(name) if name == BUCKET);
    let says = |expr: &Expr| match expr {
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => is_bucket(left) && matches!(&**right, Expr::Literal(literal) if elsewhere(literal)),
        Expr::InList {
            operand,
            list,
            negated: false,
        } => is_bucket(operand) && list.iter().all(elsewhere),
        _ => false,
    };
    let mut halves = [&policy.using, &policy.check].into_iter().flatten();
    policy.permissive
        && halves.all(|formula| match formula {
            Formula::Expr(Expr::And(parts)) => parts.iter().any(says),
            Formula::Expr(expr) => says(expr),
            Formula::Sql(_) => false,
        })
}

/// Where a condition on an object finds its folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folders {
    /// In the name of a row of `storage.objects`, as the policies do.
    OfRow,
    /// In the column `folders`, a `text[]`: of an object that need not be there.
    Listed,
}

/// How policies on objects ask: as those of tables do, with folders for columns.
pub struct InBucket<'a> {
    caller: &'a Caller<'a>,
    known: &'a Known,
    folders: Folders,
    row: Row,
}

impl<'a> InBucket<'a> {
    /// For one bucket.
    pub fn new(
        caller: &'a Caller<'a>,
        known: &'a Known,
        bucket: &StorageBucket,
        folders: Folders,
    ) -> Self {
        let text = || Kind::Scalar(Scalar::Text);
        let row = Row::new("objects").with(BUCKET, text());
        Self {
            caller,
            known,
            folders,
            row: (1..=bucket.path.len())
                .fold(row, |row, place| row.with_nullable(&folder(place), text())),
        }
    }

    /// A condition on an object.
    pub fn condition(&self, formula: &Formula) -> String {
        match formula {
            Formula::Expr(expr) => {
                let cx = PrintContext::new(self.known, &self.row).with_hooks(self);
                print::lower_case(&print::postgres(expr, &cx))
            }
            Formula::Sql(text) => text.clone(),
        }
    }
}

impl Hooks for InBucket<'_> {
    fn column(&self, name: &str) -> Option<String> {
        match (self.folders, place_of(name)) {
            (Folders::Listed, Some(place)) => Some(format!("folders[{place}]")),
            _ => (name != BUCKET).then(|| name.to_owned()),
        }
    }

    fn user_id(&self) -> String {
        self.caller.user_id()
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        self.caller.claim(path, beside)
    }

    fn in_claims(&self, operand: &str, path: &[String], kind: Option<&Kind>) -> String {
        self.caller.in_claims(operand, path, kind)
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        self.caller.set(set)
    }

    fn member(&self, operand: &str, set: &Set) -> Result<String, Unsayable> {
        self.caller.member(operand, set)
    }
}
