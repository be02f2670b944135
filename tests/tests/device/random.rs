//! Random declarations that change at random, release after release: a device of every earlier version ends where a new one
//! begins, with its rows.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use synctable::sqlite::{UpgradeError, upgrade};
use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::model::{History, Model, Released};
use synctable_codegen::read_texts;
use tests::change::{mutate, ways};
use tests::generate::Case;
use tests::generate::dice::Dice;

use crate::device::run;

/// How many chains a run makes.
fn count() -> u64 {
    match tests::long() {
        true => 5_000,
        false => 150,
    }
}

/// What became of them.
#[derive(Debug, Default)]
struct Counts {
    steps: usize,
    upgraded: usize,
    rows: usize,
    refused: usize,
    too_old: usize,
    alone: usize,
    dropped: usize,
    done: BTreeMap<&'static str, usize>,
}

fn accepted(case: &Case) -> Option<Model> {
    let reading = read_texts(case.texts());
    reading.model.filter(|_| reading.diagnostics.is_empty())
}

/// The models of up to four releases, the first one first, and of what is declared now.
fn chain(seed: u64, counts: &mut Counts) -> Vec<Model> {
    let mut case = Case::new(seed, usize::try_from(seed % 4 + 2).expect("a small number"));
    // Half of them have more tables that the device alone has than the generator makes.
    if seed.is_multiple_of(2) {
        alone(&mut case);
    }
    let mut models = vec![accepted(&case).expect("what is generated is accepted")];
    let mut dice = Dice::new(seed ^ 0x0de5_1ce5);
    let wanted = dice.between(2, 5);
    for number in 0..80 {
        if models.len() == wanted {
            break;
        }
        let mut now = case.clone();
        let mut changed = None;
        for part in 0..dice.between(1, 3) {
            let way = dice.below(ways());
            let Some(mutation) = mutate(&now, way, &mut dice, number * 10 + part) else {
                continue;
            };
            if let Some(model) = accepted(&mutation.case) {
                now = mutation.case;
                changed = Some(model);
                *counts.done.entry(mutation.what).or_default() += 1;
                counts.dropped += mutation.allowed.len();
            }
        }
        if let Some(model) = changed {
            models.push(model);
            case = now;
        }
    }
    models
}

/// Adds tables of the device alone, with constraints that refer to each other.
fn alone(case: &mut Case) {
    let declared = serde_json::json!({
        "zz_boxes": {"sync": "local", "columns": {
            "id": {"kind": "int", "key": true},
            "name": {"kind": "text", "default": "box", "check": "length(name) > 0"},
            "size": {"kind": "smallint", "nullable": true, "unique": true}
        }},
        "zz_drafts": {"sync": "local", "columns": {
            "id": {"kind": "uuid", "key": true},
            "box_id": {"kind": "int", "nullable": true, "references": "zz_boxes.id", "on_delete": "cascade"},
            "body": {"kind": "varchar(30)", "nullable": true},
            "done": {"kind": "bool", "default": false}
        }, "indexes": {"by_box": ["box_id", "done"]}}
    });
    let tables = case
        .root
        .entry("tables")
        .or_insert_with(|| serde_json::json!({}));
    if let (Some(tables), Some(more)) = (tables.as_object_mut(), declared.as_object()) {
        tables.extend(more.clone());
    }
}

/// Fills a device's tables with what they take.
fn fill(connection: &Connection, model: &Model, dice: &mut Dice) -> usize {
    let ident = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut rows = 0;
    for table in model.client_tables() {
        let columns: Vec<(String, &'static str)> = table
            .columns
            .iter()
            .filter(|column| column.column.generated.is_none())
            .map(|column| {
                let sql_type = match column.column.kind.column_type() {
                    synctable::facts::ColumnType::Text => "TEXT",
                    synctable::facts::ColumnType::Integer => "INTEGER",
                    synctable::facts::ColumnType::Real => "REAL",
                };
                (column.column.client_name.clone(), sql_type)
            })
            .filter(|(name, _)| name != "id" || !table.table.sync.on_server())
            .chain(
                table
                    .table
                    .sync
                    .on_server()
                    .then(|| ("id".to_owned(), "TEXT")),
            )
            .collect();
        let names: Vec<String> = columns.iter().map(|(name, _)| ident(name)).collect();
        let places = vec!["?"; names.len()].join(", ");
        let insert = format!(
            "INSERT INTO {} ({}) VALUES ({places})",
            ident(&table.table.client_name),
            names.join(", ")
        );
        for _ in 0..8 {
            let values = columns.iter().map(|(name, sql_type)| {
                let number = i64::try_from(dice.below(40)).expect("a small number");
                match *sql_type {
                    _ if name != "id" && dice.below(6) == 0 => Value::Null,
                    "INTEGER" => Value::Integer(match dice.below(2) {
                        0 => number % 2,
                        _ => number,
                    }),
                    "REAL" => Value::Real(number as f64 / 4.0),
                    _ => Value::Text(match dice.below(4) {
                        0 => "[]".to_owned(),
                        1 => format!("Ünï {number} '\""),
                        _ => format!("row {number}"),
                    }),
                }
            });
            let values: Vec<Value> = values.collect();
            // A row that a table of the device refuses is none.
            rows += connection
                .execute(&insert, params_from_iter(values))
                .unwrap_or(0);
        }
    }
    rows
}

#[test]
fn every_earlier_version_ends_where_a_new_database_begins() {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for seed in 0..count() {
        if let Err(why) = holds(seed, &mut counts) {
            wrong.push(format!("seed {seed}: {why}"));
            if wrong.len() == 4 {
                break;
            }
        }
    }
    println!("{counts:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let least = usize::try_from(count()).expect("a number");
    assert!(
        counts.upgraded > least && counts.rows > least * 10,
        "{counts:?}"
    );
    assert!(counts.alone * 4 > least && counts.refused > 0, "{counts:?}");
}

fn holds(seed: u64, counts: &mut Counts) -> Result<(), String> {
    let models = chain(seed, counts);
    let (declared, released) = models.split_last().expect("there is one");
    let history = run::history(&released.iter().collect::<Vec<_>>());
    let (database, refused) = run::database(declared, &history);
    let mut cx = Diagnostics::new();
    refused.resolve(|_| None, &mut cx);
    let refused = cx.into_sorted();
    if let Some(other) = refused.iter().find(|one| one.code.as_str() != "D070") {
        return Err(format!("{other:?}"));
    }
    if !refused.is_empty() {
        counts.refused += 1;
        return Ok(());
    }
    counts.steps += database.steps.len();
    let constant = run::constant(&database);
    for (index, model) in released.iter().enumerate() {
        let version = u32::try_from(index + 1).expect("a small number");
        let mut connection = run::made(model);
        connection
            .pragma_update(None, "user_version", version)
            .map_err(|error| error.to_string())?;
        let mut dice = Dice::new(seed.wrapping_mul(31).wrapping_add(u64::from(version)));
        counts.rows += fill(&connection, model, &mut dice);
        counts.alone += usize::from(
            model
                .tables
                .values()
                .any(|table| table.sync.on_client() && !table.sync.on_server()),
        );
        let had = run::rows(&connection, model);
        match upgrade(&mut connection, &constant) {
            Ok(_) => {}
            // A step between two releases that nothing makes: the earlier ones were given up when the later one was marked.
            Err(UpgradeError::TooOld { oldest, .. }) if oldest > version => {
                counts.too_old += 1;
                continue;
            }
            Err(error) => {
                let steps = database.steps.iter().map(|step| step.sql.as_str());
                let steps: Vec<&str> = steps.collect();
                return Err(format!(
                    "version {version}: {error}\n{}",
                    steps.join("\n---\n")
                ));
            }
        }
        counts.upgraded += 1;
        let mut wrong = run::differences(&connection, declared);
        let have = run::rows(&connection, declared);
        // The names of what the release had, as they went on.
        let rest = History {
            models: history.models[index..].to_vec(),
            releases: vec![Released {
                name: "first".to_owned(),
                at: 0,
                ended: false,
            }],
        };
        wrong.extend(run::lost((model, declared), &rest, (&had, &have)));
        if !wrong.is_empty() {
            let steps = database.steps.iter().map(|step| step.sql.as_str());
            let steps: Vec<&str> = steps.collect();
            return Err(format!(
                "version {version}:\n{}\n{}",
                wrong.join("\n"),
                steps.join("\n---\n")
            ));
        }
    }
    Ok(())
}
