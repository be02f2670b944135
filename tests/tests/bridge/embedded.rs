//! The bridge in a program of one's own: the app's change type, and what it does before, in and after a transaction.

use std::sync::Mutex;

use serde_json::{Value, json};
use synctable::crud::{Entry, Refusal, Release, Sender, Write};
use synctable_bridge::config::{self, Config};
use synctable_bridge::protocol::{self, Answer};
use synctable_bridge::{App, Bridge, Call, Caller, Changes};
use tests::cases::workspace;
use tests::postgres::Database;

use crate::bridge::app::{ANN, database};
use crate::bridge::own_app::Tasks;
use crate::bridge::uploads::list;

const LIST: &str = "10000000-0000-4000-8000-000000000001";

fn bridge<C: Changes>(database: &Database<'_>, changes: C) -> Bridge<C> {
    let app = App {
        registry: &schema::generated::REGISTRY,
        releases: schema::generated::releases::RELEASES,
        statements: schema::mappers::statements::ALL,
        pull: None,
        buckets: &[],
        checkpoints: false,
        client_role: "authenticated".to_owned(),
        roles: vec!["authenticated".to_owned()],
        service_role: Some("service_role".to_owned()),
        schema: "tasks_bridge".to_owned(),
        changes,
    };
    let config = Config {
        database: config::Database {
            url: database.login_url("bridge_role"),
            ..config::Database::default()
        },
        ..Config::default()
    };
    Bridge::new(app, config).expect("the settings are right")
}

/// Applies transactions of one entry each, as Ann's phone.
fn apply<C: Changes>(bridge: &Bridge<C>, first: i64, entries: &[Value]) -> Vec<Answer> {
    let caller = Caller {
        subject: ANN.to_owned(),
        claims: json!({"sub": ANN, "role": "authenticated"}).to_string(),
        role: "authenticated".to_owned(),
    };
    let call = Call {
        caller: &caller,
        client: Some("phone"),
        release: &Release::CURRENT,
        said_release: None,
    };
    let transactions = (first..).zip(entries);
    let transactions: Vec<Value> = transactions
        .map(|(id, entry)| json!({"transaction_id": id, "crud": [entry]}))
        .collect();
    let body = json!({ "transactions": transactions }).to_string();
    let transactions = protocol::read(body.as_bytes(), 100).expect("it is a request");
    // The pool belongs to the runtime.
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(bridge.apply(call, &transactions))
}

fn rows(database: &Database<'_>, sql: &str) -> Vec<String> {
    let rows = database.superuser().query(sql, &[]);
    let rows = rows.expect("they are read");
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn an_app_amends_refuses_and_adds_to_what_is_written() {
    let database = database("bridge_embedded");
    let journal = "create table public.journal (caller text, changes bigint); grant insert on public.journal to authenticated";
    database
        .superuser()
        .batch_execute(journal)
        .expect("it is made");
    let bridge = bridge(&database, Tasks);
    let good = list(LIST, "  Groceries ");
    let bad = list("10000000-0000-4000-8000-000000000002", "Secret");
    let answers = apply(&bridge, 1, &[good.clone(), bad]);
    assert_eq!(answers[0].status(), "success");
    let Answer::FatalError {
        failed_operation, ..
    } = &answers[1]
    else {
        panic!("{answers:?}");
    };
    let told = (
        failed_operation.error_code.as_str(),
        failed_operation.details.as_deref(),
    );
    assert_eq!(told, ("reserved", Some("name")));
    assert_eq!(
        rows(&database, "select name from public.lists"),
        ["Groceries"]
    );
    assert_eq!(
        rows(&database, "select code from tasks_bridge.dead_letters"),
        ["reserved"]
    );
    // Sent again, it is not written again.
    assert_eq!(apply(&bridge, 1, &[good])[0].status(), "success");
    let journal = "select concat(caller, ' ', changes) from public.journal";
    assert_eq!(rows(&database, journal), [format!("{ANN} 1")]);
}

#[test]
fn what_an_app_cannot_do_in_the_transaction_keeps_all_of_it_from_being_written() {
    // There is no journal.
    let database = database("bridge_no_journal");
    let bridge = bridge(&database, Tasks);
    let answers = apply(&bridge, 1, &[list(LIST, "Groceries")]);
    assert_eq!(answers[0].status(), "retryable_error");
    for table in [
        "public.lists",
        "tasks_bridge.applied",
        "tasks_bridge.dead_letters",
    ] {
        assert_eq!(
            rows(&database, &format!("select 'one' from {table}")),
            [""; 0]
        );
    }
}

/// Notes what it is told after commits.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Changes for Told {
    type Change = schema::mappers::Change;

    fn decode(&self, entry: &Entry<'_>, sender: &Sender<'_>) -> Result<Self::Change, Refusal> {
        Tasks.decode(entry, sender)
    }

    fn write<'c>(&self, change: &'c Self::Change) -> Write<'c> {
        change.write()
    }

    async fn after(&self, call: Call<'_>, changes: &[&Self::Change], answer: &Answer) {
        let client = call.client.unwrap_or_default();
        let line = format!("{client} {} {}", changes.len(), answer.status());
        self.0.lock().expect("nobody panics").push(line);
    }
}

#[test]
fn an_app_is_told_once_after_a_commit() {
    let database = database("bridge_after");
    let bridge = bridge(&database, Told::default());
    let entries = [list(LIST, "Groceries"), list(LIST, "")];
    for _ in 0..2 {
        let statuses: Vec<_> = apply(&bridge, 1, &entries)
            .iter()
            .map(Answer::status)
            .collect();
        assert_eq!(statuses, ["success", "fatal_error"]);
    }
    let told = bridge
        .app()
        .changes
        .0
        .lock()
        .expect("nobody panics")
        .clone();
    assert_eq!(told, ["phone 1 success"]);
}

#[test]
fn the_documentation_shows_this_app() {
    let page = std::fs::read_to_string(workspace().join("docs/bridge.md")).expect("it is there");
    let (_, shown) = include_str!("own_app.rs")
        .split_once("\n\n")
        .expect("a head");
    assert!(page.contains(shown.trim()));
}
