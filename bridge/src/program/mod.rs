//! The program `bridge`: arguments in, an exit code out. The only place that prints.

mod args;
mod load;
mod serve;

use crate::config::Config;
use args::{Arguments, Command, Common};
use clap::Parser;
use std::process::ExitCode;

/// Why the program ends, by its exit code.
enum Stop {
    /// The declaration or a setting is wrong.
    Declared(String),
    /// The environment is: a file, the database, an address.
    Environment(String),
}

/// What the binary does.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match arguments.command {
        Command::Serve(common) => serve::serve(&common),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Declared(why)) => {
            eprintln!("error: {why}");
            ExitCode::from(1)
        }
        Err(Stop::Environment(why)) => {
            eprintln!("error: {why}");
            ExitCode::from(3)
        }
    }
}

/// The settings: the file, the environment, the arguments.
fn settings(common: &Common) -> Result<Config, Stop> {
    let text = match &common.config {
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Stop::Environment(format!("`{}` cannot be read: {error}", path.display()))
        })?,
        None => String::new(),
    };
    let mut config =
        Config::read(&text, |name| std::env::var(name).ok()).map_err(Stop::Declared)?;
    if let Some(url) = &common.database_url {
        config.database.url.clone_from(url);
    }
    if let Some(listen) = common.listen {
        config.server.listen = listen;
    }
    match config.problems() {
        problems if problems.is_empty() => Ok(config),
        problems => Err(Stop::Declared(problems.join("\nerror: "))),
    }
}
