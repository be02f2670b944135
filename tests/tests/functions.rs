//! The hand-written functions of the declared apps, called as their users call them.

use postgres::Transaction;
use synctable_codegen::read;
use synctable_codegen::targets::postgres as target;
use tests::cases::workspace;
use tests::postgres::{Cluster, Database, refused};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";
const BOB: &str = "00000000-0000-4000-8000-00000000000b";
const EVE: &str = "00000000-0000-4000-8000-00000000000e";

/// An app's database with three users.
fn database(folder: &str, hint: &str) -> Database<'static> {
    let model = read(&workspace().join(folder).join("schema"))
        .model
        .expect("the declaration has no mistakes");
    let database = Cluster::shared().database(hint);
    let beside = (target::TARGET.emit)(&model);
    let setup = beside
        .get("setup.sql")
        .expect("setup stands beside the ledger");
    database
        .apply_setup(&setup)
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    database
        .apply(&target::baseline(&model))
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    database
        .superuser()
        .batch_execute(&format!(
            "insert into auth.users (id, email) values
               ('{ANN}', 'ann@example.org'), ('{BOB}', 'bob@example.org'), ('{EVE}', 'eve@example.org')"
        ))
        .expect("the superuser may");
    database
}

/// What a user of the API carries.
fn claims(user: &str, email: &str) -> String {
    format!(r#"{{"sub": "{user}", "role": "authenticated", "email": "{email}"}}"#)
}

fn texts(caller: &mut Transaction<'_>, sql: &str) -> Vec<String> {
    caller
        .query(sql, &[])
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
        .iter()
        .map(|row| row.get(0))
        .collect()
}

#[test]
fn powergit_lets_in_whom_an_admin_invited_and_nobody_else() {
    let database = database("examples/powergit", "powergit_functions");
    let ann = claims(ANN, "Ann@example.org");
    let bob = claims(BOB, "Bob@Example.org");
    let eve = claims(EVE, "eve@example.org");
    let members = "select email || ' ' || role from list_org_members('acme')";

    database.as_user(&ann, |caller| {
        caller
            .batch_execute("select create_org('acme', 'Acme')")
            .unwrap();
        caller
            .batch_execute("select invite_org_member('acme', 'BOB@example.org', 'write')")
            .unwrap();
        assert_eq!(
            texts(caller, "select email from list_org_invites('acme')"),
            ["bob@example.org"]
        );
    });
    database.as_user(&eve, |caller| {
        assert!(texts(caller, members).is_empty());
        assert!(texts(caller, "select org_id from list_my_org_invites()").is_empty());
    });
    for attempt in [
        "select accept_org_invite('acme')",
        "select invite_org_member('acme', 'eve@example.org', 'admin')",
        "select cancel_org_invite('acme', 'bob@example.org')",
        "select remove_org_member('acme', '00000000-0000-4000-8000-00000000000a')",
        "select add_org_member('acme', '00000000-0000-4000-8000-00000000000e', 'admin')",
    ] {
        database.as_user(&eve, |caller| {
            assert_eq!(refused(caller, attempt).code, "42501", "{attempt}");
        });
    }
    database.as_user(&bob, |caller| {
        assert_eq!(
            texts(caller, "select org_id from list_my_org_invites()"),
            ["acme"]
        );
        caller
            .batch_execute("select accept_org_invite('acme')")
            .unwrap();
        assert_eq!(texts(caller, "select role from list_my_orgs()"), ["write"]);
        assert_eq!(
            texts(caller, members),
            ["ann@example.org admin", "bob@example.org write"]
        );
    });
    // An invitation is used up, and a writer is no admin; everybody may leave.
    for attempt in [
        "select accept_org_invite('acme')",
        "select invite_org_member('acme', 'eve@example.org')",
    ] {
        database.as_user(&bob, |caller| {
            assert_eq!(refused(caller, attempt).code, "42501", "{attempt}");
        });
    }
    database.as_user(&bob, |caller| {
        caller
            .batch_execute(&format!("select remove_org_member('acme', '{BOB}')"))
            .unwrap();
    });
    database.as_user(&ann, |caller| {
        assert_eq!(texts(caller, members), ["ann@example.org admin"])
    });
}

#[test]
fn a_team_is_joined_by_its_code_while_there_are_seats() {
    let database = database(".", "tasks_functions");
    database
        .superuser()
        .batch_execute(&format!(
            "insert into people.teams (id, name, seats, invite_code, created_by)
             values ('00000000-0000-4000-8000-000000000001', 'Band', 2, 'open sesame', '{ANN}')"
        ))
        .expect("the superuser may");
    let join = "select people.join_team('open sesame')";
    let count = "select count(*)::text from people.members";
    let bob = claims(BOB, "bob@example.org");
    database.as_user(&bob, |caller| {
        assert_eq!(
            refused(caller, "select people.join_team('guess')").code,
            "42501"
        );
    });
    database.as_user(&bob, |caller| caller.batch_execute(join).unwrap());
    database.as_user(&claims(EVE, "eve@example.org"), |caller| {
        assert_eq!(refused(caller, join).code, "23514");
    });
    let mut superuser = database.superuser();
    let members: String = superuser.query_one(count, &[]).unwrap().get(0);
    assert_eq!(members, "2", "the founder and who knew the code");
}

#[test]
fn an_item_is_stamped_by_the_server() {
    let database = database(".", "tasks_stamp");
    let mut superuser = database.superuser();
    superuser
        .batch_execute(&format!(
            "insert into public.lists (id, owner_id, name) values ('{ANN}', '{ANN}', 'Home');
             insert into public.items (id, list_id, title, created_by) values ('{BOB}', '{ANN}', 'Buy oat milk', '{ANN}')"
        ))
        .expect("the theme that every list starts with is there");
    let row = superuser
        .query_one(
            "select search @@ to_tsquery('simple', 'oat'), changed > 0 from public.items",
            &[],
        )
        .unwrap();
    assert!(row.get::<_, bool>(0) && row.get::<_, bool>(1));
}

#[test]
fn taskly_knows_the_days_of_a_month() {
    let database = database("examples/taskly", "taskly_functions");
    let mut superuser = database.superuser();
    for (days, valid) in [
        ("null", true),
        ("'{}'", true),
        ("'{1,31}'", true),
        ("'{0}'", false),
        ("'{32}'", false),
        ("'{1,null}'", false),
    ] {
        let row = superuser
            .query_one(&format!("select public.is_valid_month_days({days})"), &[])
            .unwrap();
        assert_eq!(row.get::<_, bool>(0), valid, "{days}");
    }
}

#[test]
fn taskly_computes_trackers_from_events_and_counts_what_was_not_uploaded() {
    let database = database("examples/taskly", "taskly_projections");
    let ann = claims(ANN, "ann@example.org");
    let tracker = "00000000-0000-4000-8000-0000000000c1";
    let event = |number: u32, op: &str, value: &str| {
        format!(
            "insert into tracker_events (id, tracker_id, anchor_type, anchor_date, op, value, occurred_at)
             values ('00000000-0000-4000-8000-0000000001{number:02}', '{tracker}', 'day', '2026-01-31', '{op}', {value},
                     timestamptz '2026-01-31 10:00Z' + {number} * interval '1 minute')"
        )
    };
    database.as_user(&ann, |caller| {
        caller
            .batch_execute(&format!(
                "insert into tracker_definitions (id, name, scope, value_type, op_kind, value_kind)
                 values ('{tracker}', 'Water', 'day', 'quantity', 'add', 'number')"
            ))
            .expect("it is hers");
        for (number, op, value, expected) in [
            (1, "add", "'2'", Some("2")),
            (2, "add", "'3'", Some("5")),
            (3, "set", "'1'", Some("1")),
            (4, "clear", "null", None),
            (5, "add", "'4'", Some("4")),
        ] {
            let sql = event(number, op, value);
            caller
                .batch_execute(&sql)
                .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            let found: Option<String> = caller
                .query_one("select value::text from tracker_state_day", &[])
                .expect("one tracker has one state a day")
                .get(0);
            assert_eq!(found.as_deref(), expected, "after {op} {value}");
        }
        for _ in 0..2 {
            caller
                .batch_execute(
                    "select record_sync_issue('error', 'conflict', 'f1', 'c1', 'Refused', 'It clashes')",
                )
                .expect("callers may");
        }
        let issues = "select fingerprint || ' ' || occurrence_count from sync_issues";
        assert_eq!(texts(caller, issues), ["f1 2"]);
        // The server moves the time with every change, whatever the change says of it.
        let moved = "update tracker_definitions set name = 'Tea', updated_at = '2020-01-01' returning (updated_at = now())::text";
        assert_eq!(texts(caller, moved), ["true"]);
    });
}

#[test]
fn tunetrees_tells_members_of_members_and_keeps_what_was_practised() {
    let database = database("examples/tunetrees", "tunetrees_functions");
    let group = "00000000-0000-4000-8000-0000000000f1";
    let mut superuser = database.superuser();
    superuser
        .batch_execute(&format!(
            "insert into user_profile (id, name, email) values
               ('{ANN}', 'Ann', 'ann@example.org'), ('{BOB}', 'Bob', 'bob@example.org'), ('{EVE}', 'Eve', 'eve@example.org');
             insert into genre (id) values ('ITRAD'), ('BLUES'), ('OTHER');
             insert into user_group (id, owner_user_ref, name) values ('{group}', '{ANN}', 'Session');
             insert into group_member (id, group_ref, user_ref) values ('{BOB}', '{group}', '{BOB}');
             insert into user_genre_selection (user_id, genre_id) values ('{BOB}', 'ITRAD');
             insert into repertoire (repertoire_id, user_ref, genre_default) values ('{BOB}', '{BOB}', 'BLUES');
             insert into tune (id, genre) values ('{ANN}', 'ITRAD');
             insert into practice_record (id, repertoire_ref, tune_ref) values ('{ANN}', '{BOB}', '{ANN}')"
        ))
        .expect("the superuser may");
    let profiles = format!("select name from get_group_member_profiles('{group}')");
    let search = format!("select name from search_group_member_profiles('{group}', ' EV ')");
    database.as_user(&claims(BOB, "bob@example.org"), |caller| {
        assert_eq!(texts(caller, &profiles), ["Ann", "Bob"]);
        assert!(
            texts(caller, &search).is_empty(),
            "only the owner looks for users"
        );
    });
    database.as_user(&claims(EVE, "eve@example.org"), |caller| {
        assert!(texts(caller, &profiles).is_empty());
        let asked = format!("select is_group_member('{group}', '{BOB}')::text");
        assert_eq!(texts(caller, &asked), ["false"], "nobody asks about others");
    });
    database.as_user(&claims(ANN, "ann@example.org"), |caller| {
        assert_eq!(texts(caller, &search), ["Eve"]);
        let one_letter = format!("select name from search_group_member_profiles('{group}', 'e')");
        assert!(texts(caller, &one_letter).is_empty());
    });
    let kept = refused(&mut superuser, "delete from practice_record");
    assert_eq!(kept.code, "42501");
    superuser
        .batch_execute("begin; set local app.allow_practice_record_delete = 'on'; delete from practice_record; commit")
        .expect("the transaction says that it may");
    let logged: String = superuser
        .query_one(
            "select string_agg(table_name, ' ' order by table_name) from sync_change_log",
            &[],
        )
        .unwrap()
        .get(0);
    assert_eq!(
        logged,
        "genre group_member practice_record repertoire tune user_genre_selection user_group user_profile"
    );
}
