//! How a stream knows the caller, its parameters and the sets that rules speak of.

use super::enforced::enforceable_select;
use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::expr::{Known, Row};
use crate::model::{Model, Set};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
use synctable::Database;

/// The answers of a sync stream.
pub(super) struct StreamHooks<'a> {
    model: &'a Model,
    known: &'a Known,
    /// Whether scopes are named, as in a stream; a scope itself spells out the scopes that it reads, because the
    /// compiler takes a name inside `with` for a table.
    names_scopes: bool,
    /// What the scopes are called.
    names: IndexMap<&'a str, String>,
    /// The scopes that were named.
    named: RefCell<BTreeSet<String>>,
}

/// What each scope is called in `with`: a name in lower case, of no table and no other scope.
///
/// The compiler takes a name for that of a common table expression before it looks for a table, in any case.
pub(super) fn scope_names(model: &Model) -> IndexMap<&str, String> {
    let mut taken: BTreeSet<String> = model
        .tables
        .values()
        .flat_map(|table| [&table.name, &table.client_name])
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let mut names = IndexMap::new();
    for name in model.scopes.keys() {
        let word = name.to_ascii_lowercase();
        let candidates = (2..).map(|number| format!("{word}_{number}"));
        let free = std::iter::once(word.clone())
            .chain(candidates)
            .find(|name| !taken.contains(name))
            .expect("numbers do not end");
        taken.insert(free.clone());
        names.insert(name.as_str(), free);
    }
    names
}

impl<'a> StreamHooks<'a> {
    /// For the queries of streams.
    pub(super) fn of_streams(model: &'a Model, known: &'a Known) -> Self {
        Self {
            model,
            known,
            names_scopes: true,
            names: scope_names(model),
            named: RefCell::default(),
        }
    }

    /// For the query of a scope.
    pub(super) fn of_scopes(model: &'a Model, known: &'a Known) -> Self {
        Self {
            model,
            known,
            names_scopes: false,
            names: IndexMap::new(),
            named: RefCell::default(),
        }
    }

    /// What the declaration knows.
    pub(super) fn known(&self) -> &'a Known {
        self.known
    }

    /// The scopes that were named so far.
    pub(super) fn into_named(self) -> BTreeSet<String> {
        self.named.into_inner()
    }

    /// Where an expression over a row is printed.
    pub(super) fn context<'b>(&'b self, row: &'b Row) -> PrintContext<'b> {
        PrintContext::new(self.known, row).with_hooks(self)
    }
}

impl Hooks for StreamHooks<'_> {
    fn user_id(&self) -> String {
        "auth.user_id()".to_owned()
    }

    fn claim(&self, path: &[String]) -> String {
        let key = match path {
            [one] if !one.starts_with('$') => one.clone(),
            // A dot is a part of a literal key; a path begins with `$.`.
            path => format!("$.{}", path.join(".")),
        };
        format!("auth.parameter({})", Database::Postgres.literal(&key))
    }

    fn param(&self, name: &str) -> String {
        format!(
            "subscription.parameter({})",
            Database::Postgres.literal(name)
        )
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        let select = match set {
            Set::Scope(name) if self.names_scopes => {
                self.named.borrow_mut().insert(name.clone());
                return Ok(Database::Postgres
                    .ident(&self.names[name.as_str()])
                    .into_owned());
            }
            Set::Scope(name) => &enforceable_select(&self.model.scopes[name], self.known),
            Set::Select(select) => select,
        };
        let row = &self.known.tables[&select.table];
        print::select_powersync(select, &self.context(row))
    }
}
