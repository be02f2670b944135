//! The statements of a step, in the order in which SQLite takes them.

use super::super::local::default_value;
use super::super::lower::{Device, column_type, ident};
use super::super::view;
use super::Leg;
use super::compare::{How, Kept};
use super::shape::ColumnShape;
use crate::diagnostic::Complaints;
use crate::expr::Known;
use crate::model::Table;
use std::collections::{BTreeMap, BTreeSet};
use synctable::Database;
use synctable::statement::WRITERS;

/// A step in text.
pub(super) struct Printed {
    pub(super) changes: Vec<String>,
    pub(super) anew: Vec<String>,
    pub(super) sql: String,
}

/// What a table is called while it is made anew.
const NEW: &str = "synctable_new";

pub(super) fn step(
    leg: &Leg<'_>,
    schema: &view::Schema,
    writers: Option<&view::Writers>,
) -> Printed {
    let tables = schema.tables.iter();
    let mut printer = Printer {
        leg,
        known: Known::of(leg.after),
        tables: tables.map(|table| (table.name.as_str(), table)).collect(),
        changes: Vec::new(),
        anew: Vec::new(),
        groups: Vec::new(),
        late: Vec::new(),
    };
    printer.save_triggers();
    printer.drop_views();
    printer.drop_indexes();
    let early = printer.rename_tables();
    for kept in leg.comparison.kept.iter() {
        match kept.how {
            How::InPlace => printer.in_place(kept),
            How::Anew => printer.anew(kept),
        }
    }
    printer.drop_tables(&early, false);
    let late = std::mem::take(&mut printer.late);
    printer.group(late);
    printer.create_tables(schema);
    printer.writers(writers);
    printer.create_views(schema);
    Printed {
        changes: printer.changes,
        anew: printer.anew,
        sql: printer.groups.join("\n"),
    }
}

struct Printer<'a> {
    leg: &'a Leg<'a>,
    known: Known,
    /// The tables as they are made from nothing, by name as it is printed.
    tables: BTreeMap<&'a str, &'a view::Table>,
    changes: Vec<String>,
    anew: Vec<String>,
    /// Statements that belong together, each ending with a line break.
    groups: Vec<String>,
    /// The indexes of tables that stay: their names are free once everything else has gone.
    late: Vec<String>,
}

impl Printer<'_> {
    fn say(&mut self, change: String) {
        self.changes.push(change);
    }

    fn group(&mut self, statements: Vec<String>) {
        if !statements.is_empty() {
            self.groups.push(statements.concat());
        }
    }

    /// Whoever runs the step makes triggers again; they have the names that their tables have by then.
    fn save_triggers(&mut self) {
        let kept = self.leg.comparison.kept.iter();
        let tables = kept
            .filter(|kept| kept.how == How::Anew)
            .map(|kept| kept.names().1.to_owned());
        let views = &self.leg.views;
        let views = views
            .dropped
            .iter()
            .filter(|name| views.created.contains(*name));
        self.anew = tables.chain(views.cloned()).collect();
    }

    fn drop_views(&mut self) {
        let views = &self.leg.views;
        let drops: Vec<String> = views
            .dropped
            .iter()
            .map(|name| {
                let saved = match views.created.contains(name) {
                    true => saved(name),
                    false => String::new(),
                };
                format!("{saved}DROP VIEW {};\n", ident(name))
            })
            .collect();
        for name in &views.dropped {
            if !views.created.contains(name) {
                self.changes.push(format!("drop the view `{name}`"));
            }
        }
        self.group(drops);
    }

    fn drop_indexes(&mut self) {
        let mut drops = Vec::new();
        for kept in &self.leg.comparison.kept {
            let (gone, new) = kept.indexes();
            for name in &gone {
                match new.contains(name) {
                    true => self.say(format!("change the index `{name}`")),
                    false => self.say(format!("drop the index `{name}`")),
                }
                drops.push(format!("DROP INDEX {};\n", ident(name)));
            }
            let added = new.iter().filter(|name| !gone.contains(name));
            let added: Vec<String> = added
                .map(|name| format!("add the index `{name}`"))
                .collect();
            self.changes.extend(added);
        }
        self.group(drops);
    }

    /// Foreign keys and triggers follow; what returns has been dropped to make room.
    fn rename_tables(&mut self) -> BTreeSet<String> {
        let folded = |name: &str| name.to_ascii_lowercase();
        let renamed: Vec<(&str, &str)> = self
            .leg
            .comparison
            .kept
            .iter()
            .map(Kept::names)
            .filter(|(from, to)| from != to)
            .collect();
        let wanted: BTreeSet<String> = renamed.iter().map(|(_, to)| folded(to)).collect();
        self.drop_tables(&wanted, true);
        let so_far: BTreeSet<String> = renamed.iter().map(|(from, _)| folded(from)).collect();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (index, (from, to)) in renamed.iter().enumerate() {
            self.say(format!("rename the table `{from}` to `{to}`"));
            let mut name = ident(from);
            if so_far.contains(&folded(to)) {
                let between = format!("synctable_renamed_{index}");
                first.push(format!("ALTER TABLE {name} RENAME TO {between};\n"));
                name = between;
            }
            second.push(format!("ALTER TABLE {name} RENAME TO {};\n", ident(to)));
        }
        first.extend(second);
        self.group(first);
        wanted
    }

    /// Those whose names others need go first, and the rest where nothing refers to them any more.
    fn drop_tables(&mut self, wanted: &BTreeSet<String>, is_early: bool) {
        let created = &self.leg.comparison.created;
        let returns: BTreeSet<String> = created
            .iter()
            .map(|one| one.table.client_name.to_ascii_lowercase())
            .collect();
        let mut drops = Vec::new();
        for gone in &self.leg.comparison.dropped {
            let name = &gone.table.client_name;
            if wanted.contains(&name.to_ascii_lowercase()) != is_early {
                continue;
            }
            drops.push(format!("DROP TABLE {};\n", ident(name)));
            self.changes
                .push(match returns.contains(&name.to_ascii_lowercase()) {
                    true => format!("drop the table `{name}`, and make another one of this name"),
                    false => format!("drop the table `{name}`"),
                });
        }
        self.group(drops);
    }

    fn in_place(&mut self, kept: &Kept<'_>) {
        let name = kept.names().1;
        let table = ident(name);
        let mut statements = Vec::new();
        let other: Vec<&ColumnShape<'_>> = kept.computed_otherwise().collect();
        // What is computed of others goes before them and comes after them.
        let mut gone: Vec<&ColumnShape<'_>> = kept.removed().collect();
        gone.sort_by_key(|column| column.generated.is_none());
        let so_far = |column: &ColumnShape<'_>| {
            let mut pairs = kept.pairs();
            let found = pairs.find(|(_, after)| after.client_name() == column.client_name());
            found.map(|(before, _)| before.client_name().to_owned())
        };
        for column in &other {
            self.say(format!(
                "compute `{name}.{}` otherwise",
                column.client_name()
            ));
            let so_far = so_far(column).unwrap_or_default();
            statements.push(format!(
                "ALTER TABLE {table} DROP COLUMN {};\n",
                ident(&so_far)
            ));
        }
        for column in gone {
            self.say(format!("drop the column `{name}.{}`", column.client_name()));
            statements.push(format!(
                "ALTER TABLE {table} DROP COLUMN {};\n",
                ident(column.client_name())
            ));
        }
        for (before, after) in kept.renamed() {
            if other
                .iter()
                .any(|one| one.client_name() == after.client_name())
            {
                continue;
            }
            let (from, to) = (before.client_name(), after.client_name());
            self.say(format!("rename the column `{name}.{from}` to `{to}`"));
            let (from, to) = (ident(from), ident(to));
            statements.push(format!(
                "ALTER TABLE {table} RENAME COLUMN {from} TO {to};\n"
            ));
        }
        let mut added: Vec<&ColumnShape<'_>> = kept.added().collect();
        for column in &added {
            self.say(format!("add the column `{name}.{}`", column.client_name()));
        }
        added.extend(other);
        added.sort_by_key(|column| column.generated.is_some());
        for column in added {
            statements.push(format!(
                "ALTER TABLE {table} ADD COLUMN {} {}{};\n",
                ident(column.client_name()),
                column_type(column.column),
                self.device(kept.after.table, |device, cx| {
                    device.generated(column.column, cx)
                })
            ));
        }
        self.group(statements);
        let (_, new) = kept.indexes();
        let new = self.indexes(kept.after.table, &new);
        self.late.extend(new);
    }

    fn anew(&mut self, kept: &Kept<'_>) {
        let name = kept.names().1;
        self.say(format!("make the table `{name}` anew, with its rows"));
        for column in kept.removed() {
            self.say(format!("drop the column `{name}.{}`", column.client_name()));
        }
        for (before, after) in kept.renamed() {
            let (from, to) = (before.client_name(), after.client_name());
            self.say(format!("rename the column `{name}.{from}` to `{to}`"));
        }
        for column in kept.added() {
            self.say(format!("add the column `{name}.{}`", column.client_name()));
        }
        let table = ident(name);
        let mut columns = Vec::new();
        let mut values = Vec::new();
        if !kept.after.alone {
            columns.push("id".to_owned());
            values.push("id".to_owned());
        }
        for (before, after) in kept.pairs() {
            if after.generated.is_some() {
                continue;
            }
            if let Some(value) = self.copied(kept, before, after) {
                columns.push(ident(after.client_name()));
                values.push(value);
            }
        }
        let lines = self.tables[table.as_str()].lines.join(",\n  ");
        let statements = vec![
            saved(name),
            format!("CREATE TABLE {NEW} (\n  {lines}\n) STRICT;\n"),
            format!(
                "INSERT INTO {NEW} ({})\nSELECT {}\nFROM {table};\n",
                columns.join(", "),
                values.join(", ")
            ),
            format!("DROP TABLE {table};\n"),
            // Otherwise SQLite looks into every view and every trigger, also into those that are made again later.
            "PRAGMA legacy_alter_table = ON;\n".to_owned(),
            format!("ALTER TABLE {NEW} RENAME TO {table};\n"),
            "PRAGMA legacy_alter_table = OFF;\n".to_owned(),
        ];
        self.group(statements);
        let all: Vec<&str> = kept.after.indexes.keys().map(String::as_str).collect();
        let all = self.indexes(kept.after.table, &all);
        self.late.extend(all);
    }

    /// What a column gets of the value that is there; `None` leaves it to the default, or to the server.
    fn copied(
        &self,
        kept: &Kept<'_>,
        before: &ColumnShape<'_>,
        after: &ColumnShape<'_>,
    ) -> Option<String> {
        let name = ident(before.client_name());
        let value = match (before.sql_type, after.sql_type) {
            (one, other) if one == other => name,
            ("INTEGER", "REAL") => format!("CAST({name} AS REAL)"),
            ("INTEGER", "TEXT") if before.column.kind.to_string() != "bool" => {
                format!("CAST({name} AS TEXT)")
            }
            // The server sends it again.
            _ => return None,
        };
        if !kept.after.alone || after.column.nullable || !before.column.nullable {
            return Some(value);
        }
        let default = self.device(kept.after.table, |device, cx| {
            default_value(device, after.column, cx)
        });
        match default {
            Some(default) => Some(format!("coalesce({value}, {default})")),
            None => Some(value),
        }
    }

    fn create_tables(&mut self, schema: &view::Schema) {
        let created: BTreeMap<String, &Table> = self
            .leg
            .comparison
            .created
            .iter()
            .map(|shape| (ident(&shape.table.client_name), shape.table))
            .collect();
        // Parents first.
        for table in &schema.tables {
            let Some(declared) = created.get(&table.name) else {
                continue;
            };
            self.say(format!("add the table `{}`", declared.client_name));
            let lines = table.lines.join(",\n  ");
            let mut statements = vec![format!(
                "CREATE TABLE {} (\n  {lines}\n) STRICT;\n",
                table.name
            )];
            statements.extend(table.indexes.iter().map(|index| format!("{index};\n")));
            self.group(statements);
        }
    }

    fn writers(&mut self, writers: Option<&view::Writers>) {
        match (self.leg.writers, writers) {
            ((false, true), Some(writers)) => {
                self.say(format!("add the table `{WRITERS}`"));
                let lines = writers.lines.join(",\n  ");
                let create = format!("CREATE TABLE {} (\n  {lines}\n) STRICT;\n", writers.name);
                self.group(vec![create]);
            }
            ((true, false), _) => {
                self.say(format!("drop the table `{WRITERS}`"));
                self.group(vec![format!("DROP TABLE {WRITERS};\n")]);
            }
            _ => {}
        }
    }

    fn create_views(&mut self, schema: &view::Schema) {
        let views = &self.leg.views;
        let mut creates = Vec::new();
        for name in &views.created {
            self.changes.push(match views.dropped.contains(name) {
                true => format!("make the view `{name}` anew"),
                false => format!("add the view `{name}`"),
            });
        }
        let created: BTreeSet<String> = views.created.iter().map(|name| ident(name)).collect();
        // Those that others read first.
        for view in schema
            .views
            .iter()
            .filter(|view| created.contains(&view.name))
        {
            creates.push(format!("CREATE VIEW {} AS\n{};\n", view.name, view.query));
        }
        self.group(creates);
    }

    /// The statements of indexes of a table by name.
    fn indexes(&self, table: &Table, names: &[&str]) -> Vec<String> {
        let lowered = self.tables[ident(&table.client_name).as_str()];
        let has_name = |statement: &&String| {
            names.iter().any(|name| {
                let name = ident(name);
                ["CREATE INDEX", "CREATE UNIQUE INDEX"]
                    .iter()
                    .any(|create| statement.starts_with(&format!("{create} {name} ON ")))
            })
        };
        let statements = lowered.indexes.iter().filter(has_name);
        statements.map(|index| format!("{index};\n")).collect()
    }

    /// What is printed of a table with its expressions.
    fn device<T>(&self, table: &Table, print: impl FnOnce(&Device<'_>, &mut Complaints) -> T) -> T {
        let device = Device {
            model: self.leg.after,
            table,
            known: &self.known,
            row: &self.known.tables[&table.name],
        };
        let mut said = Complaints::new();
        let printed = print(&device, &mut said);
        drop(super::resolved(said));
        printed
    }
}

/// Keeps the triggers of a table or a view that is made anew.
fn saved(name: &str) -> String {
    let name = Database::Sqlite.literal(name);
    format!(
        "INSERT INTO temp.synctable_triggers\nSELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = {name};\n"
    )
}
