//! The SQLite catalog that a model asks for.
//!
//! A replica never refuses a server row: what is shared with the server has its key and nothing else; what the device
//! alone has, has everything that is declared.

use super::{MAIN, OF_KIND, text};
use crate::catalog::{
    Catalog, Check, Column, Deferral, ForeignKey, Formula, Index, Key, Name, Part, Table, Unique,
    View,
};
use crate::expr::print::{self, PrintContext};
use crate::expr::{Known, Row};
use crate::map::IndexMap;
use crate::model::{self, CheckBody, DefaultValue, Expr, IndexSide, Model, UniquePart, ViewBody};
use synctable::facts::ColumnType;
use synctable::statement::WRITERS;
use synctable::table::CLIENT_ID;
use synctable::{Database, Element, Kind, Scalar, SyncMode, derived_name};

/// What a device's SQLite holds.
///
/// What SQLite cannot say is left out; the target `sqlite` refuses it before.
pub fn lower(model: &Model) -> Catalog {
    let known = Known::of(model);
    let tables = model.tables.values().filter(|table| table.sync.on_client());
    let tables = tables.map(|table| {
        let device = Device {
            model,
            table,
            known: &known,
            row: Row::of(table),
        };
        (Name::new(MAIN, &table.client_name), device.lower())
    });
    let mut tables: IndexMap<Name, Table> = tables.collect();
    if keeps_writers(model) {
        tables.insert(Name::new(MAIN, WRITERS), writers());
    }
    Catalog {
        tables,
        views: model
            .views
            .values()
            .filter_map(|view| lower_view(model, view))
            .collect(),
        ..Catalog::default()
    }
}

/// Whether the device keeps who wrote a row last, for the statements of some table.
pub(crate) fn keeps_writers(model: &Model) -> bool {
    let client = &model.postgres.roles.client;
    let mut tables = model.tables.values();
    tables.any(|table| table.sync.on_client() && table.keeps_writers(client))
}

/// The columns of the table that keeps it, with their types and whether they are nullable.
pub(crate) const WRITERS_COLUMNS: [(&str, &str, bool); 8] = [
    ("table_name", "TEXT", false),
    ("id", "TEXT", false),
    ("client", "TEXT", false),
    ("inserted", "INTEGER", false),
    ("edited_since", "TEXT", true),
    ("edited_at", "TEXT", true),
    ("version_since", "INTEGER", true),
    ("version", "INTEGER", true),
];

/// The key of that table.
pub(crate) const WRITERS_KEY: [&str; 2] = ["table_name", "id"];

fn writers() -> Table {
    let column = |(name, sql_type, nullable): &(&str, &str, bool)| {
        let column = Column {
            nullable: *nullable,
            ..plain(sql_type)
        };
        ((*name).to_owned(), column)
    };
    Table {
        columns: WRITERS_COLUMNS.iter().map(column).collect(),
        key: Some(Key {
            name: String::new(),
            columns: WRITERS_KEY.map(str::to_owned).to_vec(),
            deferral: Deferral::Never,
        }),
        strict: true,
        ..Table::default()
    }
}

fn lower_view(model: &Model, view: &model::View) -> Option<(Name, View)> {
    let columns = match &view.body {
        ViewBody::Columns { table, columns, .. } => model.tables[table]
            .sync
            .on_client()
            .then(|| Some(columns.keys().cloned().collect()))?,
        ViewBody::Sql { sqlite, .. } => sqlite.as_ref().map(|_| None)?,
    };
    let lowered = View {
        columns,
        query: None,
        security_invoker: false,
        grants: IndexMap::default(),
        comment: None,
    };
    Some((Name::new(MAIN, &view.name), lowered))
}

struct Device<'a> {
    model: &'a Model,
    table: &'a model::Table,
    known: &'a Known,
    row: Row,
}

impl Device<'_> {
    fn lower(&self) -> Table {
        let alone = self.table.sync == SyncMode::Local;
        Table {
            columns: if alone {
                self.own_columns()
            } else {
                self.shared_columns()
            },
            key: Some(Key {
                name: String::new(),
                columns: match alone {
                    true => self.clients(&self.table.key),
                    false => vec![CLIENT_ID.to_owned()],
                },
                deferral: Deferral::Never,
            }),
            uniques: if alone {
                self.uniques()
            } else {
                IndexMap::default()
            },
            foreign_keys: if alone {
                self.foreign_keys()
            } else {
                IndexMap::default()
            },
            checks: if alone {
                self.checks()
            } else {
                IndexMap::default()
            },
            indexes: self.indexes(),
            strict: true,
            ..Table::default()
        }
    }

    fn columns(&self) -> impl Iterator<Item = &model::Column> {
        let columns = self.table.columns.values();
        columns.filter(|column| column.is_on_device())
    }

    /// The text `id` first, unless a column is it.
    fn shared_columns(&self) -> IndexMap<String, Column> {
        let id = || Column {
            nullable: false,
            ..plain("TEXT")
        };
        let mut columns = IndexMap::from_iter([(CLIENT_ID.to_owned(), id())]);
        for column in self
            .columns()
            .filter(|column| column.client_name != CLIENT_ID)
        {
            let lowered = Column {
                generated: self.generated(column),
                ..plain(column_type(column))
            };
            columns.insert(column.client_name.clone(), lowered);
        }
        columns
    }

    fn own_columns(&self) -> IndexMap<String, Column> {
        let columns = self.columns().map(|column| {
            let default = column.default.as_ref().and_then(|value| match value {
                DefaultValue::Expr(Expr::Literal(literal)) => {
                    Some(print::constant(literal, &column.kind, Database::Sqlite))
                }
                // SQLite keeps a default without the parentheses that it has to stand in.
                DefaultValue::Expr(expr) => self.print(expr, Some(&column.kind)),
                DefaultValue::Sql(_) => None,
            });
            let lowered = Column {
                nullable: column.nullable,
                default: default.map(|text| Formula::Sql(text::canonical(&text))),
                generated: self.generated(column),
                ..plain(column_type(column))
            };
            (column.client_name.clone(), lowered)
        });
        columns.collect()
    }

    fn generated(&self, column: &model::Column) -> Option<Formula> {
        let text = self.print(&column.generated.as_ref()?.expr, Some(&column.kind))?;
        Some(Formula::Sql(text::canonical(&text)))
    }

    fn uniques(&self) -> IndexMap<String, Unique> {
        let part = |part: &UniquePart| match part {
            UniquePart::Column(name) => self.part(&Expr::Column(name.clone()), false),
            UniquePart::Expr(expr) => self.part(expr, false),
        };
        let uniques = self.table.uniques.iter().map(|unique| {
            let lowered = Unique {
                constraint: unique.is_constraint(),
                parts: unique.parts.iter().map(part).collect(),
                predicate: unique
                    .predicate
                    .as_ref()
                    .and_then(|expr| self.condition(expr)),
                nulls_not_distinct: unique.nulls_not_distinct,
                deferral: Deferral::declared(unique.deferrable),
                include: Vec::new(),
            };
            (unique.name.clone(), lowered)
        });
        uniques.collect()
    }

    fn foreign_keys(&self) -> IndexMap<String, ForeignKey> {
        let mut keys = IndexMap::default();
        for key in &self.table.foreign_keys {
            let parent = self.model.tables.get(&key.table);
            if let Some(parent) = parent.filter(|parent| parent.sync == SyncMode::Local) {
                let lowered = ForeignKey {
                    columns: self.clients(&key.columns),
                    table: Name::new(MAIN, &parent.client_name),
                    references: clients(parent, &key.references),
                    on_delete: key.on_delete.sql(),
                    on_update: key.on_update.sql(),
                    deferral: Deferral::declared(key.deferrable),
                    validated: true,
                };
                keys.insert(key.name.clone(), lowered);
            }
        }
        keys
    }

    fn checks(&self) -> IndexMap<String, Check> {
        let of_kind = self
            .columns()
            .filter(|column| asks(self.model, &column.kind))
            .map(|column| {
                let name = derived_name(&[&self.table.name, &column.name], "kind");
                (name, Some(Formula::Sql(OF_KIND.to_owned())))
            });
        let declared = self.table.checks.iter().map(|check| {
            let formula = match &check.body {
                CheckBody::Expr(expr) => self.condition(expr),
                CheckBody::Sql { sqlite, .. } => sqlite
                    .as_ref()
                    .map(|text| Formula::Sql(text::canonical(text))),
            };
            (check.name.clone(), formula)
        });
        let checks = of_kind.chain(declared).filter_map(|(name, formula)| {
            let check = Check {
                formula: formula?,
                validated: true,
            };
            Some((name, check))
        });
        checks.collect()
    }

    fn indexes(&self) -> IndexMap<String, Index> {
        let here = |index: &&model::Index| match index.side {
            IndexSide::Client | IndexSide::Both => true,
            IndexSide::Server => self.table.sync == SyncMode::Local,
        };
        let indexes = self.table.indexes.iter().filter(here).map(|index| {
            let parts = index.parts.iter();
            let lowered = Index {
                method: "btree".to_owned(),
                parts: parts
                    .map(|part| self.part(&part.expr, part.descending))
                    .collect(),
                predicate: index
                    .predicate
                    .as_ref()
                    .and_then(|expr| self.condition(expr)),
                include: Vec::new(),
            };
            (index.name.clone(), lowered)
        });
        indexes.collect()
    }

    fn part(&self, expr: &Expr, descending: bool) -> Part {
        let formula = match expr {
            Expr::Column(name) => {
                let column = &self.table.columns[name];
                Formula::Expr(Expr::Column(column.client_name.clone()))
            }
            expr => self.condition(expr).unwrap_or(Formula::Sql(String::new())),
        };
        Part {
            formula,
            descending,
            nulls_first: descending,
        }
    }

    fn condition(&self, expr: &Expr) -> Option<Formula> {
        let text = self.print(expr, None)?;
        Some(Formula::Sql(text::canonical(&text)))
    }

    fn print(&self, expr: &Expr, kind: Option<&Kind>) -> Option<String> {
        let context = PrintContext::new(self.known, &self.row).client();
        let context = match kind {
            Some(kind) => context.of_kind(kind),
            None => context,
        };
        print::sqlite(expr, &context).ok()
    }

    fn clients(&self, names: &[String]) -> Vec<String> {
        clients(self.table, names)
    }
}

fn clients(table: &model::Table, names: &[String]) -> Vec<String> {
    names
        .iter()
        .map(|name| table.columns[name].client_name.clone())
        .collect()
}

fn plain(sql_type: &str) -> Column {
    Column {
        sql_type: sql_type.to_owned(),
        nullable: true,
        default: None,
        identity: false,
        generated: None,
        comment: None,
    }
}

fn column_type(column: &model::Column) -> &'static str {
    match column.kind.column_type() {
        ColumnType::Text => "TEXT",
        ColumnType::Integer => "INTEGER",
        ColumnType::Real => "REAL",
    }
}

/// Whether a kind narrows what SQLite's own type takes.
fn asks(model: &Model, kind: &Kind) -> bool {
    let scalar = |scalar: Scalar| {
        matches!(
            scalar,
            Scalar::Bool | Scalar::Smallint | Scalar::Int | Scalar::Varchar(_) | Scalar::Json
        )
    };
    match kind {
        Kind::Scalar(one) => scalar(*one),
        Kind::Enum { .. }
        | Kind::List(Element::Scalar(_) | Element::Enum { .. } | Element::Domain { .. }) => true,
        Kind::Domain { name, base } => {
            let check = model
                .domains
                .get(&**name)
                .and_then(|domain| domain.check.as_ref());
            scalar(*base) || matches!(check, Some(CheckBody::Expr(_)))
        }
        Kind::Opaque(_) => false,
    }
}
