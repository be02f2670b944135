//! What stock connectors need beside grants: they upsert whole rows through PostgREST, retry, and delete with DELETE.
//!
//! Example: a device inserts a list, and its connector sends
//! `insert into lists (id, title) … on conflict (id) do update set id = excluded.id, title = excluded.title`.
//! The statement needs the right to update the key, so a trigger keeps the key what it is.
//!
//! Everything here fires only for those whom the policies bind.
//! The generated statements set no key and no immutable column, and delete softly by an UPDATE, so that only `_again`
//! fires for them: it passes over a row that they would find to be the same.

use super::grants::{buries, callers, upserts};
use super::helper::{Call, Helper, ident, qualified};
use super::{edited_at, past, server_columns, server_tables};
use crate::guard::{comparable, tombstone};
use crate::map::{IndexMap, IndexSet};
use crate::model::{Access, Column, DefaultValue, Expr, Model, Table};
use synctable::{DeleteRule, Role, derived_name};

/// Every function that stock connectors need, with its triggers.
pub(super) fn helpers(model: &Model) -> Vec<Helper> {
    let callers = callers(model);
    let tables: Vec<Written<'_>> = server_tables(model)
        .filter_map(|table| Written::of(&callers, table))
        .collect();
    let mut helpers: Vec<Helper> = set_once(&tables).into_iter().collect();
    helpers.extend(reviving(&tables));
    helpers.extend(tables.iter().filter_map(Written::again));
    helpers.extend(tables.iter().filter_map(Written::burying));
    helpers
}

/// A table that callers write, and what they may do to it.
struct Written<'m> {
    table: &'m Table,
    access: &'m Access,
    callers: &'m IndexSet<String>,
}

/// What keeps the key and the immutable columns of every table.
fn set_once(tables: &[Written<'_>]) -> Option<Helper> {
    let triggers: Vec<Call> = tables
        .iter()
        .filter_map(|written| {
            let columns = written.set_once();
            (!columns.is_empty()).then(|| Call {
                trigger: "_set_once".to_owned(),
                table: written.table.name.clone(),
                when: "before update".to_owned(),
                of: Vec::new(),
                arguments: vec![columns.join(", ")],
                changed: columns,
                bound: true,
                by_client: false,
                rows: None,
            })
        })
        .collect();
    let raise = [
        "begin",
        "    raise exception using",
        "        errcode = 'insufficient_privilege',",
        "        message = format('a row of %I.%I keeps its %s', tg_table_schema, tg_table_name, tg_argv[0]);",
        "end",
    ];
    (!triggers.is_empty()).then(|| Helper {
        function: "keep_set_once".to_owned(),
        of: None,
        doc: "Refuses to change a key, or a column that is set once; an upsert may name it with the value that it has."
            .to_owned(),
        security_definer: false,
        body: raise.map(str::to_owned).to_vec(),
        triggers,
    })
}

/// What revives a deleted row whose id an upsert brings again, by the name of the tombstone.
fn reviving(tables: &[Written<'_>]) -> impl Iterator<Item = Helper> {
    let mut by_tombstone: IndexMap<String, (&Column, Vec<Call>)> = IndexMap::default();
    for written in tables {
        if let Some(column) = written.revives() {
            let function = match tombstone::is_flag(column) {
                true => derived_name(&["revive", &column.name], "flag"),
                false => derived_name(&["revive"], &column.name),
            };
            let (_, calls) = by_tombstone.entry(function).or_insert((column, Vec::new()));
            calls.push(Call {
                // The trigger that decides deletions comes later, and sees a row that lives.
                trigger: "_revive".to_owned(),
                table: written.table.name.clone(),
                when: "before update".to_owned(),
                of: written.table.key.clone(),
                changed: Vec::new(),
                bound: true,
                by_client: false,
                rows: None,
                arguments: Vec::new(),
            });
        }
    }
    by_tombstone.into_iter().map(|(function, (column, triggers))| {
        let name = ident(&column.name);
        Helper {
            function,
            of: None,
            doc: "Revives a deleted row that an upsert brings again: no other write names the key of a row that is there."
                .to_owned(),
            security_definer: false,
            body: vec![
                "begin".to_owned(),
                format!(
                    "    if {} and new.{name} is not distinct from old.{name} then",
                    tombstone::row_is_buried(column, "old")
                ),
                format!("        new.{name} := {};", tombstone::revival(column)),
                "    end if;".to_owned(),
                "    return new;".to_owned(),
                "end".to_owned(),
            ],
            triggers,
        }
    })
}

impl<'m> Written<'m> {
    fn of(callers: &'m IndexSet<String>, table: &'m Table) -> Option<Self> {
        let access = table.access.as_ref()?;
        Some(Self {
            table,
            access,
            callers,
        })
    }

    fn any(&self, may: impl Fn(&str) -> bool) -> bool {
        self.callers.iter().any(|role| may(role))
    }

    /// Whether somebody may update rows, if only to delete them.
    fn is_updated(&self) -> bool {
        self.any(|role| {
            let update = self.access.update.contains_key(role);
            self.access.read.contains_key(role) && (update || buries(self.table, self.access, role))
        })
    }

    /// The columns that an upsert may name and no update may change.
    fn set_once(&self) -> Vec<String> {
        if !self.is_updated() || !self.any(|role| upserts(self.access, role)) {
            return Vec::new();
        }
        let is_key = |column: &Column| self.table.key.contains(&column.name);
        server_columns(self.table)
            .filter(|column| match is_key(column) {
                true => column.may_be_sent(),
                false => column.uploads() && column.immutable,
            })
            .map(|column| column.name.clone())
            .collect()
    }

    fn tombstone(&self) -> Option<&'m Column> {
        let column = self.table.role(Role::Tombstone);
        column.filter(|_| self.table.delete == DeleteRule::Soft)
    }

    /// The tombstone that an upsert takes away.
    fn revives(&self) -> Option<&'m Column> {
        let tombstone = self.tombstone()?;
        let may = |role: &str| upserts(self.access, role) && self.access.update.contains_key(role);
        self.any(may).then_some(tombstone)
    }

    /// What passes over an insert that came before, of a table without a rule for updates.
    fn again(&self) -> Option<Helper> {
        // Who writes without reading cannot ask whether a row is there.
        let mut writers = self.access.insert.keys();
        let all_read = writers.all(|role| self.access.read.contains_key(role));
        let inserts = self.any(|role| upserts(self.access, role));
        if !self.access.update.is_empty() || !inserts || !all_read {
            return None;
        }
        let table = self.table;
        let is_key = |column: &Column| table.key.contains(&column.name);
        // A value that Postgres chose for the first one says nothing of the second.
        let is_fixed = |column: &Column| match &column.default {
            None => true,
            Some(DefaultValue::Expr(expr)) => matches!(expr, Expr::Literal(_)),
            Some(DefaultValue::Sql(_)) => false,
        };
        let same = server_columns(table)
            .filter(|column| is_key(column) || (column.uploads() && is_fixed(column)));
        let mut lines = Vec::new();
        for (index, column) in same.enumerate() {
            let word = if index == 0 { "where" } else { "and" };
            let [stored, new] = ["stored", "new"].map(|row| comparable(row, column));
            let equals = if is_key(column) {
                "="
            } else {
                "is not distinct from"
            };
            lines.push(format!("        {word} {stored} {equals} {new}"));
        }
        let last = lines.last_mut().expect("a table has a key");
        last.push_str(") then");
        let mut body = vec![
            "begin".to_owned(),
            format!("    if exists (select from {} as stored", qualified(table)),
        ];
        body.extend(lines);
        body.extend(
            [
                "        return null;",
                "    end if;",
                "    return new;",
                "end",
            ]
            .map(str::to_owned),
        );
        Some(Helper {
            function: derived_name(&["again"], &table.name),
            of: Some(table.name.clone()),
            doc: format!(
                "Passes over a row of {} that is there already, so that an upload may be sent again.",
                table.name
            ),
            security_definer: false,
            body,
            triggers: vec![self.call("_again", "before insert")],
        })
    }

    /// What sets the tombstone of a row in place of a DELETE.
    fn burying(&self) -> Option<Helper> {
        let column = self.tombstone()?;
        if !self.any(|role| buries(self.table, self.access, role)) {
            return None;
        }
        let table = self.table;
        let mut sets = vec![format!(
            "{} = {}",
            ident(&column.name),
            tombstone::burial(column)
        )];
        if let Some(time) = edited_at(table) {
            sets.push(format!("{} = {}", ident(&time.name), past(time)));
        }
        let of_caller = |column: &&Column| column.uploads() && !column.immutable;
        if let Some(device) = table.role(Role::Device).filter(of_caller)
            && device.nullable
        {
            sets.push(format!("{} = null", ident(&device.name)));
        }
        if let Some(version) = table.role(Role::Version).filter(of_caller) {
            let name = ident(&version.name);
            sets.push(format!("{name} = stored.{name} + 1"));
        }
        let mut body = vec![
            "begin".to_owned(),
            format!("    update {} as stored set", qualified(table)),
        ];
        let last = sets.len() - 1;
        let comma = |index| if index == last { "" } else { "," };
        let sets = sets.iter().enumerate();
        body.extend(sets.map(|(index, set)| format!("        {set}{}", comma(index))));
        let keys = table.key.iter().map(|key| {
            let key = ident(key);
            format!("stored.{key} = old.{key}")
        });
        let mut found: Vec<String> = keys.collect();
        found.push(tombstone::row_lives(column, "stored"));
        body.push(format!("    where {};", found.join(" and ")));
        body.extend(["    return null;", "end"].map(str::to_owned));
        Some(Helper {
            function: derived_name(&["bury"], &table.name),
            of: Some(table.name.clone()),
            doc: format!(
                "Sets the tombstone of a row of {} in place of a DELETE.",
                table.name
            ),
            security_definer: false,
            body,
            triggers: vec![self.call("_bury", "before delete")],
        })
    }

    fn call(&self, trigger: &str, when: &str) -> Call {
        Call {
            trigger: trigger.to_owned(),
            table: self.table.name.clone(),
            when: when.to_owned(),
            of: Vec::new(),
            changed: Vec::new(),
            bound: true,
            by_client: false,
            rows: None,
            arguments: Vec::new(),
        }
    }
}
