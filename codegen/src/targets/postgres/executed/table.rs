//! What migrations executed of a table: its columns, its constraints and indexes, and who may do what.

mod column;

use super::super::evolve::PartKind;
use crate::statements::{Statement, statements};
pub(in super::super) use column::Column;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What was executed; `None` where something that it names was renamed since.
pub(in super::super) type Known = Option<String>;

/// A table, as migrations left it; everything by its name as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Table {
    pub(in super::super) columns: BTreeMap<String, Column>,
    pub(in super::super) checks: BTreeMap<String, Known>,
    pub(in super::super) parts: BTreeMap<String, Part>,
    /// Constraints and indexes that Postgres may have dropped with a column.
    unsure: BTreeSet<String>,
    by_hand: ByHand,
    /// By role: `select`, `update id`.
    pub(in super::super) rights: BTreeMap<String, BTreeSet<String>>,
    /// The newest comment, as a literal.
    pub(in super::super) comment: Option<String>,
    /// Where the statements about it stand, if they stand together; those that add a foreign key may stand elsewhere.
    block: Option<Range<usize>>,
}

/// What is none of ours in a table, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ByHand {
    columns: BTreeSet<String>,
    /// Constraints and indexes.
    parts: BTreeSet<String>,
    /// Rights, by role.
    rights: BTreeSet<String>,
}

/// A key, a unique, a foreign key or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Part {
    pub(in super::super) kind: PartKind,
    /// What follows its kind and its table.
    pub(in super::super) text: Known,
}

/// Whether two texts are the same, as far as both are known.
pub(in super::super) fn is_same(one: &Known, other: &Known) -> bool {
    one.is_none() || other.is_none() || one == other
}

impl Part {
    /// A part, from the statement's text behind its name.
    pub(in super::super) fn new(kind: PartKind, text: &str) -> Self {
        let statement = statements(text).next();
        let text = statement.map(|statement| statement.text(0));
        Self { kind, text }
    }

    pub(in super::super) fn is_as(&self, other: &Self) -> bool {
        self.kind == other.kind && is_same(&self.text, &other.text)
    }
}

impl Table {
    /// Whether it is what these statements would make of it, as far as its texts are known.
    pub(in super::super) fn is_as(&self, other: &Self) -> bool {
        let columns = |(name, column): (&String, &Column)| {
            let other = other.columns.get(name);
            other.is_some_and(|other| column.is_as(other))
        };
        let checks = |(name, text): (&String, &Known)| {
            let other = other.checks.get(name);
            other.is_some_and(|other| is_same(text, other))
        };
        let parts = |(name, part): (&String, &Part)| {
            let other = other.parts.get(name);
            other.is_some_and(|other| part.is_as(other))
        };
        self.rights == other.rights
            && self.comment == other.comment
            && self.columns.len() == other.columns.len()
            && self.checks.len() == other.checks.len()
            && self.parts.len() == other.parts.len()
            && self.columns.iter().all(columns)
            && self.checks.iter().all(checks)
            && self.parts.iter().all(parts)
    }

    /// A statement about it stands in this place.
    pub(super) fn written(&mut self, place: &Range<usize>) {
        let block = self.block.take();
        let block = block.filter(|block| block.end == place.start);
        self.block = block.map(|block| block.start..place.end);
    }

    /// A statement that leaves it as it is may stand among those about it.
    pub(super) fn goes_on(&mut self, place: &Range<usize>) {
        if let Some(block) = self.block.as_mut().filter(|block| block.end == place.start) {
            block.end = place.end;
        }
    }

    /// Whether all that an `alter table` does is to add foreign keys, from what stands behind the table's name.
    pub(super) fn gets_keys(one: &Statement<'_>, at: usize) -> bool {
        let all = one.words.len();
        let mut at = at;
        while at < all {
            let name = one.after(at, &["add", "constraint"]);
            if name.is_none_or(|name| one.after(name + 1, &["foreign", "key"]).is_none()) {
                return false;
            }
            at = item_end(one, at, all) + 1;
        }
        true
    }

    /// The place of all statements about it, foreign keys aside; `None` where they stand apart, or not all of it is ours.
    pub(super) fn block(&self) -> Option<Range<usize>> {
        let is_ours = self.by_hand == ByHand::default() && self.unsure.is_empty();
        self.block.clone().filter(|_| is_ours)
    }

    /// Whether its foreign keys are these, as far as their texts are known.
    pub(in super::super) fn has_keys(&self, keys: &[(String, Part)]) -> bool {
        let own = self.parts.values();
        let own = own.filter(|part| part.kind == PartKind::ForeignKey);
        let same = |(name, key): &(String, Part)| {
            let own = self.parts.get(name);
            own.is_some_and(|own| own.is_as(key))
        };
        own.count() == keys.len() && keys.iter().all(same)
    }

    /// What of a table is ours and known, by what is known of this one.
    pub(super) fn ours<'t>(&self, mut table: Cow<'t, Self>) -> Cow<'t, Self> {
        let Self {
            by_hand, unsure, ..
        } = self;
        if *by_hand != ByHand::default() || !unsure.is_empty() {
            let is_ours = |part: &String| !by_hand.parts.contains(part) && !unsure.contains(part);
            let ours = table.to_mut();
            ours.columns.retain(|one, _| !by_hand.columns.contains(one));
            ours.checks.retain(|one, _| is_ours(one));
            ours.parts.retain(|one, _| is_ours(one));
            ours.rights.retain(|one, _| !by_hand.rights.contains(one));
        }
        table
    }

    /// What somebody added to the table as it was.
    pub(super) fn added_by_hand(&mut self, before: Option<&Self>) {
        let mut added = self.clone();
        if let Some(before) = before {
            added
                .columns
                .retain(|one, _| !before.columns.contains_key(one));
            added
                .checks
                .retain(|one, _| !before.checks.contains_key(one));
            added.parts.retain(|one, _| !before.parts.contains_key(one));
            added
                .rights
                .retain(|one, _| !before.rights.contains_key(one));
        }
        self.made_by_hand(&added);
    }

    /// What somebody made of it.
    pub(super) fn made_by_hand(&mut self, made: &Self) {
        let by_hand = &mut self.by_hand;
        by_hand.columns.extend(made.columns.keys().cloned());
        let parts = made.checks.keys().chain(made.parts.keys());
        by_hand.parts.extend(parts.cloned());
        by_hand.rights.extend(made.rights.keys().cloned());
    }

    /// Reads what stands between the parentheses of `create table` from here on.
    pub(super) fn created(one: &Statement<'_>, open: usize, place: Range<usize>) -> Self {
        let mut table = Self {
            block: Some(place),
            ..Self::default()
        };
        let end = one.closed(open).saturating_sub(1);
        let mut at = open + 1;
        while at < end {
            let next = item_end(one, at, end);
            match one.word(at) {
                "constraint" => table.constraint(one, at, next),
                "primary" | "unique" | "check" | "foreign" | "exclude" | "like" => {}
                _ => table.column(one, at, next),
            }
            at = next + 1;
        }
        table
    }

    fn column(&mut self, one: &Statement<'_>, at: usize, end: usize) {
        let column = Column::read(one, at + 1, end);
        self.columns.insert(one.word(at).to_owned(), column);
    }

    /// `constraint n check (…)` from one place to another.
    fn constraint(&mut self, one: &Statement<'_>, at: usize, end: usize) {
        let name = one.word(at + 1).to_owned();
        self.unsure.remove(&name);
        let is_of_new_rows = end >= 2 && one.word(end - 2) == "not" && one.word(end - 1) == "valid";
        let end = if is_of_new_rows { end - 2 } else { end };
        let text = |from: usize| one.words[from.min(end)..end].join(" ");
        let (kind, text) = match (one.word(at + 2), one.word(at + 3)) {
            ("check", _) => {
                let end = one.closed(at + 3).min(end);
                let text = one.words[at + 3..end].join(" ");
                let text = text.strip_prefix("( ").unwrap_or(&text);
                let text = text.strip_suffix(" )").unwrap_or(text);
                self.checks.insert(name, Some(text.to_owned()));
                return;
            }
            ("primary", "key") => {
                let close = one.closed(at + 4).min(end);
                for column in &one.words[(at + 4).min(close)..close] {
                    if let Some(column) = self.columns.get_mut(&**column) {
                        column.is_required = true;
                    }
                }
                (PartKind::Key, Some(text(at + 4)))
            }
            ("foreign", "key") => (PartKind::ForeignKey, Some(text(at + 4))),
            ("unique", "using") => {
                let index = self.parts.remove(one.word(at + 5));
                let index = index.and_then(|index| index.text);
                let rest = text(at + 6);
                (PartKind::Unique, index.map(|index| attached(&index, &rest)))
            }
            ("unique", _) => (PartKind::Unique, Some(text(at + 3))),
            ("exclude", _) => (PartKind::Exclusion, Some(text(at + 3))),
            _ => return,
        };
        self.parts.insert(name, Part { kind, text });
    }

    /// An index that is made, from what stands behind the table's name.
    pub(super) fn index(&mut self, name: &str, is_unique: bool, text: String) {
        let kind = match is_unique {
            true => PartKind::UniqueIndex,
            false => PartKind::Index,
        };
        let text = Some(text);
        self.unsure.remove(name);
        self.parts.insert(name.to_owned(), Part { kind, text });
    }

    /// If it has this index, that goes or gets another name.
    pub(super) fn drop_or_rename_index(&mut self, name: &str, to: Option<&str>) {
        self.unsure.remove(name);
        let part = self.parts.remove(name);
        if part.is_some() {
            self.block = None;
        }
        let is_by_hand = part.is_some() && self.by_hand.parts.remove(name);
        if let (Some(part), Some(to)) = (part, to) {
            self.parts.insert(to.to_owned(), part);
            self.by_hand.parts.extend(is_by_hand.then(|| to.to_owned()));
        }
    }

    /// Changes it as an `alter table` says from here on.
    pub(super) fn alter(&mut self, one: &Statement<'_>, at: usize) {
        let all = one.words.len();
        let mut at = at;
        while at < all {
            let end = item_end(one, at, all);
            self.action(one, at, end);
            at = end + 1;
        }
    }

    fn action(&mut self, one: &Statement<'_>, at: usize, end: usize) {
        let named = |at: usize| one.after(at, &["if", "exists"]).unwrap_or(at);
        match (one.word(at), one.word(at + 1)) {
            ("add", "constraint") => self.constraint(one, at + 1, end),
            ("add", "primary" | "unique" | "check" | "foreign" | "exclude") => {}
            ("add", what) => {
                let name = at + if what == "column" { 2 } else { 1 };
                let there = one.after(name, &["if", "not", "exists"]);
                self.column(one, there.unwrap_or(name), end);
            }
            ("alter", "constraint") => {}
            ("alter", what) => {
                let name = at + if what == "column" { 2 } else { 1 };
                let column = self.columns.entry(one.word(name).to_owned());
                column.or_default().alter(one, name + 1, end);
            }
            ("drop", "constraint") => {
                let name = one.word(named(at + 2));
                self.checks.remove(name);
                self.drop_or_rename_index(name, None);
            }
            ("rename", "constraint") => {
                let (from, to) = (one.word(at + 2), one.word(at + 4).to_owned());
                if let Some(check) = self.checks.remove(from) {
                    self.checks.insert(to.clone(), check);
                    if self.by_hand.parts.remove(from) {
                        self.by_hand.parts.insert(to.clone());
                    }
                }
                self.drop_or_rename_index(from, Some(&to));
            }
            ("rename", what) if what != "to" => {
                let from = at + if what == "column" { 2 } else { 1 };
                let (from, to) = (one.word(from), one.word(from + 2));
                self.forget(from);
                self.rename_column(from, Some(to));
            }
            ("drop", what) => {
                let name = one.word(named(at + if what == "column" { 2 } else { 1 }));
                self.rename_column(name, None);
                let checks = self.checks.iter();
                let checks = checks.filter(|(_, text)| mentions(text, name));
                let parts = self.parts.iter();
                let parts = parts.filter(|(_, part)| mentions(&part.text, name));
                let gone = checks
                    .map(|(name, _)| name)
                    .chain(parts.map(|(name, _)| name));
                self.unsure.extend(gone.cloned());
            }
            _ => {}
        }
    }

    /// Something has another name now: texts that name it are not what they were.
    pub(super) fn forget(&mut self, name: &str) {
        self.block = None;
        let forget = |text: &mut Known| {
            if mentions(text, name) {
                *text = None;
            }
        };
        self.checks.values_mut().for_each(forget);
        let parts = self.parts.values_mut();
        parts.map(|part| &mut part.text).for_each(forget);
        let columns = self.columns.values_mut();
        columns.flat_map(Column::texts).for_each(forget);
    }

    /// A column that foreign keys may reference has another name now.
    pub(super) fn forget_keys_to(&mut self, table: &str, column: &str) {
        let parts = self.parts.values_mut();
        for key in parts.filter(|part| part.kind == PartKind::ForeignKey) {
            if mentions(&key.text, table) && mentions(&key.text, column) {
                key.text = None;
            }
        }
    }

    fn rename_column(&mut self, from: &str, to: Option<&str>) {
        let is_by_hand = self.by_hand.columns.remove(from);
        if let (Some(column), Some(to)) = (self.columns.remove(from), to) {
            self.columns.insert(to.to_owned(), column);
            self.by_hand
                .columns
                .extend(is_by_hand.then(|| to.to_owned()));
        }
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

/// Whether a text has this word in it; one that is not known may have every word.
fn mentions(text: &Known, name: &str) -> bool {
    text.as_ref()
        .is_none_or(|text| text.split(' ').any(|word| word == name))
}

/// Where an item of a list ends: at the next comma outside of parentheses and brackets.
fn item_end(one: &Statement<'_>, at: usize, end: usize) -> usize {
    let mut depth = 0_usize;
    for (place, word) in one.words[..end].iter().enumerate().skip(at) {
        match &**word {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "," if depth == 0 => return place,
            _ => {}
        }
    }
    end
}

/// A unique constraint that an index becomes.
fn attached(index: &str, rest: &str) -> String {
    const NULLS: &str = "nulls not distinct";
    let unique = match index.strip_suffix(NULLS) {
        Some(parts) => format!("{NULLS} {}", parts.trim_end()),
        None => index.to_owned(),
    };
    format!("{unique} {rest}").trim_end().to_owned()
}
