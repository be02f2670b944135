//! Statements: what applies an upload to Postgres, with the conflict rule and the access policy inside.
//!
//! One lowering builds them as data, [`StatementSet`]: the Rust output embeds it, and `codegen show statements` prints it.

mod batches;
mod columns;
mod embedded;
mod layout;
mod postgres;

use super::lower::is_mapped;
use crate::expr::Known;
use crate::model::{Connection, Model, Table};
use crate::targets::rust;
use crate::tree::Tree;
use columns::Facts;
use std::sync::Arc;
use synctable::statement::{self, Commands, StatementSet};

/// Adds a file of statements for every table that devices upload and that mappers are wanted for.
pub(super) fn emit<'m>(model: &'m Model, tree: &mut Tree<'m>) {
    let mapped = || uploaded(model).filter(|table| is_mapped(model, table));
    tree.insert("statements/mod.rs", embedded::root(mapped()));
    let known = Arc::new(Known::of(model));
    for table in mapped() {
        let file = rust::module_file(&rust::module(&table.name));
        let known = Arc::clone(&known);
        tree.insert_later(format!("statements/{file}"), move || {
            embedded::table(table, &lower(model, &known, table))
        });
    }
}

/// The statements of every table that devices upload.
#[must_use]
pub fn all(model: &Model) -> Vec<(&Table, StatementSet)> {
    let known = Known::of(model);
    let tables = uploaded(model);
    tables
        .map(|table| (table, lower(model, &known, table)))
        .collect()
}

/// The tables that devices upload.
fn uploaded(model: &Model) -> impl Iterator<Item = &Table> {
    let tables = model.tables.values();
    tables.filter(|table| table.sync.uploads())
}

/// The statements of a table, and which entries share one.
fn lower(model: &Model, known: &Known, table: &Table) -> StatementSet {
    let facts = Facts::of(model, table);
    let on = |declared, connection| match model.postgres.connections.contains(&declared) {
        true => postgres::commands(&facts, known, connection),
        false => Commands::NONE,
    };
    StatementSet {
        batching: batches::of(model, table),
        row_security: on(Connection::RowSecurity, statement::Connection::RowSecurity),
        guarded: on(Connection::Guarded, statement::Connection::Guarded),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{sample, sample_wide};
    use synctable::crud::Op;
    use synctable::statement::Statement;

    /// The numbers of the parameters in a text.
    fn mentioned(text: &str) -> Vec<usize> {
        let numbers = text.split('$').skip(1).filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            rest[..end.unwrap_or(rest.len())].parse().ok()
        });
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    #[test]
    fn every_statement_mentions_its_parameters_without_a_gap() {
        let mut seen = 0;
        let mut holds = |one: &Statement| {
            let all: Vec<usize> = (1..=one.params.len()).collect();
            assert_eq!(mentioned(&one.text), all, "{one:#?}");
            seen += 1;
        };
        for model in [sample::model(), sample_wide::wide()] {
            for (_, set) in super::all(&model) {
                for op in [Op::Put, Op::Patch, Op::Delete] {
                    let postgres = [&set.row_security, &set.guarded].map(|one| one.of(op));
                    for one in postgres.into_iter().flatten() {
                        holds(one);
                    }
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }
}
