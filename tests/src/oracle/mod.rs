//! Whether all enforcers of one access policy agree: row-level security, sync streams, the guard, and the policy as it
//! is meant.
//!
//! An [`App`] is a declaration with everything that enforces it: a database with its baseline, and its sync
//! configuration.
//! [`reads`] asks all of them who sees what in one universe, and tells every difference.

pub mod attempt;
pub mod changed;
pub mod equal;
pub mod evaluate;
pub mod forget;
pub mod hunt;
pub mod may;
pub mod mutate;
pub mod policy;
pub mod propose;
pub mod random;
pub mod reads;
pub mod shrink;
pub mod slips;
pub mod statements;
pub mod streams;
pub mod tombstone;
pub mod writes;

use crate::applied::applied;
use crate::node::powersync::{SourceTable, source_of};
use crate::postgres::{Database, OWNER};
use crate::universe::hints::Hints;
use crate::universe::{Universe, load, tables_on_server};
use postgres::{Client, Transaction};
use std::collections::BTreeMap;
use synctable::Uploaded;
use synctable_codegen::guard::{self, Guard};
use synctable_codegen::model::{Model, Table};
use synctable_codegen::targets::powersync;
use writes::{Asks, Granted};

/// What the oracle asks with, in a schema of its own.
const ORACLE: &str = include_str!("oracle.sql");

/// One declaration and its enforcers.
pub struct App {
    /// What it is called in reports.
    pub name: String,
    /// Its meaning, which the policy's own words are taken from.
    pub model: Model,
    /// What its rules say about columns.
    pub hints: Hints,
    /// The sync streams, as the service reads them.
    pub config: String,
    /// The same in the older dialect.
    pub rules: String,
    /// The tables of its database.
    pub tables: Vec<SourceTable>,
    /// The role of callers with a token.
    pub client: Asks,
    /// The role of callers without one, where there is one.
    pub anonymous: Option<Asks>,
    connection: Option<Client>,
    _database: Database<'static>,
}

impl App {
    /// The declaration's enforcers, generated from the model.
    ///
    /// # Panics
    ///
    /// If what is generated is refused.
    #[must_use]
    pub fn new(name: &str, mut model: Model) -> Self {
        model.postgres.roles.owner = OWNER.to_owned();
        let database = applied(name, &model);
        let mut client = database.superuser();
        let tables = source_of(&mut client, &model);
        run(&mut client, &load::free(&model));
        run(&mut client, ORACLE);
        let mut asks = |role: &String| Asks {
            role: role.clone(),
            guards: guards_of(&model, role),
            granted: granted(&mut client, &model, role),
        };
        Self {
            name: name.to_owned(),
            client: asks(&model.postgres.roles.client),
            anonymous: model.postgres.roles.anonymous.as_ref().map(asks),
            hints: Hints::of(&model),
            config: config_of(&model, "sync-config.yaml"),
            rules: config_of(&model, "sync-rules.yaml"),
            model,
            tables,
            connection: Some(client),
            _database: database,
        }
    }

    /// Puts a universe into the database, asks, and takes it out again.
    pub fn with<T>(
        &mut self,
        universe: &Universe,
        ask: impl FnOnce(&App, &mut Transaction<'_>) -> T,
    ) -> T {
        self.undone(|app, transaction| {
            run(transaction, &load::insert(&app.model, universe));
            ask(app, transaction)
        })
    }

    /// Does something in the database, and undoes it.
    pub fn undone<T>(&mut self, act: impl FnOnce(&App, &mut Transaction<'_>) -> T) -> T {
        // The connection is taken out, so that asking may read the rest.
        let mut client = self
            .connection
            .take()
            .expect("nobody asks while being asked");
        let mut transaction = client.transaction().expect("no other one is open");
        let answer = act(self, &mut transaction);
        transaction.rollback().expect("nothing is kept");
        self.connection = Some(client);
        answer
    }

    /// No parameters.
    fn nothing() -> BTreeMap<String, serde_json::Value> {
        BTreeMap::new()
    }
}

/// One of the sync configurations of a model, by its file.
#[must_use]
pub fn config_of(model: &Model, file: &str) -> String {
    (powersync::TARGET.emit)(model)
        .get(file)
        .expect("it is written")
        .into_owned()
}

/// The guards of a model for a role, by table.
#[must_use]
pub fn guards_of(model: &Model, role: &str) -> BTreeMap<String, Guard> {
    let caller = guard::Caller::of_texts(model, "$1::text", "$2::jsonb");
    let tables = model.tables.values().filter(|table| table.sync.on_server());
    tables
        .map(|table| (table.name.clone(), guard::of(model, table, role, &caller)))
        .collect()
}

fn granted(client: &mut Client, model: &Model, role: &str) -> BTreeMap<String, Granted> {
    let mut may = |table: &Table, privilege: &str| -> Vec<String> {
        let sql = "
            select attname::text from pg_attribute
            where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
              and has_column_privilege($2::text, attrelid, attnum, $3::text)
            order by attnum";
        let rows = client
            .query(sql, &[&load::name_of(table), &role, &privilege])
            .expect("the catalog answers");
        let named = rows.iter().map(|row| row.get(0));
        // What a client says of what the server fills is compared with it, whatever the policy says.
        let is_its_own = |name: &String| table.columns[name].uploaded == Uploaded::Refused;
        named.filter(is_its_own).collect()
    };
    let tables: Vec<&Table> = tables_on_server(model);
    let mut granted: BTreeMap<String, Granted> = tables
        .iter()
        .map(|table| {
            let granted = Granted {
                insert: may(table, "insert"),
                update: may(table, "update")
                    .into_iter()
                    .filter(|name| !is_set_once(table, name))
                    .collect(),
                delete: false,
            };
            (table.name.clone(), granted)
        })
        .collect();
    for table in tables {
        let sql = "select has_table_privilege($1::text, $2::text, 'delete')";
        let row = client.query_one(sql, &[&role, &load::name_of(table)]);
        let granted = granted.get_mut(&table.name).expect("every table has one");
        granted.delete = row.expect("the catalog answers").get(0);
    }
    granted
}

/// Whether a trigger refuses every change of the column, which only an upsert of a whole row names.
fn is_set_once(table: &Table, name: &String) -> bool {
    table.columns[name].immutable || table.key.contains(name)
}

/// Executes SQL that is never refused.
///
/// # Panics
///
/// If it is.
pub fn run(client: &mut impl postgres::GenericClient, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{}", crate::postgres::Refusal::new(&error, sql)));
}

/// One disagreement.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Who disagrees over which table: the same in every universe that shows it.
    pub about: String,
    /// Whom over what, with the rows.
    pub message: String,
}
