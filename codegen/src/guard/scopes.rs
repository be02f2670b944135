//! Scopes as common table expressions: worked out once a statement, by whatever name them.

use crate::model::Model;
use std::collections::BTreeSet;
use synctable::{Database, derived_name};

/// A scope as a common table expression of one column, `member`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedScope {
    /// What it is called in the statement.
    pub name: String,
    /// What it selects, in parentheses, in lower case.
    pub select: String,
    /// What the scopes are called that it names itself.
    pub names: BTreeSet<String>,
}

/// The scopes that conditions name, each after those that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedScopes {
    all: Vec<NamedScope>,
}

impl NamedScopes {
    pub(super) fn new(all: impl IntoIterator<Item = NamedScope>) -> Self {
        Self {
            all: all.into_iter().collect(),
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[NamedScope] {
        &self.all
    }

    /// All of them, to be changed.
    pub fn all_mut(&mut self) -> &mut [NamedScope] {
        &mut self.all
    }

    /// Those that texts name and those that these stand on, in an order in which each comes after those that it names.
    ///
    /// Postgres works out once what is named more than once, and plans what is named once as if it stood in its place.
    #[must_use]
    pub fn named_in(&self, says: impl Fn(&str) -> bool) -> Vec<&NamedScope> {
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        let mut found = Vec::new();
        for scope in self.all.iter().rev() {
            if wanted.contains(scope.name.as_str()) || says(&members(&scope.name)) {
                wanted.extend(scope.names.iter().map(String::as_str));
                found.push(scope);
            }
        }
        found.reverse();
        found
    }

    /// What a statement with these conditions begins with; empty where they name no scope.
    #[must_use]
    pub fn with<'a>(&self, conditions: impl IntoIterator<Item = &'a str>) -> String {
        let conditions: Vec<&str> = conditions.into_iter().collect();
        let named = self.named_in(|members| conditions.iter().any(|text| text.contains(members)));
        let texts: Vec<String> = named.into_iter().map(NamedScope::text).collect();
        match texts.is_empty() {
            true => String::new(),
            false => format!("with {}\n", texts.join(",\n")),
        }
    }
}

impl NamedScope {
    /// It in the list of a `with`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{} as (\n    {}\n)", self.head(), self.body())
    }

    /// What it is called there, with its column.
    pub(crate) fn head(&self) -> String {
        format!("{} (member)", self.name)
    }

    /// What it selects, without parentheses.
    pub(crate) fn body(&self) -> &str {
        let select = self.select.strip_prefix('(');
        let select = select.and_then(|text| text.strip_suffix(')'));
        select.expect("a select is printed in parentheses")
    }
}

/// What a scope is called in statements: no other name of a statement begins so, and no table is called so.
pub(super) fn name(model: &Model, scope: &str) -> String {
    let mut name = derived_name(&["scope", scope], "");
    while model.tables.contains_key(&name) {
        name.push('_');
    }
    Database::Postgres.ident(&name).into_owned()
}

/// The members of a scope, as an operand.
pub(super) fn members(name: &str) -> String {
    format!("(table {name})")
}
