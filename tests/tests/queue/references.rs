//! Local writes that refer to a row that is not there.

use rusqlite::Connection;
use synctable::sqlite::queue;

use crate::queue::app::{device_of, model_of};

/// Each child has a column of the name of what it refers to.
const APP: &str = "
synctable: 1
app: references
postgres:
  auth: supabase
  user_id: uuid
  roles: {client: authenticated, anonymous: anon, owner: postgres, replication: powersync_role}
targets: {sqlite: ../sqlite}
sqlite: {queue: true}
scopes:
  my_lists: select list_id from members where user_id = auth.user_id()
tables:
  members:
    sync: down
    columns: {list_id: {kind: uuid}, user_id: {kind: uuid}}
    key: [list_id, user_id]
    access: {read: user_id = auth.user_id()}
  kinds:
    sync: down
    columns: {id: {kind: int, key: true}, name: text}
    access: {read: public}
  lists:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {kind: uuid, key: true}
      title: text
      owner_id: {kind: uuid, server: auth.user_id()}
    access: {read: id in (my_lists) or owner_id = auth.user_id(), insert: owner_id = auth.user_id()}
  items:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {kind: uuid, key: true}
      list_id: {kind: uuid, references: lists.id}
      kind_id: {kind: int, nullable: true, references: kinds.id}
      parent_id: {kind: uuid, nullable: true, references: items.id}
    access: {all: list_id in (my_lists)}
  notes:
    sync: both
    conflict: last_upload_wins
    columns:
      id: {kind: uuid, key: true}
      list_id: {kind: uuid, nullable: true, references: lists.id}
      owner_id: {kind: uuid, server: auth.user_id()}
    access: {all: owner_id = auth.user_id()}
";

fn device() -> Connection {
    let mut device = device_of(&model_of(APP));
    let rows = "INSERT INTO kinds (id, name) VALUES ('7', 'x'); INSERT INTO lists (id, title) VALUES ('mine', 'Shop')";
    queue::apply(&mut device, |transaction| transaction.execute_batch(rows))
        .expect("a replica never refuses a row of the server");
    device
}

fn refused(device: &Connection, sql: &str) -> String {
    device.execute_batch(sql).expect_err(sql).to_string()
}

#[test]
fn a_write_that_refers_to_a_row_that_its_user_would_see_is_refused_without_it() {
    let device = device();
    device
        .execute_batch(
            "INSERT INTO items (id, list_id, kind_id) VALUES ('a', 'mine', 7);
             INSERT INTO lists (id, title) VALUES ('new', 'Garden');
             INSERT INTO items (id, list_id) VALUES ('b', 'new');
             UPDATE items SET kind_id = NULL WHERE id = 'a';
             UPDATE items SET kind_id = 7 WHERE id = 'a';
             REPLACE INTO items (id, list_id, kind_id) VALUES ('a', 'mine', 7)",
        )
        .expect("the other rows are there");
    let list = "reference: items.list_id names a row of lists that is not there";
    let kind = "reference: items.kind_id names a row of kinds that is not there";
    for (sql, why) in [
        (
            "INSERT INTO items (id, list_id) VALUES ('c', 'theirs')",
            list,
        ),
        ("UPDATE items SET list_id = 'theirs' WHERE id = 'a'", list),
        (
            "INSERT INTO items (id, list_id, kind_id) VALUES ('c', 'mine', 8)",
            kind,
        ),
        ("UPDATE items SET kind_id = 8", kind),
    ] {
        assert_eq!(refused(&device, sql), why, "{sql}");
    }
}

#[test]
fn a_reference_to_a_row_that_its_user_may_not_see_is_not_tested() {
    let device = device();
    let sql = "INSERT INTO notes (id, list_id) VALUES ('a', 'theirs');
        INSERT INTO items (id, list_id, parent_id) VALUES ('a', 'mine', 'theirs')";
    device.execute_batch(sql).expect("it may be right");
}

#[test]
fn rows_of_the_server_refer_to_what_they_want() {
    let mut device = device();
    let row = "INSERT INTO items (id, list_id, kind_id) VALUES ('a', 'theirs', 8)";
    queue::apply(&mut device, |transaction| transaction.execute_batch(row))
        .expect("a replica never refuses a row of the server");
    // What was wrong already is not what this write does.
    let sql = "UPDATE items SET parent_id = 'b', kind_id = kind_id";
    device
        .execute_batch(sql)
        .expect("it refers to nothing else");
}
