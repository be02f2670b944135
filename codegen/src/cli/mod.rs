//! The command line: arguments in, an exit code out. The only place that prints.

mod args;
#[cfg(test)]
mod commands_page;
mod connect;
mod console;
mod database;
mod exit;
mod explain;
mod exposure;
mod gate;
mod import;
mod import_migrations;
mod init;
mod live_file;
mod locate;
mod migrate;
mod migration_plan;
mod release;
mod released;
mod replay;
mod row_counts;
mod self_test;
mod show;
mod statements;
mod status;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod verify;
mod watch;

use crate::plan::Trust;
use crate::reach::Reach;
use args::{Arguments, Command};
use clap::{CommandFactory, Parser};
use console::Console;
pub use exit::Exit;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

/// What the binary does, and a workspace's own `codegen` member: runs the command that was asked for.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     synctable_codegen::main()
/// }
/// ```
pub fn main() -> ExitCode {
    // A run is short: clearing huge pages takes longer than they save, and their rest is memory that nobody uses.
    // Where the kernel refuses, the run is slower and nothing else.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    run(std::env::args_os()).into()
}

/// Runs one command; the first argument is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are errors to clap that belong on the standard output.
            let fine = !error.use_stderr();
            return match (error.print(), fine) {
                (Ok(()), true) => Exit::Fine,
                (Ok(()), false) => Exit::Usage,
                (Err(_), _) => Exit::Environment,
            };
        }
    };
    let mut console = Console::new(&arguments.report);
    let exit = execute(&arguments, &mut console);
    match console.finish() {
        Ok(()) => exit,
        Err(_) => Exit::Environment,
    }
}

fn execute(arguments: &Arguments, console: &mut Console) -> Exit {
    let command = match &arguments.command {
        Command::Init(init) => return init::init(init, console),
        Command::Import(asked) => return import::import(asked, console),
        Command::Lsp => {
            return match crate::lsp::serve() {
                Ok(true) => Exit::Fine,
                Ok(false) | Err(_) => Exit::Environment,
            };
        }
        Command::Explain { code } => return explain::explain(code.as_deref(), console),
        Command::Schema { of } => return show::json_schema(of, console),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "codegen", &mut text);
            console.out(&String::from_utf8_lossy(&text));
            return Exit::Fine;
        }
        Command::Generate { .. }
        | Command::Watch { .. }
        | Command::Check { .. }
        | Command::Migrate(_)
        | Command::Status(_)
        | Command::Verify(_)
        | Command::Release { .. }
        | Command::Show { .. }
        | Command::Exposure(_) => &arguments.command,
    };
    let reach = match arguments.allow_outside {
        false => Reach::Repository,
        true => Reach::Anywhere,
    };
    let mut named = arguments.manifest.as_deref();
    if let Command::Check {
        self_test,
        database_url,
        apps,
    } = command
    {
        match &apps[..] {
            [] => {}
            [app] => named = Some(app),
            apps if *self_test || database_url.is_some() => {
                console.complain(&format!(
                    "`--self-test` and `--database-url` check one app, and {} are given",
                    apps.len()
                ));
                return Exit::Usage;
            }
            apps => return gate::check_each(apps, reach, console),
        }
    }
    let manifest = match locate::locate(named) {
        Ok(manifest) => manifest,
        Err(diagnostic) => return console.refuse(vec![diagnostic]),
    };
    match command {
        Command::Generate { restore_markers } => {
            let trust = match restore_markers {
                true => Trust::Paths,
                false => Trust::Markers,
            };
            gate::generate(&manifest, reach, trust, console)
        }
        Command::Watch { interval } => watch::watch(
            &manifest,
            reach,
            Duration::from_millis(*interval),
            &arguments.report,
        ),
        Command::Check {
            self_test: true, ..
        } => self_test::check(&manifest, reach, console),
        Command::Check { database_url, .. } => {
            gate::check(&manifest, reach, database_url.as_deref(), console)
        }
        Command::Migrate(migration) => migrate::migrate(&manifest, reach, migration, console),
        Command::Status(asked) => status::status(&manifest, reach, asked, console),
        Command::Verify(asked) => verify::verify(&manifest, reach, asked, console),
        Command::Release {
            name,
            end,
            allow_drop,
        } => {
            let asked = match end {
                true => release::Asked::End,
                false => release::Asked::Mark(allow_drop),
            };
            release::release(&manifest, reach, name, asked, console)
        }
        Command::Show { what, table } => {
            show::show(&manifest, reach, what, table.as_deref(), console)
        }
        Command::Exposure(asked) => exposure::exposure(&manifest, reach, asked, console),
        Command::Init(_)
        | Command::Import(_)
        | Command::Lsp
        | Command::Explain { .. }
        | Command::Schema { .. }
        | Command::Completions { .. } => unreachable!("these were run above"),
    }
}
