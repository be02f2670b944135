//! PUT: rows are inserted, or those that are there changed.

use super::super::columns::{Arbiter, asks_for_caller, uploads};
use super::super::text::Sql;
use super::spell::{base_type, bounded, equal, ident, list, meets, mentions, named, prefixed};
use super::{Postgres, Source};
use crate::model::Column;
use synctable::Role;

impl<'a> Postgres<'a> {
    /// Inserts rows, or changes those that are there.
    pub(in super::super) fn put(&self) -> Sql {
        let mut sql = Sql::default();
        self.proposed(&mut sql);
        let may = self.guard.as_ref().map(|(_, guard)| {
            let insert = guard.insert.as_deref().expect("there is a PUT");
            let may = self.free("may");
            sql.line("judged as (");
            sql.line("    select");
            sql.line("        proposed.*,");
            sql.line(format!("        ({insert}) is true as {may}"));
            sql.line("    from proposed");
            sql.line("),");
            may
        });
        let source = if may.is_some() { "judged" } else { "proposed" };
        let indent = if self.tells_numbers() { 4 } else { 0 };
        if indent > 0 {
            sql.line("written as (");
        } else {
            // The last of the common table expressions ends here.
            let last = sql.lines.pop().expect("a row is proposed first");
            sql.line(last.trim_end_matches(','));
        }
        let inserted: Vec<String> = self.inserted().iter().map(|column| ident(column)).collect();
        let into = format!("insert into {} as stored (", self.name());
        sql.names(indent, &into, &inserted, ")");
        sql.names(indent, "select ", &inserted, "");
        sql.line(format!("{:indent$}from {source}", ""));
        let mut conditions: Vec<String> = may.iter().cloned().collect();
        for column in self.facts.key.iter().filter(|column| !uploads(column)) {
            if let Some(filled) = self.filled(column) {
                let name = ident(column);
                conditions.push(format!("{source}.{name} is not distinct from {filled}"));
            }
        }
        sql.all(indent, "where", &conditions);
        sql.line(format!("{:indent$}order by {}", "", self.free("nr")));
        self.on_conflict(&mut sql, indent);
        if indent == 0 {
            return self.finished(sql);
        }
        let target: Vec<String> = self.facts.target.iter().map(|one| ident(one)).collect();
        sql.line(format!(
            "    returning {}",
            list(prefixed("stored", &target))
        ));
        sql.line(")");
        let nr = self.free("nr");
        sql.line(format!("select {source}.{nr}, 'applied' as outcome"));
        sql.line(format!("from {source}"));
        sql.line(format!(
            "join written on {}",
            self.same_target("written", source)
        ));
        if let Some(may) = may {
            sql.line("union all");
            sql.line(format!("select {source}.{nr}, 'refused' as outcome"));
            sql.line(format!("from {source}"));
            sql.line(format!("where not {source}.{may}"));
        }
        self.finished(sql)
    }

    /// The rows as they will be inserted, defaults included.
    fn proposed(&self, sql: &mut Sql) {
        sql.line("with proposed as (");
        sql.line("    select");
        let mut items = vec![format!("p.{}", self.free("nr"))];
        for column in &self.facts.put {
            items.push(named(self.new_value(sql, column), column));
        }
        for column in self.beside() {
            let filled = match self.filled(column) {
                Some(filled) => filled,
                None => format!("null::{}", base_type(self.facts.model, &column.kind)),
            };
            items.push(named(filled, column));
        }
        sql.list(8, &items);
        let columns: Vec<_> = self
            .facts
            .put
            .iter()
            .map(|one| Source::Column(one))
            .collect();
        self.unnest(sql, 4, "from", &columns);
        sql.line("),");
    }

    /// The value of an uploaded column in a new row.
    fn new_value(&self, sql: &mut Sql, column: &Column) -> String {
        let value = self.value(column);
        let value = match column.role {
            Some(Role::EditedAt) => bounded(&value),
            _ => value,
        };
        let filled = match column.role {
            Some(Role::EditedAt) => Some("now()".to_owned()),
            _ if column.default.is_some() => self.filled(column),
            _ => None,
        };
        match (self.gives(sql, column), filled) {
            (Some(given), Some(filled)) => {
                format!("case when {given} = 1 then {value} else {filled} end")
            }
            _ => value,
        }
    }

    /// Columns that no device uploads and that the statement must know all the same.
    fn beside(&self) -> Vec<&'a Column> {
        let facts = self.facts;
        let wanted = |column: &&Column| {
            let is_put = facts.put.iter().any(|put| put.name == column.name);
            let mentioned = self.guard.as_ref().is_some_and(|(_, guard)| {
                let insert = guard.insert.as_deref().unwrap_or_default();
                mentions(insert, column) || asks_for_caller(column)
            });
            !is_put
                && column.direction.on_server()
                && column.generated.is_none()
                && (facts.is_target(column) || mentioned)
        };
        facts.table.columns.values().filter(wanted).collect()
    }

    /// The columns that an insert names.
    fn inserted(&self) -> Vec<&'a Column> {
        let bound = self.guard.is_none();
        let put = self.facts.put.iter().copied();
        let put = put.filter(|column| !bound || uploads(column));
        let beside = self.beside().into_iter();
        let beside = beside.filter(|column| !bound && asks_for_caller(column));
        put.chain(beside).collect()
    }

    fn on_conflict(&self, sql: &mut Sql, indent: usize) {
        let facts = self.facts;
        if !self.tells_numbers() {
            // To name what it stands on, a caller would have to read it.
            if facts.table.uniques.is_empty() {
                sql.line("on conflict do nothing");
            }
            return;
        }
        let target: Vec<String> = facts.target.iter().map(|one| ident(one)).collect();
        let target = list(target);
        if !facts.upserts() {
            sql.line(format!("{:indent$}on conflict ({target}) do nothing", ""));
            return;
        }
        sql.line(format!(
            "{:indent$}on conflict ({target}) do update set",
            ""
        ));
        let mut sets = Vec::new();
        for column in facts.replaced() {
            let name = ident(column);
            sets.push(format!("{name} = {}", self.replacing(sql, column)));
        }
        sets.extend(self.counted());
        sql.list(indent + 4, &sets);
        let mut conditions = Vec::new();
        conditions.extend(self.put_rule(sql, &|column| format!("excluded.{}", ident(column))));
        for column in facts.kept() {
            let name = ident(column);
            let same = format!("stored.{name} is not distinct from excluded.{name}");
            conditions.push(match self.gives(sql, column) {
                Some(given) => format!("({given} = 0 or {same})"),
                None => same,
            });
        }
        conditions.extend(self.may_change(sql, &|this, sql, column| {
            match facts.replaced().iter().any(|one| one.name == column.name) {
                true => this.replacing(sql, column),
                false => format!("stored.{}", ident(column)),
            }
        }));
        sql.all(indent, "where", &conditions);
    }

    /// What an upsert leaves in a column of a row that it finds.
    fn replacing(&self, sql: &mut Sql, column: &Column) -> String {
        let name = ident(column);
        let Some(given) = self.gives(sql, column) else {
            return format!("excluded.{name}");
        };
        match column.role {
            // Filled in where the upload does not say.
            Some(Role::EditedAt) => format!("excluded.{name}"),
            // A row that is written whole lives, and its writer is known or nobody.
            Some(Role::Tombstone | Role::Device) if column.nullable => {
                format!("excluded.{name}")
            }
            _ => format!("case when {given} = 1 then excluded.{name} else stored.{name} end"),
        }
    }

    /// Whether a PUT applies to the row that it finds; `None` where it always does.
    fn put_rule(&self, sql: &mut Sql, new: &dyn Fn(&Column) -> String) -> Option<String> {
        match self.facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Time => {
                let time = self.facts.edited_at.expect("time decides");
                let without = self.gives(sql, time).map(|given| format!("{given} = 0"));
                let device = self.facts.device.map(new);
                Some(self.later(without, &new(time), device.as_deref()))
            }
            Arbiter::Seen => Some(match self.facts.version {
                Some(version) => {
                    let name = ident(version);
                    let same = format!("stored.{name} = {}", new(version));
                    match self.gives(sql, version) {
                        Some(given) => format!("({given} = 1 and {same})"),
                        None => same,
                    }
                }
                None => "false".to_owned(),
            }),
        }
    }

    /// What is said of entries of a PUT that did nothing.
    pub(in super::super) fn put_verdict(&self) -> Option<Sql> {
        if !self.tells_numbers() {
            return None;
        }
        let facts = self.facts;
        let mut sql = Sql::default();
        if facts.upserts() && facts.arbiter() == Arbiter::Arrival {
            // Whatever arrives applies, but for what nobody may.
            sql.line(format!(
                "select p.{}, 'refused' as outcome",
                self.free("nr")
            ));
            let key: Vec<_> = facts.key.iter().map(|one| Source::Column(one)).collect();
            self.unnest(&mut sql, 0, "from", &key);
            return Some(sql);
        }
        let mut same = Vec::new();
        for column in &facts.put {
            if facts.is_target(column) || facts.is_key(column) || column.role == Some(Role::Version)
            {
                continue;
            }
            let value = match column.role {
                Some(Role::EditedAt) => bounded(&self.value(column)),
                _ => self.value(column),
            };
            let equal = equal(column, &value);
            same.push(match self.gives(&mut sql, column) {
                Some(given) => format!("({given} = 0 or {equal})"),
                None => equal,
            });
        }
        let rule = match facts.upserts() {
            true => self.put_rule(&mut sql, &|column| match column.role {
                Some(Role::EditedAt) => bounded(&self.value(column)),
                _ => self.value(column),
            }),
            false => None,
        };
        sql.line("select");
        sql.line(format!("    p.{},", self.free("nr")));
        sql.line("    case");
        sql.line(format!(
            "        when stored.{} is null then 'refused'",
            ident(facts.key[0])
        ));
        if let Some(rule) = rule {
            sql.line(format!("        when {rule} then 'refused'"));
        }
        if same.is_empty() {
            sql.line("        else 'same'");
        } else {
            sql.all(8, "when", &same);
            sql.line("            then 'same'");
            sql.line(format!("        else '{}'", facts.otherwise()));
        }
        sql.line("    end as outcome");
        let columns: Vec<_> = facts.put.iter().map(|one| Source::Column(one)).collect();
        self.unnest(&mut sql, 0, "from", &columns);
        let mut on = Vec::new();
        for column in &facts.target {
            let name = ident(column);
            let wanted = match facts.put.iter().any(|put| put.name == column.name) {
                true => self.value(column),
                false => self.filled(column).unwrap_or_else(|| "null".to_owned()),
            };
            on.push(meets(column, &format!("stored.{name}"), &wanted));
        }
        self.join_stored(&mut sql, on);
        Some(self.finished(sql))
    }
}
