//! A statement finds the rows of its entries by their keys, also where policies stand between: however many rows a table
//! has, it never reads all of them.

use postgres::SimpleQueryMessage;
use synctable::statement::{Answer, Commands, Connection, Param, Statement};
use synctable_codegen::model::{self, Table, UniquePart};
use synctable_codegen::targets::mappers::statements::all;
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::postgres::{Database, act_as};

const APPS: [&str; 4] = [
    "schema",
    "examples/powergit/schema",
    "examples/taskly/schema",
    "examples/tunetrees/schema",
];

fn of(commands: &Commands) -> impl Iterator<Item = &Statement> {
    let all = [&commands.put, &commands.patch, &commands.delete];
    all.into_iter().flatten()
}

/// The plan of a statement that Postgres keeps for every call.
fn plan(transaction: &mut postgres::Transaction<'_>, one: &Statement) -> String {
    let values: Vec<&str> = one
        .params
        .iter()
        .map(|param| match param {
            Param::Entries => "'[]'",
            Param::Subject | Param::Claims => "null",
        })
        .collect();
    let script = format!(
        "prepare one as {};\nexplain (costs off) execute one({});\ndeallocate one",
        one.text.trim(),
        values.join(", ")
    );
    let answer = transaction.simple_query(&script);
    let answer = answer.unwrap_or_else(|error| panic!("{error:?}\n{script}"));
    let lines = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    // A name that is a word of SQL is quoted.
    lines.collect::<Vec<_>>().join("\n").replace('"', "")
}

/// The columns of which one tells a row apart: those of an entry's key, and those that are unique by themselves.
fn finds(table: &Table) -> Vec<&str> {
    let unique = table
        .uniques
        .iter()
        .filter_map(|unique| match unique.parts.as_slice() {
            [UniquePart::Column(column)] => Some(column),
            _ => None,
        });
    let of_key = table.key.iter().chain(&table.upsert_on);
    of_key.chain(unique).map(String::as_str).collect()
}

/// Leaves those indexes that a row can be looked up in: tables are empty here, where every index costs the same.
fn only_lookups(database: &Database<'_>, table: &Table) {
    let names: Vec<String> = finds(table)
        .iter()
        .map(|name| format!("'{name}'"))
        .collect();
    let sql = format!(
        "set allow_system_table_mods = on;
        update pg_index set indisvalid = false
        where indrelid = '{}.{}'::regclass and not indisprimary and not exists (
            select from pg_attribute where attrelid = indrelid and attnum = indkey[0] and attname in ({})
        )",
        table.schema,
        table.name,
        names.join(", ")
    );
    let mut client = database.superuser();
    client.batch_execute(&sql).expect("the superuser may");
}

/// Whether a plan looks the row `stored` up in an index by a key that begins with the column.
fn is_looked_up(plan: &str, table: &str, column: &str) -> bool {
    let mut lines = plan.lines().map(str::trim);
    let scan = format!(" on {table} stored");
    lines.by_ref().any(|line| line.ends_with(&scan))
        && lines.next().is_some_and(|line| {
            line.starts_with(&format!("Index Cond: (({column} = "))
                || line.starts_with(&format!("Index Cond: ({column} = "))
        })
}

#[test]
fn no_statement_reads_a_whole_table_to_find_its_rows() {
    let mut seen = 0;
    for app in APPS {
        let mut model = model_of(&workspace().join(app));
        model.postgres.connections =
            vec![model::Connection::RowSecurity, model::Connection::Guarded];
        let database = applied("lookups", &model);
        for (table, set) in all(&model) {
            only_lookups(&database, table);
            for on in [Connection::RowSecurity, Connection::Guarded] {
                for one in of(set.on(on)).filter(|one| one.answer == Answer::Outcomes) {
                    let mut client = database.superuser();
                    let mut transaction = client.transaction().expect("it begins");
                    if on == Connection::RowSecurity {
                        act_as(&mut transaction, &model.postgres.roles.client, "{}");
                    }
                    // Tables are empty here, where reading all of one costs nothing: it is chosen if nothing else can be.
                    let set = "set local plan_cache_mode = force_generic_plan;
                        set local enable_seqscan = off;
                        set local enable_hashjoin = off;
                        set local enable_mergejoin = off;
                        set local enable_bitmapscan = off";
                    transaction.batch_execute(set).expect("they are settings");
                    let plan = plan(&mut transaction, one);
                    let found = finds(table)
                        .iter()
                        .any(|key| is_looked_up(&plan, &table.name, key));
                    assert!(
                        found,
                        "{app}, {}, {on:?}:\n{plan}\n{}",
                        table.name, one.text
                    );
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 300, "{seen}");
}
