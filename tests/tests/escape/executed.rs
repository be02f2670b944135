//! What is generated, run by those who read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use postgres::Client;
use synctable::Database::Postgres;
use synctable_codegen::model::Model;
use synctable_codegen::read_texts;
use tests::cases::workspace;
use tests::node::openapi::validate;
use tests::node::powersync::{compile, source_of};
use tests::node::typescript::{link_packages, tsc_in, tsc_with_packages_in};
use tests::postgres::Cluster;

/// How many things of a sort there are.
pub(crate) type Counts = BTreeMap<String, i64>;

/// What Postgres holds besides its own.
const COUNTS: &str = "
    select 'relations ' || relkind::text, count(*) from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname !~ '^pg_|^information_schema$' group by relkind
    union all select 'columns', count(*) from pg_attribute as a join pg_class as c on c.oid = a.attrelid
        join pg_namespace as n on n.oid = c.relnamespace where n.nspname !~ '^pg_|^information_schema$'
    union all select 'types ' || typtype::text, count(*) from pg_type as t join pg_namespace as n on n.oid = t.typnamespace
        where n.nspname !~ '^pg_|^information_schema$' group by typtype
    union all select 'functions', count(*) from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname !~ '^pg_|^information_schema$'
    union all select 'labels', count(*) from pg_enum
    union all select 'constraints ' || contype::text, count(*) from pg_constraint group by contype
    union all select 'policies', count(*) from pg_policy
    union all select 'triggers', count(*) from pg_trigger
    union all select 'defaults', count(*) from pg_attrdef
    union all select 'schemas', count(*) from pg_namespace where nspname !~ '^pg_(toast_)?temp_'
    union all select 'publications', count(*) from pg_publication
    union all select 'published', count(*) from pg_publication_rel
    union all select 'languages', count(*) from pg_language
    union all select 'extensions', count(*) from pg_extension
    union all select 'event triggers', count(*) from pg_event_trigger";

/// Runs everything; what the databases hold then.
pub(crate) fn run(
    hint: &str,
    model: &Model,
    texts: &BTreeMap<String, String>,
) -> Result<Counts, String> {
    let mut counts = Counts::new();
    let text = |path: &str| texts.get(path).map(String::as_str).unwrap_or_default();
    let database = Cluster::shared().database(hint);
    let mut client = database.superuser();
    let roles = |client: &mut Client| -> BTreeSet<String> {
        let rows = client.query("select rolname::text from pg_roles", &[]);
        let rows = rows.expect("the roles can be read");
        rows.iter().map(|row| row.get(0)).collect()
    };
    let before = roles(&mut client);
    for _ in 0..2 {
        database
            .apply_setup(text("postgres/setup.sql"))
            .map_err(|error| format!("setup.sql: {error}"))?;
    }
    let named = &model.postgres.roles;
    let declared: BTreeSet<String> = [&named.client, &named.owner, &named.replication]
        .into_iter()
        .chain(named.anonymous.as_ref())
        .chain(named.service.as_ref())
        .cloned()
        .collect();
    let after = roles(&mut client);
    if !declared.is_subset(&after) || !after.is_subset(&(&before | &declared)) {
        return Err(format!("the roles are {after:?}"));
    }
    let execute = |client: &mut Client, what: &str, sql: &str| {
        let ran = client.batch_execute(sql);
        ran.map_err(|error| match error.as_db_error() {
            Some(error) => format!("{what}: {error} at {:?}\n{sql}", error.position()),
            None => format!("{what}: {error}"),
        })
    };
    let owner = format!("set role {}", Postgres.ident(&named.owner));
    execute(&mut client, "the owner", &owner)?;
    execute(&mut client, "baseline", text("postgres/baseline.sql"))?;
    execute(&mut client, "the administrator", "reset role")?;
    for _ in 0..2 {
        execute(&mut client, "storage.sql", text("postgres/storage.sql"))?;
    }
    for row in client.query(COUNTS, &[]).expect("the catalog can be read") {
        counts.insert(row.get(0), row.get(1));
    }
    let buckets = client.query_one("select count(*) from storage.buckets", &[]);
    counts.insert(
        "buckets".to_owned(),
        buckets.expect("they are counted").get(0),
    );

    let device = tests::sqlite::open_with(text("sqlite/schema.sql"))?;
    let rows = device.query_row("select count(*) from sqlite_master", [], |row| row.get(0));
    counts.insert("of the device".to_owned(), rows.expect("they are counted"));

    let tables = source_of(&mut client, model);
    for path in ["powersync/sync-config.yaml", "powersync/sync-rules.yaml"] {
        let compiled = compile(text(path), &tables);
        let plan = compiled.clean();
        plan.map_err(|said| format!("{path}: {said}\n{}", text(path)))?;
    }
    validate(text("openapi/openapi.json")).map_err(|said| format!("openapi.json: {said:?}"))?;
    Ok(counts)
}

/// One crate with forty tables, each with a text wherever Rust holds one, and the same tables in TypeScript.
#[test]
fn rustc_and_tsc_take_hostile_text_for_text() {
    let mut enums = String::new();
    let mut tables = String::new();
    let mut count = 0;
    for hostile in super::strings::strings() {
        let text = |text: &str| serde_json::to_string(text).expect("a text has a JSON form");
        let literal = text(&format!("title <> '{}.'", hostile.replace('\'', "''")));
        let hostile = text(&hostile);
        let one = format!("  e{count}: {{labels: [a, {hostile}], doc: {hostile}}}\n");
        let another = format!(
            "  t{count}:\n    sync: both\n    doc: {hostile}\n    columns:\n      id: {{kind: uuid, key: true, client_default: uuid()}}\n      owner_id: {{kind: uuid, server: auth.user_id()}}\n      title: {{kind: text, doc: {hostile}, deprecated: {hostile}, default: {{text: {hostile}}}, client_default: {{text: {hostile}}}, check: {literal}}}\n      mood: {{kind: e{count}, default: {hostile}, client_default: {hostile}}}\n      meta: {{kind: json, default: {{{hostile}: {hostile}}}, client_default: {{{hostile}: {hostile}}}}}\n    conflict: last_upload_wins\n    indexes: {{by_owner: [owner_id]}}\n    access: {{all: owner_id = auth.user_id()}}\n"
        );
        let yaml = whole(&format!("{enums}{one}"), &format!("{tables}{another}"));
        let reading = read_texts([("app.yaml", yaml)]);
        if count == 0 {
            for one in &reading.diagnostics {
                println!("{} {}", one.code, one.message);
            }
        }
        if reading.model.is_some() {
            enums += &one;
            tables += &another;
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("schema/app.yaml", &whole(&enums, &tables));
    synctable_codegen::generate(&folder.join("schema")).expect("it is generated");
    let synctable = workspace().join("synctable");
    write(
        "Cargo.toml",
        &format!(
            "[workspace]\n[package]\nname = \"escape\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nsynctable = {{ path = {:?} }}\n",
            synctable.display()
        ),
    );
    write(
        "src/lib.rs",
        "#![deny(warnings)]\npub mod generated;\npub mod mappers;\n",
    );
    fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    let cargo = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .current_dir(folder)
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("escape"),
        )
        .output()
        .expect("cargo runs");
    assert!(
        cargo.status.success(),
        "{}",
        String::from_utf8_lossy(&cargo.stderr)
    );
    let typescript = folder.join("typescript");
    link_packages(&typescript);
    tsc_in(&typescript).unwrap_or_else(|said| panic!("{said}"));
    let drizzle = folder.join("drizzle");
    link_packages(&drizzle);
    tsc_with_packages_in(&drizzle).unwrap_or_else(|said| panic!("{said}"));
}

fn whole(enums: &str, tables: &str) -> String {
    format!(
        "synctable: 1\napp: escape\ntargets: {{constants: ../src/generated, mappers: ../src/mappers, typescript: ../typescript, drizzle: ../drizzle}}\nenums:\n{enums}tables:\n{tables}"
    )
}
