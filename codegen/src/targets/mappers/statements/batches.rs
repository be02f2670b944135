//! Which entries of a table may be written by one statement without meaning something else than one after the other.
//!
//! Within a statement, conditions see the rows as they stood before it.
//! So an entry that decides over another one, through a rule or a foreign key, is written before it.

use crate::model::{
    Access, Column, Exclusion, Expr, Model, OnServer, Rule, Select, Set, Table, UniquePart,
};
use std::collections::BTreeSet;
use synctable::statement::{Batch, Batching};
use synctable::{DeleteRule, Role};

pub(super) fn of(model: &Model, table: &Table) -> Batching {
    let mut lookups = Lookups {
        model,
        table,
        reads: BTreeSet::new(),
        through_key: false,
        otherwise: false,
        copies: false,
        columns: BTreeSet::new(),
    };
    let client = &model.postgres.roles.client;
    let nothing = Access::default();
    let access = table.access.as_ref().unwrap_or(&nothing);
    let update = access.update.get(client);
    // What speaks of the row as it will be is known from the entry.
    let after = [access.insert.get(client), update.map(|rule| &rule.after)];
    for rule in after.into_iter().flatten() {
        lookups.rule(rule, true);
    }
    let before = [
        access.read.get(client),
        update.map(|rule| &rule.before),
        access.delete.get(client),
    ];
    for rule in before.into_iter().flatten() {
        lookups.rule(rule, false);
    }
    let mut refers_to_itself = false;
    for key in &table.foreign_keys {
        if key.on_server == OnServer::Unchecked || !model.tables.contains_key(&key.table) {
            continue;
        }
        lookups.reads.insert(key.table.clone());
        if key.table == table.name {
            refers_to_itself = true;
            lookups.otherwise |= table.key.len() != 1 || key.references != table.key;
        }
    }
    lookups.copies();
    let looks_at_itself = lookups.through_key || lookups.otherwise || lookups.copies;
    let stands_apart = lookups.copies || !lookups.looks_only_at(changes_only_if_given);
    Batching {
        put: match (lookups.otherwise, looks_at_itself || refers_to_itself) {
            (true, _) => Batch::Alone,
            (false, true) => Batch::Unrelated,
            (false, false) => Batch::Together,
        },
        patch: match stands_apart {
            true => Batch::Alone,
            false => Batch::Together,
        },
        delete: match deletes_are_seen(table, &lookups, refers_to_itself) {
            true => Batch::Alone,
            false => Batch::Together,
        },
        decisive: decisive(table, &lookups)
            .into_iter()
            .map(Into::into)
            .collect(),
        reads: lookups.reads.into_iter().map(Into::into).collect(),
    }
}

/// Whether the deletion of a row decides over that of another one.
///
/// A tombstone is seen by rules that look at what it changes; the end of a row by every rule and by foreign keys.
fn deletes_are_seen(table: &Table, lookups: &Lookups<'_>, refers_to_itself: bool) -> bool {
    if table.delete != DeleteRule::Soft {
        return lookups.through_key || lookups.otherwise || lookups.copies || refers_to_itself;
    }
    let stays =
        |column: &Column| changes_only_if_given(column) && column.role != Some(Role::Tombstone);
    lookups.copies || !lookups.looks_only_at(stays)
}

/// Whether a PATCH changes a column only if it gives it.
fn changes_only_if_given(column: &Column) -> bool {
    let role = column.role;
    let is_filled_once = column.is_verified() && !column.moves;
    (column.uploads() || is_filled_once)
        && column.copied.is_none()
        && column.generated.is_none()
        && matches!(role, None | Some(Role::Owner | Role::Tombstone))
}

/// What the rules of a table look up.
struct Lookups<'a> {
    model: &'a Model,
    table: &'a Table,
    reads: BTreeSet<String>,
    /// Whether a rule looks up other rows of the table by their key alone.
    through_key: bool,
    /// Whether a rule looks up other rows of the table in any other way.
    otherwise: bool,
    /// Whether rows of the table copy from other ones of it, at however many removes.
    copies: bool,
    /// The columns of other rows of the table that rules look at.
    columns: BTreeSet<String>,
}

impl Lookups<'_> {
    /// Whether all columns of other rows of the table that rules look at are of a sort.
    fn looks_only_at(&self, sort: impl Fn(&Column) -> bool) -> bool {
        let mut columns = self.columns.iter();
        columns.all(|name| self.table.columns.get(name).is_some_and(&sort))
    }

    fn rule(&mut self, rule: &Rule, is_told_by_entry: bool) {
        if let Rule::When(expr) = rule {
            self.expr(expr, is_told_by_entry);
        }
    }

    fn expr(&mut self, expr: &Expr, is_told_by_entry: bool) {
        let mut sets = Vec::new();
        expr.visit(&mut |expr| {
            if let Expr::InSet { operand, set } = expr {
                sets.push((operand, set));
            }
        });
        for (operand, set) in sets {
            let select = match set {
                Set::Scope(name) => &self.model.scopes[name],
                Set::Select(select) => &**select,
            };
            self.looks(select);
            if select.table == self.table.name {
                let column = |name: &str| Expr::Column(name.to_owned());
                let by_key = self.table.key.len() == 1
                    && select.column == column(&self.table.key[0])
                    && matches!(**operand, Expr::Column(_));
                match is_told_by_entry && by_key {
                    true => self.through_key = true,
                    false => self.otherwise = true,
                }
            }
            self.nested(select);
        }
    }

    /// The tables from which the rows that decide copy something, the table itself included: what changes there is carried on.
    fn copies(&mut self) {
        let mut open: Vec<&str> = vec![&self.table.name];
        open.extend(self.reads.iter().map(String::as_str));
        let mut found: BTreeSet<&str> = BTreeSet::new();
        while let Some(name) = open.pop() {
            let columns = self.model.tables[name].columns.values();
            for copied in columns.filter_map(|column| column.copied.as_ref()) {
                if found.insert(&copied.table) {
                    open.push(&copied.table);
                }
            }
        }
        // Rows that copy from each other are not written side by side.
        self.copies |= found.contains(self.table.name.as_str());
        let found: Vec<String> = found.into_iter().map(str::to_owned).collect();
        self.reads.extend(found);
    }

    fn looks(&mut self, select: &Select) {
        self.reads.insert(select.table.clone());
        if select.table == self.table.name {
            let exprs = std::iter::once(&select.column).chain(&select.filter);
            let columns = exprs.flat_map(Expr::columns).map(str::to_owned);
            self.columns.extend(columns);
        }
    }

    /// What is looked up on the way.
    fn nested(&mut self, select: &Select) {
        let mut on_the_way = select.selects();
        for (_, scope) in self.model.callees_first(select.scopes()) {
            on_the_way.push(scope);
            on_the_way.extend(scope.selects());
        }
        for select in on_the_way {
            self.looks(select);
            self.otherwise |= select.table == self.table.name;
        }
    }
}

/// The columns of unique constraints and indexes, and those that rules look at in other rows, in declared order.
fn decisive(table: &Table, lookups: &Lookups<'_>) -> Vec<String> {
    let unique = unique(table);
    let columns = table.columns.values().filter(|column| {
        let is_looked_at = lookups.columns.contains(&column.name) && table.may_change(column);
        is_looked_at || unique.contains(column.name.as_str())
    });
    columns.map(|column| column.name.clone()).collect()
}

/// The columns of unique constraints and indexes.
fn unique(table: &Table) -> BTreeSet<&str> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for unique in &table.uniques {
        for part in &unique.parts {
            match part {
                UniquePart::Column(name) => {
                    named.insert(name);
                }
                UniquePart::Expr(expr) => named.extend(expr.columns()),
            }
        }
        if let Some(predicate) = &unique.predicate {
            named.extend(predicate.columns());
        }
    }
    named.extend(table.exclusions.iter().flat_map(Exclusion::columns));
    // A copy changes with what says where it comes from.
    loop {
        let by = |name: &&str| Some(&table.columns.get(*name)?.copied.as_ref()?.by);
        let more: Vec<&str> = named
            .iter()
            .filter_map(by)
            .flatten()
            .map(String::as_str)
            .collect();
        let before = named.len();
        named.extend(more);
        if named.len() == before {
            return named;
        }
    }
}
