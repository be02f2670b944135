//! Notes of rows that went are removed after a time; a device that was away for longer takes everything anew.

use crate::app::Changes;
use crate::applied::quoted;
use crate::apply::{Bridge, Failure};
use tokio_postgres::types::Type;

/// How many notes a statement removes at most.
const PURGED: i64 = 10_000;

impl<C: Changes> Bridge<C> {
    /// Removes the notes of rows that went so many days ago.
    ///
    /// # Errors
    /// The database fails.
    pub async fn purge_pull(&self) -> Result<i64, String> {
        if self.app.pull.is_none() {
            return Ok(0);
        }
        let days = i32::try_from(self.config.pull.keep_days).unwrap_or(i32::MAX);
        let schema = quoted(&self.app.schema);
        let sql = format!(
            "with removed as (
                delete from {schema}.gone
                    where number in (select number from {schema}.gone
                        where noted_at < now() - pg_catalog.make_interval(days => $1) limit {PURGED})
                    returning changed
            ), noted as (
                update {schema}.pulled
                    set purged = greatest(purged, (select max(changed) + 1 from removed))
                    where exists (select from removed)
            )
            select count(*) from removed"
        );
        let link = self.link().await.map_err(|failure| failure.to_string())?;
        let mut total = 0;
        loop {
            let rows = link.client.query_typed(&sql, &[(&days, Type::INT4)]).await;
            let rows = rows.map_err(|error| Failure::from(error).to_string())?;
            let some: i64 = match rows.first() {
                Some(row) => row.try_get(0).map_err(|error| error.to_string())?,
                None => 0,
            };
            total += some;
            if some < PURGED {
                return Ok(total);
            }
        }
    }
}
