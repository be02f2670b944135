//! One fresh database, and the people who connect to it.

use std::sync::PoisonError;

use ::postgres::config::Host;
use ::postgres::{Client, Config, Transaction};

use super::cluster::Cluster;
use super::refusal::Refusal;

/// The role that owns the database: no superuser, no BYPASSRLS.
pub const OWNER: &str = "app_owner";

/// The role of a signed-in user of the app: owns nothing.
pub const CLIENT: &str = "authenticated";

/// A database of its own, dropped with the value.
#[derive(Debug)]
pub struct Database<'a> {
    cluster: &'a Cluster,
    name: String,
}

impl<'a> Database<'a> {
    pub(super) fn new(cluster: &'a Cluster, name: String) -> Database<'a> {
        Database { cluster, name }
    }

    /// The database's name in its cluster.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection as the superuser, bound by nothing.
    pub fn superuser(&self) -> Client {
        self.cluster.superuser_in(&self.name)
    }

    /// Drops every foreign key, so that a row needs no other row.
    pub fn drop_foreign_keys(&self) {
        let sql = "
            do $$
            declare
                key record;
            begin
                for key in select conrelid::regclass as owner, conname from pg_constraint where contype = 'f' and conparentid = 0 loop
                    execute format('alter table %s drop constraint %I', key.owner, key.conname);
                end loop;
            end
            $$";
        let mut superuser = self.superuser();
        superuser.batch_execute(sql).expect("the superuser may");
    }

    /// A connection as the owner, [`OWNER`].
    pub fn owner(&self) -> Client {
        self.connect_as(OWNER)
    }

    /// A connection as a role that the API uses, with the claims of its caller (JSON text, or empty for none).
    pub fn client(&self, role: &str, claims: &str) -> Client {
        let mut client = self.connect_as(role);
        client
            .execute(
                "select set_config('request.jwt.claims', $1, false)",
                &[&claims],
            )
            .unwrap_or_else(|error| panic!("claims {claims}: {}", Refusal::new(&error, "")));
        client
    }

    /// A URL that other programs can connect with; they act as `role`, or as the superuser without one.
    pub fn url(&self, role: Option<&str>) -> String {
        url_of(&self.cluster.config_of(&self.name), role)
    }

    /// A URL that other programs can connect with; they log in as `user`, as a server does.
    pub fn login_url(&self, user: &str) -> String {
        let mut config = self.cluster.config_of(&self.name);
        config.user(user);
        url_of(&config, None)
    }

    /// Executes SQL (any number of statements) as the owner, in the way of a migration tool: all or nothing.
    ///
    /// # Errors
    ///
    /// What Postgres refuses, with the line it stands at.
    pub fn apply(&self, sql: &str) -> Result<(), Refusal> {
        self.owner()
            .batch_execute(sql)
            .map_err(|error| Refusal::new(&error, sql))
    }

    /// Executes SQL as the superuser while no other test of this process does: for what creates roles.
    ///
    /// # Errors
    ///
    /// What Postgres refuses, with the line it stands at.
    pub fn apply_setup(&self, sql: &str) -> Result<(), Refusal> {
        let _alone = self
            .cluster
            .roles
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.superuser()
            .batch_execute(sql)
            .map_err(|error| Refusal::new(&error, sql))
    }

    /// Runs `run` in one transaction as [`CLIENT`] with these claims, then commits.
    ///
    /// To ask as many users in turn on one connection, begin transactions of [`Database::superuser`]
    /// and call [`act_as`] in each.
    pub fn as_user<T>(&self, claims: &str, run: impl FnOnce(&mut Transaction<'_>) -> T) -> T {
        let mut client = self.superuser();
        let mut transaction = client
            .transaction()
            .unwrap_or_else(|error| panic!("begin: {}", Refusal::new(&error, "")));
        act_as(&mut transaction, CLIENT, claims);
        let result = run(&mut transaction);
        transaction
            .commit()
            .unwrap_or_else(|error| panic!("commit: {}", Refusal::new(&error, "")));
        result
    }

    fn connect_as(&self, role: &str) -> Client {
        let mut client = self.superuser();
        // Not `set role`: the session's user would still be the superuser, who may become anybody.
        client
            .batch_execute(&format!("set session authorization {}", quoted(role)))
            .unwrap_or_else(|error| panic!("become {role}: {}", Refusal::new(&error, "")));
        client
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        let dropped = self
            .cluster
            .superuser_in("postgres")
            .batch_execute(&format!(
                "drop database if exists {} with (force)",
                quoted(&self.name)
            ));
        if let Err(error) = dropped {
            // A test that is already failing must be allowed to say why.
            eprintln!("drop database {}: {}", self.name, Refusal::new(&error, ""));
        }
    }
}

/// Becomes `role` with `claims` (JSON text, or empty for none) until the transaction ends.
///
/// # Panics
///
/// If the transaction's user may not become that role.
pub fn act_as(transaction: &mut Transaction<'_>, role: &str, claims: &str) {
    transaction
        .execute(
            "select set_config('request.jwt.claims', $1, true)",
            &[&claims],
        )
        .and_then(|_| transaction.batch_execute(&format!("set local role {}", quoted(role))))
        .unwrap_or_else(|error| {
            panic!("act as {role} with {claims}: {}", Refusal::new(&error, ""))
        });
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

fn url_of(config: &Config, role: Option<&str>) -> String {
    let mut parameters: Vec<(&str, String)> = Vec::new();
    for host in config.get_hosts() {
        match host {
            Host::Tcp(name) => parameters.push(("host", name.clone())),
            Host::Unix(path) => parameters.push(("host", path.to_string_lossy().into_owned())),
        }
    }
    parameters.extend(
        config
            .get_ports()
            .iter()
            .map(|port| ("port", port.to_string())),
    );
    if let Some(user) = config.get_user() {
        parameters.push(("user", user.to_owned()));
    }
    if let Some(password) = config.get_password() {
        parameters.push(("password", String::from_utf8_lossy(password).into_owned()));
    }
    if let Some(role) = role {
        parameters.push(("options", format!("-c role={role}")));
    }
    let query: Vec<String> = parameters
        .iter()
        .map(|(key, value)| format!("{key}={}", percent_encoded(value)))
        .collect();
    format!(
        "postgresql:///{}?{}",
        percent_encoded(config.get_dbname().unwrap_or("postgres")),
        query.join("&")
    )
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
