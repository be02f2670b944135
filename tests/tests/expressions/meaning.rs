//! An expression means the same in Postgres and in SQLite: both answer alike for every row.

use crate::expressions::generator::Generator;
use crate::expressions::random::{Random, count};
use crate::expressions::table;
use synctable_codegen::expr::{Context, Scope, parse, print};
use tests::postgres::Cluster;
use tests::sqlite;

#[test]
fn postgres_and_sqlite_answer_alike() {
    let database = Cluster::shared().plain_database("meaning");
    let mut client = database.superuser();
    let connection = sqlite::open();
    let (row, known) = (table::row(), table::known());
    table::create(&mut client, &row);
    table::create_sqlite(&connection, &row);
    table::fill(&mut client, &connection, &row, 60);
    let mut random = Random::new(5);
    let mut wrong = Vec::new();
    let (mut compared, mut unsayable) = (0, 0);
    for nr in 0..count(800) {
        let snippet = Generator {
            random: &mut random,
        }
        .condition(1 + nr % 3);
        let expr = parse(&snippet, &Scope::new(&known, &row), Context::Check)
            .unwrap_or_else(|problems| panic!("{snippet}: {problems:#?}"));
        let cx = print::PrintContext::new(&known, &row).with_subqueries();
        let Ok(lite) = print::sqlite(&expr, &cx) else {
            unsayable += 1;
            continue;
        };
        let text = print::postgres(&expr, &cx);
        let theirs: Vec<Option<bool>> = client
            .query(&format!("select {text} from t order by nr"), &[])
            .unwrap_or_else(|error| panic!("{text}: {error:?}"))
            .iter()
            .map(|row| row.get(0))
            .collect();
        let ours: Vec<Option<bool>> = connection
            .prepare(&format!("select {lite} from t order by nr"))
            .and_then(|mut statement| {
                statement
                    .query_map([], |row| row.get(0))?
                    .collect::<Result<_, _>>()
            })
            .unwrap_or_else(|error| panic!("{lite}: {error:?}"));
        compared += 1;
        if let Some(nr) = (0..theirs.len()).find(|nr| theirs[*nr] != ours[*nr]) {
            wrong.push(format!(
                "{snippet}\n  {text}\n  {lite}\n  row {nr}: {:?} in Postgres, {:?} in SQLite",
                theirs[nr], ours[nr]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong of {compared}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        compared > 4 * unsayable,
        "{compared} compared, {unsayable} not sayable"
    );
}
