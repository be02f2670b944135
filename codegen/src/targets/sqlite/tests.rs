//! What the schema says, what SQLite does with it, and what is refused.

use super::*;
use crate::diagnostic::Diagnostics;
use crate::model::sample::{column, plain, table};
use crate::model::sample_wide::wide;
use crate::model::*;
use rusqlite::Connection;
use synctable::{Direction, Kind, Scalar, SyncMode};

/// `S520 at tables.x: message` of everything that is refused after a change of the wide sample.
fn refused(change: impl FnOnce(&mut Model)) -> Vec<String> {
    let mut model = wide();
    change(&mut model);
    let mut complaints = Complaints::new();
    (TARGET.admit)(&model, &mut complaints);
    let mut found = Diagnostics::new();
    complaints.resolve(|_| None, &mut found);
    found
        .into_sorted()
        .into_iter()
        .map(|one| format!("{} {}: {}", one.code, one.notes[0], one.message))
        .collect()
}

fn schema(change: impl FnOnce(&mut Model)) -> String {
    let mut model = wide();
    change(&mut model);
    emit(&model).get("schema.sql").unwrap().into_owned()
}

/// A database with the schema of the wide sample.
fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .pragma_update(None, "foreign_keys", true)
        .unwrap();
    connection.execute_batch(&schema(|_| {})).unwrap();
    connection
}

fn text() -> Kind {
    Kind::Scalar(Scalar::Text)
}

fn call(function: Function, args: Vec<Expr>) -> Expr {
    Expr::Call { function, args }
}

#[test]
fn the_wide_sample_is_admitted() {
    assert_eq!(refused(|_| {}), Vec::<String>::new());
}

#[test]
fn a_replica_takes_every_row_that_the_server_may_send() {
    let database = database();
    for sql in [
        // Only the id: nulls where the declaration has none, a label and a parent that are not known.
        "INSERT INTO items (id) VALUES ('a')",
        "INSERT INTO items (id, list_id, status) VALUES ('b', 'nowhere', 'snoozed')",
        // Two rows that swap a unique value.
        "INSERT INTO refs (id, org_id, sha) VALUES ('1', 'o', 'x'), ('2', 'o', 'x')",
        "INSERT INTO kinds (id, a_bool, a_smallint, a_varchar) VALUES ('1', 7, 70000, replace(hex(zeroblob(99)), '0', 'x'))",
    ] {
        database
            .execute(sql, [])
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    for sql in [
        "INSERT INTO items (id) VALUES (NULL)",
        "INSERT INTO items (id) VALUES ('a')",
        "INSERT INTO items (id, title) VALUES ('c', x'00')",
        "INSERT INTO kinds (id, a_int) VALUES ('2', 'seven')",
    ] {
        assert!(database.execute(sql, []).is_err(), "{sql}");
    }
}

#[test]
fn a_table_of_the_device_alone_refuses_what_is_declared() {
    let database = database();
    for sql in [
        "INSERT INTO drafts (id, body) VALUES (1, 'a')",
        "INSERT INTO drafts (body, parent_id, sent) VALUES ('b', 1, 1)",
    ] {
        database
            .execute(sql, [])
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    for (sql, why) in [
        ("INSERT INTO drafts (id) VALUES (9)", "NOT NULL"),
        ("INSERT INTO drafts (body) VALUES ('')", "drafts_body_check"),
        ("INSERT INTO drafts (body) VALUES ('a')", "UNIQUE"),
        (
            "INSERT INTO drafts (body, sent) VALUES ('c', 2)",
            "drafts_sent_kind",
        ),
        (
            "INSERT INTO drafts (body, parent_id) VALUES ('c', 9)",
            "FOREIGN KEY",
        ),
    ] {
        let error = database.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains(why), "{sql}: {error}");
    }
    database
        .execute("DELETE FROM drafts WHERE id = 1", [])
        .unwrap();
    let left: (Option<i64>, i64) = database
        .query_row("SELECT parent_id, sent FROM drafts", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(left, (None, 1));
}

#[test]
fn every_kind_stands_on_a_table_of_the_device_with_what_it_asks_for() {
    let sql = schema(|model| {
        let kinds = &mut model.tables["kinds"];
        kinds.sync = SyncMode::Local;
        for column in kinds.columns.values_mut() {
            column.nullable = true;
        }
    });
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(&sql).unwrap();
    for (column, good, bad) in [
        ("a_bool", "1", "2"),
        ("a_smallint", "-32768", "-32769"),
        ("a_int", "2147483647", "2147483648"),
        ("a_varchar", "'ä'", "hex(zeroblob(41))"),
        ("a_json", "'{}'", "'{'"),
        ("a_shelf", "'high up'", "'middle'"),
        ("a_hex_color", "'#00ff00'", "'#0'"),
        ("a_text_list", "'[]'", "'{}'"),
        ("a_int_list", "'[1]'", "'['"),
    ] {
        let insert = |value: &str| {
            let sql = format!("INSERT INTO kinds ({column}) VALUES ({value})");
            database
                .execute(&sql, [])
                .map_err(|error| error.to_string())
        };
        assert_eq!(insert(good), Ok(1), "{column}");
        assert_eq!(insert("NULL"), Ok(1), "{column}");
        assert_eq!(
            insert(bad),
            Err(format!("CHECK constraint failed: kinds_{column}_kind"))
        );
    }
}

#[test]
fn what_sqlite_cannot_say_is_refused_where_it_is_declared() {
    let matches = || {
        call(
            Function::Matches,
            vec![column("body"), Expr::Literal(Literal::Text("^a".into()))],
        )
    };
    assert_eq!(
        refused(|model| {
            let drafts = &mut model.tables["drafts"];
            drafts.checks[0].body = CheckBody::Expr(matches());
            drafts.columns["body"].default = Some(DefaultValue::Sql("gen()".into()));
            drafts.uniques[0].nulls_not_distinct = true;
            let index = &mut model.tables["values"].indexes[0];
            index.method = "gin".into();
            let mut nulls = index.clone();
            nulls.name = "values_nulls".into();
            nulls.method = "btree".into();
            nulls.parts[0].nulls_first = Some(true);
            model.tables["values"].indexes.push(nulls);
        }),
        [
            "S520 at `tables.drafts.columns.body.default`: a default written as Postgres SQL cannot run on the device",
            "S520 at `tables.drafts.columns.body.unique`: SQLite treats every NULL as different",
            "S520 at `tables.drafts.columns.body.check`: SQLite has no regular expressions",
            "S520 at `tables.values.indexes.order`: SQLite does not support the index method `gin`",
            "S520 at `tables.values.indexes.nulls`: SQLite cannot sort NULLs first in this index",
        ]
    );
}

#[test]
fn names_that_meet_or_are_kept_are_refused() {
    assert_eq!(
        refused(|model| {
            model.tables["events"].client_name = "ITEMS".into();
            model.tables["refs"].columns["old_name"].client_name = "id".into();
            model.tables["drafts"].client_name = "sqlite_drafts".into();
            model.tables["values"].indexes[0].name = "lists".into();
        }),
        [
            "S521 at `tables.refs.columns.old_name`: `old_name` is named `id` on the device, but is not the key",
            "S521 at `tables.drafts`: `sqlite_drafts`: SQLite reserves names that start with `sqlite_`",
            "S522 at `tables.events`: `items` and `ITEMS` are the same name in SQLite",
            "S522 at `tables.values.indexes.lists`: two objects are named `lists` on the device",
        ]
    );
}

#[test]
fn what_reads_a_column_that_stays_on_the_server_is_refused() {
    assert_eq!(
        refused(|model| {
            model.tables["values"].columns["order"].direction = Direction::ServerOnly;
            model.views.insert(
                "shown".into(),
                View {
                    body: ViewBody::Columns {
                        table: "refs".into(),
                        columns: [("token".to_owned(), column("token"))]
                            .into_iter()
                            .collect(),
                        filter: None,
                    },
                    ..view("shown")
                },
            );
        }),
        [
            "S523 at `tables.values.indexes.order`: an index of the device reads `order`, which does not exist on devices",
            "S523 at `views.shown.columns.token`: a view of the device reads `token`, which does not exist on devices",
        ]
    );
}

fn view(name: &str) -> View {
    View {
        name: name.into(),
        schema: "public".into(),
        doc: None,
        body: ViewBody::Sql {
            postgres: None,
            sqlite: None,
        },
        depends_on: Vec::new(),
        security_invoker: true,
    }
}

fn sqlite_view(name: &str, sqlite: &str, depends_on: &[&str]) -> View {
    View {
        body: ViewBody::Sql {
            postgres: None,
            sqlite: Some(sqlite.into()),
        },
        depends_on: depends_on.iter().map(|name| (*name).to_owned()).collect(),
        ..view(name)
    }
}

#[test]
fn sqlite_is_asked_about_sql_that_was_given_for_it() {
    assert_eq!(
        refused(|model| {
            model.views.insert(
                "shown".into(),
                sqlite_view("shown", "select titel from items;\n", &["items"]),
            );
        }),
        ["S524 at `views.shown.sqlite`: SQLite refuses this: no such column: titel"]
    );
    assert_eq!(
        refused(|model| {
            model.tables["drafts"].checks[0].body = CheckBody::Sql {
                postgres: None,
                sqlite: Some("length(bodi) > 0".into()),
            };
        }),
        [
            "S524 at `tables.drafts.columns.body.check.sqlite`: SQLite refuses this: no such column: bodi"
        ]
    );
}

#[test]
fn views_come_after_what_they_read_and_speak_the_names_of_the_device() {
    let sql = schema(|model| {
        model.views.insert(
            "busy".into(),
            sqlite_view("busy", "select * from shas", &["shas"]),
        );
        model.views.insert(
            "shas".into(),
            View {
                doc: Some("What refs point to.".into()),
                body: ViewBody::Columns {
                    table: "refs".into(),
                    columns: [
                        ("name".to_owned(), column("name")),
                        (
                            "sha".to_owned(),
                            call(Function::Lower, vec![column("target_sha")]),
                        ),
                    ]
                    .into_iter()
                    .collect(),
                    filter: Some(sample::equal(
                        column("number"),
                        Expr::Literal(Literal::Int(1)),
                    )),
                },
                ..view("shas")
            },
        );
        let mut server_only = table("audit", [plain("id", text())]);
        server_only.sync = SyncMode::None;
        model.tables.insert("audit".into(), server_only);
        model.views.insert(
            "audits".into(),
            View {
                body: ViewBody::Columns {
                    table: "audit".into(),
                    columns: [("id".to_owned(), column("id"))].into_iter().collect(),
                    filter: None,
                },
                ..view("audits")
            },
        );
    });
    let tail = "\n-- What refs point to.\nCREATE VIEW shas AS\nSELECT name, lower(sha) AS sha\nFROM refs\nWHERE number = 1;\n\nCREATE VIEW busy AS\nselect * from shas;\n";
    assert!(sql.ends_with(tail), "{sql}");
}

#[test]
fn a_computed_column_is_computed_on_the_device() {
    let sql = schema(|model| {
        let upper = Column {
            generated: Some(Generated {
                expr: call(Function::Upper, vec![column("title")]),
                stored: false,
            }),
            ..plain("loud", text())
        };
        model.tables["lists"].columns.insert("loud".into(), upper);
    });
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(&sql).unwrap();
    database
        .execute("INSERT INTO lists (id, title) VALUES ('a', 'milk')", [])
        .unwrap();
    let loud: String = database
        .query_row("SELECT loud FROM lists", [], |row| row.get(0))
        .unwrap();
    assert_eq!(loud, "MILK");
}

#[test]
fn a_unique_of_a_part_of_the_rows_is_an_index_of_the_device() {
    let sql = schema(|model| {
        model.tables["drafts"].uniques[0].predicate = Some(Expr::Not(Box::new(column("sent"))));
    });
    assert!(
        sql.contains("CREATE UNIQUE INDEX drafts_body_key ON drafts (body) WHERE NOT sent;"),
        "{sql}"
    );
}
