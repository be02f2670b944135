//! Changes as SQL: each knows its statements and the step in which they run.

use super::super::sql::{self, ident, literal, qualified};
use super::super::view::Function;
use super::super::{ddl, lower, order};
use super::change::{
    Change, ColumnChange, Commented, Fate, Object, PartChange, PartKind, TypeChange,
};
use super::refuse::origin_of;
use super::side::{Side, Written};
use crate::catalog::{Name, Rls};
use crate::expr::Row;
use askama::Template;
use synctable::{Scalar, derived_name};

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
    DropTables,
    Schemas,
    RenameTypes,
    AddEnums,
    WrittenBeforeDomains,
    AddDomains,
    WrittenBeforeTables,
    RenameTables,
    RenameColumns,
    RenameParts,
    AddTables,
    AlterColumns,
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
}

/// Statements with the step in which they run.
struct Script<'a> {
    before: &'a Side<'a>,
    after: &'a Side<'a>,
    statements: Vec<(Step, String)>,
}

/// The statements of all changes, in the order in which they run; short ones of one step stand together.
pub(super) fn statements(before: &Side<'_>, after: &Side<'_>, changes: &[Change]) -> String {
    let mut script = Script {
        before,
        after,
        statements: Vec::new(),
    };
    let mut dropped: Vec<String> = Vec::new();
    for change in changes {
        match change {
            // One statement, because tables may refer to each other.
            Change::DropTable(name) => dropped.push(qualified(name)),
            other => script.change(other),
        }
    }
    if !dropped.is_empty() {
        let tables = dropped.join(", ");
        script.add(Step::DropTables, format!("drop table {tables};"));
    }
    script.undone(changes);
    script.written(changes);
    // What is made later is dropped first.
    script.remove(changes);
    let mut statements = script.statements;
    statements.sort_by_key(|(step, _)| *step);
    let mut text = String::new();
    let mut last: Option<(Step, bool)> = None;
    for (step, statement) in statements {
        let is_short = !statement.contains('\n');
        if last != Some((step, true)) || !is_short {
            text.push('\n');
        }
        text += &statement;
        text.push('\n');
        last = Some((step, is_short));
    }
    text
}

impl Script<'_> {
    fn add(&mut self, step: Step, text: impl Into<String>) {
        self.statements.push((step, text.into()));
    }

    fn change(&mut self, change: &Change) {
        let after = self.after;
        match change {
            Change::Roles => self.add(Step::Roles, rendered(&lower::needed(after.model))),
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
            // Printed together.
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
                self.add(
                    Step::Rls,
                    format!(
                        "alter table {} {force} row level security;",
                        qualified(table)
                    ),
                );
            }
            Change::Comment(on) => self.comment(on),
            Change::Publish { table, published } => {
                let word = if *published { "add" } else { "drop" };
                self.add(
                    Step::Publication,
                    format!(
                        "alter publication {} {word} table {};",
                        ident(&after.model.postgres.publication),
                        qualified(table)
                    ),
                );
            }
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
                self.add(
                    Step::Validate,
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
            self.add_constraint(
                Step::AddForeignKeys,
                name,
                key,
                &ddl::foreign_key(one),
                one.validated,
            );
        }
    }

    fn rename_table(&mut self, from: &Name, to: &Name) {
        self.add(
            Step::RenameTables,
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
            self.add(
                Step::DropColumns,
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
            ColumnChange::Add | ColumnChange::Recompute => {
                if *change == ColumnChange::Recompute {
                    self.add(
                        Step::AlterColumns,
                        format!("alter table {of} drop column {name};"),
                    );
                }
                let line = ddl::column(printer, declared, column, lowered);
                self.add(
                    Step::AlterColumns,
                    format!("alter table {of} add column {line};"),
                );
                if lowered.identity {
                    self.revoke_sequence(declared, column);
                }
            }
            ColumnChange::Rename { from } => {
                self.add(
                    Step::RenameColumns,
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
            ColumnChange::Retype { to, .. } => {
                self.add(Step::AlterColumns, alter("drop default"));
                self.add(Step::AlterColumns, alter(&format!("type {to}")));
                if let Some(default) = default {
                    self.add(Step::AlterColumns, alter(&format!("set default {default}")));
                }
            }
            ColumnChange::SetDefault => {
                if let Some(default) = default {
                    self.add(Step::AlterColumns, alter(&format!("set default {default}")));
                }
            }
            ColumnChange::DropDefault => self.add(Step::AlterColumns, alter("drop default")),
            ColumnChange::Relax => self.add(Step::AlterColumns, alter("drop not null")),
            ColumnChange::Require => {
                // A check that is proven spares the rows another look, under the lock that stops readers.
                let check = ident(&derived_name(&[&table.name, column], "required"));
                for text in [
                    format!(
                        "alter table {of} add constraint {check} check ({name} is not null) not valid;"
                    ),
                    format!("alter table {of} validate constraint {check};"),
                    alter("set not null"),
                    format!("alter table {of} drop constraint {check};"),
                ] {
                    self.add(Step::AlterColumns, text);
                }
            }
            ColumnChange::AddIdentity => {
                let identity = ddl::identity(declared, column);
                self.add(Step::AlterColumns, alter(&format!("add {identity}")));
                self.revoke_sequence(declared, column);
                let sequence = literal(&qualified(&ddl::sequence(declared, column)));
                self.add(
                    Step::AlterColumns,
                    format!(
                        "select pg_catalog.setval({sequence}, coalesce(max({name}), 0) + 1, false) from {of};"
                    ),
                );
            }
            ColumnChange::DropIdentity => self.add(Step::AlterColumns, alter("drop identity")),
            ColumnChange::Settle => self.add(Step::AlterColumns, alter("drop expression")),
        }
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
        table: &Name,
        name: &str,
        definition: &str,
        valid: bool,
    ) {
        let not_valid = if valid { "" } else { " not valid" };
        self.add(
            step,
            format!(
                "alter table {}\n    add constraint {} {definition}{not_valid};",
                qualified(table),
                ident(name)
            ),
        );
    }

    fn validate(&mut self, table: &Name, name: &str) {
        self.add(
            Step::Validate,
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
                let step = match kind {
                    PartKind::ForeignKey => Step::DropForeignKeys,
                    _ => Step::DropParts,
                };
                self.add(step, text);
            }
            PartChange::Rename { from } => {
                let text = match kind {
                    PartKind::UniqueIndex | PartKind::Index => format!(
                        "alter index {} rename to {};",
                        qualified(&Name::new(&table.schema, from)),
                        ident(name)
                    ),
                    _ => format!(
                        "alter table {of} rename constraint {} to {};",
                        ident(from),
                        ident(name)
                    ),
                };
                self.add(Step::RenameParts, text);
            }
            PartChange::Validate => self.validate(table, name),
            PartChange::Add => {
                let Some(declared) = after.table(table) else {
                    return;
                };
                let lowered = &after.catalog.tables[table];
                let printer = &after.printer;
                match kind {
                    // Refused.
                    PartKind::Key => {}
                    PartKind::Unique => {
                        let line = ddl::unique(printer, declared, name, &lowered.uniques[name]);
                        self.add(Step::AddParts, format!("alter table {of} add {line};"));
                    }
                    PartKind::UniqueIndex => {
                        let one = &lowered.uniques[name];
                        let text = ddl::unique_index(printer, declared, table, name, one);
                        self.add(Step::AddParts, text + ";");
                    }
                    PartKind::Index => {
                        let one = &lowered.indexes[name];
                        let text = ddl::index(printer, declared, table, name, one);
                        self.add(Step::AddParts, text + ";");
                    }
                    PartKind::Check => {
                        let one = &lowered.checks[name];
                        let text = ddl::check(printer, declared, one);
                        self.add_constraint(Step::AddParts, table, name, &text, false);
                        if one.validated {
                            self.validate(table, name);
                        }
                    }
                    PartKind::ForeignKey => {
                        let one = &lowered.foreign_keys[name];
                        let text = ddl::foreign_key(one);
                        self.add_constraint(Step::AddForeignKeys, table, name, &text, false);
                        if one.validated {
                            self.validate(table, name);
                        }
                    }
                }
            }
        }
    }

    fn make(&mut self, object: &Object, fate: Fate) {
        let Some(written) = self.after.objects.get(object) else {
            return;
        };
        if fate == Fate::Gone {
            return;
        }
        let step = match written {
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
        self.add(step, text);
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
        for change in changes.iter().rev() {
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
            self.add(step, text);
        }
    }

    fn comment(&mut self, on: &Commented) {
        let catalog = &self.after.catalog;
        let (on, comment) = match on {
            Commented::Table(name) => (
                format!("table {}", qualified(name)),
                &catalog.tables[name].comment,
            ),
            Commented::Column(table, column) => (
                format!("column {}.{}", qualified(table), ident(column)),
                &catalog.tables[table].columns[column].comment,
            ),
            Commented::Enum(name) => (
                format!("type {}", qualified(name)),
                &catalog.enums[name].comment,
            ),
            Commented::Domain(name) => (
                format!("domain {}", qualified(name)),
                &catalog.domains[name].comment,
            ),
        };
        let text = comment.as_deref().map_or("null".to_owned(), literal);
        self.add(Step::Comments, format!("comment on {on} is {text};"));
    }

    /// Hand-written SQL that is undone, the last one first.
    fn undone(&mut self, changes: &[Change]) {
        let fate = |name: &str| {
            changes.iter().find_map(|change| match change {
                Change::Written { name: one, fate } if one == name => Some(*fate),
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
            let step = match fate(&sql.name) {
                Some(Fate::Gone) => step,
                // It comes again before what stands on it.
                Some(Fate::Changed) => Step::UndoWritten,
                _ => continue,
            };
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
            changes.iter().any(|change| {
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
            if runs(&sql.name) {
                self.add(step, rendered(&lower::written(sql)));
            }
        }
    }
}

fn rendered(template: &impl Template) -> String {
    super::super::printed(template.render())
}
