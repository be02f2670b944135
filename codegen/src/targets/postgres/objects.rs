//! What a server asks before it signs the URL of an object: the policies of `storage.sql`, over a path that it was given.

use super::sql::{ident, qualified};
use crate::catalog::{self, Caller, Folders, InBucket, Policy};
use crate::expr::Known;
use crate::model::{AskedBucket, AskedRole, Model, StorageBucket};

/// What is asked about each bucket, in declared order; nothing where no bridge asks.
pub fn asked(model: &Model) -> Vec<AskedBucket> {
    if !model.signs_objects() {
        return Vec::new();
    }
    let known = Known::of(model);
    let outline = catalog::outline(model, &known);
    let caller = Caller::of_policies(model, &known, &outline.sets);
    let buckets = model.storage.values().map(|bucket| {
        let policies = catalog::policies_of_bucket(model, &known, bucket);
        let printed = InBucket::new(&caller, &known, bucket, Folders::Listed);
        let question = |role: &str, command: &str| {
            let mut policies = policies.values();
            let is_it = |policy: &&Policy| policy.command == command && policy.roles.contains(role);
            policies.find(is_it).map(|policy| {
                let halves = [&policy.using, &policy.check].into_iter().flatten();
                question(halves.map(|half| printed.condition(half)).collect())
            })
        };
        let roles = catalog::callers(model).into_iter().map(|role| AskedRole {
            read: question(&role, "select"),
            insert: question(&role, "insert"),
            replace: question(&role, "update"),
            name: role,
        });
        AskedBucket {
            name: bucket.name.clone(),
            public: bucket.public,
            folders: bucket.path.clone(),
            roles: roles.collect(),
            referenced: referenced(model, bucket),
        }
    });
    buckets.collect()
}

/// A replacement is asked about twice, as the row before and after it: the path is the same.
fn question(mut conditions: Vec<String>) -> String {
    conditions.dedup();
    let conditions = conditions.iter().map(|one| format!("({one})"));
    format!(
        "select coalesce({}, false)\nfrom (select $1::text as bucket_id, $2::text[] as folders) as objects",
        conditions.collect::<Vec<_>>().join(" and ")
    )
}

/// Each table is looked through once, or by an index, however many paths are asked about.
fn referenced(model: &Model, bucket: &StorageBucket) -> Option<String> {
    let columns = bucket.references.iter().map(|reference| {
        let table = qualified(&catalog::name_of(&model.tables[&reference.table]));
        let column = ident(&reference.column);
        format!("select r.{column}::text from {table} as r where r.{column} = any ($1::text[])")
    });
    let columns: Vec<String> = columns.collect();
    (!columns.is_empty()).then(|| columns.join("\nunion\n"))
}
