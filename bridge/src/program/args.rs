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
    /// Serves uploads to a throw-away Postgres with the app in it, for two users.
    Dev(Dev),
    /// Tells whether the settings, the declaration and the database fit together.
    Check(Common),
    /// Shows, replays and discards transactions that could not be applied.
    DeadLetters {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        action: Action,
    },
    /// Looks after the objects of storage buckets.
    Objects {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        action: Objects,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Objects {
    /// Removes the objects of a bucket that no row names; prints what it found as JSON.
    Clean {
        /// The bucket.
        bucket: String,
        /// Removes nothing.
        #[arg(long)]
        dry_run: bool,
        /// How many hours an object is kept though no row names it: the row may be in the queue of a device.
        #[arg(long, value_name = "HOURS", default_value_t = 24)]
        older_than: u32,
        /// Removes the orphans also if they are more than a fifth of the objects.
        #[arg(long)]
        many: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Lists those that are open.
    List {
        /// Those that are closed as well.
        #[arg(long)]
        all: bool,
    },
    /// Prints one with its entries, as JSON.
    Show {
        /// Its number.
        id: i64,
    },
    /// Applies one as its caller, all of it or nothing.
    Replay {
        /// Its number.
        id: i64,
        /// A JSON array of entries to apply in place of those that were sent.
        #[arg(long, value_name = "FILE")]
        entries: Option<PathBuf>,
    },
    /// Closes one without applying it.
    Discard {
        /// Its number.
        id: i64,
    },
}

/// What most commands need.
#[derive(Args, Debug)]
pub(super) struct Common {
    #[command(flatten)]
    pub(super) app: Source,
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

/// Where the app is declared.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Source {
    /// The folder of the declaration, or the `app.yaml` in it.
    #[arg(long, value_name = "PATH")]
    pub(super) schema: Option<PathBuf>,
    /// The file of the target `bridge`, instead of the declaration.
    #[arg(long, value_name = "FILE")]
    pub(super) program: Option<PathBuf>,
}

/// What `dev` needs.
#[derive(Args, Debug)]
pub(super) struct Dev {
    /// The folder of the declaration, or the `app.yaml` in it.
    #[arg(long, value_name = "PATH", default_value = "schema")]
    pub(super) schema: PathBuf,
    /// The address and port to listen on.
    #[arg(
        long,
        env = "BRIDGE_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8090"
    )]
    pub(super) listen: SocketAddr,
    /// How many rows to begin with.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u32,
    /// A file of SQL with rows of the app that devices do not upload; `seed.sql` beside the declaration, if it is there.
    #[arg(long, value_name = "FILE")]
    pub(super) sql: Option<PathBuf>,
    /// Sets up what is declared without running the migrations, also where one is due.
    #[arg(long)]
    pub(super) without_migrations: bool,
}
