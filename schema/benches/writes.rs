//! What it costs to write 100 uploads in one transaction by generated statements, beside an UNNEST upsert written by hand.
//!
//! `SYNCTABLE_BENCH_URL=… cargo bench -p schema --bench writes` prints the figures for a database that holds nothing of the
//! app yet; `cargo run -p tests --bin test-postgres hold` keeps one. `docs/performance.md` has them.

use postgres::{Client, NoTls, Transaction};
use schema::mappers::{Change, statements};
use std::time::{Duration, Instant};
use synctable::crud::{Entry, Op, Release, Write};
use synctable::statement::Caller;
use synctable::statement::postgres::Writer;
use synctable::{Timestamp, Value};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";
const LIST: &str = "10000000-0000-4000-8000-000000000001";
const OPS: usize = 100;
const ROUNDS: usize = 60;

const BY_HAND: &str = "
    insert into public.items as stored (id, list_id, title, status, place, estimate, due_on, note, edited_at)
    select * from unnest($1::text[]::uuid[], $2::text[]::uuid[], $3::text[], $4::text[]::public.item_status[],
        $5::int[], $6::text[]::numeric[], $7::text[]::date[], $8::text[], $9::text[]::timestamptz[])
    on conflict (id) do update set
        list_id = excluded.list_id, title = excluded.title, status = excluded.status, place = excluded.place,
        estimate = excluded.estimate, due_on = excluded.due_on, note = excluded.note, edited_at = excluded.edited_at
    where stored.edited_at < excluded.edited_at";

/// The rows of one transaction.
struct Rows {
    ids: Vec<String>,
    places: Vec<i32>,
    time: String,
}

impl Rows {
    /// New rows where `version` is 0, and the same rows later.
    fn of(transaction: usize, version: i64) -> Self {
        let nr = |index: usize| transaction * OPS + index;
        let time = 1_767_225_600_000_000 + version * 1_000_000;
        Rows {
            ids: (0..OPS)
                .map(|index| format!("20000000-0000-4000-8000-{:012}", nr(index)))
                .collect(),
            places: (0..OPS)
                .map(|index| i32::try_from(nr(index)).expect("few"))
                .collect(),
            time: Timestamp::from_micros(time)
                .expect("in our time")
                .to_string(),
        }
    }

    fn changes(&self) -> Vec<Change> {
        let one = |index: usize| {
            let text = |text: &str| Value::Text(text.to_owned().into());
            let entry = Entry::new(Op::Put, "items", self.ids[index].clone())
                .with("list_id", text(LIST))
                .with("title", text("Buy milk"))
                .with("status", text("open"))
                .with("place", Value::Integer(self.places[index].into()))
                .with("estimate", text("12.50"))
                .with("due_on", text("2026-01-31"))
                .with("remarks", text("two litres"))
                .with("edited_at", text(&self.time));
            Change::decode(&entry, &Release::CURRENT).expect("it is right")
        };
        (0..OPS).map(one).collect()
    }
}

fn by_hand(
    transaction: &mut Transaction<'_>,
    rows: &Rows,
    statement: &postgres::Statement,
    some: std::ops::Range<usize>,
) {
    let many = some.len();
    let all = |text: &'static str| vec![text; many];
    transaction
        .execute(
            statement,
            &[
                &&rows.ids[some.clone()],
                &all(LIST),
                &all("Buy milk"),
                &all("open"),
                &&rows.places[some],
                &all("12.50"),
                &all("2026-01-31"),
                &all("two litres"),
                &vec![rows.time.as_str(); many],
            ],
        )
        .expect("it is written");
}

/// Who decides what may be written.
#[derive(Clone, Copy, PartialEq)]
enum Bound {
    Nobody,
    RowSecurity,
    Guard,
}

struct Bench {
    client: Client,
    statement: postgres::Statement,
    writer: Writer<'static>,
    next: usize,
}

impl Bench {
    /// The medians of the transactions that insert and of those that change the same rows.
    fn measure(
        &mut self,
        bound: Bound,
        mut write: impl FnMut(&mut Transaction<'_>, &mut Writer<'static>, &postgres::Statement, &Rows),
    ) -> [Duration; 2] {
        let mut taken = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            self.next += 1;
            for version in [0, 1] {
                let rows = Rows::of(self.next, version);
                let begun = Instant::now();
                let mut transaction = self.client.transaction().expect("it begins");
                if bound == Bound::RowSecurity {
                    transaction
                        .batch_execute("set local role authenticated")
                        .expect("the superuser may");
                }
                write(&mut transaction, &mut self.writer, &self.statement, &rows);
                transaction.commit().expect("it is written");
                taken[usize::from(version > 0)].push(begun.elapsed());
            }
        }
        taken.map(|mut taken| {
            taken.sort();
            taken[taken.len() / 2]
        })
    }
}

fn main() {
    let Ok(url) = std::env::var("SYNCTABLE_BENCH_URL") else {
        eprintln!("SYNCTABLE_BENCH_URL names no database: nothing is measured");
        return;
    };
    let mut client = Client::connect(&url, NoTls).expect("there is a server");
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    for file in ["setup.sql", "20260101000000_baseline.sql"] {
        let sql = std::fs::read_to_string(schema.join(file)).expect("it is committed");
        client.batch_execute(&sql).expect("it applies");
    }
    let claims = format!("{{\"sub\": \"{ANN}\", \"role\": \"authenticated\"}}");
    client
        .execute(
            "select set_config('request.jwt.claims', $1, false)",
            &[&claims],
        )
        .expect("it is set");
    client
        .batch_execute(&format!("insert into auth.users (id) values ('{ANN}'); insert into public.lists (id, name) values ('{LIST}', 'home')"))
        .expect("the rows are there");
    let statement = client.prepare(BY_HAND).expect("it is right");
    let mut bench = Bench {
        client,
        statement,
        writer: Writer::new(statements::ALL),
        next: 0,
    };
    let caller = Some(Caller {
        subject: ANN,
        claims: &claims,
    });

    println!(
        "| {OPS} PUTs of items in one transaction | inserts | of it by hand | changes | of it by hand |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for _warm in 0..2 {
        for bound in [Bound::Nobody, Bound::RowSecurity] {
            let hand = bench.measure(bound, |transaction, _, statement, rows| {
                by_hand(transaction, rows, statement, 0..OPS)
            });
            let tell = |what: &str, taken: [Duration; 2]| {
                let times = |index: usize| taken[index].as_secs_f64() / hand[index].as_secs_f64();
                println!(
                    "| {what} | {:.2} ms | {:.2} | {:.2} ms | {:.2} |",
                    taken[0].as_secs_f64() * 1e3,
                    times(0),
                    taken[1].as_secs_f64() * 1e3,
                    times(1)
                );
            };
            let ours = |transaction: &mut Transaction<'_>,
                        writer: &mut Writer<'static>,
                        rows: &Rows,
                        caller: Option<Caller<'_>>,
                        batched: bool| {
                let changes = rows.changes();
                let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
                let outcomes = match batched {
                    true => writer.apply(transaction, caller, None, &writes),
                    false => writer.apply_one_by_one(transaction, caller, None, &writes),
                };
                let outcomes = outcomes.expect("it is written");
                assert!(
                    outcomes
                        .iter()
                        .all(|one| *one == synctable::statement::Outcome::Applied)
                );
            };
            let who = match bound {
                Bound::RowSecurity => "under row-level security",
                Bound::Nobody | Bound::Guard => "bound by nothing",
            };
            tell(&format!("one UNNEST upsert by hand, {who}"), hand);
            let taken = bench.measure(bound, |transaction, writer, _, rows| {
                ours(transaction, writer, rows, None, true)
            });
            tell(&format!("generated, batched, {who}"), taken);
            if bound == Bound::Nobody {
                let taken = bench.measure(Bound::Guard, |transaction, writer, _, rows| {
                    ours(transaction, writer, rows, caller, true)
                });
                tell("generated, batched, guarded", taken);
            }
            let taken = bench.measure(bound, |transaction, _, statement, rows| {
                for index in 0..OPS {
                    by_hand(transaction, rows, statement, index..index + 1);
                }
            });
            tell(&format!("one upsert by hand for each PUT, {who}"), taken);
            let taken = bench.measure(bound, |transaction, writer, _, rows| {
                ours(transaction, writer, rows, None, false)
            });
            tell(
                &format!("generated, one statement for each PUT, {who}"),
                taken,
            );
        }
    }
}
