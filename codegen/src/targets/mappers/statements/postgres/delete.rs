//! DELETE: rows are deleted, or their tombstones set.

use super::super::layout::Lines;
use super::spell::{ident, literal};
use super::{ENTRY, JUDGED, Postgres, SENT, Verdict};
use crate::catalog;
use crate::guard::{STORED, tombstone};
use crate::model::Arbiter;
use synctable::statement::{Answer, Statement};

impl Postgres<'_> {
    /// Deletes rows, or sets their tombstones.
    pub(super) fn delete(&self) -> Statement {
        let steps = vec![
            (ENTRY.to_owned(), self.deletions()),
            (JUDGED.to_owned(), self.judged_deletions()),
            ("written".to_owned(), self.deleted()),
        ];
        let nr = self.free("nr");
        let last = self.answer(&format!("{nr} in (select {nr} from written)"));
        self.statement(Answer::Outcomes, steps, last)
    }

    fn deletions(&self) -> Lines {
        let mut lines = Lines::default();
        let facts = self.facts;
        let (members, seen): (&[&str], _) = match facts.arbiter() {
            Arbiter::Arrival => (&["given"], Vec::new()),
            Arbiter::Seen => (&["given", "seen"], vec!["seen"]),
            Arbiter::Time => (&["given", "seen"], Vec::new()),
        };
        let mut items = self.of_sent(&seen);
        items.extend(self.keys());
        if let (Arbiter::Time, Some(time)) = (facts.arbiter(), facts.edited_at) {
            let seen = self.read_from(SENT, "seen", time);
            items.push(format!("{seen} as {}", self.free("seen_at")));
        }
        lines.list(4, "select ", &items, "");
        self.sent(&mut lines, members, None);
        lines
    }

    fn judged_deletions(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let mut items = vec!["entry.*".to_owned()];
        if self.reads_rows() {
            items.push(format!("stored.xmin as {}", self.free("found")));
        }
        items.push("case".to_owned());
        lines.list(4, "select ", &items, "");
        let mut verdict = Verdict::default();
        let policy = self.policy(&|_| None);
        verdict.when(format!("stored.{} is null", ident(facts.key[0])), "same");
        if let Some(unseen) = policy
            .as_ref()
            .and_then(|policy| Self::lacks(policy.read()))
        {
            verdict.when(unseen, "same");
        }
        if let Some(column) = facts.buried_by() {
            verdict.when(tombstone::row_is_buried(column, STORED), "same");
        }
        if let Some(rule) = self.delete_rule(ENTRY) {
            verdict.when(format!("{rule} is not true"), "stale");
        }
        if let Some(lacks) = policy.and_then(|policy| Self::lacks(policy.delete_of_seen())) {
            verdict.when(lacks, "refused");
        }
        verdict
            .otherwise("applied")
            .write(&mut lines, &self.free("outcome"));
        self.beside_stored(&mut lines, &self.on_key(ENTRY));
        lines
    }

    fn deleted(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let name = self.name();
        match facts.buried_by() {
            None => {
                lines.add(4, &format!("delete from {name} as stored"));
                lines.add(4, "using judged");
            }
            Some(column) => {
                let mut sets = vec![format!("{} = {}", ident(column), tombstone::burial(column))];
                if let Some(time) = facts.edited_at {
                    // Just past what it replaces: an edit that is later than that one is later than the deletion.
                    sets.push(format!("{} = {}", ident(time), catalog::past(time)));
                }
                if let Some(device) = facts.device.filter(|device| device.nullable) {
                    sets.push(format!("{} = null", ident(device)));
                }
                sets.extend(self.counted());
                lines.list(4, &format!("update {name} as stored set "), &sets, "");
                lines.add(4, "from judged");
            }
        }
        let lives = facts
            .buried_by()
            .map(|column| tombstone::row_lives(column, STORED));
        let rule = lives.into_iter().chain(self.delete_rule(JUDGED));
        self.where_unchanged(&mut lines, &rule.collect::<Vec<_>>());
        lines
    }

    /// The rows that stand beside the entries.
    pub(super) fn beside_stored(&self, lines: &mut Lines, on: &[String]) {
        lines.add(4, "from entry");
        let on = on.join(" and ");
        lines.add(4, &format!("left join {} as stored on {on}", self.name()));
    }

    /// The conditions of a write of what applies, where the row is still the one that was judged, and its end.
    ///
    /// Who does not read whole rows does not see their versions, and asks again by `rule`.
    pub(super) fn where_unchanged(&self, lines: &mut Lines, rule: &[String]) {
        let mut conditions = vec![format!(
            "judged.{} = {}",
            self.free("outcome"),
            literal("applied")
        )];
        conditions.extend(self.on_key(JUDGED));
        match self.reads_rows() {
            true => conditions.push(format!("stored.xmin = judged.{}", self.free("found"))),
            false => conditions.extend(rule.iter().cloned()),
        }
        lines.all(4, "where", &conditions, "and");
        lines.add(4, &format!("returning judged.{}", self.free("nr")));
    }
}
