//! The other consumers: SQLite, PowerSync's compiler, the OpenAPI validator.

use serde_json::json;
use tests::node::openapi;
use tests::node::powersync::{SourceTable, compile, source_tables};
use tests::postgres::Cluster;
use tests::sqlite;

use crate::harness::ALICE;

#[test]
fn sqlite_executes_ddl_enforces_foreign_keys_and_says_what_it_refuses() {
    let database = sqlite::open_with(
        "create table lists (id text primary key) strict;
         create table items (id text primary key, list_id text references lists (id)) strict;",
    )
    .unwrap();
    let message = sqlite::refused(&database, "insert into items values ('a', 'nowhere')");
    assert!(message.contains("FOREIGN KEY"), "{message}");
    let error = sqlite::open_with("create table lists (id text primary keys)").unwrap_err();
    assert!(error.contains("near \"keys\""), "{error}");
}

#[test]
#[should_panic(expected = "SQLite accepted")]
fn an_sqlite_refusal_that_does_not_come_fails_the_test() {
    sqlite::refused(&sqlite::open(), "create table lists (id text)");
}

fn tables() -> Vec<SourceTable> {
    vec![
        SourceTable::new(
            "lists",
            &[("id", "uuid"), ("owner_id", "uuid"), ("position", "int8")],
        ),
        SourceTable::new(
            "items",
            &[("id", "uuid"), ("list_id", "uuid"), ("weight", "float8")],
        ),
    ]
}

#[test]
fn powersync_compiles_a_good_config_to_streams_buckets_and_tables() {
    let compilation = compile(
        "config:
  edition: 3
with:
  my_lists: SELECT id FROM lists WHERE owner_id = auth.user_id()
streams:
  lists:
    auto_subscribe: true
    priority: 1
    queries:
      - SELECT id, owner_id, position FROM lists WHERE owner_id = auth.user_id()
  list_items:
    query: SELECT id, list_id, weight FROM items WHERE list_id = subscription.parameter('list') AND list_id IN my_lists
",
        &tables(),
    );
    let plan = compilation.clean().unwrap();
    assert_eq!(plan.tables, ["public.items", "public.lists"]);
    assert_eq!(plan.streams.len(), 2);
    assert_eq!(plan.streams[0].name, "lists");
    assert!(plan.streams[0].auto_subscribe && !plan.streams[1].auto_subscribe);
    assert_eq!((plan.streams[0].priority, plan.streams[1].priority), (1, 3));
    assert_eq!(plan.streams[1].parameters.as_deref().unwrap(), ["list"]);
    assert_eq!(
        plan.buckets[0].sources[0].columns,
        ["id", "owner_id", "position"]
    );
    assert_eq!(plan.client["lists"]["position"], "integer");
    assert_eq!(plan.client["items"]["weight"], "real");
}

#[test]
fn powersync_compiles_the_older_dialect() {
    let compilation = compile(
        "config:
  edition: 2
bucket_definitions:
  mine:
    parameters: SELECT request.user_id() AS caller
    data:
      - SELECT id, position FROM lists WHERE owner_id = bucket.caller
",
        &tables(),
    );
    let plan = compilation.clean().unwrap();
    assert_eq!(
        (plan.buckets[0].name.as_str(), plan.buckets[0].parameters),
        ("mine", 1)
    );
    assert_eq!(plan.buckets[0].sources[0].columns, ["id", "position"]);
    assert_eq!(plan.tables, ["public.lists"]);
}

#[test]
fn powersync_reports_an_error_with_its_place_and_gives_no_plan() {
    let compilation = compile(
        "config:
  edition: 3
streams:
  lists:
    query: SELECT * FROM lists WHERE owner_id != auth.user_id()
",
        &tables(),
    );
    assert_eq!(compilation.errors().len(), 1, "{compilation}");
    assert_eq!(compilation.errors()[0].start.line, 5);
    assert_eq!(compilation.plan, None);
    assert!(
        compilation.clean().unwrap_err().contains("5:"),
        "{compilation}"
    );
}

#[test]
fn powersync_reports_a_yaml_error_and_an_unknown_key() {
    let broken = compile("streams: [", &[]);
    assert!(!broken.errors().is_empty() && broken.plan.is_none());
    let unknown = compile(
        "config:\n  edition: 3\nstream: {}\nstreams:\n  lists:\n    query: SELECT * FROM lists\n",
        &tables(),
    );
    assert_eq!(unknown.errors().len(), 1, "{unknown}");
    assert_eq!(unknown.plan, None);
}

#[test]
fn powersync_warns_of_unauthenticated_parameters_and_of_unknown_columns() {
    let stream = |query: &str| {
        compile(
            &format!("config:\n  edition: 3\nstreams:\n  lists:\n    query: {query}\n"),
            &tables(),
        )
    };
    let open = stream("SELECT * FROM lists WHERE owner_id = subscription.parameter('user')");
    assert_eq!(
        (open.errors().len(), open.warnings().len()),
        (0, 1),
        "{open}"
    );
    assert!(
        open.warnings()[0]
            .message
            .contains("unauthenticated parameter"),
        "{open}"
    );
    assert!(open.plan.is_some() && open.clean().is_err());

    let unknown = stream("SELECT id, colour FROM lists WHERE owner_id = auth.user_id()");
    assert_eq!(unknown.warnings().len(), 1, "{unknown}");
    assert_eq!(unknown.warnings()[0].start.line, 5);
}

#[test]
fn powersync_is_told_the_tables_of_a_real_database() {
    let database = Cluster::shared().database("source");
    database
        .apply(
            "create domain small as int4 check (value < 10);
             create domain smaller as small;
             create type colour as enum ('red');
             create table lists (id uuid primary key, title varchar(9), tags text[], rank smaller, tint colour, at timestamptz);",
        )
        .unwrap();
    let tables = source_tables(&mut database.owner(), &["public"]);
    let columns = [
        ("id", "uuid"),
        ("title", "varchar"),
        ("tags", "text[]"),
        ("rank", "int4"),
        ("tint", "colour"),
        ("at", "timestamptz"),
    ];
    assert_eq!(tables, [SourceTable::new("lists", &columns)]);
}

const DOCUMENT: &str = "openapi: 3.1.0
info: {title: Lists, version: '1'}
paths:
  /lists:
    get:
      operationId: lists
      responses:
        '200':
          description: Every list.
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/List'}}}}
components:
  schemas:
    List:
      type: object
      required: [id]
      additionalProperties: false
      properties:
        id: {type: string, format: uuid}
        title: {type: [string, 'null']}
";

#[test]
fn openapi_accepts_a_good_document() {
    assert_eq!(openapi::validate(DOCUMENT), Ok("3.1.0".to_owned()));
}

#[test]
fn openapi_refuses_what_the_specification_its_references_or_json_schema_refuse() {
    for (good, bad, says) in [
        ("version: '1'", "versions: '1'", "version"),
        ("'200':", "'20':", "responses"),
        ("schemas/List", "schemas/Lists", "schemas/Lists"),
        (
            "{type: string, format: uuid}",
            "{type: strin, format: uuid}",
            "components/schemas/List",
        ),
        (
            "type: array, items",
            "type: arr, items",
            "paths/~1lists/get",
        ),
        ("openapi: 3.1.0", "openapi: 4.0.0", "openapi version"),
    ] {
        assert!(DOCUMENT.contains(good), "{good}");
        let problems = openapi::validate(&DOCUMENT.replacen(good, bad, 1)).unwrap_err();
        assert!(
            problems.iter().any(|problem| problem.contains(says)),
            "{bad}: {problems:?}"
        );
    }
}

#[test]
fn openapi_judges_a_value_by_a_schema_of_the_document() {
    let list = "#/components/schemas/List";
    assert_eq!(
        openapi::accepts(DOCUMENT, list, &json!({"id": ALICE, "title": null})),
        Ok(())
    );
    for value in [
        json!({}),
        json!({"id": "alice"}),
        json!({"id": ALICE, "title": 1}),
        json!({"id": ALICE, "x": 1}),
    ] {
        assert!(openapi::accepts(DOCUMENT, list, &value).is_err(), "{value}");
    }
}
