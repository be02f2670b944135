//! Policies use their indexes: a client's plan over 100,000 rows of each table looks at no whole table.

use postgres::SimpleQueryMessage;
use serde_json::Value;
use synctable::{Element, EnumStorage, Kind, Scalar};
use synctable_codegen::catalog::{self, Caller};
use synctable_codegen::expr::Known;
use synctable_codegen::model::{Column, Model, Table};
use tests::postgres::{OWNER, Refusal, act_as};

use crate::policies::world::{ANN, applied, claims};

const ROWS: u32 = 100_000;

/// The tables of an app that hold most of its rows, and those that its scopes read.
const MAIN: &[(&str, &[&str])] = &[
    (
        "schema",
        &["lists", "items", "comments", "time_entries", "members"],
    ),
    (
        "examples/powergit/schema",
        &[
            "org_members",
            "import_jobs",
            "repositories",
            "refs",
            "commits",
            "file_changes",
            "objects",
        ],
    ),
    (
        "examples/taskly/schema",
        &["tasks", "journal_entries", "tracker_events", "my_day_picks"],
    ),
    (
        "examples/tunetrees/schema",
        &[
            "repertoire_tune",
            "practice_record",
            "note",
            "tune_override",
        ],
    ),
];

/// A value of a column that is the same in every twenty rows, or in none, and of an enum that is text in all but every thousandth; `i` counts the rows.
fn value(model: &Model, column: &Column, of: &str) -> String {
    let scalar = |scalar: Scalar| match scalar {
        Scalar::Uuid => format!("md5(({of})::text)::uuid"),
        Scalar::Text | Scalar::Varchar(_) => format!("({of})::text"),
        Scalar::Bool => "false".to_owned(),
        Scalar::Smallint => format!("(({of}) % 30000)::smallint"),
        Scalar::Int | Scalar::Bigint | Scalar::Real | Scalar::Double | Scalar::Decimal { .. } => {
            format!("(({of}) % 1000)")
        }
        Scalar::Date => "date '2026-01-01'".to_owned(),
        Scalar::Time => "time '12:00'".to_owned(),
        Scalar::Timestamp | Scalar::Timestamptz => {
            format!("now() - ({of}) * interval '1 second'")
        }
        Scalar::Interval => "interval '1 hour'".to_owned(),
        Scalar::Json => "'{}'::jsonb".to_owned(),
        Scalar::Bytes => "'\\x00'::bytea".to_owned(),
    };
    match &column.kind {
        Kind::Enum { name, storage } => {
            let labels = &model.enums[&**name].labels;
            let [first, last] = [&labels[0], &labels[labels.len() - 1]]
                .map(|label| synctable::Database::Postgres.literal(label));
            match storage {
                EnumStorage::Check => {
                    format!("case when i % 1000 = 0 then {first} else {last} end")
                }
                EnumStorage::Native => first,
            }
        }
        Kind::List(Element::Scalar(_) | Element::Enum { .. } | Element::Domain { .. }) => {
            "'{}'".to_owned()
        }
        kind => kind.carrier().map_or_else(|| "null".to_owned(), scalar),
    }
}

/// Fills a table as the superuser, whom neither triggers nor foreign keys stop; checks are taken off before.
fn fill(model: &Model, table: &Table, rows: u32) -> String {
    let columns: Vec<&Column> = table
        .columns
        .values()
        .filter(|column| {
            column.direction.on_server() && column.generated.is_none() && !column.identity
        })
        .collect();
    let last_of_unique = |name: &str| {
        let uniques = table.uniques.iter().filter_map(|unique| unique.columns());
        let key: Vec<&str> = table.key.iter().map(String::as_str).collect();
        uniques
            .chain([key])
            .any(|columns| columns.last() == Some(&name))
    };
    let quoted = |name: &str| synctable::Database::Postgres.ident(name).into_owned();
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let values: Vec<String> = columns
        .iter()
        .map(|column| {
            let text = matches!(column.kind, Kind::Scalar(Scalar::Text | Scalar::Varchar(_)));
            let each = last_of_unique(&column.name) || text && !column.name.ends_with("_id");
            value(model, column, if each { "i" } else { "i / 20" })
        })
        .collect();
    format!(
        "insert into {}.{} ({}) overriding system value select {} from generate_series(1, {rows}) as i;",
        quoted(&table.schema),
        quoted(&table.name),
        names.join(", "),
        values.join(", ")
    )
}

/// Whole tables that a plan looks at.
fn scanned(plan: &Value, found: &mut Vec<String>) {
    if plan["Node Type"] == "Seq Scan" {
        found.push(format!("{}: {}", plan["Relation Name"], plan["Filter"]));
    }
    for inner in plan["Plans"].as_array().into_iter().flatten() {
        scanned(inner, found);
    }
}

fn explain(transaction: &mut postgres::Transaction<'_>, query: &str) -> Vec<String> {
    let query = format!("explain (format json, costs off) {query}");
    let answer = transaction
        .simple_query(&query)
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, &query)));
    let text = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let plan: Value = serde_json::from_str(text.expect("a plan")).expect("it is JSON");
    let mut found = Vec::new();
    scanned(&plan[0]["Plan"], &mut found);
    found
}

#[test]
fn a_client_looks_at_no_whole_table() {
    let mut wrong = Vec::new();
    for (folder, tables) in MAIN {
        let reading = synctable_codegen::read(&tests::cases::workspace().join(folder));
        let mut model = reading.model.expect("the workspace's own are sound");
        model.postgres.roles.owner = OWNER.to_owned();
        let mut rows = "set session_replication_role = replica;
            do $$ declare one record; begin
                for one in select conrelid::regclass as t, contypid::regtype as d, conname from pg_constraint
                           where contype = 'c' and connamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
                loop
                    execute case one.t::oid when 0 then format('alter domain %s drop constraint %I', one.d, one.conname)
                            else format('alter table %s drop constraint %I', one.t, one.conname) end;
                end loop;
            end $$;"
            .to_owned();
        for name in *tables {
            rows += &fill(&model, &model.tables[*name], ROWS);
        }
        rows += "analyze;";
        let database = applied("plans", &model, &rows);
        let mut superuser = database.superuser();
        let mut transaction = superuser.transaction().expect("it begins");
        act_as(&mut transaction, "authenticated", &claims(ANN));
        for name in *tables {
            let table = &model.tables[*name];
            let qualified = format!("{}.{name}", table.schema);
            let mut statements = vec![format!("select {} from {qualified}", table.key[0])];
            let access = table.access.as_ref().expect("it has rules");
            let changed = table.columns.values().find(|column| {
                column.direction.uploads() && !column.immutable && !table.key.contains(&column.name)
            });
            if let (true, Some(column)) = (access.update.contains_key("authenticated"), changed) {
                let column = synctable::Database::Postgres.ident(&column.name);
                statements.push(format!("update {qualified} set {column} = {column}"));
            }
            if access.delete.contains_key("authenticated")
                && table.delete == synctable::DeleteRule::Hard
            {
                statements.push(format!("delete from {qualified}"));
            }
            for statement in statements {
                let found = explain(&mut transaction, &statement);
                wrong.extend(
                    found
                        .iter()
                        .map(|scan| format!("{folder}: {statement}: {scan}")),
                );
            }
        }
        // The sets, as their owner reads them.
        drop(transaction);
        let mut transaction = superuser.transaction().expect("it begins");
        act_as(&mut transaction, OWNER, &claims(ANN));
        let (catalog, known) = (catalog::lower(&model), Known::of(&model));
        let caller = Caller::of_policies(&model, &known, &catalog.sets);
        for (name, set) in &catalog.sets.functions {
            if tables.contains(&&*set.select.table) {
                let found = explain(&mut transaction, &caller.body(&set.select).join("\n"));
                wrong.extend(found.iter().map(|scan| format!("{folder}: {name}: {scan}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_claim_of_each_kind_finds_its_rows_through_an_index() {
    let folder = "tests/cases/accept/access_by_claims_of_each_kind_and_by_lists_in_claims/schema";
    let reading = synctable_codegen::read(&tests::cases::workspace().join(folder));
    let mut model = reading.model.expect("the case is accepted");
    model.postgres.roles.owner = OWNER.to_owned();
    let rows: String = ["docs", "bosses"]
        .map(|name| fill(&model, &model.tables[name], 300_000))
        .concat();
    let database = applied("claims", &model, &(rows + "analyze;"));
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    let id = |number: &str| {
        format!(
            "{0}{0}{0}{0}{0}{0}{0}{0}-0000-4000-8000-00000000000a",
            number
        )
    };
    let token = format!(
        r#"{{"sub": "{ANN}", "level": 7, "team": "{0}", "tag": "x", "slugs": ["5", "6"],
            "app_metadata": {{"teams": ["{0}", "{1}"]}}, "org": {{"slug": "9", "level": 3}}}}"#,
        id("1"),
        id("2")
    );
    act_as(&mut transaction, "authenticated", &token);
    for statement in [
        "select id from public.docs",
        "update public.docs set slug = slug",
        "delete from public.docs",
    ] {
        let found = explain(&mut transaction, statement);
        assert_eq!(found, [""; 0], "{statement}");
    }
}
