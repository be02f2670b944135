//! DELETE: rows are deleted, or their tombstones set.

use super::super::text::{For, Sql, always};
use super::spell::ident;
use super::{Postgres, Source};
use crate::model::Arbiter;

impl<'a> Postgres<'a> {
    /// Deletes rows, or sets their tombstones.
    pub(in super::super) fn delete(&self) -> Sql<'a> {
        let mut sql = Sql::default();
        let facts = self.facts;
        let word = match facts.buried_by() {
            None => {
                sql.line(format_args!("delete from {} as stored", self.name()));
                "using"
            }
            Some(tombstone) => {
                sql.line(format_args!("update {} as stored set", self.name()));
                let mut sets = vec![always(format!("{} = now()", ident(tombstone)))];
                if let Some(time) = facts.edited_at {
                    let name = ident(time);
                    // Just past what it replaces: an edit that is later than that one is later than the deletion.
                    sets.push(always(format!(
                        "{name} = stored.{name} + interval '1 microsecond'"
                    )));
                }
                if let Some(device) = facts.device.filter(|device| device.nullable) {
                    sets.push(always(format!("{} = null", ident(device))));
                }
                sets.extend(self.counted().map(always));
                sql.list(4, &sets);
                "from"
            }
        };
        self.unnest(&mut sql, 0, word, &self.delete_sources());
        let mut conditions = self.on_key();
        conditions.extend(self.delete_rule().map(always));
        let delete = self.guard.delete.as_deref().expect("there is a DELETE");
        conditions.push((For::Guarded, format!("({delete})")));
        sql.all(0, "where", "  and", &conditions);
        sql.line(format_args!(
            "returning p.{}, 'applied' as outcome",
            self.free("nr")
        ));
        self.finished(sql)
    }

    /// What is said of entries of a DELETE that did nothing.
    pub(in super::super) fn delete_verdict(&self) -> Sql<'a> {
        let mut sql = Sql::default();
        let facts = self.facts;
        sql.line("select");
        sql.line(format_args!("    p.{},", self.free("nr")));
        sql.line("    case");
        sql.line(format_args!(
            "        when stored.{} is null then 'same'",
            ident(facts.key[0])
        ));
        if let Some(tombstone) = facts.buried_by() {
            let name = ident(tombstone);
            sql.line(format_args!(
                "        when stored.{name} is not null then 'same'"
            ));
        }
        match self.delete_rule() {
            None => sql.line("        else 'refused'"),
            Some(rule) => {
                sql.line(format_args!("        when {rule} then 'refused'"));
                sql.line("        else 'stale'");
            }
        }
        sql.line("    end as outcome");
        self.unnest(&mut sql, 0, "from", &self.delete_sources());
        self.join_stored(&mut sql, self.on_key());
        self.finished(sql)
    }

    fn delete_sources(&self) -> Vec<Source<'a>> {
        let facts = self.facts;
        let mut sources: Vec<_> = facts.key.iter().map(|one| Source::Column(one)).collect();
        match facts.arbiter() {
            Arbiter::Arrival => {}
            Arbiter::Time => sources.extend(facts.edited_at.map(Source::Previous)),
            Arbiter::Seen => sources.extend(self.seen_sources()),
        }
        sources
    }

    /// Whether a DELETE applies to the row that it finds; `None` where it always does.
    fn delete_rule(&self) -> Option<String> {
        let facts = self.facts;
        let rule = match facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Seen => Some(self.saw()),
            Arbiter::Time => {
                let time = facts.edited_at.expect("time decides");
                let seen = self.seen(time);
                // Nothing lies between a time and the next microsecond.
                let own = self.own_edit(&format!("{seen} + interval '1 microsecond'"), false);
                Some(format!(
                    "({seen} is null or stored.{} <= {seen}\n    or {own})",
                    ident(time)
                ))
            }
        };
        let lives = facts
            .buried_by()
            .map(|tombstone| format!("stored.{} is null", ident(tombstone)));
        match (lives, rule) {
            (Some(lives), Some(rule)) => Some(format!("{lives} and {rule}")),
            (lives, rule) => lives.or(rule),
        }
    }
}
