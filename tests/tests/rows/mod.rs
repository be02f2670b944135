//! Each check, unique, partial index and default of the real schemas, tried with a row that it takes and one that it refuses.
//!
//! Rows are searched for, not written down: values near the constants of a table's checks, until Postgres has said yes once and,
//! for every constraint, no once by its name.
//! Foreign keys and the triggers that copy from other tables are dropped first, so that a table can be tried alone.

mod search;
mod values;

use search::{Trial, Verdict};
use std::collections::BTreeSet;
use synctable::Role;
use synctable_codegen::model::{DefaultValue, Expr, Model, Table};
use synctable_codegen::read;
use synctable_codegen::targets::postgres as target;
use tests::cases::workspace;
use tests::postgres::{Cluster, Database};

const DECLARATIONS: [&str; 4] = [
    "schema",
    "examples/powergit/schema",
    "examples/taskly/schema",
    "examples/tunetrees/schema",
];

const WITHOUT_COPIES: &str = "
    do $$
    declare
        key record;
    begin
        for key in
            select t.tgrelid::regclass as owner, t.tgname
            from pg_trigger as t
            join pg_proc as p on p.oid = t.tgfoid
            where not t.tgisinternal and p.proname like 'copy\\_%'
        loop
            execute format('drop trigger %I on %s', key.tgname, key.owner);
        end loop;
    end
    $$";

fn model(declaration: &str) -> Model {
    let reading = read(&workspace().join(declaration));
    reading
        .model
        .unwrap_or_else(|| panic!("{declaration}: {:#?}", reading.diagnostics))
}

fn applied(hint: &str, model: &Model) -> Database<'static> {
    let database = Cluster::shared().database(hint);
    let setup = (target::TARGET.emit)(model);
    let setup = setup
        .get("setup.sql")
        .expect("setup stands beside the ledger");
    database
        .apply_setup(&setup)
        .unwrap_or_else(|error| panic!("{error}"));
    database
        .apply(&target::baseline(model))
        .unwrap_or_else(|error| panic!("{error}"));
    database
}

/// What was not seen to take a row or to refuse one, by declaration and table.
fn every_table(run: impl Fn(&mut Trial<'_, '_>, &Table) -> Vec<String>) {
    let mut missing = Vec::new();
    for declaration in DECLARATIONS {
        let model = model(declaration);
        let database = applied("rows", &model);
        database.drop_foreign_keys();
        let mut client = database.superuser();
        client
            .batch_execute(WITHOUT_COPIES)
            .expect("the superuser may");
        for table in model.tables.values().filter(|table| table.sync.on_server()) {
            let mut transaction = client.transaction().expect("no other transaction is open");
            let mut trial = Trial::new(&model, table, &mut transaction);
            missing.extend(
                run(&mut trial, table)
                    .into_iter()
                    .map(|what| format!("{declaration}: {}: {what}", table.name)),
            );
            transaction.rollback().expect("nothing is kept");
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_check_takes_a_row_and_refuses_one() {
    every_table(|trial, _| {
        let Some(taken) = trial.base() else {
            return vec!["no row was taken at all".to_owned()];
        };
        let mut missing = Vec::new();
        for (name, columns) in trial.checks() {
            if !trial.vary(
                &taken,
                &columns,
                |verdict| matches!(verdict, Verdict::Refused(by) if *by == name),
            ) {
                missing.push(format!("`{name}` refused nothing"));
            }
        }
        missing
    });
}

#[test]
fn every_unique_takes_a_second_row_and_refuses_one() {
    every_table(|trial, table| {
        let Some(taken) = trial.base() else {
            return vec!["no row was taken at all".to_owned()];
        };
        let mut missing = Vec::new();
        for unique in &table.uniques {
            let parts: BTreeSet<String> = search::columns_of_unique(unique);
            let others: Vec<String> = trial
                .columns()
                .filter(|name| !parts.contains(name))
                .collect();
            // Both rows have a value everywhere: NULLs are distinct unless declared otherwise.
            let Some(first) = trial.with_values(&taken, &parts, unique) else {
                missing.push(format!("`{}` covers no row", unique.name));
                continue;
            };
            // Where the key is made of just these columns, or among them, it is the key that refuses.
            let made_of = table
                .recipe
                .as_ref()
                .map(|recipe| recipe.parts())
                .unwrap_or_default();
            let is_the_key = table.key.iter().all(|name| parts.contains(name))
                || !made_of.is_empty() && made_of.iter().all(|part| parts.contains(&part.column));
            let refuses = |verdict: &Verdict| {
                matches!(verdict, Verdict::Refused(by)
                    if *by == unique.name || (is_the_key && *by == format!("{}_pkey", table.name)))
            };
            if !trial.second(&first, &others, refuses) {
                missing.push(format!("`{}` refused no second row", unique.name));
            }
            let all: Vec<String> = trial.columns().collect();
            if !trial.second(&first, &all, |verdict| *verdict == Verdict::Taken) {
                missing.push(format!("`{}` took no second row", unique.name));
            }
        }
        missing
    });
}

#[test]
fn every_partial_index_holds_one_row_and_leaves_one_out() {
    every_table(|trial, table| {
        let Some(taken) = trial.base() else {
            return vec!["no row was taken at all".to_owned()];
        };
        let partial = table
            .indexes
            .iter()
            .map(|index| (&index.name, &index.predicate, index.side))
            .filter(|(.., side)| *side != synctable_codegen::model::IndexSide::Client)
            .map(|(name, predicate, _)| (name, predicate))
            .chain(
                table
                    .uniques
                    .iter()
                    .map(|unique| (&unique.name, &unique.predicate)),
            );
        let mut missing = Vec::new();
        for (name, predicate) in partial {
            let Some(predicate) = predicate else { continue };
            let columns = search::columns_of(predicate);
            for held in [true, false] {
                if !trial.indexed(&taken, &columns, name, held) {
                    let what = if held {
                        "holds no row"
                    } else {
                        "leaves no row out"
                    };
                    missing.push(format!("`{name}` {what}"));
                }
            }
        }
        missing
    });
}

#[test]
fn every_default_fills_in_and_null_is_refused_where_it_is_no_value() {
    every_table(|trial, table| {
        let Some(taken) = trial.base() else {
            return vec!["no row was taken at all".to_owned()];
        };
        let mut missing = Vec::new();
        for column in table
            .columns
            .values()
            .filter(|column| column.direction.on_server())
            // A trigger fills it, whatever a row comes with.
            .filter(|column| column.role != Some(Role::Changed))
        {
            let Some(default) = &column.default else {
                continue;
            };
            let literal = match default {
                DefaultValue::Expr(Expr::Literal(literal)) => Some(literal),
                // Without a token there is no caller to fill in.
                DefaultValue::Expr(expr) if search::mentions_caller(expr) => continue,
                DefaultValue::Expr(_) | DefaultValue::Sql(_) => None,
            };
            if let Err(why) = trial.filled_in(&taken, &column.name, literal) {
                missing.push(format!("the default of `{}`: {why}", column.name));
            }
            if !column.nullable && !trial.refuses_null(&taken, &column.name) {
                missing.push(format!("`{}` took NULL", column.name));
            }
        }
        missing
    });
}
