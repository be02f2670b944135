//! What a server asks of Postgres when a device pulls: data, as the statements that apply uploads are.
//!
//! All of it runs as the caller, in one transaction that only reads and sees one state of the database; the policies decide
//! which rows come.

use crate::table::{ColumnDef, TableDef};
use crate::{Database, Kind, Role};
use std::borrow::Cow;

/// Everything that devices pull.
#[derive(Clone, Debug, Default)]
pub struct Pull {
    /// A digest of the tables, their columns and who reads them: another one asks devices to take everything anew.
    pub version: Cow<'static, str>,
    /// The schema of the bridge, which notes the rows that go.
    pub bridge: Cow<'static, str>,
    /// The tables, in declared order.
    pub tables: Cow<'static, [PullTable]>,
    /// What each role reads.
    pub roles: Cow<'static, [PullRole]>,
}

/// What a role reads.
#[derive(Clone, Debug)]
pub struct PullRole {
    /// The role.
    pub name: Cow<'static, str>,
    /// Answers one row: `version`, `epoch`, `purged`, `horizon`, and the texts of what the rules read besides the row.
    ///
    /// Rows of transactions below the horizon never change without a higher number.
    pub state: Cow<'static, str>,
    /// The places of the tables that it reads, each with the places of the texts that its rules read.
    pub tables: Cow<'static, [(usize, &'static [usize])]>,
}

impl Pull {
    /// Answers the names of the tables of a role in which something changed from `$1` on and below `$2`.
    pub fn busy(&self, role: &PullRole) -> String {
        let places = role.tables.iter().map(|(place, _)| *place);
        busy(places.map(|place| self.tables[place].rows(&self.bridge)))
    }
}

/// A table that devices pull.
#[derive(Clone, Debug)]
pub struct PullTable {
    /// The table.
    pub table: &'static TableDef,
    /// The types of the key's columns in Postgres.
    pub key: &'static [&'static str],
}

impl PullTable {
    /// What a row has: the key, and then what devices have besides.
    pub fn columns(&self) -> impl Iterator<Item = &'static ColumnDef> {
        let TableDef { key, columns, .. } = *self.table;
        let is_pulled = |column: &&ColumnDef| {
            column.on_client() && column.on_server() && !column.generated && !key.contains(column)
        };
        let others = columns.iter().copied().filter(is_pulled);
        key.iter().copied().chain(others)
    }

    /// What the statements over its rows are made of; `bridge` is the schema of the bridge.
    pub fn rows<'a>(&self, bridge: &'a str) -> PullRows<'a> {
        let sql = |name: &str| Database::Postgres.ident(name).into_owned();
        let changed = self.table.role(Role::Changed);
        let types = self.key.iter().map(ToString::to_string);
        PullRows {
            name: self.table.name,
            from: format!("{}.{}", sql(self.table.schema), sql(self.table.name)),
            columns: self
                .columns()
                .map(|column| (sql(column.name), matches!(column.kind, Kind::Opaque(_))))
                .collect(),
            types: types.collect(),
            changed: changed.map(|column| sql(column.name)).unwrap_or_default(),
            bridge: Database::Postgres.ident(bridge),
        }
    }
}

/// What the statements over the rows of a table are made of. Names are as they stand in SQL.
///
/// A row of an answer begins with the columns, the key first.
#[derive(Clone, Debug)]
pub struct PullRows<'a> {
    /// The declared name of the table.
    pub name: &'a str,
    /// The table.
    pub from: String,
    /// The columns of a row, each with whether it is read as text.
    pub columns: Vec<(String, bool)>,
    /// The types of the key, whose columns come first.
    pub types: Vec<String>,
    /// The column that tells which transaction wrote a row last.
    pub changed: String,
    /// The schema of the bridge.
    pub bridge: Cow<'a, str>,
}

impl PullRows<'_> {
    /// Rows whose last change is at or above `$1` and below `$2`, at most `$3`, with the number of the change at the end.
    pub fn changed(&self) -> String {
        let changed = format!("t.{}", self.changed);
        self.page(
            &format!("where {changed} >= $1 and {changed} < $2\n"),
            &format!("{changed}, {}", self.keys("t")),
            "$3",
            &format!(", {changed}"),
        )
    }

    /// The same of those behind the change `$1` of the row with the key `$4`, `$5`, …
    pub fn changed_after(&self) -> String {
        let (changed, keys, given) = (format!("t.{}", self.changed), self.keys("t"), self.given(4));
        self.page(
            &format!("where ({changed}, {keys}) > ($1, {given}) and {changed} < $2\n"),
            &format!("{changed}, {keys}"),
            "$3",
            &format!(", {changed}"),
        )
    }

    /// All rows, at most `$1`.
    pub fn whole(&self) -> String {
        self.page("", &self.keys("t"), "$1", "")
    }

    /// The same of those behind the key `$2`, `$3`, …
    pub fn whole_after(&self) -> String {
        let (keys, given) = (self.keys("t"), self.given(2));
        self.page(&format!("where ({keys}) > ({given})\n"), &keys, "$1", "")
    }

    /// The rows with the keys of which `$1`, `$2`, … are the columns, as lists of texts.
    pub fn now(&self) -> String {
        let wanted = self
            .key()
            .map(|((name, _), of)| format!("{name}::{of} as {name}"));
        let lists = (1..=self.types.len()).map(|nr| format!("${nr}::text[]"));
        let names = self.key().map(|((name, _), _)| name.clone());
        format!(
            "select {}\nfrom (\n    select {}\n    from unnest({}) as given ({})\n) as wanted\njoin {} as t on {}",
            self.selected(),
            list(wanted),
            list(lists),
            list(names),
            self.from,
            self.same("wanted"),
        )
    }

    /// Keys of rows that the caller could read and cannot read now, behind the entry `$2` of the change `$1` and below the
    /// change `$3`, at most `$4`; the change and the entry at the end.
    pub fn gone(&self) -> String {
        format!(
            "select {}, gone.changed, gone.number\nfrom {}.gone as gone\n\
             cross join lateral jsonb_populate_record(null::{}, gone.was) as was\n\
             where gone.of_table = {} and (gone.changed, gone.number) > ($1, $2) and gone.changed < $3\n  \
             and not exists (select from {} as t where {})\n\
             order by gone.changed, gone.number\nlimit $4",
            list(self.key().map(|(column, _)| spelt(column, "was"))),
            self.bridge,
            self.from,
            Database::Postgres.literal(self.name),
            self.from,
            self.same("was"),
        )
    }

    fn page(&self, filter: &str, order: &str, limit: &str, also: &str) -> String {
        let (selected, from) = (self.selected(), &self.from);
        format!(
            "select {selected}{also}\nfrom {from} as t\n{filter}order by {order}\nlimit {limit}"
        )
    }

    fn selected(&self) -> String {
        list(self.columns.iter().map(|column| spelt(column, "t")))
    }

    /// The columns of the key, each with its type.
    fn key(&self) -> impl Iterator<Item = (&(String, bool), &String)> {
        self.columns.iter().zip(&self.types)
    }

    fn keys(&self, alias: &str) -> String {
        list(self.key().map(|((name, _), _)| format!("{alias}.{name}")))
    }

    /// A key as parameters, from a number on.
    fn given(&self, first: usize) -> String {
        let numbered = (first..).zip(&self.types);
        list(numbered.map(|(nr, of)| format!("${nr}::text::{of}")))
    }

    fn same(&self, alias: &str) -> String {
        let equal: Vec<String> = self
            .key()
            .map(|((name, _), _)| format!("t.{name} = {alias}.{name}"))
            .collect();
        equal.join(" and ")
    }
}

/// Answers the names of those of the tables in which something changed from `$1` on and below `$2`.
pub fn busy<'a>(tables: impl Iterator<Item = PullRows<'a>>) -> String {
    let cases = tables.map(|table| {
        let (from, changed, bridge) = (&table.from, &table.changed, &table.bridge);
        let name = Database::Postgres.literal(table.name);
        format!(
            "case when exists (select from {from} where {changed} >= $1 and {changed} < $2)\n        \
             or exists (select from {bridge}.gone where of_table = {name} and changed >= $1 and changed < $2)\n    \
             then {name} end"
        )
    });
    let cases: Vec<String> = cases.collect();
    format!(
        "select array_remove(array[\n    {}\n]::text[], null)",
        cases.join(",\n    ")
    )
}

fn spelt((name, is_text): &(String, bool), alias: &str) -> String {
    match is_text {
        true => format!("{alias}.{name}::text as {name}"),
        false => format!("{alias}.{name}"),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
