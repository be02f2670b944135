//! Removes orphans: objects that no row names, and that are old enough.
//!
//! Whatever cannot be known is kept: nothing is removed before the whole list was read and the database was asked about all
//! of it, and each object is asked about again right before it is removed.

use super::path;
use super::store::{Listed, Store};
use crate::app::Changes;
use crate::applied::quoted;
use crate::apply::{Bridge, Failure};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt;
use std::time::Duration;
use synctable::objects::Bucket;
use tokio_postgres::types::Type;

/// How many paths the database is asked about at a time.
const ASKED: usize = 1_000;

/// How many of a hundred objects are removed without being told to remove more.
const SHARE: usize = 20;

/// What is cleaned, and how.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The bucket.
    pub bucket: &'w str,
    /// How old an object is at least.
    pub older_than: Duration,
    /// Whether nothing is removed, only counted.
    pub dry_run: bool,
    /// Whether more than a fifth of the objects may go.
    pub many: bool,
}

/// What was found, and what went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cleaned {
    /// The bucket.
    pub bucket: String,
    /// Objects in all.
    pub objects: usize,
    /// Of these, objects that a row or an open dead letter names.
    pub referenced: usize,
    /// Objects that no row names, and that are too young.
    pub young: usize,
    /// Objects with a path for which the bridge signs no URL: somebody else made them.
    pub foreign: usize,
    /// The rest, sorted by their paths.
    pub orphans: Vec<String>,
    /// How many of the orphans were removed.
    pub removed: usize,
}

/// Why a bucket is not clean.
#[derive(Debug)]
pub enum NotCleaned {
    /// The declaration or the settings do not allow it.
    Declared(String),
    /// Too many objects would go: nothing was removed.
    Many(Cleaned),
    /// The database or the service failed; `removed` objects had gone before.
    Failed {
        /// Why.
        why: String,
        /// How many objects had gone before.
        removed: usize,
    },
}

impl fmt::Display for NotCleaned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotCleaned::Declared(why) => f.write_str(why),
            NotCleaned::Many(found) => write!(
                f,
                "{} of {} objects in `{}` are orphans, which is more than {SHARE} %: nothing was removed; look at them with `--dry-run`, and pass `--many` to remove them",
                found.orphans.len(),
                found.objects,
                found.bucket
            ),
            NotCleaned::Failed { why, removed } => {
                write!(f, "{why}; {removed} orphans were removed before")
            }
        }
    }
}

impl std::error::Error for NotCleaned {}

/// Which of some objects are orphans.
struct Sorted {
    orphans: Vec<Listed>,
    referenced: usize,
    young: usize,
}

impl<C: Changes> Bridge<C> {
    /// Removes the orphans of a bucket.
    ///
    /// # Errors
    /// Why some or all of them are still there.
    pub async fn clean(&self, wanted: Wanted<'_>) -> Result<Cleaned, NotCleaned> {
        let declared = |why: String| NotCleaned::Declared(why);
        let store = self.store.as_ref().ok_or_else(|| {
            declared(
                "`objects.backend` is not set: the bridge does not know where objects are"
                    .to_owned(),
            )
        })?;
        let name = wanted.bucket;
        let mut buckets = self.app.buckets.iter();
        let bucket = buckets
            .find(|bucket| bucket.name == name)
            .ok_or_else(|| declared(format!("the declaration has no bucket `{name}`")))?;
        let question = bucket.referenced.as_deref().ok_or_else(|| {
            declared(format!(
                "the declaration does not say which rows name the objects of `{name}`: add `references` to the bucket"
            ))
        })?;
        let service = self.app.service_role.as_deref().ok_or_else(|| {
            declared(
                "rows are read as the service: add `postgres: {roles: {service: …}}`".to_owned(),
            )
        })?;
        let failed = |why: String| NotCleaned::Failed { why, removed: 0 };
        // Another declaration may have other columns with paths.
        self.ready().await.map_err(failed)?;
        let mut found = Cleaned {
            bucket: name.to_owned(),
            ..Cleaned::default()
        };
        let asking = Asking {
            bridge: self,
            question,
            service,
            older_than: wanted.older_than,
        };
        let orphans = asking.orphans(store, bucket, &mut found).await;
        let orphans = orphans.map_err(failed)?;
        found.orphans = orphans.iter().map(|one| one.path.clone()).collect();
        found.orphans.sort();
        if wanted.dry_run {
            return Ok(found);
        }
        if !wanted.many && found.orphans.len() * 100 > found.objects * SHARE {
            return Err(NotCleaned::Many(found));
        }
        for some in orphans.chunks(ASKED) {
            // A row may have come meanwhile.
            let sorted = asking.sorted(some).await;
            let left = |why: String, removed: usize| NotCleaned::Failed { why, removed };
            let sorted = sorted.map_err(|why| left(why, found.removed))?;
            for orphan in &sorted.orphans {
                let removed = store.remove(&bucket.name, &orphan.path).await;
                removed.map_err(|why| left(why, found.removed))?;
                found.removed += 1;
            }
        }
        Ok(found)
    }
}

/// What is asked about objects.
struct Asking<'a, C> {
    bridge: &'a Bridge<C>,
    question: &'a str,
    service: &'a str,
    older_than: Duration,
}

impl<C: Changes> Asking<'_, C> {
    /// All orphans of a bucket; what else there is, is counted.
    async fn orphans(
        &self,
        store: &Store,
        bucket: &Bucket,
        found: &mut Cleaned,
    ) -> Result<Vec<Listed>, String> {
        let mut orphans = Vec::new();
        let mut seen = HashSet::new();
        let mut next = None;
        loop {
            let page = store.list(&bucket.name, next).await?;
            found.objects += page.objects.len();
            let (known, foreign): (Vec<_>, Vec<_>) = page
                .objects
                .into_iter()
                .partition(|one| path::folders(&one.path, bucket.folders.len()).is_ok());
            found.foreign += foreign.len();
            for some in known.chunks(ASKED) {
                let sorted = self.sorted(some).await?;
                found.referenced += sorted.referenced;
                found.young += sorted.young;
                orphans.extend(sorted.orphans);
            }
            let Some(token) = page.next else {
                return Ok(orphans);
            };
            if !seen.insert(token.clone()) {
                return Err("the service's list of the bucket goes round in circles".to_owned());
            }
            next = Some(token);
        }
    }

    async fn sorted(&self, objects: &[Listed]) -> Result<Sorted, String> {
        let asked = self.asked(objects).await;
        asked.map_err(|failure| format!("the database cannot be asked: {failure}"))
    }

    /// Asks the database, in one transaction, which objects are young and which are named.
    async fn asked(&self, objects: &[Listed]) -> Result<Sorted, Failure> {
        let bridge = self.bridge;
        let mut link = bridge.link().await?;
        let transaction = link
            .client
            .build_transaction()
            .read_only(true)
            .start()
            .await?;
        let timeout = bridge.config.database.statement_timeout_ms.to_string();
        // The service says when an object was written with a zone; one without is in UTC.
        transaction
            .query_typed(
                "select pg_catalog.set_config('statement_timeout', $1, true),
                    pg_catalog.set_config('timezone', 'UTC', true)",
                &[(&timeout, Type::TEXT)],
            )
            .await?;
        let paths: Vec<&str> = objects.iter().map(|one| one.path.as_str()).collect();
        let times: Vec<&str> = objects.iter().map(|one| one.changed.as_str()).collect();
        let seconds = self.older_than.as_secs_f64();
        let old =
            "select listed.place from unnest($1::text[]) with ordinality as listed (changed, place)
            where listed.changed::timestamptz < now() - pg_catalog.make_interval(secs => $2)";
        let values = [
            (&times as _, Type::TEXT_ARRAY),
            (&seconds as _, Type::FLOAT8),
        ];
        let rows = transaction.query_typed(old, &values).await?;
        let old: HashSet<usize> = rows
            .iter()
            .map(|row| Ok(usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default()))
            .collect::<Result<_, Failure>>()?;
        let mut named = self.waiting(&transaction).await?;
        // Where a policy would hide a row, Postgres refuses to answer.
        transaction
            .query_typed(
                "select pg_catalog.set_config('role', $1, true), pg_catalog.set_config('row_security', 'off', true)",
                &[(&self.service, Type::TEXT)],
            )
            .await?;
        let rows = transaction
            .query_typed(self.question, &[(&paths, Type::TEXT_ARRAY)])
            .await?;
        for row in rows {
            named.insert(row.try_get(0)?);
        }
        transaction.commit().await?;
        let mut sorted = Sorted {
            orphans: Vec::new(),
            referenced: 0,
            young: 0,
        };
        for (place, object) in objects.iter().enumerate() {
            if named.contains(&object.path) {
                sorted.referenced += 1;
            } else if old.contains(&(place + 1)) {
                sorted.orphans.push(object.clone());
            } else {
                sorted.young += 1;
            }
        }
        Ok(sorted)
    }

    /// Every text in an open dead letter: its rows may come yet.
    async fn waiting(
        &self,
        transaction: &tokio_postgres::Transaction<'_>,
    ) -> Result<HashSet<String>, Failure> {
        let sql = format!(
            "select id, entries from {}.dead_letters where closed_at is null",
            quoted(&self.bridge.app.schema)
        );
        let mut texts = HashSet::new();
        for row in transaction.query_typed(&sql, &[]).await? {
            let id: i64 = row.try_get(0)?;
            for entry in row.try_get::<_, Vec<&str>>(1)? {
                let read = serde_json::from_str(entry).map_err(|error| {
                    Failure::Record(format!(
                        "an entry of dead letter {id} cannot be read: {error}"
                    ))
                })?;
                collect(read, &mut texts);
            }
        }
        Ok(texts)
    }
}

/// Adds every text of a value.
fn collect(value: serde_json::Value, into: &mut HashSet<String>) {
    match value {
        serde_json::Value::String(text) => {
            into.insert(text);
        }
        serde_json::Value::Array(values) => {
            for value in values {
                collect(value, into);
            }
        }
        serde_json::Value::Object(members) => {
            for (_, value) in members {
                collect(value, into);
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}
