//! The tests' Postgres, by hand: `find` prints where its programs are, `hold` keeps a database until end of input.

use std::io::Read;
use std::process::ExitCode;

use tests::postgres::{Cluster, find_binaries};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("find") => match find_binaries() {
            Ok(found) => {
                println!("{}", found.folder.display());
                ExitCode::SUCCESS
            }
            Err(why) => {
                eprintln!("{why}");
                ExitCode::from(3)
            }
        },
        Some("hold") => {
            let database = Cluster::shared().database("held");
            println!("{}", database.url(None));
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: test-postgres find|hold");
            ExitCode::from(2)
        }
    }
}
