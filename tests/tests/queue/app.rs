//! An app whose devices queue what they write, and its database.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value;
use synctable::device::DeviceDatabase;
use synctable::sqlite::{queue, upgrade};
use synctable_codegen::model::{History, Model};
use synctable_codegen::read_texts;
use synctable_codegen::targets::sqlite;

pub(crate) const APP: &str = "
synctable: 1
app: tasks
targets: {sqlite: ../sqlite}
sqlite: {queue: true}
enums:
  state: {labels: [open, done, gone], storage: check, retired: [gone]}
tables:
  lists:
    sync: both
    columns:
      id: {kind: uuid, key: true, client_default: uuid()}
      owner_id: {kind: uuid, server: auth.user_id()}
      kind: {kind: text, immutable: true, nullable: true}
      title: {kind: text, check: \"length(title) between 1 and 20\"}
      weight: {kind: double, nullable: true}
      count: {kind: bigint, default: 0}
      state: {kind: state, default: open}
      note: {kind: text, on: client, nullable: true}
      edited_at: {kind: timestamptz, role: edited_at}
    uniques: {title: {on: [kind, title], where: weight is null, clash: reject}}
    indexes: {by_kind: {on: [kind], side: client}}
    access: {all: owner_id = auth.user_id()}
  plain:
    sync: both
    conflict: server_wins
    client: {track_previous: [\"a\"]}
    columns:
      id: {kind: text, key: true}
      owner_id: {kind: uuid, server: auth.user_id()}
      a: {kind: int, nullable: true, client_name: order}
      b: {kind: json, nullable: true}
    access: {all: owner_id = auth.user_id()}
  log:
    sync: up
    columns:
      id: {kind: uuid, key: true}
      user_id: {kind: uuid, server: auth.user_id()}
      said: {kind: text}
    access: {insert: user_id = auth.user_id()}
  visits:
    sync: {up: [insert, update, delete]}
    columns:
      id: {kind: uuid, key: true}
      user_id: {kind: uuid, server: auth.user_id()}
      place: {kind: text}
    access: {all: user_id = auth.user_id()}
  trips:
    sync: {up: [insert, update]}
    columns:
      id: {kind: uuid, key: true}
      user_id: {kind: uuid, server: auth.user_id()}
      title: {kind: text}
    access: {read: user_id = auth.user_id(), insert: user_id = auth.user_id(), update: user_id = auth.user_id()}
  news:
    sync: down
    columns:
      id: {kind: uuid, key: true}
      reader_id: {kind: uuid, nullable: true}
      text: {kind: text}
    access: {read: reader_id = auth.user_id()}
  drafts:
    sync: local
    columns:
      id: {kind: uuid, key: true}
      text: {kind: text}
";

/// The app.
pub(crate) fn model() -> Model {
    model_of(APP)
}

/// The app of a declaration.
pub(crate) fn model_of(declaration: &str) -> Model {
    let reading = read_texts([("app.yaml", declaration.to_owned())]);
    reading.model.unwrap_or_else(|| {
        panic!(
            "{:?}",
            reading
                .diagnostics
                .iter()
                .map(|one| &one.message)
                .collect::<Vec<_>>()
        )
    })
}

/// The database of the app, as generated constants hold it.
pub(crate) fn database() -> DeviceDatabase {
    database_of(&model())
}

fn database_of(model: &Model) -> DeviceDatabase {
    let mut refused = synctable_codegen::diagnostic::Complaints::new();
    let database = sqlite::database(model, &History::default(), &mut refused);
    let leak = |text: String| -> &'static str { text.leak() };
    DeviceDatabase {
        version: database.version,
        schema: leak(database.schema),
        steps: &[],
        queue: database.queue.map(leak),
    }
}

/// A device in memory, ready for local writes.
pub(crate) fn device() -> Connection {
    device_of(&model())
}

/// The same of another app.
pub(crate) fn device_of(model: &Model) -> Connection {
    let mut device = Connection::open_in_memory().expect("memory is at hand");
    upgrade(&mut device, &database_of(model)).expect("the database is made");
    queue::connect(&device).expect("pragmas");
    device
}

/// A row by the names of its columns.
pub(crate) type Row = BTreeMap<String, Value>;

/// The rows of a table by their ids.
pub(crate) fn rows(device: &Connection, table: &str) -> BTreeMap<String, Row> {
    let mut statement = device
        .prepare(&format!("SELECT * FROM {table}"))
        .expect("a table");
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let rows = statement.query_map([], |row| {
        let values = names.iter().enumerate();
        let row = values.map(|(at, name)| Ok((name.clone(), row.get(at)?)));
        row.collect::<rusqlite::Result<Row>>()
    });
    rows.expect("rows")
        .map(|row| {
            let row = row.expect("a row");
            let Value::Text(id) = &row["id"] else {
                panic!("an id is a text")
            };
            (id.clone(), row)
        })
        .collect()
}

/// An entry, as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) transaction: i64,
    pub(crate) op: String,
    pub(crate) table: String,
    pub(crate) id: String,
    pub(crate) data: Option<serde_json::Map<String, serde_json::Value>>,
    pub(crate) previous: Option<serde_json::Value>,
}

/// What is uploaded, in its order.
pub(crate) fn entries(device: &Connection) -> Vec<Entry> {
    let mut statement = device
        .prepare("SELECT number, crud FROM synctable_uploads ORDER BY number")
        .expect("the queue");
    let uploads = statement.query_map([], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    });
    let mut entries = Vec::new();
    for upload in uploads.expect("uploads") {
        let (transaction, crud) = upload.expect("an upload");
        let crud: Vec<serde_json::Value> =
            serde_json::from_str(&crud).unwrap_or_else(|error| panic!("{error}: {crud}"));
        entries.extend(crud.into_iter().map(|mut entry| {
            let text = |name: &str| entry[name].as_str().expect("a text").to_owned();
            Entry {
                transaction,
                op: text("op"),
                table: text("table"),
                id: text("id"),
                data: entry
                    .get("op_data")
                    .map(|data| data.as_object().expect("an object").clone()),
                previous: entry.get_mut("previous_values").map(|it| it.take()),
            }
        }));
    }
    entries
}
