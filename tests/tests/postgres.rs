//! The Postgres target against a real Postgres: applied by an owner that is no superuser, asked as a client that owns nothing.

use std::path::Path;

use postgres::Transaction;
use synctable::{Direction, Kind, Scalar};
use synctable_codegen::catalog;
use synctable_codegen::diagnostic::{Color, Complaints, Format, render};
use synctable_codegen::model::{Auth, Model, sample};
use synctable_codegen::read;
use synctable_codegen::targets::postgres as target;
use tests::cases::{each, workspace};
use tests::postgres::{Cluster, Database, OWNER, refused};

const USER: &str = r#"{"sub": "00000000-0000-4000-8000-000000000001"}"#;
const LIST: &str = "10000000-0000-4000-8000-000000000001";
const ITEM: &str = "20000000-0000-4000-8000-000000000001";

/// A database after setup and baseline, as an administrator and an owner would run them.
fn applied(hint: &str, model: &Model) -> Database<'static> {
    let database = match model.postgres.auth {
        Auth::Supabase => Cluster::shared().database(hint),
        Auth::JwtClaims => Cluster::shared().plain_database(hint),
    };
    let tree = (target::TARGET.emit)(model);
    let setup = tree
        .get("setup.sql")
        .expect("setup stands beside the ledger");
    database
        .apply_setup(&setup)
        .unwrap_or_else(|error| panic!("{error}\n{setup}"));
    let baseline = target::baseline(model);
    database
        .apply(&baseline)
        .unwrap_or_else(|error| panic!("{error}\n{baseline}"));
    database
}

/// The model of a declaration without mistakes, owned by the role that owns the tests' databases.
fn model_of(folder: &Path) -> Model {
    let reading = read(folder);
    let mut model = reading.model.unwrap_or_else(|| {
        let report = render(
            Format::Human(Color::Never),
            &reading.diagnostics,
            &reading.sources,
        );
        panic!("{report}")
    });
    model.postgres.roles.owner = OWNER.to_owned();
    let mut complaints = Complaints::new();
    (target::TARGET.admit)(&model, &mut complaints);
    assert!(complaints.is_empty(), "{complaints:#?}");
    model
}

#[test]
fn what_is_declared_applies() {
    let root = workspace();
    let mut folders = vec![root.join("schema")];
    folders.extend(
        ["powergit", "taskly", "tunetrees"]
            .map(|app| root.join("examples").join(app).join("schema")),
    );
    for folder in folders {
        applied("declared", &model_of(&folder));
    }
}

#[test]
fn every_accepted_case_applies() {
    each("accept", |case| {
        let model = model_of(&case.folder.join("schema"));
        applied("accepted", &model);
        Ok(())
    });
}

/// The sample, one list of the user's, and policies that let everybody do what the grants allow.
fn open_sample(hint: &str) -> Database<'static> {
    let database = applied(hint, &sample::model());
    database
        .superuser()
        .batch_execute(&format!(
            "insert into auth.users values ('00000000-0000-4000-8000-000000000001');
             insert into public.lists values ('{LIST}', '00000000-0000-4000-8000-000000000001', 'home');
             create policy open on public.lists using (true);
             create policy open on public.items using (true);"
        ))
        .expect("the superuser may");
    database
}

fn edited_at(caller: &mut Transaction<'_>) -> String {
    let row = caller
        .query_one(
            "select case when edited_at = now() then 'now'
                         when edited_at = now() + interval '5 minutes' then 'now + 5 minutes'
                         else (edited_at at time zone 'utc')::text end
             from public.items",
            &[],
        )
        .expect("there is one item");
    row.get(0)
}

fn insert_item(edited_at: &str) -> String {
    format!(
        "insert into public.items (id, list_id, title, edited_at) values ('{ITEM}', '{LIST}', 'milk', {edited_at})"
    )
}

#[test]
fn setup_may_run_again() {
    let model = sample::model();
    let database = applied("setup_again", &model);
    let tree = (target::TARGET.emit)(&model);
    database
        .apply_setup(&tree.get("setup.sql").expect("it is there"))
        .expect("the second run changes nothing");
}

#[test]
fn setup_gives_an_owner_all_that_the_migration_needs() {
    let mut model = sample::model();
    model.postgres.auth = Auth::JwtClaims;
    let roles = &mut model.postgres.roles;
    // Names that need quotes; nobody has made these roles, and the transaction takes them back.
    roles.owner = "synctable test: owner".to_owned();
    roles.client = "synctable test: client".to_owned();
    roles.anonymous = Some("synctable test: 'nobody'".to_owned());
    roles.service = Some("synctable test: \"service\"".to_owned());
    roles.replication = "synctable test: replication".to_owned();
    for table in model.tables.values_mut() {
        table.schema = "tasks".to_owned();
        table.access = None;
        table.foreign_keys.retain(|key| key.table != "auth.users");
    }
    model.postgres.schemas = vec!["public".to_owned(), "tasks".to_owned()];

    let database = Cluster::shared().plain_database("setup");
    let tree = (target::TARGET.emit)(&model);
    let setup = tree.get("setup.sql").expect("it is there");
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    for _ in 0..2 {
        transaction
            .batch_execute(&setup)
            .unwrap_or_else(|error| panic!("{error:?}\n{setup}"));
    }
    transaction
        .batch_execute("set local session authorization \"synctable test: owner\"")
        .expect("setup made the owner");
    let baseline = target::baseline(&model);
    transaction
        .batch_execute(&baseline)
        .unwrap_or_else(|error| panic!("{error:?}\n{baseline}"));
    let rights = transaction
        .query_one(
            "select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user",
            &[],
        )
        .expect("it is a role");
    assert!((0..3).all(|right| !rights.get::<_, bool>(right)));
    transaction
        .batch_execute(
            "set local session authorization default;
             set local session authorization \"synctable test: \"\"service\"\"\";
             insert into tasks.lists (owner_id, title) values (gen_random_uuid(), 'x');
             set local role \"synctable test: client\";",
        )
        .expect("the service writes everything and acts for callers");
}

#[test]
fn callers_make_no_temporary_objects_unless_everybody_may() {
    for keep in [false, true] {
        let mut model = sample::model();
        model.postgres.keep_temp = keep;
        model.postgres.roles.service = Some("service_role".to_owned());
        let database = applied("temporary", &model);
        let may = |role: &str| {
            let made = database
                .client(role, "")
                .batch_execute("create temporary table shadow (id int)");
            made.is_ok()
        };
        assert_eq!(may("authenticated"), keep);
        assert_eq!(may("anon"), keep);
        assert!(may("service_role") && may(OWNER));
    }
}

#[test]
fn the_publication_part_may_run_again() {
    let model = sample::model();
    let database = applied("publication_again", &model);
    let baseline = target::baseline(&model);
    let start = baseline
        .find("-- What PowerSync reads")
        .expect("the part has a heading");
    database
        .apply(&baseline[start..])
        .expect("the second run changes nothing");
    let rows = database
        .owner()
        .query(
            "select schemaname || '.' || tablename from pg_publication_tables where pubname = 'powersync' order by 1",
            &[],
        )
        .expect("the catalog is readable");
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, ["public.items", "public.lists"]);
}

#[test]
fn a_missing_role_is_named_with_the_way_out() {
    let mut model = sample::model();
    model.postgres.roles.replication = "nobody_made_this_role".to_owned();
    let refusal = Cluster::shared()
        .database("missing_role")
        .apply(&target::baseline(&model))
        .expect_err("the role does not exist");
    assert_eq!(refusal.message, "missing roles: nobody_made_this_role");
    assert!(refusal.to_string().contains("setup.sql"), "{refusal}");
}

#[test]
fn without_policies_a_client_sees_and_writes_nothing() {
    let model = sample::model();
    let database = applied("denied", &model);
    let policies = catalog::lower(&model)
        .tables
        .into_iter()
        .flat_map(|(table, lowered)| {
            let policies = lowered.policies.into_keys();
            policies.map(move |policy| format!("drop policy {policy} on {table};"))
        });
    let policies: String = policies.collect();
    assert_ne!(policies, "", "the sample has rules");
    database
        .superuser()
        .batch_execute(&format!(
            "{policies}
             insert into auth.users values ('00000000-0000-4000-8000-000000000001');
             insert into public.lists values ('{LIST}', '00000000-0000-4000-8000-000000000001', 'home');"
        ))
        .expect("the superuser may");
    let count: i64 = database.as_user(USER, |caller| {
        caller
            .query_one("select count(*) from public.lists", &[])
            .expect("SELECT is granted")
            .get(0)
    });
    assert_eq!(count, 0);
    let insert = format!("insert into public.lists (id, title) values ('{ITEM}', 'work')");
    let refusal = database.as_user(USER, |caller| refused(caller, &insert));
    assert_eq!(refusal.code, "42501");
    assert!(refusal.message.contains("row-level security"), "{refusal}");
    let off: i64 = database
        .owner()
        .query_one(
            "select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and not relrowsecurity",
            &[],
        )
        .expect("the catalog is readable")
        .get(0);
    assert_eq!(off, 0);
}

#[test]
fn a_client_writes_no_column_of_the_server_and_no_key_twice() {
    let database = open_sample("grants");
    for (statement, why) in [
        (
            format!(
                "insert into public.lists (id, owner_id, title) values ('{ITEM}', '{ITEM}', 'x')"
            ),
            "permission denied",
        ),
        (
            "update public.lists set owner_id = gen_random_uuid()".to_owned(),
            "permission denied",
        ),
        (
            "update public.lists set id = gen_random_uuid()".to_owned(),
            "a row of public.lists keeps its id",
        ),
        ("truncate public.lists".to_owned(), "permission denied"),
    ] {
        let refusal = database.as_user(USER, |caller| refused(caller, &statement));
        assert_eq!(refusal.code, "42501", "{refusal}");
        assert!(refusal.message.contains(why), "{refusal}");
    }
    let owner: String = database.as_user(USER, |caller| {
        caller
            .query_one(
                "insert into public.lists (title) values ('mine') returning owner_id::text",
                &[],
            )
            .expect("the rest is granted")
            .get(0)
    });
    assert_eq!(owner, "00000000-0000-4000-8000-000000000001");
}

#[test]
fn a_subject_that_is_no_uuid_is_nobody() {
    let database = open_sample("subjects");
    for subject in ["alice", "", "00000000-0000-4000-8000-00000000000A", "{}"] {
        let claims = serde_json::json!({ "sub": subject }).to_string();
        let refusal = database.as_user(&claims, |caller| {
            refused(caller, "insert into public.lists (title) values ('x')")
        });
        // NULL in a column that is not nullable, and not an error of a cast.
        assert_eq!(refusal.code, "23502", "{subject}: {refusal}");
    }
}

#[test]
fn secret_columns_cannot_be_read() {
    let mut model = sample::model();
    let lists = model.tables.get_mut("lists").expect("the sample has lists");
    let mut secret = sample::plain("token", Kind::Scalar(Scalar::Text));
    secret.nullable = true;
    secret.secret = true;
    secret.direction = Direction::ServerOnly;
    lists.columns.insert("token".to_owned(), secret);
    let database = applied("secret", &model);
    let refusal = database.as_user(USER, |caller| {
        refused(caller, "select token from public.lists")
    });
    assert_eq!(refusal.code, "42501", "{refusal}");
    let refusal = database.as_user(USER, |caller| refused(caller, "select * from public.lists"));
    assert_eq!(refusal.code, "42501", "{refusal}");
    database.as_user(USER, |caller| {
        caller
            .query("select id, owner_id, title from public.lists", &[])
            .expect("the others are readable");
    });
}

#[test]
fn an_insert_without_a_time_gets_the_servers() {
    let database = open_sample("touch_insert");
    let insert = format!(
        "insert into public.items (id, list_id, title) values ('{ITEM}', '{LIST}', 'milk')"
    );
    let time = database.as_user(USER, |caller| {
        caller.batch_execute(&insert).expect("it is granted");
        edited_at(caller)
    });
    assert_eq!(time, "now");
}

#[test]
fn an_insert_keeps_the_time_it_carries_unless_it_lies_ahead() {
    for (carried, kept) in [
        ("'2020-01-01T00:00:00Z'", "2020-01-01 00:00:00"),
        ("now() + interval '4 minutes'", "kept"),
        ("now() + interval '1 hour'", "now + 5 minutes"),
        ("'infinity'", "now + 5 minutes"),
        ("null", "now"),
    ] {
        let database = open_sample("touch_carried");
        let time = database.as_user(USER, |caller| {
            caller
                .batch_execute(&insert_item(carried))
                .expect("it is granted");
            edited_at(caller)
        });
        match kept {
            "kept" => assert!(!time.starts_with("now"), "{carried}: {time}"),
            kept => assert_eq!(time, kept, "{carried}"),
        }
    }
}

#[test]
fn an_update_moves_the_time_only_where_it_does_not_supply_one() {
    let database = open_sample("touch_update");
    let old = "2020-01-01 00:00:00";
    for (statement, expected) in [
        ("update public.items set title = 'x'", "now"),
        ("update public.items set title = title", "now"),
        ("update public.items set edited_at = edited_at, title = 'x'", old),
        ("update public.items set edited_at = '2020-01-01T00:00:00Z'", old),
        ("update public.items set edited_at = '2021-01-01T00:00:00Z'", "2021-01-01 00:00:00"),
        ("update public.items set edited_at = now() + interval '1 day'", "now + 5 minutes"),
        ("update public.items set edited_at = null", "now"),
        ("update public.items set edited_at = now()", "now"),
        (
            "insert into public.items (id, list_id, title) select id, list_id, 'x' from public.items
             on conflict (id) do update set title = excluded.title",
            "now",
        ),
        (
            "insert into public.items (id, list_id, title, edited_at) select id, list_id, 'x', edited_at from public.items
             on conflict (id) do update set title = excluded.title, edited_at = excluded.edited_at",
            old,
        ),
    ] {
        let mut superuser = database.superuser();
        let mut transaction = superuser.transaction().expect("it begins");
        transaction
            .batch_execute(&insert_item("'2020-01-01T00:00:00Z'"))
            .expect("the superuser may");
        tests::postgres::act_as(&mut transaction, "authenticated", USER);
        transaction.batch_execute(statement).expect(statement);
        assert_eq!(edited_at(&mut transaction), expected, "{statement}");
    }
}

#[test]
fn role_touch_is_a_time_that_the_server_moves_with_every_change() {
    let case = "tests/cases/accept/an_updated_at_that_the_server_moves_needs_no_trigger_of_the_app";
    let database = applied(
        "role_touch",
        &model_of(&workspace().join(case).join("schema")),
    );
    let moved = |caller: &mut Transaction<'_>, statement: &str| -> bool {
        let sql = format!("{statement} returning updated_at = now()");
        let row = caller.query_one(&sql, &[]);
        row.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
            .get(0)
    };
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    transaction
        .batch_execute(&format!(
            "insert into projects (id, owner_id, title, updated_at)
             values ('{LIST}', '00000000-0000-4000-8000-000000000001', 'old', '2020-01-01Z')"
        ))
        .expect("the superuser may");
    tests::postgres::act_as(&mut transaction, "authenticated", USER);
    let client = &mut transaction;
    assert!(moved(client, "update projects set title = 'new'"));
    let insert = format!("insert into projects (id, title) values ('{ITEM}', 'mine')");
    assert!(moved(client, &insert));
    let told = "update projects set updated_at = '2020-01-01Z'";
    let refusal = client.batch_execute(told).expect_err("it is the server's");
    assert_eq!(refusal.code().map(|code| code.code()), Some("42501"));
    drop(transaction);
    let mut transaction = superuser.transaction().expect("it begins");
    let insert = format!(
        "insert into projects (id, owner_id, title) values ('{LIST}', '00000000-0000-4000-8000-000000000001', 'old')"
    );
    assert!(moved(&mut transaction, &insert));
    let told = "update projects set title = 'new', updated_at = '2020-01-01Z'";
    assert!(
        moved(&mut transaction, told),
        "whatever a change says of it"
    );
}

#[test]
fn a_supplied_time_of_one_row_says_nothing_of_the_next_statement() {
    let database = open_sample("touch_rows");
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    transaction
        .batch_execute(&insert_item("'2020-01-01T00:00:00Z'"))
        .expect("the superuser may");
    tests::postgres::act_as(&mut transaction, "authenticated", USER);
    transaction
        .batch_execute(
            "update public.items set edited_at = edited_at; update public.items set title = 'y'",
        )
        .expect("it is granted");
    assert_eq!(edited_at(&mut transaction), "now");
}

#[test]
fn migrations_and_backfills_never_move_the_time() {
    let database = open_sample("touch_backfill");
    let mut owner = database.owner();
    owner
        .batch_execute(&insert_item("'2020-01-01T00:00:00Z'"))
        .expect("the owner may");
    owner
        .batch_execute("update public.items set title = 'backfilled'; update public.items set edited_at = edited_at + interval '1 hour'")
        .expect("the owner may");
    let mut transaction = owner.transaction().expect("it begins");
    assert_eq!(edited_at(&mut transaction), "2020-01-01 01:00:00");
    let refusal = refused(
        &mut transaction,
        &format!(
            "insert into public.items (id, list_id, title) values (gen_random_uuid(), '{LIST}', 'x')"
        ),
    );
    assert_eq!(
        refusal.code, "23502",
        "the owner has to say when: {refusal}"
    );
}
