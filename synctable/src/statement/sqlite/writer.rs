//! Who wrote a row of a device's SQLite last, and what stood before that client's writes.

use super::super::{Statements, WRITERS};
use super::rules::asks_for_writer;
use crate::crud::{Op, Write};
use crate::ident::Database;
use crate::table::TableDef;
use crate::words::Role;
use rusqlite::{Connection, OptionalExtension, params};

/// The row whose writer is kept.
pub(super) struct Writer {
    table: &'static TableDef,
    id: String,
}

/// What told, before a write, that the row stands as its last known writer left it.
#[derive(Default)]
pub(super) struct Stamp {
    /// Whether there was a row.
    stood: bool,
    edited_at: Option<String>,
    version: Option<i64>,
}

impl Writer {
    /// The row of a change, if the statements of its table ask who wrote it.
    pub(super) fn of(statements: &Statements, write: &Write<'_>) -> Option<Self> {
        let takes = [Op::Patch, Op::Delete].map(|op| statements.set.takes(op));
        (asks_for_writer(statements.table) && takes.contains(&true)).then(|| Writer {
            table: statements.table,
            id: write.id(),
        })
    }

    /// How the row stands.
    pub(super) fn stamp(&self, connection: &Connection) -> rusqlite::Result<Stamp> {
        let sql = format!(
            "SELECT {}, {} FROM {} AS stored WHERE stored.id = ?1",
            self.column(Role::EditedAt),
            self.column(Role::Version),
            self.name(),
        );
        let mut prepared = connection.prepare_cached(&sql)?;
        let stamp = prepared.query_row([&self.id], |row| {
            Ok(Stamp {
                stood: true,
                edited_at: row.get(0)?,
                version: row.get(1)?,
            })
        });
        Ok(stamp.optional()?.unwrap_or_default())
    }

    /// Notes who wrote the row; the row of a client that is not known has no note.
    pub(super) fn note(
        &self,
        connection: &Connection,
        client: Option<(&str, Stamp)>,
    ) -> rusqlite::Result<()> {
        let table = self.table.client_name;
        let Some((client, before)) = client else {
            let sql = format!("DELETE FROM {WRITERS} WHERE table_name = ?1 AND id = ?2");
            let mut prepared = connection.prepare_cached(&sql)?;
            return prepared.execute(params![table, self.id]).map(drop);
        };
        // A client's run of writes goes on while nobody else has written.
        let goes_on = "known.client = excluded.client AND NOT excluded.inserted
        AND known.edited_at IS excluded.edited_since AND known.version IS excluded.version_since";
        let sql = format!(
            "INSERT INTO {WRITERS} AS known
    (table_name, id, client, inserted, edited_since, version_since, edited_at, version)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, {}, {}
FROM {} AS stored WHERE stored.id = ?2
ON CONFLICT (table_name, id) DO UPDATE SET
    client = excluded.client,
    inserted = excluded.inserted OR (known.inserted AND {goes_on}),
    edited_since = iif({goes_on}, known.edited_since, excluded.edited_since),
    version_since = iif({goes_on}, known.version_since, excluded.version_since),
    edited_at = excluded.edited_at,
    version = excluded.version",
            self.column(Role::EditedAt),
            self.column(Role::Version),
            self.name(),
        );
        let mut prepared = connection.prepare_cached(&sql)?;
        let values = params![
            table,
            self.id,
            client,
            !before.stood,
            before.edited_at,
            before.version
        ];
        prepared.execute(values).map(drop)
    }

    fn column(&self, role: Role) -> String {
        match self.table.role(role).filter(|column| column.on_client()) {
            Some(column) => format!("stored.{}", Database::Sqlite.ident(column.client_name)),
            None => "NULL".to_owned(),
        }
    }

    fn name(&self) -> String {
        Database::Sqlite.ident(self.table.client_name).into_owned()
    }
}
