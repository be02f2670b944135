//! What can be asked for, as clap reads it.

use crate::targets::TARGETS;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Declare the tables of an offline-first app once, and generate and check every copy of them.
#[derive(Debug, Parser)]
#[command(
    name = "codegen",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Examples:
  codegen init                     start a declaration in the current folder
  codegen generate                 write every output that is out of date
  codegen check                    for CI: fail if an output is out of date
  codegen explain S241             explain a diagnostic, with a wrong and a right example

Exit codes: 0 success, 1 errors in the declaration, 2 wrong usage, 3 problems with files, folders or
databases, 4 outputs are out of date, 5 a live system differs"
)]
pub(super) struct Arguments {
    /// The folder of the declaration or of its app, or the `app.yaml` [default: `schema/app.yaml` or `app.yaml`, here or in a folder above]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) manifest: Option<PathBuf>,
    /// Allow targets outside the repository (folders of git are still refused)
    #[arg(long, global = true)]
    pub(super) allow_outside: bool,
    #[command(flatten)]
    pub(super) report: ReportArguments,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// How results are reported.
#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// The format of the report
    #[arg(long, global = true, value_enum, default_value_t = FormatArgument::Human)]
    pub(super) format: FormatArgument,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = ColorArgument::Auto, value_name = "WHEN")]
    pub(super) color: ColorArgument,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArgument {
    /// For a terminal
    Human,
    /// One versioned JSON object on standard output
    Json,
    /// Annotations for GitHub Actions on standard output, with paths from the repository's folder
    Github,
    /// A SARIF 2.1.0 object on standard output, for code scanning
    Sarif,
}

/// Whether to colour a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorArgument {
    /// On a terminal, if `NO_COLOR` is not set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start a declaration and, in a cargo workspace, its packages
    #[command(after_help = "Examples:
  codegen init                                         in the current folder
  codegen init --app notes my-app                      in `my-app`, for an app called `notes`
  codegen init --target typescript --target postgres   with these outputs
  codegen init --path ../synctable                     in a cargo workspace, packages from a checkout
  codegen init --git https://git.example/synctable     in a cargo workspace, packages from a repository

`init` creates `schema/app.yaml`, with outputs and folders that fit what it finds: `package.json`,
`pubspec.yaml`, `Cargo.toml`, `supabase/`, `powersync/`. Existing files are not overwritten.

If it finds a `Cargo.toml`, it adds two members: `schema` (the declaration and its constants) and
`codegen` (for `cargo run -p codegen`). They depend on `synctable` and `synctable-codegen`, which are
not in a registry yet, so pass `--path` or `--git`.")]
    Init(InitArguments),
    /// Make a declaration from a live database
    #[command(after_help = "Examples:
  codegen import --database-url postgres://postgres@localhost/app
  codegen import --database-url postgres://postgres@localhost/app --schema public --schema billing
  codegen import --database-url postgres://postgres@localhost/app --into db/schema --app notes
  codegen import --database-url postgres://postgres@localhost/app --dry-run
  codegen import --database-url postgres://postgres@localhost/app --format json | jq '.leftovers'
  codegen import --database-url postgres://postgres@localhost/app --sync-config sync-rules.yaml
  codegen import --migrations supabase/migrations --app notes --into declared --target postgres

Writes the declaration that generates the tables, keys, checks, indexes, types and views of the
database, and access rules for the policies that it understands. The rest goes into `sql`, word for
word. Every leftover is listed with the reason. The database is read in one read-only transaction, and
existing files are not overwritten.

With `--sync-config`, the names that devices know and the streams are declared too. Exits with 5 if the
sync config sends what the policies forbid, or does not send what they allow; the files are written.")]
    Import(ImportArguments),
    /// Write every output that is out of date
    #[command(after_help = "Examples:
  codegen generate
  codegen generate --manifest apps/notes/schema

Only files that differ are written, and if one file cannot be written, none is changed. A file that
was not generated is never overwritten. If you move or remove a target, its old files are removed.
To write migrations, run `codegen migrate`.

The file `.synctable` in each folder lists what was generated there. If a merge lost it, run
`codegen generate --restore-markers`: in folders without it, this takes the files at the paths of
outputs as generated, and writes over them.")]
    Generate {
        /// In folders that lost their `.synctable`, treat the files at the paths of outputs as generated
        #[arg(long)]
        restore_markers: bool,
    },
    /// Write outputs again whenever the declaration changes, until Ctrl-C
    #[command(after_help = "Examples:
  codegen watch
  codegen watch --manifest apps/notes

Does what `codegen generate` does, at the start and after each change of a YAML file of the
declaration, and prints what it wrote or what is wrong.")]
    Watch {
        /// Milliseconds between two looks at the files
        #[arg(long, value_name = "MS", default_value_t = 200, value_parser = clap::value_parser!(u64).range(10..=60_000))]
        interval: u64,
    },
    /// Fail if an output is out of date (for CI)
    #[command(after_help = "Examples:
  codegen check
  codegen check examples/*/schema     several apps at once
  codegen check --format github       annotations in a pull request
  codegen check --format sarif        for code scanning
  codegen check --self-test           test that `check` finds every change
  codegen check --database-url postgres://postgres@localhost/scratch

Prints every missing, outdated, leftover and edited file with its difference. Exits with 4 if anything
is out of date. In an empty database, the migrations run as in production, and stay; exits with 5 if
they fail or lead to something else than the declaration.")]
    Check {
        /// Several apps, each the folder of a declaration or of its app [default: the one of `--manifest`]
        #[arg(value_name = "APP", conflicts_with = "manifest")]
        apps: Vec<PathBuf>,
        /// Change a copy of each output, and fail if `check` misses a change
        #[arg(long)]
        self_test: bool,
        /// An empty database, in which the migrations are run; `?sslmode=` and `sslrootcert=` as in libpq
        #[arg(long, value_name = "URL", conflicts_with = "self_test")]
        database_url: Option<String>,
    },
    /// Append a migration to the ledger of the target `postgres`
    #[command(after_help = "Examples:
  codegen migrate --name init
  codegen migrate --name add_tags
  codegen migrate --name tidy_up --allow-drop notes.draft
  codegen migrate --rewrite                the newest entry, before it is merged
  codegen migrate --empty --name backfill  an entry that you write by hand
  codegen migrate --seal                   after you edited it
  codegen migrate --rebase                 after a merge of two branches that both added entries
  codegen migrate --plan                   what would happen, without a file

The first entry creates everything; each later entry continues the one before it. If nothing changed,
nothing is written. A step that would lose data is refused until a flag names it.")]
    Migrate(MigrateArguments),
    /// List the migrations, and with a database which of them it has run
    #[command(after_help = "Examples:
  codegen status
  codegen status --database-url postgres://postgres@localhost/app --format json

The command reads the table of the Supabase CLI, sqlx or refinery. Without such a table, it compares the
database's catalog with the snapshots. It compares the rows of seeds, too. Exits with 3 if the database
cannot be read, with 4 if the migrations are not as they were written, and with 5 if the database has run
something else, or if rows differ from seeds that only the server writes.")]
    Status(StatusArguments),
    /// Compare a live system with the declaration: a database, a device, a sync config, a client
    #[command(after_help = "Examples:
  codegen verify --database-url postgres://postgres@localhost/app
  codegen verify --sqlite notes.db
  codegen verify --sync-config deployed.yaml
  codegen verify --fingerprint 5f0c6a1e2b3d4c58 --format json

Exits with 5 if something differs. Tables, indexes and checks that nobody declared are listed as `not
managed`; columns, policies, triggers and rights on a declared table are differences. Nothing is
changed: the database is read in one read-only transaction.")]
    Verify(VerifyArguments),
    /// Mark a release of your app: databases may have run the migrations that it needs
    #[command(after_help = "Examples:
  codegen release 1.4.0
  codegen release --end 1.3.0           nobody runs it any more")]
    Release {
        /// The name of the release
        name: String,
        /// Nobody runs this release any more: what it needs may change
        #[arg(long)]
        end: bool,
        /// A table (`drafts`) or a column (`drafts.note`) of the device alone that may be dropped, with its data
        #[arg(long, value_name = "NAME", conflicts_with = "end")]
        allow_drop: Vec<String>,
    },
    /// Print the declaration, the checked model, or the output of a target
    #[command(after_help = "Examples:
  codegen show declaration
  codegen show model > model.json
  codegen show sqlite
  codegen show statements lists       the SQL that applies uploads of `lists`
  codegen show statements --format json > statements.json")]
    Show {
        /// What to print
        #[arg(value_parser = PossibleValuesParser::new(SHOWN.iter().copied().chain([STATEMENTS]).chain(TARGETS.iter().map(|target| target.name))))]
        what: String,
        /// Of `statements`: the only table
        table: Option<String>,
    },
    /// Show who can read and write each column, by which rule, and how many buckets a connection has
    #[command(after_help = "Examples:
  codegen exposure
  codegen exposure --since 20261129091500                      who gained and who lost access
  codegen exposure --since 20261129091500 --deny-new-access    for CI: fail if anybody gained access
  codegen exposure --format json | jq '.tables[].columns[] | select(.update != [])'

For each synced table, the report shows its rules, and for each column who reads it in Postgres,
whether streams send it to devices, and who writes it. The report then shows what PowerSync's storage
receives (whole rows, including columns that no stream selects), and the number of buckets of each
stream, as a formula over the declared sizes of scopes (`expect`). The report does not include what
hand-written SQL does with the rights of its owner.")]
    Exposure(ExposureArguments),
    /// Serve an editor: diagnostics, completion, hover, definitions, references, rename and quick fixes
    #[command(after_help = "Example:
  codegen lsp

An editor starts this, and talks to it over standard input and output in the Language Server Protocol.
`editors/vscode` of the repository is an extension that does. No file is written.")]
    Lsp,
    /// Explain a diagnostic, or list all of them
    #[command(after_help = "Examples:
  codegen explain
  codegen explain S101")]
    Explain {
        /// The code, such as `S101`
        code: Option<String>,
    },
    /// Print the JSON Schema of a declaration (for editors) or of the model (for your own targets)
    #[command(after_help = "Examples:
  codegen schema > schema/synctable.schema.json
  codegen schema model

If your editor uses the YAML language server, make this the first line of each YAML file:
  # yaml-language-server: $schema=synctable.schema.json")]
    Schema {
        /// What to describe
        #[arg(value_parser = PossibleValuesParser::new(SHOWN.iter().copied()), default_value = "declaration")]
        of: String,
    },
    /// Print completions for a shell
    #[command(after_help = "Example:
  codegen completions bash > ~/.local/share/bash-completion/completions/codegen")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What `show` prints of some tables.
pub(super) const STATEMENTS: &str = "statements";

/// What `show` prints besides targets.
pub(super) const SHOWN: &[&str] = &["declaration", "model"];

/// `init`.
#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// The folder to start in; it is created if it does not exist
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
    /// The app's name, a snake case word
    #[arg(long, default_value = "tasks")]
    pub(super) app: String,
    /// A target to start with, in a folder that fits; may be repeated [default: what fits the folder]
    #[arg(long, value_name = "TARGET", value_parser = PossibleValuesParser::new(TARGETS.iter().map(|target| target.name)))]
    pub(super) target: Vec<String>,
    /// In a cargo workspace: the checkout that contains the synctable packages
    #[arg(long, value_name = "PATH")]
    pub(super) path: Option<PathBuf>,
    /// In a cargo workspace: the git repository that contains the synctable packages
    #[arg(long, value_name = "URL", conflicts_with = "path")]
    pub(super) git: Option<String>,
    /// The commit of that repository [default: the newest, which the lock file then records]
    #[arg(long, value_name = "COMMIT", requires = "git")]
    pub(super) rev: Option<String>,
}

/// `import`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("from").required(true).args(["database_url", "migrations"])))]
pub(super) struct ImportArguments {
    /// The database; `?sslmode=` and `sslrootcert=` as in libpq
    #[arg(long, value_name = "URL")]
    pub(super) database_url: Option<String>,
    /// A folder of migrations, which are run in a throw-away Postgres in the order of their names
    #[arg(long, value_name = "DIR")]
    pub(super) migrations: Option<PathBuf>,
    /// The folder of the declaration; it is created if it does not exist
    #[arg(long, value_name = "DIR", default_value = "schema")]
    pub(super) into: PathBuf,
    /// A schema to import; may be repeated [default: all but those of the platform]
    #[arg(long, value_name = "SCHEMA")]
    pub(super) schema: Vec<String>,
    /// The app's name, a snake case word [default: the name of the database]
    #[arg(long)]
    pub(super) app: Option<String>,
    /// A target of the declaration, in a folder that fits; may be repeated [default: what fits the folder]
    #[arg(long, value_name = "TARGET", value_parser = PossibleValuesParser::new(TARGETS.iter().map(|target| target.name)))]
    pub(super) target: Vec<String>,
    /// The 14-digit timestamp of the ledger's first entry, for reproducible builds [default: now]
    #[arg(long, value_name = "YYYYMMDDHHMMSS")]
    pub(super) at: Option<String>,
    /// The sync rules or streams that the app has: their names are kept, and what they send is compared with the policies
    #[arg(long, value_name = "FILE")]
    pub(super) sync_config: Option<PathBuf>,
    /// Print the files, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// `migrate`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").args(["name", "rewrite", "seal", "rebase"])), group(clap::ArgGroup::new("asked").required(true).multiple(true).args(["name", "rewrite", "seal", "rebase", "plan"])), group(clap::ArgGroup::new("asking").multiple(true).args(["plan", "rewrite"])))]
pub(super) struct MigrateArguments {
    /// The name of the new entry: lower-case letters, digits and `_`
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Start an entry that you write by hand
    #[arg(long, requires = "name", conflicts_with = "allow_drop")]
    pub(super) empty: bool,
    /// The 14-digit timestamp of the new entry, for reproducible builds [default: now]
    #[arg(long, value_name = "YYYYMMDDHHMMSS", conflicts_with_all = ["rewrite", "seal"])]
    pub(super) at: Option<String>,
    /// Allow the drop of a table (`notes`), a column (`notes.title`) or a seed (`roles:1`) with its data; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with_all = ["seal", "rebase"])]
    pub(super) allow_drop: Vec<String>,
    /// Write one file, which locks tables for longer [default: as many files as it takes for nobody to wait long]
    #[arg(long)]
    pub(super) one_file: bool,
    /// Start a ledger whose files are named as `refinery` reads them, and each run in a transaction
    #[arg(long, value_enum, value_name = "RUNNER", requires = "name")]
    pub(super) names: Option<NamesArgument>,
    /// Show what the migration would do, whom it stops and in which order it is rolled out, and write nothing
    #[arg(long, conflicts_with_all = ["seal", "rebase", "empty"])]
    pub(super) plan: bool,
    /// With `--plan`: count the rows that change in this database; with `--rewrite`: refuse if it has run the newest entry.
    /// `?sslmode=` and `sslrootcert=` as in libpq
    #[arg(long, value_name = "URL", requires = "asking")]
    pub(super) database_url: Option<String>,
    /// Rewrite the newest entry; refused if the main branch contains it
    #[arg(long)]
    pub(super) rewrite: bool,
    /// Record the text of entries that you wrote by hand; refused if the main branch contains them
    #[arg(long)]
    pub(super) seal: bool,
    /// After a merge: put the entries of your branch on top of those of the main branch
    #[arg(long)]
    pub(super) rebase: bool,
    /// The branch whose entries databases may have run [default: `origin/HEAD`, else `main` or `master`]
    #[arg(long, value_name = "BRANCH")]
    pub(super) main: Option<String>,
}

/// Whose form the names of the files have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum NamesArgument {
    /// `V20260131120000__init.sql`
    Refinery,
}

/// `status`.
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// The database to ask; `?sslmode=` and `sslrootcert=` as in libpq
    #[arg(long, value_name = "URL")]
    pub(super) database_url: Option<String>,
    /// The branch whose entries databases may have run [default: `origin/HEAD`, else `main` or `master`]
    #[arg(long, value_name = "BRANCH")]
    pub(super) main: Option<String>,
}

/// `verify`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("system").required(true).multiple(true).args(["database_url", "sqlite", "sync_config", "fingerprint"])))]
pub(super) struct VerifyArguments {
    /// A Postgres database; `?sslmode=` and `sslrootcert=` as in libpq
    #[arg(long, value_name = "URL")]
    pub(super) database_url: Option<String>,
    /// The database file of a device with plain SQLite
    #[arg(long, value_name = "FILE")]
    pub(super) sqlite: Option<PathBuf>,
    /// The sync config that PowerSync runs, as a file
    #[arg(long, value_name = "FILE")]
    pub(super) sync_config: Option<PathBuf>,
    /// The fingerprint in a built client (`fingerprint`)
    #[arg(long, value_name = "HEX")]
    pub(super) fingerprint: Option<String>,
}

/// `exposure`.
#[derive(Debug, Args)]
pub(super) struct ExposureArguments {
    /// Show what changed since this entry of the ledger (its time, its name, or `newest`), or since this release
    #[arg(long, value_name = "ENTRY|RELEASE")]
    pub(super) since: Option<String>,
    /// Exit with 4 if anybody gained access
    #[arg(long, requires = "since")]
    pub(super) deny_new_access: bool,
    /// Accept the access gained to a table; may be repeated
    #[arg(long, value_name = "TABLE", requires = "deny_new_access")]
    pub(super) allow_access: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }
}
