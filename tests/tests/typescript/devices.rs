//! Devices of all four apps: a real PowerSync database with the generated schema, generated helpers, and the generated
//! connector, which drains the queue to the Rust that reads uploads, and for one app into Postgres.

use std::collections::{BTreeMap, BTreeSet};

use postgres::Client;
use synctable::crud::{Op, Release, Sender, Write};
use synctable::statement::postgres::Writer;
use synctable::statement::{Caller, Outcome};
use synctable_codegen::model::InPatch;
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::node::printed::{Printed, compare};
use tests::node::typescript::{program, run};
use tests::postgres::{CLIENT, Refusal, act_as};

use crate::typescript::server::{Transaction, serve};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";

/// Commands by table.
type Seen = BTreeMap<String, BTreeSet<&'static str>>;

fn note(seen: &mut Seen, table: &str, op: Op) {
    let word = match op {
        Op::Put => "PUT",
        Op::Patch => "PATCH",
        Op::Delete => "DELETE",
    };
    seen.entry(table.to_owned()).or_default().insert(word);
}

/// Every entry of an app's device is a change that its server reads, and every table that devices may write is among them.
macro_rules! read_by_its_server {
    ($test:ident, $app:ident, $name:literal, $model:literal) => {
        #[test]
        fn $test() {
            let mut seen = Seen::new();
            let read = |_: &str, transaction: &Transaction| {
                for entry in &transaction.crud {
                    let sender = Sender::of(&Release::CURRENT).user(ANN);
                    $app::mappers::Change::decode_from(entry, &sender)
                        .map_err(|refusal| refusal.to_string())?;
                    note(&mut seen, &entry.table, entry.op);
                }
                Ok(())
            };
            let ran = serve(read, |url| run(program("device").args([$name, url, ANN])));
            ran.unwrap_or_else(|said| panic!("{said}"));
            let model = model_of(&workspace().join($model));
            let mut expected = Seen::new();
            for client in model.client_tables() {
                let (table, writes) = (client.table, client.writes);
                let changes = client
                    .columns
                    .iter()
                    .any(|held| held.column.role.is_none() && held.in_patch() == InPatch::Changed);
                if !table.sync.uploads() || !writes.put {
                    continue;
                }
                note(&mut expected, &table.client_name, Op::Put);
                if writes.patch && changes {
                    note(&mut expected, &table.client_name, Op::Patch);
                }
                if writes.delete {
                    note(&mut expected, &table.client_name, Op::Delete);
                }
            }
            assert_eq!(seen, expected);
        }
    };
}

read_by_its_server!(
    powergit_reads_what_its_device_writes,
    powergit,
    "powergit",
    "examples/powergit/schema"
);
read_by_its_server!(
    taskly_reads_what_its_device_writes,
    taskly,
    "taskly",
    "examples/taskly/schema"
);
read_by_its_server!(
    tunetrees_reads_what_its_device_writes,
    tunetrees,
    "tunetrees",
    "examples/tunetrees/schema"
);
read_by_its_server!(
    tasks_reads_what_its_device_writes,
    schema,
    "tasks",
    "schema"
);

#[test]
fn rows_of_a_device_are_equal_in_postgres_under_row_level_security() {
    equal_in_postgres("ts_row_security", false);
}

#[test]
fn rows_of_a_device_are_equal_in_postgres_with_guarded_statements() {
    equal_in_postgres("ts_guarded", true);
}

fn equal_in_postgres(hint: &str, is_guarded: bool) {
    let database = applied(hint, &model_of(&workspace().join("schema")));
    let seed = format!(
        "insert into auth.users (id) values ('{ANN}');
         insert into public.themes (id, name) values (1, 'Plain') on conflict do nothing"
    );
    database
        .superuser()
        .batch_execute(&seed)
        .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, &seed)));
    let mut client = database.superuser();
    let mut writer = Writer::new(schema::mappers::statements::ALL);
    let apply = |installation: &str, transaction: &Transaction| {
        write(
            &mut client,
            &mut writer,
            is_guarded,
            installation,
            transaction,
        )
    };
    let printed = serve(apply, |url| {
        run(program("device").args(["tasks", url, ANN, "postgres"]))
    });
    let printed = printed.unwrap_or_else(|said| panic!("{said}"));
    let mut superuser = database.superuser();
    let mut compared = BTreeSet::new();
    for line in printed.lines() {
        let printed: Printed = serde_json::from_str(line).expect("a line is a row");
        compare(&mut superuser, &schema::generated::REGISTRY, &printed);
        compared.insert(printed.table);
    }
    let expected = [
        "comments",
        "item_labels",
        "items",
        "labels",
        "lists",
        "people",
        "presence",
        "profiles",
        "reactions",
        "teams",
        "timings",
    ];
    let expected = expected.iter().filter(|name| **name != "people");
    assert_eq!(compared, expected.map(|name| (*name).to_owned()).collect());
    let counts = "select (select count(*) from public.lists where deleted_at is not null),
        (select count(*) from public.feedback), (select count(*) from public.reactions)";
    let counts = superuser.query_one(counts, &[]).unwrap();
    assert_eq!([0, 1, 2].map(|nth| counts.get::<_, i64>(nth)), [1, 1, 1]);
}

/// Applies a transaction as the user, and commits it.
fn write(
    client: &mut Client,
    writer: &mut Writer<'_>,
    is_guarded: bool,
    installation: &str,
    transaction: &Transaction,
) -> Result<(), String> {
    let sender = Sender::of(&Release::CURRENT).user(ANN);
    let changes = transaction.crud.iter().map(|entry| {
        let change = schema::mappers::Change::decode_from(entry, &sender);
        change.map_err(|refusal| refusal.to_string())
    });
    let changes: Vec<_> = changes.collect::<Result<_, _>>()?;
    let writes: Vec<Write<'_>> = changes.iter().map(|change| change.write()).collect();
    let claims = format!(r#"{{"sub": "{ANN}", "role": "authenticated"}}"#);
    let mut transaction = client.transaction().map_err(|error| error.to_string())?;
    let caller = match is_guarded {
        true => Some(Caller {
            subject: ANN,
            claims: &claims,
        }),
        false => {
            act_as(&mut transaction, CLIENT, &claims);
            None
        }
    };
    let outcomes = writer
        .apply(&mut transaction, caller, Some(installation), &writes)
        .map_err(|error| error.to_string())?;
    transaction.commit().map_err(|error| error.to_string())?;
    match outcomes
        .iter()
        .position(|outcome| *outcome != Outcome::Applied)
    {
        None => Ok(()),
        Some(at) => Err(format!("entry {at}: {}", outcomes[at])),
    }
}
