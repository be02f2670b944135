//! What a device's table is, as far as a step has to know: typed, and under the names that things have afterwards.

use super::super::local::is_of_device;
use super::super::lower::{client_indexes, column_type};
use super::super::names::{client_columns, has_text_id, is_text_id};
use crate::map::IndexMap;
use crate::model::{
    Check, CheckBody, Column, Expr, ForeignKey, Index, Model, Names, OnServer, Table, Unique,
    UniquePart,
};
use synctable::{Element, Kind, Scalar, SyncMode};

/// A table, whose columns are found by their later names.
#[derive(Debug)]
pub(super) struct Shape<'m> {
    pub(super) table: &'m Table,
    /// Whether the device alone has it.
    pub(super) alone: bool,
    /// The key of a table that the device alone has; the others have their text `id`.
    pub(super) key: Vec<String>,
    pub(super) columns: IndexMap<String, ColumnShape<'m>>,
    /// Columns that have no later name.
    pub(super) gone: Vec<ColumnShape<'m>>,
    /// What stands in the statement of the table beside its columns, by name.
    pub(super) constraints: IndexMap<String, Constraint>,
    /// Indexes by name.
    pub(super) indexes: IndexMap<String, Indexed>,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct ColumnShape<'m> {
    pub(super) column: &'m Column,
    pub(super) sql_type: &'static str,
    /// What it is computed from.
    pub(super) generated: Option<Formula>,
    /// What the kind asks for where the device alone has the table.
    pub(super) asks: Option<Asks>,
}

impl ColumnShape<'_> {
    /// Its name on devices.
    pub(super) fn client_name(&self) -> &str {
        &self.column.client_name
    }
}

/// An expression, and the kinds of the columns that it reads: both decide how it is printed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Formula {
    expr: Expr,
    kinds: Vec<(String, Kind)>,
}

/// What a kind asks for of the values of its column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asks {
    pub(super) scalar: Option<Scalar>,
    pub(super) labels: Vec<String>,
    pub(super) is_list: bool,
    pub(super) check: Option<CheckBody>,
}

/// A constraint of a table that the device alone has.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constraint {
    Unique(Vec<String>),
    ForeignKey(ForeignKey),
    Check(CheckBody, Vec<(String, Kind)>),
}

/// An index.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Indexed {
    Plain(Index, Vec<(String, Kind)>),
    Unique(Unique, Vec<(String, Kind)>),
}

/// Gives the later names of things.
#[derive(Clone, Copy, Debug)]
pub(super) enum Later<'a> {
    /// They keep their names.
    Same,
    /// These.
    Names(&'a Names),
}

impl Later<'_> {
    /// The later name of a column, by the earlier name of its table and its own one; `None` where it is gone.
    pub(super) fn column(self, table: &str, column: &str) -> Option<String> {
        match self {
            Self::Same => Some(column.to_owned()),
            Self::Names(names) => names.column(table, column).map(str::to_owned),
        }
    }

    /// The later name of a table.
    pub(super) fn table(self, table: &str) -> String {
        match self {
            Self::Same => table.to_owned(),
            Self::Names(names) => names
                .table(table)
                .map_or_else(|| gone(table), str::to_owned),
        }
    }
}

/// What nothing is called: a column that is gone is not the one that takes its name.
fn gone(name: &str) -> String {
    format!("\u{0}{name}")
}

impl<'m> Shape<'m> {
    pub(super) fn of(model: &'m Model, table: &'m Table, later: Later<'_>) -> Self {
        let alone = table.sync == SyncMode::Local;
        let spell = Spell {
            model,
            table,
            later,
        };
        let mut shape = Self {
            table,
            alone,
            key: Vec::new(),
            columns: IndexMap::default(),
            gone: Vec::new(),
            constraints: IndexMap::default(),
            indexes: IndexMap::default(),
        };
        for column in client_columns(table).filter(|column| !is_text_id(table, column)) {
            let generated = column.generated.as_ref();
            let one = ColumnShape {
                column,
                sql_type: column_type(column),
                generated: generated.map(|generated| spell.formula(&generated.expr)),
                asks: alone.then(|| asks(model, &column.kind)),
            };
            match later.column(&table.name, &column.name) {
                Some(name) => drop(shape.columns.insert(name, one)),
                None => shape.gone.push(one),
            }
        }
        if !has_text_id(table) {
            shape.key = spell.columns(&table.key);
            shape.constraints(&spell);
        }
        for index in client_indexes(table) {
            let mut kinds = Vec::new();
            let mut renamed = index.clone();
            for part in &mut renamed.parts {
                part.expr = spell.expr(&part.expr, &mut kinds);
            }
            renamed.predicate = index
                .predicate
                .as_ref()
                .map(|expr| spell.expr(expr, &mut kinds));
            // Where it stands besides changes nothing here.
            renamed.side = crate::model::IndexSide::Client;
            let name = index.name.clone();
            shape.indexes.insert(name, Indexed::Plain(renamed, kinds));
        }
        shape
    }

    fn constraints(&mut self, spell: &Spell<'_>) {
        for unique in &self.table.uniques {
            let mut kinds = Vec::new();
            let name = unique.name.clone();
            if let Some(columns) = unique.columns().filter(|_| unique.is_constraint()) {
                let columns = columns.iter().map(|name| spell.column(name)).collect();
                self.constraints.insert(name, Constraint::Unique(columns));
                continue;
            }
            let mut renamed = unique.clone();
            for part in &mut renamed.parts {
                *part = match part {
                    UniquePart::Column(name) => UniquePart::Column(spell.column(name)),
                    UniquePart::Expr(expr) => UniquePart::Expr(spell.expr(expr, &mut kinds)),
                };
            }
            renamed.predicate = unique
                .predicate
                .as_ref()
                .map(|expr| spell.expr(expr, &mut kinds));
            renamed.clash_is_refused = false;
            self.indexes.insert(name, Indexed::Unique(renamed, kinds));
        }
        for key in &self.table.foreign_keys {
            let Some(parent) = spell
                .model
                .tables
                .get(&key.table)
                .filter(|one| is_of_device(one))
            else {
                continue;
            };
            let of_parent = Spell {
                table: parent,
                ..*spell
            };
            let renamed = ForeignKey {
                columns: spell.columns(&key.columns),
                references: of_parent.columns(&key.references),
                table: spell.later.table(&parent.name),
                on_server: OnServer::Enforced,
                ..key.clone()
            };
            let name = key.name.clone();
            self.constraints
                .insert(name, Constraint::ForeignKey(renamed));
        }
        for Check { name, body, .. } in &self.table.checks {
            let mut kinds = Vec::new();
            let body = match body {
                CheckBody::Expr(expr) => CheckBody::Expr(spell.expr(expr, &mut kinds)),
                CheckBody::Sql { sqlite: None, .. } => continue,
                CheckBody::Sql { sqlite, .. } => CheckBody::Sql {
                    postgres: None,
                    sqlite: sqlite.clone(),
                },
            };
            self.constraints
                .insert(name.clone(), Constraint::Check(body, kinds));
        }
    }
}

/// Gives things of a table the names that they have later.
#[derive(Clone, Copy)]
struct Spell<'a> {
    model: &'a Model,
    table: &'a Table,
    later: Later<'a>,
}

impl Spell<'_> {
    fn column(&self, name: &str) -> String {
        self.later
            .column(&self.table.name, name)
            .unwrap_or_else(|| gone(name))
    }

    fn columns(&self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.column(name)).collect()
    }

    fn expr(&self, expr: &Expr, kinds: &mut Vec<(String, Kind)>) -> Expr {
        let read = expr.columns().into_iter();
        kinds.extend(read.filter_map(|name| {
            let column = self.table.columns.get(name)?;
            Some((self.column(name), column.kind.clone()))
        }));
        kinds.sort_by(|one, other| one.0.cmp(&other.0));
        expr.with_columns(&|name| Some(Expr::Column(self.column(name))))
    }

    fn formula(&self, expr: &Expr) -> Formula {
        let mut kinds = Vec::new();
        Formula {
            expr: self.expr(expr, &mut kinds),
            kinds,
        }
    }
}

fn asks(model: &Model, kind: &Kind) -> Asks {
    let mut asks = Asks {
        scalar: None,
        labels: Vec::new(),
        is_list: false,
        check: None,
    };
    match kind {
        Kind::Scalar(scalar) => asks.scalar = Some(*scalar),
        Kind::Enum { name, .. } => asks.labels = model.enums[&**name].labels.clone(),
        Kind::Domain { name, base } => {
            asks.scalar = Some(*base);
            asks.check = model.domains[&**name].check.clone();
        }
        Kind::List(element) => {
            asks.is_list = true;
            match element {
                Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                    asks.scalar = Some(*scalar);
                }
                Element::Enum { name, .. } => asks.labels = model.enums[&**name].labels.clone(),
            }
        }
        Kind::Opaque(_) => {}
    }
    asks
}
