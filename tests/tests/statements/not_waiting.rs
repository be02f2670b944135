//! The writer that does not wait, on one thread: what came of uploads is what comes of them through the one that waits.

use postgres::Client;
use schema::mappers::{Change, statements};
use synctable::crud::Write;
use synctable::statement::tokio_postgres::Writer;
use synctable::statement::{Caller, Outcome, postgres as waiting};
use tests::postgres::{CLIENT, Database};
use tokio_postgres::Transaction;

use crate::statements::slice::UPLOAD;
use crate::statements::world::{ANN, BEN, Way, bound, change, claims, prepared};

/// Uploads of one transaction each, and who sent them.
fn uploads() -> Vec<(&'static str, Vec<Change>)> {
    let another = |place: u8, title: &str| {
        change(&format!(
            r#"{{"op": "PUT", "table": "items", "id": "20000000-0000-4000-8000-00000000001{place}", "op_data": {{"list_id": "10000000-0000-4000-8000-000000000001", "title": "{title}", "place": {place}, "priority": {}, "edited_at": "2026-01-31T13:48:00.000000Z"}}}}"#,
            // A check of one dialect, which Postgres alone knows.
            if title == "refused" { 9 } else { 1 },
        ))
    };
    let recorded = |places: &[usize]| places.iter().map(|place| change(UPLOAD[*place])).collect();
    vec![
        (ANN, recorded(&[0, 1, 2, 3, 4])),
        // What is not his: a list that exists, and one that does not.
        (BEN, recorded(&[3, 4, 0])),
        // A batch whole, the same again, and one that Postgres refuses one entry of.
        (ANN, (3..6).map(|place| another(place, "batched")).collect()),
        (ANN, (3..6).map(|place| another(place, "batched")).collect()),
        (
            ANN,
            vec![
                another(6, "good"),
                another(7, "refused"),
                another(8, "good"),
            ],
        ),
    ]
}

/// Without what the server's clock says: a deletion has no time of its own.
const ROWS: &str = "
    select id::text || title || place || status || case when deleted_at is null then edited_at::text else 'deleted' end from public.items
    union all
    select id::text || name || edited_at from public.lists
    order by 1";

fn rows(database: &Database<'_>) -> Vec<String> {
    let mut client: Client = database.superuser();
    let rows = client.query(ROWS, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Applies one transaction's uploads as their user, and commits.
async fn write(
    transaction: Transaction<'_>,
    writer: &mut Writer<'_>,
    (way, one_by_one): (Way, bool),
    user: &str,
    changes: &[Change],
) -> Vec<Outcome> {
    let mut transaction = transaction;
    let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
    let claims = claims(user);
    let caller = match way {
        Way::RowSecurity => {
            transaction
                .execute(
                    "select set_config('request.jwt.claims', $1, true)",
                    &[&claims],
                )
                .await
                .unwrap();
            let role = format!("set local role {CLIENT}");
            transaction.batch_execute(&role).await.unwrap();
            None
        }
        Way::Guarded => Some(Caller {
            subject: user,
            claims: &claims,
        }),
    };
    let outcomes = match one_by_one {
        true => {
            writer
                .apply_one_by_one(&mut transaction, caller, None, &writes)
                .await
        }
        false => writer.apply(&mut transaction, caller, None, &writes).await,
    };
    let outcomes = outcomes.unwrap_or_else(|error| panic!("{error}"));
    transaction.commit().await.unwrap();
    outcomes
}

async fn all(url: &str, how: (Way, bool)) -> Vec<Vec<Outcome>> {
    let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    // One writer for the connection: what it prepared in one transaction serves the next.
    let mut writer = Writer::new(statements::ALL);
    let mut outcomes = Vec::new();
    for (user, changes) in uploads() {
        let transaction = client.transaction().await.unwrap();
        outcomes.push(write(transaction, &mut writer, how, user, &changes).await);
    }
    drop(client);
    connection.await.unwrap().unwrap();
    outcomes
}

#[test]
fn uploads_come_to_the_same_without_waiting() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for way in Way::ALL {
        let database = prepared("waiting");
        let mut client = database.superuser();
        let mut writer = waiting::Writer::new(statements::ALL);
        let mut wanted = Vec::new();
        for (user, changes) in uploads() {
            let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
            let mut transaction = client.transaction().unwrap();
            wanted.push(bound(&mut transaction, way, user, |transaction, caller| {
                writer.apply(transaction, caller, None, &writes).unwrap()
            }));
            transaction.commit().unwrap();
        }
        // What the cases are for: each outcome is among them.
        assert_eq!(wanted[0], vec![Outcome::Applied; 5], "{way:?}");
        assert_eq!(wanted[1], [Outcome::Gone, Outcome::Same, Outcome::Refused]);
        assert_eq!(wanted[2], vec![Outcome::Applied; 3], "{way:?}");
        let [good, Outcome::Invalid(violation), last] = &wanted[4][..] else {
            panic!("{way:?}: {:?}", wanted[4]);
        };
        assert_eq!((good, last), (&Outcome::Applied, &Outcome::Applied));
        assert_eq!(violation.object.as_deref(), Some("items_priority_check"));

        for one_by_one in [false, true] {
            let other = prepared("not_waiting");
            let url = other.url(None);
            let outcomes = runtime.block_on(all(&url, (way, one_by_one)));
            assert_eq!(outcomes, wanted, "{way:?}, one by one: {one_by_one}");
            assert_eq!(rows(&other), rows(&database), "{way:?}");
        }
        assert_eq!(rows(&database).len(), 8);
    }
}

/// An error that no entry is to blame for ends the transaction, and is told as it is.
#[test]
fn what_no_entry_is_to_blame_for_is_no_outcome() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let database = prepared("not_waiting_error");
    let mut owner = database.superuser();
    owner
        .batch_execute("alter table public.items rename to gone")
        .unwrap();
    runtime.block_on(async {
        let (mut client, connection) =
            tokio_postgres::connect(&database.url(None), tokio_postgres::NoTls)
                .await
                .unwrap();
        let connection = tokio::spawn(connection);
        let changes = [change(UPLOAD[1])];
        let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
        let mut transaction = client.transaction().await.unwrap();
        let claims = claims(ANN);
        let caller = Caller {
            subject: ANN,
            claims: &claims,
        };
        let mut writer = Writer::new(statements::ALL);
        let told = writer
            .apply(&mut transaction, Some(caller), None, &writes)
            .await;
        let error = told.expect_err("there is no such table").to_string();
        assert!(error.starts_with("42P01"), "{error}");
        drop(transaction);
        drop(client);
        connection.await.unwrap().unwrap();
    });
}
