//! What an upload says of columns that the server fills: it is compared, and never stands in for the server's value.
//!
//! A row that is there is held against what stands in it, a new one against what the server is about to fill in.
//! Under row-level security, the trigger that copies sees rows that the caller does not, and whoever reads nothing of a
//! table cannot look: there the value is written, and the triggers of the table refuse it.
//! An upload that leaves such a column out, or says null, says nothing.

use super::spell::ident;
use super::{ENTRY, Postgres};
use crate::guard;
use crate::model::Column;
use synctable::Database;

impl<'a> Postgres<'a> {
    /// What an entry may give values: what it writes, and what it only says.
    pub(super) fn told_beside(&self, written: &[&'a Column]) -> Vec<&'a Column> {
        written.iter().chain(&self.facts.told).copied().collect()
    }

    /// The columns that a value fills.
    pub(super) fn values_told(&self) -> impl Iterator<Item = &'a Column> {
        let told = self.facts.told.iter().copied();
        told.filter(|column| column.copied.is_none())
    }

    /// The copied columns.
    pub(super) fn copies_told(&self) -> impl Iterator<Item = &'a Column> {
        let told = self.facts.told.iter().copied();
        told.filter(|column| column.copied.is_some())
    }

    /// The columns that are written as they are told, for a trigger to compare: under row-level security, copies, and
    /// all of them where nobody reads.
    pub(super) fn left_to_triggers(&self) -> Vec<&'a Column> {
        let reads = self.facts.reads();
        let told = self.facts.told.iter().copied();
        told.filter(|column| !self.is_guarded() && (column.copied.is_some() || !reads))
            .collect()
    }

    /// What a new row holds in such a column.
    pub(super) fn for_trigger(&self, column: &Column) -> String {
        let name = match self.is_merging() {
            true => self.told_name(column),
            false => ident(column),
        };
        match column.copied.is_some() {
            true => name,
            false => match self.filled(column) {
                Some(filled) => format!("coalesce({name}, {filled})"),
                None => name,
            },
        }
    }

    /// That a PUT says something else of a column than what stands in the row `stored`, or than what is filled in where
    /// there is none.
    pub(super) fn put_contradicts(&self) -> Vec<String> {
        let facts = self.facts;
        let key = ident(facts.key[0]);
        self.values_told()
            .map(|column| {
                let told = self.value(ENTRY, column);
                let filled = self.filled(column);
                let filled = filled.unwrap_or_else(|| "null".to_owned());
                let name = ident(column);
                let expected = match facts.reads() {
                    true => format!(
                        "case when stored.{key} is null then {filled} else stored.{name} end"
                    ),
                    false => filled,
                };
                contradicts(&told, &[expected])
            })
            .collect()
    }

    /// That a PATCH says something else than what stands in the row `stored`, nor than what will be copied into it.
    pub(super) fn patch_contradicts(&self) -> Vec<String> {
        let stands = |column: &Column| format!("stored.{}", ident(column));
        let mut all: Vec<String> = self
            .values_told()
            .map(|column| contradicts(&self.value(ENTRY, column), &[stands(column)]))
            .collect();
        if self.is_guarded() {
            all.extend(self.copies_told().map(|column| {
                let copy = self.copy(column, &|by| match self.facts.is_patched(by) {
                    true => self.patched(ENTRY, by),
                    false => stands(by),
                });
                contradicts(&self.value(ENTRY, column), &[stands(column), copy])
            }));
        }
        all
    }

    /// What a new row must agree with besides the policy, where the statement decides.
    pub(super) fn agreements(&self) -> Vec<String> {
        let copies = self.copies_told().filter(|_| self.is_guarded());
        copies
            .map(|column| {
                let copy = self.copy(column, &|by| self.inserting(by));
                let told = self.value(ENTRY, column);
                format!("({told} is null or {told} is not distinct from {copy})")
            })
            .collect()
    }

    /// What will be copied into a column.
    fn copy(&self, column: &Column, value_of: &dyn Fn(&Column) -> String) -> String {
        let facts = self.facts;
        let value_of = |name: &str| value_of(&facts.table.columns[name]);
        let copy = guard::copy_of(facts.model, facts.table, &column.name, &value_of);
        copy.expect("the column is copied")
    }

    /// What a copied column is called where it is told beside the row.
    pub(super) fn told_name(&self, column: &Column) -> String {
        let name = self.free(&format!("told_{}", column.name));
        Database::Postgres.ident(&name).into_owned()
    }
}

/// That a value is told, and is none of those that it may be.
fn contradicts(told: &str, may_be: &[String]) -> String {
    let differs: Vec<String> = may_be
        .iter()
        .map(|one| format!("{told} is distinct from {one}"))
        .collect();
    format!("({told} is not null and {})", differs.join(" and "))
}
