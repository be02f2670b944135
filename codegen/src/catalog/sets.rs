//! The sets that policies look things up in, each behind a function of the private schema.
//!
//! A policy that selected from a table itself would meet that table's policies.
//! The function is `security definer`: it reads as the owner, and is stable, so that it sees the rows as they were before the
//! statement.
//! Its statement is a SQL-standard body: names in it were resolved when the function was made, whatever the caller's search path.

use super::{
    Decision, Formula, Helper, Name, Policy,
    caller::{claim, in_claims},
    name_of, policies, private_schema, sql_type,
};
use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::expr::{Known, Row};
use crate::map::{IndexMap, IndexSet};
use crate::model::{Expr, Model, Select, Set};
use synctable::{Database, Kind, derived_name};

/// The functions behind sets, in an order in which each calls only those before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sets {
    /// By the functions' names in the private schema.
    pub functions: IndexMap<String, SetFunction>,
}

/// A function behind a set.
#[derive(Clone, Debug, PartialEq)]
pub struct SetFunction {
    /// The set that a rule names.
    pub set: Set,
    /// What it yields, as it is enforced.
    pub select: Select,
    /// The type of one member.
    pub member: String,
    /// The roles whose policies call it.
    pub roles: IndexSet<String>,
    /// The place of a subquery: the table and the policy that first looks it up.
    pub place: Option<(String, String)>,
}

impl Sets {
    /// The sets of all policies of the tables, which are given with their declared names, and of what triggers decide.
    pub(super) fn of<'a>(
        model: &Model,
        known: &Known,
        tables: impl Iterator<Item = (&'a str, &'a IndexMap<String, Policy>)>,
        decisions: &'a [Decision],
        helpers: &[Helper],
    ) -> Self {
        let mut scopes: IndexMap<&str, IndexSet<String>> = IndexMap::default();
        let mut selects: IndexMap<&Select, SetFunction> = IndexMap::default();
        let mut add = |expr: &'a Expr, roles: &IndexSet<String>, table: &str, policy: &str| {
            let mut found = Vec::new();
            sets(expr, &mut found);
            for set in found {
                let users = match set {
                    Set::Scope(scope) => scopes.entry(scope).or_default(),
                    Set::Select(select) => {
                        let function = selects.entry(select).or_insert_with(|| SetFunction {
                            set: set.clone(),
                            select: (**select).clone(),
                            member: member(model, known, select),
                            roles: IndexSet::default(),
                            place: Some((table.to_owned(), policy.to_owned())),
                        });
                        &mut function.roles
                    }
                };
                users.extend(roles.iter().cloned());
            }
        };
        for (table, policies) in tables {
            for (name, policy) in policies {
                for formula in [&policy.using, &policy.check].into_iter().flatten() {
                    if let Formula::Expr(expr) = formula {
                        add(expr, &policy.roles, table, name);
                    }
                }
            }
        }
        for decision in decisions {
            let roles = IndexSet::from_iter([decision.role.clone()]);
            for expr in decision.conditions() {
                add(expr, &roles, &decision.table, &decision.function);
            }
        }
        let mut called: IndexSet<String> = scopes.keys().map(|name| (*name).to_owned()).collect();
        for select in selects.keys() {
            called.extend(select.scopes().into_iter().map(str::to_owned));
        }
        let declared = model.scopes.keys().map(String::as_str);
        let mut functions: IndexMap<String, SetFunction> = model
            .callees_first(declared.filter(|name| called.contains(*name)))
            .into_iter()
            .map(|(name, select)| {
                let select = policies::scope(model, known, select);
                let function = SetFunction {
                    set: Set::Scope(name.to_owned()),
                    member: member(model, known, &select),
                    select,
                    roles: scopes.get(name).cloned().unwrap_or_default(),
                    place: None,
                };
                (name.to_owned(), function)
            })
            .collect();
        let decided = decisions.iter().map(|decision| decision.function.clone());
        let helping = helpers.iter().map(|helper| helper.function.clone());
        let reserved: IndexSet<String> = super::own_functions(model)
            .chain(decided)
            .chain(helping)
            .collect();
        for (_, function) in selects {
            let (table, policy) = function.place.as_ref().expect("a subquery has a place");
            let stem = [table.as_str(), policy.as_str(), &function.select.table];
            let mut name = derived_name(&stem, "");
            let mut number = 1;
            while functions.contains_key(&name)
                || reserved.contains(&name)
                || model.scopes.contains_key(&name)
            {
                number += 1;
                name = derived_name(&stem, &number.to_string());
            }
            functions.insert(name, function);
        }
        Self { functions }
    }

    /// The name of the function behind a set that a policy names.
    fn function(&self, set: &Set) -> &str {
        let mut functions = self.functions.iter();
        let found = functions.find(|(_, function)| function.set == *set);
        found.map_or_else(
            || unreachable!("every set of a policy has a function: {set:?}"),
            |(name, _)| name,
        )
    }
}

/// The sets that a condition looks things up in, but for those inside of them.
fn sets<'a>(expr: &'a Expr, found: &mut Vec<&'a Set>) {
    expr.visit(&mut |inner| {
        if let Expr::InSet { set, .. } = inner {
            found.push(set);
        }
    });
}

/// The type of a set's members: of a domain what is underneath, of a limited text any text.
fn member(model: &Model, known: &Known, select: &Select) -> String {
    let kind = known.kind_of_select(select).expect("check knows its kind");
    match (&kind, kind.carrier()) {
        (Kind::Enum { .. }, _) => sql_type(model, &kind),
        (_, Some(synctable::Scalar::Varchar(_))) => "text".to_owned(),
        (_, Some(scalar)) => scalar.postgres_type().into_owned(),
        (_, None) => sql_type(model, &kind),
    }
}

/// How rules ask for the caller and for sets.
pub struct Caller<'a> {
    model: &'a Model,
    known: &'a Known,
    sets: &'a Sets,
    schema: String,
    /// Inside of a set's function, where no policy applies, subqueries stand as they are.
    inside: bool,
    /// The scopes that the function asks more than once, and so asks once, in front of its statement.
    once: IndexSet<&'a str>,
}

impl<'a> Caller<'a> {
    /// As policies ask.
    pub fn of_policies(model: &'a Model, known: &'a Known, sets: &'a Sets) -> Self {
        let schema = Database::Postgres
            .ident(&private_schema(model))
            .into_owned();
        Self {
            model,
            known,
            sets,
            schema,
            inside: false,
            once: IndexSet::default(),
        }
    }

    /// A condition on a row, with an alias before its columns where one is given.
    pub fn condition(&self, expr: &Expr, row: &Row, alias: Option<&str>) -> String {
        let cx = PrintContext {
            qualifier: alias,
            ..PrintContext::new(self.known, row).with_hooks(self)
        };
        print::lower_case(&print::postgres(expr, &cx))
    }

    /// The statement of a set's function, line by line.
    ///
    /// A scope that it names more than once is asked once: what stands on it is named more than once in its turn, and
    /// everything below would be asked twice as often with every step.
    pub fn body(&self, select: &Select) -> Vec<String> {
        let scopes = select.scopes();
        let mut named = IndexSet::default();
        let once: IndexSet<&str> = scopes
            .into_iter()
            .filter(|name| !named.insert(*name))
            .collect();
        let inside = Caller {
            schema: self.schema.clone(),
            inside: true,
            once,
            ..*self
        };
        let row: &Row = &self.known.tables[&select.table];
        let table = name_of(&self.model.tables[&select.table]);
        let ident = |name: &str| Database::Postgres.ident(name).into_owned();
        let mut lines = Vec::new();
        for (index, scope) in inside.once.iter().enumerate() {
            let word = if index == 0 { "with " } else { "" };
            let comma = if index + 1 < inside.once.len() {
                ","
            } else {
                ""
            };
            let name = ident(scope);
            lines.push(format!("{word}{name} (member) as materialized ("));
            lines.push(format!("    select {}.{name}()", self.schema));
            lines.push(format!("){comma}"));
        }
        lines.push(format!(
            "select {}",
            inside.condition(&select.column, row, None)
        ));
        lines.push(format!(
            "from {}.{}",
            ident(&table.schema),
            ident(&table.name)
        ));
        lines.extend(
            select
                .filter
                .as_ref()
                .map(|filter| format!("where {}", inside.condition(filter, row, None))),
        );
        lines
    }
}

impl Hooks for Caller<'_> {
    fn user_id(&self) -> String {
        format!("(SELECT {}.user_id())", self.schema)
    }

    fn claim(&self, path: &[String], beside: Option<&Kind>) -> String {
        format!("(SELECT {})", claim(&self.schema, path, beside))
    }

    fn in_claims(&self, operand: &str, path: &[String], kind: Option<&Kind>) -> String {
        in_claims(operand, &self.schema, path, kind)
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        match set {
            Set::Select(select) if self.inside => {
                let row = &self.known.tables[&select.table];
                let cx = PrintContext::new(self.known, row).with_hooks(self);
                Ok(print::select_postgres(select, &cx))
            }
            Set::Scope(name) if self.once.contains(name.as_str()) => {
                let name = Database::Postgres.ident(name);
                Ok(format!("(SELECT {name}.member FROM {name})"))
            }
            set => {
                let function = match set {
                    Set::Scope(name) => name,
                    Set::Select(_) => self.sets.function(set),
                };
                let function = Database::Postgres.ident(function);
                Ok(format!("(SELECT {}.{function}())", self.schema))
            }
        }
    }

    /// An array is computed once and then looked up through an index; a subquery beside an `or` never is.
    fn member(&self, operand: &str, set: &Set) -> Result<String, Unsayable> {
        Ok(format!("{operand} = ANY (ARRAY{})", self.set(set)?))
    }

    /// The form that an index of the method `gin` serves.
    fn contains(&self, list: &str, element: &str) -> Option<String> {
        Some(format!("{list} @> ARRAY[{element}]"))
    }
}

impl Sets {
    /// What each function stands for, for a reader of the catalog.
    pub(super) fn by_name(&self, model: &Model) -> IndexMap<Name, Set> {
        let schema = private_schema(model);
        self.functions
            .iter()
            .map(|(name, function)| (Name::new(&schema, name), function.set.clone()))
            .collect()
    }
}
