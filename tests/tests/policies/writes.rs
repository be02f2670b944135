//! What a writer may leave behind: rows that he can read, decided on the state before the statement.

use crate::policies::world::{ANN, BOB, applied, claims, declared, differences, outcome, seen};
use tests::postgres::Database;

const REFUSED: &str = "42501";

/// Teams with members, and notes of teams; Ann belongs to team 1.
fn teams() -> Database<'static> {
    let model = declared(
        "scopes:
  my_teams: select team_id from members where user_id = auth.user_id()
tables:
  members:
    sync: down
    columns: {team_id: int, user_id: uuid}
    key: [user_id, team_id]
    access: {read: user_id = auth.user_id()}
  notes:
    sync: both
    delete: hard
    conflict: last_upload_wins
    columns:
      id: {kind: int, key: true}
      team_id: int
      author_id: {kind: uuid, nullable: true}
      title: {kind: text, default: '', client_default: ''}
    indexes: {by_team: [team_id], by_author: [author_id]}
    access:
      read: team_id in (my_teams)
      insert: author_id = auth.user_id()
      update: {before: public, after: not (title = 'secret')}
      delete: author_id = auth.user_id()
  reports:
    sync: up
    columns: {id: {kind: int, key: true}, author_id: {kind: uuid, nullable: true}, text: text}
    access: {insert: author_id = auth.user_id()}
",
    );
    applied(
        "writes",
        &model,
        &format!(
            "insert into public.members values (1, '{ANN}'), (3, '{BOB}');
             insert into public.notes values (1, 1, '{ANN}'), (2, 1, null), (3, 2, '{ANN}'), (4, 3, '{BOB}');"
        ),
    )
}

#[test]
fn what_is_written_can_be_read_by_its_writer() {
    let database = teams();
    let ann = |statement: &str| outcome(&database, "authenticated", &claims(ANN), statement);
    for (statement, expected) in [
        (
            format!("insert into public.notes values (9, 1, '{ANN}')"),
            "1",
        ),
        (
            format!("insert into public.notes values (9, 2, '{ANN}')"),
            REFUSED,
        ),
        (
            format!("insert into public.notes values (9, 1, '{BOB}')"),
            REFUSED,
        ),
        (
            "insert into public.notes values (9, 1, null)".to_owned(),
            REFUSED,
        ),
        ("update public.notes set title = 'x'".to_owned(), "2"),
        (
            "update public.notes set title = 'x' where id = 3".to_owned(),
            "0",
        ),
        (
            "update public.notes set title = 'secret'".to_owned(),
            REFUSED,
        ),
        (
            "update public.notes set team_id = 2 where id = 1".to_owned(),
            REFUSED,
        ),
        ("update public.notes set team_id = 2".to_owned(), REFUSED),
        ("delete from public.notes".to_owned(), "1"),
        ("delete from public.notes where id = 3".to_owned(), "0"),
        // An upsert is an insert of the proposed row, and an update of the one that is there.
        (
            format!(
                "insert into public.notes values (2, 1, '{ANN}', 'x') on conflict (id) do update set title = excluded.title"
            ),
            "1",
        ),
        (
            format!(
                "insert into public.notes values (2, 1, '{BOB}', 'x') on conflict (id) do update set title = excluded.title"
            ),
            REFUSED,
        ),
        (
            format!(
                "insert into public.notes values (3, 1, '{ANN}', 'x') on conflict (id) do update set title = excluded.title"
            ),
            REFUSED,
        ),
        (
            format!(
                "insert into public.notes values (4, 1, '{ANN}', 'x') on conflict (id) do nothing"
            ),
            "0",
        ),
        (
            format!(
                "insert into public.notes values (2, 1, '{ANN}', 'secret') on conflict (id) do update set title = excluded.title"
            ),
            REFUSED,
        ),
        // What is only sent up is never read.
        (
            format!("insert into public.reports values (1, '{ANN}', 'x')"),
            "1",
        ),
        (
            format!("insert into public.reports values (1, '{BOB}', 'x')"),
            REFUSED,
        ),
        (
            format!("insert into public.reports values (1, '{ANN}', 'x') returning id"),
            REFUSED,
        ),
        ("select * from public.reports".to_owned(), REFUSED),
    ] {
        assert_eq!(ann(&statement), expected, "{statement}");
    }
}

#[test]
fn sets_are_looked_up_as_they_were_before_the_statement() {
    let model = declared(
        "scopes:
  my_lists: select id from lists where owner_id = auth.user_id()
tables:
  lists:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {kind: int, key: true}
      parent_id: {kind: int, nullable: true}
      owner_id: {kind: uuid, default: auth.user_id(), client_default: auth.user_id()}
    indexes: {by_owner: [owner_id], by_parent: [parent_id]}
    access:
      read: owner_id = auth.user_id()
      insert: owner_id = auth.user_id() and (parent_id is null or parent_id in (my_lists))
",
    );
    let database = applied("before", &model, "");
    let ann = |statement: &str| outcome(&database, "authenticated", &claims(ANN), statement);
    assert_eq!(ann("insert into public.lists (id) values (1), (2)"), "2");
    let both = "insert into public.lists (id, parent_id) values (1, null), (2, 1)";
    assert_eq!(ann(both), REFUSED);
    assert_eq!(
        ann("insert into public.lists (id, parent_id) values (1, 1)"),
        REFUSED
    );
}

#[test]
fn names_and_literals_stay_what_they_are() {
    let model = declared(
        r#"postgres: {schema: Order, roles: {client: authenticated, anonymous: anon, owner: app_owner, replication: powersync_role, service: service_role}}
scopes:
  array: select id from "User" where "case" = '$$; raise ''x''; $set1$' and owner = auth.user_id()
tables:
  User:
    sync: both
    delete: soft
    conflict: last_upload_wins
    columns:
      id: {kind: int, key: true}
      case: {kind: text, default: '', client_default: ''}
      owner: {kind: uuid, immutable: true, default: auth.user_id(), client_default: auth.user_id()}
      deleted_at: {kind: timestamptz, nullable: true, role: tombstone}
    indexes: {by_owner: [owner]}
    access:
      read: owner = auth.user_id()
      insert: owner = auth.user_id() and "case" <> ''') or true --'
      update: owner = auth.user_id()
      delete: owner = auth.user_id() and "case" <> '$$ or true; $set1$'
  parts:
    sync: down
    columns: {id: {kind: int, key: true}, list_id: int}
    indexes: {by_list: [list_id]}
    access: {read: list_id in (array)}
"#,
    );
    let table = r#""Order"."User""#;
    let database = applied(
        "injection",
        &model,
        &format!(
            "insert into {table} values (1, '$$; raise ''x''; $set1$', '{ANN}'), (2, '$$ or true; $set1$', '{ANN}');
             insert into \"Order\".parts values (1, 1), (2, 2);"
        ),
    );
    let ann = |statement: &str| outcome(&database, "authenticated", &claims(ANN), statement);
    let parts = r#"select id::text from "Order".parts order by id"#;
    assert_eq!(seen(&database, "authenticated", &claims(ANN), parts), ["1"]);
    assert_eq!(
        seen(&database, "authenticated", &claims(BOB), parts),
        [""; 0]
    );
    for (statement, expected) in [
        (
            format!("insert into {table} (id, \"case\") values (9, ''') or true --')"),
            REFUSED,
        ),
        (format!("insert into {table} (id) values (9)"), "1"),
        (
            format!("update {table} set deleted_at = now() where id = 1"),
            "1",
        ),
        (
            format!("update {table} set deleted_at = now() where id = 2"),
            REFUSED,
        ),
        (
            format!("update {table} set \"case\" = 'x' where id = 2"),
            "1",
        ),
    ] {
        assert_eq!(ann(&statement), expected, "{statement}");
    }
    assert_eq!(
        crate::policies::world::differences(&database, &model),
        [""; 0]
    );
}

#[test]
fn nobody_takes_the_id_that_another_row_would_have() {
    let model = declared(
        "scopes: {my_teams: select team_id from members where user_id = auth.user_id()}
tables:
  members:
    sync: down
    columns: {team_id: int, user_id: uuid}
    key: [user_id, team_id]
    access: {read: team_id in (my_teams)}
    indexes: {by_team: [team_id]}
  labels:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {kind: text, key: true}
      team_id: {kind: int, immutable: true}
      name: {kind: text, immutable: true}
    id: {join: [team_id, {column: name, trim: true}], separator: ':'}
    uniques: {name: {on: [team_id, name], clash: reject}}
    access: {all: team_id in (my_teams)}
  tags:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {kind: text, key: true}
      team_id: {kind: int, immutable: true}
      name: {kind: text, immutable: true}
    id: {join: [team_id, {column: name, lower: true}], separator: ':'}
    uniques: {name: {on: [team_id, name], clash: reject}}
    access: {all: team_id in (my_teams)}
",
    );
    let rows = format!("insert into public.members values (1, '{BOB}'), (2, '{ANN}')");
    let database = applied("squat", &model, &rows);
    let insert = |table: &str, id: &str, name: &str| {
        let statement =
            format!("insert into public.{table} (id, team_id, name) values ('{id}', 2, '{name}')");
        outcome(&database, "authenticated", &claims(ANN), &statement)
    };
    assert_eq!(insert("labels", "2:urgent", " urgent "), "1");
    assert_eq!(insert("labels", "1:urgent", "urgent"), "23514");
    assert_eq!(insert("labels", "2:later", "urgent"), "23514");
    assert_eq!(insert("labels", "2: urgent ", " urgent "), "23514");
    // What Unicode makes of the case of a letter, Postgres does not say; whose row it is, it does.
    assert_eq!(insert("tags", "2:ça", "ÇA"), "1");
    assert_eq!(insert("tags", "1:ça", "ÇA"), "23514");
    assert_eq!(differences(&database, &model), [""; 0]);
}
