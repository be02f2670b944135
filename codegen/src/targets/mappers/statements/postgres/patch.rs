//! PATCH: some columns of rows are changed.

use super::super::layout::Lines;
use super::spell::{bounded, equal, ident, is_text, literal};
use super::{ENTRY, JUDGED, Postgres, SENT, Verdict};
use crate::catalog;
use crate::model::{Arbiter, Column};
use synctable::statement::{Answer, Statement};
use synctable::{Kind, Role};

impl<'a> Postgres<'a> {
    /// Changes rows.
    pub(super) fn patch(&self) -> Statement {
        let steps = vec![
            (ENTRY.to_owned(), self.patches()),
            (JUDGED.to_owned(), self.judged_patches()),
            ("written".to_owned(), self.changed()),
        ];
        let nr = self.free("nr");
        let last = self.answer(&format!("{nr} in (select {nr} from written)"));
        self.statement(Answer::Outcomes, steps, last)
    }

    fn patches(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let mut members = Self::members(&self.told_beside(&facts.patch));
        if facts.arbiter() == Arbiter::Seen {
            members.push("seen");
        }
        let mut items = self.of_sent(&members);
        items.extend(self.keys());
        if let Some(time) = facts.patch.iter().find(|one| is_time(one)) {
            // At its receipt where the upload does not say.
            let now = catalog::now_of(&time.kind);
            let told = format!("coalesce({}, {now})", self.value(SENT, time));
            items.push(format!(
                "{} as {}",
                bounded(&told, time),
                self.free("edited")
            ));
        }
        lines.list(4, "select ", &items, "");
        self.sent(&mut lines, &members, None);
        lines
    }

    fn judged_patches(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let mut items = match self.reads_rows() {
            true => vec![format!("entry.{}", self.free("nr"))],
            false => vec!["entry.*".to_owned()],
        };
        if self.reads_rows() {
            let members = Self::members(&facts.patch);
            let texts = members.iter().filter(|one| **one == "texts");
            items.extend(texts.map(|texts| format!("entry.{}", self.free(texts))));
            let time = facts.patch.iter().find(|one| is_time(one));
            items.extend(time.map(|_| format!("entry.{}", self.free("edited"))));
            items.push(format!("stored.xmin as {}", self.free("found")));
            items.push("new.*".to_owned());
        }
        let told = self.left_to_triggers().into_iter();
        items.extend(told.map(|column| {
            let value = self.value(ENTRY, column);
            format!("{value} as {}", self.told_name(column))
        }));
        items.push("case".to_owned());
        lines.list(4, "select ", &items, "");
        let proposed = |name: &str| {
            let column = &facts.table.columns[name];
            Some(match facts.is_patched(column) {
                true => self.patched(ENTRY, column),
                false => format!("stored.{}", ident(column)),
            })
        };
        let policy = self.policy(&proposed);
        let mut verdict = Verdict::default();
        verdict.when(format!("stored.{} is null", ident(facts.key[0])), "gone");
        if let Some(unseen) = policy
            .as_ref()
            .and_then(|policy| Self::lacks(policy.read()))
        {
            verdict.when(unseen, "gone");
        }
        if let Some(rule) = self.patch_rule(ENTRY) {
            verdict.unless(&rule, &self.holds(&facts.patch), "stale");
        }
        let contradicts = self.patch_contradicts();
        if !contradicts.is_empty() {
            verdict.when(contradicts.join(" or "), "refused");
        }
        if let Some(lacks) = policy.and_then(|policy| Self::lacks(policy.change_of_seen())) {
            verdict.when(lacks, "refused");
        }
        verdict
            .otherwise("applied")
            .write(&mut lines, &self.free("outcome"));
        self.beside_stored(&mut lines, &self.on_key(ENTRY));
        if self.reads_rows() {
            lines.add(4, &format!("cross join {} as new", self.merged()));
        }
        lines
    }

    fn changed(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let mut names: Vec<String> = facts.patch.iter().map(|one| ident(one)).collect();
        let values = facts.patch.iter().map(|one| match self.is_merged(one) {
            true => format!("judged.{}", ident(one)),
            false => self.patched(JUDGED, one),
        });
        let mut values: Vec<String> = values.collect();
        for column in self.left_to_triggers() {
            // The trigger that copies looks at it, and at where it is copied from.
            let (name, told) = (ident(column), self.told_name(column));
            values.push(format!("coalesce(judged.{told}, stored.{name})"));
            names.push(name);
        }
        let update = format!("update {} as stored set", self.name());
        let counted = self.counted();
        let counted = counted.map_or_else(String::new, |counted| format!(", {counted}"));
        let (one, all) = (values.join(", "), names.join(", "));
        let set = match names.len() {
            1 => format!("{update} {all} = {one}{counted}"),
            _ => format!("{update} ({all}) = ({one}){counted}"),
        };
        if names.len() == 1 || Lines::fits(4, &set) {
            lines.add(4, &set);
        } else {
            lines.list(4, &format!("{update} ("), &names, ") = (");
            lines.items(8, "", &values, &format!("){counted}"));
        }
        lines.add(4, "from judged");
        let rule: Vec<String> = self.patch_rule(JUDGED).into_iter().collect();
        self.where_unchanged(&mut lines, &rule);
        lines
    }

    /// Whether what a PATCH leaves in a column is part of the row `new`.
    fn is_merged(&self, column: &Column) -> bool {
        self.reads_rows() && !is_text(column) && !is_time(column)
    }

    /// What a PATCH leaves in a column, beside the row `stored`.
    pub(super) fn patched(&self, told: &str, column: &Column) -> String {
        let name = ident(column);
        if is_time(column) {
            return format!("{told}.{}", self.free("edited"));
        }
        if self.is_merged(column) {
            return format!("new.{name}");
        }
        let (gives, value) = (self.gives(told, column), self.value(told, column));
        format!("case when {gives} then {value} else stored.{name} end")
    }

    /// The row that stands with what an entry gives it, but for its version, which the server counts.
    fn merged(&self) -> String {
        // What is only said is compared elsewhere.
        let left_out = self.facts.version.iter().chain(&self.facts.told);
        let given = self.given_without(left_out.copied());
        format!("jsonb_populate_record(stored, {given})")
    }

    /// What an entry gives, without some columns.
    pub(super) fn given_without(&self, columns: impl Iterator<Item = &'a Column>) -> String {
        let given = self.member(ENTRY, "given");
        let names: Vec<String> = columns.map(|one| literal(&one.name)).collect();
        match names.as_slice() {
            [] => given,
            [one] => format!("{given} - {one}"),
            many => format!("{given} - array[{}]", many.join(", ")),
        }
    }

    /// Whether every column of the table can be compared as it is.
    pub(super) fn compares_all(&self) -> bool {
        let mut columns = self.facts.table.columns.values();
        columns.all(|column| !matches!(column.kind, Kind::Opaque(_)))
    }

    /// Whether the row that stands holds all that an entry gives these columns: conditions that must all hold.
    pub(super) fn holds(&self, columns: &[&Column]) -> Vec<String> {
        let mut columns_left: Vec<&Column> = columns.to_vec();
        let mut all = Vec::new();
        if self.reads_rows() && self.compares_all() {
            all.push("new is not distinct from stored".to_owned());
            columns_left.retain(|column| is_text(column));
        }
        all.extend(columns_left.into_iter().map(|column| {
            let (gives, value) = (self.gives(ENTRY, column), self.value(ENTRY, column));
            let value = match is_time(column) {
                true => bounded(&value, column),
                false => value,
            };
            format!("(not {gives} or {})", equal(column, &value))
        }));
        all
    }
}

/// Whether a column holds the time of the edit.
fn is_time(column: &Column) -> bool {
    column.role == Some(Role::EditedAt)
}
