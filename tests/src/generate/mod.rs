//! Random valid declarations: one generator for every test that wants many.
//!
//! A [`Case`] is a declaration as YAML text over one to three files, decided by a seed and a size alone.
//! It obeys the rules of the language as `docs/language.md` states them, so that `check` accepts it: a diagnostic for a
//! generated declaration is a mistake here or there, never to be skipped.
//! Within the rules it chooses over everything: kinds, keys, ids, constraints, expressions, directions, roles, access,
//! views, SQL and streams, and names that break naive generators; [`coverage`] counts what came out and
//! fails where that is thin.
//!
//! [`shrink`] makes a failing case small.

mod access;
mod beside;
mod constraints;
pub mod coverage;
pub mod dice;
mod draft;
mod expressions;
mod kinds;
pub mod large;
mod names;
mod objects;
mod policy;
pub mod scopes;
pub mod shrink;
mod tables;
pub mod yaml;

use dice::Dice;
use draft::{Draft, Target};
use names::Names;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use synctable::{Kind, Scalar};
use synctable_codegen::diagnostic::{NOBODY_INSERTS, STREAM_BOTH_WAYS};

/// One declaration.
#[derive(Clone, Debug)]
pub struct Case {
    /// What decided it, with the size.
    pub seed: u64,
    /// The tree that its files hold.
    pub root: Map<String, Value>,
    /// In how many files it is written.
    pub files: usize,
    /// SQL for the superuser that makes what the declaration says exists elsewhere.
    pub prelude: String,
}

impl Case {
    /// The declaration that a seed decides, of up to `size` tables.
    ///
    /// # Panics
    ///
    /// If PowerSync would find a bucket in two ways whatever the read rule is.
    pub fn new(seed: u64, size: usize) -> Case {
        let mut case = Maker::new(seed, size).case();
        let mut opened = BTreeSet::new();
        while let Some(table) = case.is_found_in_both_ways() {
            if !opened.insert(table.clone()) {
                // The filter of a stream alone leads to it in both ways.
                let streams = case.root.shift_remove("streams");
                assert!(streams.is_some(), "seed {seed}: `{table}`");
                continue;
            }
            let access = case.root["tables"][&table]["access"].as_object_mut();
            let access = access.expect("it has rules");
            if let Some(all) = access.shift_remove("all") {
                access.insert("write".to_owned(), all);
            }
            access.insert("read".to_owned(), json!("public"));
        }
        while let Some(table) = case.nobody_inserts_into() {
            let access = case.root["tables"][&table]["access"].as_object_mut();
            let access = access.expect("it has rules");
            let all = access.shift_remove("all").is_some();
            let write = access.shift_remove("write").is_some();
            let commands: &[&str] = match all || write {
                true => &["read", "insert", "update", "delete"],
                false => &["read", "insert"],
            };
            access.extend(
                commands
                    .iter()
                    .map(|one| (one.to_string(), json!("public"))),
            );
        }
        case
    }

    /// A table with an insert rule that waits for a row which references the new one (`S375`): the rules of several tables,
    /// which are made one by one, say so together.
    fn nobody_inserts_into(&self) -> Option<String> {
        let reading = synctable_codegen::read_texts(self.texts());
        let mut found = reading.diagnostics.iter();
        let told = found.find(|one| one.code == NOBODY_INSERTS)?;
        told.message.split('`').nth(1).map(str::to_owned)
    }

    /// A table with rows in a bucket that the token alone leads to, and a lookup, too (`S536`): the rule and the tables of the
    /// stream say so together.
    fn is_found_in_both_ways(&self) -> Option<String> {
        let reading = synctable_codegen::read_texts(self.texts());
        let mut found = reading.diagnostics.iter();
        let told = found.find(|one| one.code == STREAM_BOTH_WAYS)?;
        told.message.split('`').nth(3).map(str::to_owned)
    }

    /// Its files, by name: the settings in `app.yaml`, the rest spread over all.
    ///
    /// A section that several files hold a part of is joined by the reader.
    pub fn texts(&self) -> Vec<(String, String)> {
        const SETTINGS: &[&str] = &["synctable", "app", "doc", "postgres", "targets"];
        let mut files = vec![Map::new(); self.files];
        let mut turn = 0;
        for (section, value) in &self.root {
            match value {
                Value::Object(entries) if !SETTINGS.contains(&section.as_str()) => {
                    for (name, entry) in entries {
                        let file: &mut Map<String, Value> = &mut files[turn % self.files];
                        turn += 1;
                        file.entry(section.clone())
                            .or_insert_with(|| Value::Object(Map::new()))
                            .as_object_mut()
                            .expect("a section is a mapping")
                            .insert(name.clone(), entry.clone());
                    }
                }
                _ => {
                    files[0].insert(section.clone(), value.clone());
                }
            }
        }
        let names = ["app.yaml", "b/more.yml", "rest.yaml"];
        names
            .into_iter()
            .zip(&files)
            .filter(|(_, file)| !file.is_empty())
            .map(|(name, file)| (name.to_owned(), yaml::text(file)))
            .collect()
    }
}

/// Everything that is chosen on the way to one declaration.
struct Maker {
    seed: u64,
    dice: Dice,
    size: usize,
    draft: Draft,
    things: Names,
    columns: Vec<Names>,
    root: Map<String, Value>,
    prelude: String,
}

impl Maker {
    fn new(seed: u64, size: usize) -> Maker {
        let mut dice = Dice::new(seed);
        let schema = (*dice.pick(&["public", "public", "public", "app_data"])).to_owned();
        let supabase = dice.chance(70);
        let user_id = match supabase {
            true => Scalar::Uuid,
            false => *dice.pick(&[Scalar::Uuid, Scalar::Text, Scalar::Int, Scalar::Bigint]),
        };
        let draft = Draft {
            schemas: vec![
                schema.clone(),
                "public".to_owned(),
                "side room".to_owned(),
                "extra".to_owned(),
            ],
            schema,
            user_id,
            supabase,
            anonymous: dice.chance(60),
            service: dice.chance(60),
            guarded: dice.chance(75),
            enums: Vec::new(),
            domains: Vec::new(),
            externals: Vec::new(),
            scopes: Vec::new(),
            tables: Vec::new(),
            composed: RefCell::default(),
        };
        Maker {
            seed,
            dice,
            size,
            draft,
            things: Names::without(&["auth", "storage", "sqlite"]),
            columns: Vec::new(),
            root: Map::new(),
            prelude: String::new(),
        }
    }

    fn put(&mut self, section: &str, entries: Map<String, Value>) {
        if !entries.is_empty() {
            self.root.insert(section.to_owned(), entries.into());
        }
    }

    fn case(mut self) -> Case {
        self.settings();
        let (enums, domains) = kinds::declare(&mut self.dice, &mut self.draft, &mut self.things, 3);
        self.put("enums", enums);
        self.put("domains", domains);
        self.externals();
        self.tables();
        self.references();
        self.constraints();
        let mut names = Names::default();
        let scopes = access::scopes(&mut self.dice, &mut self.draft, &mut names, 3);
        self.put("scopes", scopes);
        self.rules();
        self.indexes_of_rules();
        let mut tables = self.finished_tables();
        beside::add(&mut self.dice.clone(), &self.draft, &mut tables);
        self.put("tables", tables);
        let views = objects::views(&mut self.dice, &self.draft, &mut self.things, 2);
        self.put("views", views);
        let sql = objects::sql(&mut self.dice, &self.draft, &mut self.things, 2);
        self.put("sql", sql);
        let streams = objects::streams(&mut self.dice, &self.draft, &mut names, 2);
        self.put("streams", streams);
        let storage = objects::storage(&mut self.dice, &self.draft, &mut names);
        self.put("storage", storage);
        Case {
            seed: self.seed,
            files: self.dice.between(1, 3),
            root: self.root,
            prelude: self.prelude,
        }
    }

    fn settings(&mut self) {
        let mut set = |key: &str, value: Value| self.root.insert(key.to_owned(), value);
        set("synctable", 1.into());
        set(
            "app",
            (*self.dice.pick(&["tasks", "a", "order_book", "class"])).into(),
        );
        if self.dice.chance(40) {
            set("doc", kinds::sentence(&mut self.dice).into());
        }
        let mut postgres = Map::new();
        if self.draft.schema != "public" {
            postgres.insert("schema".to_owned(), self.draft.schema.clone().into());
        }
        if !self.draft.supabase || self.dice.chance(30) {
            let auth = if self.draft.supabase {
                "supabase"
            } else {
                "jwt_claims"
            };
            postgres.insert("auth".to_owned(), auth.into());
        }
        if self.draft.user_id != Scalar::Uuid || self.dice.chance(30) {
            postgres.insert("user_id".to_owned(), self.draft.user_id.word().into());
        }
        let mut roles = json!({"client": "authenticated", "owner": "app_owner"});
        if self.draft.anonymous {
            roles["anonymous"] = "anon".into();
        }
        if self.draft.service {
            roles["service"] = "service_role".into();
        }
        if self.dice.chance(20) {
            let bypasses = self.dice.chance(50);
            if bypasses {
                roles["owner"] = "bypassing_owner".into();
            }
            postgres.insert("owner_bypasses_rls".to_owned(), bypasses.into());
            postgres.insert("keep_temp".to_owned(), (!bypasses).into());
        }
        // Beside the sequence: a seed keeps the declaration that it has been known by.
        let mut dice = self.dice.clone();
        if dice.chance(15) {
            roles["bridge"] = "bridge_role".into();
            let events = ["checkpoint_requests", "write_checkpoints"];
            let events = &events[dice.below(2)..];
            postgres.insert("custom_checkpoints".to_owned(), json!(events));
        }
        postgres.insert("roles".to_owned(), roles);
        if !self.draft.guarded {
            postgres.insert("connections".to_owned(), json!(["row_security"]));
        }
        set("postgres", postgres.into());
        set(
            "targets",
            json!({
                "constants": "out/constants", "mappers": "out/mappers", "postgres": "out/postgres",
                "sqlite": "out/sqlite", "powersync": "out/powersync", "openapi": "out/openapi",
            }),
        );
    }

    fn externals(&mut self) {
        if self.draft.supabase {
            self.draft.externals.push((
                "auth.users".to_owned(),
                "id".to_owned(),
                Kind::Scalar(Scalar::Uuid),
            ));
        }
        if !self.dice.chance(30) {
            return;
        }
        self.prelude = "create schema ext;\n\
             create table ext.people (id bigint primary key, code text not null unique);\n\
             grant usage on schema ext to app_owner;\n\
             grant select, references on ext.people to app_owner;\n"
            .to_owned();
        self.put(
            "externals",
            Map::from_iter([(
                "ext.people".to_owned(),
                json!({"id": "bigint", "code": "text"}),
            )]),
        );
        for (column, kind) in [("id", Scalar::Bigint), ("code", Scalar::Text)] {
            self.draft.externals.push((
                "ext.people".to_owned(),
                column.to_owned(),
                Kind::Scalar(kind),
            ));
        }
    }

    fn tables(&mut self) {
        let count = self.dice.between(1, self.size.max(1));
        for _ in 0..count {
            let mut names = tables::column_names();
            let most = self.dice.between(1, 8);
            let table = tables::table(
                &mut self.dice,
                &self.draft,
                &mut self.things,
                &mut names,
                most,
            );
            self.draft.tables.push(table);
            self.columns.push(names);
        }
    }

    fn references(&mut self) {
        for index in 0..self.draft.tables.len() {
            let (dice, names) = (&mut self.dice, &mut self.columns[index]);
            if let Some((target, column, text)) =
                constraints::key_reference(dice, &self.draft, index)
            {
                let key = &mut self.draft.tables[index].columns[0];
                key.references = Some((target, column));
                key.set("references", text);
            }
            for _ in 0..2 {
                if let Some(column) = constraints::reference(dice, &self.draft, index, names) {
                    self.draft.tables[index].columns.push(column);
                }
            }
            let found = constraints::composite(dice, &self.draft, index, names, &mut self.things);
            if let Some((columns, name, key)) = found {
                self.draft.tables[index].columns.extend(columns);
                self.draft.tables[index].set("foreign_keys", Map::from_iter([(name, key)]));
            }
            if let Some(column) = tables::generated(dice, &self.draft, index, names) {
                self.draft.tables[index].columns.push(column);
            }
        }
    }

    fn constraints(&mut self) {
        for index in 0..self.draft.tables.len() {
            let (dice, draft, things) = (&mut self.dice, &self.draft, &mut self.things);
            let (uniques, mut referable) = constraints::uniques(dice, draft, index, things);
            let indexes = constraints::indexes(dice, draft, index, things);
            let checks = constraints::checks(dice, draft, index, things);
            let table = &draft.tables[index];
            let column_checks: Vec<Option<Value>> = table
                .columns
                .iter()
                .map(|column| tables::column_check(dice, draft, table, column))
                .collect();
            let upsert_on = match referable.len() {
                0 => None,
                _ if table.sync.uploads() && dice.chance(40) => Some(json!(dice.pick(&referable))),
                _ => None,
            };
            let table = &mut self.draft.tables[index];
            for (section, entries) in [
                ("uniques", uniques),
                ("indexes", indexes),
                ("checks", checks),
            ] {
                if !entries.is_empty() {
                    table.set(section, entries);
                }
            }
            if let Some(columns) = upsert_on {
                table.set("upsert_on", columns);
            }
            table.referable.append(&mut referable);
            for (column, check) in table.columns.iter_mut().zip(column_checks) {
                if let Some(check) = check {
                    column.set("check", check);
                }
            }
            self.column_options(index);
        }
    }

    /// Actions of column references, and uniques of columns.
    fn column_options(&mut self, index: usize) {
        for at in 0..self.draft.tables[index].columns.len() {
            let table = &self.draft.tables[index];
            let mut column = table.columns[at].clone();
            if let Some((target, _)) = &column.references {
                let parent = match target {
                    Target::Table(there) if *there != index => Some(&self.draft.tables[*there]),
                    Target::Table(_) | Target::External(_) => None,
                };
                let waits = matches!(target, Target::Table(there) if *there >= index);
                let child = constraints::Child {
                    deletes: table.hard,
                    nullable: column.nullable,
                    defaulted: column.defaulted,
                    key: column.key,
                };
                constraints::options(&mut self.dice, child, parent, waits, &mut column.yaml);
            } else if self.dice.chance(8)
                && column.on_server()
                && !column.key
                && column.generated.is_none()
                && column.kind.carrier().is_some()
                && !constraints::is_unique_alone(table, &column.name)
            {
                let reject = table.sync.uploads() && table.inserts || self.dice.chance(30);
                column.set("unique", if reject { json!("reject") } else { json!(true) });
            }
            self.draft.tables[index].columns[at] = column;
        }
    }

    fn rules(&mut self) {
        for index in 0..self.draft.tables.len() {
            if let Some(rules) = access::rules(&mut self.dice, &self.draft, index) {
                self.draft.tables[index].set("access", rules);
            }
            let table = &self.draft.tables[index];
            let has_own =
                (table.columns.iter()).any(|column| column.side == draft::Side::ClientOnly);
            let mut options = match table.sync.uploads() && self.dice.chance(30) {
                true => self.client_options(index),
                false => Map::new(),
            };
            // PowerSync's views would upload what is the device's own.
            if has_own {
                options.remove("track_metadata");
                options.remove("view_name");
                options.insert("raw".to_owned(), true.into());
            }
            if !options.is_empty() {
                self.draft.tables[index].set("client", options);
            }
        }
    }

    fn client_options(&mut self, index: usize) -> Map<String, Value> {
        let table = &self.draft.tables[index];
        let mut options = Map::new();
        if self.dice.chance(50) {
            options.insert("track_metadata".to_owned(), true.into());
        }
        if self.dice.chance(50) {
            let uploaded = table.columns.iter().find(|column| {
                column.side == draft::Side::Both && !column.key && column.generated.is_none()
            });
            let previous = match uploaded {
                Some(column) if self.dice.chance(50) => json!([column.name]),
                _ => json!(true),
            };
            options.insert("track_previous".to_owned(), previous);
        }
        if self.dice.chance(50) {
            options.insert("ignore_empty_updates".to_owned(), true.into());
        }
        if self.dice.chance(30) || options.is_empty() {
            options.insert("view_name".to_owned(), self.things.near("shown").into());
        }
        options
    }

    /// An index for every column by which a rule or a scope may find rows, and for what it composes of some.
    fn indexes_of_rules(&mut self) {
        let mut texts = self.root.get("scopes").map(Value::to_string);
        let texts = texts.get_or_insert_default();
        for table in &self.draft.tables {
            texts.extend(table.yaml.get("access").map(Value::to_string));
        }
        for index in 0..self.draft.tables.len() {
            let table = &self.draft.tables[index];
            let mut found = constraints::looked_up(table, texts);
            found.extend(constraints::composed(table, &self.draft));
            for found in found {
                let by = self.things.near("by_rule");
                self.draft.tables[index].add("indexes", by, found);
            }
        }
    }

    fn finished_tables(&mut self) -> Map<String, Value> {
        let mut tables = Map::new();
        for table in &self.draft.tables {
            let mut columns = Map::new();
            for column in &table.columns {
                let kind = Value::from(column.kind.to_string());
                let value = match column.yaml.is_empty() && self.dice.chance(50) {
                    true => kind,
                    false => {
                        let mut yaml = Map::from_iter([("kind".to_owned(), kind)]);
                        yaml.extend(column.yaml.clone());
                        yaml.into()
                    }
                };
                columns.insert(column.name.clone(), value);
            }
            let mut yaml = table.yaml.clone();
            yaml.insert("columns".to_owned(), columns.into());
            tables.insert(table.name.clone(), yaml.into());
        }
        tables
    }
}

#[cfg(test)]
mod tests {
    use super::Case;

    /// Here a stream's own filter leads to a bucket in two ways, whatever the read rule is.
    #[test]
    fn no_declaration_has_a_bucket_in_two_ways() {
        for seed in [1724, 5437] {
            let case = Case::new(seed, usize::try_from(seed % 2 + 1).expect("a small number"));
            assert_eq!(case.is_found_in_both_ways(), None);
        }
    }
}
