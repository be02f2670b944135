//! The sync streams and sync rules against PowerSync's own compiler, over the tables of a real Postgres.

mod compiled;
mod received;

use std::collections::BTreeMap;

use compiled::{Compiled, compiled, model_of};

use synctable_codegen::model::sample_wide::wide;
use synctable_codegen::model::{ClientOptions, Model, Rule, StreamTable, Table};
use synctable_codegen::targets::client_schema;
use synctable_codegen::targets::powersync::budget::budget;
use tests::cases::{cases, workspace};
use tests::node::powersync::{Plan, compile};
use tests::postgres::OWNER;

#[test]
fn every_declaration_compiles_without_a_word() {
    let root = workspace();
    let apps = ["powergit", "taskly", "tunetrees"].map(|app| root.join("examples").join(app));
    let cases = cases("accept").into_iter().map(|case| case.folder);
    let mut wrong = Vec::new();
    for folder in [root.to_owned()].into_iter().chain(apps).chain(cases) {
        let model = model_of(folder.join("schema"));
        if model.streams.is_empty() {
            continue;
        }
        let (streams, rules) = compiled(&model);
        match streams.clean() {
            Ok(plan) => gives_devices_what_is_declared(&model, plan),
            Err(said) => wrong.push(format!("{}\n{said}", folder.display())),
        }
        match rules.clean() {
            Ok(plan) => gives_devices_no_more_than_is_declared(&model, plan, &rules.config),
            Err(said) => wrong.push(format!("{}\n{said}", folder.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_composed_ids_and_awkward_names_compile() {
    let mut model = wide();
    // It has a column of the device, which a view would upload.
    model.tables["refs"].client = ClientOptions {
        raw: true,
        ..ClientOptions::default()
    };
    model.postgres.roles.owner = OWNER.to_owned();
    model.postgres.schemas.push("app".to_owned());
    let tables = model.tables.values().filter(|table| table.sync.downloads());
    model.streams["tasks"].tables = tables
        .map(|table| StreamTable {
            table: table.name.clone(),
            filter: None,
        })
        .collect();
    for table in model.tables.values_mut() {
        if let Some(access) = &mut table.access {
            let read = access.read.entry("authenticated".to_owned());
            read.or_insert(Rule::Public);
        }
    }
    // No extension in a bare database has it.
    model.tables["kinds"].columns.shift_remove("a_vector");
    let (streams, rules) = compiled(&model);
    let plan = streams.clean().unwrap_or_else(|said| panic!("{said}"));
    gives_devices_what_is_declared(&model, plan);
    let plan = rules.clean().unwrap_or_else(|said| panic!("{said}"));
    gives_devices_no_more_than_is_declared(&model, plan, &rules.config);
    for Compiled { config, .. } in [streams, rules] {
        assert!(
            config.contains("hex(org_id) || '/' || CAST(number AS text) || '/' || name AS id"),
            "{config}"
        );
    }
}

#[test]
fn the_word_for_dangerous_queries_stands_only_where_it_silences_a_warning() {
    const WORD: &str = "    accept_potentially_dangerous_queries: true\n";
    let root = workspace();
    let mut found = 0;
    for folder in [root.to_owned(), root.join("examples/powergit")] {
        let (streams, rules) = compiled(&model_of(folder.join("schema")));
        for Compiled { config, tables, .. } in [streams, rules] {
            for (at, _) in config.match_indices(WORD) {
                let without = format!("{}{}", &config[..at], &config[at + WORD.len()..]);
                let compilation = compile(&without, &tables);
                assert!(compilation.errors().is_empty(), "{compilation}");
                assert!(
                    !compilation.warnings().is_empty(),
                    "it is not needed:\n{without}"
                );
                found += 1;
            }
        }
    }
    assert!(found > 8, "{found} of them prove too little");
}

/// Tables and columns of the device, as the compiler understood the queries, are those of the model.
fn gives_devices_what_is_declared(model: &Model, plan: &Plan) {
    let wanted: BTreeMap<String, BTreeMap<String, String>> = model
        .tables
        .values()
        .filter(|table| table.sync.downloads())
        .map(|table| (table.client_name.clone(), columns(table)))
        .collect();
    assert_eq!(plan.client, wanted);
    equals_powersyncs_own_generators(model, plan);
    let budget = budget(model);
    for (stream, budget) in plan.streams.iter().zip(&budget.streams) {
        assert_eq!(stream.name, budget.name);
        assert_eq!(stream.variants, budget.variants, "{}", stream.name);
        let lookups = budget.lookups.products();
        assert_eq!(stream.lookups as u64, lookups, "{}", stream.name);
        let declared = &model.streams[&stream.name];
        assert_eq!(stream.auto_subscribe, declared.automatic, "{}", stream.name);
        assert_eq!(stream.priority, declared.priority, "{}", stream.name);
        let params: Vec<String> = declared.params.keys().cloned().collect();
        let mut read = stream.parameters.clone().expect("every table is known");
        read.sort();
        let mut params = params;
        params.sort();
        assert_eq!(read, params, "{}", stream.name);
    }
    assert_eq!(plan.streams.len(), model.streams.len());
    let reached: Vec<&str> = budget
        .streams
        .iter()
        .filter(|stream| !stream.reached_both_ways.is_empty())
        .map(|stream| stream.name.as_str())
        .collect();
    let of = |bucket: &String| {
        let has = |stream: &&tests::node::powersync::Stream| stream.buckets.contains(bucket);
        let stream = plan.streams.iter().find(has);
        stream.expect("a bucket has a stream").name.as_str()
    };
    let mut theirs: Vec<&str> = plan.reached_both_ways.iter().map(of).collect();
    theirs.dedup();
    assert_eq!(reached, theirs);
}

/// Our schema of PowerSync's client has the tables, columns and types that PowerSync's own generators have of the same config
/// and database.
///
/// Theirs has no table that the config does not send, and ours no old name of a column that releases in use read.
fn equals_powersyncs_own_generators(model: &Model, plan: &Plan) {
    let schema = (client_schema::TARGET.emit)(model);
    let schema: serde_json::Value = match schema.get("schema.json") {
        Some(text) => serde_json::from_str(&text).expect("it is JSON"),
        None => return,
    };
    let columns = |table: &serde_json::Value| -> BTreeMap<String, String> {
        let columns = table["columns"].as_array().expect("a list").iter();
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        columns
            .map(|column| (text(&column["name"]), text(&column["type"]).to_lowercase()))
            .collect()
    };
    let ours: BTreeMap<String, BTreeMap<String, String>> = schema["tables"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|table| table["local_only"] == false && table["insert_only"] == false)
        .map(|table| {
            (
                table["name"].as_str().expect("a name").to_owned(),
                columns(table),
            )
        })
        .collect();
    assert_eq!(plan.generated.len(), 5);
    for (language, theirs) in &plan.generated {
        let mut theirs = theirs.clone();
        // A raw table is declared without its columns.
        theirs.retain(|name, _| {
            let mut tables = model.tables.values();
            !tables.any(|table| table.client_name == *name && table.client.raw)
        });
        assert_eq!(theirs, ours, "{language}");
    }
}

/// In the older dialect a device gets the same tables and columns, but for tables that are listed as not sayable.
fn gives_devices_no_more_than_is_declared(model: &Model, plan: &Plan, config: &str) {
    let left_out = |stream: &str, table: &str| {
        config.contains(&format!("# - `{table}` of the stream `{stream}`: "))
    };
    let mut wanted = BTreeMap::new();
    for stream in model.streams.values() {
        for part in &stream.tables {
            if !left_out(&stream.name, &part.table) {
                let table = &model.tables[&part.table];
                wanted.insert(table.client_name.clone(), columns(table));
            }
        }
    }
    assert_eq!(plan.client, wanted);
    assert!(plan.streams.is_empty());
}

fn columns(table: &Table) -> BTreeMap<String, String> {
    table
        .columns
        .values()
        .filter(|column| column.direction.on_client() && column.direction.on_server())
        .filter(|column| !column.secret && column.client_name != "id")
        .map(|column| {
            let kind = column.kind.column_type().word();
            (column.client_name.clone(), kind.to_owned())
        })
        .collect()
}
