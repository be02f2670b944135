//! The workspace's own app and the three examples: what is committed is fresh, and their hand-written parts run.

use rusqlite::types::ValueRef;
use serde_json::{Map, Number, Value};
use synctable_codegen::cli::{Exit, run};
use synctable_codegen::read;
use tests::cases::workspace;
use tests::postgres::Cluster;
use tests::sqlite;

/// The folders that hold a `schema/`; the workspace's own is its root.
const APPS: [&str; 4] = [
    ".",
    "examples/powergit",
    "examples/taskly",
    "examples/tunetrees",
];

#[test]
fn what_is_committed_is_what_is_generated() {
    let stale: Vec<&str> = APPS
        .into_iter()
        .filter(|app| {
            let manifest = workspace().join(app).join("schema");
            let arguments = ["codegen".into(), "check".into(), "--manifest".into()];
            run(arguments.into_iter().chain([manifest.into_os_string()])) != Exit::Fine
        })
        .collect();
    assert!(stale.is_empty(), "not up to date: {}", stale.join(", "));
}

/// The committed SQLite of an app.
fn committed_sqlite(app: &str) -> String {
    let folder = if app == "." { "schema" } else { app };
    let path = workspace().join(folder).join("generated/sqlite/schema.sql");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn sqlite_takes_each_app_and_every_view_can_be_read() {
    for app in APPS {
        let device = sqlite::open_with(&committed_sqlite(app))
            .unwrap_or_else(|error| panic!("{app}: {error}"));
        let model = read(&workspace().join(app).join("schema"))
            .model
            .expect("the declaration has no mistakes");
        for view in model.views.values() {
            let on_device = match &view.body {
                synctable_codegen::model::ViewBody::Columns { .. } => true,
                synctable_codegen::model::ViewBody::Sql { sqlite, .. } => sqlite.is_some(),
            };
            if on_device {
                device
                    .prepare(&format!("select * from \"{}\"", view.name))
                    .unwrap_or_else(|error| panic!("{app}, {}: {error}", view.name));
            }
        }
    }
}

/// One user with a repertoire, a public tune that the user overrides, a private one, and what was practised.
///
/// `{id}` is what the key of a repertoire is called: `repertoire_id` on the server, `id` on the device.
const PRACTICE: &str = "
insert into user_profile (id, name, email) values ('00000000-0000-4000-8000-000000000001', null, 'ann@example.org');
insert into genre (id, name) values ('ITRAD', 'Irish');
insert into instrument (id, private_to_user, instrument) values ('00000000-0000-4000-8000-000000000011', null, 'Fiddle');
insert into tune (id, title, genre, private_for, type, deleted_at) values
  ('00000000-0000-4000-8000-000000000021', 'The Kesh', 'ITRAD', null, 'jig', null),
  ('00000000-0000-4000-8000-000000000022', 'My own', 'ITRAD', '00000000-0000-4000-8000-000000000001', 'reel', '2026-01-05T00:00:00+00:00');
insert into repertoire ({id}, user_ref, name, instrument_ref) values
  ('00000000-0000-4000-8000-000000000031', '00000000-0000-4000-8000-000000000001', 'Fiddle', '00000000-0000-4000-8000-000000000011'),
  ('00000000-0000-4000-8000-000000000032', '00000000-0000-4000-8000-000000000001', 'None', null);
insert into tune_override (id, tune_ref, user_ref, title) values
  ('00000000-0000-4000-8000-000000000041', '00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000001', 'Kesh Jig');
insert into practice_record (id, repertoire_ref, tune_ref, practiced, quality, state, \"interval\", goal) values
  ('00000000-0000-4000-8000-000000000051', '00000000-0000-4000-8000-000000000031', '00000000-0000-4000-8000-000000000021', '2026-01-01T10:00:00+00:00', 3, 1, 2, 'recall'),
  ('00000000-0000-4000-8000-000000000052', '00000000-0000-4000-8000-000000000031', '00000000-0000-4000-8000-000000000021', '2026-01-02T10:00:00+00:00', 4, 2, 5, 'recall'),
  ('00000000-0000-4000-8000-000000000053', '00000000-0000-4000-8000-000000000031', '00000000-0000-4000-8000-000000000021', null, 9, null, null, null);
insert into tag (tag_id_, user_ref, tune_ref, tag_text) values
  ('00000000-0000-4000-8000-000000000061', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000021', 'slow'),
  ('00000000-0000-4000-8000-000000000062', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000021', 'gig');
insert into note (id, user_ref, tune_ref, note_text, display_order, deleted_at) values
  ('00000000-0000-4000-8000-000000000071', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000021', 'second', 2, null),
  ('00000000-0000-4000-8000-000000000072', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000021', 'first', 1, null),
  ('00000000-0000-4000-8000-000000000073', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000021', 'gone', 0, '2026-01-03T00:00:00+00:00');
insert into \"reference\" (id, url, tune_ref, user_ref, favorite, display_order) values
  ('00000000-0000-4000-8000-000000000081', 'https://example.org/kesh', '00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000001', {true}, 0);
";

/// Rows of tables whose keys differ on both sides.
const COMPOSED: [(&str, &str, &str); 2] = [
    (
        "repertoire_tune",
        "repertoire_ref, tune_ref, goal",
        "'00000000-0000-4000-8000-000000000031', '00000000-0000-4000-8000-000000000021', 'recall'",
    ),
    (
        "table_transient_data",
        "user_id, tune_id, repertoire_id, quality, state",
        "'00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000031', 2, 3",
    ),
];

/// What both sides know alike: a device holds booleans as numbers, and was never told the columns that have defaults.
fn comparable(row: Map<String, Value>) -> String {
    let row: Map<String, Value> = row
        .into_iter()
        .filter(|(name, _)| !matches!(name.as_str(), "last_modified_at" | "sync_version"))
        .map(|(name, value)| match value {
            Value::Bool(flag) => (name, Value::from(u8::from(flag))),
            other => (name, other),
        })
        .collect();
    Value::Object(row).to_string()
}

fn rows_on_the_device(device: &rusqlite::Connection, view: &str) -> Vec<String> {
    let mut statement = device
        .prepare(&format!("select * from {view}"))
        .expect("the view can be read");
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let rows = statement.query_map([], |row| {
        let mut map = Map::new();
        for (index, name) in names.iter().enumerate() {
            let value = match row.get_ref(index)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::from(number),
                ValueRef::Real(number) => Value::from(Number::from_f64(number)),
                ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text)),
                ValueRef::Blob(_) => panic!("{view} holds bytes"),
            };
            map.insert(name.clone(), value);
        }
        Ok(comparable(map))
    });
    let mut rows: Vec<String> = rows
        .expect("the view can be read")
        .map(|row| row.expect("every row can be read"))
        .collect();
    rows.sort();
    rows
}

fn rows_on_the_server(server: &mut postgres::Client, view: &str) -> Vec<String> {
    let mut rows: Vec<String> = server
        .query(
            &format!("select row_to_json(v)::text from public.{view} v"),
            &[],
        )
        .unwrap_or_else(|error| panic!("{view}: {error}"))
        .iter()
        .map(|row| {
            let text: String = row.get(0);
            comparable(serde_json::from_str(&text).expect("it is a JSON object"))
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn the_views_of_tunetrees_show_the_same_on_both_sides() {
    let reading = read(&workspace().join("examples/tunetrees/schema"));
    let model = reading.model.expect("the declaration has no mistakes");
    let target = synctable_codegen::targets::postgres::TARGET;
    let database = Cluster::shared().database("tunetrees_views");
    let setup = (target.emit)(&model);
    database
        .apply_setup(
            &setup
                .get("setup.sql")
                .expect("setup stands beside the ledger"),
        )
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    database
        .apply(&synctable_codegen::targets::postgres::baseline(&model))
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    let mut server = database.superuser();
    let device =
        sqlite::open_with(&committed_sqlite("examples/tunetrees")).expect("SQLite takes it");

    let on_server = PRACTICE
        .replace("{id}", "repertoire_id")
        .replace("tag_id_", "tag_id")
        .replace("{true}", "true");
    server
        .batch_execute(&format!("set time zone 'UTC'; {on_server}"))
        .expect("Postgres takes the rows");
    let on_device = PRACTICE
        .replace("{id}", "id")
        .replace("tag_id_", "id")
        .replace("{true}", "1");
    device
        .execute_batch(&on_device)
        .expect("SQLite takes the rows");
    for (table, columns, values) in COMPOSED {
        server
            .batch_execute(&format!(
                "insert into {table} ({columns}) values ({values})"
            ))
            .expect("Postgres takes the row");
        device
            .execute_batch(&format!(
                "insert into {table} (id, {columns}) values ('x', {values})"
            ))
            .expect("SQLite takes the row");
    }

    for (view, expected) in [
        ("practice_list_joined", 2),
        ("practice_list_staged", 2),
        ("view_playlist_joined", 2),
        ("view_practice_record_readable", 3),
        ("view_transient_data_readable", 1),
    ] {
        let (there, here) = (
            rows_on_the_server(&mut server, view),
            rows_on_the_device(&device, view),
        );
        assert_eq!(there.len(), expected, "{view}: {there:#?}");
        assert_eq!(there, here, "{view}");
    }
    let listed = rows_on_the_server(&mut server, "practice_list_staged").join("\n");
    for part in [
        r#""title":"Kesh Jig""#,
        r#""tags":"gig slow""#,
        r#""notes":"first second""#,
        r#""favorite_url":"https://example.org/kesh""#,
        r#""latest_quality":2"#,
        r#""latest_interval":5"#,
        r#""has_staged":1"#,
    ] {
        assert!(listed.contains(part), "{part} is not in {listed}");
    }
}
