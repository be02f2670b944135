//! Whether the bridge takes uploads.

use crate::app::Changes;
use crate::applied::quoted;
use crate::apply::{Bridge, Failure};
use crate::config::Access;
use metrics::gauge;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio_postgres::types::Type;

/// How long a trouble counts after it was met last.
const COUNTS: Duration = Duration::from_secs(60);

/// What somebody has to mend, such as a missing grant.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<Option<(Instant, String)>>);

impl Troubles {
    fn slot(&self) -> std::sync::MutexGuard<'_, Option<(Instant, String)>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn add(&self, failure: &Failure) {
        *self.slot() = Some((Instant::now(), failure.to_string()));
    }

    /// A transaction was applied.
    pub(crate) fn over(&self) {
        *self.slot() = None;
    }

    /// What is wrong now.
    pub(crate) fn now(&self) -> Option<String> {
        let slot = self.slot();
        let (at, what) = slot.as_ref()?;
        (at.elapsed() < COUNTS).then(|| what.clone())
    }
}

impl<C: Changes> Bridge<C> {
    /// Whether uploads are taken: the database answers, and holds the declaration that the bridge knows.
    ///
    /// # Errors
    /// Why not.
    pub async fn ready(&self) -> Result<(), String> {
        if let Some(trouble) = self.troubles.now() {
            return Err(trouble);
        }
        let link = self.link().await.map_err(|failure| failure.to_string())?;
        let sql = format!("select {}.fingerprint()", quoted(&self.app.schema));
        let rows = link.client.query_typed(&sql, &[]).await;
        let rows = rows.map_err(|error| Failure::from(error).to_string())?;
        let found: String = match rows.first() {
            Some(row) => row.try_get(0).map_err(|error| error.to_string())?,
            None => return Err("the database does not say what it holds".to_owned()),
        };
        let wanted = self.app.registry.fingerprint;
        match found == wanted {
            true => Ok(()),
            false => Err(format!(
                "the database holds the declaration {found}, and the bridge knows {wanted}: apply the migrations and `bridge.sql`"
            )),
        }
    }

    /// Sets what is measured when it is asked for: the connections, and the dead letters that are open.
    pub(crate) async fn gauges(&self) {
        let status = self.pool.status();
        gauge!("bridge_connections").set(status.size as f64);
        gauge!("bridge_connections_free").set(status.available as f64);
        gauge!("bridge_connections_waiting").set(status.waiting as f64);
        let sql = format!(
            "select count(*) from {}.dead_letters where closed_at is null",
            quoted(&self.app.schema)
        );
        let Ok(link) = self.link().await else {
            return;
        };
        let open: Option<i64> = match link.client.query_typed(&sql, &[]).await {
            Ok(rows) => rows.first().and_then(|row| row.try_get(0).ok()),
            Err(_) => None,
        };
        if let Some(open) = open {
            gauge!("bridge_dead_letters_open").set(open as f64);
        }
    }
}

impl<C: Changes> Bridge<C> {
    /// Whether the login has the rights that it needs, and no others: it becomes the callers, and policies bind it.
    ///
    /// # Errors
    /// What is wrong with it, or the database cannot be reached.
    pub async fn fits(&self) -> Result<(), String> {
        let link = self.link().await.map_err(|failure| failure.to_string())?;
        let mut roles: Vec<&str> = self.app.roles.iter().map(String::as_str).collect();
        if self.config.database.access == Access::Guarded {
            roles.extend(self.app.service_role.as_deref());
        }
        let rows = link
            .client
            .query_typed(
                "select (select rolsuper or rolbypassrls from pg_catalog.pg_roles where rolname = current_user),
                    array(select wanted from pg_catalog.unnest($1) as wanted
                        where not exists (select from pg_catalog.pg_roles where rolname = wanted
                            and pg_catalog.pg_has_role(oid, 'member')))",
                &[(&roles, Type::TEXT_ARRAY)],
            )
            .await
            .map_err(|error| Failure::from(error).to_string())?;
        let row = rows.first().ok_or("the database does not answer")?;
        let told = |error: tokio_postgres::Error| error.to_string();
        let missing: Vec<String> = row.try_get(1).map_err(told)?;
        if let Some(role) = missing.first() {
            return Err(format!(
                "the login cannot become `{role}`: run `setup.sql` as an administrator"
            ));
        }
        match row.try_get(0).map_err(told)? {
            true => Err(
                "the login bypasses row-level security: use a role without that right".to_owned(),
            ),
            false => Ok(()),
        }
    }
}
