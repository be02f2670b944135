//! Uniques, foreign keys, indexes and checks, those of single columns included.

use super::Resolver;
use super::expressions::Room;
use crate::declaration::{
    self, CheckBody as Written, ForeignKeyOptions, Name, NullsOrder, Part, Reference,
};
use crate::diagnostic::{Diagnostic, codes};
use crate::expr::written;
use crate::model::{
    Check, CheckBody, Expr, ForeignKey, Index, IndexPart, IndexSide, OnServer, Unique, UniquePart,
};
use synctable::FkAction;
use synctable::ident::derived_name;

/// The Postgres name of a thing that a table's entry declares: its own, or `<table>_<name>`.
pub(super) fn named(table: &declaration::Table, name: &Name, own: Option<&Name>) -> String {
    own.map_or_else(
        || derived_name(&[&table.name.value, &name.value], ""),
        |own| own.value.clone(),
    )
}

/// The Postgres name of a column's own thing: `<table>_<column>_<suffix>`.
fn of_column(table: &declaration::Table, column: &declaration::Column, suffix: &str) -> String {
    derived_name(&[&table.name.value, &column.name.value], suffix)
}

impl Resolver<'_, '_> {
    /// Uniques of columns, then those of the table.
    pub(super) fn uniques(&mut self, table: &declaration::Table) -> Vec<Unique> {
        let mut uniques: Vec<Unique> = table
            .columns
            .values()
            .filter(|column| column.unique.is_some() || column.refuse_clash.is_some())
            .map(|column| Unique {
                name: of_column(table, column, "key"),
                parts: vec![UniquePart::Column(column.name.value.clone())],
                predicate: None,
                nulls_not_distinct: false,
                deferrable: false,
                clash_is_refused: column.refuse_clash.is_some(),
            })
            .collect();
        for unique in table.uniques.values() {
            let parts: Vec<_> = unique
                .on
                .iter()
                .filter_map(|part| {
                    Some(match self.part(table, part)? {
                        Expr::Column(name) => UniquePart::Column(name),
                        expr => UniquePart::Expr(expr),
                    })
                })
                .collect();
            if parts.len() < unique.on.len() {
                continue;
            }
            let predicate = self.predicate(table, unique.predicate.as_ref());
            let deferrable = unique.deferrable;
            let unique = Unique {
                name: named(table, &unique.name, unique.own_name.as_ref()),
                parts,
                predicate,
                nulls_not_distinct: unique.nulls_not_distinct.is_some(),
                deferrable: deferrable.is_some(),
                clash_is_refused: unique.refuse_clash.is_some(),
            };
            if let (Some(span), false) = (deferrable, unique.is_constraint()) {
                self.cx.push(
                    Diagnostic::error(
                        codes::DEFERRABLE_INDEX,
                        format!("the unique `{}` is partial or covers an expression, so it cannot be deferred", unique.name),
                    )
                    .at(span)
                    .help("remove `deferrable`: Postgres defers only unique constraints over plain columns"),
                );
            }
            uniques.push(unique);
        }
        uniques
    }

    /// Foreign keys of columns, then those of the table.
    pub(super) fn foreign_keys(&mut self, table: &declaration::Table) -> Vec<ForeignKey> {
        let mut keys = Vec::new();
        for column in table.columns.values() {
            let Some(reference) = &column.references else {
                continue;
            };
            let name = of_column(table, column, "fkey");
            let columns = vec![column.name.value.clone()];
            keys.extend(self.foreign_key(name, columns, reference, &column.reference_options));
        }
        for key in table.foreign_keys.values() {
            let columns = self.own_columns(table, &key.columns);
            let Some(reference) = &key.references else {
                continue;
            };
            if columns.len() == key.columns.len() {
                let name = named(table, &key.name, key.own_name.as_ref());
                keys.extend(self.foreign_key(name, columns, reference, &key.options));
            }
        }
        keys
    }

    fn foreign_key(
        &mut self,
        name: String,
        columns: Vec<String>,
        reference: &Reference,
        options: &ForeignKeyOptions,
    ) -> Option<ForeignKey> {
        let shapes = &self.shapes;
        let target = reference.table.as_str();
        let known: Option<Vec<String>> = match shapes.known.tables.get(target) {
            // A column whose kind is not understood is still a column.
            Some(_) => Some(
                self.declaration.tables[target]
                    .columns
                    .keys()
                    .cloned()
                    .collect(),
            ),
            None => shapes
                .externals
                .get(target)
                .map(|columns| columns.keys().cloned().collect()),
        };
        let Some(known) = known else {
            let names: Vec<String> = shapes
                .known
                .tables
                .keys()
                .chain(shapes.externals.keys())
                .cloned()
                .collect();
            self.unknown(
                codes::UNKNOWN_TABLE,
                "table",
                &reference.table,
                names.iter().map(String::as_str),
            );
            return None;
        };
        let missing: Vec<Name> = reference
            .columns
            .iter()
            .filter(|column| !known.contains(&column.value))
            .cloned()
            .collect();
        for column in &missing {
            let what = format!("column of `{target}` named");
            self.unknown(
                codes::UNKNOWN_COLUMN,
                &what,
                column,
                known.iter().map(String::as_str),
            );
        }
        if !missing.is_empty() {
            return None;
        }
        let action = |action: &Option<declaration::Spanned<FkAction>>| {
            action
                .as_ref()
                .map_or(FkAction::NoAction, |action| action.value)
        };
        Some(ForeignKey {
            name,
            columns,
            table: reference.table.value.clone(),
            references: reference
                .columns
                .iter()
                .map(|column| column.value.clone())
                .collect(),
            on_delete: action(&options.on_delete),
            on_update: action(&options.on_update),
            deferrable: options.deferrable.is_some(),
            on_server: options
                .enforced
                .as_ref()
                .map_or(OnServer::Enforced, |enforced| enforced.value),
        })
    }

    /// The indexes; one with a part that cannot be understood is left out.
    pub(super) fn indexes(&mut self, table: &declaration::Table) -> Vec<Index> {
        let mut indexes = Vec::new();
        for index in table.indexes.values() {
            let parts: Vec<_> = index
                .on
                .iter()
                .filter_map(|part| {
                    Some(IndexPart {
                        expr: self.part(table, &part.part)?,
                        descending: part.desc.is_some(),
                        nulls_first: part
                            .nulls
                            .as_ref()
                            .map(|nulls| nulls.value == NullsOrder::First),
                    })
                })
                .collect();
            if parts.len() < index.on.len() {
                continue;
            }
            let predicate = self.predicate(table, index.predicate.as_ref());
            indexes.push(Index {
                name: named(table, &index.name, index.own_name.as_ref()),
                parts,
                predicate,
                include: self.own_columns(table, &index.include),
                method: index
                    .method
                    .as_ref()
                    .map_or_else(|| "btree".to_owned(), |method| method.value.clone()),
                side: index
                    .side
                    .as_ref()
                    .map_or(IndexSide::Server, |side| side.value),
            });
        }
        indexes
    }

    /// Checks of columns, then those of the table.
    pub(super) fn checks(&mut self, table: &declaration::Table) -> Vec<Check> {
        let mut checks = Vec::new();
        let room = Room::Check {
            table: &table.name.value,
        };
        for column in table.columns.values() {
            if let Some(body) = column
                .check
                .as_ref()
                .and_then(|check| self.check_body(check, room))
            {
                checks.push(Check {
                    name: of_column(table, column, "check"),
                    body,
                    on_server: OnServer::Enforced,
                });
            }
        }
        for check in table.checks.values() {
            if let Some(body) = check
                .body
                .as_ref()
                .and_then(|body| self.check_body(body, room))
            {
                checks.push(Check {
                    name: named(table, &check.name, check.own_name.as_ref()),
                    body,
                    on_server: check
                        .enforced
                        .as_ref()
                        .map_or(OnServer::Enforced, |enforced| enforced.value),
                });
            }
        }
        checks
    }

    /// A check's body: one expression, or a text for each dialect as it is.
    pub(super) fn check_body(&mut self, check: &Written, room: Room<'_>) -> Option<CheckBody> {
        Some(match check {
            Written::Expr(snippet) => CheckBody::Expr(self.expression(snippet, room)?),
            Written::Sql {
                postgres, sqlite, ..
            } => {
                let postgres_reads = postgres
                    .as_ref()
                    .is_none_or(|sql| self.written("the check", sql, written::expression));
                let sqlite_reads = sqlite
                    .as_ref()
                    .is_none_or(|sql| self.written("the check", sql, written::sqlite));
                if !postgres_reads || !sqlite_reads {
                    return None;
                }
                CheckBody::Sql {
                    postgres: postgres.as_ref().map(|sql| sql.text.trim().to_owned()),
                    sqlite: sqlite.as_ref().map(|sql| sql.text.trim().to_owned()),
                }
            }
        })
    }

    pub(super) fn part(&mut self, table: &declaration::Table, part: &Part) -> Option<Expr> {
        match part {
            Part::Column(name) => self
                .own_column(table, name)
                .then(|| Expr::Column(name.value.clone())),
            Part::Expr(snippet) => self.expression(
                snippet,
                Room::IndexPart {
                    table: &table.name.value,
                },
            ),
        }
    }

    pub(super) fn predicate(
        &mut self,
        table: &declaration::Table,
        predicate: Option<&declaration::Snippet>,
    ) -> Option<Expr> {
        self.expression(
            predicate?,
            Room::Predicate {
                table: &table.name.value,
            },
        )
    }
}
