//! How many rows a migration changes, as its plan counts them in a real database.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tests::binary::codegen;
use tests::postgres::{Cluster, OWNER};

#[track_caller]
fn runs(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = Command::new(codegen())
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{printed}");
    printed
}

fn edit(folder: &Path, from: &str, to: &str) {
    let app = folder.join("schema/app.yaml");
    let text = fs::read_to_string(&app).expect("the declaration");
    assert!(text.contains(from), "{from}");
    fs::write(&app, text.replacen(from, to, 1)).expect("it is written");
}

const TABLE: &str = "  notes:
    sync: none
    columns:
      id: {kind: int, key: true}
      body: {kind: text, nullable: true}
      place: {kind: text, nullable: true}
      color: {kind: text, nullable: true}
  gone:
    sync: none
    columns:
      id: {kind: int, key: true}
";

#[test]
fn a_plan_counts_the_rows_that_go_are_filled_or_cast() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    runs(folder, &["init"], 0);
    let owner = format!("postgres: {{roles: {{owner: {OWNER}}}}}\nscopes:\n");
    edit(folder, "scopes:\n", &owner);
    edit(folder, "tables:\n", &format!("tables:\n{TABLE}"));
    runs(folder, &["generate"], 0);
    let init = ["migrate", "--name", "init", "--at", "20260101000000"];
    runs(folder, &init, 0);
    let database = Cluster::shared().database("row_counts");
    let sql = |file: &str| fs::read_to_string(folder.join("migrations").join(file));
    database
        .apply_setup(&sql("setup.sql").expect("it is there"))
        .expect("setup");

    edit(folder, "  notes:\n", "  remarks:\n    was: notes\n");
    edit(
        folder,
        "      body: {kind: text, nullable: true}\n",
        "      text: {kind: text, was: body, backfill: {sql: \"'none'\"}}\n",
    );
    edit(
        folder,
        "      place: {kind: text, nullable: true}\n      color: {kind: text, nullable: true}\n",
        "      place: {kind: int, nullable: true, using: {sql: \"place::int\"}}\n",
    );
    let gone = TABLE.split_once("  gone:").expect("it is in there").1;
    edit(folder, &format!("  gone:{gone}"), "");
    let superuser = database.url(None);
    let plan = |url: &str, format: &str, code: i32| {
        let asked = [
            "migrate",
            "--plan",
            "--at",
            "20260201000000",
            "--allow-drop",
            "remarks.color",
            "--allow-drop",
            "gone",
            "--format",
            format,
            "--database-url",
            url,
        ];
        runs(folder, &asked, code)
    };
    // It has not run the first migration.
    let refused = plan(&superuser, "human", 3);
    assert!(refused.contains("error[E010]"), "{refused}");

    let first = sql("20260101000000_init.sql").expect("it is there");
    database.apply(&first).expect("the first");
    database
        .superuser()
        .batch_execute(
            "insert into notes values (1, 'a', '1', 'red'), (2, null, '2', 'red'), (3, null, null, null), (4, null, '4', null);
             insert into gone values (1), (2);",
        )
        .expect("rows");
    let report: Value = serde_json::from_str(&plan(&superuser, "json", 0)).expect("JSON");
    let mut rows = report["plan"]["rows"].as_array().expect("a list").clone();
    rows.sort_by_key(|row| row["change"].as_str().map(str::to_owned));
    assert_eq!(
        json!(rows),
        json!([
            {"change": "change the type of `remarks.place` from text to integer", "rows": 3, "of": 4},
            {"change": "drop the column `remarks.color` with its values", "rows": 2, "of": 4},
            {"change": "drop the table `gone` with its rows", "rows": 2, "of": 2},
            {"change": "fill `remarks.text` in rows that have no value", "rows": 3, "of": 4},
        ]),
        "{rows:#?}"
    );
    let told = plan(&superuser, "human", 0);
    assert!(
        told.contains("Rows:\n") && told.contains(": 2 of 4 rows\n"),
        "{told}"
    );

    // Row-level security would hide rows: that is an error, and not a smaller count.
    plan(&database.url(Some(OWNER)), "human", 0);
    database
        .superuser()
        .batch_execute(
            "alter table gone enable row level security; alter table gone force row level security",
        )
        .expect("a superuser may");
    let refused = plan(&database.url(Some(OWNER)), "human", 3);
    assert!(refused.contains("row-level security"), "{refused}");
}
