//! Nothing of a private cluster outlives the process that started it, however it ends.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::one;

/// A process that holds a cluster of its own, and what it left on the machine.
struct Holder {
    process: Child,
    folder: PathBuf,
    server: String,
}

impl Holder {
    fn start() -> Holder {
        let mut process = Command::new(env!("CARGO_BIN_EXE_test-postgres"))
            .arg("hold")
            .env_remove("SYNCTABLE_TEST_DATABASE_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = said.next().expect("it prints a URL").unwrap();
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        let data: String = one(&mut client, "show data_directory");
        let server = std::fs::read_to_string(Path::new(&data).join("postmaster.pid"))
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned();
        let holder = Holder {
            process,
            folder: Path::new(&data).parent().unwrap().to_owned(),
            server,
        };
        assert!(
            holder.server_runs() && holder.folder.is_dir(),
            "the check can see a running server"
        );
        holder
    }

    fn server_runs(&self) -> bool {
        Command::new("kill")
            .args(["-0", &self.server])
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }

    fn assert_nothing_left(self) {
        let started = Instant::now();
        while self.server_runs() || self.folder.exists() {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "left behind: server {} runs: {}, folder {} exists: {}",
                self.server,
                self.server_runs(),
                self.folder.display(),
                self.folder.exists()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_process_that_ends_leaves_no_server_and_no_folder() {
    let mut holder = Holder::start();
    drop(holder.process.stdin.take());
    assert!(holder.process.wait().unwrap().success());
    holder.assert_nothing_left();
}

#[test]
fn a_process_that_is_killed_leaves_no_server_and_no_folder() {
    let mut holder = Holder::start();
    holder.process.kill().unwrap();
    holder.process.wait().unwrap();
    holder.assert_nothing_left();
}
