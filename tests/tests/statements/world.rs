//! The workspace's own schema on Postgres and on SQLite, and uploads as devices send them.

use postgres::{Client, Transaction};
use schema::mappers::{Change, statements};
use synctable::Timestamp;
use synctable::crud::Write;
use synctable::crud::{Entry, Release};
use synctable::statement::postgres::Writer;
use synctable::statement::{Caller, Outcome, sqlite};
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::postgres::{CLIENT, Database, Refusal, act_as};

pub(crate) const ANN: &str = "00000000-0000-4000-8000-00000000000a";
pub(crate) const BEN: &str = "00000000-0000-4000-8000-00000000000b";

/// How a connection is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By row-level security: it acts as the caller.
    RowSecurity,
    /// By nothing: the statements decide themselves.
    Guarded,
}

impl Way {
    pub(crate) const ALL: [Way; 2] = [Way::RowSecurity, Way::Guarded];
}

/// A database of its own with two users.
pub(crate) fn prepared(hint: &str) -> Database<'static> {
    let model = model_of(&workspace().join("schema"));
    let database = applied(hint, &model);
    let users = format!("insert into auth.users (id) values ('{ANN}'), ('{BEN}')");
    database
        .superuser()
        .batch_execute(&users)
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, &users)));
    database
}

/// What an upload says, as JSON.
pub(crate) fn change(json: &str) -> Change {
    let entry: Entry<'_> =
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    Change::decode(&entry, &Release::CURRENT).unwrap_or_else(|refusal| panic!("{json}: {refusal}"))
}

pub(crate) fn claims(user: &str) -> String {
    format!("{{\"sub\": \"{user}\", \"role\": \"authenticated\"}}")
}

/// Does something as the user, bound in one way.
pub(crate) fn bound<'t, T>(
    transaction: &mut Transaction<'t>,
    way: Way,
    user: &str,
    act: impl FnOnce(&mut Transaction<'t>, Option<Caller<'_>>) -> T,
) -> T {
    let claims = claims(user);
    match way {
        Way::RowSecurity => {
            act_as(transaction, CLIENT, &claims);
            act(transaction, None)
        }
        Way::Guarded => {
            let caller = Caller {
                subject: user,
                claims: &claims,
            };
            act(transaction, Some(caller))
        }
    }
}

/// Writes changes in the transaction, as the user.
pub(crate) fn write_in(
    transaction: &mut Transaction<'_>,
    writer: &mut Writer<'_>,
    way: Way,
    user: &str,
    changes: &[Change],
) -> Vec<Outcome> {
    let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
    bound(transaction, way, user, |transaction, caller| {
        writer.apply(transaction, caller, None, &writes)
    })
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Writes changes and commits.
pub(crate) fn write(client: &mut Client, way: Way, user: &str, changes: &[Change]) -> Vec<Outcome> {
    let mut writer = Writer::new(statements::ALL);
    let mut transaction = client.transaction().unwrap();
    let outcomes = write_in(&mut transaction, &mut writer, way, user, changes);
    transaction
        .commit()
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, "")));
    outcomes
}

/// A device's database.
pub(crate) fn device() -> rusqlite::Connection {
    let path = workspace().join("schema/generated/sqlite/schema.sql");
    let ddl = std::fs::read_to_string(path).unwrap();
    tests::sqlite::open_with(&ddl).unwrap()
}

/// Writes a change on a device, received at `now`.
pub(crate) fn write_on(device: &rusqlite::Connection, now: Timestamp, change: &Change) -> Outcome {
    sqlite::apply(device, statements::ALL, &change.write(), now, None).unwrap()
}
