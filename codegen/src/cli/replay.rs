//! `check --database-url`: the migrations run on an empty database, as a runner does it, and what they leave is compared with the
//! declaration.

use super::connect::{connect, refused};
use crate::catalog;
use crate::diagnostic::{DATABASE_NOT_EMPTY, Diagnostic, ENTRY_FAILS, LEDGER_DIFFERS};
use crate::ledger::{self, Ledger};
use crate::model::Model;
use crate::targets::postgres as target;
use ::postgres::{Client, Error};
use synctable::Database;

/// How many differences are listed before the rest is only counted.
const LISTED: usize = 20;

/// What came of it: where the migrations fail, or lead to something else than the declaration; and a line that says it.
pub(super) struct Replayed {
    pub(super) found: Option<Diagnostic>,
    pub(super) told: Option<String>,
}

/// Runs a ledger.
pub(super) fn replay(url: &str, ledger: &Ledger, model: &Model) -> Result<Replayed, Diagnostic> {
    let replay = Replay {
        ledger,
        model,
        client: connect(url)?,
    };
    match replay.run() {
        Ok(replayed) => Ok(replayed),
        Err(Stopped::Refused(error)) => Err(refused(&error)),
        Err(Stopped::NotEmpty(table)) => Err(Diagnostic::error(
            DATABASE_NOT_EMPTY,
            format!("the database of `--database-url` is not empty: it has `{table}`"),
        )
        .help("create one for the check: `createdb scratch`")),
        Err(Stopped::Fails(diagnostic)) => Ok(Replayed {
            found: Some(diagnostic),
            told: None,
        }),
    }
}

/// Why it came to no end.
enum Stopped {
    Refused(Error),
    NotEmpty(String),
    Fails(Diagnostic),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

struct Replay<'a> {
    ledger: &'a Ledger,
    model: &'a Model,
    client: Client,
}

impl Replay<'_> {
    fn run(mut self) -> Result<Replayed, Stopped> {
        self.is_empty()?;
        let sql = "select rolsuper from pg_catalog.pg_roles where rolname = current_user";
        let is_superuser: bool = self.client.query_one(sql, &[])?.get(0);
        let outputs = (target::TARGET.emit)(self.model);
        if is_superuser {
            self.execute("setup.sql", &outputs.get("setup.sql").unwrap_or_default())?;
            let owner = Database::Postgres.ident(&self.model.postgres.roles.owner);
            self.client.batch_execute(&format!("set role {owner}"))?;
        }
        for entry in &self.ledger.entries {
            self.execute(&entry.path(), &entry.sql)?;
        }
        if is_superuser {
            if let Some(bridge) = outputs.get("bridge.sql") {
                self.execute("bridge.sql", &bridge)?;
            }
            self.client.batch_execute("reset role")?;
            if let Some(storage) = outputs.get("storage.sql") {
                self.execute("storage.sql", &storage)?;
            }
        }
        self.compare()
    }

    /// Whether the schemas of the app hold nothing yet.
    fn is_empty(&mut self) -> Result<(), Stopped> {
        let schemas: Vec<&String> = self.model.postgres.schemas.iter().collect();
        let found = self.client.query_opt(
            "select c.oid::pg_catalog.regclass::text
             from pg_catalog.pg_class c
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where n.nspname::text = any ($1) and c.relkind in ('r', 'p', 'v', 'm', 'f')
               and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e')
             order by 1 limit 1",
            &[&schemas],
        )?;
        match found {
            Some(row) => Err(Stopped::NotEmpty(row.get(0))),
            None => Ok(()),
        }
    }

    /// Runs one file; in a transaction, unless its first line says otherwise.
    fn execute(&mut self, file: &str, sql: &str) -> Result<(), Stopped> {
        let ran = match ledger::runs_alone(sql) {
            true => self.client.batch_execute(sql),
            false => self.client.transaction().and_then(|mut transaction| {
                transaction.batch_execute(sql)?;
                transaction.commit()
            }),
        };
        ran.map_err(|error| match error.as_db_error() {
            Some(told) => Stopped::Fails(fails(file, told.message())),
            None => Stopped::Refused(error),
        })
    }

    fn compare(mut self) -> Result<Replayed, Stopped> {
        let mut transaction = self.client.transaction()?;
        let reading = catalog::postgres::Reading::of(self.model);
        let found = catalog::postgres::read_in(&mut transaction, &reading)?;
        let wanted = catalog::lower(self.model);
        let differences = catalog::difference(&wanted, &found);
        let differences = catalog::without_written(self.model, differences);
        let mut differences: Vec<String> = differences.iter().map(ToString::to_string).collect();
        let seeds = ledger::live_seeds(&mut transaction, self.model, &found)?;
        differences.extend(seeds.rows().cloned());
        if differences.is_empty() {
            let files = match self.ledger.entries.len() {
                1 => "1 migration leads".to_owned(),
                many => format!("{many} migrations lead"),
            };
            let mut told = format!("{files} from an empty database to what is declared");
            for hidden in &seeds.hidden {
                told += &format!("\n{hidden}");
            }
            return Ok(Replayed {
                found: None,
                told: Some(told),
            });
        }
        let mut differs = Diagnostic::error(
            LEDGER_DIFFERS,
            "the migrations lead from an empty database to something else than the declaration",
        );
        for difference in differences.iter().take(LISTED) {
            differs = differs.note(difference);
        }
        if differences.len() > LISTED {
            differs = differs.note(format!("and {} more", differences.len() - LISTED));
        }
        let differs = differs
            .help("if a migration is due, run `codegen migrate`")
            .help(
                "else remove from the migrations written by hand what changes the schema or the seeds",
            );
        Ok(Replayed {
            found: Some(differs),
            told: None,
        })
    }
}

fn fails(file: &str, why: &str) -> Diagnostic {
    Diagnostic::error(
        ENTRY_FAILS,
        format!("`{file}` fails on an empty database: {why}"),
    )
    .help("start with a database that has what your platform brings, such as `auth.users`")
}
