//! The outline of everything that a name can mean, before anything is looked at closely.

use super::kinds;
use crate::declaration::{self, Declaration, ExternalColumn, Side};
use crate::diagnostic::Diagnostics;
use crate::expr::{ColumnFact, Known, Row};
use crate::map::IndexMap;
use crate::model::{Auth, Postgres};
use std::collections::BTreeSet;
use synctable::{Direction, Kind, Scalar};

/// What names mean.
#[derive(Clone, Debug)]
pub(super) struct Shapes {
    /// Tables with their columns, enums with their labels, scopes with their kinds: what expressions look up.
    pub(super) known: Known,
    /// The columns of tables that exist elsewhere.
    pub(super) externals: IndexMap<String, IndexMap<String, Kind>>,
    /// Names of columns whose kind is not understood: what speaks of them is passed over.
    pub(super) broken: BTreeSet<String>,
}

impl Shapes {
    /// Resolves the kind of every column there is, and reports those that are none.
    pub(super) fn of(declaration: &Declaration, postgres: &Postgres, cx: &mut Diagnostics) -> Self {
        let mut shapes = Self {
            known: Known {
                user_id: postgres.user_id,
                ..Known::default()
            },
            externals: IndexMap::default(),
            broken: BTreeSet::new(),
        };
        for def in declaration.enums.values() {
            let labels = def.labels.iter().map(|label| label.value.clone()).collect();
            shapes.known.enums.insert(def.name.value.clone(), labels);
        }
        for table in declaration.tables.values() {
            let row = shapes.row(declaration, table, postgres, cx);
            shapes.known.tables.insert(table.name.value.clone(), row);
        }
        if postgres.auth == Auth::Supabase {
            let id = IndexMap::from_iter([("id".to_owned(), Kind::Scalar(Scalar::Uuid))]);
            shapes.externals.insert("auth.users".to_owned(), id);
        }
        for external in declaration.externals.values() {
            let kind = |column: &ExternalColumn, cx: &mut Diagnostics| {
                kinds::resolve(declaration, column.kind.as_ref(), cx)
            };
            let columns = external
                .columns
                .values()
                .filter_map(|column| Some((column.name.value.clone(), kind(column, cx)?)))
                .collect();
            shapes
                .externals
                .insert(external.name.value.clone(), columns);
        }
        shapes
    }

    fn row(
        &mut self,
        declaration: &Declaration,
        table: &declaration::Table,
        postgres: &Postgres,
        cx: &mut Diagnostics,
    ) -> Row {
        let client_name = table.client_name.as_ref().unwrap_or(&table.name);
        let schema = table
            .schema
            .as_ref()
            .map_or(&postgres.schema, |schema| &schema.value);
        let mut row = Row::new(&table.name.value);
        row.schema = Some(schema.clone());
        row.client_name.clone_from(&client_name.value);
        for column in table.columns.values() {
            let name = &column.name.value;
            let Some(kind) = kinds::resolve(declaration, column.kind.as_ref(), cx) else {
                self.broken.insert(name.clone());
                continue;
            };
            let client_name = column.client_name.as_ref().unwrap_or(&column.name);
            let fact = ColumnFact {
                kind: &kind,
                nullable: column.nullable.is_some(),
                client_name: &client_name.value,
                direction: direction(column),
            };
            row.add(name, fact);
        }
        row
    }
}

/// Who writes the column and where it exists, from `server`, `copied`, `identity`, `generated`, `on` and `secret`.
pub(super) fn direction(column: &declaration::Column) -> Direction {
    match column.on.as_ref().map(|on| on.value) {
        Some(Side::Client) => Direction::ClientOnly,
        Some(Side::Server) => Direction::ServerOnly,
        None if column.secret.is_some() => Direction::ServerOnly,
        None if column.server.is_some()
            || column.copied.is_some()
            || column.identity.is_some()
            || column.generated.is_some() =>
        {
            Direction::ServerOwned
        }
        None => Direction::Both,
    }
}
