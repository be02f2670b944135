//! The app in an empty database: roles, what its migrations do one after the other, the bridge's tables, users, rows.

use super::super::Stop;
use super::told;
use crate::applied::quoted;
use std::path::Path;
use synctable_codegen::diagnostic::{Color, Diagnostics, Format, render};
use synctable_codegen::ledger::{self, Ledger};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::targets::postgres as target;
use synctable_codegen::throwaway::SUPABASE;
use synctable_codegen::{Reading, migrations};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// Where the tables come from.
pub(super) enum Schema {
    /// The migrations, in their order.
    Migrations(Ledger),
    /// What is declared, at once.
    Declared,
}

/// The migrations of a declaration, which lead to it; what is declared, where there are none yet.
pub(super) fn schema(reading: &Reading, manifest: &Path) -> Result<Schema, Stop> {
    let Some(model) = &reading.model else {
        return Ok(Schema::Declared);
    };
    let mut cx = Diagnostics::new();
    let ledger = migrations(manifest, reading, &mut cx);
    let ledger = ledger.filter(|ledger| !ledger.entries.is_empty());
    if let (Some(ledger), false) = (&ledger, cx.has_errors())
        && let Some(due) = ledger::due(ledger, model)
    {
        cx.push(due.help("or pass `--without-migrations` to try the declaration as it is"));
    }
    let has_errors = cx.has_errors();
    let found = cx.into_sorted();
    match (ledger, has_errors) {
        (_, true) => Err(Stop::Declared(format!(
            "the migrations do not set up what is declared\n{}",
            render(Format::Human(Color::Never), &found, &reading.sources)
        ))),
        (Some(ledger), false) => Ok(Schema::Migrations(ledger)),
        (None, false) => Ok(Schema::Declared),
    }
}

/// What is set up.
pub(super) struct SetUp<'a> {
    pub(super) model: &'a Model,
    pub(super) schema: &'a Schema,
    pub(super) users: &'a [&'a str],
    pub(super) rows: Option<&'a str>,
}

impl SetUp<'_> {
    /// Runs it as the superuser; an error names the file, the line and the statement.
    pub(super) async fn run(&self, client: &Client) -> Result<(), String> {
        let model = self.model;
        let outputs = (target::TARGET.emit)(model);
        let output = |name: &str| outputs.get(name).unwrap_or_default();
        if model.postgres.auth == Auth::Supabase {
            file(client, "supabase.sql", SUPABASE).await?;
        }
        file(client, "setup.sql", &output("setup.sql")).await?;
        let owner = quoted(&model.postgres.roles.owner);
        let become_owner = client.batch_execute(&format!("set role {owner}")).await;
        become_owner.map_err(|error| told(&error))?;
        match self.schema {
            Schema::Declared => file(client, "baseline.sql", &target::baseline(model)).await?,
            Schema::Migrations(ledger) => {
                for entry in &ledger.entries {
                    file(client, &entry.path(), &entry.sql).await?;
                }
            }
        }
        file(client, "bridge.sql", &output("bridge.sql")).await?;
        let reset = client.batch_execute("reset role").await;
        reset.map_err(|error| told(&error))?;
        if model.postgres.auth == Auth::Supabase {
            for user in self.users {
                let sql = "insert into auth.users (id) values ($1::text::uuid)";
                let done = client.execute_typed(sql, &[(user, Type::TEXT)]).await;
                done.map_err(|error| told(&error))?;
            }
        }
        match self.rows {
            Some(rows) => file(client, "the rows of the app", rows).await,
            None => Ok(()),
        }
    }
}

/// Runs a file statement by statement; in a transaction, unless its first line says otherwise.
async fn file(client: &Client, path: &str, sql: &str) -> Result<(), String> {
    let in_transaction = !ledger::runs_alone(sql);
    let word = async |word: &str| match in_transaction {
        true => client.batch_execute(word).await.map_err(|error| {
            // Deferred constraints are checked here.
            format!("`{path}` fails at its end: {}", told(&error))
        }),
        false => Ok(()),
    };
    word("begin").await?;
    for (line, statement) in ledger::statements_of(sql) {
        let done = client.batch_execute(statement).await;
        done.map_err(|error| {
            let first = statement.lines().next().unwrap_or_default();
            format!(
                "`{path}` fails: {}\n --> line {line}: {first}",
                told(&error)
            )
        })?;
    }
    word("commit").await
}
