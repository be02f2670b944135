//! One of the two schemas that are compared: the model, what it asks of Postgres, and how its objects are written down.

use super::super::executed::{self, Executed};
use super::super::sql::{self, Printer};
use super::super::view::{Function, Policy, Trigger, View};
use super::super::{functions, lower, order, policies, triggers};
use super::change::Object;
use crate::catalog::{self, Caller, Catalog, Formula, Touch};
use crate::model::{Model, Set};
use askama::Template;
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
    /// As an older version of this program wrote it down, or somebody by hand.
    Older(executed::Text),
}

impl Written {
    /// The statements that make it.
    pub(super) fn rendered(&self) -> String {
        match self {
            Self::Function(one) => super::super::printed(one.render()),
            Self::Trigger(one) => super::super::printed(one.render()),
            Self::Policy(one) => super::super::printed(one.render()),
            Self::View(one) => super::super::printed(one.render()),
            Self::Older(_) => String::new(),
        }
    }

    /// Whether another function takes the place of this one, so that what calls it can stay.
    pub(super) fn is_replaced_by(&self, new: &Self) -> bool {
        match (self, new) {
            (Self::Function(old), Self::Function(new)) => old.returns == new.returns,
            (Self::Older(old), Self::Function(new)) => old.begins(&format!(
                "create function {}({}) returns {} language",
                new.name, new.parameters, new.returns
            )),
            _ => false,
        }
    }
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

    /// Puts what was executed into the place of what this version would have written.
    ///
    /// What comes back tells whether anything differs.
    pub(super) fn remember(&mut self, executed: &Executed) -> bool {
        let mut differs = false;
        let mut objects = IndexMap::new();
        for (object, written) in std::mem::take(&mut self.objects) {
            if executed.is_by_hand(&object) {
                objects.insert(object, written);
                continue;
            }
            let Some(text) = executed.get(&object) else {
                differs = true;
                continue;
            };
            let is_same = Executed::text_of(&written.rendered()).as_ref() == Some(text);
            differs |= !is_same;
            objects.insert(
                object,
                match is_same {
                    true => written,
                    false => Written::Older(text.clone()),
                },
            );
        }
        for (object, text) in executed.generated() {
            if !objects.contains_key(object) {
                differs = true;
                objects.insert(object.clone(), Written::Older(text.clone()));
            }
        }
        self.objects = objects;
        self.remember_tables(executed) || differs
    }

    /// The same for what belongs to tables: those that the program needs for itself, checks and rights.
    fn remember_tables(&mut self, executed: &Executed) -> bool {
        let mut differing = Vec::new();
        let mut missing = BTreeSet::new();
        for name in self.catalog.tables.keys() {
            let qualified = sql::qualified(name);
            match (self.table(name), executed.table(&qualified)) {
                (None, None) => drop(missing.insert(name.clone())),
                (Some(table), Some(had)) => {
                    let table = lower::lower_table(
                        self.model,
                        table,
                        &self.catalog,
                        &self.printer,
                        &self.revoke,
                    );
                    let text = super::super::printed(table.render());
                    let expected = Executed::table_of(&text).unwrap_or_default();
                    let expected = executed.without_by_hand(&qualified, expected);
                    if !had.is_as(&expected) {
                        differing.push((name.clone(), had, expected));
                    }
                }
                _ => {}
            }
        }
        let differs = !differing.is_empty() || !missing.is_empty();
        let tables = &mut self.catalog.tables;
        tables.retain(|name, _| !missing.contains(name));
        for (name, had, expected) in differing {
            remember_table(&mut tables[&name], &had, &expected);
        }
        differs
    }

    fn functions(&mut self) {
        let (model, catalog) = (self.model, &self.catalog);
        let caller = Caller::of_policies(model, self.printer.known(), &catalog.sets);
        let mut all: Vec<Function> = functions::asking_the_caller(model, catalog);
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

/// Makes a table of the catalog differ from what this version asks for, where what was executed does.
fn remember_table(table: &mut catalog::Table, had: &executed::Table, expected: &executed::Table) {
    for (name, text) in &expected.checks {
        match had.checks.get(name) {
            None => table.checks.retain(|one, _| sql::ident(one) != *name),
            Some(Some(had)) if Some(had) != text.as_ref() => {
                let mut checks = table.checks.iter_mut();
                if let Some((_, check)) = checks.find(|(one, _)| sql::ident(one) == *name) {
                    check.formula = Formula::Sql(had.clone());
                }
            }
            Some(_) => {}
        }
    }
    for (name, text) in &had.checks {
        if !expected.checks.contains_key(name) {
            let check = catalog::Check {
                formula: Formula::Sql(text.clone().unwrap_or_default()),
                validated: true,
            };
            table.checks.insert(sql::name_of(name), check);
        }
    }
    for role in had.rights.keys().chain(expected.rights.keys()) {
        if had.rights.get(role) != expected.rights.get(role) {
            let other = catalog::Grant::default();
            table.grants.insert(sql::name_of(role), other);
        }
    }
}
