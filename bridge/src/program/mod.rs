//! The program `bridge`: arguments in, an exit code out. The only place that prints.

mod args;
mod check;
mod dev;
mod letters;
mod load;
mod objects;
mod serve;

use crate::config::Config;
use args::{Arguments, Command, Common};
use clap::Parser;
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// Why the program ends, by its exit code.
enum Stop {
    /// The declaration or a setting is wrong.
    Declared(String),
    /// The environment is: a file, the database, an address.
    Environment(String),
    /// The database is not as the bridge needs it, or does not take what was asked of it.
    Differs(String),
}

/// What the binary does.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let ended = match &arguments.command {
        Command::Serve(common) => serve::serve(common).map(|()| String::new()),
        Command::Dev(arguments) => dev::dev(arguments).map(|()| String::new()),
        Command::Check(common) => check::check(common),
        Command::DeadLetters { common, action } => letters::run(common, action),
        Command::Objects { common, action } => objects::run(common, action),
    };
    match ended {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(Stop::Declared(why)) => {
            eprintln!("error: {why}");
            ExitCode::from(1)
        }
        Err(Stop::Environment(why)) => {
            eprintln!("error: {why}");
            ExitCode::from(3)
        }
        Err(Stop::Differs(why)) => {
            eprintln!("error: {why}");
            ExitCode::from(5)
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
    Ok(config)
}

/// What runs the tasks of a command.
fn runtime() -> Result<Runtime, Stop> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.map_err(|error| Stop::Environment(error.to_string()))
}
