//! What it costs to write uploads in one transaction by generated statements, beside statements written by hand with the
//! same conflict rule: one upload, and a hundred; in one statement, and each in a savepoint of its own.
//!
//! `SYNCTABLE_BENCH_URL=… cargo bench -p schema --bench writes` prints the figures for a database that holds nothing of the
//! app yet; `cargo run -p tests --bin test-postgres hold` keeps one. `docs/performance.md` has them.

use postgres::{Client, NoTls, Transaction};
use schema::mappers::{Change, statements};
use std::time::{Duration, Instant};
use synctable::crud::{Entry, Op, Release, Write};
use synctable::statement::postgres::Writer;
use synctable::statement::{Caller, Outcome};
use synctable::{Timestamp, Value};

const ANN: &str = "00000000-0000-4000-8000-00000000000a";
const LIST: &str = "10000000-0000-4000-8000-000000000001";
const SIZES: [usize; 2] = [1, 100];
const ROUNDS: usize = 100;

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
    fn of(first: usize, many: usize, version: i64) -> Self {
        let time = 1_767_225_600_000_000 + version * 1_000_000;
        let numbers = first..first + many;
        Rows {
            ids: numbers
                .clone()
                .map(|nr| format!("20000000-0000-4000-8000-{nr:012}"))
                .collect(),
            places: numbers.map(|nr| i32::try_from(nr).expect("few")).collect(),
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
        (0..self.ids.len()).map(one).collect()
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

/// Who writes, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    /// One statement written by hand.
    Hand,
    /// A statement written by hand for each upload, each in a savepoint.
    HandEach,
    /// `Writer::apply`, bound by nothing or by row-level security.
    Ours,
    /// `Writer::apply_one_by_one`.
    OursEach,
    /// `Writer::apply` by the guard.
    Guarded,
    /// `Writer::apply_one_by_one` by the guard.
    GuardedEach,
}

impl How {
    const ALL: [How; 6] = [
        How::Hand,
        How::Ours,
        How::Guarded,
        How::HandEach,
        How::OursEach,
        How::GuardedEach,
    ];

    const fn says(self) -> &'static str {
        match self {
            How::Hand => "by hand, one statement",
            How::Ours => "generated, `apply`",
            How::Guarded => "generated, `apply`, guarded",
            How::HandEach => "by hand, one by one",
            How::OursEach => "generated, one by one",
            How::GuardedEach => "generated, one by one, guarded",
        }
    }

    /// What it is held against.
    const fn beside(self) -> How {
        match self {
            How::Hand | How::Ours | How::Guarded => How::Hand,
            How::HandEach | How::OursEach | How::GuardedEach => How::HandEach,
        }
    }

    const fn is_guarded(self) -> bool {
        matches!(self, How::Guarded | How::GuardedEach)
    }
}

struct Bench {
    client: Client,
    statement: postgres::Statement,
    writer: Writer<'static>,
    claims: String,
    next: usize,
}

impl Bench {
    /// What a transaction takes that inserts rows, and one that changes them.
    fn once(&mut self, how: How, is_bound: bool, many: usize) -> [Duration; 2] {
        let first = self.next;
        self.next += many;
        [0, 1].map(|version| {
            let rows = Rows::of(first, many, version);
            // Reading uploads is measured by `decode`; both begin with values in memory.
            let changes = rows.changes();
            let writes: Vec<Write<'_>> = changes.iter().map(Change::write).collect();
            let begun = Instant::now();
            let mut transaction = self.client.transaction().expect("it begins");
            if is_bound {
                transaction
                    .batch_execute("set local role authenticated")
                    .expect("the superuser may");
            }
            match how {
                How::Hand => by_hand(&mut transaction, &rows, &self.statement, 0..many),
                How::HandEach => {
                    for index in 0..many {
                        transaction
                            .batch_execute("savepoint one")
                            .expect("it is there");
                        by_hand(&mut transaction, &rows, &self.statement, index..index + 1);
                        transaction
                            .batch_execute("release savepoint one")
                            .expect("it is there");
                    }
                }
                How::Ours | How::Guarded | How::OursEach | How::GuardedEach => {
                    let caller = how.is_guarded().then_some(Caller {
                        subject: ANN,
                        claims: &self.claims,
                    });
                    let outcomes = match how.beside() {
                        How::Hand => self.writer.apply(&mut transaction, caller, None, &writes),
                        _ => self
                            .writer
                            .apply_one_by_one(&mut transaction, caller, None, &writes),
                    };
                    let outcomes = outcomes.expect("it is written");
                    assert!(outcomes.iter().all(|one| *one == Outcome::Applied));
                }
            }
            transaction.commit().expect("it is written");
            begun.elapsed()
        })
    }

    /// The medians of each way, which take turns.
    fn measure(&mut self, ways: &[How], is_bound: bool, many: usize) -> Vec<[Duration; 2]> {
        let mut taken: Vec<[Vec<Duration>; 2]> = ways.iter().map(|_| Default::default()).collect();
        for round in 0..ROUNDS + 5 {
            for (way, taken) in ways.iter().zip(&mut taken) {
                let [inserted, changed] = self.once(*way, is_bound, many);
                // The first few rounds prepare what is to be run.
                if round >= 5 {
                    taken[0].push(inserted);
                    taken[1].push(changed);
                }
            }
        }
        let median = |mut taken: Vec<Duration>| {
            taken.sort();
            taken[taken.len() / 2]
        };
        taken.into_iter().map(|both| both.map(median)).collect()
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
        claims,
        next: 0,
    };
    for (is_bound, who) in [
        (false, "bound by nothing"),
        (true, "under row-level security"),
    ] {
        for many in SIZES {
            let ways: Vec<How> = How::ALL
                .into_iter()
                .filter(|way| !is_bound || !way.is_guarded())
                .collect();
            let taken = bench.measure(&ways, is_bound, many);
            println!(
                "| {many} PUTs of `items` in a transaction, {who} | inserts | of it by hand | changes | of it by hand |"
            );
            println!("| --- | --- | --- | --- | --- |");
            for (way, [inserts, changes]) in ways.iter().zip(&taken) {
                let beside = ways.iter().position(|one| *one == way.beside());
                let beside = &taken[beside.expect("it is measured")];
                let times =
                    |one: &Duration, other: &Duration| one.as_secs_f64() / other.as_secs_f64();
                println!(
                    "| {} | {:.2} ms | {:.2} | {:.2} ms | {:.2} |",
                    way.says(),
                    inserts.as_secs_f64() * 1e3,
                    times(inserts, &beside[0]),
                    changes.as_secs_f64() * 1e3,
                    times(changes, &beside[1]),
                );
            }
            println!();
        }
    }
}
