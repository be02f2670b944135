//! One access policy made of another by what people change: a rule, who has it, a scope, a column's grants, a deletion.

use super::mutate::{mutants, mutated};
use crate::generate::dice::Dice;
use crate::universe::tables_on_server;
use synctable::{DeleteRule, Direction};
use synctable_codegen::model::{Access, Expr, Model, Rule, Table, UpdateRule};

/// What is changed of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One node of a rule, a scope, a stream or the origin of a copy.
    Node,
    /// Two nodes.
    Nodes,
    /// A rule is that of another command.
    Exchanged,
    /// A rule has a condition more.
    Narrowed,
    /// A rule has an alternative more.
    Widened,
    /// A role gains or loses a command.
    Role,
    /// A column is secret, set once, or the server's alone.
    Column,
    /// What a column is computed from.
    Computed,
    /// Rows are no longer deleted.
    Deletion,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Node,
        Self::Nodes,
        Self::Exchanged,
        Self::Narrowed,
        Self::Widened,
        Self::Role,
        Self::Column,
        Self::Computed,
        Self::Deletion,
    ];
}

/// The model with a change of this kind, and what it is; `None` where nothing of the kind can be changed.
#[must_use]
pub fn changed(model: &Model, kind: Kind, dice: &mut Dice) -> Option<(String, Model)> {
    let mut after = model.clone();
    let what = match kind {
        Kind::Node => {
            let all = mutants(model);
            let one = (!all.is_empty()).then(|| dice.pick(&all))?;
            after = one.model.clone();
            format!("{}: {}", one.site, one.what)
        }
        Kind::Nodes => {
            let (first, once) = changed(model, Kind::Node, dice)?;
            let (second, twice) = changed(&once, Kind::Node, dice)?;
            after = twice;
            format!("{first}; {second}")
        }
        Kind::Exchanged | Kind::Narrowed | Kind::Widened => {
            let (table, role) = place(model, dice)?;
            let other = dice.pick(&rules(model, &table)).clone();
            let access = access(&mut after, &table);
            let mut sites = sites(access, &role);
            if sites.is_empty() {
                return None;
            }
            let site = dice.below(sites.len());
            let rule = &mut *sites[site];
            *rule = match (kind, &*rule, other) {
                (Kind::Exchanged, _, other) => other,
                (_, Rule::When(one), Rule::When(other)) => {
                    let parts = vec![one.clone(), other];
                    Rule::When(match kind {
                        Kind::Narrowed => Expr::And(parts),
                        _ => Expr::Or(parts),
                    })
                }
                (Kind::Widened, ..) => Rule::Public,
                (_, Rule::Public, other) => other,
                (_, one, Rule::Public) => one.clone(),
            };
            format!("{table}: rule {site} of {role} is {kind:?}")
        }
        Kind::Role => {
            let (table, role) = place(model, dice)?;
            let all = rules(model, &table);
            let other = dice.pick(&all).clone();
            let access = access(&mut after, &table);
            let command = dice.below(4);
            // Who changes or deletes rows reads some.
            let reads = access.read.contains_key(&role);
            match command {
                0 if access.insert.shift_remove(&role).is_some() => {}
                0 => {
                    access.insert.insert(role.clone(), other);
                }
                1 if access.update.shift_remove(&role).is_some() => {}
                1 if reads => {
                    let rule = UpdateRule {
                        before: other.clone(),
                        after: other,
                    };
                    access.update.insert(role.clone(), rule);
                }
                2 if access.delete.shift_remove(&role).is_some() => {}
                2 if reads => {
                    access.delete.insert(role.clone(), other);
                }
                3 if role != model.postgres.roles.client => match access.read.shift_remove(&role) {
                    Some(_) => {
                        access.update.shift_remove(&role);
                        access.delete.shift_remove(&role);
                    }
                    None => {
                        access.read.insert(role.clone(), other);
                    }
                },
                _ => return None,
            }
            format!("{table}: command {command} of {role} comes or goes")
        }
        Kind::Column => {
            let tables: Vec<&Table> = of_callers(model);
            let table = *dice.pick(&tables);
            let plain = table.columns.values().filter(|column| {
                let is_asked = column.role.is_none() && column.copied.is_none();
                !table.key.contains(&column.name)
                    && is_asked
                    && column.generated.is_none()
                    && column.direction == Direction::Both
            });
            let plain: Vec<String> = plain.map(|column| column.name.clone()).collect();
            let name = dice.pick_where(&plain, |_| true)?;
            let column = &mut after.tables[&table.name].columns[name];
            let how = match dice.below(3) {
                0 => {
                    column.secret = !column.secret;
                    "secret"
                }
                1 => {
                    column.immutable = !column.immutable;
                    "immutable"
                }
                _ => {
                    column.direction = Direction::ServerOnly;
                    "on the server only"
                }
            };
            format!("{}.{name}: {how}", table.name)
        }
        Kind::Computed => {
            let computed: Vec<(String, String)> = of_callers(model)
                .iter()
                .flat_map(|table| {
                    let columns = table.columns.values();
                    let columns = columns.filter(|column| column.generated.is_some());
                    columns.map(|column| (table.name.clone(), column.name.clone()))
                })
                .collect();
            let (table, name) = dice.pick_where(&computed, |_| true)?;
            let column = &mut after.tables[table].columns[name];
            let generated = column.generated.as_mut().expect("it is computed");
            let all = mutated(&generated.expr);
            let (what, expr) = dice.pick_where(&all, |_| true)?.clone();
            generated.expr = expr;
            format!("{table}.{name}: {what}")
        }
        Kind::Deletion => {
            let tables = of_callers(model);
            let hard = |table: &&Table| table.delete == DeleteRule::Hard;
            let table = *dice.pick_where(&tables, |table| hard(table))?;
            after.tables[&table.name].delete = DeleteRule::Denied;
            access(&mut after, &table.name).delete.clear();
            format!("{}: deletions are denied", table.name)
        }
    };
    (after != *model).then_some((what, after))
}

fn of_callers(model: &Model) -> Vec<&Table> {
    let tables = tables_on_server(model).into_iter();
    tables.filter(|table| table.access.is_some()).collect()
}

fn place(model: &Model, dice: &mut Dice) -> Option<(String, String)> {
    let tables = of_callers(model);
    let table = dice.pick_where(&tables, |table| !rules(model, &table.name).is_empty())?;
    let roles = super::may::roles(model);
    Some((table.name.clone(), dice.pick(&roles).clone()))
}

fn access<'m>(model: &'m mut Model, table: &str) -> &'m mut Access {
    model.tables[table].access.as_mut().expect("it has rules")
}

/// Every rule of a table.
fn rules(model: &Model, table: &str) -> Vec<Rule> {
    let Some(access) = &model.tables[table].access else {
        return Vec::new();
    };
    let updates = access.update.values();
    let updates = updates.flat_map(|rule| [&rule.before, &rule.after]);
    let others = [&access.read, &access.insert, &access.delete].into_iter();
    let others = others.flat_map(|rules| rules.values());
    others.chain(updates).cloned().collect()
}

/// The rules of one role.
fn sites<'a>(access: &'a mut Access, role: &str) -> Vec<&'a mut Rule> {
    let mut sites = Vec::new();
    sites.extend(access.read.get_mut(role));
    sites.extend(access.insert.get_mut(role));
    sites.extend(access.delete.get_mut(role));
    if let Some(rule) = access.update.get_mut(role) {
        sites.extend([&mut rule.before, &mut rule.after]);
    }
    sites
}
