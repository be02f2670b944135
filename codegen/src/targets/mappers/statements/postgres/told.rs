//! What an upload says of columns that the server fills: it is compared, and never stands in for the server's value.
//!
//! A row that is there is held against what stands in it, a new one against what the server is about to fill in.
//! Under row-level security, the trigger that copies sees rows that the caller does not, and whoever reads nothing of a
//! table cannot look: there the value is written, and the triggers of the table refuse it.
//! An upload that leaves such a column out says nothing, and says null in its place in the arrays.

use super::super::text::{For, Part, each};
use super::Postgres;
use super::spell::{equal, ident, meets};
use crate::guard::{self, PROPOSED};
use crate::model::Column;
use synctable::Database;

impl<'a> Postgres<'a> {
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

    /// Whether a PUT under row-level security compares values itself: the caller reads the rows that are there.
    pub(super) fn looks_up_told(&self) -> bool {
        self.facts.reads() && self.values_told().next().is_some()
    }

    /// The columns that an insert under row-level security writes as they are told, for a trigger to compare.
    pub(super) fn left_to_triggers(&self) -> impl Iterator<Item = &'a Column> {
        let values = self.values_told().filter(|_| !self.facts.reads());
        self.copies_told().chain(values)
    }

    /// What the rows of a PUT hold beside their columns, so that what is told can be compared.
    pub(super) fn told_in_new_rows(&self) -> Vec<Part> {
        let mut items = Vec::new();
        for column in self.left_to_triggers() {
            let (name, told) = (ident(column), self.value(column));
            items.push((
                For::RowSecurity,
                match column.copied.is_some() {
                    true if told == format!("p.{name}") => told,
                    true => format!("{told} as {name}"),
                    false => {
                        let filled = self.filled(For::RowSecurity, column);
                        let filled = filled.unwrap_or_else(|| "null".to_owned());
                        format!("coalesce({told}, {filled}) as {name}")
                    }
                },
            ));
        }
        for column in self.copies_told() {
            let told = format!("{} as {}", self.value(column), self.told_name(column));
            items.push((For::Guarded, told));
        }
        let agrees = |whose| {
            let agree: Vec<String> = self
                .values_told()
                .map(|column| self.says_what_stands_or_is_filled(whose, column))
                .collect();
            format!("{} as {}", agree.join(" and "), self.free("agrees"))
        };
        if self.looks_up_told() {
            items.extend(each(agrees));
        } else if self.values_told().next().is_some() {
            items.push((For::Guarded, agrees(For::Guarded)));
        }
        items
    }

    /// What has to hold of a new row besides the policy, where the statement decides.
    pub(super) fn agreements(&self) -> Vec<String> {
        let values = self.values_told().next();
        let agrees = values.map(|_| format!("{PROPOSED}.{}", self.free("agrees")));
        let copies = self.copies_told().map(|column| {
            let told = format!("{PROPOSED}.{}", self.told_name(column));
            self.says_what_is_copied(column, &told)
        });
        agrees.into_iter().chain(copies).collect()
    }

    /// Whether nothing is told of a column, or what stands in the row.
    pub(super) fn says_what_stands(&self, column: &Column) -> String {
        let told = self.value(column);
        format!("({told} is null or {})", equal(column, &told))
    }

    /// Whether nothing is told of a copied column of the proposed row, or what will be copied.
    pub(super) fn says_what_is_copied(&self, column: &Column, told: &str) -> String {
        let facts = self.facts;
        let copy = guard::copy_of(facts.model, facts.table, &column.name, PROPOSED);
        let copy = copy.expect("the column is copied");
        format!("({told} is null or {told} is not distinct from {copy})")
    }

    /// Whether nothing is told of a column, or what stands in the row that is there, or else what is filled in.
    fn says_what_stands_or_is_filled(&self, whose: For, column: &Column) -> String {
        let told = self.value(column);
        let filled = self.filled(whose, column);
        let filled = filled.unwrap_or_else(|| "null".to_owned());
        let is_filled = format!("{told} is not distinct from {filled}");
        if !self.facts.reads() {
            return format!("({told} is null or {is_filled})");
        }
        let mut found: Vec<String> = Vec::new();
        for key in &self.facts.target {
            let stored = format!("stored.{}", ident(key));
            let is_put = self.facts.put.iter().any(|put| put.name == key.name);
            let value = match is_put {
                true => self.value(key),
                false => self.filled(whose, key).unwrap_or_else(|| "null".to_owned()),
            };
            found.push(meets(key, &stored, &value));
        }
        let read = self.guard.read.as_deref().unwrap_or("true");
        if whose == For::Guarded && read != "true" {
            found.push(format!("({read})"));
        }
        format!(
            "({told} is null or coalesce((select {} from {} as stored where {}), {is_filled}))",
            equal(column, &told),
            self.name(),
            found.join(" and ")
        )
    }

    /// What a copied column is called where it is told beside the row.
    fn told_name(&self, column: &Column) -> String {
        let name = self.free(&format!("told_{}", column.name));
        Database::Postgres.ident(&name).into_owned()
    }
}
