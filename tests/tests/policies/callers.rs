//! Who is asking: ids of every kind, subjects of every form, claims, roles.

use crate::policies::world::{ANN, BOB, applied, claims, declared, outcome, seen};
use synctable_codegen::model::Model;

/// A table of rows owned by ids of a kind.
fn owned(kind: &str, auth: &str) -> Model {
    declared(&format!(
        "postgres: {{auth: {auth}, user_id: {kind}, roles: {{client: authenticated, anonymous: anon, owner: app_owner, replication: powersync_role, service: service_role}}}}
tables:
  notes:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {{kind: int, key: true}}
      owner_id: {{kind: {kind}, default: auth.user_id(), client_default: auth.user_id()}}
      tenant: {{kind: text, nullable: true}}
    indexes: {{by_owner: [owner_id], by_tenant: [tenant]}}
    access:
      read:
        authenticated: owner_id = auth.user_id() or tenant = auth.claim('app_metadata.tenant-id')
        anon: tenant = 'all'
      write: owner_id = auth.user_id()
"
    ))
}

const IDS: &str = "select id::text from public.notes order by id";

#[test]
fn a_subject_of_the_canonical_form_is_the_caller_and_no_other() {
    for (kind, auth, owner, others) in [
        (
            "uuid",
            "supabase",
            ANN,
            vec![
                "00000000-0000-4000-8000-00000000000A",
                "{00000000-0000-4000-8000-00000000000a}",
                "0000000000004000800000000000000a",
                "00000000-0000-4000-8000-00000000000a ",
                "alice",
                "",
            ],
        ),
        (
            "text",
            "jwt_claims",
            "auth0|Ann",
            vec!["auth0|ann", "auth0|Ann ", ""],
        ),
        (
            "int",
            "jwt_claims",
            "-2147483648",
            vec![
                "-2147483649",
                "2147483648",
                "+5",
                "05",
                "-0",
                " 5",
                "5.0",
                "1e1",
                "0x5",
                "",
                "alice",
                "9999999999999999999999999999999999999999",
                "-2147483648\n",
            ],
        ),
        (
            "bigint",
            "jwt_claims",
            "9223372036854775807",
            vec![
                "9223372036854775808",
                "-9223372036854775809",
                "٣",
                "007",
                "",
                "NaN",
            ],
        ),
    ] {
        let model = owned(kind, auth);
        let rows = format!("insert into public.notes (id, owner_id) values (1, '{owner}');");
        let database = applied("subjects", &model, &rows);
        let role = "authenticated";
        assert_eq!(seen(&database, role, &claims(owner), IDS), ["1"], "{kind}");
        let update = "update public.notes set tenant = 'x'";
        assert_eq!(outcome(&database, role, &claims(owner), update), "1");
        let mut nobodies: Vec<String> = others.iter().map(|other| claims(other)).collect();
        nobodies.extend(["", "{}", "null", "[]", "5", r#"{"sub": null}"#].map(str::to_owned));
        nobodies
            .extend([r#"{"sub": {}}"#, r#"{"sub": ["a"]}"#, r#"{"sub": true}"#].map(str::to_owned));
        for nobody in nobodies {
            assert_eq!(
                seen(&database, role, &nobody, IDS),
                [""; 0],
                "{kind}: {nobody}"
            );
            assert_eq!(
                outcome(&database, role, &nobody, update),
                "0",
                "{kind}: {nobody}"
            );
        }
    }
}

/// Texts of the setting that are no JSON which Postgres holds.
fn malformed(owner: &str) -> Vec<String> {
    let mut texts = vec![
        " ".to_owned(),
        "nonsense".to_owned(),
        "{".to_owned(),
        "'".to_owned(),
        "{'sub': 'a'}".to_owned(),
        // As a number of Postgres it would have a million digits.
        format!(r#"{{"sub": "{owner}", "n": 1e1000000}}"#),
        // A zero and half a pair are JSON, and no text of Postgres.
        format!(r#"{{"sub": "{owner}", "t": "\u0000"}}"#),
        format!(r#"{{"sub": "{owner}", "t": "\ud800"}}"#),
        format!(r#"{{"sub": "{owner}"}} and more"#),
        format!(r#"{{"sub": "{owner}",}}"#),
        format!(r#"{{sub: "{owner}"}}"#),
        format!("\u{feff}{}", claims(owner)),
    ];
    // Deeper than the stack of a server.
    texts.push("[".repeat(200_000));
    texts.push(format!(r#"{{"sub": {}"#, "{\"a\":".repeat(200_000)));
    texts
}

/// Texts of the setting that are JSON and no object with a subject.
fn of_another_form(owner: &str) -> Vec<String> {
    vec![
        "\"sub\"".to_owned(),
        format!("\"{owner}\""),
        "true".to_owned(),
        "-1e5".to_owned(),
        format!(r#"[{{"sub": "{owner}"}}]"#),
        format!(r#"["sub", "{owner}"]"#),
        format!(r#"{{"sub": ["{owner}"]}}"#),
        format!(r#"{{"sub": {{"sub": "{owner}"}}}}"#),
    ]
}

/// How Postgres refuses text that is no JSON, or whose parts it does not hold.
const NO_JSON: [&str; 5] = ["22P02", "22P05", "22003", "54000", "54001"];

#[test]
fn a_token_that_is_no_json_grants_nothing_and_json_of_another_form_raises_nothing() {
    for (kind, auth, owner) in [
        ("uuid", "supabase", ANN),
        ("text", "jwt_claims", "auth0|Ann"),
        ("int", "supabase", "7"),
        ("bigint", "jwt_claims", "7"),
    ] {
        let model = owned(kind, auth);
        let rows = format!(
            "insert into public.notes (id, owner_id, tenant) values (1, '{owner}', 'a'), (2, '{owner}', 'all');"
        );
        let database = applied("malformed", &model, &rows);
        let insert = |id: i32| {
            format!("insert into public.notes (id, owner_id, tenant) values ({id}, '{owner}', 'a')")
        };
        let role = "authenticated";
        assert_eq!(seen(&database, role, &claims(owner), IDS), ["1", "2"]);
        assert_eq!(outcome(&database, role, &claims(owner), &insert(3)), "1");
        let raising = malformed(owner).into_iter().map(|text| (text, true));
        let silent = of_another_form(owner).into_iter().map(|text| (text, false));
        for (text, may_raise) in raising.chain(silent) {
            let shown: String = text.chars().take(60).collect();
            for (statement, expected) in [
                (IDS, "0"),
                ("update public.notes set tenant = 'x'", "0"),
                ("delete from public.notes", "0"),
                (&*insert(3), "42501"),
            ] {
                let found = outcome(&database, role, &text, statement);
                let raised = may_raise && NO_JSON.contains(&&*found);
                assert!(
                    raised || found == expected,
                    "{auth}, {kind}: {statement}: {shown}: {found}"
                );
            }
            // Who needs no token reads on.
            assert_eq!(
                seen(&database, "anon", &text, IDS),
                ["2"],
                "{auth}: {shown}"
            );
            // A default asks, too.
            let default = "insert into public.notes (id) values (4)";
            let found = outcome(&database, "service_role", &text, default);
            let raised = may_raise && NO_JSON.contains(&&*found);
            assert!(raised || found == "23502", "{auth}: {shown}: {found}");
        }
    }
}

#[test]
fn the_caller_is_asked_for_once_a_statement_and_without_a_call() {
    for (kind, auth, owner, times) in [
        ("uuid", "supabase", ANN, 1),
        ("text", "jwt_claims", "auth0|Ann", 1),
        // A number is matched, and read again.
        ("int", "jwt_claims", "7", 2),
        ("bigint", "supabase", "7", 2),
    ] {
        let model = owned(kind, auth);
        let rows = format!(
            "insert into public.notes (id, owner_id) select i, '{owner}' from generate_series(1, 1000) as i;"
        );
        let database = applied("once", &model, &rows);
        let mut superuser = database.superuser();
        let mut transaction = superuser.transaction().expect("it begins");
        tests::postgres::act_as(&mut transaction, "authenticated", &claims(owner));
        let plan: Vec<String> = transaction
            .query(
                "explain (analyze, verbose, costs off, timing off, summary off) select count(*) from public.notes",
                &[],
            )
            .expect("it is granted")
            .iter()
            .map(|row| row.get::<_, String>(0))
            .collect();
        let plan = plan.join("\n");
        // Postgres put the expressions in place of the calls, each into a node that runs once.
        assert!(!plan.contains("_private."), "{plan}");
        assert!(plan.contains("rows=1000"), "{plan}");
        // Once, or twice, for the caller's id, once for the claim that the rule compares.
        let reads = plan.matches("'request.jwt.claims'").count();
        assert_eq!(reads, times + 1, "{plan}");
        let once = plan
            .lines()
            .filter(|line| line.contains("Result") && line.contains("loops=1"))
            .count();
        assert_eq!(once, 2, "{plan}");
    }
}

#[test]
fn a_claim_counts_where_it_is_a_string() {
    let rows = format!(
        "insert into public.notes (id, owner_id, tenant) values (1, '{ANN}', 'a'), (2, '{ANN}', '5'), (3, '{ANN}', null),
         (4, '{ANN}', 'true'), (5, '{ANN}', '{{}}'), (6, '{ANN}', 'all');"
    );
    let database = applied("claims", &owned("uuid", "supabase"), &rows);
    for (claims, expected) in [
        (r#"{"app_metadata": {"tenant-id": "a"}}"#, &["1"][..]),
        (r#"{"app_metadata": {"tenant-id": "5"}}"#, &["2"]),
        (r#"{"app_metadata": {"tenant-id": 5}}"#, &[]),
        (r#"{"app_metadata": {"tenant-id": true}}"#, &[]),
        (r#"{"app_metadata": {"tenant-id": null}}"#, &[]),
        (r#"{"app_metadata": {"tenant-id": {}}}"#, &[]),
        (r#"{"app_metadata": [{"tenant-id": "a"}]}"#, &[]),
        (r#"{"app_metadata": "tenant-id"}"#, &[]),
        (r#"{"tenant-id": "a"}"#, &[]),
        ("", &[]),
    ] {
        assert_eq!(
            seen(&database, "authenticated", claims, IDS),
            expected,
            "{claims}"
        );
    }
    // Another role has its own rules.
    assert_eq!(seen(&database, "anon", "", IDS), ["6"]);
    assert_eq!(
        outcome(
            &database,
            "anon",
            &claims(ANN),
            "update public.notes set tenant = 'x'"
        ),
        "42501"
    );
    assert_eq!(seen(&database, "service_role", "", IDS).len(), 6);
    assert_eq!(seen(&database, "powersync_role", "", IDS).len(), 6);
}

#[test]
fn an_owner_that_bypasses_is_forced_and_its_sets_still_see() {
    let mut model = declared(
        "scopes: {my_teams: select team_id from members where user_id = auth.user_id()}
tables:
  members:
    sync: down
    columns: {team_id: int, user_id: uuid}
    key: [user_id, team_id]
    access: {read: team_id in (my_teams)}
    indexes: {by_team: [team_id]}
",
    );
    model.postgres.owner_bypasses_rls = true;
    model.postgres.roles.owner = "bypassing_owner".to_owned();
    let database = tests::postgres::Cluster::shared().database("forced");
    let target = synctable_codegen::targets::postgres::TARGET;
    let tree = (target.emit)(&model);
    let mut superuser = database.superuser();
    let mut transaction = superuser.transaction().expect("it begins");
    transaction
        .batch_execute(&format!(
            "{}
             set local session authorization bypassing_owner;
             {}
             insert into public.members values (1, '{ANN}'), (1, gen_random_uuid()), (2, gen_random_uuid());",
            tree.get("setup.sql").expect("it is there"),
            synctable_codegen::targets::postgres::baseline(&model),
        ))
        .expect("the owner bypasses what it forces on itself");
    transaction
        .batch_execute("set local session authorization default")
        .expect("a superuser again");
    let forced: bool = transaction
        .query_one(
            "select relforcerowsecurity from pg_class where oid = 'public.members'::regclass",
            &[],
        )
        .expect("it is there")
        .get(0);
    assert!(forced);
    tests::postgres::act_as(&mut transaction, "authenticated", &claims(ANN));
    let count: i64 = transaction
        .query_one("select count(*) from public.members", &[])
        .expect("it is granted")
        .get(0);
    assert_eq!(count, 2);
}

#[test]
fn a_scope_may_name_one_that_is_declared_after_it() {
    let model = declared(
        "scopes:
  my_notes: select id from notes where list_id in (my_lists)
  my_lists: select id from lists where owner_id = auth.user_id()
tables:
  lists:
    sync: none
    columns:
      id: {kind: int, key: true}
      owner_id: uuid
    indexes: {by_owner: [owner_id]}
  notes:
    sync: down
    columns:
      id: {kind: int, key: true}
      list_id: int
    indexes: {by_list: [list_id]}
    access:
      read: id in (my_notes)
",
    );
    let rows = format!(
        "insert into public.lists values (1, '{ANN}'), (2, '{BOB}');
         insert into public.notes values (10, 1), (20, 2)"
    );
    let database = applied("scopes_in_any_order", &model, &rows);
    let ids = "select id::text from public.notes order by id";
    assert_eq!(seen(&database, "authenticated", &claims(ANN), ids), ["10"]);
}
