//! PUT: rows are inserted, or those that are there changed.

use super::super::columns::asks_for_caller;
use super::super::text::{For, Param, Part, Sql, always, each};
use super::spell::{
    base_type, bounded, equal, ident, joined, list, meets, mentions, named, prefixed,
};
use super::{Postgres, Source};
use crate::model::{Arbiter, Column};
use synctable::Role;

impl<'a> Postgres<'a> {
    /// Inserts rows, or changes those that are there.
    pub(in super::super) fn put(&self) -> Sql<'a> {
        let mut sql = Sql::default();
        let numbered = self.numbered();
        let nr = self.free("nr");
        let may = self.free("may");
        self.proposed(&mut sql);
        if numbered == For::Always {
            sql.line("),");
        } else {
            sql.add(For::RowSecurity, ")");
            sql.add(For::Guarded, "),");
        }
        self.judged(&mut sql, &may);
        sql.add(numbered, "written as (");
        let (special, inserted) = self.inserted();
        let into = format!("insert into {} as stored (", self.name());
        sql.names(4, &into, &special, &inserted, ")");
        sql.names(4, "select ", &special, &inserted, "");
        sql.line("    from proposed");
        let mut conditions = Vec::new();
        for column in self.facts.key.iter().filter(|column| !column.uploads()) {
            if column.default.is_some() {
                let name = ident(column);
                conditions.extend(each(|whose| {
                    let filled = self.filled(whose, column).expect("it has a default");
                    format!("proposed.{name} is not distinct from {filled}")
                }));
            }
        }
        if self.looks_up_told() {
            let agrees = format!("proposed.{}", self.free("agrees"));
            conditions.push((For::RowSecurity, agrees));
        }
        conditions.push((For::Guarded, may.clone()));
        sql.all(4, "where", "  and", &conditions);
        sql.line(format_args!("    order by {nr}"));
        self.on_conflict(&mut sql);
        let target: Vec<String> = self.facts.target.iter().map(|one| ident(one)).collect();
        let target = list(prefixed("stored", &target));
        sql.add(numbered, format_args!("    returning {target}"));
        sql.add(numbered, ")");
        sql.add(
            numbered,
            format_args!("select proposed.{nr}, 'applied' as outcome"),
        );
        sql.add(numbered, "from proposed");
        let same = self.same_target("written", "proposed");
        sql.add(numbered, format_args!("join written on {same}"));
        sql.add(For::Guarded, "union all");
        sql.add(
            For::Guarded,
            format_args!("select proposed.{nr}, 'refused' as outcome"),
        );
        sql.add(For::Guarded, "from proposed");
        sql.add(For::Guarded, format_args!("where not proposed.{may}"));
        self.headed(sql)
    }

    /// The rows as they will be inserted, defaults included: `proposed`, or `filled` where they are judged first.
    fn proposed(&self, sql: &mut Sql<'a>) {
        sql.line("    select");
        let mut items = vec![always(format!("p.{}", self.free("nr")))];
        let filled = |whose: For, column: &Column| match self.filled(whose, column) {
            Some(filled) => named(filled, column),
            None => named(
                format!("null::{}", base_type(self.facts.model, &column.kind)),
                column,
            ),
        };
        for column in self.beside() {
            let by_trigger = self.left_to_triggers().any(|one| one.name == column.name);
            match self.facts.is_target(column) && !by_trigger {
                true => items.extend(each(|whose| filled(whose, column))),
                false => items.push((For::Guarded, filled(For::Guarded, column))),
            }
        }
        for column in &self.facts.put {
            let given = self.gives(sql, column);
            items.extend(each(|whose| {
                named(self.new_value(whose, given.as_deref(), column), column)
            }));
        }
        items.extend(self.told_in_new_rows());
        sql.list(8, &items);
        self.unnest(sql, 4, "from", &self.put_sources());
    }

    fn put_sources(&self) -> Vec<Source<'a>> {
        let columns = self.facts.put.iter().chain(&self.facts.told);
        columns.map(|one| Source::Column(one)).collect()
    }

    /// Whether the caller may add the rows.
    fn judged(&self, sql: &mut Sql<'a>, may: &str) {
        let insert = self.guard.insert.as_deref().expect("there is a PUT");
        let insert = joined(insert, &self.agreements());
        sql.add(For::Guarded, "proposed as (");
        sql.add(For::Guarded, "    select");
        sql.add(For::Guarded, "        proposed.*,");
        sql.add(
            For::Guarded,
            format_args!("        ({insert}) is true as {may}"),
        );
        sql.add(For::Guarded, "    from filled as proposed");
        sql.add(For::Guarded, "),");
    }

    /// The statement with the names of its first common table expressions, after the caller and the scopes that it asks for.
    fn headed(&self, mut sql: Sql<'a>) -> Sql<'a> {
        let mut names = self.asked(&mut sql);
        names.push("filled as (\n".to_owned());
        let head = format!("with {}", names.join(",\n"));
        let proposed = "with proposed as (\n".to_owned();
        let heads = [(For::RowSecurity, proposed), (For::Guarded, head)];
        sql.pieces.splice(0..0, heads);
        sql
    }

    /// The value of an uploaded column in a new row, given where the bit says so.
    fn new_value(&self, whose: For, given: Option<&str>, column: &Column) -> String {
        let value = self.value(column);
        let value = match column.role {
            Some(Role::EditedAt) => bounded(&value),
            _ => value,
        };
        let filled = match column.role {
            Some(Role::EditedAt) => Some("now()".to_owned()),
            _ if column.default.is_some() => self.filled(whose, column),
            _ => None,
        };
        match (given, filled) {
            (Some(given), Some(filled)) => {
                format!("case when {given} = 1 then {value} else {filled} end")
            }
            _ => value,
        }
    }

    /// Columns that no device uploads and that a statement must know all the same: both those that an upsert stands on, the
    /// guarded one what the policy asks of a new row and whatever is filled in with the caller.
    fn beside(&self) -> Vec<&'a Column> {
        let facts = self.facts;
        let insert = self.guard.insert.as_deref().unwrap_or_default();
        let wanted = |column: &&Column| {
            let is_put = facts.put.iter().any(|put| put.name == column.name);
            !is_put
                && column.direction.on_server()
                && column.generated.is_none()
                && (facts.is_target(column) || asks_for_caller(column) || mentions(insert, column))
        };
        facts.table.columns.values().filter(wanted).collect()
    }

    /// The columns that an insert names: those of one kind of connection alone, and those of all.
    fn inserted(&self) -> (Vec<Part>, Vec<String>) {
        let put = self.facts.put.iter().copied();
        let (uploaded, filled): (Vec<_>, Vec<_>) = put.partition(|column| column.uploads());
        let beside = self.beside().into_iter();
        let beside = beside.filter(|column| asks_for_caller(column));
        let guarded = filled.into_iter().chain(beside);
        let guarded = guarded.map(|column| (For::Guarded, ident(column)));
        let told = self
            .left_to_triggers()
            .map(|column| (For::RowSecurity, ident(column)));
        let uploaded = uploaded.into_iter().map(ident).collect();
        (guarded.chain(told).collect(), uploaded)
    }

    fn on_conflict(&self, sql: &mut Sql<'a>) {
        let facts = self.facts;
        let numbered = self.numbered();
        // To name what it stands on, a caller would have to read it.
        if numbered != For::Always && facts.table.uniques.is_empty() {
            sql.add(For::RowSecurity, "    on conflict do nothing");
        }
        let target = list(facts.target.iter().map(|one| ident(one)));
        if !facts.upserts() {
            sql.add(
                numbered,
                format_args!("    on conflict ({target}) do nothing"),
            );
            return;
        }
        sql.line(format_args!("    on conflict ({target}) do update set"));
        let mut sets = Vec::new();
        for column in facts.replaced() {
            let name = ident(column);
            let value = self.replacing(sql, column);
            sets.push(always(format!("{name} = {value}")));
        }
        sets.extend(self.counted().map(always));
        sql.list(8, &sets);
        let mut conditions = Vec::new();
        let rule = self.put_rule(sql, &|column| format!("excluded.{}", ident(column)));
        conditions.extend(
            self.says_nothing(sql)
                .map(|empty| always(format!("not {empty}"))),
        );
        conditions.extend(rule.map(always));
        for column in facts.kept() {
            let name = ident(column);
            let same = format!("stored.{name} is not distinct from excluded.{name}");
            conditions.push(always(match self.gives(sql, column) {
                Some(given) => format!("({given} = 0 or {same})"),
                None => same,
            }));
        }
        let may = self.may_change(sql, &[], &|sql, column| match facts
            .replaced()
            .iter()
            .any(|one| one.name == column.name)
        {
            true => self.replacing(sql, column),
            false => format!("stored.{}", ident(column)),
        });
        conditions.push(may);
        sql.all(4, "where", "  and", &conditions);
    }

    /// What an upsert leaves in a column of a row that it finds.
    fn replacing(&self, sql: &mut Sql<'a>, column: &Column) -> String {
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
            _ => {
                // A row that is made anew begins with its defaults.
                let anew = self
                    .facts
                    .buried_by()
                    .map_or_else(String::new, |tombstone| {
                        format!(" or stored.{} is not null", ident(tombstone))
                    });
                format!("case when {given} = 1{anew} then excluded.{name} else stored.{name} end")
            }
        }
    }

    /// Whether the entries give no column at all; `None` where a PUT always gives some.
    fn says_nothing(&self, sql: &mut Sql<'a>) -> Option<String> {
        self.facts.may_say_nothing().then(|| {
            let mask = sql.dollar(Param::Gives);
            format!("(position(B'1' in {mask}::varbit) = 0)")
        })
    }

    /// Whether a PUT applies to the row that it finds; `None` where it always does.
    fn put_rule(&self, sql: &mut Sql<'a>, new: &dyn Fn(&Column) -> String) -> Option<String> {
        match self.facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Time => {
                let time = self.facts.edited_at.expect("time decides");
                let without = self.gives(sql, time).map(|given| format!("{given} = 0"));
                let device = self.facts.device.map(new);
                Some(self.later(without, &new(time), device.as_deref(), true))
            }
            Arbiter::Seen => {
                let Some(version) = self.facts.version else {
                    return Some(self.own_version("null", true));
                };
                let (stands, told) = (ident(version), new(version));
                let same = format!("stored.{stands} = {told}");
                Some(match self.gives(sql, version) {
                    Some(given) => {
                        let told = format!("case when {given} = 1 then {told} end");
                        format!(
                            "({given} = 1 and {same}\n    or {})",
                            self.own_version(&told, true)
                        )
                    }
                    None => format!("({same}\n    or {})", self.own_version(&told, true)),
                })
            }
        }
    }

    /// What is said of entries of a PUT that did nothing, where it tells their numbers.
    pub(in super::super) fn put_verdict(&self) -> Sql<'a> {
        let facts = self.facts;
        let mut sql = Sql::default();
        if facts.upserts() && facts.arbiter() == Arbiter::Arrival && !facts.may_say_nothing() {
            // Whatever arrives applies, but for what nobody may.
            let nr = self.free("nr");
            sql.line(format_args!("select p.{nr}, 'refused' as outcome"));
            let key: Vec<_> = facts.key.iter().map(|one| Source::Column(one)).collect();
            self.unnest(&mut sql, 0, "from", &key);
            return sql;
        }
        let uploaded = |column: &Column| match column.role {
            Some(Role::EditedAt) => bounded(&self.value(column)),
            _ => self.value(column),
        };
        let empty = self.says_nothing(&mut sql);
        let mut same = Vec::new();
        for column in &facts.put {
            if facts.is_target(column) || facts.is_key(column) || column.role == Some(Role::Version)
            {
                continue;
            }
            let equal = equal(column, &uploaded(column));
            same.push(always(match self.gives(&mut sql, column) {
                Some(given) => format!("({given} = 0 or {equal})"),
                None => equal,
            }));
        }
        let rule = match facts.upserts() {
            true => self.put_rule(&mut sql, &uploaded),
            false => None,
        };
        sql.line("select");
        sql.line(format_args!("    p.{},", self.free("nr")));
        sql.line("    case");
        let key = ident(facts.key[0]);
        sql.line(format_args!(
            "        when stored.{key} is null then 'refused'"
        ));
        for column in self.values_told().filter(|_| self.looks_up_told()) {
            let agrees = self.says_what_stands(column);
            let line = format!("        when not {agrees} then 'refused'");
            sql.add(For::RowSecurity, line);
        }
        if let Some(empty) = empty {
            sql.line(format_args!("        when {empty} then 'same'"));
        }
        if let Some(rule) = rule {
            sql.line(format_args!("        when {rule} then 'refused'"));
        }
        if facts.upserts() && facts.arbiter() == Arbiter::Arrival {
            // Whatever else arrives applies, but for what nobody may.
            sql.line("        else 'refused'");
        } else if same.is_empty() {
            sql.line("        else 'same'");
        } else {
            sql.all(8, "when", "  and", &same);
            sql.line("            then 'same'");
            sql.line(format_args!("        else '{}'", facts.otherwise()));
        }
        sql.line("    end as outcome");
        self.unnest(&mut sql, 0, "from", &self.put_sources());
        let mut on = Vec::new();
        for column in &facts.target {
            let stored = format!("stored.{}", ident(column));
            match facts.put.iter().any(|put| put.name == column.name) {
                true => on.push(always(meets(column, &stored, &self.value(column)))),
                false => on.extend(each(|whose| {
                    let filled = self.filled(whose, column);
                    meets(column, &stored, filled.as_deref().unwrap_or("null"))
                })),
            }
        }
        self.join_stored(&mut sql, on);
        let sql = self.finished(sql);
        match self.numbered() {
            For::Always => sql,
            one => sql.only(one),
        }
    }
}
