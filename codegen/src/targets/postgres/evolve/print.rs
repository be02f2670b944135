//! Changes as SQL: each knows its statements and the step in which they run.

use super::super::sql::{self, ident, literal, qualified};
use super::super::view::Function;
use super::super::{ddl, functions, lower, order, seeds as written};
use super::cast::{self, cast};
use super::change::{
    Change, ColumnChange, Commented, Fate, Object, PartChange, PartKind, RowsChange, SeedsChange,
    TypeChange,
};
use super::lock::{Lock, LockMode, Work};
use super::refuse::origin_of;
use super::remade;
use super::renames::Renames;
use super::rows;
use super::seeds;
use super::side::{Side, Written};
use crate::catalog::{self, Column, Deferral, Formula, Name, Rls};
use crate::expr::Row;
use crate::map::IndexMap;
use crate::model::pending::holds;
use crate::model::{DefaultValue, Expr, Function as Call, Seed};
use askama::Template;
use std::collections::BTreeSet;
use synctable::{Kind, Scalar};

/// The steps of a migration, in the order in which they run.
///
/// What names something else is dropped before that changes, and made after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Roles,
    UndoWritten,
    DropViews,
    DropTriggers,
    DropPolicies,
    DropFunctions,
    DropForeignKeys,
    DropParts,
    DropColumns,
    ForgetRows,
    DropTables,
    Schemas,
    AskTheCaller,
    RenameTypes,
    AddEnums,
    WrittenBeforeDomains,
    AddDomains,
    WrittenBeforeTables,
    LockTables,
    RenameTables,
    RenameColumns,
    RenameParts,
    DropComputed,
    AddTables,
    AlterColumns,
    FillColumns,
    NarrowLabels,
    RequireColumns,
    AddParts,
    AddForeignKeys,
    Validate,
    Functions,
    Triggers,
    Rls,
    Policies,
    Grants,
    Comments,
    Views,
    UndoWrittenBeforeTables,
    DropTypes,
    UndoWrittenBeforeDomains,
    DropSchemas,
    Publication,
    WrittenAfterTables,
    TouchRows,
    Seeds,
}

/// A statement, and what is decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    step: Step,
    text: String,
    /// The change that it is of, as its place among all changes.
    pub(super) change: usize,
    /// What it holds of tables that were there before.
    pub(super) locks: Vec<Lock>,
}

/// How a file of a migration runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// In one transaction.
    Together,
    /// Outside of any: one statement, which Postgres takes in no transaction.
    Alone,
}

/// Statements with the step in which they run.
struct Script<'a> {
    before: &'a Side<'a>,
    after: &'a Side<'a>,
    renames: &'a Renames,
    run: Run,
    change: usize,
    /// Columns that rows are filled in.
    filled: BTreeSet<(&'a Name, &'a str)>,
    statements: Vec<Statement>,
}

/// The statements of all changes, in the order in which they run.
pub(super) fn statements(
    before: &Side<'_>,
    after: &Side<'_>,
    renames: &Renames,
    changes: &[Change],
    run: Run,
) -> Vec<Statement> {
    let mut script = Script {
        before,
        after,
        renames,
        run,
        change: 0,
        filled: filled(changes),
        statements: Vec::new(),
    };
    for (index, change) in changes.iter().enumerate() {
        script.change = index;
        script.change(change);
    }
    script.repeat(changes);
    script.drop_tables(changes);
    script.undone(changes);
    script.written(changes);
    // What is made later is dropped first.
    script.remove(changes);
    let mut statements = script.statements;
    statements.sort_by_key(|statement| statement.step);
    statements
}

/// Statements as text; short ones of one step stand together.
pub(super) fn text(statements: &[Statement]) -> String {
    let mut text = String::new();
    let mut last: Option<(Step, bool)> = None;
    for statement in statements {
        let is_short = !statement.text.contains('\n');
        if last != Some((statement.step, true)) || !is_short {
            text.push('\n');
        }
        text += &statement.text;
        text.push('\n');
        last = Some((statement.step, is_short));
    }
    text
}

/// The columns that rows are filled in.
fn filled(changes: &[Change]) -> BTreeSet<(&Name, &str)> {
    let filled = changes.iter().filter_map(|change| match change {
        Change::Rows {
            table,
            column,
            change: RowsChange::Fill,
        } => Some((table, column.as_str())),
        _ => None,
    });
    filled.collect()
}

/// A lock that only changes the catalog, and stops everybody.
fn exclusive(table: &Name) -> Vec<Lock> {
    vec![Lock::new(table, LockMode::AccessExclusive, Work::Instant)]
}

impl Script<'_> {
    /// A statement that holds no table that was there.
    fn add(&mut self, step: Step, text: impl Into<String>) {
        self.hold(step, Vec::new(), text);
    }

    fn hold(&mut self, step: Step, locks: Vec<Lock>, text: impl Into<String>) {
        // Nobody waits for a table that comes in the same transaction.
        let is_there = |lock: &Lock| {
            let tables = self.before.catalog.tables.keys();
            let views = self.before.catalog.views.keys();
            tables
                .chain(views)
                .any(|name| self.renames.table(name) == &lock.table || name == &lock.table)
        };
        let locks = locks.into_iter().filter(is_there).collect();
        self.statements.push(Statement {
            step,
            text: text.into(),
            change: self.change,
            locks,
        });
    }

    /// What the drop of an object holds, under the name that it has afterwards.
    fn holding(&self, object: &Object) -> Vec<Lock> {
        let written = match object {
            Object::View(name) => name,
            Object::Function(_) => return Vec::new(),
            Object::Policy { table, .. } | Object::Trigger { table, .. } => table,
        };
        let catalog = &self.before.catalog;
        let mut names = catalog.tables.keys().chain(catalog.views.keys());
        let name = names.find(|name| qualified(name) == *written);
        name.map(|name| exclusive(self.renames.table(name)))
            .unwrap_or_default()
    }

    /// One statement, because tables may refer to each other.
    fn drop_tables(&mut self, changes: &[Change]) {
        let mut dropped: Vec<String> = Vec::new();
        let mut locks = Vec::new();
        for (index, change) in changes.iter().enumerate() {
            if let Change::DropTable(name) = change {
                if dropped.is_empty() {
                    self.change = index;
                }
                dropped.push(qualified(name));
                locks.extend(exclusive(name));
                for key in self.before.catalog.tables[name].foreign_keys.values() {
                    locks.extend(exclusive(self.renames.table(&key.table)));
                }
            }
        }
        let published: Vec<_> = self
            .before
            .catalog
            .publications
            .values()
            .flatten()
            .collect();
        let is_published = |change: &Change| match change {
            Change::DropTable(name) => published.contains(&name),
            _ => false,
        };
        if changes.iter().any(is_published) {
            let tables = dropped.join(", ");
            self.hold(
                Step::ForgetRows,
                locks.clone(),
                format!(
                    "-- Devices hear of it; of a drop they would not.\ntruncate table {tables};"
                ),
            );
        }
        if !dropped.is_empty() {
            let tables = dropped.join(", ");
            self.hold(Step::DropTables, locks, format!("drop table {tables};"));
        }
    }

    fn change(&mut self, change: &Change) {
        let after = self.after;
        match change {
            Change::Roles => self.add(Step::Roles, rendered(&lower::needed(after.model))),
            Change::Extension(name) => {
                self.add(Step::Schemas, ddl::extension(after.model, name));
            }
            Change::AddSchema(name) => {
                let name = ident(name);
                self.add(
                    Step::Schemas,
                    format!("create schema if not exists {name};\nrevoke all on schema {name} from public;"),
                );
            }
            Change::DropSchema(name) => {
                // Every database has it, and not because of us.
                if name != "public" {
                    self.add(Step::DropSchemas, format!("drop schema {};", ident(name)));
                }
            }
            Change::Usage {
                schema,
                role,
                granted,
            } => {
                let (schema, role) = (ident(schema), sql::roles([role]));
                let text = match granted {
                    true => format!("grant usage on schema {schema} to {role};"),
                    false => format!("revoke usage on schema {schema} from {role};"),
                };
                self.add(Step::Schemas, text);
            }
            Change::Type { name, change } => self.of_type(name, change),
            Change::AddTable(name) => self.add_table(name),
            // One statement for all.
            Change::DropTable(_) => {}
            Change::RenameTable { from, to } => self.rename_table(from, to),
            Change::Column {
                table,
                column,
                change,
            } => self.column(table, column, change),
            Change::Part {
                table,
                kind,
                name,
                change,
            } => self.part(table, *kind, name, change),
            Change::Object { object, fate } => self.make(object, *fate),
            Change::Grants { table, role } => {
                let of = qualified(table);
                let mut text = format!("revoke all on table {of} from {};", sql::roles([role]));
                let grants = &after.catalog.tables[table].grants;
                let mut one = grants.clone();
                one.retain(|name, _| name == role);
                for grant in lower::grants(&one) {
                    let (privileges, role) = (grant.privileges, grant.role);
                    text += &format!("\ngrant{privileges}on table {of} to {role};");
                }
                self.add(Step::Grants, text);
            }
            Change::Rls(table) => {
                let force = match after.catalog.tables[table].rls {
                    Rls::Forced => "force",
                    Rls::Enabled | Rls::Off => "no force",
                };
                self.hold(
                    Step::Rls,
                    exclusive(table),
                    format!(
                        "alter table {} {force} row level security;",
                        qualified(table)
                    ),
                );
            }
            Change::Comment(on) => self.comment(on),
            Change::Publish { table, published } => {
                let word = if *published { "add" } else { "drop" };
                let weak = Lock::new(table, LockMode::ShareUpdateExclusive, Work::Instant);
                self.hold(
                    Step::Publication,
                    vec![weak],
                    format!(
                        "alter publication {} {word} table {};",
                        ident(&after.model.postgres.publication),
                        qualified(table)
                    ),
                );
            }
            Change::Rows {
                table,
                column,
                change,
            } => self.rows(table, column, *change),
            Change::Seeds {
                table,
                names,
                change,
            } => self.seeds(table, names, *change),
            // In the order of their needs, all at once.
            Change::Written { .. } => {}
        }
    }

    fn of_type(&mut self, name: &Name, change: &TypeChange) {
        let of = qualified(name);
        let after = self.after;
        let (step, text) = match change {
            TypeChange::AddEnum => {
                let one = lower::enum_type(name, &after.catalog.enums[name]);
                (Step::AddEnums, rendered(&one))
            }
            TypeChange::AddDomain => {
                let one = &after.catalog.domains[name];
                let one = lower::domain(after.model, &after.printer, name, one);
                (Step::AddDomains, rendered(&one))
            }
            TypeChange::DropEnum => (Step::DropTypes, format!("drop type {of};")),
            TypeChange::DropDomain => (Step::DropTypes, format!("drop domain {of};")),
            TypeChange::RenameEnum { from } => (
                Step::RenameTypes,
                format!(
                    "alter type {} rename to {};",
                    qualified(from),
                    ident(&name.name)
                ),
            ),
            TypeChange::RenameDomain { from } => (
                Step::RenameTypes,
                format!(
                    "alter domain {} rename to {};",
                    qualified(from),
                    ident(&name.name)
                ),
            ),
            TypeChange::RemakeEnum { from, .. } => {
                self.aside(name, from, "type");
                let one = lower::enum_type(name, &after.catalog.enums[name]);
                (Step::AddEnums, rendered(&one))
            }
            TypeChange::RemakeDomain { from, .. } => {
                self.aside(name, from, "domain");
                let one = &after.catalog.domains[name];
                let one = lower::domain(after.model, &after.printer, name, one);
                (Step::AddDomains, rendered(&one))
            }
            TypeChange::AddLabel { label, before } => {
                let place = before
                    .as_ref()
                    .map_or_else(String::new, |before| format!(" before {}", literal(before)));
                (
                    Step::RenameTypes,
                    format!("alter type {of} add value {}{place};", literal(label)),
                )
            }
            TypeChange::DropCheck(check) => (
                Step::AddDomains,
                format!("alter domain {of} drop constraint {};", ident(check)),
            ),
            TypeChange::RenameCheck { from, to } => (
                Step::AddDomains,
                format!(
                    "alter domain {of} rename constraint {} to {};",
                    ident(from),
                    ident(to)
                ),
            ),
            TypeChange::AddCheck(check) => {
                let formula = &after.catalog.domains[name].checks[check];
                let base = after
                    .model
                    .domains
                    .get(&name.name)
                    .map(|domain| domain.base);
                let row = Row::value(base.unwrap_or(Scalar::Text));
                let text = after.printer.formula(formula, &row);
                let check = ident(check);
                let tables = after.catalog.tables.iter();
                let using = tables.filter(|(_, table)| {
                    let mut columns = table.columns.values();
                    columns.any(|column| column.sql_type == of)
                });
                let locks = using.map(|(table, _)| Lock::new(table, LockMode::Share, Work::Scan));
                self.hold(
                    Step::Validate,
                    locks.collect(),
                    format!("alter domain {of} validate constraint {check};"),
                );
                (
                    Step::AddDomains,
                    format!("alter domain {of} add constraint {check} check ({text}) not valid;"),
                )
            }
        };
        self.add(step, text);
    }

    /// Gives a type that is made anew another name, until no column is of it.
    fn aside(&mut self, name: &Name, from: &Name, what: &str) {
        let aside = remade::aside(&self.before.catalog, &self.after.catalog, name);
        let (from, to) = (qualified(from), ident(&aside.name));
        self.add(
            Step::RenameTypes,
            format!("alter {what} {from} rename to {to};"),
        );
        let aside = qualified(&aside);
        self.add(Step::DropTypes, format!("drop {what} {aside};"));
    }

    fn add_table(&mut self, name: &Name) {
        let after = self.after;
        let Some(declared) = after.table(name) else {
            let table = lower::writers_table(after.model, &after.revoke);
            self.add(Step::AddTables, rendered(&table));
            return;
        };
        let mut table = lower::lower_table(
            after.model,
            declared,
            &after.catalog,
            &after.printer,
            &after.revoke,
        );
        // They call functions that come later.
        table.triggers.clear();
        self.add(Step::AddTables, rendered(&table));
        for (key, one) in &after.catalog.tables[name].foreign_keys {
            // A table without rows has none to look at.
            let lock = Lock::new(&one.table, LockMode::ShareRowExclusive, Work::Instant);
            self.add_constraint(
                Step::AddForeignKeys,
                vec![lock],
                name,
                key,
                &ddl::foreign_key(one),
                one.validated,
            );
        }
    }

    fn rename_table(&mut self, from: &Name, to: &Name) {
        self.hold(
            Step::RenameTables,
            exclusive(to),
            format!(
                "alter table {} rename to {};",
                qualified(from),
                ident(&to.name)
            ),
        );
        let (Some(old), Some(new)) = (self.before.table(from), self.after.table(to)) else {
            return;
        };
        for (name, column) in &self.after.catalog.tables[to].columns {
            let was = new.columns[name].was.as_deref().unwrap_or(name);
            let columns = &self.before.catalog.tables[from].columns;
            let was = if columns.contains_key(was) { was } else { name };
            if column.identity && columns.get(was).is_some_and(|column| column.identity) {
                self.rename_sequence(&ddl::sequence(old, was), &ddl::sequence(new, name));
            }
        }
    }

    fn rename_sequence(&mut self, from: &Name, to: &Name) {
        if from != to {
            self.add(
                Step::RenameParts,
                format!(
                    "alter sequence {} rename to {};",
                    qualified(from),
                    ident(&to.name)
                ),
            );
        }
    }

    fn column(&mut self, table: &Name, column: &str, change: &ColumnChange) {
        let (before, after) = (self.before, self.after);
        let of = qualified(table);
        let name = ident(column);
        let alter = |what: &str| format!("alter table {of} alter column {name} {what};");
        let lowered = after.catalog.tables[table].columns.get(column);
        let declared = after.table(table);
        let (Some(lowered), Some(declared)) = (lowered, declared) else {
            let from = qualified(&origin_of(before, after, table));
            self.hold(
                Step::DropColumns,
                exclusive(table),
                format!("alter table {from} drop column {name};"),
            );
            return;
        };
        let printer = &after.printer;
        let default = lowered
            .default
            .as_ref()
            .map(|value| ddl::default(printer, declared, column, value));
        match change {
            ColumnChange::Drop => {}
            ColumnChange::Add | ColumnChange::Recompute | ColumnChange::Compute => {
                if *change != ColumnChange::Add {
                    self.hold(
                        Step::DropComputed,
                        exclusive(table),
                        format!("alter table {of} drop column {name};"),
                    );
                }
                let mut lowered = lowered.clone();
                if self.filled.contains(&(table, column)) {
                    lowered.nullable = true;
                    lowered.default = None;
                }
                let line = ddl::column(printer, declared, column, &lowered);
                let lowered = &lowered;
                let work = match self.is_filled_row_by_row(lowered) {
                    true => Work::Rewrite,
                    false => Work::Instant,
                };
                self.hold(
                    Step::AlterColumns,
                    vec![Lock::new(table, LockMode::AccessExclusive, work)],
                    format!("alter table {of} add column {line};"),
                );
                if lowered.identity {
                    self.revoke_sequence(declared, column);
                }
            }
            ColumnChange::Rename { from } => {
                self.hold(
                    Step::RenameColumns,
                    exclusive(table),
                    format!("alter table {of} rename column {} to {name};", ident(from)),
                );
                let old = origin_of(before, after, table);
                if let (true, Some(old), false) =
                    (lowered.identity, before.table(&old), old != *table)
                {
                    let to = ddl::sequence(declared, column);
                    self.rename_sequence(&ddl::sequence(old, from), &to);
                }
            }
            ColumnChange::Retype { from, to } => {
                let work = match cast(before, after, table, column) {
                    Some(_) => Work::Rewrite,
                    None => self.retyping(table, column, from, to),
                };
                let mut locks = vec![Lock::new(table, LockMode::AccessExclusive, work)];
                locks.extend(self.keys_over(table, column, work));
                if self.had_default(table, column) {
                    self.alter(table, alter("drop default"));
                }
                let using = cast(before, after, table, column);
                let using = using.map_or_else(String::new, |sql| format!(" using ({sql})"));
                self.hold(
                    Step::AlterColumns,
                    locks,
                    alter(&format!("type {to}{using}")),
                );
                if let Some(default) = default {
                    self.alter(table, alter(&format!("set default {default}")));
                }
            }
            ColumnChange::SetDefault => {
                let step = match self.filled.contains(&(table, column)) {
                    true => Step::RequireColumns,
                    false => Step::AlterColumns,
                };
                if let Some(default) = default {
                    let text = alter(&format!("set default {default}"));
                    self.hold(step, exclusive(table), text);
                }
            }
            ColumnChange::DropDefault => self.alter(table, alter("drop default")),
            ColumnChange::Relax => self.alter(table, alter("drop not null")),
            ColumnChange::Require => {
                // A check that is proven spares the rows another look, under the lock that stops readers.
                let check = catalog::required(&table.name, column);
                let origin = origin_of(before, after, table);
                let there = before.catalog.tables[&origin].checks.get(&check);
                let check = ident(&check);
                if there.is_none() {
                    self.hold(
                        Step::RequireColumns,
                        exclusive(table),
                        format!("alter table {of} add constraint {check} check ({name} is not null) not valid;"),
                    );
                }
                if there.is_none_or(|check| !check.validated) {
                    self.hold(
                        Step::RequireColumns,
                        vec![Lock::new(table, LockMode::ShareUpdateExclusive, Work::Scan)],
                        format!("alter table {of} validate constraint {check};"),
                    );
                }
                self.hold(
                    Step::RequireColumns,
                    exclusive(table),
                    alter("set not null"),
                );
                self.hold(
                    Step::RequireColumns,
                    exclusive(table),
                    format!("alter table {of} drop constraint {check};"),
                );
            }
            ColumnChange::AddIdentity => {
                let identity = ddl::identity(declared, column);
                self.alter(table, alter(&format!("add {identity}")));
                self.revoke_sequence(declared, column);
                let sequence = literal(&qualified(&ddl::sequence(declared, column)));
                self.hold(
                    Step::AlterColumns,
                    vec![Lock::new(table, LockMode::AccessExclusive, Work::Scan)],
                    format!(
                        "select pg_catalog.setval({sequence}, coalesce(max({name}), 0) + 1, false) from {of};"
                    ),
                );
            }
            ColumnChange::DropIdentity => self.alter(table, alter("drop identity")),
            ColumnChange::Settle => self.alter(table, alter("drop expression")),
        }
    }

    /// A change of a column that touches the catalog alone.
    fn alter(&mut self, table: &Name, text: String) {
        self.hold(Step::AlterColumns, exclusive(table), text);
    }

    /// Whether a new column has a value of its own in each row that is there.
    fn is_filled_row_by_row(&self, column: &Column) -> bool {
        let volatile = match &column.default {
            Some(Formula::Expr(Expr::Call { function, .. })) => *function == Call::Uuid,
            // What it calls is not known.
            Some(Formula::Sql(_)) => true,
            _ => false,
        };
        let mut domains = self.after.catalog.domains.iter();
        let checked = domains
            .any(|(name, domain)| !domain.checks.is_empty() && qualified(name) == column.sql_type);
        column.identity || column.generated.is_some() || volatile || checked
    }

    /// How long another type of a column takes.
    fn retyping(&self, table: &Name, column: &str, from: &str, to: &str) -> Work {
        let text = |sql_type: &str| sql_type == "text" || sql_type.starts_with("varchar(");
        let decimal = |sql_type: &str| sql_type.starts_with("numeric(");
        let mut domains = self.before.catalog.domains.iter();
        let is_below = domains.any(|(name, domain)| {
            qualified(self.renames.type_name(name)) == from && domain.base == to
        });
        let stays = is_below || (text(from) && text(to)) || (decimal(from) && decimal(to));
        // The checks over such a column are made anew, too.
        if self.is_widened_in_place(from, to) {
            return Work::Instant;
        }
        if !stays {
            return Work::Rewrite;
        }
        // Postgres looks again at what is computed from the column.
        let mut checks = self.after.catalog.tables[table].checks.values();
        let is_checked = checks.any(|check| match &check.formula {
            Formula::Expr(expr) => expr.columns().contains(&column),
            Formula::Sql(_) => true,
        });
        match is_checked {
            true => Work::Scan,
            false => Work::Instant,
        }
    }

    /// Whether a column of a domain that is made anew over another type keeps what it stores.
    fn is_widened_in_place(&self, from: &str, to: &str) -> bool {
        let mut domains = self.after.catalog.domains.iter();
        let Some((name, new)) = domains.find(|(name, _)| from == to && qualified(name) == to)
        else {
            return false;
        };
        let old = remade::domain_so_far(self.before, self.after, name);
        old.is_some_and(|old| {
            let old = &self.before.catalog.domains[&old].base;
            let of = |begin: &str| old.starts_with(begin) && new.base.starts_with(begin);
            let text = |base: &str| base == "text" || base.starts_with("varchar(");
            new.checks.is_empty() && (of("numeric(") || (text(old) && text(&new.base)))
        })
    }

    /// The tables at the other ends of foreign keys over a column.
    fn keys_over(&self, table: &Name, column: &str, work: Work) -> Vec<Lock> {
        let mut others = Vec::new();
        let work = work.min(Work::Scan);
        for (name, other) in &self.after.catalog.tables {
            for key in other.foreign_keys.values() {
                let here = |columns: &[String]| columns.iter().any(|one| one == column);
                if name == table && here(&key.columns) {
                    others.push(Lock::new(&key.table, LockMode::AccessExclusive, work));
                }
                if key.table == *table && here(&key.references) {
                    others.push(Lock::new(name, LockMode::AccessExclusive, work));
                }
            }
        }
        others
    }

    fn revoke_sequence(&mut self, table: &crate::model::Table, column: &str) {
        let sequence = qualified(&ddl::sequence(table, column));
        let revoke = &self.after.revoke;
        self.add(
            Step::AlterColumns,
            format!("revoke all on sequence {sequence} from {revoke};"),
        );
    }

    fn add_constraint(
        &mut self,
        step: Step,
        locks: Vec<Lock>,
        table: &Name,
        name: &str,
        definition: &str,
        valid: bool,
    ) {
        let not_valid = if valid { "" } else { " not valid" };
        self.hold(
            step,
            locks,
            format!(
                "alter table {}\n    add constraint {} {definition}{not_valid};",
                qualified(table),
                ident(name)
            ),
        );
    }

    fn validate(&mut self, table: &Name, name: &str) {
        let mut locks = vec![Lock::new(table, LockMode::ShareUpdateExclusive, Work::Scan)];
        let key = self.after.catalog.tables[table].foreign_keys.get(name);
        locks.extend(key.map(|key| Lock::new(&key.table, LockMode::RowShare, Work::Scan)));
        self.hold(
            Step::Validate,
            locks,
            format!(
                "alter table {} validate constraint {};",
                qualified(table),
                ident(name)
            ),
        );
    }

    fn part(&mut self, table: &Name, kind: PartKind, name: &str, change: &PartChange) {
        let (before, after) = (self.before, self.after);
        let of = qualified(table);
        match change {
            PartChange::Drop => {
                let from = origin_of(before, after, table);
                let text = match kind {
                    PartKind::UniqueIndex | PartKind::Index => {
                        format!("drop index {};", qualified(&Name::new(&table.schema, name)))
                    }
                    _ => format!(
                        "alter table {} drop constraint {};",
                        qualified(&from),
                        ident(name)
                    ),
                };
                let mut locks = exclusive(table);
                let step = match kind {
                    PartKind::ForeignKey => {
                        let key = &before.catalog.tables[&from].foreign_keys[name];
                        locks.extend(exclusive(self.renames.table(&key.table)));
                        Step::DropForeignKeys
                    }
                    PartKind::Check if self.is_narrowed(table, name) => Step::NarrowLabels,
                    _ => Step::DropParts,
                };
                self.hold(step, locks, text);
            }
            PartChange::Rename { from } => match kind {
                PartKind::UniqueIndex | PartKind::Index => self.add(
                    Step::RenameParts,
                    format!(
                        "alter index {} rename to {};",
                        qualified(&Name::new(&table.schema, from)),
                        ident(name)
                    ),
                ),
                _ => self.hold(
                    Step::RenameParts,
                    exclusive(table),
                    format!(
                        "alter table {of} rename constraint {} to {};",
                        ident(from),
                        ident(name)
                    ),
                ),
            },
            PartChange::Attach => {
                let deferral = after.catalog.tables[table].uniques[name].deferral;
                let name = ident(name);
                let how = ddl::deferral(deferral);
                self.hold(
                    Step::AddParts,
                    exclusive(table),
                    format!(
                        "alter table {of} add constraint {name} unique using index {name}{how};"
                    ),
                );
            }
            PartChange::Validate => self.validate(table, name),
            PartChange::Add => {
                let Some(declared) = after.table(table) else {
                    return;
                };
                let lowered = &after.catalog.tables[table];
                let printer = &after.printer;
                match kind {
                    PartKind::Key => {
                        let Some(key) = &lowered.key else {
                            return;
                        };
                        let lock = Lock::new(table, LockMode::AccessExclusive, Work::Build);
                        let text = format!("alter table {of} add {};", ddl::key(key));
                        self.hold(Step::AddParts, vec![lock], text);
                    }
                    PartKind::Unique => {
                        let line = ddl::unique(printer, declared, name, &lowered.uniques[name]);
                        let lock = Lock::new(table, LockMode::AccessExclusive, Work::Build);
                        let text = format!("alter table {of} add {line};");
                        self.hold(Step::AddParts, vec![lock], text);
                    }
                    PartKind::Exclusion => {
                        let one = &lowered.exclusions[name];
                        let line = ddl::exclusion(printer, declared, name, one);
                        let lock = Lock::new(table, LockMode::AccessExclusive, Work::Build);
                        let text = format!("alter table {of} add {line};");
                        self.hold(Step::AddParts, vec![lock], text);
                    }
                    PartKind::UniqueIndex => {
                        let one = &lowered.uniques[name];
                        let how = self.how_to_build();
                        let text = ddl::unique_index(printer, declared, table, name, one, how);
                        self.build(table, text);
                    }
                    PartKind::Index => {
                        let one = &lowered.indexes[name];
                        let how = self.how_to_build();
                        let text = ddl::index(printer, declared, table, name, one, how);
                        self.build(table, text);
                    }
                    PartKind::Check => {
                        let one = &lowered.checks[name];
                        let text = ddl::check(printer, declared, one);
                        let step = match self.is_narrowed(table, name) {
                            true => Step::NarrowLabels,
                            false => Step::AddParts,
                        };
                        self.add_constraint(step, exclusive(table), table, name, &text, false);
                        if one.validated {
                            self.validate(table, name);
                        }
                    }
                    PartKind::ForeignKey => {
                        let one = &lowered.foreign_keys[name];
                        let text = ddl::foreign_key(one);
                        let locks = [table, &one.table].map(|table| {
                            Lock::new(table, LockMode::ShareRowExclusive, Work::Instant)
                        });
                        let locks = locks.to_vec();
                        self.add_constraint(Step::AddForeignKeys, locks, table, name, &text, false);
                        if one.validated {
                            self.validate(table, name);
                        }
                    }
                }
            }
        }
    }

    fn rows(&mut self, table: &Name, column: &str, change: RowsChange) {
        let after = self.after;
        let Some(declared) = after.table(table) else {
            return;
        };
        let (of, name) = (qualified(table), ident(column));
        let lock = vec![Lock::new(table, LockMode::RowExclusive, Work::Update)];
        match change {
            RowsChange::Fill => {
                let Some(value) = self.backfill(declared, column) else {
                    return;
                };
                if self.column_so_far(table, column).is_some()
                    && !self.is_guarded_later(table, column)
                {
                    let text = format!(
                        "lock table {} in access exclusive mode;",
                        self.so_far(table)
                    );
                    self.hold(Step::LockTables, exclusive(table), text);
                }
                self.hold(
                    Step::FillColumns,
                    lock,
                    format!("update {of} set {name} = {value} where {name} is null;"),
                );
                // What is checked at the end stops a change of the table until then.
                if self.has_deferred(table) {
                    self.add(Step::FillColumns, "set constraints all immediate;");
                }
            }
            RowsChange::Replace => {
                let replaced = rows::labels(self.before, after, table, column);
                let (whole, is_held) = labels(declared, column, &replaced);
                let value = one_label(declared, column, &replaced).unwrap_or(whole);
                self.hold(
                    Step::FillColumns,
                    lock,
                    format!("update {of} set {name} = {value} where {is_held};"),
                );
                if self.has_deferred(table) {
                    self.add(Step::FillColumns, "set constraints all immediate;");
                }
            }
            // One statement for all columns of a table.
            RowsChange::Again => {}
            RowsChange::Touch => self.hold(
                Step::TouchRows,
                lock,
                format!("update {of} set {name} = {name};"),
            ),
        }
    }

    /// They come after everything else, so that triggers fill what they leave out, and devices hear of them.
    fn seeds(&mut self, name: &Name, names: &[String], change: SeedsChange) {
        let Some(table) = self.after.table(name) else {
            return;
        };
        let is_meant = |seed: &&Seed| names.contains(&seed.name(table));
        let meant: Vec<&Seed> = table.seeds.iter().filter(is_meant).collect();
        let mut locks = vec![Lock::new(name, LockMode::RowExclusive, Work::Instant)];
        let statements = match change {
            SeedsChange::Add => written::added(table, &meant),
            SeedsChange::Change => written::written(table, &meant),
            SeedsChange::Remove => {
                locks.extend(self.referencing(name));
                let had = seeds::so_far(self.before, self.after, self.renames, name);
                let gone = had.iter().filter(is_meant).map(|seed| seed.key(table));
                vec![written::removed(table, &gone.collect::<Vec<_>>())]
            }
        };
        for text in statements {
            self.hold(Step::Seeds, locks.clone(), text);
        }
    }

    /// What Postgres holds of the tables in which it looks for references to rows that are deleted.
    fn referencing(&self, name: &Name) -> Vec<Lock> {
        let mut locks = Vec::new();
        for (child, table) in &self.after.catalog.tables {
            let keys = table.foreign_keys.values();
            for key in keys.filter(|key| key.table == *name) {
                let mode = match key.on_delete {
                    "NO ACTION" | "RESTRICT" => LockMode::RowShare,
                    _ => LockMode::RowExclusive,
                };
                let work = match table.finds(&key.columns) {
                    true => Work::Instant,
                    false => Work::Scan,
                };
                locks.push(Lock::new(child, mode, work));
            }
        }
        locks
    }

    /// What a column is filled with.
    fn backfill(&self, table: &crate::model::Table, column: &str) -> Option<String> {
        let value = match table.columns[column].backfill.as_ref()? {
            DefaultValue::Expr(expr) => Formula::Expr(catalog::stored(table, expr)),
            DefaultValue::Sql(text) => Formula::Sql(text.clone()),
        };
        let printer = &self.after.printer;
        Some(printer.formula(&value, printer.row(table)))
    }

    /// A row that holds one value that is refused cannot be updated at all, so all its columns are updated at once.
    fn repeat(&mut self, changes: &[Change]) {
        let after = self.after;
        struct Column {
            name: String,
            value: String,
            /// The value where it is held, and else what is there.
            whole: String,
            is_held: String,
        }
        let mut tables: IndexMap<&Name, (usize, Vec<Column>)> = IndexMap::default();
        for (index, change) in changes.iter().enumerate() {
            let Change::Rows {
                table,
                column,
                change: RowsChange::Again,
            } = change
            else {
                continue;
            };
            let Some(declared) = after.table(table) else {
                continue;
            };
            let name = ident(column);
            let replaced = rows::labels(self.before, after, table, column);
            let one = match self.backfill(declared, column) {
                Some(value) if replaced.is_empty() => Column {
                    whole: format!("coalesce({name}, {value})"),
                    is_held: format!("{name} is null"),
                    name,
                    value,
                },
                _ => {
                    let (whole, is_held) = labels(declared, column, &replaced);
                    Column {
                        value: one_label(declared, column, &replaced)
                            .unwrap_or_else(|| whole.clone()),
                        name,
                        whole,
                        is_held,
                    }
                }
            };
            let (_, columns) = tables.entry(table).or_insert((index, Vec::new()));
            columns.push(one);
        }
        for (table, (index, columns)) in tables {
            self.change = index;
            let set: Vec<String> = match columns.as_slice() {
                [one] => vec![format!("{} = {}", one.name, one.value)],
                many => many
                    .iter()
                    .map(|one| format!("{} = {}", one.name, one.whole))
                    .collect(),
            };
            let held: Vec<String> = columns.into_iter().map(|one| one.is_held).collect();
            let (of, set, held) = (qualified(table), set.join(", "), held.join(" or "));
            let lock = Lock::new(table, LockMode::RowExclusive, Work::Update);
            self.hold(
                Step::FillColumns,
                vec![lock],
                format!("-- Rows that came while the others were updated.\nupdate {of} set {set} where {held};"),
            );
            if self.has_deferred(table) {
                self.add(Step::FillColumns, "set constraints all immediate;");
            }
        }
    }

    /// Whether a later file proves that a filled column holds no NULL: rows may come while this one fills it.
    fn is_guarded_later(&self, table: &Name, column: &str) -> bool {
        let unsettled = &self.after.model.pending.unsettled;
        holds(unsettled, &table.name, column)
    }

    /// A column as it was before, where it was there.
    fn column_so_far(&self, table: &Name, column: &str) -> Option<&Column> {
        let origin = origin_of(self.before, self.after, table);
        let was = self.after.table(table).map(|table| &table.columns[column]);
        let was = was.and_then(|column| column.was.as_deref());
        let columns = &self.before.catalog.tables[&origin].columns;
        let was = was.and_then(|was| columns.get(was));
        was.or_else(|| columns.get(column))
    }

    /// Postgres casts a default along with its column, or refuses to.
    fn had_default(&self, table: &Name, column: &str) -> bool {
        self.column_so_far(table, column)
            .is_some_and(|column| column.default.is_some())
    }

    /// The name of a table at the beginning.
    fn so_far(&self, table: &Name) -> String {
        qualified(&origin_of(self.before, self.after, table))
    }

    /// Whether a check that permitted labels until now refuses them, once rows hold others.
    fn is_narrowed(&self, table: &Name, check: &str) -> bool {
        let mut columns = self.after.catalog.tables[table].columns.keys();
        let column = columns.find(|column| catalog::labels(&table.name, column) == check);
        !self.before.model.pending.unreplaced.is_empty()
            && column.is_some_and(|column| {
                !rows::labels(self.before, self.after, table, column).is_empty()
            })
    }

    fn has_deferred(&self, table: &Name) -> bool {
        let table = &self.after.catalog.tables[table];
        let mut keys = table.foreign_keys.values();
        let mut uniques = table.uniques.values();
        let mut exclusions = table.exclusions.values();
        keys.any(|key| key.deferral == Deferral::Always)
            || uniques.any(|unique| unique.deferral == Deferral::Always)
            || exclusions.any(|exclusion| exclusion.deferral == Deferral::Always)
    }

    fn how_to_build(&self) -> ddl::Build {
        match self.run {
            Run::Together => ddl::Build::Plain,
            Run::Alone => ddl::Build::Concurrently,
        }
    }

    fn build(&mut self, table: &Name, text: String) {
        let mode = match self.run {
            Run::Together => LockMode::Share,
            Run::Alone => LockMode::ShareUpdateExclusive,
        };
        let lock = Lock::new(table, mode, Work::Build);
        self.hold(Step::AddParts, vec![lock], text + ";");
    }

    fn make(&mut self, object: &Object, fate: Fate) {
        let Some(written) = self.after.objects.get(object) else {
            return;
        };
        if fate == Fate::Gone {
            return;
        }
        let step = match written {
            Written::Function(function) if self.is_needed_by_defaults(function) => {
                Step::AskTheCaller
            }
            Written::Function(_) => Step::Functions,
            Written::Trigger(_) => Step::Triggers,
            Written::Policy(_) => Step::Policies,
            Written::View(_) => Step::Views,
            // It is there already.
            Written::Older(_) => return,
        };
        let text = match (written, fate) {
            (Written::Function(function), Fate::Replaced) => {
                let function = Function {
                    or_replace: true,
                    ..function.clone()
                };
                self.no_longer_executed(object) + &rendered(&function)
            }
            (written, _) => written.rendered(),
        };
        let table = object.table().and_then(|table| {
            let mut tables = self.after.catalog.tables.keys();
            tables.find(|name| qualified(name) == *table)
        });
        let mode = match object {
            Object::Trigger { .. } => LockMode::ShareRowExclusive,
            _ => LockMode::AccessExclusive,
        };
        let locks = table.map(|table| Lock::new(table, mode, Work::Instant));
        self.hold(step, locks.into_iter().collect(), text);
    }

    /// Whether defaults call a function that an adopted database does not have yet.
    fn is_needed_by_defaults(&self, function: &Function) -> bool {
        let (model, catalog) = (self.after.model, &self.after.catalog);
        self.before.model.pending.adopted.is_some()
            && functions::asking_the_caller(model, catalog)
                .iter()
                .any(|asked| asked.name == function.name)
    }

    /// A function that is replaced keeps its grants.
    fn no_longer_executed(&self, object: &Object) -> String {
        let Some(Written::Function(new)) = self.after.objects.get(object) else {
            return String::new();
        };
        let execute = match self.before.objects.get(object) {
            Some(Written::Function(old)) => old.execute.clone(),
            Some(Written::Older(old)) => sql::list(old.granted.iter().cloned()),
            _ => return String::new(),
        };
        if execute == new.execute || execute.is_empty() {
            return String::new();
        }
        format!(
            "revoke all on function {}({}) from {execute};\n",
            new.name, new.types
        )
    }

    /// Drops the objects that go or are made anew, each before what it needs.
    fn remove(&mut self, changes: &[Change]) {
        for (index, change) in changes.iter().enumerate().rev() {
            self.change = index;
            let Change::Object {
                object,
                fate: Fate::Gone | Fate::Changed | Fate::InTheWay,
            } = change
            else {
                continue;
            };
            let Some(written) = self.before.objects.get(object) else {
                continue;
            };
            let (step, text) = match written {
                Written::Function(one) => (
                    Step::DropFunctions,
                    format!("drop function {}({});", one.name, one.types),
                ),
                Written::Trigger(one) => (
                    Step::DropTriggers,
                    format!("drop trigger {} on {};", one.name, one.table),
                ),
                Written::Policy(one) => (
                    Step::DropPolicies,
                    format!("drop policy {} on {};", one.name, one.table),
                ),
                Written::View(one) => (Step::DropViews, format!("drop view {};", one.name)),
                Written::Older(one) => match object {
                    Object::Function(name) => {
                        let parameters = &one.parameters;
                        (
                            Step::DropFunctions,
                            format!("drop function {name} {parameters};"),
                        )
                    }
                    Object::Trigger { table, name } => (
                        Step::DropTriggers,
                        format!("drop trigger {name} on {table};"),
                    ),
                    Object::Policy { table, name } => (
                        Step::DropPolicies,
                        format!("drop policy {name} on {table};"),
                    ),
                    Object::View(name) => (Step::DropViews, format!("drop view {name};")),
                },
            };
            self.hold(step, self.holding(object), text);
        }
    }

    fn comment(&mut self, on: &Commented) {
        let catalog = &self.after.catalog;
        let weak = |table: &Name| {
            vec![Lock::new(
                table,
                LockMode::ShareUpdateExclusive,
                Work::Instant,
            )]
        };
        let (on, locks, comment) = match on {
            Commented::Table(name) => (
                format!("table {}", qualified(name)),
                weak(name),
                &catalog.tables[name].comment,
            ),
            Commented::Column(table, column) => (
                format!("column {}.{}", qualified(table), ident(column)),
                weak(table),
                &catalog.tables[table].columns[column].comment,
            ),
            Commented::Enum(name) => (
                format!("type {}", qualified(name)),
                Vec::new(),
                &catalog.enums[name].comment,
            ),
            Commented::Domain(name) => (
                format!("domain {}", qualified(name)),
                Vec::new(),
                &catalog.domains[name].comment,
            ),
        };
        let text = comment.as_deref().map_or("null".to_owned(), literal);
        self.hold(Step::Comments, locks, format!("comment on {on} is {text};"));
    }

    /// Hand-written SQL that is undone, the last one first.
    fn undone(&mut self, changes: &[Change]) {
        let fate = |name: &str| {
            let mut changes = changes.iter().enumerate();
            changes.find_map(|(index, change)| match change {
                Change::Written { name: one, fate } if one == name => Some((index, *fate)),
                _ => None,
            })
        };
        let (early, late) = order::before_tables(self.before.model);
        let early = early
            .into_iter()
            .map(|sql| (Step::UndoWrittenBeforeDomains, sql));
        let late = late
            .into_iter()
            .map(|sql| (Step::UndoWrittenBeforeTables, sql));
        let after_tables = order::after_tables(self.before.model).into_iter();
        let after_tables = after_tables.map(|sql| (Step::UndoWritten, sql));
        let all: Vec<_> = early.chain(late).chain(after_tables).collect();
        for (step, sql) in all.into_iter().rev() {
            let (index, step) = match fate(&sql.name) {
                Some((index, Fate::Gone)) => (index, step),
                // It comes again before what stands on it.
                Some((index, Fate::Changed)) => (index, Step::UndoWritten),
                _ => continue,
            };
            self.change = index;
            let again = self.after.model.sql.get(&sql.name);
            let down = again.and_then(|sql| sql.down.as_ref());
            if let Some(down) = sql.down.as_ref().or(down) {
                let down = down.trim_end();
                let end = if down.ends_with(';') { "" } else { ";" };
                self.add(step, format!("{down}{end}"));
            }
        }
    }

    /// Hand-written SQL that runs, in the order of its needs.
    fn written(&mut self, changes: &[Change]) {
        let runs = |name: &str| {
            changes.iter().position(|change| {
                matches!(change, Change::Written { name: one, fate: Fate::New | Fate::Changed } if one == name)
            })
        };
        let (early, late) = order::before_tables(self.after.model);
        let early = early
            .into_iter()
            .map(|sql| (Step::WrittenBeforeDomains, sql));
        let late = late.into_iter().map(|sql| (Step::WrittenBeforeTables, sql));
        let after_tables = order::after_tables(self.after.model).into_iter();
        let after_tables = after_tables.map(|sql| (Step::WrittenAfterTables, sql));
        for (step, sql) in early.chain(late).chain(after_tables) {
            if let Some(index) = runs(&sql.name) {
                self.change = index;
                self.add(step, rendered(&lower::written(sql)));
            }
        }
    }
}

/// What a column holds with other labels in the place of those that are gone, and whether it holds one of these.
fn labels(
    table: &crate::model::Table,
    column: &str,
    replaced: &[(&str, &str)],
) -> (String, String) {
    let name = ident(column);
    let is_list = matches!(table.columns[column].kind, Kind::List(_));
    let value = cast::with_labels(&name, replaced, is_list);
    let gone: Vec<String> = replaced.iter().map(|(old, _)| literal(old)).collect();
    match (is_list, gone.as_slice()) {
        (true, gone) => (value, format!("{name} && array[{}]", gone.join(", "))),
        (false, [one]) => (value, format!("{name} = {one}")),
        (false, gone) => (value, format!("{name} in ({})", gone.join(", "))),
    }
}

/// The label that takes the place of a single one in a column of one label.
fn one_label(
    table: &crate::model::Table,
    column: &str,
    replaced: &[(&str, &str)],
) -> Option<String> {
    match (replaced, &table.columns[column].kind) {
        ([(_, new)], Kind::Enum { .. }) => Some(literal(new)),
        _ => None,
    }
}

fn rendered(template: &impl Template) -> String {
    super::super::printed(template.render())
}
