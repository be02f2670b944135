//! Objects of storage buckets: a caller asks for a URL, the bucket's rule decides in the database, and the bridge signs.
//!
//! The bytes go between the device and the service.

mod clean;
mod path;
mod s3;
mod store;
mod supabase;

pub use clean::{Cleaned, NotCleaned, Wanted};
pub(crate) use store::Store;

use crate::app::Changes;
use crate::apply::{Bridge, Failure};
use crate::auth::Caller;
use crate::metrics;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Unsigned;
use synctable::objects::{Bucket, BucketRole};
use tokio_postgres::types::Type;

/// What a caller asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The bucket.
    pub bucket: String,
    /// The path in it.
    pub path: String,
    /// What the URL is for.
    pub operation: Operation,
    /// How many bytes are uploaded; S3 then takes exactly as many.
    #[serde(default)]
    pub bytes: Option<u64>,
}

/// What a URL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// To add an object where none is.
    Upload,
    /// To add an object, or to put it in the place of one that is there.
    Replace,
    /// To read an object.
    Download,
}

impl Operation {
    /// The word of a request.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Operation::Upload => "upload",
            Operation::Replace => "replace",
            Operation::Download => "download",
        }
    }

    /// The questions that the database has to answer with yes; `None` if one of them never is.
    fn questions(self, role: &BucketRole) -> Option<Vec<&str>> {
        let of_role = match self {
            Operation::Upload => vec![&role.insert],
            Operation::Replace => vec![&role.insert, &role.replace],
            Operation::Download => vec![&role.read],
        };
        of_role.into_iter().map(Option::as_deref).collect()
    }
}

/// A request that whoever has it may send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// Where to.
    pub url: String,
    /// The method.
    pub method: &'static str,
    /// Headers that it needs as they are.
    pub headers: BTreeMap<&'static str, String>,
    /// How many seconds it is valid.
    pub expires_in: u64,
}

/// Why no URL is signed.
#[derive(Debug)]
pub(crate) enum NotSigned {
    /// The app has no such bucket.
    Bucket,
    /// The path is not one of the bucket.
    Path(path::Malformed),
    /// The number of bytes is missing, or above this limit.
    Bytes(u64),
    /// The rule of the bucket.
    Refused,
    /// The service has an object there already.
    Exists,
    /// The service has no object there.
    Absent,
    /// The database cannot be asked.
    Database(Failure),
    /// The service cannot be asked.
    Service(String),
}

impl<C: Changes> Bridge<C> {
    /// A URL for a caller.
    pub(crate) async fn object(&self, caller: &Caller, asked: &Asked) -> Result<Signed, NotSigned> {
        let store = self.store.as_ref().ok_or(NotSigned::Bucket)?;
        let mut buckets = self.app.buckets.iter();
        let Some(bucket) = buckets.find(|bucket| bucket.name == asked.bucket) else {
            return Err(NotSigned::Bucket);
        };
        let signed = self.signed(caller, asked, bucket, store).await;
        metrics::object(&bucket.name, asked.operation, &signed);
        signed
    }

    async fn signed(
        &self,
        caller: &Caller,
        asked: &Asked,
        bucket: &Bucket,
        store: &Store,
    ) -> Result<Signed, NotSigned> {
        let folders = path::folders(&asked.path, bucket.folders.len()).map_err(NotSigned::Path)?;
        let limit = self.config.objects.max_bytes;
        let limit = limit.filter(|_| asked.operation != Operation::Download);
        if let Some(limit) = limit
            && asked.bytes.is_none_or(|bytes| bytes > limit)
        {
            return Err(NotSigned::Bytes(limit));
        }
        let is_open = bucket.public && asked.operation == Operation::Download;
        if !is_open {
            let mut roles = bucket.roles.iter();
            let role = roles.find(|role| role.name == caller.role);
            let questions = role.and_then(|role| asked.operation.questions(role));
            let questions = questions.ok_or(NotSigned::Refused)?;
            let answer = self.allows(caller, bucket, &folders, &questions).await;
            if !answer.map_err(NotSigned::Database)? {
                return Err(NotSigned::Refused);
            }
        }
        let signed = store.sign(asked).await;
        signed.map_err(|why| match why {
            Unsigned::Exists => NotSigned::Exists,
            Unsigned::Absent => NotSigned::Absent,
            Unsigned::Service(why) => NotSigned::Service(why),
        })
    }

    /// Asks the database as the caller, as it would ask for a row of `storage.objects`.
    async fn allows(
        &self,
        caller: &Caller,
        bucket: &Bucket,
        folders: &[&str],
        questions: &[&str],
    ) -> Result<bool, Failure> {
        let mut link = self.link().await?;
        let transaction = link
            .client
            .build_transaction()
            .read_only(true)
            .start()
            .await?;
        let timeout = self.config.database.statement_timeout_ms.to_string();
        transaction
            .query_typed(
                "select pg_catalog.set_config('statement_timeout', $1, true),
                    pg_catalog.set_config('request.jwt.claims', $2, true),
                    pg_catalog.set_config('role', $3, true)",
                &[
                    (&timeout, Type::TEXT),
                    (&caller.claims, Type::TEXT),
                    (&caller.role, Type::TEXT),
                ],
            )
            .await?;
        let name: &str = &bucket.name;
        for question in questions {
            let values = [(&name as _, Type::TEXT), (&folders as _, Type::TEXT_ARRAY)];
            let rows = transaction.query_typed(question, &values).await?;
            let answer: Option<bool> = rows.first().map(|row| row.try_get(0)).transpose()?;
            if answer != Some(true) {
                return Ok(false);
            }
        }
        transaction.commit().await?;
        Ok(true)
    }
}
