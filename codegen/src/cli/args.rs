//! What can be asked for, as clap reads it.

use crate::targets::TARGETS;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

/// Declare the tables of an offline-first app once; generate and guard every copy of them.
#[derive(Debug, Parser)]
#[command(
    name = "codegen",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Examples:
  codegen init                     start a declaration in the current folder
  codegen generate                 write every copy that is not up to date
  codegen check                    the gate for CI: fail if `generate` would write anything
  codegen explain S241             what a diagnostic means, with a wrong and a right example

Exit codes: 0 fine, 1 the declaration has errors, 2 wrong usage, 3 the environment (files, folders,
databases), 4 outputs are stale, 5 a live system differs"
)]
pub(super) struct Arguments {
    /// The declaration: its folder, or the `app.yaml` in it [default: `schema/app.yaml` or `app.yaml`, here or in a folder above]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) manifest: Option<PathBuf>,
    /// Let targets be outside of the repository; folders of git are refused all the same
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
    /// The form of the report
    #[arg(long, global = true, value_enum, default_value_t = FormatArgument::Human)]
    pub(super) format: FormatArgument,
    /// Whether to colour it
    #[arg(long, global = true, value_enum, default_value_t = ColorArgument::Auto, value_name = "WHEN")]
    pub(super) color: ColorArgument,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArgument {
    /// For a terminal
    Human,
    /// One versioned JSON object on the standard output
    Json,
    /// Annotations of GitHub Actions on the standard output
    Github,
}

/// Whether to colour a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorArgument {
    /// If it goes to a terminal and `NO_COLOR` is not set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start a declaration, and in a cargo workspace the packages around it
    #[command(after_help = "Examples:
  codegen init                                         in the current folder
  codegen init --app notes my-app                      in `my-app`, for an app called `notes`
  codegen init --path ../synctable                     in a cargo workspace, packages from a checkout
  codegen init --git https://git.example/synctable     in a cargo workspace, packages from a repository

Nothing that exists is overwritten. Where there is a `Cargo.toml`, the members `schema` (the
declaration and its constants) and `codegen` (for `cargo run -p codegen`) are added to it. They depend
on `synctable` and `synctable-codegen`, which no registry has yet, so you say where these come from.
Elsewhere only `schema/app.yaml` is made.")]
    Init(InitArguments),
    /// Write every copy that is not up to date
    #[command(after_help = "Examples:
  codegen generate
  codegen generate --manifest apps/notes/schema

Everything is written or nothing, and only what differs. A file that was not generated is never
overwritten; migrations are history and are only written by `codegen migrate`.")]
    Generate,
    /// Fail if a copy is not up to date: the gate for CI
    #[command(after_help = "Examples:
  codegen check
  codegen check --format github       annotations in a pull request
  codegen check --self-test           prove that the gate catches what it should

Prints every missing, stale, stray and edited file with its difference, and exits with 4 if there is one.")]
    Check {
        /// Alter a copy of each output, and fail unless every alteration is caught
        #[arg(long)]
        self_test: bool,
    },
    /// Append a migration to the ledger of the target `postgres`
    #[command(after_help = "Examples:
  codegen migrate --name init
  codegen migrate --name add_tags
  codegen migrate --name tidy_up --allow-drop notes.draft
  codegen migrate --rewrite           the newest entry, before it is merged

The first entry makes everything from nothing; each other one leads on from the one before it. Where
nothing changes, nothing is written. What would lose data is refused until a flag names it.")]
    Migrate(MigrateArguments),
    /// Print a stage: the declaration, the model, or what a target makes of it
    #[command(after_help = "Examples:
  codegen show declaration
  codegen show model > model.json
  codegen show sqlite")]
    Show {
        /// What to print
        #[arg(value_parser = PossibleValuesParser::new(SHOWN.iter().copied().chain(TARGETS.iter().map(|target| target.name))))]
        what: String,
    },
    /// Tell who can read and write every column, by which rule, and how many buckets a connection has
    #[command(after_help = "Examples:
  codegen exposure
  codegen exposure --format json | jq '.tables[].columns[] | select(.update != [])'

For every table that leaves the server or a device: the rules in the language's own words, and for each
column who reads it in Postgres, whether streams bring it to devices, and who writes it. Then what
PowerSync's own storage receives (whole rows, with columns that no stream selects), and for every
stream the number of its buckets, as a formula over what scopes are declared to hold (`expect`).
What hand-written SQL does with the rights of its owner is not in it.")]
    Exposure,
    /// Say what a diagnostic means; without a code, list them all
    #[command(after_help = "Examples:
  codegen explain
  codegen explain S101")]
    Explain {
        /// The code, such as `S101`
        code: Option<String>,
    },
    /// Print the JSON Schema of a declaration, for editors, or of the model, for other people's targets
    #[command(after_help = "Examples:
  codegen schema > schema/synctable.schema.json
  codegen schema model

and as the first line of each YAML file, for editors with the YAML language server:
  # yaml-language-server: $schema=synctable.schema.json")]
    Schema {
        /// Of what
        #[arg(value_parser = PossibleValuesParser::new(SHOWN.iter().copied()), default_value = "declaration")]
        of: String,
    },
    /// Print a shell's completions
    #[command(after_help = "Example:
  codegen completions bash > ~/.local/share/bash-completion/completions/codegen")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What `show` prints besides targets.
pub(super) const SHOWN: &[&str] = &["declaration", "model"];

/// `init`.
#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// The folder to start in; it is made if it is not there
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
    /// The app's name, a snake case word
    #[arg(long, default_value = "tasks")]
    pub(super) app: String,
    /// In a cargo workspace: a checkout that our packages come from
    #[arg(long, value_name = "PATH")]
    pub(super) path: Option<PathBuf>,
    /// In a cargo workspace: a git repository that our packages come from
    #[arg(long, value_name = "URL", conflicts_with = "path")]
    pub(super) git: Option<String>,
    /// The commit of that repository [default: its newest, which the lock file then holds]
    #[arg(long, value_name = "COMMIT", requires = "git")]
    pub(super) rev: Option<String>,
}

/// `migrate`.
#[derive(Debug, Args)]
pub(super) struct MigrateArguments {
    /// The new entry's name: lower-case letters, digits and `_`
    #[arg(long, required_unless_present = "rewrite", conflicts_with = "rewrite")]
    pub(super) name: Option<String>,
    /// The new entry's place in the order, 14 digits, for builds that must come out alike [default: now]
    #[arg(long, value_name = "YYYYMMDDHHMMSS", requires = "name")]
    pub(super) at: Option<String>,
    /// Let a table (`notes`) or a column (`notes.title`) go with its data; may be given again
    #[arg(long, value_name = "NAME")]
    pub(super) allow_drop: Vec<String>,
    /// Write the newest entry anew; refused once it stands in the main branch
    #[arg(long)]
    pub(super) rewrite: bool,
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
