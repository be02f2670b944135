//! The queues of real declarations: SQLite takes every trigger, and every trigger finds its columns.

use rusqlite::Connection;
use synctable::sqlite::queue;
use synctable_codegen::diagnostic::Complaints;
use synctable_codegen::model::{History, Model};
use synctable_codegen::read;
use synctable_codegen::targets::sqlite;
use tests::cases::workspace;

fn device(mut model: Model) -> (Model, Connection) {
    model.sqlite.queue = true;
    let mut refused = Complaints::new();
    let database = sqlite::database(&model, &History::default(), &mut refused);
    let device = Connection::open_in_memory().expect("memory is at hand");
    device.execute_batch(&database.schema).expect("the tables");
    device
        .execute_batch(&database.queue.expect("it is declared"))
        .expect("the queue");
    queue::connect(&device).expect("pragmas");
    (model, device)
}

/// A refusal of ours begins with its code; anything else is SQLite's.
fn is_ours(error: &rusqlite::Error) -> bool {
    let text = error.to_string();
    let codes = synctable::crud::Code::ALL.iter();
    let mut codes = codes
        .map(|code| code.to_string())
        .chain(["unique".to_owned()]);
    codes.any(|code| text.starts_with(&format!("{code}: ")))
}

#[test]
fn the_triggers_of_every_declaration_run() {
    for folder in [
        "schema",
        "examples/powergit/schema",
        "examples/taskly/schema",
        "examples/tunetrees/schema",
    ] {
        let model = read(&workspace().join(folder))
            .model
            .expect("it has no mistakes");
        let (model, mut device) = device(model);
        let (mut queued, mut refused) = (0, 0);
        for client in model.client_tables() {
            let name = synctable::ident::quoted(&client.table.client_name);
            if !client.table.sync.on_server() {
                continue;
            }
            queue::apply(&mut device, |transaction| {
                transaction.execute(&format!("INSERT INTO {name} (id) VALUES ('there')"), [])
            })
            .expect("a replica never refuses a row of the server");
            let columns: Vec<String> = client
                .columns
                .iter()
                .filter(|column| {
                    column.column.generated.is_none() && column.column.client_name != "id"
                })
                .map(|column| {
                    format!(
                        "{0} = {0}",
                        synctable::ident::quoted(&column.column.client_name)
                    )
                })
                .collect();
            for sql in [
                format!("INSERT INTO {name} (id) VALUES ('new')"),
                format!("UPDATE {name} SET {}", columns.join(", ")),
                format!("UPDATE {name} SET id = 'other' WHERE id = 'there'"),
                format!("DELETE FROM {name}"),
            ] {
                match device.execute_batch(&sql) {
                    Ok(()) => queued += 1,
                    Err(error) => {
                        assert!(is_ours(&error), "{folder}: {sql}: {error}");
                        refused += 1;
                    }
                }
            }
        }
        assert!(queued > 10 && refused > 5, "{folder}: {queued}, {refused}");
    }
}
