//! What answers the devices of a world: the bridge, or the worker in TypeScript in a process of Node.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use synctable_codegen::model::Model;
use tempfile::TempDir;
use tests::applied::typescript_of;
use tests::node::typescript::{built, script_of};
use tokio::sync::oneshot;

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The bridge.
    Bridge,
    /// The worker, with the driver `postgres`.
    Worker,
    /// The worker, with the driver `pg`.
    WorkerOfPg,
}

/// Those that every scenario runs with.
pub(crate) const BOTH: [Kind; 2] = [Kind::Bridge, Kind::Worker];

/// A server that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Stop,
}

enum Stop {
    Thread(Option<oneshot::Sender<()>>, Option<JoinHandle<()>>),
    Process(Child),
}

impl Drop for Running {
    fn drop(&mut self) {
        match &mut self.stop {
            Stop::Thread(stop, thread) => {
                drop(stop.take());
                if let Some(thread) = thread.take() {
                    let _ = thread.join();
                }
            }
            Stop::Process(child) => {
                // Its input ends, and it with that.
                drop(child.stdin.take());
                let _ = child.wait();
            }
        }
    }
}

impl Running {
    /// A bridge in a thread, which ends when its sender is dropped.
    pub(crate) fn thread(
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        thread: JoinHandle<()>,
    ) -> Self {
        Running {
            address,
            stop: Stop::Thread(Some(stop), Some(thread)),
        }
    }

    /// The worker of an app, in front of a database.
    pub(crate) fn worker(model: &Model, url: &str, secret: &str, kind: Kind) -> Self {
        let mut node = program(model);
        let driver = match kind {
            Kind::WorkerOfPg => "pg",
            Kind::Bridge | Kind::Worker => "postgres",
        };
        node.args([url, secret, driver])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = node.spawn().expect("Node runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it prints its port");
        let port: u16 = line.trim().parse().expect("a port");
        Running {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            stop: Stop::Process(child),
        }
    }
}

/// The program of an app's worker, compiled once.
fn program(model: &Model) -> std::process::Command {
    static BUILT: OnceLock<Mutex<HashMap<String, TempDir>>> = OnceLock::new();
    let known = BUILT.get_or_init(Mutex::default);
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let key = synctable_codegen::model::fingerprint(model);
    let out = known.entry(key).or_insert_with(|| {
        let (source, out) = (TempDir::new(), TempDir::new());
        let (source, out) = (source.expect("a folder"), out.expect("a folder"));
        let mut model = model.clone();
        model.worker = true;
        typescript_of(&model, &source.path().join("src/app"));
        for (name, text) in [
            ("worker.ts", include_str!("worker.ts")),
            ("pg.d.ts", include_str!("pg.d.ts")),
        ] {
            std::fs::write(source.path().join("src").join(name), text).expect("it is written");
        }
        built(source.path(), out.path(), "src/worker.js");
        out
    });
    script_of(out.path(), "src/worker.js")
}
