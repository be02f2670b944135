//! Rows that only go up, from the device to the server: what is listed is queued, decoded and applied, and nothing else.

use rusqlite::Connection;
use serde_json::{Value, json};
use synctable::crud::{Entry, Release, Sender};
use synctable::sqlite::queue;
use synctable_codegen::diagnostic::Complaints;
use synctable_codegen::loaded::Loaded;
use synctable_codegen::model::{Clients, History, Model};
use synctable_codegen::targets::sqlite;
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::postgres::plain;

const ANN: &str = "00000000-0000-4000-8000-00000000000a";
const VISIT: &str = "10000000-0000-4000-8000-000000000001";
const TRIP: &str = "10000000-0000-4000-8000-000000000002";
const STEP: &str = "10000000-0000-4000-8000-000000000003";

fn device(model: &Model) -> Connection {
    let mut refused = Complaints::new();
    let database = sqlite::database(model, &History::default(), &mut refused);
    let device = Connection::open_in_memory().expect("memory is at hand");
    device.execute_batch(&database.schema).expect("the tables");
    device
        .execute_batch(&database.queue.expect("it is declared"))
        .expect("the queue");
    queue::connect(&device).expect("pragmas");
    device
}

#[test]
fn what_is_listed_reaches_the_server_and_other_entries_are_refused() {
    let case = "tests/cases/accept/rows_that_only_go_up_and_that_devices_go_on_changing/schema";
    let model = model_of(&workspace().join(case));
    let mut device = device(&model);
    device
        .execute_batch(&format!(
            "INSERT INTO visits (id, place) VALUES ('{VISIT}', 'Pier');
             INSERT INTO trips (id, title) VALUES ('{TRIP}', 'Out');
             INSERT INTO steps (id, count) VALUES ('{STEP}', 7);"
        ))
        .expect("local writes");
    let mut uploads = vec![queue::next(&mut device).expect("the queue").expect("one")];
    queue::complete(&device, uploads[0].number).expect("it is uploaded");
    device
        .execute_batch(
            "UPDATE visits SET place = 'Quay'; UPDATE trips SET title = 'Back'; DELETE FROM visits",
        )
        .expect("local writes");
    uploads.push(queue::next(&mut device).expect("the queue").expect("one"));
    let queued: Vec<Value> = uploads
        .iter()
        .flat_map(|upload| serde_json::from_str::<Vec<Value>>(&upload.crud).expect("JSON"))
        .collect();

    let loaded = Loaded::of(&model, &Clients::default());
    let decoder = loaded.decoder();
    let database = applied("up", &model);
    let mut superuser = database.superuser();
    superuser
        .execute(
            "insert into auth.users (id) values ($1::text::uuid)",
            &[&ANN],
        )
        .expect("a user");
    let claims = json!({"sub": ANN}).to_string();
    let upload = |entry: &Value| -> Result<u64, String> {
        let text = entry.to_string();
        let entry = Entry::from_json(&text).map_err(|error| error.to_string())?;
        let change = decoder
            .decode_from(&entry, &Sender::of(&Release::CURRENT))
            .map_err(|refusal| refusal.to_string())?;
        database.as_user(&claims, |transaction| {
            plain::write(transaction, &change.write()).map_err(|error| format!("{error:?}"))
        })
    };
    for entry in &queued {
        assert_eq!(upload(entry), Ok(1), "{entry}");
    }
    for (op, table, id, data) in [
        ("DELETE", "trips", TRIP, json!({})),
        ("PATCH", "steps", STEP, json!({"count": 8})),
        ("DELETE", "steps", STEP, json!({})),
    ] {
        let entry = json!({"op": op, "table": table, "id": id, "data": data});
        let refused = upload(&entry).expect_err("it is not listed");
        assert!(refused.contains("not_allowed"), "{refused}");
    }
    let rows = superuser
        .query_one(
            "select (select count(*) from public.visits), (select title from public.trips), (select count from public.steps)",
            &[],
        )
        .expect("rows");
    let found: (i64, String, i32) = (rows.get(0), rows.get(1), rows.get(2));
    assert_eq!(found, (0, "Back".to_owned(), 7));
}
