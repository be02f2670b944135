//! What migrations executed of a table besides its columns: its checks, and who may do what.

use crate::statements::Statement;
use std::collections::{BTreeMap, BTreeSet};

/// A table, as migrations left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Table {
    /// By name, as it is written; the text is not known where something that it names was renamed.
    pub(in super::super) checks: BTreeMap<String, Option<String>>,
    /// By role, as it is written: `select`, `update id`.
    pub(in super::super) rights: BTreeMap<String, BTreeSet<String>>,
}

impl Table {
    /// Whether it is what these statements would make of it, as far as its texts are known.
    pub(in super::super) fn is_as(&self, other: &Self) -> bool {
        let same_text = |(name, text): (&String, &Option<String>)| {
            let other = other.checks.get(name);
            other.is_some_and(|other| text.is_none() || text == other)
        };
        self.rights == other.rights
            && self.checks.len() == other.checks.len()
            && self.checks.iter().all(same_text)
    }

    /// Reads what stands between the parentheses of `create table` from here on.
    pub(super) fn created(one: &Statement<'_>, open: usize) -> Self {
        let mut table = Self::default();
        let end = one.closed(open).saturating_sub(1);
        let mut at = open + 1;
        while at < end {
            let comma = one.find(at, ",").filter(|comma| *comma < end);
            let next = comma.unwrap_or(end);
            table.constraint(one, at, next);
            at = next + 1;
        }
        table
    }

    /// `constraint n check (…)` from one place to another.
    fn constraint(&mut self, one: &Statement<'_>, at: usize, end: usize) {
        if one.word(at) != "constraint" || one.word(at + 2) != "check" {
            return;
        }
        let end = one.closed(at + 3).min(end);
        let text = one.words[at + 3..end].join(" ");
        let text = text.strip_prefix("( ").unwrap_or(&text);
        let text = text.strip_suffix(" )").unwrap_or(text);
        let name = one.word(at + 1).to_owned();
        self.checks.insert(name, Some(text.to_owned()));
    }

    /// Changes it as an `alter table` says from here on.
    pub(super) fn alter(&mut self, one: &Statement<'_>, at: usize) {
        let end = one.words.len();
        match (one.word(at), one.word(at + 1)) {
            ("add", "constraint") => self.constraint(one, at + 1, end),
            ("drop", "constraint") => {
                let name = one.after(at + 2, &["if", "exists"]).unwrap_or(at + 2);
                self.checks.remove(one.word(name));
            }
            ("rename", "constraint") => {
                if let Some(check) = self.checks.remove(one.word(at + 2)) {
                    self.checks.insert(one.word(at + 4).to_owned(), check);
                }
            }
            ("rename", "column") => {
                self.forget_texts();
                self.rename_column(one.word(at + 2), Some(one.word(at + 4)));
            }
            ("drop", "column") => {
                let name = one.after(at + 2, &["if", "exists"]).unwrap_or(at + 2);
                self.rename_column(one.word(name), None);
            }
            _ => {}
        }
    }

    /// The texts of its checks name something that has another name now.
    pub(super) fn forget_texts(&mut self) {
        self.checks.values_mut().for_each(|text| *text = None);
    }

    fn rename_column(&mut self, from: &str, to: Option<&str>) {
        for rights in self.rights.values_mut() {
            let renamed = std::mem::take(rights).into_iter().filter_map(|right| {
                match right.split_once(' ') {
                    Some((privilege, column)) if column == from => {
                        to.map(|to| format!("{privilege} {to}"))
                    }
                    _ => Some(right),
                }
            });
            *rights = renamed.collect();
        }
    }

    /// `grant` or `revoke` the privileges up to one place, for these roles.
    pub(super) fn rights(&mut self, one: &Statement<'_>, on: usize, roles: &[String]) {
        let is_granted = one.word(0) == "grant";
        let mut at = if one.after(1, &["grant", "option", "for"]).is_some() {
            return;
        } else {
            1
        };
        let mut privileges = Vec::new();
        while at < on {
            let privilege = one.word(at);
            let mut next = at + 1;
            if one.word(next) == "privileges" {
                next += 1;
            }
            if one.word(next) == "(" {
                let close = one.closed(next);
                let columns = one.words[next + 1..close.saturating_sub(1)].iter();
                let columns = columns.filter(|column| **column != ",");
                privileges.extend(columns.map(|column| format!("{privilege} {column}")));
                next = close;
            } else {
                privileges.push(privilege.to_owned());
            }
            at = next + 1;
        }
        for role in roles {
            let rights = self.rights.entry(role.clone()).or_default();
            for privilege in &privileges {
                match (is_granted, privilege.as_str()) {
                    (true, "all") => *rights = BTreeSet::from(["all".to_owned()]),
                    (true, _) => drop(rights.insert(privilege.clone())),
                    (false, "all") => rights.clear(),
                    (false, one) => rights.retain(|right| {
                        right != one
                            && right
                                .strip_prefix(one)
                                .is_none_or(|rest| !rest.starts_with(' '))
                    }),
                }
            }
            if rights.is_empty() {
                self.rights.remove(role);
            }
        }
    }
}
