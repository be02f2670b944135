//! The statements of SQLite: one row of a device's table each, by the same rules as in Postgres.
//!
//! SQLite has neither policies nor a clock that two devices share: who may write is not asked, and the time of receipt
//! is a parameter.

use super::columns::Facts;
use super::text::{Param, Sql, always};
use crate::model::{Arbiter, Column};
use synctable::statement::WRITERS;
use synctable::{Database, Role};

/// Writes the statements of one table.
pub(super) struct Sqlite<'a> {
    facts: &'a Facts<'a>,
}

impl<'a> Sqlite<'a> {
    pub(super) fn new(facts: &'a Facts<'a>) -> Self {
        Self { facts }
    }

    /// Inserts a row, or changes the one that is there.
    pub(super) fn put(&self) -> Sql<'a> {
        let mut sql = Sql::default();
        let facts = self.facts;
        let columns = self.put_columns();
        let mut names = vec!["id".to_owned()];
        names.extend(columns.iter().map(|column| ident(column)));
        let mut values = vec![sql.place(Param::Id)];
        values.extend(
            columns
                .iter()
                .map(|column| self.new_value(&mut sql, column)),
        );
        sql.names(
            0,
            &format!("INSERT INTO {} AS stored (", self.name()),
            &[],
            &names,
            ")",
        );
        sql.names(0, "VALUES (", &[], &values, ")");
        if !facts.upserts() {
            sql.line("ON CONFLICT (id) DO NOTHING");
            return sql;
        }
        sql.line("ON CONFLICT (id) DO UPDATE SET");
        let mut sets = Vec::new();
        for column in facts
            .patch
            .iter()
            .copied()
            .filter(|column| !self.is_id(column))
        {
            let name = ident(column);
            let value = match (self.gives(&mut sql, column), column.role) {
                (None, _) | (_, Some(Role::EditedAt)) => format!("excluded.{name}"),
                (Some(_), Some(Role::Tombstone | Role::Device)) if column.nullable => {
                    format!("excluded.{name}")
                }
                (Some(given), _) => {
                    // A row that is made anew begins with what its PUT gives.
                    let anew = facts.buried_by().map_or_else(String::new, |tombstone| {
                        format!(" OR stored.{} IS NOT NULL", ident(tombstone))
                    });
                    format!("iif({given} = '1'{anew}, excluded.{name}, stored.{name})")
                }
            };
            sets.push(always(format!("{name} = {value}")));
        }
        sets.extend(self.counted().map(always));
        sql.list(2, &sets);
        let mut conditions = Vec::new();
        let empty = self.says_nothing(&mut sql);
        conditions.extend(empty.map(|empty| always(format!("NOT {empty}"))));
        let rule = self.put_rule(&mut sql, &|column| format!("excluded.{}", ident(column)));
        conditions.extend(rule.map(always));
        conditions.extend(facts.told.iter().map(|column| {
            let told = format!("excluded.{}", ident(column));
            always(says_what_stands(column, &told))
        }));
        for column in facts
            .put
            .iter()
            .filter(|column| column.immutable && !facts.is_key(column))
        {
            let name = ident(column);
            let same = format!("stored.{name} IS excluded.{name}");
            conditions.push(always(match self.gives(&mut sql, column) {
                Some(given) => format!("({given} = '0' OR {same})"),
                None => same,
            }));
        }
        sql.all(0, "WHERE", "  AND", &conditions);
        sql
    }

    /// What is said of a PUT that did nothing.
    pub(super) fn put_verdict(&self, write: &Sql<'a>) -> Sql<'a> {
        let mut sql = Sql::numbered_as(write);
        let facts = self.facts;
        if facts.upserts() && facts.arbiter() == Arbiter::Arrival && !facts.may_say_nothing() {
            // Whatever arrives applies, but for what may not change.
            sql.line("SELECT 'refused' AS outcome");
            return sql;
        }
        let mut same = Vec::new();
        for column in self.put_columns() {
            if facts.is_key(column) || column.role == Some(Role::Version) {
                continue;
            }
            let value = self.told(&mut sql, column);
            if column.is_verified() {
                same.push(always(says_what_stands(column, &value)));
                continue;
            }
            let equal = format!("stored.{} IS {value}", ident(column));
            same.push(always(match self.gives(&mut sql, column) {
                Some(given) => format!("({given} = '0' OR {equal})"),
                None => equal,
            }));
        }
        let rule = match facts.upserts() {
            true => self.rule_of_put(&mut sql),
            false => None,
        };
        let empty = self.says_nothing(&mut sql);
        sql.line("SELECT CASE");
        sql.line("  WHEN stored.id IS NULL THEN 'refused'");
        if let Some(empty) = empty {
            sql.line(format_args!("  WHEN {empty} THEN 'same'"));
        }
        if let Some(rule) = rule {
            sql.line(format_args!("  WHEN {rule} THEN 'refused'"));
        }
        if facts.upserts() && facts.arbiter() == Arbiter::Arrival {
            // Whatever else arrives applies, but for what may not change.
            sql.line("  ELSE 'refused'");
        } else if same.is_empty() {
            sql.line("  ELSE 'same'");
        } else {
            sql.all(2, "WHEN", "  AND", &same);
            sql.line("    THEN 'same'");
            sql.line(format_args!("  ELSE '{}'", facts.otherwise()));
        }
        sql.line("END AS outcome");
        self.found(&mut sql);
        sql
    }

    /// Changes a row.
    pub(super) fn patch(&self) -> Sql<'a> {
        let mut sql = Sql::default();
        let facts = self.facts;
        sql.line(format_args!("UPDATE {} AS stored SET", self.name()));
        let mut sets = Vec::new();
        for column in facts
            .patch
            .iter()
            .copied()
            .filter(|column| !self.is_id(column))
        {
            let name = ident(column);
            let given = self.given(&mut sql, column);
            let otherwise = match column.role {
                Some(Role::EditedAt) => sql.place(Param::Now),
                _ => format!("stored.{name}"),
            };
            let value = self.told(&mut sql, column);
            sets.push(always(format!(
                "{name} = iif({given} = '1', {value}, {otherwise})"
            )));
        }
        sets.extend(self.counted().map(always));
        sql.list(2, &sets);
        let mut conditions = vec![always(format!("stored.id = {}", sql.place(Param::Id)))];
        conditions.extend(self.patch_rule(&mut sql).map(always));
        for column in &facts.told {
            let told = self.told(&mut sql, column);
            conditions.push(always(says_what_stands(column, &told)));
        }
        sql.all(0, "WHERE", "  AND", &conditions);
        sql
    }

    /// What is said of a PATCH that did nothing.
    pub(super) fn patch_verdict(&self, write: &Sql<'a>) -> Sql<'a> {
        let mut sql = Sql::numbered_as(write);
        let facts = self.facts;
        let mut same = Vec::new();
        for column in facts
            .patch
            .iter()
            .copied()
            .filter(|column| !self.is_id(column))
        {
            let given = self.given(&mut sql, column);
            let value = self.told(&mut sql, column);
            same.push(always(format!(
                "({given} = '0' OR stored.{} IS {value})",
                ident(column)
            )));
        }
        let rule = self.patch_rule(&mut sql);
        sql.line("SELECT CASE");
        sql.line("  WHEN stored.id IS NULL THEN 'gone'");
        match rule {
            None => sql.line("  ELSE 'refused'"),
            Some(rule) => {
                sql.line(format_args!("  WHEN {rule} THEN 'refused'"));
                sql.all(2, "WHEN", "  AND", &same);
                sql.line("    THEN 'same'");
                sql.line("  ELSE 'stale'");
            }
        }
        sql.line("END AS outcome");
        self.found(&mut sql);
        sql
    }

    /// Deletes a row, or sets its tombstone.
    pub(super) fn delete(&self) -> Sql<'a> {
        let mut sql = Sql::default();
        let facts = self.facts;
        match facts.buried_by() {
            None => sql.line(format_args!("DELETE FROM {} AS stored", self.name())),
            Some(tombstone) => {
                sql.line(format_args!("UPDATE {} AS stored SET", self.name()));
                let now = sql.place(Param::Now);
                let mut sets = vec![always(format!("{} = {now}", ident(tombstone)))];
                if let Some(time) = facts.edited_at {
                    let name = ident(time);
                    // Just past what it replaces: an edit that is later than that one is later than the deletion.
                    sets.push(always(format!("{name} = {}", next_microsecond(&name))));
                }
                if let Some(device) = facts.device.filter(|device| device.nullable) {
                    sets.push(always(format!("{} = NULL", ident(device))));
                }
                sets.extend(self.counted().map(always));
                sql.list(2, &sets);
            }
        }
        let mut conditions = vec![always(format!("stored.id = {}", sql.place(Param::Id)))];
        conditions.extend(self.delete_rule(&mut sql).map(always));
        sql.all(0, "WHERE", "  AND", &conditions);
        sql
    }

    /// What is said of a DELETE that did nothing.
    pub(super) fn delete_verdict(&self, write: &Sql<'a>) -> Sql<'a> {
        let mut sql = Sql::numbered_as(write);
        let rule = self.delete_rule(&mut sql);
        sql.line("SELECT CASE");
        sql.line("  WHEN stored.id IS NULL THEN 'same'");
        if let Some(tombstone) = self.facts.buried_by() {
            let name = ident(tombstone);
            sql.line(format_args!("  WHEN stored.{name} IS NOT NULL THEN 'same'"));
        }
        match rule {
            None => sql.line("  ELSE 'refused'"),
            Some(rule) => {
                sql.line(format_args!("  WHEN {rule} THEN 'refused'"));
                sql.line("  ELSE 'stale'");
            }
        }
        sql.line("END AS outcome");
        self.found(&mut sql);
        sql
    }

    /// The columns that a new row brings beside its id.
    fn put_columns(&self) -> Vec<&'a Column> {
        let columns = self.facts.put.iter().chain(&self.facts.told).copied();
        let columns = columns.filter(|column| column.direction.on_client());
        columns.filter(|column| !self.is_id(column)).collect()
    }

    fn is_id(&self, column: &Column) -> bool {
        column.client_name == synctable::table::CLIENT_ID
    }

    /// The value of a column in a new row.
    fn new_value(&self, sql: &mut Sql<'a>, column: &'a Column) -> String {
        let value = self.told(sql, column);
        match column.role {
            Some(Role::EditedAt) => format!("coalesce({value}, {})", sql.place(Param::Now)),
            _ => value,
        }
    }

    /// The uploaded value of a column.
    fn told(&self, sql: &mut Sql<'a>, column: &'a Column) -> String {
        let value = sql.place(Param::Column(&column.name));
        match column.role {
            Some(Role::EditedAt) => format!("min({value}, {})", sql.place(Param::Horizon)),
            _ => value,
        }
    }

    /// The rule over what was uploaded, where nothing was inserted.
    fn rule_of_put(&self, sql: &mut Sql<'a>) -> Option<String> {
        let facts = self.facts;
        let asked = match facts.arbiter() {
            Arbiter::Arrival => [None, None],
            Arbiter::Time => [facts.edited_at, facts.device],
            Arbiter::Seen => [facts.version, None],
        };
        let told = asked.map(|column| {
            let column = column?;
            Some((column.name.as_str(), self.told(sql, column)))
        });
        self.put_rule(sql, &|column| {
            let mut told = told.iter().flatten();
            let found = told.find(|(name, _)| *name == column.name);
            found.expect("a rule asks for columns with roles").1.clone()
        })
    }

    /// Whether a PUT applies to the row that it finds; `None` where it always does.
    fn put_rule(&self, sql: &mut Sql<'a>, new: &dyn Fn(&'a Column) -> String) -> Option<String> {
        let facts = self.facts;
        match facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Time => {
                let time = facts.edited_at.expect("time decides");
                let without = self.gives(sql, time).map(|given| format!("{given} = '0'"));
                let device = facts.device.map(new);
                let new = new(time);
                let own = self.own_edit(sql, &format!("< {new}"), true);
                Some(self.later(without, &new, device.as_deref(), &own))
            }
            Arbiter::Seen => {
                let Some(version) = facts.version else {
                    return Some(self.own_version(sql, "NULL", true));
                };
                let told = new(version);
                let same = format!("stored.{} = {told}", ident(version));
                Some(match self.gives(sql, version) {
                    Some(given) => {
                        let seen = format!("iif({given} = '1', {told}, NULL)");
                        let own = self.own_version(sql, &seen, true);
                        format!("({given} = '1' AND {same}\n    OR {own})")
                    }
                    None => {
                        let own = self.own_version(sql, &told, true);
                        format!("({same}\n    OR {own})")
                    }
                })
            }
        }
    }

    /// Whether a PATCH applies to the row that it finds; `None` where it always does.
    fn patch_rule(&self, sql: &mut Sql<'a>) -> Option<String> {
        let facts = self.facts;
        match facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Seen => Some(self.saw(sql)),
            Arbiter::Time => {
                let time = facts.edited_at.expect("time decides");
                let without = format!("{} = '0'", self.given(sql, time));
                let new = self.told(sql, time);
                let device = facts.device.map(|device| {
                    let (given, value) = (self.given(sql, device), self.told(sql, device));
                    format!("iif({given} = '1', {value}, stored.{})", ident(device))
                });
                let own = self.own_edit(sql, &format!("< {new}"), false);
                Some(self.later(Some(without), &new, device.as_deref(), &own))
            }
        }
    }

    /// Whether a DELETE applies to the row that it finds; `None` where it always does.
    fn delete_rule(&self, sql: &mut Sql<'a>) -> Option<String> {
        let facts = self.facts;
        let rule = match facts.arbiter() {
            Arbiter::Arrival => None,
            Arbiter::Seen => Some(self.saw(sql)),
            Arbiter::Time => {
                let time = facts.edited_at.expect("time decides");
                let seen = sql.place(Param::Previous(&time.name));
                let own = self.own_edit(sql, &format!("<= {seen}"), false);
                Some(format!(
                    "({seen} IS NULL OR stored.{} <= {seen}\n    OR {own})",
                    ident(time)
                ))
            }
        };
        let lives = facts
            .buried_by()
            .map(|tombstone| format!("stored.{} IS NULL", ident(tombstone)));
        match (lives, rule) {
            (Some(lives), Some(rule)) => Some(format!("{lives} AND {rule}")),
            (lives, rule) => lives.or(rule),
        }
    }

    /// Whether the client wrote the row as it stands, and what others wrote before is older: `since` compares it.
    fn own_edit(&self, sql: &mut Sql<'a>, since: &str, anew: bool) -> String {
        let stands = ident(self.facts.edited_at.expect("time decides"));
        let stands = format!("own.edited_at IS stored.{stands}");
        self.own(sql, &stands, &format!("own.edited_since {since}"), anew)
    }

    /// Whether the client wrote the row as it stands, and has seen what others wrote before.
    fn own_version(&self, sql: &mut Sql<'a>, seen: &str, anew: bool) -> String {
        let stands = match self.facts.version {
            Some(version) => format!("own.version IS stored.{}", ident(version)),
            None => "own.version IS NULL".to_owned(),
        };
        // Who tells nothing has seen what stood when the run began.
        let since = match seen {
            "NULL" => "1".to_owned(),
            seen => format!("coalesce(own.version_since <= {seen}, 1)"),
        };
        self.own(sql, &stands, &since, anew)
    }

    fn own(&self, sql: &mut Sql<'a>, stands: &str, since: &str, anew: bool) -> String {
        let anew = match self.facts.buried_by() {
            Some(tombstone) if anew => format!("stored.{} IS NOT NULL OR ", ident(tombstone)),
            _ => String::new(),
        };
        format!(
            "EXISTS (\n      SELECT 1 FROM {WRITERS} AS own\n      WHERE own.table_name = {} AND own.id = stored.id AND own.client = {}\n        AND {stands} AND ({anew}own.inserted OR {since})\n    )",
            Database::Sqlite.literal(&self.facts.table.client_name),
            sql.place(Param::Client),
        )
    }

    /// Whether the entry gives no column at all; `None` where a PUT always gives some.
    fn says_nothing(&self, sql: &mut Sql<'a>) -> Option<String> {
        self.facts.may_say_nothing().then(|| {
            let mask = sql.place(Param::Gives);
            format!("(instr({mask}, '1') = 0)")
        })
    }

    /// Whether a write is later than the stored row, or the client's own.
    fn later(
        &self,
        without: Option<String>,
        time: &str,
        device: Option<&str>,
        own: &str,
    ) -> String {
        let stored = ident(self.facts.edited_at.expect("time decides"));
        let mut ways: Vec<String> = without.into_iter().collect();
        ways.push(format!("stored.{stored} < {time}"));
        if let (Some(device), Some(column)) = (device, self.facts.device) {
            let name = ident(column);
            ways.push(format!(
                "stored.{stored} = {time} AND coalesce(stored.{name}, '') < coalesce({device}, '')"
            ));
        }
        ways.push(own.to_owned());
        format!("({})", ways.join("\n    OR "))
    }

    /// Whether the writer saw the row as it stands, or wrote it.
    fn saw(&self, sql: &mut Sql<'a>) -> String {
        let facts = self.facts;
        let tracked = &facts.tracked;
        let values = match tracked.is_empty() {
            true => "0".to_owned(),
            false => {
                let mask = sql.place(Param::Seen);
                let mut seen = vec![format!("instr({mask}, '1') > 0")];
                for (index, column) in tracked.iter().enumerate() {
                    let value = sql.place(Param::Previous(&column.name));
                    seen.push(format!(
                        "(substr({mask}, {}, 1) = '0' OR stored.{} IS {value})",
                        index + 1,
                        ident(column)
                    ));
                }
                seen.join(" AND ")
            }
        };
        let (saw, told) = match facts.version {
            Some(version) => {
                let told = sql.place(Param::Version(&version.name));
                let name = ident(version);
                (
                    format!(
                        "CASE WHEN {told} IS NOT NULL THEN stored.{name} = {told} ELSE {values} END"
                    ),
                    told,
                )
            }
            None => (values, "NULL".to_owned()),
        };
        let own = self.own_version(sql, &told, false);
        format!("({saw}\n    OR {own})")
    }

    /// Counts the version up.
    fn counted(&self) -> Option<String> {
        let version = ident(self.facts.version?);
        Some(format!("{version} = stored.{version} + 1"))
    }

    /// The row of the id, or nothing in its place.
    fn found(&self, sql: &mut Sql<'a>) {
        let id = sql.place(Param::Id);
        let name = self.name();
        sql.line(format_args!(
            "FROM (SELECT 1) LEFT JOIN {name} AS stored ON stored.id = {id}"
        ));
    }

    /// Whether a PUT gives the column, as `'0'` or `'1'`; `None` where it always does.
    fn gives(&self, sql: &mut Sql<'a>, column: &'a Column) -> Option<String> {
        let mut open = self.facts.open.iter();
        let index = open.position(|one| one.name == column.name)?;
        let mask = sql.place(Param::Gives);
        Some(format!("substr({mask}, {}, 1)", index + 1))
    }

    /// Whether a PATCH gives the column.
    fn given(&self, sql: &mut Sql<'a>, column: &'a Column) -> String {
        let patch = &self.facts.patch;
        let index = patch.iter().position(|one| one.name == column.name);
        let index = index.expect("a PATCH may give it") + 1;
        let mask = sql.place(Param::Given);
        format!("substr({mask}, {index}, 1)")
    }

    fn name(&self) -> String {
        Database::Sqlite
            .ident(&self.facts.table.client_name)
            .into_owned()
    }
}

fn ident(column: &Column) -> String {
    Database::Sqlite.ident(&column.client_name).into_owned()
}

/// Whether nothing is told of a column that the server fills, or what stands in the row if that has a value.
fn says_what_stands(column: &Column, told: &str) -> String {
    let name = ident(column);
    format!("({told} IS NULL OR stored.{name} IS NULL OR stored.{name} IS {told})")
}

/// The next moment after that of a column, in canonical text.
fn next_microsecond(name: &str) -> String {
    format!(
        "iif(substr(stored.{name}, 21, 6) = '999999',
    strftime('%Y-%m-%dT%H:%M:%S.000000Z', substr(stored.{name}, 1, 19), '+1 second'),
    printf('%s.%06dZ', substr(stored.{name}, 1, 19), substr(stored.{name}, 21, 6) + 1))"
    )
}
