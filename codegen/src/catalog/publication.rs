//! Which tables are published.
//!
//! A table is published when its rows travel down to clients, and when a read rule or a stream filter of such a table
//! selects from it, through scopes at any depth: PowerSync evaluates them from what it replicates.

use crate::model::{Expr, Model, Rule, Select, Set};
use std::collections::BTreeSet;

/// The published tables, in declared order.
pub fn published(model: &Model) -> Vec<&str> {
    let mut found = Found {
        model,
        tables: BTreeSet::new(),
    };
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
    let names = model.tables.keys().map(String::as_str);
    names.filter(|name| found.tables.contains(name)).collect()
}

struct Found<'a> {
    model: &'a Model,
    tables: BTreeSet<&'a str>,
}

impl<'a> Found<'a> {
    fn expr(&mut self, expr: &'a Expr) {
        if let Expr::InSet { set, .. } = expr {
            let select = match set {
                Set::Scope(name) => self.model.scopes.get(name),
                Set::Select(select) => Some(&**select),
            };
            if let Some(select) = select {
                self.select(select);
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
