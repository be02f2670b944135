//! Access rules, recognised from policies.
//!
//! A command has one rule for each role: what its policies grant together.
//! A policy that says something else than the language can stays as it is, and with it every policy of its table.

use super::live::Live;
use crate::catalog::{Formula, Policy, Table, both};
use crate::expr::normalise;
use crate::map::{IndexMap, IndexSet};
use crate::model::{CompareOp, Expr, IsTest, Literal, Rule, Select, Set};

/// What a role may do to the rows of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rules {
    pub(super) read: Option<Expr>,
    pub(super) insert: Option<Expr>,
    pub(super) before: Option<Expr>,
    pub(super) after: Option<Expr>,
    pub(super) delete: Option<Expr>,
}

/// The rule that grants every row.
pub(super) fn always() -> Expr {
    Expr::Literal(Literal::Bool(true))
}

fn never() -> Expr {
    Expr::Literal(Literal::Bool(false))
}

/// What the policies of a table grant to each role, or why one of them is not understood, by their names.
pub(super) fn of_table(
    live: &Live,
    table: &Table,
) -> Result<IndexMap<String, Rules>, IndexMap<String, String>> {
    let mut refused: IndexMap<String, String> = IndexMap::default();
    let mut rules: IndexMap<String, Rules> = IndexMap::default();
    for (policy, of) in &table.policies {
        if !of.permissive {
            refused.insert(policy.clone(), "it is restrictive".to_owned());
            continue;
        }
        let read = |formula: &Option<Formula>| {
            let understood = |formula| understood(formula, live);
            formula.as_ref().map(understood).transpose()
        };
        let (using, check) = match (read(&of.using), read(&of.check)) {
            (Ok(using), Ok(check)) => (using, check),
            (Err(why), _) | (_, Err(why)) => {
                refused.insert(policy.clone(), why);
                continue;
            }
        };
        for role in roles(live, of, &[&using, &check]) {
            match role {
                Ok(role) => rules.entry(role).or_default().add(of, &using, &check),
                Err(why) => {
                    refused.insert(policy.clone(), why);
                }
            }
        }
    }
    match refused.is_empty() {
        true => Ok(rules),
        false => Err(refused),
    }
}

/// The callers for whom a policy is; those who can never pass it are left out.
fn roles(
    live: &Live,
    policy: &Policy,
    conditions: &[&Option<Expr>],
) -> Vec<Result<String, String>> {
    let everybody = policy.roles.contains("public");
    let mut roles: IndexSet<String> = policy.roles.clone();
    if everybody {
        roles = IndexSet::from_iter([live.client.clone()]);
        roles.extend(live.anonymous.clone());
    }
    let needs_caller = conditions.iter().copied().flatten().any(needs_caller);
    let is_trusted = |role: &String| {
        live.service.as_ref() == Some(role) || live.replication.as_ref() == Some(role)
    };
    roles
        .into_iter()
        .filter(|role| !(everybody && needs_caller && live.anonymous.as_ref() == Some(role)))
        // Policies do not bind them.
        .filter(|role| !is_trusted(role))
        .map(Ok)
        .collect()
}

/// Whether nobody without a caller's id passes.
fn needs_caller(expr: &Expr) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().any(needs_caller),
        Expr::Or(parts) => parts.iter().all(needs_caller),
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => matches!(**left, Expr::UserId) || matches!(**right, Expr::UserId),
        Expr::Literal(Literal::Bool(false)) => true,
        Expr::InSet { operand, set } => {
            matches!(**operand, Expr::UserId)
                || match set {
                    Set::Select(select) => select.filter.as_ref().is_some_and(needs_caller),
                    Set::Scope(_) => false,
                }
        }
        Expr::Contains { element, .. } => matches!(**element, Expr::UserId),
        _ => false,
    }
}

/// A condition that the language has, with what is compared with the caller in front.
fn understood(formula: &Formula, live: &Live) -> Result<Expr, String> {
    match formula {
        Formula::Expr(expr) => Ok(match live.private {
            Some(_) => as_declared(expr),
            None => turned(expr),
        }),
        Formula::Sql(text) => Err(match crate::expr::catalog::postgres(text, &live.calls) {
            Err(foreign) => foreign.to_string(),
            Ok(_) => "its text is not read".to_owned(),
        }),
    }
}

/// A rule without what its enforcement added: behind a negated comparison, that its columns are not NULL.
pub(super) fn as_declared(expr: &Expr) -> Expr {
    match expr {
        Expr::And(parts) => {
            let mut kept: Vec<Expr> = Vec::new();
            let mut added: Vec<&str> = Vec::new();
            for part in parts {
                if let Expr::Is {
                    operand,
                    test: IsTest::Null,
                    negated: true,
                } = part
                    && let Expr::Column(column) = &**operand
                    && let Some(at) = added.iter().position(|one| one == column)
                {
                    added.remove(at);
                    continue;
                }
                added = match part {
                    Expr::Compare {
                        op: CompareOp::Ne, ..
                    }
                    | Expr::InList { negated: true, .. } => {
                        let mut columns = part.columns();
                        columns.dedup();
                        columns
                    }
                    _ => Vec::new(),
                };
                kept.push(as_declared(part));
            }
            match kept.len() {
                1 => kept.remove(0),
                _ => Expr::And(kept),
            }
        }
        Expr::Or(parts) => Expr::Or(parts.iter().map(as_declared).collect()),
        Expr::Not(part) => Expr::Not(Box::new(as_declared(part))),
        Expr::InSet {
            operand,
            set: Set::Select(select),
        } => Expr::InSet {
            operand: operand.clone(),
            set: Set::Select(Box::new(select_as_declared(select))),
        },
        other => other.clone(),
    }
}

/// The same of a subquery.
pub(super) fn select_as_declared(select: &Select) -> Select {
    Select {
        filter: select.filter.as_ref().map(as_declared),
        ..select.clone()
    }
}

/// `owner_id = auth.user_id()` for `auth.user_id() = owner_id`.
fn turned(expr: &Expr) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(turned).collect();
    match expr {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(part) => Expr::Not(Box::new(turned(part))),
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } if matches!(**left, Expr::UserId | Expr::Claim(_))
            && matches!(**right, Expr::Column(_)) =>
        {
            Expr::Compare {
                op: CompareOp::Eq,
                left: right.clone(),
                right: left.clone(),
            }
        }
        other => other.clone(),
    }
}

impl Rules {
    fn add(&mut self, policy: &Policy, using: &Option<Expr>, check: &Option<Expr>) {
        let using = using.clone().unwrap_or_else(always);
        // Without a condition on new rows, that on old ones applies to them, too.
        let check = check.clone().unwrap_or_else(|| using.clone());
        let all = policy.command == "all";
        let or = |rule: &mut Option<Expr>, condition: &Expr| {
            *rule = Some(match rule.take() {
                Some(before) => either(before, condition.clone()),
                None => condition.clone(),
            });
        };
        if all || policy.command == "select" {
            or(&mut self.read, &using);
        }
        if all || policy.command == "insert" {
            or(&mut self.insert, &check);
        }
        if all || policy.command == "update" {
            or(&mut self.before, &using);
            or(&mut self.after, &check);
        }
        if all || policy.command == "delete" {
            or(&mut self.delete, &using);
        }
    }

    /// The rules without what the read rule says already: a write needs that, too.
    pub(super) fn beyond_read(&mut self) {
        let Some(read) = self.read.clone() else {
            return;
        };
        let rules = [
            &mut self.insert,
            &mut self.before,
            &mut self.after,
            &mut self.delete,
        ];
        for rule in rules.into_iter().flatten() {
            *rule = minus(rule, &read);
        }
    }
}

/// A condition without the parts of the read rule, where a policy adds exactly these to what is left.
///
/// Whose the row is stays said: the server may fill that in, and then nothing but the rule holds an upload against it.
pub(super) fn minus(expr: &Expr, read: &Expr) -> Expr {
    if expr == read {
        return expr.clone();
    }
    let given = parts_of_and(read);
    let mut parts = parts_of_and(expr);
    parts.retain(|part| is_of_caller(part) || !given.contains(part));
    let left = match parts.len() {
        0 => return expr.clone(),
        1 => parts.remove(0),
        _ => Expr::And(parts),
    };
    let together = both(Rule::When(read.clone()), Rule::When(left.clone()));
    match together {
        Rule::When(together) if normalise(&together) == normalise(expr) => left,
        _ => expr.clone(),
    }
}

fn is_of_caller(part: &Expr) -> bool {
    let Expr::Compare {
        op: CompareOp::Eq,
        left,
        right,
    } = part
    else {
        return false;
    };
    matches!(
        (&**left, &**right),
        (Expr::UserId, Expr::Column(_)) | (Expr::Column(_), Expr::UserId)
    )
}

fn parts_of_and(expr: &Expr) -> Vec<Expr> {
    match expr {
        Expr::And(parts) => parts.clone(),
        other => vec![other.clone()],
    }
}

/// Whether a rule asks that a column holds the caller's id.
pub(super) fn asks_for_caller(rule: &Expr, column: &str) -> bool {
    let is_column = |part: &Expr| part.columns().contains(&column);
    parts_of_and(rule)
        .iter()
        .any(|part| is_of_caller(part) && is_column(part))
}

/// Either condition.
fn either(left: Expr, right: Expr) -> Expr {
    if left == right || right == never() || left == always() {
        return left;
    }
    if left == never() || right == always() {
        return right;
    }
    normalise(&Expr::Or(vec![left, right]))
}

/// Whether a rule grants nothing.
pub(super) fn is_never(expr: &Expr) -> bool {
    *expr == never()
}
