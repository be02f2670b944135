//! Uploads of clients of an older release, decoded by what is generated now and written to a real Postgres: they are taken or
//! refused as `check` says.
//!
//! What is declared now is the workspace's own schema; the release before it is made of it, by one or two changes back.
//! The entries are those of the corpus of the fuzz target, as a client of that release sends them.

use std::collections::BTreeMap;
use std::fs;

use postgres::{Client, Transaction};
use schema::mappers::Change;
use serde_json::{Map, Value as Json};
use synctable::crud::{Added, Code, Entry, Op, Refusal, Release, Releases, Renamed};
use synctable::{Direction, Uploaded};
use synctable_codegen::clients;
use synctable_codegen::diagnostic::{Complaints, Diagnostics, Severity};
use synctable_codegen::model::{Clients, Model, Rule};
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::generate::dice::Dice;
use tests::postgres::{Database, plain};

use crate::clients::cases::history;

/// Who writes: the columns that the server fills with the caller have a value.
const CALLER: &str = r#"{"sub": "0192f0c1-7a3b-7cde-8f01-23456789abcf"}"#;

/// What was changed since the release.
const WAYS: &[&str] = &[
    "another name",
    "a new column",
    "a column that is gone",
    "another kind",
    "required",
    "the server's",
    "set once",
    "no such command",
    "a table that is gone",
    "another name of the table",
];

/// An entry as a client of the release sends it.
#[derive(Clone)]
struct Sent {
    entry: Json,
    /// What a column that the client sent otherwise is called now.
    otherwise: Vec<String>,
}

impl Sent {
    fn data(&mut self) -> Option<&mut Map<String, Json>> {
        let name = ["data", "op_data"]
            .into_iter()
            .find(|name| self.entry[name].is_object())?;
        self.entry[name].as_object_mut()
    }

    fn op(&self) -> Op {
        let op = self.entry["op"].as_str().expect("an entry has a command");
        Op::parse(op).expect("it is one")
    }
}

fn decode(entry: &Json, release: &Release) -> Result<Change, Refusal> {
    let text = entry.to_string();
    let entry = Entry::from_json(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    Change::decode(&entry, release)
}

/// Entries that are taken today.
fn seeds() -> Vec<Json> {
    let folder = workspace().join("fuzz/corpus/entry");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|file| file.expect("it was listed").path())
        .collect();
    files.sort();
    let texts = files
        .iter()
        .map(|path| fs::read_to_string(path).expect("it can be read"));
    let mut all: Vec<Json> = texts
        .filter_map(|text| serde_json::from_str(&text).ok())
        .collect();
    // Every column of a new row can also change alone.
    for put in all.clone().iter().filter(|entry| entry["op"] == "PUT") {
        for name in ["data", "op_data"] {
            for (column, value) in put[name].as_object().into_iter().flatten() {
                let mut patch = put.clone();
                patch["op"] = Json::from("PATCH");
                patch[name] = Json::from(Map::from_iter([(column.clone(), value.clone())]));
                all.push(patch);
            }
        }
    }
    all.retain(|entry| decode(entry, &Release::CURRENT).is_ok());
    all
}

/// Changes the release and the entry in one way; `None` where there is nothing to change so.
fn change(
    way: &str,
    (model, declared): (&mut Model, &Model),
    sent: &mut Sent,
    seeds: &[Json],
    dice: &mut Dice,
) -> Option<()> {
    let called = sent.entry["table"]
        .as_str()
        .or_else(|| sent.entry["type"].as_str())?
        .to_owned();
    let key = match sent.entry["table"].is_string() {
        true => "table",
        false => "type",
    };
    let (name, table) = model
        .tables
        .iter_mut()
        .find(|(_, table)| table.client_name == called)?;
    let name = name.clone();
    let op = sent.op();
    let given: Vec<String> = sent
        .data()
        .map_or_else(Vec::new, |data| data.keys().cloned().collect());
    let columns: Vec<String> = table
        .columns
        .values()
        .filter(|column| !table.key.contains(&column.name) && given.contains(&column.client_name))
        .filter(|column| !sent.otherwise.contains(&column.client_name))
        .map(|column| column.name.clone())
        .collect();
    let key_columns = table.key.clone();
    let picked = match columns.is_empty() {
        true => None,
        false => Some(dice.pick(&columns).clone()),
    };
    match way {
        "another name" => {
            let column = &mut table.columns[&picked?];
            let old = format!("old_{}", column.client_name);
            let now = std::mem::replace(&mut column.client_name, old.clone());
            let data = sent.data()?;
            let value = data.remove(&now)?;
            data.insert(old, value);
        }
        "a new column" => {
            let column = table.columns.shift_remove(&picked?)?;
            sent.data()?.remove(&column.client_name);
            sent.otherwise.push(column.client_name);
        }
        "a column that is gone" => {
            let mut column = table.columns[&picked?].clone();
            let value = sent.data()?[&column.client_name].clone();
            column.name = "zz_gone".to_owned();
            column.client_name = "zz_gone".to_owned();
            table.columns.insert("zz_gone".to_owned(), column);
            sent.data()?.insert("zz_gone".to_owned(), value);
            sent.otherwise.push("zz_gone".to_owned());
        }
        "another kind" => {
            // A kind that a column has somewhere, with a value that is sent there.
            let other = dice.pick(seeds);
            let data = ["data", "op_data"]
                .iter()
                .find_map(|name| other[name].as_object())?;
            let names: Vec<&String> = data.keys().collect();
            let from = dice.pick(&names);
            let value = data[*from].clone();
            let of = other["table"].as_str().or_else(|| other["type"].as_str())?;
            let of = declared
                .tables
                .values()
                .find(|table| table.client_name == of)?;
            let of = of
                .columns
                .values()
                .find(|column| column.client_name == **from)?;
            if value.is_null() {
                return None;
            }
            let column = &mut table.columns[&picked?];
            column.kind = of.kind.clone();
            let now = column.client_name.clone();
            sent.data()?.insert(now.clone(), value);
            sent.otherwise.push(now);
        }
        "required" => {
            let column = &mut table.columns[&picked?];
            if column.nullable {
                return None;
            }
            column.nullable = true;
            let now = column.client_name.clone();
            sent.data()?.insert(now.clone(), Json::Null);
            sent.otherwise.push(now);
        }
        "the server's" => {
            let value = sent.data()?[&table.columns[&picked?].client_name].clone();
            let mut columns = table.columns.values_mut();
            let column = columns.find(|column| {
                column.is_on_device()
                    && !key_columns.contains(&column.name)
                    && !column.may_be_sent()
                    && column.direction == Direction::ServerOwned
            })?;
            column.direction = Direction::Both;
            column.uploaded = Uploaded::Refused;
            column.generated = None;
            column.identity = false;
            let now = column.client_name.clone();
            sent.data()?.insert(now.clone(), value);
            sent.otherwise.push(now);
        }
        "set once" => {
            let mut columns = table.columns.values_mut();
            let column = columns.find(|column| {
                column.immutable && column.uploads() && !key_columns.contains(&column.name)
            })?;
            if op != Op::Patch {
                return None;
            }
            column.immutable = false;
            let now = column.client_name.clone();
            sent.data()?.insert(now.clone(), Json::from("x"));
            sent.otherwise.push(now);
        }
        "no such command" => {
            let client = model.postgres.roles.client.clone();
            let access = table.access.as_mut()?;
            if access.delete.contains_key(&client) {
                return None;
            }
            access.delete.insert(client, Rule::Public);
            table.delete = synctable::DeleteRule::Hard;
            if !model.uploads(&model.tables[&name]).delete {
                return None;
            }
            sent.entry["op"] = Json::from("DELETE");
            for name in ["data", "op_data"] {
                sent.entry.as_object_mut()?.remove(name);
            }
        }
        "a table that is gone" => {
            let mut gone = table.clone();
            gone.name = "zz_gone".to_owned();
            gone.client_name = "zz_gone".to_owned();
            model.tables.insert("zz_gone".to_owned(), gone);
            sent.entry[key] = Json::from("zz_gone");
        }
        "another name of the table" => {
            table.client_name = format!("old_{name}");
            sent.entry[key] = Json::from(format!("old_{name}"));
        }
        other => panic!("{other} is not a way"),
    }
    Some(())
}

/// The constant that is generated for a release.
fn constant(clients: &Clients) -> Releases {
    let leak = |text: &String| -> &'static str { text.clone().leak() };
    let all = |texts: &[String]| -> &'static [&'static str] {
        texts.iter().map(leak).collect::<Vec<_>>().leak()
    };
    Releases {
        versions: all(&clients.versions),
        fingerprints: all(&clients.fingerprints),
        current: "",
        added: clients
            .added
            .iter()
            .map(|one| Added {
                table: leak(&one.table),
                column: leak(&one.column),
                since: one.since.as_ref().map(leak),
            })
            .collect::<Vec<_>>()
            .leak(),
        renamed: clients
            .renamed
            .iter()
            .map(|one| Renamed {
                table: leak(&one.table),
                column: leak(&one.column),
                was: leak(&one.was),
                releases: all(&one.releases),
            })
            .collect::<Vec<_>>()
            .leak(),
    }
}

/// The worst that `check` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Nothing,
    Limits,
    Breaks,
}

fn said(before: &Model, after: &Model) -> (Said, String) {
    let mut complaints = Complaints::new();
    clients::check(&history(before), after, &mut complaints);
    let mut cx = Diagnostics::new();
    complaints.resolve(|_| None, &mut cx);
    let mut found = cx.into_sorted();
    // What arrives is no matter of uploads.
    found.retain(|one| !one.message.ends_with(" read it as the old one"));
    let worst = found.iter().map(|one| match one.severity {
        Severity::Error => Said::Breaks,
        _ => Said::Limits,
    });
    let messages: Vec<String> = found.iter().map(|one| one.message.clone()).collect();
    (worst.max().unwrap_or(Said::Nothing), messages.join("\n"))
}

fn prepared(model: &Model) -> (Database<'static>, Client) {
    let database = applied("clients_uploads", model);
    let mut client = database.superuser();
    client
        .batch_execute(
            "do $$
            declare key record;
            begin
                for key in select conrelid::regclass as owner, conname from pg_constraint where contype = 'f' loop
                    execute format('alter table %s drop constraint %I', key.owner, key.conname);
                end loop;
            end $$",
        )
        .expect("the superuser may");
    (database, client)
}

/// What Postgres says of the change, in an empty table or to the row that a seed inserted.
fn written(
    transaction: &mut Transaction<'_>,
    before: Option<&Change>,
    change: &Change,
) -> Result<(), postgres::Error> {
    let mut inner = transaction.transaction().expect("a savepoint");
    if let Some(before) = before {
        plain::write(&mut inner, &before.write())
            .unwrap_or_else(|error| panic!("{error:?}: {before:?}"));
    }
    plain::write(&mut inner, &change.write()).map(drop)
    // Dropped, it is rolled back.
}

#[test]
fn uploads_of_an_older_release_are_taken_or_refused_as_check_says() {
    let rounds: u64 = if tests::long() { 20_000 } else { 1_000 };
    let after = model_of(&workspace().join("schema"));
    let seeds = seeds();
    assert!(seeds.len() > 20, "{}", seeds.len());
    let (_database, mut client) = prepared(&after);
    let mut transaction = client.transaction().expect("no other is open");
    transaction
        .execute(
            "select set_config('request.jwt.claims', $1, true)",
            &[&CALLER],
        )
        .expect("every server has settings");
    let mut rows: BTreeMap<&str, Change> = BTreeMap::new();
    for seed in seeds.iter().filter(|seed| seed["op"] == "PUT") {
        let change = decode(seed, &Release::CURRENT).expect("it was taken before");
        if written(&mut transaction, None, &change).is_ok() {
            rows.insert(change.write().table.name, change);
        }
    }
    let mut counts: BTreeMap<(&str, Said, &str), usize> = BTreeMap::new();
    for round in 0..rounds {
        let mut dice = Dice::new(round ^ 0x00c1_1e27);
        let seed = dice.pick(&seeds);
        let now = decode(seed, &Release::CURRENT).expect("it was taken before");
        let before_row = match now.write().op {
            Op::Put => None,
            Op::Patch | Op::Delete => rows.get(now.write().table.name),
        };
        // What Postgres itself says of the entry today.
        if written(&mut transaction, before_row, &now).is_err() {
            continue;
        }
        let mut before = after.clone();
        let mut sent = Sent {
            entry: seed.clone(),
            otherwise: Vec::new(),
        };
        let way = WAYS[dice.below(WAYS.len())];
        if change(way, (&mut before, &after), &mut sent, &seeds, &mut dice).is_none() {
            continue;
        }
        // A second column goes by another name, whatever the first change is.
        if dice.chance(50) {
            let mut twice = (before.clone(), sent.clone());
            if change(
                "another name",
                (&mut twice.0, &after),
                &mut twice.1,
                &seeds,
                &mut dice,
            )
            .is_some()
            {
                (before, sent) = twice;
            }
        }
        let clients = clients::clients(&history(&before), &after);
        let release = constant(&clients).of("1.0.0");
        let (worst, messages) = said(&before, &after);
        let decoded = decode(&sent.entry, &release);
        let told = || format!("{way}: {worst:?}\n{messages}\n{}\n{decoded:?}", sent.entry);
        // The check or the recipe of the client itself refuses what is only valid where the value comes from.
        if let ("another kind", Err(refusal)) = (way, &decoded)
            && refusal
                .mistakes
                .iter()
                .all(|one| matches!(one.code, Code::Check | Code::Recipe))
        {
            continue;
        }
        let became = match &decoded {
            Err(_) => "refused",
            Ok(change) => match written(&mut transaction, before_row, change) {
                Ok(()) => "written",
                Err(error) => {
                    assert_eq!(worst, Said::Limits, "{error:?}\n{}", told());
                    "refused by Postgres"
                }
            },
        };
        match worst {
            Said::Nothing => assert_eq!(became, "written", "{}", told()),
            // A new column that is required breaks those that insert rows alone.
            Said::Breaks if way == "a new column" && sent.op() != Op::Put => {
                assert_eq!(became, "written", "{}", told());
            }
            Said::Breaks => assert_eq!(became, "refused", "{}", told()),
            Said::Limits => {}
        }
        if let (Ok(change), true) = (&decoded, sent.otherwise.is_empty()) {
            assert_eq!(change, &now, "{}", told());
        }
        if let (Ok(change), "a new column") = (&decoded, way) {
            let write = change.write();
            let mut written = write.values.iter();
            let is_kept =
                !written.any(|(column, _)| sent.otherwise.contains(&column.client_name.to_owned()));
            assert!(is_kept, "{}", told());
        }
        *counts.entry((way, worst, became)).or_default() += 1;
    }
    println!("{counts:#?}");
    for way in WAYS {
        let of: usize = counts
            .iter()
            .filter(|((one, ..), _)| one == way)
            .map(|(_, count)| count)
            .sum();
        assert!(of >= 5, "{way}: {of}");
    }
}
