//! The sync streams against PowerSync's own compiler, over the tables of a real Postgres.

use std::collections::BTreeMap;
use std::path::PathBuf;

use synctable_codegen::diagnostic::{Color, Complaints, Format, render};
use synctable_codegen::model::sample_wide::wide;
use synctable_codegen::model::{Auth, Model, Rule, StreamTable, Table};
use synctable_codegen::read;
use synctable_codegen::targets::{postgres, powersync};
use tests::cases::{cases, workspace};
use tests::node::powersync::{Compilation, Plan, SourceTable, compile, source_tables};
use tests::postgres::{Cluster, OWNER};

/// What the compiler makes of one of the two configurations.
struct Compiled {
    compilation: Compilation,
    config: String,
}

impl Compiled {
    fn of(config: &str, tables: &[SourceTable]) -> Self {
        Self {
            compilation: compile(config, tables),
            config: config.to_owned(),
        }
    }

    fn clean(&self) -> Result<&Plan, String> {
        let said = |said| format!("{said}\n{}", self.config);
        self.compilation.clean().map_err(said)
    }
}

/// The streams and the older rules of a model, beside the tables that the model's own baseline creates.
fn compiled(model: &Model) -> (Compiled, Compiled) {
    let mut complaints = Complaints::new();
    (powersync::TARGET.admit)(model, &mut complaints);
    assert!(complaints.is_empty(), "{complaints:#?}");
    let database = match model.postgres.auth {
        Auth::Supabase => Cluster::shared().database("streams"),
        Auth::JwtClaims => Cluster::shared().plain_database("streams"),
    };
    let setup = (postgres::TARGET.emit)(model);
    database
        .apply_setup(
            setup
                .get("setup.sql")
                .expect("setup stands beside the ledger"),
        )
        .expect("setup applies");
    database
        .apply(&postgres::baseline(model))
        .expect("the baseline applies");
    let schemas: Vec<&str> = model.postgres.schemas.iter().map(String::as_str).collect();
    let tables = source_tables(&mut database.superuser(), &schemas);
    let tree = (powersync::TARGET.emit)(model);
    let file = |name| tree.get(name).expect("it is written");
    (
        Compiled::of(file("sync-config.yaml"), &tables),
        Compiled::of(file("sync-rules.yaml"), &tables),
    )
}

fn model_of(folder: PathBuf) -> Model {
    let reading = read(&folder);
    let mut model = reading.model.unwrap_or_else(|| {
        let color = Format::Human(Color::Never);
        panic!("{}", render(color, &reading.diagnostics, &reading.sources))
    });
    model.postgres.roles.owner = OWNER.to_owned();
    model
}

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

/// Tables and columns of the device, as the compiler understood the queries, are those of the model.
fn gives_devices_what_is_declared(model: &Model, plan: &Plan) {
    let wanted: BTreeMap<String, BTreeMap<String, String>> = model
        .tables
        .values()
        .filter(|table| table.sync.downloads())
        .map(|table| (table.client_name.clone(), columns(table)))
        .collect();
    assert_eq!(plan.client, wanted);
    for stream in &plan.streams {
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
