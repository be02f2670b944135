//! One of the two schemas that are compared: the model, what it asks of Postgres, and how its objects are written down.

use super::super::executed::{self, Executed};
use super::super::sql::{self, Printer};
use super::super::view::{Function, Policy, Trigger, View};
use super::super::{ddl, functions, lower, order, policies, triggers};
use super::change::{Object, PartKind};
use super::remembered;
use crate::catalog::{self, Caller, Catalog, Touch};
use crate::map::IndexMap;
use crate::model::{Model, Set};
use crate::parallel;
use askama::Template;
use std::collections::{BTreeSet, HashSet};

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
        let mut side = Self::without_objects(model);
        let mut objects = IndexMap::default();
        side.written(&mut |some| objects.extend(some));
        side.objects = objects;
        side
    }

    fn without_objects(model: &'m Model) -> Self {
        let printer = Printer::new(model);
        Self {
            catalog: catalog::outline(model, printer.known()),
            printer,
            revoke: sql::roles(&catalog::revoked(model)),
            objects: IndexMap::default(),
            model,
        }
    }

    /// Whether what was executed differs from what this version writes for a model; `executed` is read while the model is
    /// lowered, and no object is held for longer than it is compared.
    pub(super) fn differs(model: &'m Model, executed: impl FnOnce() -> Executed + Send) -> bool {
        let (executed, mut side) = parallel::both(executed, || Self::without_objects(model));
        let mut differs = false;
        let mut known: HashSet<Object> = HashSet::new();
        side.written(&mut |some| {
            let is_same = |(object, written): &(Object, Written)| {
                matches!(other(&executed, object, written), Other::Same)
            };
            differs |= parallel::each(&some, is_same).contains(&false);
            known.extend(some.into_iter().map(|(object, _)| object));
        });
        let mut generated = executed.generated();
        differs
            || generated.any(|object| !known.contains(object))
            || side.remember_tables(&executed)
    }

    /// Puts what was executed into the place of what this version would have written.
    pub(super) fn remember(&mut self, executed: &Executed) {
        let written: Vec<(&Object, &Written)> = self.objects.iter().collect();
        let others = parallel::each(&written, |(object, written)| {
            other(executed, object, written)
        });
        let written = std::mem::take(&mut self.objects);
        for ((object, written), other) in written.into_iter().zip(others) {
            let written = match other {
                Other::Same => written,
                Other::Text(text) => Written::Older(text),
                Other::Gone => continue,
            };
            self.objects.insert(object, written);
        }
        for object in executed.generated() {
            if self.objects.contains_key(object) {
                continue;
            }
            if let Some(text) = executed.get(object) {
                self.objects.insert(object.clone(), Written::Older(text));
            }
        }
        self.remember_tables(executed);
    }

    /// The same for tables: columns, constraints, indexes, comments and rights; and the tables that the program needs for itself.
    fn remember_tables(&mut self, executed: &Executed) -> bool {
        let mut differing = Vec::new();
        let mut missing = BTreeSet::new();
        let names: Vec<&catalog::Name> = self.catalog.tables.keys().collect();
        let others = parallel::each(&names, |name| self.other_table(executed, name));
        for (name, other) in names.into_iter().zip(others) {
            match other {
                Other::Same => {}
                Other::Gone => drop(missing.insert(name.clone())),
                Other::Text((had, expected)) => differing.push((name.clone(), had, expected)),
            }
        }
        let differs = !differing.is_empty() || !missing.is_empty();
        let tables = &mut self.catalog.tables;
        tables.retain(|name, _| !missing.contains(name));
        for (name, had, expected) in differing {
            remembered::table(&name, &mut tables[&name], &had, &expected);
        }
        differs
    }

    /// What was executed of a table, and what would have been.
    fn other_table(
        &self,
        executed: &Executed,
        name: &catalog::Name,
    ) -> Other<(executed::Table, executed::Table)> {
        let qualified = sql::qualified(name);
        match (self.table(name), executed.table(&qualified)) {
            (None, None) => Other::Gone,
            (Some(table), Some(had)) => {
                let table = lower::lower_table(
                    self.model,
                    table,
                    &self.catalog,
                    &self.printer,
                    &self.revoke,
                );
                let text = super::super::printed(table.render());
                let keys = self.catalog.tables[name].foreign_keys.iter();
                let keys: Vec<(String, executed::Part)> = keys
                    .map(|(name, key)| {
                        let text = ddl::foreign_key(key);
                        let text = text.trim_start_matches("foreign key ");
                        let part = executed::Part::new(PartKind::ForeignKey, text);
                        (sql::ident(name), part)
                    })
                    .collect();
                // Reading the statements takes longer than comparing their letters.
                if executed.table_was_made_by(&qualified, &text) && had.has_keys(&keys) {
                    return Other::Same;
                }
                let mut expected = Executed::table_of(&text).unwrap_or_default();
                expected.parts.extend(keys);
                let expected = executed.expected(&qualified, expected);
                match had.is_as(&expected) {
                    true => Other::Same,
                    false => Other::Text((had.into_owned(), expected)),
                }
            }
            _ => Other::Same,
        }
    }

    /// What holds no data, some after some, each after what it needs.
    fn written(&self, add: &mut dyn FnMut(Vec<(Object, Written)>)) {
        // What is generated is not in a database that was adopted.
        if self.model.pending.adopted.is_none() {
            add(self.functions());
            add(self.triggers());
        }
        add(self.policies());
        add(self.views());
    }

    fn functions(&self) -> Vec<(Object, Written)> {
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
        let written = all.into_iter().map(|function| {
            let object = Object::Function(function.name.clone());
            (object, Written::Function(function))
        });
        written.collect()
    }

    fn triggers(&self) -> Vec<(Object, Written)> {
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
        let written = all.into_iter().map(|trigger| {
            let object = Object::Trigger {
                table: trigger.table.clone(),
                name: trigger.name.clone(),
            };
            (object, Written::Trigger(trigger))
        });
        written.collect()
    }

    fn policies(&self) -> Vec<(Object, Written)> {
        let tables: Vec<_> = catalog::server_tables(self.model).collect();
        let of_tables = policies::policies(self.model, &tables, &self.catalog, &self.printer);
        let policies = of_tables.into_iter().flat_map(|table| table.policies);
        let written = policies.map(|policy| {
            let object = Object::Policy {
                table: policy.table.clone(),
                name: policy.name.clone(),
            };
            (object, Written::Policy(policy))
        });
        written.collect()
    }

    fn views(&self) -> Vec<(Object, Written)> {
        let views = order::views(self.model).into_iter().filter_map(|view| {
            let view =
                lower::lower_view(self.model, view, &self.catalog, &self.printer, &self.revoke)?;
            let object = Object::View(view.name.clone());
            Some((object, Written::View(view)))
        });
        views.collect()
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

/// What was executed in the place of what this version writes.
enum Other<T> {
    /// The same, as far as it is ours.
    Same,
    /// This.
    Text(T),
    /// Nothing.
    Gone,
}

fn other(executed: &Executed, object: &Object, written: &Written) -> Other<executed::Text> {
    if executed.is_by_hand(object) {
        return Other::Same;
    }
    if !executed.contains(object) {
        return Other::Gone;
    }
    let rendered = written.rendered();
    // Reading the statements takes longer than comparing their letters.
    if executed.was_made_by(object, &rendered) {
        return Other::Same;
    }
    match executed.get(object) {
        Some(text) if Executed::text_of(&rendered).as_ref() == Some(&text) => Other::Same,
        Some(text) => Other::Text(text),
        None => Other::Gone,
    }
}
