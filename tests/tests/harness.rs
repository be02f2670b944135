//! The harness itself: what every other test takes for granted.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tests::node::openapi;
use tests::node::powersync::{SourceTable, compile, source_tables};
use tests::postgres::{CLIENT, Cluster, OWNER, Refusal, act_as, refused};
use tests::sqlite;

const ALICE: &str = "00000000-0000-4000-8000-00000000000a";

fn claims(subject: &str) -> String {
    json!({"sub": subject, "role": "authenticated", "org": {"id": 7}}).to_string()
}

fn one<T: for<'a> postgres::types::FromSql<'a>>(
    client: &mut impl postgres::GenericClient,
    sql: &str,
) -> T {
    client
        .query_one(sql, &[])
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
        .get(0)
}

// --- Postgres: who is who ---------------------------------------------------------------------------------------

#[test]
fn the_cluster_is_recent_enough_and_ready_for_logical_replication() {
    let database = Cluster::shared().plain_database("ready");
    let mut superuser = database.superuser();
    assert!(Cluster::shared().major() >= 15);
    assert_eq!(one::<String>(&mut superuser, "show wal_level"), "logical");
    assert_eq!(one::<String>(&mut superuser, "show timezone"), "UTC");
}

#[test]
fn the_owner_is_bound_by_everything_but_owns_the_database() {
    let database = Cluster::shared().database("owner");
    let mut owner = database.owner();
    let row = owner
        .query_one(
            "select current_user::text, session_user::text, rolsuper, rolbypassrls, rolcreaterole, rolreplication
             from pg_roles where rolname = current_user",
            &[],
        )
        .unwrap();
    assert_eq!(row.get::<_, String>(0), OWNER);
    assert_eq!(row.get::<_, String>(1), OWNER);
    for (index, attribute) in [
        (2, "superuser"),
        (3, "bypassrls"),
        (4, "createrole"),
        (5, "replication"),
    ] {
        assert!(!row.get::<_, bool>(index), "the owner has {attribute}");
    }
    assert_eq!(
        one::<String>(&mut owner, "select current_setting('is_superuser')"),
        "off"
    );
    database
        .apply(
            "create schema private;
             create table lists (id uuid primary key, owner_id uuid references auth.users (id) on delete cascade);
             create publication powersync for table lists;
             create policy mine on storage.objects for select to authenticated
                 using ((storage.foldername(name))[1] = auth.uid()::text);",
        )
        .unwrap();
    assert_eq!(refused(&mut owner, "create role intruder").code, "42501");
    assert_eq!(
        refused(&mut owner, "create publication everything for all tables").code,
        "42501"
    );
}

#[test]
fn row_level_security_binds_the_owner_where_it_is_forced() {
    let database = Cluster::shared().database("forced");
    database
        .apply("create table lists (id int); insert into lists values (1); alter table lists enable row level security")
        .unwrap();
    let mut owner = database.owner();
    assert_eq!(one::<i64>(&mut owner, "select count(*) from lists"), 1);
    database
        .apply("alter table lists force row level security")
        .unwrap();
    assert_eq!(one::<i64>(&mut owner, "select count(*) from lists"), 0);
}

#[test]
fn the_client_role_owns_nothing_and_may_create_nothing() {
    let database = Cluster::shared().database("client");
    let mut client = database.client(CLIENT, &claims(ALICE));
    assert_eq!(
        one::<String>(&mut client, "select session_user::text"),
        CLIENT
    );
    let owned: i64 = one(
        &mut client,
        "select count(*) from pg_shdepend where deptype = 'o' and refobjid = current_user::regrole",
    );
    assert_eq!(owned, 0);
    let row = client
        .query_one(
            "select rolsuper, rolbypassrls from pg_roles where rolname = current_user",
            &[],
        )
        .unwrap();
    assert!(!row.get::<_, bool>(0) && !row.get::<_, bool>(1));
    assert_eq!(
        refused(&mut client, "create table public.mine (id int)").code,
        "42501"
    );
    assert_eq!(refused(&mut client, "set role app_owner").code, "42501");
}

// --- Postgres: the Supabase prelude -----------------------------------------------------------------------------

#[test]
fn the_caller_is_the_subject_of_the_claims_and_nobody_without_claims() {
    let database = Cluster::shared().database("claims");
    let uid = |claims: &str| {
        database.as_user(claims, |caller| {
            one::<Option<String>>(caller, "select auth.uid()::text")
        })
    };
    assert_eq!(uid(&claims(ALICE)).as_deref(), Some(ALICE));
    assert_eq!(uid(""), None, "empty claims");
    assert_eq!(uid("{}"), None, "claims without a subject");
    database.as_user(&claims(ALICE), |caller| {
        assert_eq!(one::<String>(caller, "select current_user::text"), CLIENT);
        assert_eq!(one::<String>(caller, "select auth.role()"), "authenticated");
        assert_eq!(
            one::<String>(caller, "select auth.jwt() -> 'org' ->> 'id'"),
            "7"
        );
    });
    let odd = database.as_user(&claims("alice"), |caller| {
        refused(caller, "select auth.uid()")
    });
    assert_eq!(
        odd.code, "22P02",
        "a subject that is no uuid raises, as on Supabase"
    );
    let mut never_set = database.superuser();
    assert_eq!(
        one::<Option<String>>(&mut never_set, "select auth.uid()::text"),
        None
    );
}

#[test]
fn a_transaction_acts_as_a_user_and_stops_at_its_end() {
    let database = Cluster::shared().database("act as");
    let mut superuser = database.superuser();
    for subject in [ALICE, "00000000-0000-4000-8000-00000000000b"] {
        let mut transaction = superuser.transaction().unwrap();
        act_as(&mut transaction, CLIENT, &claims(subject));
        assert_eq!(
            one::<String>(&mut transaction, "select auth.uid()::text"),
            subject
        );
        transaction.rollback().unwrap();
        assert_eq!(
            one::<String>(&mut superuser, "select current_user::text"),
            "postgres"
        );
        assert_eq!(
            one::<Option<String>>(&mut superuser, "select auth.uid()::text"),
            None
        );
    }
}

#[test]
fn new_tables_are_open_to_the_api_roles_until_revoked() {
    let database = Cluster::shared().database("open");
    database
        .apply("create table lists (id int); insert into lists values (1)")
        .unwrap();
    let mut client = database.client(CLIENT, "");
    assert_eq!(one::<i64>(&mut client, "select count(*) from lists"), 1);
    database
        .apply("revoke all on lists from authenticated")
        .unwrap();
    assert_eq!(refused(&mut client, "select * from lists").code, "42501");
}

#[test]
fn storage_hides_every_object_without_a_policy_and_knows_folders() {
    let database = Cluster::shared().database("storage");
    let mut superuser = database.superuser();
    superuser
        .batch_execute("insert into storage.buckets (id, name) values ('packs', 'packs');
                        insert into storage.objects (bucket_id, name) values ('packs', 'a/b/c.pack')")
        .unwrap();
    let parts: Vec<String> = one(
        &mut superuser,
        "select storage.foldername(name) from storage.objects",
    );
    assert_eq!(parts, ["a", "b"]);
    let mut client = database.client(CLIENT, &claims(ALICE));
    assert_eq!(
        one::<i64>(&mut client, "select count(*) from storage.objects"),
        0
    );
}

// --- Postgres: databases ----------------------------------------------------------------------------------------

#[test]
fn databases_are_isolated_and_go_with_their_value() {
    let cluster = Cluster::shared();
    let (one_database, other) = (
        cluster.database("isolated"),
        cluster.plain_database("isolated"),
    );
    one_database
        .apply("create table only_here (id int)")
        .unwrap();
    assert_eq!(refused(&mut other.owner(), "table only_here").code, "42P01");
    assert_eq!(
        refused(&mut other.owner(), "select auth.uid()").code,
        "3F000",
        "a plain database has no prelude"
    );

    let name = one_database.name().to_owned();
    let _still_connected = one_database.owner();
    let mut observer = other.superuser();
    let mut exists = || {
        observer
            .query_one(
                "select count(*) from pg_database where datname = $1",
                &[&name],
            )
            .unwrap()
            .get::<_, i64>(0)
    };
    assert_eq!(exists(), 1);
    drop(one_database);
    assert_eq!(exists(), 0);
}

#[test]
fn many_tests_may_ask_for_databases_at_once() {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let database = Cluster::shared().database("at once");
                    database.apply("create table lists (id int)").unwrap();
                    database.name().to_owned()
                })
            })
            .collect();
        let names: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    });
}

#[test]
fn a_migration_that_fails_leaves_nothing_and_names_its_line() {
    let database = Cluster::shared().database("migration");
    let refusal: Refusal = database
        .apply(
            "create table lists (id int);\ncreate table items (list_id int references list (id));",
        )
        .unwrap_err();
    assert_eq!(refusal.code, "42P01");
    assert!(
        refusal.to_string().contains("\"list\" does not exist"),
        "{refusal}"
    );
    assert_eq!(refused(&mut database.owner(), "table lists").code, "42P01");

    let refusal = database.apply("select 1;\nselect nothing;").unwrap_err();
    assert!(
        refusal.to_string().contains("line 2: select nothing;"),
        "{refusal}"
    );
}

#[test]
fn a_url_leads_other_programs_to_the_same_database_as_the_same_role() {
    let database = Cluster::shared().database("url");
    let connect = |role| postgres::Client::connect(&database.url(role), postgres::NoTls).unwrap();
    let mut owner = connect(Some(OWNER));
    assert_eq!(
        one::<String>(&mut owner, "select current_database()::text"),
        database.name()
    );
    assert_eq!(
        one::<String>(&mut owner, "select current_user::text"),
        OWNER
    );
    assert_eq!(
        one::<String>(&mut connect(None), "select current_setting('is_superuser')"),
        "on"
    );
}

#[test]
#[should_panic(expected = "Postgres accepted what it must refuse")]
fn an_expected_refusal_that_does_not_come_fails_the_test() {
    refused(
        &mut Cluster::shared().plain_database("refused").superuser(),
        "select 1",
    );
}

// --- Postgres: nothing is left behind ---------------------------------------------------------------------------

/// A process that holds a cluster of its own, and what it left on the machine.
struct Holder {
    process: Child,
    folder: PathBuf,
    server: String,
}

impl Holder {
    fn start() -> Holder {
        let mut process = Command::new(env!("CARGO_BIN_EXE_test-postgres"))
            .arg("hold")
            .env_remove("SYNCTABLE_TEST_DATABASE_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = said.next().expect("it prints a URL").unwrap();
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let data: String = one(&mut client, "show data_directory");
        let server = std::fs::read_to_string(Path::new(&data).join("postmaster.pid"))
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned();
        let holder = Holder {
            process,
            folder: Path::new(&data).parent().unwrap().to_owned(),
            server,
        };
        assert!(
            holder.server_runs() && holder.folder.is_dir(),
            "the check can see a running server"
        );
        holder
    }

    fn server_runs(&self) -> bool {
        Command::new("kill")
            .args(["-0", &self.server])
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }

    fn assert_nothing_left(self) {
        let started = Instant::now();
        while self.server_runs() || self.folder.exists() {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "left behind: server {} runs: {}, folder {} exists: {}",
                self.server,
                self.server_runs(),
                self.folder.display(),
                self.folder.exists()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_process_that_ends_leaves_no_server_and_no_folder() {
    let mut holder = Holder::start();
    drop(holder.process.stdin.take());
    assert!(holder.process.wait().unwrap().success());
    holder.assert_nothing_left();
}

#[test]
fn a_process_that_is_killed_leaves_no_server_and_no_folder() {
    let mut holder = Holder::start();
    holder.process.kill().unwrap();
    holder.process.wait().unwrap();
    holder.assert_nothing_left();
}

// --- SQLite -----------------------------------------------------------------------------------------------------

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

// --- PowerSync --------------------------------------------------------------------------------------------------

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

// --- OpenAPI ----------------------------------------------------------------------------------------------------

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
