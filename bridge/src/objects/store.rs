//! The service that keeps the objects, of whichever kind.

use super::s3::S3;
use super::supabase::Supabase;
use super::{Asked, Signed};
use crate::config::{Backend, Objects};
use std::sync::Arc;
use std::time::Duration;

/// How long the service may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes of an answer are read: a page of 1,000 paths of 1,024 bytes, with what stands around them.
pub(super) const ANSWER_BYTES: u64 = 8 << 20;

/// How many objects a page of a list has at most.
pub(super) const PAGE: usize = 1_000;

/// Why a URL is not signed.
#[derive(Debug)]
pub(super) enum Unsigned {
    /// There is an object already.
    Exists,
    /// There is no object.
    Absent,
    /// The service does not answer as it should.
    Service(String),
}

/// A page of a list, in whichever order.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<Listed>,
    /// What asks for the next page; `None` after the last one.
    pub(super) next: Option<String>,
}

/// An object in a list.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) path: String,
    /// When it was written last, as the service says.
    pub(super) changed: String,
}

/// The service.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    /// One that speaks S3.
    S3(Arc<S3>),
    /// Supabase's storage.
    Supabase(Arc<Supabase>),
}

impl Store {
    /// The service of a configuration, if it has one.
    ///
    /// # Errors
    /// A setting is wrong.
    pub(crate) fn of(config: &Objects) -> Result<Option<Self>, String> {
        Ok(match config.backend {
            None => None,
            Some(Backend::S3) => Some(Store::S3(Arc::new(S3::new(config)?))),
            Some(Backend::Supabase) => Some(Store::Supabase(Arc::new(Supabase::new(config)?))),
        })
    }

    /// A URL for an object, whose path is well-formed.
    pub(super) async fn sign(&self, asked: &Asked) -> Result<Signed, Unsigned> {
        match self {
            Store::S3(s3) => s3.sign(asked).map_err(Unsigned::Service),
            Store::Supabase(supabase) => {
                let (supabase, asked) = (Arc::clone(supabase), asked.clone());
                apart(move || supabase.sign(&asked))
                    .await
                    .map_err(Unsigned::Service)?
            }
        }
    }

    /// A page of the objects of a bucket: the first, or the one that another names.
    pub(super) async fn list(&self, bucket: &str, from: Option<String>) -> Result<Page, String> {
        let bucket = bucket.to_owned();
        match self {
            Store::S3(s3) => {
                let s3 = Arc::clone(s3);
                apart(move || s3.list(&bucket, from.as_deref())).await?
            }
            Store::Supabase(supabase) => {
                let supabase = Arc::clone(supabase);
                apart(move || supabase.list(&bucket, from.as_deref())).await?
            }
        }
    }

    /// Removes an object; one that is gone already is removed.
    pub(super) async fn remove(&self, bucket: &str, path: &str) -> Result<(), String> {
        let (bucket, path) = (bucket.to_owned(), path.to_owned());
        match self {
            Store::S3(s3) => {
                let s3 = Arc::clone(s3);
                apart(move || s3.remove(&bucket, &path)).await?
            }
            Store::Supabase(supabase) => {
                let supabase = Arc::clone(supabase);
                apart(move || supabase.remove(&bucket, &path)).await?
            }
        }
    }
}

/// Runs what waits for the service where waiting keeps nobody else back.
async fn apart<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(run).await;
    done.map_err(|error| error.to_string())
}
