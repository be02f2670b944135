//! A single device never loses its own edits, whatever its clock, its batches and the answers that got lost; on Postgres in
//! both ways, and on SQLite; under every conflict rule, every delete rule and every set of columns with roles.

mod device;
mod server;

use conflicts::mappers::statements;
use device::{Clock, Device, Rules};
use server::{PHONE, Postgres, Server, Sqlite, Values};
use std::path::Path;
use std::time::Instant;
use synctable::statement::Outcome;
use synctable::statement::postgres::Writer;
use tests::applied::{applied, model_of};
use tests::generate::dice::Dice;
use tests::postgres::{CLIENT, Database, refused};

/// How many sequences are tried on each server.
fn rounds() -> usize {
    if tests::long() { 20_000 } else { 500 }
}

/// What a device can be sure of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Promise {
    /// It tells who it is: anything goes.
    Client,
    /// It does not, and uploads all in one call.
    OneCall,
    /// It does not, its clock goes forward, every change says its time, and every answer comes.
    Forward,
}

/// Runs one sequence; what differs in the end, in words.
fn sequence(server: &mut dyn Server, rules: Rules, nr: usize, seed: u64) -> Option<String> {
    let mut dice = Dice::new(seed);
    let promise = match dice.below(10) {
        0..=1 => Promise::OneCall,
        2..=3 if rules.is("last_write_wins") => Promise::Forward,
        _ => Promise::Client,
    };
    let clock = match promise {
        Promise::Forward => Clock::Forward,
        Promise::Client | Promise::OneCall => Clock::Any,
    };
    let client = (promise == Promise::Client).then_some(PHONE);
    let ids = (1..=2)
        .map(|row| format!("{row:08x}-0000-4000-8000-{nr:012x}"))
        .collect();
    let steps = dice.between(3, 14);
    let mut device = Device::new(rules, ids, clock, &mut dice);
    // A writer who saw nothing of somebody else's row does not change it under `server_wins`.
    if device.dice().chance(30) && (!rules.is("server_wins") || rules.tracked) {
        let id = device.ids()[0].clone();
        server.seed(&rules, &id);
        let (row, _) = server.row(&rules, &id).expect("it was put there");
        device.receive(&id, Some(row));
    }
    let mut log = vec![format!("{promise:?} on {}", rules.name)];
    let mut uploaded = 0;
    let mut is_lost = false;
    for step in 0.. {
        if step < steps {
            device.act();
        }
        let waiting = device.queue.len() - uploaded;
        let is_over = step >= steps;
        if is_over && waiting == 0 {
            break;
        }
        let goes_now = is_over || (promise != Promise::OneCall && device.dice().chance(40));
        if waiting == 0 || !goes_now {
            continue;
        }
        let count = match promise {
            Promise::OneCall => waiting,
            Promise::Client | Promise::Forward => device.dice().between(1, waiting.min(5)),
        };
        let batch = device.queue[uploaded..uploaded + count].to_vec();
        let outcomes = server.apply(client, &batch);
        for (queued, outcome) in batch.iter().zip(&outcomes) {
            log.push(match outcome {
                Some(outcome) => format!("{outcome}: {}", queued.json),
                None => format!("refused by the decoder: {}", queued.json),
            });
            let is_fine = matches!(outcome, None | Some(Outcome::Applied | Outcome::Same));
            // Sent again, a change may meet what a later one has left.
            if !is_fine && !is_lost {
                return Some(log.join("\n"));
            }
        }
        if promise == Promise::Client && device.dice().chance(25) {
            log.push("the answer was lost".to_owned());
            is_lost = true;
            continue;
        }
        uploaded += count;
        if uploaded == device.queue.len() && device.dice().chance(30) {
            log.push("the rows came down".to_owned());
            for id in device.ids() {
                let row = server.row(&rules, &id).filter(|(_, lives)| *lives);
                device.receive(&id, row.map(|(values, _)| values));
            }
        }
    }
    let difference = difference(server, &device)?;
    log.push(difference);
    Some(log.join("\n"))
}

/// Whether the server has what the device has.
fn difference(server: &mut dyn Server, device: &Device<'_>) -> Option<String> {
    for id in device.ids() {
        let stored = server.row(&device.rules, &id);
        let stored = stored.and_then(|(values, lives)| lives.then_some(values));
        let (row, stored) = match (device.rows.get(&id), stored) {
            (None, None) => continue,
            (Some(row), Some(stored)) => (row, stored),
            (row, stored) => {
                return Some(format!(
                    "{id}: the device has {row:?}, the server {stored:?}"
                ));
            }
        };
        for (column, value) in &row.values {
            // The server alone counts versions.
            if *column == "version" || row.left.contains(column) {
                continue;
            }
            if stored[column] != *value {
                return Some(format!(
                    "{id}: {column} is {value} on the device and {} on the server",
                    stored[column]
                ));
            }
        }
    }
    None
}

fn every_table() -> Vec<Rules> {
    statements::ALL.iter().map(|one| Rules::of(one)).collect()
}

/// A server whose decoder takes no previous value that is null.
struct WithoutNulls<'a>(&'a mut dyn Server);

impl Server for WithoutNulls<'_> {
    fn apply(&mut self, client: Option<&str>, entries: &[device::Queued]) -> Vec<Option<Outcome>> {
        let takes = |queued: &device::Queued| {
            let previous = queued.json["previous_values"].as_object();
            previous.is_none_or(|previous| previous.values().all(|value| !value.is_null()))
        };
        let one = |queued: &device::Queued| match takes(queued) {
            true => self.0.apply(client, std::slice::from_ref(queued)).remove(0),
            false => Some(Outcome::Refused),
        };
        entries.iter().map(one).collect()
    }

    fn row(&mut self, rules: &Rules, id: &str) -> Option<(Values, bool)> {
        self.0.row(rules, id)
    }

    fn seed(&mut self, rules: &Rules, id: &str) {
        self.0.seed(rules, id);
    }
}

#[test]
fn a_server_that_refuses_previous_nulls_is_noticed() {
    let mut server = Sqlite(tests::sqlite::open_with(conflicts::SQLITE).unwrap());
    assert!(
        run(
            &mut WithoutNulls(&mut OneClient(&mut server)),
            &every_table(),
            500
        )
        .is_some()
    );
}

/// Runs sequences over all tables in turn, until one of them differs.
fn run(server: &mut dyn Server, tables: &[Rules], rounds: usize) -> Option<String> {
    (0..rounds).find_map(|nr| sequence(server, tables[nr % tables.len()], nr, nr as u64))
}

fn prepared(hint: &str) -> Database<'static> {
    applied(hint, &model_of(Path::new(conflicts::DECLARATION)))
}

fn postgres(database: &Database<'_>, guarded: bool) -> Postgres<'static> {
    Postgres {
        client: database.superuser(),
        guarded,
        writer: Writer::new(statements::ALL),
    }
}

#[test]
fn there_is_a_table_for_every_way_to_decide() {
    let tables = every_table();
    for rule in [
        "last_write_wins",
        "server_wins",
        "last_upload_wins",
        "append_only",
    ] {
        assert!(tables.iter().any(|table| table.is(rule)), "{rule}");
    }
    // Beside those with the usual kinds: a time of UTC that may be missing, and a flag as the tombstone.
    assert_eq!(tables.len(), (24 + 12) + (48 + 16) + (48 + 16) + (8 + 2));
}

#[test]
fn a_single_device_never_loses_its_own_edits_on_postgres() {
    let database = prepared("own_writes");
    for guarded in [false, true] {
        let mut server = postgres(&database, guarded);
        server
            .client
            .batch_execute(&format!(
                "truncate {}",
                every_table()
                    .iter()
                    .map(|table| format!("public.{}", table.name))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))
            .unwrap();
        let begun = Instant::now();
        let lost = run(&mut server, &every_table(), rounds());
        assert_eq!(
            lost,
            None,
            "guarded: {guarded}\n{}",
            lost.as_deref().unwrap_or("")
        );
        let rate = rounds() as f64 / begun.elapsed().as_secs_f64();
        println!(
            "guarded: {guarded}: {} sequences, {rate:.0} a second",
            rounds()
        );
    }
}

#[test]
fn a_single_device_never_loses_its_own_edits_on_sqlite() {
    let mut server = Sqlite(tests::sqlite::open_with(conflicts::SQLITE).unwrap());
    let lost = run(&mut OneClient(&mut server), &every_table(), rounds());
    assert_eq!(lost, None, "{}", lost.as_deref().unwrap_or(""));
}

/// SQLite takes one change at a time: whoever holds a call together names the client.
struct OneClient<'a>(&'a mut Sqlite);

impl Server for OneClient<'_> {
    fn apply(&mut self, client: Option<&str>, entries: &[device::Queued]) -> Vec<Option<Outcome>> {
        self.0.apply(client.or(Some(PHONE)), entries)
    }

    fn row(&mut self, rules: &Rules, id: &str) -> Option<(Values, bool)> {
        self.0.row(rules, id)
    }

    fn seed(&mut self, rules: &Rules, id: &str) {
        self.0.seed(rules, id);
    }
}

/// An entry of a table without rules that matter here.
fn entry(table: &str, op: &str, data: &str, previous: &str) -> device::Queued {
    let id = "00000009-0000-4000-8000-000000000009";
    let json = serde_json::from_str(&format!(
        "{{\"op\": {op:?}, \"table\": {table:?}, \"id\": {id:?}, \"op_data\": {data}{previous}}}"
    ));
    device::Queued {
        json: json.unwrap(),
        is_refused: false,
    }
}

/// The phone writes, its answer is lost, the tablet writes, the phone writes again: what the phone then sends once more does
/// not undo what the tablet has written.
#[test]
fn an_entry_that_comes_again_undoes_nothing_of_somebody_else() {
    let time = |minute: usize| format!("\"edited_at\": \"2026-01-01T10:{minute:02}:00.000000Z\"");
    let named = |name: &str, minute: usize| format!("{{\"name\": \"{name}\", {}}}", time(minute));
    let seats = |seats: usize, minute: usize| format!("{{\"seats\": {seats}, {}}}", time(minute));
    let saw = |version: usize| format!(", \"previous_values\": {{\"version\": {version}}}");
    let by_time = "last_write_wins_hard_time";
    let by_version = "server_wins_hard_version_tracked";
    let stories = [
        [
            entry(by_time, "PUT", &named("first", 0), ""),
            entry(by_time, "PATCH", &named("phone", 1), ""),
            entry(by_time, "PATCH", &named("tablet", 10), ""),
            entry(by_time, "PATCH", &seats(3, 20), ""),
        ],
        [
            entry(by_version, "PUT", "{\"name\": \"first\"}", ""),
            entry(by_version, "PATCH", "{\"name\": \"phone\"}", &saw(1)),
            entry(by_version, "PATCH", "{\"name\": \"tablet\"}", &saw(2)),
            entry(by_version, "PATCH", "{\"seats\": 3}", &saw(3)),
        ],
    ];
    let database = prepared("again");
    for guarded in [false, true] {
        let mut server = postgres(&database, guarded);
        for [row, first, other, second] in &stories {
            let table = first.json["table"].as_str().unwrap();
            let truncate = format!("truncate public.{table}, conflicts_private.writers");
            server.client.batch_execute(&truncate).unwrap();
            let mut said = |client: &str, entry: &device::Queued| {
                server.apply(Some(client), std::slice::from_ref(entry))[0].clone()
            };
            for (client, entry) in [
                ("tablet", row),
                (PHONE, first),
                ("tablet", other),
                (PHONE, second),
            ] {
                assert_eq!(
                    said(client, entry),
                    Some(Outcome::Applied),
                    "{}",
                    entry.json
                );
            }
            // What was never answered comes again, and what came after it.
            assert_eq!(said(PHONE, first), Some(Outcome::Stale), "{table}");
            said(PHONE, second);
            let sql = format!("select name, seats from public.{table}");
            let row = server.client.query_one(&sql, &[]).unwrap();
            let row: (String, i32) = (row.get(0), row.get(1));
            assert_eq!(row, ("tablet".to_owned(), 3), "{table}, guarded: {guarded}");
        }
    }
}

/// Whoever writes leaves a mark, and nobody else: not even one who knows the table.
#[test]
fn a_client_neither_sees_nor_writes_the_marks_of_others() {
    let database = prepared("marks");
    let mut server = postgres(&database, true);
    let put = entry(
        "last_write_wins_hard_time",
        "PUT",
        "{\"edited_at\": \"2026-01-01T10:00:00.000000Z\"}",
        "",
    );
    server.apply(Some(PHONE), &[put]);
    let marks = "select client from conflicts_private.writers";
    let marks: String = server.client.query_one(marks, &[]).unwrap().get(0);
    assert_eq!(marks, PHONE);
    let mut caller = database.client(CLIENT, "{}");
    for sql in [
        "select * from conflicts_private.writers",
        "delete from conflicts_private.writers",
        "update conflicts_private.writers set client = 'me'",
        "insert into conflicts_private.writers (relation, key, client, inserted) values ('public.last_write_wins_hard_time', 'x', 'me', true)",
        "select conflicts_private.note_writer_id_edited_at()",
    ] {
        assert_eq!(refused(&mut caller, sql).code, "42501", "{sql}");
    }
    // A row that is deleted takes its mark along.
    let delete = "delete from public.last_write_wins_hard_time";
    server.client.batch_execute(delete).unwrap();
    let left = "select count(*) from conflicts_private.writers";
    let left: i64 = server.client.query_one(left, &[]).unwrap().get(0);
    assert_eq!(left, 0);
}

/// However many rows a statement writes, one call notes who wrote them.
#[test]
fn who_wrote_the_rows_of_a_statement_is_noted_by_one_call() {
    let database = prepared("noted");
    let mut client = database.superuser();
    client
        .batch_execute(
            "set track_functions = 'all';
             insert into public.last_write_wins_hard_time (id, edited_at)
                 values (gen_random_uuid(), '2025-01-01T00:00:00Z');
             select set_config('synctable.client_id', 'phone', false);",
        )
        .expect("they are written");
    let mut written = |statement: &str| -> (i64, i64) {
        let mut transaction = client.transaction().expect("it begins");
        // What earlier transactions called is counted until it is reported.
        let calls = "select coalesce(sum(calls), 0)::bigint from pg_stat_xact_user_functions
            where funcname like 'note\\_writer%'";
        let before = transaction.query_one(calls, &[]);
        let before: i64 = before.expect("they are counted").get(0);
        transaction.batch_execute(statement).expect("it runs");
        let after = transaction.query_one(calls, &[]);
        let after: i64 = after.expect("they are counted").get(0);
        let marks = "select count(*) from conflicts_private.writers where client = 'phone'";
        let marks = transaction.query_one(marks, &[]).expect("they are counted");
        transaction.commit().expect("it is committed");
        (after - before, marks.get(0))
    };
    let insert = "insert into public.last_write_wins_hard_time (id, edited_at)
        select gen_random_uuid(), '2026-01-01T00:00:00Z' from generate_series(1, 100)";
    assert_eq!(written(insert), (1, 100));
    let update = "update public.last_write_wins_hard_time set edited_at = '2026-02-01T00:00:00Z'";
    assert_eq!(written(update), (1, 101));
    let delete =
        "delete from public.last_write_wins_hard_time where edited_at > '2026-01-01T00:00:00Z'";
    assert_eq!(written(delete), (1, 0));
}

/// A mark tells what stood before its client began, also where a statement changes many rows of several writers.
#[test]
fn a_statement_over_rows_of_several_writers_keeps_what_stood_before_each() {
    let database = prepared("several");
    let mut client = database.superuser();
    let id = |nr: u8| format!("00000000-0000-4000-8000-00000000000{nr}");
    let (first, second, third) = (id(1), id(2), id(3));
    client
        .batch_execute(&format!(
            "insert into public.last_write_wins_hard_time (id, edited_at) values
                 ('{first}', '2026-01-01T00:00:00Z'), ('{second}', '2026-01-02T00:00:00Z');
             select set_config('synctable.client_id', 'tablet', false);
             update public.last_write_wins_hard_time set edited_at = '2026-02-01T00:00:00Z' where id = '{second}';
             select set_config('synctable.client_id', 'phone', false);
             insert into public.last_write_wins_hard_time (id, edited_at) values ('{third}', '2026-01-03T00:00:00Z');
             update public.last_write_wins_hard_time set edited_at = '2026-03-01T00:00:00Z';
             update public.last_write_wins_hard_time set edited_at = '2026-03-02T00:00:00Z';"
        ))
        .expect("they are written");
    let marks = "select right(key, 1), client, inserted, edited_since::text, edited_at::text
        from conflicts_private.writers order by key";
    client
        .batch_execute("set time zone 'UTC'")
        .expect("every server knows it");
    let marks: Vec<String> = client
        .query(marks, &[])
        .expect("they are read")
        .iter()
        .map(|row| {
            let since: Option<String> = row.get(3);
            format!(
                "{} {} {} {} {}",
                row.get::<_, String>(0),
                row.get::<_, String>(1),
                row.get::<_, bool>(2),
                since.unwrap_or_default(),
                row.get::<_, String>(4)
            )
        })
        .collect();
    assert_eq!(
        marks,
        [
            "1 phone false 2026-01-01 00:00:00+00 2026-03-02 00:00:00+00",
            "2 phone false 2026-02-01 00:00:00+00 2026-03-02 00:00:00+00",
            "3 phone true  2026-03-02 00:00:00+00",
        ]
    );
}

/// The property can fail: each of these slips is found.
#[test]
fn a_slip_of_the_server_is_noticed() {
    let slips = [
        (
            "its own entries count as those of a stranger",
            "create or replace function conflicts_private.is_own_edit(
                 of_table regclass, of_row text, stands timestamptz, edited timestamptz, anew boolean
             ) returns boolean language sql volatile as 'select false'",
        ),
        (
            "its own versions count as those of a stranger",
            "create or replace function conflicts_private.is_own_version(
                 of_table regclass, of_row text, stands bigint, seen bigint, anew boolean
             ) returns boolean language sql volatile as 'select false'",
        ),
        (
            "a tombstone has the time of the server",
            "create function public.stamp() returns trigger language plpgsql as $$
             begin
                 new.edited_at := now();
                 return new;
             end $$;
             do $$
             declare
                 one record;
             begin
                 for one in select relname from pg_class where relname like 'last_write_wins_soft%' and relname not like '%flag%' and relkind = 'r' loop
                     execute format('create trigger zzz before update on public.%I for each row
                         when (old.deleted_at is null and new.deleted_at is not null) execute function public.stamp()', one.relname);
                 end loop;
             end $$",
        ),
    ];
    for (slip, sql) in slips {
        let database = prepared("slips");
        database.superuser().batch_execute(sql).unwrap();
        for guarded in [false, true] {
            let mut server = postgres(&database, guarded);
            server
                .client
                .batch_execute("truncate conflicts_private.writers")
                .unwrap();
            // Rows of the other way stay where they are: the sequences have ids of their own.
            let lost = (0..2_000).find_map(|nr| {
                let tables = every_table();
                let nr_of = nr + if guarded { 1_000_000 } else { 0 };
                sequence(&mut server, tables[nr % tables.len()], nr_of, nr as u64)
            });
            assert!(lost.is_some(), "{slip}: nobody noticed");
        }
    }
}
