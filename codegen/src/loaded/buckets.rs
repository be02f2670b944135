//! Storage buckets, and what is asked before a URL of an object is signed.

use crate::model::{AskedRole, Model};
use crate::targets::postgres::objects::asked;
use synctable::objects::{Bucket, BucketRole};

/// The buckets, in declared order.
pub(super) fn buckets(model: &Model) -> Vec<Bucket> {
    let all = asked(model).into_iter().map(|bucket| Bucket {
        name: bucket.name.into(),
        public: bucket.public,
        folders: bucket.folders.into_iter().map(Into::into).collect(),
        roles: bucket.roles.into_iter().map(role).collect(),
        referenced: bucket.referenced.map(Into::into),
    });
    all.collect()
}

fn role(role: AskedRole) -> BucketRole {
    BucketRole {
        name: role.name.into(),
        read: role.read.map(Into::into),
        insert: role.insert.map(Into::into),
        replace: role.replace.map(Into::into),
    }
}
