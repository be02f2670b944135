//! Random histories of the server for all four declarations: a device never refuses a row, and ends with what its user may
//! read.
//!
//! The database holds what no device would write: rows without their parents, nulls where the declaration does not allow
//! them, labels that devices do not know, and uniques that swap their values.

use std::collections::BTreeMap;
use std::path::Path;

use synctable::{Database, Kind};
use synctable_codegen::model::{Column, Model, Table};
use tempfile::TempDir;
use tests::cases::workspace;
use tests::generate::dice::Dice;
use tests::universe::hints::Hints;
use tests::universe::load::{free, insert, name_of};
use tests::universe::{Universe, generate};

use crate::sync::history::page;
use crate::sync::world::World;

const USERS: [&str; 2] = [
    "0192f0c1-7a3b-7cde-8f01-23456789abcd",
    "b5d1c6de-33c1-4c0a-9f4e-00aa11bb22cc",
];

/// A label that the enum of no declaration has.
const LABEL: &str = "a label of tomorrow";

/// The declaration of an app, with a queue, and with a column of the role `changed` in each table that devices receive.
fn declared(app: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let from = workspace().join(app);
    for entry in std::fs::read_dir(&from).expect("the declaration is there") {
        let path = entry.expect("it can be read").path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = std::fs::read_to_string(&path).expect("it is text");
            let name = path.file_name().expect("it has a name");
            let to = folder.path().join(name);
            std::fs::write(to, pulled(&path, &text)).expect("it is written");
        }
    }
    folder
}

/// A file of a declaration whose devices pull.
fn pulled(path: &Path, text: &str) -> String {
    let mut tables: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines() {
        if line.starts_with("  ") && !line.starts_with("   ") {
            tables.push(Vec::new());
        }
        tables.last_mut().expect("there is one").push(line);
    }
    let mut out = String::new();
    for lines in tables {
        let syncs = lines
            .iter()
            .any(|line| ["    sync: both", "    sync: down"].contains(line));
        let is_told = lines.iter().any(|line| line.contains("role: changed"));
        for line in lines {
            out.push_str(line);
            out.push('\n');
            if line == "    columns:" && syncs && !is_told {
                out.push_str(
                    "      sync_changed: {kind: bigint, on: server, default: 0, role: changed}\n",
                );
            }
        }
    }
    match path.ends_with("app.yaml") {
        true if out.contains("queue: ") => out.replace("queue: false", "queue: true"),
        true => out + "sqlite: {queue: true}\n",
        false => out,
    }
}

fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

/// What the server does, and how often it did.
type Done = BTreeMap<&'static str, usize>;

struct History<'w> {
    world: &'w World<'static>,
    tables: Vec<&'w Table>,
    hints: Hints,
    dice: Dice,
    done: Done,
}

impl<'w> History<'w> {
    fn of(world: &'w World<'static>, seed: u64) -> Self {
        History {
            world,
            tables: world.model.pulled().map(|(table, _)| table).collect(),
            hints: Hints::of(&world.model),
            dice: Dice::new(seed),
            done: Done::new(),
        }
    }

    /// Some rows of a table, which the dice decide.
    fn some(&mut self, table: &Table, most: usize) -> String {
        let name = name_of(table);
        let (salt, most) = (self.dice.bits(), self.dice.below(most) + 1);
        format!(
            "(select t.ctid from {name} as t order by md5(t.ctid::text || '{salt}') limit {most})"
        )
    }

    /// A column of a table that is free to change.
    fn column(&mut self, table: &'w Table, fits: impl Fn(&Column) -> bool) -> Option<&'w Column> {
        let columns = table.columns.values().filter(|column| {
            let is_free =
                column.generated.is_none() && !column.identity && column.direction.on_server();
            let is_changed = column.role == Some(synctable::Role::Changed);
            is_free && !is_changed && !table.key.contains(&column.name) && fits(column)
        });
        let columns: Vec<&Column> = columns.collect();
        match columns.is_empty() {
            true => None,
            false => Some(columns[self.dice.below(columns.len())]),
        }
    }

    /// A statement of the server.
    fn statement(&mut self) -> Option<(&'static str, String)> {
        let table = self.tables[self.dice.below(self.tables.len())];
        let name = name_of(table);
        Some(match self.dice.below(7) {
            0 => (
                "delete",
                format!("delete from {name} where ctid in {}", self.some(table, 3)),
            ),
            1 => {
                let column = ident(&self.column(table, |_| true)?.name);
                let (some, other) = (self.some(table, 3), self.some(table, 1));
                (
                    "copy",
                    format!(
                        "update {name} set {column} = (select o.{column} from {name} as o where o.ctid in {other}) where ctid in {some}"
                    ),
                )
            }
            2 => {
                let column = ident(&self.column(table, |_| true)?.name);
                (
                    "null",
                    format!(
                        "update {name} set {column} = null where ctid in {}",
                        self.some(table, 2)
                    ),
                )
            }
            3 => {
                let column =
                    self.column(table, |column| matches!(column.kind, Kind::Enum { .. }))?;
                let column = ident(&column.name);
                (
                    "label",
                    format!(
                        "update {name} set {column} = '{LABEL}' where ctid in {}",
                        self.some(table, 2)
                    ),
                )
            }
            4 => {
                // Both rows in one transaction; a page may end between them.
                let columns: Vec<String> =
                    match table.uniques.first().and_then(|unique| unique.columns()) {
                        Some(columns) => columns.iter().map(|name| (*name).to_owned()).collect(),
                        None => vec![self.column(table, |_| true)?.name.clone()],
                    };
                let free = columns.iter().filter(|name| {
                    !table.key.contains(name) && table.columns[name.as_str()].generated.is_none()
                });
                let free: Vec<String> = free.map(|name| ident(name)).collect();
                if free.is_empty() {
                    return None;
                }
                let (list, pair) = (free.join(", "), self.some(table, 1));
                let (taken, salt) = (
                    free.iter()
                        .map(|one| format!("b.{one}"))
                        .collect::<Vec<_>>()
                        .join(", "),
                    self.dice.bits(),
                );
                (
                    "swap",
                    format!(
                        "with a as (select t.ctid as at from {name} as t where t.ctid in {pair}),
                         b as (select t.ctid as at from {name} as t where t.ctid not in (select at from a) order by md5(t.ctid::text || '{salt}') limit 1),
                         pairs as (select a.at as one, b.at as other from a, b union all select b.at, a.at from a, b)
                         update {name} as t set ({list}) = (select {taken} from {name} as b where b.ctid = pairs.other) from pairs where t.ctid = pairs.one"
                    ),
                )
            }
            _ => {
                let universe = generate(&self.world.model, &self.hints, self.dice.bits(), 4);
                let rows = universe.of(&table.name).to_vec();
                if rows.is_empty() {
                    return None;
                }
                let mut one = Universe::default();
                one.rows.insert(table.name.clone(), rows);
                let sql = insert(&self.world.model, &one);
                let (_, sql) = sql.split_once(";\n").expect("a setting is first");
                let (sql, _) = sql
                    .rsplit_once(";\n")
                    .and_then(|(sql, _)| sql.rsplit_once(";\n"))
                    .unwrap_or((sql, ""));
                ("insert", format!("{sql} on conflict do nothing"))
            }
        })
    }

    /// A transaction of the server, in which only what notes changes is fired.
    fn transaction(&mut self) {
        let count = self.dice.below(4) + 1;
        let found: Vec<(&'static str, String)> =
            (0..count).filter_map(|_| self.statement()).collect();
        let sql: Vec<&str> = found.iter().map(|(_, sql)| sql.as_str()).collect();
        let sql = format!(
            "begin;\nset local session_replication_role = replica;\n{};\ncommit",
            sql.join(";\n")
        );
        if self.world.tried(&sql) {
            for (what, _) in found {
                *self.done.entry(what).or_default() += 1;
            }
        }
    }
}

/// Frees the database, and lets the triggers that note changes fire for every writer.
fn freed(world: &World<'_>) {
    let model: &Model = &world.model;
    world.run(&free(model));
    // What the bridge keeps is gone with all rows.
    world.deploy();
    world.run(
        "do $$
        declare
            one record;
        begin
            for one in
                select tgname, tgrelid::regclass as owner from pg_trigger
                where tgname like 'synctable\\_gone%' or tgname like 'mark\\_%'
            loop
                execute format('alter table %s enable always trigger %I', one.owner, one.tgname);
            end loop;
            for one in
                select t.oid::regtype as name from pg_type as t
                join pg_namespace as n on n.oid = t.typnamespace
                where t.typtype = 'e' and n.nspname not in ('pg_catalog', 'auth', 'storage')
            loop
                execute format('alter type %s add value %L', one.name, 'a label of tomorrow');
            end loop;
        end
        $$",
    );
}

fn followed(app: &str, seeds: u64) {
    let folder = declared(app);
    let world = World::of_folder("sync_declared", folder);
    freed(&world);
    let mut done = Done::new();
    for seed in 1..=seeds {
        let tables: Vec<String> = world
            .model
            .pulled()
            .map(|(table, _)| name_of(table))
            .collect();
        world.run(&format!("truncate {}", tables.join(", ")));
        let mut history = History::of(&world, seed);
        let devices = [(USERS[0], "one"), (USERS[0], "two"), (USERS[1], "three")]
            .map(|(user, name)| world.device(user, &format!("{name} of {seed}")));
        for _ in 0..40 {
            history.transaction();
            if history.dice.below(2) == 0 {
                let device = &devices[history.dice.below(devices.len())];
                page(&world, device, history.dice.below(7) + 1);
            }
        }
        for (what, count) in &history.done {
            *done.entry(what).or_default() += count;
        }
        for device in &devices {
            world.sync(device);
            let reader = world.reader(&device.user);
            for (table, _) in world.model.pulled() {
                let name = &table.client_name;
                let [here, there] = [device, &reader].map(|device| device.rows(name));
                assert_eq!(here, there, "{app}, seed {seed}: {}, {name}", device.client);
                let count = i64::try_from(here.len()).expect("a count");
                assert_eq!(
                    count,
                    world.readable(&device.user, &name_of(table)),
                    "{app}, seed {seed}: {name}"
                );
            }
        }
    }
    println!("{app}: {done:?}");
    let all = ["delete", "copy", "null", "swap", "insert"];
    assert!(
        all.iter().all(|what| done.get(what) > Some(&5)),
        "{app}: {done:?}"
    );
}

fn seeds() -> u64 {
    match std::env::var("SYNCTABLE_LONG").is_ok() {
        true => 50,
        false => 2,
    }
}

#[test]
fn a_device_of_the_workspaces_own_app_follows_any_history() {
    followed("schema", seeds());
}

#[test]
fn a_device_of_powergit_follows_any_history() {
    followed("examples/powergit/schema", seeds());
}

#[test]
fn a_device_of_taskly_follows_any_history() {
    followed("examples/taskly/schema", seeds());
}

#[test]
fn a_device_of_tunetrees_follows_any_history() {
    followed("examples/tunetrees/schema", seeds());
}
