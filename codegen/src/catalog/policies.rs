//! Row-level security: what the access rules of a table say, as one policy for each command and role.
//!
//! A write is readable by its writer before and after: an insert needs the read rule on the new row, an update on both rows, a
//! delete on the old one.
//! What follows from another part of a condition is left out of it.

use super::deletion::{self, Decision};
use super::{Formula, Policy, stored};
use crate::expr::{Implications, Known, Row, access};
use crate::guard::tombstone;
use crate::map::IndexMap;
use crate::model::{self, Access, Expr, Literal, Model, Rule, Select, Set};
use synctable::{DeleteRule, Role, derived_name};

/// The policies of a table by name: `read` is the client role's, `read_anon` another role's; and what triggers decide beside them.
pub(super) fn of_table(
    model: &Model,
    known: &Known,
    table: &model::Table,
) -> (IndexMap<String, Policy>, Vec<Decision>) {
    let mut policies = IndexMap::default();
    let mut decisions = Vec::new();
    let Some(access) = &table.access else {
        return (policies, decisions);
    };
    for role in super::grants::roles(access) {
        let rules = RulesOfRole::of(model, known, table, access, role);
        decisions.extend(Decision::of(model, table, role, &rules));
        let mut add = |command: &'static str, using: Option<Rule>, check: Option<Rule>| {
            let name = match *role == model.postgres.roles.client {
                true => command_word(command).to_owned(),
                false => derived_name(&[command_word(command)], role),
            };
            let policy = Policy {
                command: command.to_owned(),
                permissive: true,
                roles: [role.clone()].into_iter().collect(),
                using: using.map(formula),
                check: check.map(formula),
            };
            policies.insert(name, policy);
        };
        if let Some(read) = &rules.read {
            add("select", Some(read.clone()), None);
        }
        if let Some(insert) = &rules.insert {
            add("insert", None, Some(rules.readable(insert)));
        }
        if let Some((using, check)) = rules.update(table) {
            add("update", Some(using), Some(check));
        }
        // Where deletions are soft, a trigger sets the tombstone in place of it.
        if let (Some(delete), Some(_), DeleteRule::Hard | DeleteRule::Soft) =
            (&rules.delete, &rules.read, table.delete)
        {
            add("delete", Some(rules.readable(delete)), None);
        }
    }
    (policies, decisions)
}

/// What the rules call a command of Postgres.
fn command_word(command: &str) -> &str {
    match command {
        "select" => "read",
        other => other,
    }
}

fn formula(rule: Rule) -> Formula {
    Formula::Expr(match rule {
        Rule::Public => Expr::Literal(Literal::Bool(true)),
        Rule::When(expr) => expr,
    })
}

/// The rules of one role as they are enforced.
pub(super) struct RulesOfRole {
    pub(super) read: Option<Rule>,
    pub(super) insert: Option<Rule>,
    pub(super) before: Option<Rule>,
    pub(super) after: Option<Rule>,
    pub(super) delete: Option<Rule>,
}

impl RulesOfRole {
    pub(super) fn of(
        model: &Model,
        known: &Known,
        table: &model::Table,
        access: &Access,
        role: &str,
    ) -> Self {
        let row = &known.tables[&table.name];
        let lower = |rule: &Rule| match rule {
            Rule::Public => Rule::Public,
            Rule::When(expr) => Rule::When(access::enforceable(
                &on_server(model, table, expr),
                row,
                known,
            )),
        };
        Self::lowered(access, role, lower)
    }

    /// The rules of one role, each lowered.
    pub(super) fn lowered(access: &Access, role: &str, lower: impl Fn(&Rule) -> Rule) -> Self {
        let update = access.update.get(role);
        Self {
            read: access.read.get(role).map(&lower),
            insert: access.insert.get(role).map(&lower),
            before: update.map(|rule| lower(&rule.before)),
            after: update.map(|rule| lower(&rule.after)),
            delete: access.delete.get(role).map(&lower),
        }
    }

    /// The rule, and that the writer may read the row, where he reads rows at all.
    fn readable(&self, rule: &Rule) -> Rule {
        match &self.read {
            Some(read) => both(read.clone(), rule.clone()),
            None => rule.clone(),
        }
    }

    /// Both halves of each policy on a bucket's objects, by the command of Postgres.
    pub(super) fn of_objects(&self) -> Vec<(&'static str, Option<Formula>, Option<Formula>)> {
        let mut found = Vec::new();
        let readable = |rule: &Rule| Some(formula(self.readable(rule)));
        if let Some(read) = &self.read {
            found.push(("select", Some(formula(read.clone())), None));
        }
        if let Some(insert) = &self.insert {
            found.push(("insert", None, readable(insert)));
        }
        if let (Some(before), Some(after), Some(_)) = (&self.before, &self.after, &self.read) {
            found.push(("update", readable(before), readable(after)));
        }
        if let (Some(delete), Some(_)) = (&self.delete, &self.read) {
            found.push(("delete", readable(delete), None));
        }
        found
    }

    /// The column whose setting is a deletion.
    pub(super) fn tombstone<'a>(&self, table: &'a model::Table) -> Option<&'a model::Column> {
        match table.delete {
            DeleteRule::Soft => table.role(Role::Tombstone),
            DeleteRule::Hard | DeleteRule::Denied => None,
        }
    }

    /// The two halves of the policy for UPDATE; with `delete: soft` it also decides who sets the tombstone.
    ///
    /// A row that nobody may read cannot be changed: no UPDATE finds it.
    fn update(&self, table: &model::Table) -> Option<(Rule, Rule)> {
        self.read.as_ref()?;
        let soft = self.tombstone(table).zip(self.delete.as_ref());
        let update = self.before.as_ref().zip(self.after.as_ref());
        let (using, check) = match (update, soft) {
            (None, None) => return None,
            (Some((before, after)), None) => (before.clone(), after.clone()),
            // Grants leave nothing but the tombstone and its time to be written.
            (None, Some((tombstone, delete))) => (
                both(delete.clone(), is_set(tombstone, false)),
                is_set(tombstone, true),
            ),
            // What is too much here the trigger refuses.
            (Some((before, after)), Some((tombstone, delete))) => {
                let deleted = match deletion::speaks_of_a_deletion(table, delete) {
                    true => is_set(tombstone, true),
                    false => both(delete.clone(), is_set(tombstone, true)),
                };
                let using = either(before.clone(), delete.clone());
                (using, either(after.clone(), deleted))
            }
        };
        Some((self.readable(&using), self.readable(&check)))
    }
}

fn is_set(column: &model::Column, set: bool) -> Rule {
    Rule::When(tombstone::condition(column, set))
}

/// The rule over what Postgres stores.
fn on_server(model: &Model, table: &model::Table, expr: &Expr) -> Expr {
    let all = |parts: &[Expr]| {
        parts
            .iter()
            .map(|part| on_server(model, table, part))
            .collect()
    };
    match expr {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(part) => Expr::Not(Box::new(on_server(model, table, part))),
        Expr::InSet {
            operand,
            set: Set::Select(select),
        } => Expr::InSet {
            operand: Box::new(stored(table, operand)),
            set: Set::Select(Box::new(select_on_server(model, select))),
        },
        other => stored(table, other),
    }
}

fn select_on_server(model: &Model, select: &Select) -> Select {
    let table = &model.tables[&select.table];
    Select {
        column: stored(table, &select.column),
        table: select.table.clone(),
        filter: select
            .filter
            .as_ref()
            .map(|filter| on_server(model, table, filter)),
    }
}

/// A rule of a bucket as it is enforced.
pub(super) fn rule_of_bucket(model: &Model, known: &Known, row: &Row, rule: &Rule) -> Rule {
    match rule {
        Rule::Public => Rule::Public,
        Rule::When(expr) => Rule::When(access::enforceable(
            &sets_on_server(model, expr),
            row,
            known,
        )),
    }
}

/// The rule over folders, with its subqueries over what Postgres stores.
fn sets_on_server(model: &Model, expr: &Expr) -> Expr {
    let all = |parts: &[Expr]| {
        parts
            .iter()
            .map(|part| sets_on_server(model, part))
            .collect()
    };
    match expr {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(part) => Expr::Not(Box::new(sets_on_server(model, part))),
        Expr::InSet {
            operand,
            set: Set::Select(select),
        } => Expr::InSet {
            operand: operand.clone(),
            set: Set::Select(Box::new(select_on_server(model, select))),
        },
        other => other.clone(),
    }
}

/// A scope's select as Postgres evaluates it.
pub(super) fn scope(model: &Model, known: &Known, select: &Select) -> Select {
    access::enforceable_select(&select_on_server(model, select), known)
}

/// Both rules; one that follows from the other says nothing.
pub(crate) fn both(left: Rule, right: Rule) -> Rule {
    let (Rule::When(left), Rule::When(right)) = (&left, &right) else {
        return match left {
            Rule::Public => right,
            Rule::When(_) => left,
        };
    };
    Rule::When(if implies(right, left) {
        right.clone()
    } else if implies(left, right) {
        left.clone()
    } else {
        Expr::And([parts_of_and(left), parts_of_and(right)].concat())
    })
}

/// Either rule; one from which the other follows says nothing.
fn either(left: Rule, right: Rule) -> Rule {
    let (Rule::When(left), Rule::When(right)) = (&left, &right) else {
        return Rule::Public;
    };
    Rule::When(if implies(right, left) {
        left.clone()
    } else if implies(left, right) {
        right.clone()
    } else {
        Expr::Or([parts_of_or(left), parts_of_or(right)].concat())
    })
}

fn parts_of_and(expr: &Expr) -> Vec<Expr> {
    match expr {
        Expr::And(parts) => parts.clone(),
        other => vec![other.clone()],
    }
}

fn parts_of_or(expr: &Expr) -> Vec<Expr> {
    match expr {
        Expr::Or(parts) => parts.clone(),
        other => vec![other.clone()],
    }
}

/// Whether a rule plainly follows from another.
pub(super) fn follows(given: &Rule, wanted: &Rule) -> bool {
    match (given, wanted) {
        (_, Rule::Public) => true,
        (Rule::Public, Rule::When(_)) => false,
        (Rule::When(given), Rule::When(wanted)) => implies(given, wanted),
    }
}

/// Whether one condition on a row plainly follows from another.
fn implies(given: &Expr, wanted: &Expr) -> bool {
    Implications::plain().implies(given, wanted)
}
