//! What is known of each scope, worked out once for every one: in a sync config each stands alone and spells out all others.

use super::caller::is_bound;
use super::enforced::enforceable_select;
use super::own_rows;
use super::query::read_rule;
use crate::expr::Known;
use crate::model::{Clients, Expr, Model, Rule, Select, Set, StreamTable, Table};
use std::collections::BTreeMap;

/// A model with what is known of its scopes.
pub(super) struct Scopes<'m> {
    pub(super) model: &'m Model,
    pub(super) known: &'m Known,
    /// The releases that clients still run, where their names count.
    pub(super) clients: Option<&'m Clients>,
    of: BTreeMap<&'m str, Scope>,
}

/// What is known of one scope.
struct Scope {
    /// It as PowerSync enforces it.
    enforced: Select,
    /// The queries that it takes when the scopes that it reads are spelled out, and those that these read.
    queries: u64,
    /// The conditions that it takes when it is asked of a row of its own table.
    conditions: u64,
    /// Whether every way into it ties a row to the caller.
    is_bound: bool,
}

impl<'m> Scopes<'m> {
    pub(super) fn of(model: &'m Model, known: &'m Known) -> Self {
        let of = model.of_scopes(|select, below: &BTreeMap<&str, Scope>| {
            let names = select.scopes().into_iter();
            let inner = names
                .filter_map(|name| below.get(name))
                .map(|one| one.queries);
            let in_place = select.selects().len() as u64;
            let filter = select.filter.as_ref();
            Scope {
                enforced: enforceable_select(select, known),
                queries: inner.fold(1 + in_place, u64::saturating_add),
                conditions: filter.zip(model.tables.get(&select.table)).map_or(
                    1,
                    |(filter, table)| {
                        own_rows::conditions(model, table, filter, &|name| {
                            below.get(name).map_or(1, |scope| scope.conditions)
                        })
                    },
                ),
                is_bound: filter.is_some_and(|filter| {
                    is_bound(filter, &|name| {
                        below.get(name).is_some_and(|scope| scope.is_bound)
                    })
                }),
            }
        });
        Self {
            model,
            known,
            clients: None,
            of,
        }
    }

    /// The same for clients of these releases, too.
    pub(super) fn for_clients(self, clients: &'m Clients) -> Self {
        Self {
            clients: Some(clients),
            ..self
        }
    }

    /// What a set of an enforced rule looks up, enforced too.
    pub(super) fn looked_up<'a>(&'a self, set: &'a Set) -> &'a Select {
        match set {
            Set::Scope(name) => &self.of[name.as_str()].enforced,
            Set::Select(select) => select,
        }
    }

    /// The scope, as PowerSync enforces it.
    pub(super) fn looked_up_of(&self, scope: &str) -> &Select {
        &self.of[scope].enforced
    }

    /// The queries that a scope takes when the scopes that it reads are spelled out.
    pub(super) fn queries(&self, scope: &str) -> u64 {
        self.of[scope].queries
    }

    /// The conditions that one on a row takes when sets of the row's own table are spelled out.
    pub(super) fn conditions(&self, table: &Table, condition: &Expr) -> u64 {
        own_rows::conditions(self.model, table, condition, &|name| {
            self.of[name].conditions
        })
    }

    /// Whether the conditions of a part of a stream are few enough to be spelled out.
    pub(super) fn fits(&self, table: &Table, part: &StreamTable) -> bool {
        let rule = match read_rule(self.model, table) {
            Some(Rule::When(rule)) => Some(rule),
            Some(Rule::Public) | None => None,
        };
        let mut conditions = rule.into_iter().chain(&part.filter);
        conditions.all(|condition| self.conditions(table, condition) <= own_rows::MOST)
    }

    /// Whether every way into a scope ties a row to the caller.
    pub(super) fn is_bound_of(&self, scope: &str) -> bool {
        self.of[scope].is_bound
    }

    /// Whether every way to satisfy a condition ties the row to the caller.
    pub(super) fn is_bound(&self, condition: &Expr) -> bool {
        is_bound(condition, &|name| self.of[name].is_bound)
    }
}
