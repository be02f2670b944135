//! Which tables are published.
//!
//! A table is published when its rows travel down to clients, and when a read rule or a stream filter of such a table
//! selects from it, through scopes at any depth: PowerSync evaluates them from what it replicates.

use crate::model::{Expr, Model, Rule, Select, Set};
use std::collections::BTreeSet;

/// The published tables, in declared order.
pub fn published(model: &Model) -> Vec<&str> {
    let mut found = Found::default();
    for table in model.tables.values().filter(|table| table.sync.downloads()) {
        found.tables.insert(&table.name);
        let rules = table.access.iter().flat_map(|access| access.read.values());
        for rule in rules {
            if let Rule::When(rule) = rule {
                found.expr(rule);
            }
        }
    }
    for part in model.streams.values().flat_map(|stream| &stream.tables) {
        let table = model.tables.get(&part.table);
        if let (Some(true), Some(filter)) =
            (table.map(|table| table.sync.downloads()), &part.filter)
        {
            found.expr(filter);
        }
    }
    for (_, select) in model.callees_first(std::mem::take(&mut found.scopes)) {
        found.select(select);
    }
    let names = model.tables.keys().map(String::as_str);
    names.filter(|name| found.tables.contains(name)).collect()
}

#[derive(Default)]
struct Found<'a> {
    tables: BTreeSet<&'a str>,
    /// The scopes that are named, in the order in which they are met.
    scopes: Vec<&'a str>,
}

impl<'a> Found<'a> {
    fn expr(&mut self, expr: &'a Expr) {
        if let Expr::InSet { set, .. } = expr {
            match set {
                Set::Scope(name) => self.scopes.push(name),
                Set::Select(select) => self.select(select),
            }
        }
        for child in expr.children() {
            self.expr(child);
        }
    }

    fn select(&mut self, select: &'a Select) {
        self.tables.insert(&select.table);
        self.expr(&select.column);
        if let Some(filter) = &select.filter {
            self.expr(filter);
        }
    }
}
