//! PATCH: some columns of rows are changed.

use super::super::text::{For, Part, Sql, always};
use super::spell::{bounded, equal, ident};
use super::{Postgres, Source};
use crate::model::{Arbiter, Column};
use synctable::Role;

impl<'a> Postgres<'a> {
    /// Changes rows.
    pub(in super::super) fn patch(&self) -> Sql<'a> {
        let mut sql = Sql::default();
        let facts = self.facts;
        sql.line(format_args!("update {} as stored set", self.name()));
        let mut sets = Vec::new();
        sets.extend(self.copies_told().map(|column| {
            // The trigger that copies looks at it, and at where it is copied from.
            let (name, told) = (ident(column), self.value(column));
            let told = format!("{name} = coalesce({told}, stored.{name})");
            (For::RowSecurity, told)
        }));
        for (index, column) in facts.patch.iter().enumerate() {
            let name = ident(column);
            sets.push(always(format!("{name} = {}", self.patched(index, column))));
        }
        sets.extend(self.counted().map(always));
        sql.list(4, &sets);
        self.unnest(&mut sql, 0, "from", &self.patch_sources());
        let mut conditions = self.on_key();
        conditions.extend(self.patch_rule().map(always));
        let stands = self
            .values_told()
            .map(|column| self.says_what_stands(column));
        conditions.extend(stands.map(always));
        let copied: Vec<String> = self
            .copies_told()
            .map(|column| {
                let told = self.value(column);
                let stands = equal(column, &told);
                format!("({stands} or {})", self.says_what_is_copied(column, &told))
            })
            .collect();
        conditions.push(self.may_change(&mut sql, &copied, &|_, column| {
            match facts.patch.iter().position(|one| one.name == column.name) {
                Some(index) => self.patched(index, column),
                None => format!("stored.{}", ident(column)),
            }
        }));
        sql.all(0, "where", "  and", &conditions);
        sql.line(format_args!(
            "returning p.{}, 'applied' as outcome",
            self.free("nr")
        ));
        self.finished(sql)
    }

    /// What is said of entries of a PATCH that did nothing.
    pub(in super::super) fn patch_verdict(&self) -> Sql<'a> {
        let mut sql = Sql::default();
        let facts = self.facts;
        let given = self.free("given");
        let same: Vec<Part> = facts
            .patch
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let value = match column.role {
                    Some(Role::EditedAt) => bounded(&self.value(column)),
                    _ => self.value(column),
                };
                always(format!(
                    "(get_bit(p.{given}, {index}) = 0 or {})",
                    equal(column, &value)
                ))
            })
            .collect();
        sql.line("select");
        sql.line(format_args!("    p.{},", self.free("nr")));
        sql.line("    case");
        sql.line(format_args!(
            "        when stored.{} is null then 'gone'",
            ident(facts.key[0])
        ));
        match self.patch_rule() {
            None => sql.line("        else 'refused'"),
            Some(rule) => {
                sql.line(format_args!("        when {rule} then 'refused'"));
                sql.all(8, "when", "  and", &same);
                sql.line("            then 'same'");
                sql.line("        else 'stale'");
            }
        }
        sql.line("    end as outcome");
        self.unnest(&mut sql, 0, "from", &self.patch_sources());
        self.join_stored(&mut sql, self.on_key());
        self.finished(sql)
    }

    /// What a PATCH leaves in a column.
    fn patched(&self, index: usize, column: &Column) -> String {
        let (name, given, value) = (ident(column), self.free("given"), self.value(column));
        let (value, otherwise) = match column.role {
            Some(Role::EditedAt) => (bounded(&value), "now()".to_owned()),
            _ => (value, format!("stored.{name}")),
        };
        format!("case when get_bit(p.{given}, {index}) = 1 then {value} else {otherwise} end")
    }

    fn patch_sources(&self) -> Vec<Source<'a>> {
        let facts = self.facts;
        let mut sources: Vec<_> = facts.key.iter().map(|one| Source::Column(one)).collect();
        sources.push(Source::Given);
        sources.extend(facts.patch.iter().map(|one| Source::Column(one)));
        sources.extend(facts.told.iter().map(|one| Source::Column(one)));
        if facts.arbiter() == Arbiter::Seen {
            sources.extend(self.seen_sources());
        }
        sources
    }

    /// Whether a PATCH applies to the row that it finds; `None` where it always does.
    fn patch_rule(&self) -> Option<String> {
        let facts = self.facts;
        let place = |column: &Column| facts.patch.iter().position(|one| one.name == column.name);
        let given = self.free("given");
        match facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Seen => Some(self.saw()),
            Arbiter::Time => {
                let time = facts.edited_at.expect("time decides");
                let index = place(time).expect("devices write the time of an edit");
                let without = format!("get_bit(p.{given}, {index}) = 0");
                // The same device does not say again that it is the same.
                let device = facts.device.and_then(|device| {
                    let index = place(device)?;
                    let (name, value) = (ident(device), self.value(device));
                    Some(format!(
                        "(case when get_bit(p.{given}, {index}) = 1 then {value} else stored.{name} end)"
                    ))
                });
                Some(self.later(
                    Some(without),
                    &bounded(&self.value(time)),
                    device.as_deref(),
                    false,
                ))
            }
        }
    }
}
