//! Who reaches which objects of a storage bucket, by the folders of their paths.

use crate::policies::world::{ANN, BOB, applied, claims, declared, outcome, seen};
use synctable_codegen::targets::postgres::TARGET;
use tests::postgres::Refusal;

const REFUSED: &str = "42501";

#[test]
fn objects_are_reached_by_the_folders_of_their_path() {
    let model = declared(
        "postgres: {roles: {client: authenticated, anonymous: anon, owner: app_owner, replication: powersync_role, service: service_role}}
scopes: {my_orgs: select org from members where user_id = auth.user_id()}
tables:
  members:
    sync: none
    columns: {org: text, user_id: uuid}
    key: [org, user_id]
    indexes: {by_user: [user_id]}
storage:
  pack's:
    public: false
    path: [org, repo]
    access:
      read: org in (my_orgs) or org in (select org from members where user_id = auth.user_id() and org = 'z')
      insert: org in (my_orgs) and repo <> 'frozen'
      delete: org in (my_orgs)
  avatars:
    public: true
    path: [user_id]
    access: {read: {authenticated: public, anon: public}, write: user_id = auth.claim('sub')}
"
        .replace("pack's", "packs")
        .as_str(),
    );
    let database = applied(
        "storage",
        &model,
        &format!("insert into public.members values ('a', '{ANN}'), ('b', '{BOB}');"),
    );
    let tree = (TARGET.emit)(&model);
    let storage = tree.get("storage.sql").expect("there are buckets");
    for _ in 0..2 {
        database
            .apply(&storage)
            .unwrap_or_else(|error| panic!("{error}\n{storage}"));
    }
    let rows = format!(
        "insert into storage.objects (bucket_id, name) values
           ('packs', 'a/r/1'), ('packs', 'b/r/2'), ('packs', 'a'), ('avatars', 'a/r/3'), ('avatars', '{BOB}/4');"
    );
    database
        .superuser()
        .batch_execute(&rows)
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, &rows)));
    let names = "select name from storage.objects order by name collate \"C\"";
    let avatar = format!("{BOB}/4");
    assert_eq!(
        seen(&database, "authenticated", &claims(ANN), names),
        [avatar.as_str(), "a/r/1", "a/r/3"]
    );
    assert_eq!(
        seen(&database, "anon", "", names),
        [avatar.as_str(), "a/r/3"]
    );
    let put = |bucket: &str, name: &str| {
        format!("insert into storage.objects (bucket_id, name) values ('{bucket}', '{name}')")
    };
    for (user, statement, expected) in [
        (ANN, put("packs", "a/r/9"), "1"),
        (ANN, put("packs", "b/r/9"), REFUSED),
        (ANN, put("packs", "a/frozen/9"), REFUSED),
        (ANN, put("packs", "a"), REFUSED),
        (ANN, put("packs", ""), REFUSED),
        (ANN, put("other", "a/r/9"), REFUSED),
        (ANN, put("avatars", &format!("{ANN}/9")), "1"),
        (ANN, put("avatars", &format!("{BOB}/9")), REFUSED),
        (ANN, "delete from storage.objects".to_owned(), "1"),
        (BOB, "delete from storage.objects".to_owned(), "2"),
        (
            BOB,
            "update storage.objects set name = name".to_owned(),
            "1",
        ),
        (
            BOB,
            format!("update storage.objects set name = '{ANN}/4' where name like '%/4'"),
            REFUSED,
        ),
    ] {
        let found = outcome(&database, "authenticated", &claims(user), &statement);
        assert_eq!(found, expected, "{statement}");
    }
}
