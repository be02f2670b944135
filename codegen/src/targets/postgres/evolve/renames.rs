//! What goes by another name afterwards, as `was` says it, and the schema so far under the new names.

use super::super::sql::qualified;
use crate::catalog::{self, Catalog, ExcludedValue, Formula, Name, Part, Table};
use crate::diagnostic::{
    CHANGE_UNSUPPORTED, Complaints, Diagnostic, Place, RENAME_UNKNOWN, nearest,
};
use crate::map::IndexMap;
use crate::model::{Expr, Model, Range};
use std::collections::BTreeMap;

/// The declared names that change, old to new; what keeps its name is not in it.
#[derive(Debug, Default)]
pub(super) struct Renames {
    /// Qualified, since a table's schema never changes.
    tables: BTreeMap<Name, Name>,
    /// By the table's old name.
    columns: BTreeMap<Name, BTreeMap<String, String>>,
    /// Enums and domains.
    types: BTreeMap<Name, Name>,
}

impl Renames {
    /// What `was` says, held against the names of the schema so far.
    ///
    /// Complains about a `was` that names nothing there (`D019`).
    pub(super) fn of(before: &Model, after: &Model, cx: &mut Complaints) -> Self {
        let mut renames = Self::default();
        // Migrations ignore what only the device has.
        let on_server = after.tables.iter();
        for (name, table) in on_server.filter(|(_, table)| table.sync.on_server()) {
            let place = Place::table(name);
            let was = Was {
                what: "table",
                name,
                was: table.was.as_deref(),
                had: before.tables.get(name).map(|table| table.was.as_deref()),
            };
            let there = before.tables.keys().map(String::as_str);
            let Some(origin) = was.origin(there, &place, cx) else {
                continue;
            };
            let old = &before.tables[origin];
            if origin != name {
                renames
                    .tables
                    .insert(catalog::name_of(old), Name::new(&old.schema, name));
            }
            let on_server = table.columns.iter();
            for (name, column) in on_server.filter(|(_, one)| one.direction.on_server()) {
                let was = Was {
                    what: "column",
                    name,
                    was: column.was.as_deref(),
                    had: old.columns.get(name).map(|column| column.was.as_deref()),
                };
                let there = old.columns.keys().map(String::as_str);
                if let Some(origin) = was.origin(there, &place.clone().column(name), cx)
                    && origin != name
                {
                    let columns = renames.columns.entry(catalog::name_of(old)).or_default();
                    columns.insert(origin.to_owned(), name.clone());
                }
            }
        }
        for (name, one) in &after.enums {
            let was = Was {
                what: "enum",
                name,
                was: one.was.as_deref(),
                had: before.enums.get(name).map(|one| one.was.as_deref()),
            };
            let there = before.enums.keys().map(String::as_str);
            if let Some(origin) = was.origin(there, &Place::new(["enums", name]), cx) {
                let schema = &before.enums[origin].schema;
                renames.renamed_type(schema, origin, name);
            }
        }
        for (name, one) in &after.domains {
            let was = Was {
                what: "domain",
                name,
                was: one.was.as_deref(),
                had: before.domains.get(name).map(|one| one.was.as_deref()),
            };
            let there = before.domains.keys().map(String::as_str);
            if let Some(origin) = was.origin(there, &Place::new(["domains", name]), cx) {
                let schema = &before.domains[origin].schema;
                renames.renamed_type(schema, origin, name);
            }
        }
        renames
    }

    fn renamed_type(&mut self, schema: &str, from: &str, to: &str) {
        if from != to {
            self.types
                .insert(Name::new(schema, from), Name::new(schema, to));
        }
    }

    /// The new name of a table, an enum or a domain.
    pub(super) fn table<'a>(&'a self, name: &'a Name) -> &'a Name {
        self.tables.get(name).unwrap_or(name)
    }

    /// The new name of an enum or a domain.
    pub(super) fn type_name<'a>(&'a self, name: &'a Name) -> &'a Name {
        self.types.get(name).unwrap_or(name)
    }

    /// The new name of a column, by its table's old name.
    pub(super) fn column<'a>(&'a self, table: &Name, column: &'a str) -> &'a str {
        let columns = self.columns.get(table);
        columns
            .and_then(|columns| columns.get(column))
            .map_or(column, String::as_str)
    }

    /// The name so far of a renamed column, by its table's old name and its new one.
    pub(super) fn origin_of_column(&self, table: &Name, column: &str) -> Option<String> {
        let mut columns = self.columns.get(table)?.iter();
        let found = columns.find(|(_, new)| *new == column);
        found.map(|(old, _)| old.clone())
    }

    /// Whether a table has columns that get other names.
    pub(super) fn of_columns(&self, table: &Name) -> bool {
        self.columns.contains_key(table)
    }

    /// The tables so far, under their new names and with the new names of their columns.
    ///
    /// What Postgres itself carries along is renamed: keys, constraints, indexes, grants. Policies and triggers keep what
    /// they say, because they are made anew.
    pub(super) fn tables(&self, before: &Catalog) -> IndexMap<Name, Table> {
        let tables = before.tables.iter();
        tables
            .map(|(name, table)| (self.table(name).clone(), self.renamed(name, table)))
            .collect()
    }

    fn renamed(&self, name: &Name, table: &Table) -> Table {
        let own = |column: &String| self.column(name, column).to_owned();
        let formula = |formula: &Formula| self.formula(name, formula);
        let parts = |parts: &[Part]| -> Vec<Part> {
            parts
                .iter()
                .map(|part| Part {
                    formula: formula(&part.formula),
                    ..part.clone()
                })
                .collect()
        };
        let mut renamed = table.clone();
        renamed.columns = table
            .columns
            .iter()
            .map(|(name, column)| {
                let mut column = column.clone();
                column.sql_type = self.sql_type(&column.sql_type);
                column.generated = column.generated.as_ref().map(formula);
                (own(name), column)
            })
            .collect();
        if let Some(key) = &mut renamed.key {
            key.columns = key.columns.iter().map(own).collect();
        }
        for unique in renamed.uniques.values_mut() {
            unique.parts = parts(&unique.parts);
            unique.predicate = unique.predicate.as_ref().map(formula);
        }
        for exclusion in renamed.exclusions.values_mut() {
            for element in &mut exclusion.elements {
                element.value = match &element.value {
                    ExcludedValue::Formula(of) => ExcludedValue::Formula(formula(of)),
                    ExcludedValue::Range(range) => ExcludedValue::Range(Range {
                        from: own(&range.from),
                        to: own(&range.to),
                        ..range.clone()
                    }),
                };
            }
            exclusion.predicate = exclusion.predicate.as_ref().map(formula);
        }
        for index in renamed.indexes.values_mut() {
            index.parts = parts(&index.parts);
            index.predicate = index.predicate.as_ref().map(formula);
            index.include = index.include.iter().map(own).collect();
        }
        for check in renamed.checks.values_mut() {
            check.formula = formula(&check.formula);
        }
        for key in renamed.foreign_keys.values_mut() {
            key.columns = key.columns.iter().map(own).collect();
            let there = &key.table;
            key.references = key
                .references
                .iter()
                .map(|column| self.column(there, column).to_owned())
                .collect();
            key.table = self.table(&key.table).clone();
        }
        for grant in renamed.grants.values_mut() {
            for columns in grant.columns.values_mut() {
                *columns = columns.iter().map(own).collect();
            }
        }
        renamed
    }

    fn formula(&self, table: &Name, formula: &Formula) -> Formula {
        match formula {
            Formula::Expr(expr) => Formula::Expr(expr.with_columns(&|column| {
                let new = self.column(table, column);
                (new != column).then(|| Expr::Column(new.to_owned()))
            })),
            Formula::Sql(_) => formula.clone(),
        }
    }

    /// A type with the new name of its enum or domain.
    fn sql_type(&self, sql_type: &str) -> String {
        let (base, list) = match sql_type.strip_suffix("[]") {
            Some(base) => (base, "[]"),
            None => (sql_type, ""),
        };
        let renamed = self.types.iter().find(|(from, _)| qualified(from) == base);
        renamed.map_or_else(
            || sql_type.to_owned(),
            |(_, to)| format!("{}{list}", qualified(to)),
        )
    }
}

/// One thing and what it says it was.
struct Was<'a> {
    what: &'static str,
    name: &'a str,
    was: Option<&'a str>,
    /// What the thing of this name said in the schema so far, if it was there.
    had: Option<Option<&'a str>>,
}

impl<'a> Was<'a> {
    /// The name in the schema so far; `None` for what is new.
    fn origin(
        &self,
        there: impl Iterator<Item = &'a str> + Clone,
        place: &Place,
        cx: &mut Complaints,
    ) -> Option<&'a str> {
        let same = self.had.map(|_| self.name);
        let Some(was) = self.was else {
            return same;
        };
        if there.clone().any(|name| name == was) {
            if self.had.is_some() {
                let (what, name) = (self.what, self.name);
                cx.push(
                    place.clone().key("was"),
                    Diagnostic::error(
                        CHANGE_UNSUPPORTED,
                        format!("the {what} `{name}` was `{was}`, and the newest migration has another {what} `{name}`"),
                    )
                    .help(format!("drop the old `{name}` in one migration, and rename `{was}` in the next one")),
                );
            }
            return Some(was);
        }
        // The newest entry has renamed it already.
        if self.had == Some(Some(was)) {
            return same;
        }
        let (what, name) = (self.what, self.name);
        let mut diagnostic = Diagnostic::error(
            RENAME_UNKNOWN,
            format!(
                "the {what} `{name}` was `{was}`, but the newest migration has no {what} `{was}`"
            ),
        );
        if let Some(near) = nearest(was, there) {
            diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
        }
        cx.push(
            place.clone().key("was"),
            diagnostic.help(format!(
                "name the {what} as the newest migration has it, or remove `was`"
            )),
        );
        same
    }
}
