//! What a bridge takes for uploads, beside a straightforward handler and the same work in the database by hand.
//!
//! `cargo bench -p synctable-bridge --bench uploads` starts a Postgres as `bridge dev` does, and bridges for both kinds of
//! access, and prints Markdown tables; `docs/performance.md` has them. Everything runs on this machine, in turns.
//!
//! - The *floor* does by hand what an upload needs of the database: begin, the record of what was applied, role and claims,
//!   one statement, commit; there is no HTTP, and nothing is checked, merged or told.
//! - The *handler* is what a team writes first: HTTP, the token, role and claims, a statement for each operation.

mod driven;
mod hand;
mod served;

use driven::{Kind, Run, Served, median};
use hand::{Floor, handler};
use served::{Access, Bridge, Database};
use std::time::Duration;
use tokio::runtime::Builder;

/// How long each of them runs in a turn, and how many turns there are.
const TURN: Duration = Duration::from_millis(1500);
const TURNS: usize = 3;

fn main() {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let database = Database::start();
    runtime.block_on(async {
        for access in [Access::RowSecurity, Access::Guarded] {
            measure(&database, access).await;
        }
        memory(&database).await;
    });
}

async fn measure(database: &Database, access: Access) {
    let bridge = Bridge::start(&database.url("bridge_role"), access);
    let by_hand = handler(&database.url("bridge_role"), access).await;
    let servers = [
        Served::new("bridge", bridge.address),
        Served::new("handler", by_hand),
    ];
    let floor = Floor::new(&database.url("bridge_role"), access);
    println!("\n### {access:?}\n");
    println!(
        "| | floor | handler | bridge | of the floor's rate | of the handler's rate | p50 | p99 | Postgres, µs: floor, handler, bridge | the bridge itself, µs |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (what, kind, connections) in [
        ("single inserts, 1 connection", Kind::Inserts(1), 1),
        ("single inserts, 4 connections", Kind::Inserts(1), 4),
        ("single inserts, 8 connections", Kind::Inserts(1), 8),
        ("single changes, 1 connection", Kind::Changes(1), 1),
        ("single changes, 4 connections", Kind::Changes(1), 4),
        ("single changes, 8 connections", Kind::Changes(1), 8),
        ("100 inserts in a transaction", Kind::Inserts(100), 1),
        ("100 changes in a transaction", Kind::Changes(100), 1),
        ("50 transactions of 20, mixed", Kind::Mixed, 1),
    ] {
        let (mut floors, mut handlers, mut bridges) =
            (Turns::default(), Turns::default(), Turns::default());
        let mut own = Vec::new();
        for _ in 0..TURNS {
            database.empty().await;
            let before = database.processor();
            if let Some(run) = floor.run(kind, connections, TURN).await {
                floors.add(run, database.processor() - before);
            }
            database.empty().await;
            let before = database.processor();
            let run = servers[1].run(kind, connections, TURN).await;
            handlers.add(run, database.processor() - before);
            database.empty().await;
            let before = (database.processor(), bridge.processor());
            let run = servers[0].run(kind, connections, TURN).await;
            own.push((bridge.processor() - before.1) * 1e6 / run.operations as f64);
            bridges.add(run, database.processor() - before.0);
        }
        println!(
            "| {what} | {:.0} | {:.0} | {:.0} | {:.2} | {:.2} | {:.1} ms | {:.1} ms | {:.0}, {:.0}, {:.0} | {:.0} |",
            floors.rate(),
            handlers.rate(),
            bridges.rate(),
            bridges.rate() / floors.rate(),
            bridges.rate() / handlers.rate(),
            bridges.wait(50),
            bridges.wait(99),
            floors.processor(),
            handlers.processor(),
            bridges.processor(),
            median(&mut own),
        );
    }
}

/// What came of the turns of one of them.
#[derive(Default)]
struct Turns {
    rates: Vec<f64>,
    waits: Vec<Duration>,
    /// The microseconds of Postgres for an operation.
    processor: Vec<f64>,
}

impl Turns {
    fn add(&mut self, run: Run, seconds: f64) {
        self.rates.push(run.rate());
        self.processor.push(seconds * 1e6 / run.operations as f64);
        self.waits.extend(run.waits);
        self.waits.sort();
    }

    /// Operations in a second: not a number without a turn.
    fn rate(&self) -> f64 {
        median(&mut self.rates.clone())
    }

    fn processor(&self) -> f64 {
        median(&mut self.processor.clone())
    }

    /// Milliseconds, of which so many of a hundred requests take no more.
    fn wait(&self, part: usize) -> f64 {
        self.waits[(self.waits.len() - 1) * part / 100].as_secs_f64() * 1000.0
    }
}

/// What a bridge takes that has uploaded once for each of a thousand connections, which stay open.
async fn memory(database: &Database) {
    const CONNECTIONS: usize = 1000;
    database.empty().await;
    let bridge = Bridge::start(&database.url("bridge_role"), Access::RowSecurity);
    let before = bridge.memory();
    let server = Served::new("bridge", bridge.address);
    let open = server.open(CONNECTIONS).await;
    println!(
        "\n{} open connections: {:.0} MB, at most {:.0} MB; {:.0} MB before",
        open.len(),
        bridge.memory().0,
        bridge.memory().1,
        before.0
    );
}
