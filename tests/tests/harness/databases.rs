//! Databases of one cluster: apart, reached by others, and honest about what fails.

use tests::postgres::{Cluster, OWNER, Refusal, refused};

use crate::harness::one;

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
