//! What an expression may speak of: the names that are known, and the place it stands in.

use crate::map::IndexMap;
use crate::model::{Column, Columns, Expr, Model, Select, Table};
use synctable::{Direction, Kind, Scalar};

/// What is known of a declaration while its expressions are read and printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The rows of the declared tables, by declared name.
    pub tables: IndexMap<String, Row>,
    /// The labels of the declared enums.
    pub enums: IndexMap<String, Vec<String>>,
    /// The kinds of the declared scopes; `None` where the scope itself has a mistake.
    pub scopes: IndexMap<String, Option<Kind>>,
    /// The kind of the caller's id.
    pub user_id: Scalar,
}

impl Default for Known {
    /// Nothing but callers whose id is a uuid.
    fn default() -> Self {
        Self {
            tables: IndexMap::default(),
            enums: IndexMap::default(),
            scopes: IndexMap::default(),
            user_id: Scalar::Uuid,
        }
    }
}

impl Known {
    /// What a checked model knows.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let mut known = Self {
            tables: model
                .tables
                .iter()
                .map(|(name, table)| (name.clone(), Row::of(table)))
                .collect(),
            enums: model
                .enums
                .iter()
                .map(|(name, def)| (name.clone(), def.labels.clone()))
                .collect(),
            scopes: IndexMap::default(),
            user_id: model.postgres.user_id,
        };
        known.scopes = model
            .scopes
            .iter()
            .map(|(name, select)| (name.clone(), known.kind_of_select(select)))
            .collect();
        known
    }

    /// The kind of what a select selects; `None` for a table or a column that is not known.
    #[must_use]
    pub fn kind_of_select(&self, select: &Select) -> Option<Kind> {
        self.kind_of(&select.column, self.tables.get(&select.table)?)
    }

    /// The kind of an expression over a row; `None` for NULL, and for a name that is not known.
    #[must_use]
    pub fn kind_of(&self, expr: &Expr, row: &Row) -> Option<Kind> {
        super::kind::of(expr, row, self)
    }
}

/// The one row that an expression speaks of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What the row is called in messages, and the table's name in Postgres.
    pub name: String,
    /// The Postgres schema, where the row is a table's.
    pub schema: Option<String>,
    /// The table's name on the device.
    pub client_name: String,
    columns: RowColumns,
}

/// The columns of a row, by declared name.
#[derive(Clone, Debug, PartialEq)]
enum RowColumns {
    /// Those of a checked table, which has everything there is to know of them.
    OfTable(Columns),
    /// Those of a table that is being checked, or of no table.
    Own(IndexMap<String, OwnColumn>),
}

impl Default for RowColumns {
    fn default() -> Self {
        Self::Own(IndexMap::default())
    }
}

/// A column of a row that has no checked table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnColumn {
    kind: Kind,
    nullable: bool,
    client_name: String,
    direction: Direction,
}

/// What an expression must know of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnFact<'r> {
    /// Its kind.
    pub kind: &'r Kind,
    /// Whether NULL is a value.
    pub nullable: bool,
    /// Its name on the device.
    pub client_name: &'r str,
    /// Where it exists.
    pub direction: Direction,
}

impl<'r> From<&'r Column> for ColumnFact<'r> {
    fn from(column: &'r Column) -> Self {
        Self {
            kind: &column.kind,
            nullable: column.nullable,
            client_name: &column.client_name,
            direction: column.direction,
        }
    }
}

impl From<ColumnFact<'_>> for OwnColumn {
    fn from(fact: ColumnFact<'_>) -> Self {
        Self {
            kind: fact.kind.clone(),
            nullable: fact.nullable,
            client_name: fact.client_name.to_owned(),
            direction: fact.direction,
        }
    }
}

impl<'r> From<&'r OwnColumn> for ColumnFact<'r> {
    fn from(column: &'r OwnColumn) -> Self {
        Self {
            kind: &column.kind,
            nullable: column.nullable,
            client_name: &column.client_name,
            direction: column.direction,
        }
    }
}

impl Row {
    /// A row without columns.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            schema: None,
            client_name: name.to_owned(),
            columns: RowColumns::default(),
        }
    }

    /// The row that a domain's check speaks of: the word `value`. NULL passes a domain's check unseen.
    #[must_use]
    pub fn value(base: Scalar) -> Self {
        Self::new("the domain's check").with("value", Kind::Scalar(base))
    }

    /// The row with one more column, not null.
    #[must_use]
    pub fn with(self, name: &str, kind: Kind) -> Self {
        self.with_column(name, kind, false)
    }

    /// The row with one more column that may be NULL.
    #[must_use]
    pub fn with_nullable(self, name: &str, kind: Kind) -> Self {
        self.with_column(name, kind, true)
    }

    fn with_column(mut self, name: &str, kind: Kind, nullable: bool) -> Self {
        let fact = ColumnFact {
            kind: &kind,
            nullable,
            client_name: name,
            direction: Direction::Both,
        };
        self.add(name, fact);
        self
    }

    /// Adds a column; the row then has columns of its own.
    pub(crate) fn add(&mut self, name: &str, fact: ColumnFact<'_>) {
        let mut columns = match std::mem::take(&mut self.columns) {
            RowColumns::Own(columns) => columns,
            RowColumns::OfTable(columns) => columns
                .iter()
                .map(|(name, column)| (name.clone(), ColumnFact::from(column).into()))
                .collect(),
        };
        columns.insert(name.to_owned(), fact.into());
        self.columns = RowColumns::Own(columns);
    }

    /// The row of a checked table.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        Self {
            name: table.name.clone(),
            schema: Some(table.schema.clone()),
            client_name: table.client_name.clone(),
            columns: RowColumns::OfTable(table.columns.clone()),
        }
    }

    /// A column by its declared name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<ColumnFact<'_>> {
        match &self.columns {
            RowColumns::OfTable(columns) => columns.get(name).map(ColumnFact::from),
            RowColumns::Own(columns) => columns.get(name).map(ColumnFact::from),
        }
    }

    /// The columns with their declared names, in declared order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, ColumnFact<'_>)> {
        let (of_table, own) = match &self.columns {
            RowColumns::OfTable(columns) => (Some(columns.iter()), None),
            RowColumns::Own(columns) => (None, Some(columns.iter())),
        };
        let of_table = of_table.into_iter().flatten();
        let own = own.into_iter().flatten();
        of_table
            .map(|(name, column)| (name.as_str(), ColumnFact::from(column)))
            .chain(own.map(|(name, column)| (name.as_str(), ColumnFact::from(column))))
    }

    /// Whether it has a column of this declared name.
    #[must_use]
    pub fn has_column(&self, name: &str) -> bool {
        self.column(name).is_some()
    }
}

/// Everything that names in one snippet are looked up in.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What the whole declaration knows.
    pub known: &'a Known,
    /// The row.
    pub row: &'a Row,
    /// The stream's parameters; `None` for one whose kind is that of the column it is compared with.
    pub params: &'a IndexMap<String, Option<Kind>>,
}

impl<'a> Scope<'a> {
    /// A scope without parameters.
    #[must_use]
    pub fn new(known: &'a Known, row: &'a Row) -> Self {
        static NONE: std::sync::LazyLock<IndexMap<String, Option<Kind>>> =
            std::sync::LazyLock::new(IndexMap::default);
        Self {
            known,
            row,
            params: &NONE,
        }
    }

    /// The scope with the parameters of a stream.
    #[must_use]
    pub fn with_params(self, params: &'a IndexMap<String, Option<Kind>>) -> Self {
        Self { params, ..self }
    }
}

/// The place an expression stands in; it decides what the expression may use and what it must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Context<'a> {
    /// A check of a column or a table: a condition on the row.
    Check,
    /// A domain's check: a condition on `value`.
    DomainCheck,
    /// A generated column of this kind.
    Generated(&'a Kind),
    /// A part of an index or a unique: any value of the row.
    IndexPart,
    /// Which rows an index or a unique covers.
    IndexFilter,
    /// A default of a column of this kind: a call without columns.
    Default(&'a Kind),
    /// What the server fills into a column of this kind: a call without columns.
    Server(&'a Kind),
    /// An access rule.
    Access,
    /// Which rows a scope or a subquery selects.
    Select,
    /// Which rows a stream brings.
    StreamFilter,
    /// A column of a view.
    ViewColumn,
    /// Which rows a view shows.
    ViewFilter,
}

/// What an expression must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Expected<'a> {
    Condition,
    Kind(&'a Kind),
    Anything,
}

impl<'a> Context<'a> {
    /// The place, as messages call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Check => "a check",
            Self::DomainCheck => "a domain's check",
            Self::Generated(_) => "a generated column",
            Self::IndexPart => "an index",
            Self::IndexFilter => "an index's filter",
            Self::Default(_) => "a default",
            Self::Server(_) => "a server's value",
            Self::Access => "an access rule",
            Self::Select => "a scope's filter",
            Self::StreamFilter => "a stream's filter",
            Self::ViewColumn => "a view's column",
            Self::ViewFilter => "a view's filter",
        }
    }

    pub(super) fn expected(self) -> Expected<'a> {
        match self {
            Self::Check
            | Self::DomainCheck
            | Self::IndexFilter
            | Self::Access
            | Self::Select
            | Self::StreamFilter
            | Self::ViewFilter => Expected::Condition,
            Self::Generated(kind) | Self::Default(kind) | Self::Server(kind) => {
                Expected::Kind(kind)
            }
            Self::IndexPart | Self::ViewColumn => Expected::Anything,
        }
    }

    /// Whether the row's columns may be named.
    pub(super) fn has_row(self) -> bool {
        !matches!(self, Self::Default(_) | Self::Server(_))
    }

    /// Whether `now()`, `today()` and `uuid()` may be called.
    pub(super) fn has_clock(self) -> bool {
        matches!(self, Self::Default(_) | Self::Server(_))
    }

    /// Whether `auth.user_id()` may be called.
    pub(super) fn has_user_id(self) -> bool {
        matches!(
            self,
            Self::Default(_) | Self::Server(_) | Self::Access | Self::Select
        )
    }

    /// Whether `auth.claim(…)` may be called.
    pub(super) fn has_claims(self) -> bool {
        matches!(self, Self::Server(_) | Self::Access | Self::Select)
    }

    /// Whether scopes and subqueries may be named.
    pub(super) fn has_sets(self) -> bool {
        matches!(self, Self::Access | Self::Select | Self::StreamFilter)
    }

    /// Whether the closed table of access rules applies: row-level security, streams and guards must agree.
    pub(super) fn is_policy(self) -> bool {
        matches!(self, Self::Access | Self::Select | Self::StreamFilter)
    }

    /// Whether Postgres asks that every function in it is immutable.
    pub(super) fn is_immutable(self) -> bool {
        matches!(
            self,
            Self::Generated(_) | Self::IndexPart | Self::IndexFilter
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    #[test]
    fn a_row_of_a_table_takes_one_more_column_and_leaves_the_table_as_it_is() {
        let table = sample::model().tables["lists"].clone();
        let row = Row::of(&table).with("extra", Kind::Scalar(Scalar::Bool));
        let names: Vec<&str> = row.columns().map(|(name, _)| name).collect();
        let declared = table.columns.keys().map(String::as_str);
        assert_eq!(names, Vec::from_iter(declared.chain(["extra"])));
        assert!(!Row::of(&table).has_column("extra"));
    }
}
