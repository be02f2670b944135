//! What answers the devices of a world: the bridge, or the worker in TypeScript in a process of Node.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use synctable_codegen::model::Model;
use tempfile::TempDir;
use tests::applied::typescript_of;
use tests::cases::workspace;
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

/// A program that a bundler has made of a worker for an edge runtime.
pub(crate) struct Bundle {
    folder: TempDir,
    /// The modules by their names, the entry first.
    modules: Vec<(String, PathBuf)>,
}

impl Bundle {
    /// The worker of an app in a folder of its name, with a text as the entry.
    pub(crate) fn of(model: &Model, name: &str, entry: &str) -> Self {
        let (source, folder) = (TempDir::new(), TempDir::new());
        let (source, folder) = (source.expect("a folder"), folder.expect("a folder"));
        let mut model = model.clone();
        model.worker = true;
        let src = source.path().join("src");
        typescript_of(&model, &src.join(name));
        std::fs::write(src.join("worker.ts"), entry).expect("it is written");
        built(source.path(), folder.path(), "src/worker.js");
        let compiled = folder.path().join("src/worker.js");
        let text = std::fs::read_to_string(&compiled).expect("it is compiled");
        // What a bundler does with the name of a package.
        let text = text.replace("from 'postgres'", "from './postgres/src/index.js'");
        std::fs::write(&compiled, text).expect("it is written");
        let mut modules = vec![("src/worker.js".to_owned(), compiled)];
        let of_app = folder.path().join("src").join(name);
        listed(&of_app, &format!("src/{name}"), &mut modules);
        let driver = Path::new(workspace()).join("tests/node/node_modules/postgres/cf");
        listed(&driver, "src/postgres", &mut modules);
        // PowerSync's are not for the server.
        modules.retain(|(name, _)| {
            !["powersync.js", "connector.js", "raw.js"]
                .iter()
                .any(|end| name.ends_with(end))
                && !name.ends_with("runtime/index.js")
        });
        Bundle { folder, modules }
    }

    /// Runs it in workerd, with texts as bindings.
    pub(crate) fn run(&self, bindings: &[(&str, &str)]) -> Running {
        let modules = self.modules.iter().map(|(name, file)| {
            format!(
                "(name = {name:?}, esModule = embed {:?})",
                file.display().to_string()
            )
        });
        let bindings = bindings
            .iter()
            .map(|(name, text)| format!("(name = {name:?}, text = {text:?})"));
        let port = free_port();
        let config = format!(
            "using Workerd = import \"/workerd/workerd.capnp\";
const config :Workerd.Config = (
  services = [
    (name = \"main\", worker = (
      compatibilityDate = \"2026-01-01\",
      compatibilityFlags = [\"nodejs_compat\"],
      modules = [{}],
      bindings = [{}],
      globalOutbound = \"net\",
    )),
    (name = \"net\", network = (allow = [\"public\", \"private\", \"local\"])),
  ],
  sockets = [(name = \"http\", address = \"127.0.0.1:{port}\", http = (), service = \"main\")],
);
",
            modules.collect::<Vec<_>>().join(", "),
            bindings.collect::<Vec<_>>().join(", ")
        );
        let file = self.folder.path().join("config.capnp");
        std::fs::write(&file, config).expect("it is written");
        let program = Path::new(workspace()).join("tests/runners/node_modules/.bin/workerd");
        let child = Command::new(program)
            .args(["serve", "--import-path=/"])
            .arg(file)
            .spawn()
            .expect("workerd runs: `npm install --no-package-lock` in tests/runners installs it");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let running = Running {
            address,
            stop: Stop::Killed(child),
        };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "workerd listens");
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }
}

/// The modules of a folder and those below it.
fn listed(folder: &Path, name: &str, modules: &mut Vec<(String, PathBuf)>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        let file = path.file_name().expect("it has a name").to_string_lossy();
        let name = format!("{name}/{file}");
        if path.is_dir() {
            listed(&path, &name, modules);
        } else if name.ends_with(".js") {
            modules.push((name, path.clone()));
        }
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("it has one").port()
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
    Killed(Child),
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
            Stop::Killed(child) => {
                let _ = child.kill();
                let _ = child.wait();
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
fn program(model: &Model) -> Command {
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
