//! The arguments of the program.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Applies what devices upload to Postgres.
#[derive(Debug, Parser)]
#[command(name = "bridge", version, about)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serves uploads until a signal stops it.
    Serve(Common),
}

/// What most commands need.
#[derive(Args, Debug)]
pub(super) struct Common {
    /// The folder of the declaration, or the `app.yaml` in it.
    #[arg(long, value_name = "PATH")]
    pub(super) schema: PathBuf,
    /// The file of the settings.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The database, instead of the setting.
    #[arg(long, value_name = "URL")]
    pub(super) database_url: Option<String>,
    /// The address and port to listen on, instead of the setting.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<SocketAddr>,
}
