//! One table, put together from its parts.

use super::Resolver;
use crate::declaration::{self, TrackPrevious};
use crate::map::IndexMap;
use crate::model::{ClientOptions, Expr, ForeignKey, Index, IndexPart, IndexSide, Table, Uploads};
use synctable::{ConflictRule, DeleteRule, Direction, Role, SyncMode, derived_name};

impl Resolver<'_, '_> {
    /// The table as far as it can be understood; `None` where not even its direction is known.
    pub(super) fn table(&mut self, table: &declaration::Table) -> Option<Table> {
        // Parts are resolved even so, for their own mistakes.
        let declared = table.sync.as_ref().map(|sync| sync.value);
        let sync = declared.unwrap_or(SyncMode::Both);
        let mut columns =
            IndexMap::with_capacity_and_hasher(table.columns.len(), Default::default());
        for column in table.columns.values() {
            let resolved = self.column(table, column);
            columns.extend(resolved.map(|resolved| (column.name.value.clone(), resolved)));
        }
        let key = self.key(table);
        let (id, recipe) = self.id(table, &columns, &key);
        let uniques = self.uniques(table);
        let exclusions = self.exclusions(table);
        let foreign_keys = self.foreign_keys(table);
        refer(&mut columns, &foreign_keys);
        let mut indexes = self.indexes(table);
        if sync.on_server() {
            indexes.extend(pulled(table, &columns, &key));
        }
        let checks = self.checks(table);
        let access = table
            .access
            .as_ref()
            .map(|access| self.table_access(table, access));
        let has = |role| columns.values().any(|column| column.role == Some(role));
        let up = table.up.unwrap_or(Uploads::inserts());
        let conflict = table.conflict.as_ref().map(|rule| rule.value).unwrap_or({
            // Without a time of editing, `last_write_wins` is refused by a rule unless nothing is ever in conflict.
            match sync {
                SyncMode::Both => ConflictRule::LastWriteWins,
                SyncMode::Down | SyncMode::None => ConflictRule::ServerWins,
                SyncMode::Up if up.is_inserts() => ConflictRule::AppendOnly,
                SyncMode::Up if has(Role::EditedAt) => ConflictRule::LastWriteWins,
                SyncMode::Up => ConflictRule::LastUploadWins,
                SyncMode::Local => ConflictRule::LastUploadWins,
            }
        });
        let deletable = access
            .as_ref()
            .is_some_and(|access| !access.delete.is_empty());
        let delete = table.delete.as_ref().map(|rule| rule.value).unwrap_or({
            if has(Role::Tombstone) {
                DeleteRule::Soft
            } else if deletable || sync == SyncMode::Local {
                DeleteRule::Hard
            } else {
                DeleteRule::Denied
            }
        });
        let upsert_on = match &table.upsert_on {
            Some(declared) => self.own_columns(table, &declared.value),
            None => key.clone(),
        };
        let client = self.client_options(table, &columns);
        let seeds = self.seeds(table, &columns, &key, recipe.as_ref());
        Some(Table {
            name: table.name.value.clone(),
            schema: table.schema.as_ref().map_or_else(
                || self.postgres.schema.clone(),
                |schema| schema.value.clone(),
            ),
            client_name: table
                .client_name
                .as_ref()
                .map_or_else(|| table.name.value.clone(), |name| name.value.clone()),
            was: table.was.as_ref().map(|was| was.value.clone()),
            doc: table.doc.as_ref().map(|doc| doc.value.clone()),
            sync: declared?,
            up,
            columns: columns.into(),
            key,
            key_name: table.key_name.as_ref().map(|name| name.value.clone()),
            id,
            recipe,
            uniques,
            exclusions,
            foreign_keys,
            indexes,
            checks,
            access,
            conflict,
            delete,
            upsert_on,
            client,
            seeds,
        })
    }

    fn client_options(
        &mut self,
        table: &declaration::Table,
        columns: &IndexMap<String, crate::model::Column>,
    ) -> ClientOptions {
        let declared = &table.client;
        let track_previous = match &declared.track_previous {
            None => Vec::new(),
            Some(TrackPrevious::All(_)) => columns
                .values()
                .filter(|column| {
                    column.direction == Direction::Both && !table_key(table, &column.name)
                })
                .map(|column| column.name.clone())
                .collect(),
            Some(TrackPrevious::Columns(names)) => self.own_columns(table, names),
        };
        ClientOptions {
            track_metadata: declared.track_metadata.is_some(),
            track_previous,
            ignore_empty_updates: declared.ignore_empty_updates.is_some(),
            view_name: declared.view_name.as_ref().map(|name| name.value.clone()),
            raw: declared.raw.is_some(),
        }
    }

    /// The names among a list that the table has as columns; the others are reported.
    pub(super) fn own_columns(
        &mut self,
        table: &declaration::Table,
        names: &[declaration::Name],
    ) -> Vec<String> {
        names
            .iter()
            .filter(|name| self.own_column(table, name))
            .map(|name| name.value.clone())
            .collect()
    }

    /// Whether the table has the column; reported where it has not.
    pub(super) fn own_column(
        &mut self,
        table: &declaration::Table,
        name: &declaration::Name,
    ) -> bool {
        let known = table.columns.contains_key(&name.value);
        if !known {
            let what = format!("column of `{}` named", table.name.value);
            self.unknown(
                crate::diagnostic::codes::UNKNOWN_COLUMN,
                &what,
                name,
                table.columns.keys().map(String::as_str),
            );
        }
        known
    }
}

/// Fills in which columns of its row a copied column's `by` refers to, as a foreign key of the table says.
fn refer(columns: &mut IndexMap<String, crate::model::Column>, foreign_keys: &[ForeignKey]) {
    for copied in columns
        .values_mut()
        .filter_map(|column| column.copied.as_mut())
    {
        let mut keys = foreign_keys.iter();
        let key = keys.find(|key| key.table == copied.table && key.columns == copied.by);
        copied.references = key.map(|key| key.references.clone()).unwrap_or_default();
    }
}

/// The index by which pages of the rows that changed are found.
fn pulled(
    table: &declaration::Table,
    columns: &IndexMap<String, crate::model::Column>,
    key: &[String],
) -> Option<Index> {
    let changed = columns
        .values()
        .find(|column| column.role == Some(Role::Changed))?;
    let parts = [&changed.name].into_iter().chain(key);
    Some(Index {
        name: derived_name(&[&table.name.value, &changed.name], "idx"),
        parts: parts
            .map(|name| IndexPart {
                expr: Expr::Column(name.clone()),
                descending: false,
                nulls_first: None,
            })
            .collect(),
        predicate: None,
        method: "btree".to_owned(),
        side: IndexSide::Server,
        include: Vec::new(),
    })
}

fn table_key(table: &declaration::Table, column: &str) -> bool {
    table
        .key
        .as_ref()
        .is_some_and(|key| key.value.iter().any(|name| name.value == column))
        || table
            .columns
            .get(column)
            .is_some_and(|column| column.key.is_some())
}
