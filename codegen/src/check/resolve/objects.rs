//! What stands beside tables: enums, domains, scopes, externals, views, hand-written SQL, buckets.

use super::expressions::{Room, words};
use super::{Resolver, Shapes};
use crate::declaration::{self, Declaration, Name};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::expr::Row;
use crate::expr::written;
use crate::map::IndexMap;
use crate::model::{
    Access, DomainDef, EnumDef, External, ObjectReference, Postgres, Select, SqlObject, SqlPhase,
    StorageBucket, View, ViewBody,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use synctable::{EnumStorage, Kind, KindSyntax, Scalar};

/// The most scopes of which each reads the next: every one is a call inside of a call in Postgres, and a query inside of
/// a query in a sync stream.
const MOST_DEEP: usize = 100;

/// The declared enums; a retired label is one of the labels.
pub(super) fn enums(
    declaration: &Declaration,
    postgres: &Postgres,
    cx: &mut Diagnostics,
) -> IndexMap<String, EnumDef> {
    let mut enums = IndexMap::default();
    for def in declaration.enums.values() {
        let labels: Vec<String> = def.labels.iter().map(|label| label.value.clone()).collect();
        for retired in def
            .retired
            .iter()
            .filter(|retired| !labels.contains(&retired.value))
        {
            cx.push(
                Diagnostic::error(
                    codes::UNKNOWN_LABEL,
                    format!(
                        "`{}` is retired, but it is not a label of `{}`",
                        retired.value, def.name.value
                    ),
                )
                .at(retired.span)
                .help("keep the retired label under `labels`, for the rows that have it"),
            );
        }
        for (old, new) in &def.replaced {
            if !labels.contains(&new.value) {
                cx.push(
                    Diagnostic::error(
                        codes::UNKNOWN_LABEL,
                        format!(
                            "`{}` is replaced by `{}`, which is not a label of `{}`",
                            old.value, new.value, def.name.value
                        ),
                    )
                    .at(new.span)
                    .help("name one of the `labels`"),
                );
            }
            if labels.contains(&old.value) {
                cx.push(
                    Diagnostic::error(
                        codes::RENAME_OF_EXISTING,
                        format!(
                            "`{}` cannot be both replaced and a label of `{}`",
                            old.value, def.name.value
                        ),
                    )
                    .at(old.span)
                    .help(format!(
                        "remove `{}` from `labels`, or from `replaced`",
                        old.value
                    )),
                );
            }
        }
        if !def.labels.is_empty()
            && def
                .labels
                .iter()
                .all(|label| def.retired.iter().any(|r| r.value == label.value))
        {
            cx.push(
                Diagnostic::error(
                    codes::ALL_RETIRED,
                    format!(
                        "every label of `{}` is retired, so no value can be written",
                        def.name.value
                    ),
                )
                .at(def.name.span)
                .help("keep at least one label that is not retired"),
            );
        }
        enums.insert(
            def.name.value.clone(),
            EnumDef {
                name: def.name.value.clone(),
                schema: schema(postgres, def.schema.as_ref()),
                was: def.was.as_ref().map(|was| was.value.clone()),
                doc: def.doc.as_ref().map(|doc| doc.value.clone()),
                labels,
                retired: def
                    .retired
                    .iter()
                    .map(|label| label.value.clone())
                    .collect(),
                replaced: def
                    .replaced
                    .iter()
                    .map(|(old, new)| (old.value.clone(), new.value.clone()))
                    .collect(),
                storage: def
                    .storage
                    .as_ref()
                    .map_or(EnumStorage::Native, |storage| storage.value),
            },
        );
    }
    enums
}

fn schema(postgres: &Postgres, declared: Option<&Name>) -> String {
    declared
        .map_or(&postgres.schema, |schema| &schema.value)
        .clone()
}

impl Resolver<'_, '_> {
    /// The domains: a scalar and a check.
    pub(super) fn domains(&mut self) -> IndexMap<String, DomainDef> {
        let declaration = self.declaration;
        let mut domains = IndexMap::default();
        for def in declaration.domains.values() {
            if let Some(taken) = declaration.enums.get(&def.name.value) {
                self.cx.push(
                    Diagnostic::error(
                        codes::KIND_NAME_TAKEN,
                        format!("an enum and a domain are both named `{}`", def.name.value),
                    )
                    .at(def.name.span)
                    .label(taken.name.span, "the enum")
                    .help("give one of them another name"),
                );
            }
            let Some(kind) = &def.kind else { continue };
            let KindSyntax::Scalar(base) = kind.value else {
                self.cx.push(
                    Diagnostic::error(
                        codes::DOMAIN_KIND,
                        "the kind of a domain must be a single value, such as `text`",
                    )
                    .at(kind.span)
                    .help(format!("use one of `{}`", Scalar::NAMES.join("`, `"))),
                );
                continue;
            };
            let check = def
                .check
                .as_ref()
                .and_then(|check| self.check_body(check, Room::Domain { base }));
            domains.insert(
                def.name.value.clone(),
                DomainDef {
                    name: def.name.value.clone(),
                    schema: schema(self.postgres, def.schema.as_ref()),
                    was: def.was.as_ref().map(|was| was.value.clone()),
                    doc: def.doc.as_ref().map(|doc| doc.value.clone()),
                    base,
                    check,
                },
            );
        }
        domains
    }

    /// The scopes, each after those it reads; one that reads itself is an error.
    pub(super) fn scopes(&mut self) -> IndexMap<String, Select> {
        let declaration = self.declaration;
        self.scope_names();
        // How many scopes each waits for, and which wait for it.
        let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
        let mut waited_for: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut ready: VecDeque<&str> = VecDeque::new();
        for scope in declaration.scopes.values() {
            let name = scope.name.value.as_str();
            let read: BTreeSet<&str> = words(&scope.select.text)
                .filter_map(|word| declaration.scopes.get_key_value(word))
                .map(|(read, _)| read.as_str())
                .collect();
            if read.is_empty() {
                ready.push_back(name);
            } else {
                waiting.insert(name, read.len());
            }
            for other in read {
                waited_for.entry(other).or_default().push(name);
            }
        }
        let mut done: IndexMap<&str, Option<Select>> = IndexMap::default();
        let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
        while let Some(name) = ready.pop_front() {
            let scope = &declaration.scopes[name];
            let mut select = self.select(&scope.select);
            if let Some(read) = &select {
                let below = read
                    .scopes()
                    .into_iter()
                    .filter_map(|read| depths.get(read));
                let depth = 1 + below.max().copied().unwrap_or(0);
                if depth > MOST_DEEP {
                    // What reads it is not told again.
                    self.too_deep(scope);
                    select = None;
                } else {
                    depths.insert(name, depth);
                }
            }
            let kind = select
                .as_ref()
                .and_then(|select| self.shapes.known.kind_of_select(select));
            self.shapes
                .to_mut()
                .known
                .scopes
                .insert(name.to_owned(), kind);
            done.insert(name, select);
            for reader in waited_for.remove(name).unwrap_or_default() {
                let left = waiting.get_mut(reader).expect("it waits");
                *left -= 1;
                if *left == 0 {
                    waiting.remove(reader);
                    ready.push_back(reader);
                }
            }
        }
        // What still waits goes in circles.
        for name in waiting.into_keys() {
            let scope = &declaration.scopes[name];
            self.cx.push(
                Diagnostic::error(
                    codes::SCOPE_CIRCLE,
                    format!("the scope `{name}` reads itself"),
                )
                .at(scope.name.span)
                .help("read tables, or scopes that do not read this one"),
            );
            self.shapes
                .to_mut()
                .known
                .scopes
                .insert(name.to_owned(), None);
        }
        declaration
            .scopes
            .keys()
            .filter_map(|name| Some((name.clone(), done.swap_remove(name.as_str())??)))
            .collect()
    }

    fn too_deep(&mut self, scope: &declaration::Scope) {
        self.cx.push(
            Diagnostic::error(
                codes::SCOPE_DEPTH,
                format!(
                    "the scope `{}` is at the end of a chain of {MOST_DEEP} scopes, which is the limit",
                    scope.name.value
                ),
            )
            .at(scope.name.span)
            .help("store memberships in a table, and read that table in the scope"),
        );
    }

    /// Scopes share the namespace of columns, so that `x in (name)` never means two things.
    fn scope_names(&mut self) {
        for scope in self.declaration.scopes.values() {
            let name = &scope.name.value;
            let taken = self.declaration.tables.values().find_map(|table| {
                let column = table.columns.get(name)?;
                Some((&table.name.value, column.name.span))
            });
            if let Some((table, span)) = taken {
                self.cx.push(
                    Diagnostic::error(
                        codes::SCOPE_IS_COLUMN,
                        format!("the scope `{name}` has the same name as a column of `{table}`"),
                    )
                    .at(scope.name.span)
                    .label(span, "the column")
                    .help("give the scope another name, such as `my_…`"),
                );
            }
        }
    }

    /// The tables that exist elsewhere.
    pub(super) fn externals(&mut self) -> IndexMap<String, External> {
        let Shapes { externals, .. } = &*self.shapes;
        externals
            .iter()
            .filter_map(|(name, columns)| {
                let (schema, table) = name.split_once('.')?;
                let external = External {
                    schema: schema.to_owned(),
                    name: table.to_owned(),
                    columns: columns.clone(),
                };
                Some((name.clone(), external))
            })
            .collect()
    }

    /// The views.
    pub(super) fn views(&mut self) -> IndexMap<String, View> {
        let declaration = self.declaration;
        let mut views = IndexMap::default();
        for view in declaration.views.values() {
            let Some((body, depends_on)) = view.body.as_ref().and_then(|body| self.view_body(body))
            else {
                continue;
            };
            views.insert(
                view.name.value.clone(),
                View {
                    name: view.name.value.clone(),
                    schema: schema(self.postgres, view.schema.as_ref()),
                    doc: view.doc.as_ref().map(|doc| doc.value.clone()),
                    body,
                    depends_on,
                    security_invoker: view.security_invoker.as_ref().is_none_or(|flag| flag.value),
                },
            );
        }
        views
    }

    fn view_body(&mut self, body: &declaration::ViewBody) -> Option<(ViewBody, Vec<String>)> {
        match body {
            declaration::ViewBody::Columns {
                from,
                columns,
                filter,
            } => {
                if !self.shapes.known.tables.contains_key(&from.value) {
                    let names: Vec<String> = self.shapes.known.tables.keys().cloned().collect();
                    self.unknown(
                        codes::UNKNOWN_TABLE,
                        "table",
                        from,
                        names.iter().map(String::as_str),
                    );
                    return None;
                }
                let columns = columns
                    .values()
                    .filter_map(|column| {
                        let room = Room::ViewColumn { table: &from.value };
                        Some((
                            column.name.value.clone(),
                            self.expression(&column.expr, room)?,
                        ))
                    })
                    .collect();
                let filter = filter.as_ref().and_then(|filter| {
                    self.expression(filter, Room::ViewFilter { table: &from.value })
                });
                let body = ViewBody::Columns {
                    table: from.value.clone(),
                    columns,
                    filter,
                };
                Some((body, vec![from.value.clone()]))
            }
            declaration::ViewBody::Sql {
                reads,
                postgres,
                sqlite,
            } => {
                let declaration = self.declaration;
                let known = || {
                    declaration
                        .tables
                        .keys()
                        .chain(declaration.views.keys())
                        .map(String::as_str)
                };
                for name in reads {
                    if !known().any(|known| known == name.value) {
                        self.unknown(codes::UNKNOWN_TABLE, "table or view", name, known());
                    }
                }
                let what = "the query";
                let postgres_reads = postgres
                    .as_ref()
                    .is_none_or(|sql| self.written(what, sql, written::query));
                let sqlite_reads = sqlite
                    .as_ref()
                    .is_none_or(|sql| self.written(what, sql, written::sqlite));
                if !postgres_reads || !sqlite_reads {
                    return None;
                }
                let text = |sql: &Option<declaration::Snippet>| {
                    sql.as_ref().map(|sql| sql.text.trim().to_owned())
                };
                let body = ViewBody::Sql {
                    postgres: text(postgres),
                    sqlite: text(sqlite),
                };
                Some((body, reads.iter().map(|name| name.value.clone()).collect()))
            }
        }
    }

    /// Hand-written SQL; what it needs is declared.
    pub(super) fn sql(&mut self) -> IndexMap<String, SqlObject> {
        let declaration = self.declaration;
        let mut objects = IndexMap::default();
        for object in declaration.sql.values() {
            for need in &object.needs {
                self.need(need);
            }
            let Some(up) = &object.up else { continue };
            let name = &object.name.value;
            let up_reads = self.written(&format!("`{name}`"), up, written::statements);
            let back = format!("what takes `{name}` back");
            let down_reads = object
                .down
                .as_ref()
                .is_none_or(|down| self.written(&back, down, written::statements));
            if !up_reads || !down_reads {
                continue;
            }
            objects.insert(
                object.name.value.clone(),
                SqlObject {
                    name: object.name.value.clone(),
                    doc: object.doc.as_ref().map(|doc| doc.value.clone()),
                    phase: object
                        .phase
                        .as_ref()
                        .map_or(SqlPhase::AfterTables, |phase| phase.value),
                    up: up.text.trim_end().to_owned(),
                    down: object
                        .down
                        .as_ref()
                        .map(|down| down.text.trim_end().to_owned()),
                    depends_on: object.needs.iter().map(|need| need.value.clone()).collect(),
                },
            );
        }
        objects
    }

    /// A need is a table, `table.column`, an enum, a domain, a view, or another piece of SQL.
    fn need(&mut self, need: &Name) {
        let declaration = self.declaration;
        let things = || {
            declaration
                .tables
                .keys()
                .chain(declaration.enums.keys())
                .chain(declaration.domains.keys())
                .chain(declaration.views.keys())
                .chain(declaration.sql.keys())
                .map(String::as_str)
        };
        match need.value.split_once('.') {
            Some((table, column)) => {
                self.has_column(need, table, column);
            }
            None if things().any(|thing| thing == need.value) => {}
            None => self.unknown(
                codes::UNKNOWN_NEED,
                "table, kind, view or SQL named",
                need,
                things(),
            ),
        }
    }

    /// Storage buckets; their rules speak of the folders of an object's path.
    pub(super) fn storage(&mut self) -> IndexMap<String, StorageBucket> {
        let declaration = self.declaration;
        let mut buckets = IndexMap::default();
        for bucket in declaration.storage.values() {
            let row = bucket
                .path
                .iter()
                .fold(Row::new(&bucket.name.value), |row, folder| {
                    row.with(&folder.value, Kind::Scalar(Scalar::Text))
                });
            let access = match &bucket.access {
                Some(access) => self.access(access, Room::Object { row: &row }),
                None => Access::default(),
            };
            buckets.insert(
                bucket.name.value.clone(),
                StorageBucket {
                    name: bucket.name.value.clone(),
                    doc: bucket.doc.as_ref().map(|doc| doc.value.clone()),
                    public: bucket.public.is_some(),
                    path: bucket
                        .path
                        .iter()
                        .map(|folder| folder.value.clone())
                        .collect(),
                    access,
                    references: bucket
                        .references
                        .iter()
                        .filter_map(|column| self.object_reference(column))
                        .collect(),
                },
            );
        }
        buckets
    }

    /// `table.column` of a bucket.
    fn object_reference(&mut self, name: &Name) -> Option<ObjectReference> {
        let Some((table, column)) = name.value.split_once('.') else {
            self.cx.push(
                Diagnostic::error(
                    codes::UNKNOWN_COLUMN,
                    format!("`{}` is not a column of a table", name.value),
                )
                .at(name.span)
                .help("write `table.column`"),
            );
            return None;
        };
        self.has_column(name, table, column)
            .then(|| ObjectReference {
                table: table.to_owned(),
                column: column.to_owned(),
            })
    }

    /// Whether a column is declared, which is an error at `name` otherwise.
    fn has_column(&mut self, name: &Name, table: &str, column: &str) -> bool {
        let declaration = self.declaration;
        let Some(known) = declaration.tables.get(table) else {
            let name = Name::new(table.to_owned(), name.span);
            let tables = declaration.tables.keys().map(String::as_str);
            self.unknown(codes::UNKNOWN_TABLE, "table", &name, tables);
            return false;
        };
        if !known.columns.contains_key(column) {
            let name = Name::new(column.to_owned(), name.span);
            let what = format!("column of `{table}` named");
            let columns = known.columns.keys().map(String::as_str);
            self.unknown(codes::UNKNOWN_COLUMN, &what, &name, columns);
            return false;
        }
        true
    }
}
