//! `drizzle-kit push` of the generated schema, beside what the migrations make.

use std::path::PathBuf;

use synctable_codegen::catalog::{self, Catalog, Deferral, Rls, difference};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::targets::{drizzle, postgres};
use tests::cases::workspace;
use tests::node::drizzle::push;
use tests::postgres::{Cluster, Database, OWNER};

fn apps() -> [(&'static str, PathBuf); 4] {
    let folder = |path: &str| workspace().join(path).join("schema");
    [
        ("tasks", workspace().join("schema")),
        ("powergit", folder("examples/powergit")),
        ("taskly", folder("examples/taskly")),
        ("tunetrees", folder("examples/tunetrees")),
    ]
}

fn model_of(folder: &std::path::Path) -> Model {
    let mut model = synctable_codegen::read(folder)
        .model
        .expect("it is accepted");
    model.postgres.roles.owner = OWNER.to_owned();
    model
}

/// A database that the migrations of a model made.
fn migrated(name: &str, model: &Model) -> Database<'static> {
    let database = match model.postgres.auth {
        Auth::Supabase => Cluster::shared().database(name),
        Auth::JwtClaims => Cluster::shared().plain_database(name),
    };
    let tree = (postgres::TARGET.emit)(model);
    let setup = tree.get("setup.sql").expect("it stands beside the ledger");
    database
        .apply_setup(&setup)
        .unwrap_or_else(|error| panic!("{error}"));
    let baseline = postgres::baseline(model);
    database
        .apply(&baseline)
        .unwrap_or_else(|error| panic!("{error}"));
    database
}

fn schema_of(model: &Model) -> String {
    let tree = (drizzle::TARGET.emit)(model);
    tree.get("server.ts")
        .expect("the server has tables")
        .into_owned()
}

fn found(database: &Database<'_>, model: &Model) -> Catalog {
    let reading = catalog::postgres::Reading::of(model);
    catalog::postgres::read(&mut database.superuser(), &reading).expect("the catalog is readable")
}

/// What Drizzle has words for, of a catalog.
fn sayable(model: &Model, mut catalog: Catalog) -> Catalog {
    let mut tables = std::mem::take(&mut catalog.tables);
    tables.retain(|name, _| {
        model
            .tables
            .values()
            .any(|table| table.schema == name.schema && table.name == name.name)
    });
    for table in tables.values_mut() {
        table.comment = None;
        table.triggers.clear();
        table.policies.clear();
        table.grants.clear();
        if table.rls == Rls::Forced {
            table.rls = Rls::Enabled;
        }
        for column in table.columns.values_mut() {
            column.comment = None;
        }
        for key in table.foreign_keys.values_mut() {
            key.deferral = Deferral::Never;
            key.validated = true;
        }
        for unique in table.uniques.values_mut() {
            unique.deferral = Deferral::Never;
            unique.nulls_not_distinct &= unique.constraint;
        }
        table.exclusions.clear();
        for index in table.indexes.values_mut() {
            index.include.clear();
        }
        for check in table.checks.values_mut() {
            check.validated = true;
        }
    }
    for one in catalog.enums.values_mut() {
        one.comment = None;
    }
    Catalog {
        tables,
        enums: catalog.enums,
        ..Catalog::default()
    }
}

#[test]
fn a_push_to_an_empty_database_makes_the_tables_of_the_migrations() {
    for (name, folder) in apps() {
        let model = model_of(&folder);
        let database = migrated(&format!("drizzle_{name}"), &model);
        let expected = sayable(&model, catalog::lower(&model));
        // Domains, functions of defaults and roles stay: Drizzle does not make them.
        let tables = expected
            .tables
            .keys()
            .map(|name| format!("drop table {name} cascade;"));
        let enums = expected
            .enums
            .keys()
            .map(|name| format!("drop type {name} cascade;"));
        // The kit makes every schema in which it sees nothing.
        let schemas = model
            .postgres
            .schemas
            .iter()
            .filter(|name| *name != "public");
        let schemas = schemas.map(|name| format!("drop schema {name} cascade;"));
        let emptied: String = tables.chain(enums).chain(schemas).collect();
        database
            .apply(&emptied)
            .unwrap_or_else(|error| panic!("{error}"));
        let left = sayable(&model, found(&database, &model));
        assert!(left.tables.is_empty());

        let address = database.url(Some(OWNER));
        push(&schema_of(&model), &address, &model.postgres.schemas)
            .unwrap_or_else(|said| panic!("{name}: {said}"));
        let made = sayable(&model, found(&database, &model));
        let told: Vec<String> = difference(&expected, &made)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(told.is_empty(), "{name}:\n{}", told.join("\n"));
    }
}

/// What the documentation says of a push to a migrated database: it would take policies and views away, and no row.
#[test]
fn a_push_to_a_migrated_database_would_drop_policies_and_no_table_or_column() {
    for (name, folder) in apps() {
        let model = model_of(&folder);
        let database = migrated(&format!("drizzle_again_{name}"), &model);
        let address = database.url(Some(OWNER));
        let before = sayable(&model, found(&database, &model));
        let statements = match push(&schema_of(&model), &address, &model.postgres.schemas) {
            Ok(said) | Err(said) => said,
        };
        assert!(statements.contains("DROP POLICY"), "{name}: {statements}");
        for never in [
            "DROP TABLE",
            "DROP COLUMN",
            "DROP TYPE",
            "DROP SCHEMA",
            "DISABLE ROW LEVEL SECURITY",
            "truncate",
        ] {
            assert!(!statements.contains(never), "{name}: {never}: {statements}");
        }
        let after = sayable(&model, found(&database, &model));
        for (table, before) in &before.tables {
            assert_eq!(before.rls, after.tables[table].rls, "{name}: {table}");
        }
    }
}
