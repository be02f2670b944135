//! One of the two schemas that are compared: the model, what it asks of Postgres, and how its objects are written down.

use super::super::sql::{self, Printer};
use super::super::view::{Function, Policy, Trigger, View};
use super::super::{functions, lower, order, policies, triggers};
use super::change::Object;
use crate::catalog::{self, Caller, Catalog, Touch};
use crate::model::{Model, Set};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// A schema, before or after.
pub(super) struct Side<'m> {
    pub(super) model: &'m Model,
    pub(super) catalog: Catalog,
    pub(super) printer: Printer,
    /// Roles that lose what the platform gave.
    pub(super) revoke: String,
    /// What holds no data, as it is written down, each after what it needs.
    pub(super) objects: IndexMap<Object, Written>,
}

/// An object as it is written down: where two are equal, Postgres executes the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Function(Function),
    Trigger(Trigger),
    Policy(Policy),
    View(View),
}

impl<'m> Side<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let mut side = Self {
            catalog: catalog::lower(model),
            printer: Printer::new(model),
            revoke: sql::roles(&catalog::revoked(model)),
            objects: IndexMap::new(),
            model,
        };
        side.functions();
        side.triggers();
        side.policies();
        side.views();
        side
    }

    fn functions(&mut self) {
        let (model, catalog) = (self.model, &self.catalog);
        let caller = Caller::of_policies(model, self.printer.known(), &catalog.sets);
        let mut all: Vec<Function> = functions::asking_the_caller(model, catalog).into();
        for touch in Touch::all(model) {
            all.extend(functions::touching(model, &touch));
        }
        all.extend(functions::asking_the_writers(model, catalog));
        for helper in &catalog.helpers {
            all.push(functions::helper(model, helper));
        }
        for (name, set) in &catalog.sets.functions {
            all.push(functions::set(model, name, set, &caller));
        }
        for decision in &catalog.decisions {
            all.push(functions::decision(model, decision, &caller));
        }
        self.objects.extend(all.into_iter().map(|function| {
            let object = Object::Function(function.name.clone());
            (object, Written::Function(function))
        }));
    }

    fn triggers(&mut self) {
        let (model, catalog) = (self.model, &self.catalog);
        let mut all: Vec<Trigger> = Vec::new();
        for table in catalog::server_tables(model) {
            all.extend(triggers::touching(model, table));
        }
        for helper in &catalog.helpers {
            all.extend(triggers::of_helper(model, helper));
        }
        for decision in &catalog.decisions {
            all.push(triggers::of_decision(model, decision));
        }
        self.objects.extend(all.into_iter().map(|trigger| {
            let object = Object::Trigger {
                table: trigger.table.clone(),
                name: trigger.name.clone(),
            };
            (object, Written::Trigger(trigger))
        }));
    }

    fn policies(&mut self) {
        let tables: Vec<_> = catalog::server_tables(self.model).collect();
        let of_tables = policies::policies(self.model, &tables, &self.catalog, &self.printer);
        let policies = of_tables.into_iter().flat_map(|table| table.policies);
        self.objects.extend(policies.map(|policy| {
            let object = Object::Policy {
                table: policy.table.clone(),
                name: policy.name.clone(),
            };
            (object, Written::Policy(policy))
        }));
    }

    fn views(&mut self) {
        for view in order::views(self.model) {
            let view =
                lower::lower_view(self.model, view, &self.catalog, &self.printer, &self.revoke);
            if let Some(view) = view {
                let object = Object::View(view.name.clone());
                self.objects.insert(object, Written::View(view));
            }
        }
    }

    /// The names of the functions behind sets that read one of these declared tables, and of those that call them.
    pub(super) fn sets_reading(&self, tables: &BTreeSet<&str>) -> BTreeSet<&str> {
        let mut reading: BTreeSet<&str> = BTreeSet::new();
        // Each calls only those before it.
        for (name, set) in &self.catalog.sets.functions {
            let mut selects = set.select.selects();
            selects.push(&set.select);
            let reads = selects
                .iter()
                .any(|one| tables.contains(one.table.as_str()));
            if reads || set.select.scopes().iter().any(|one| reading.contains(one)) {
                reading.insert(name);
            }
        }
        reading
    }

    /// The names of these functions behind sets, and of those that call them.
    pub(super) fn sets_calling<'a>(&'a self, called: &BTreeSet<&str>) -> BTreeSet<&'a str> {
        let mut calling: BTreeSet<&str> = BTreeSet::new();
        for (name, set) in &self.catalog.sets.functions {
            let scopes = set.select.scopes();
            let calls = |name: &&str| calling.contains(*name) || called.contains(*name);
            if called.contains(name.as_str()) || scopes.iter().any(calls) {
                calling.insert(name);
            }
        }
        calling
    }

    /// The names of the functions that the policies of a table call.
    pub(super) fn called_by(&self, policy: &catalog::Policy) -> BTreeSet<&str> {
        let formulas = [&policy.using, &policy.check].into_iter().flatten();
        let mut called = BTreeSet::new();
        for formula in formulas {
            let catalog::Formula::Expr(expr) = formula else {
                continue;
            };
            for set in expr.sets() {
                called.extend(self.function_of(set));
            }
        }
        called
    }

    fn function_of(&self, set: &Set) -> Option<&str> {
        let mut functions = self.catalog.sets.functions.iter();
        let found = functions.find(|(_, function)| function.set == *set);
        found.map(|(name, _)| name.as_str())
    }

    /// The declared table of a name.
    pub(super) fn table(&self, name: &catalog::Name) -> Option<&'m crate::model::Table> {
        let table = self.model.tables.get(&name.name);
        table.filter(|table| table.schema == name.schema)
    }
}
