//! Who is who in the tests' Postgres: the owner, the client, the caller.

use tests::postgres::{CLIENT, Cluster, OWNER, act_as, refused};

use crate::harness::{ALICE, claims, one};

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
