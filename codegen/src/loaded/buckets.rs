//! Storage buckets, and what is asked before a URL of an object is signed.

use crate::model::Model;
use crate::targets::postgres::objects::{self, Asked};
use synctable::objects::{Bucket, BucketRole};

/// The buckets, in declared order.
pub(super) fn buckets(model: &Model) -> Vec<Bucket> {
    let asked = objects::asked(model).into_iter();
    let all = asked.zip(model.storage.values());
    all.map(|(Asked { roles, referenced }, bucket)| Bucket {
        name: bucket.name.clone().into(),
        public: bucket.public,
        folders: bucket.path.iter().map(|name| name.clone().into()).collect(),
        roles: roles
            .into_iter()
            .map(|role| BucketRole {
                name: role.name.into(),
                read: role.read.map(Into::into),
                insert: role.insert.map(Into::into),
                replace: role.replace.map(Into::into),
            })
            .collect(),
        referenced: referenced.map(Into::into),
    })
    .collect()
}
