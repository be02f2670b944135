//! Connections to Postgres, each with the writer that has its statements prepared.

use crate::certificates;
use crate::config::{self, Pooler};
use deadpool::Runtime;
use deadpool::managed::{self, Metrics, RecycleError, RecycleResult, Timeouts};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use synctable::statement::Statements;
use synctable::statement::tokio_postgres::Writer;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A connection, and the writer whose statements are prepared on it.
pub struct Link {
    /// The connection.
    pub client: Client,
    /// The writer.
    pub writer: Writer<'static>,
    /// What begins a transaction, prepared where the session keeps it: of uploads with and without a number.
    pub(crate) openings: Option<[tokio_postgres::Statement; 2]>,
    /// Whether a transaction is open that nothing ends but the end of the connection.
    pub(crate) is_open: bool,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("writer", &self.writer)
            .finish_non_exhaustive()
    }
}

/// Opens connections.
pub struct Manager {
    config: Config,
    tls: MakeRustlsConnect,
    pooler: Pooler,
    statements: &'static [&'static Statements],
}

impl std::fmt::Debug for Manager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The configuration holds a password.
        f.debug_struct("Manager").finish_non_exhaustive()
    }
}

impl managed::Manager for Manager {
    type Type = Link;
    type Error = tokio_postgres::Error;

    async fn create(&self) -> Result<Link, tokio_postgres::Error> {
        let client = match self.config.get_ssl_mode() {
            SslMode::Disable => {
                let (client, connection) = self.config.connect(NoTls).await?;
                tokio::spawn(connection);
                client
            }
            _ => {
                let (client, connection) = self.config.connect(self.tls.clone()).await?;
                tokio::spawn(connection);
                client
            }
        };
        let writer = match self.pooler {
            Pooler::None => Writer::new(self.statements),
            Pooler::Transaction => Writer::without_session(self.statements),
        };
        Ok(Link {
            client,
            writer,
            openings: None,
            is_open: false,
        })
    }

    async fn recycle(&self, link: &mut Link, _: &Metrics) -> RecycleResult<tokio_postgres::Error> {
        match link.client.is_closed() || link.is_open {
            true => Err(RecycleError::message(
                "the connection is closed, or in a transaction",
            )),
            false => Ok(()),
        }
    }
}

/// The connections of a bridge.
pub type Pool = managed::Pool<Manager>;

/// The connections that a configuration asks for; none is opened yet.
///
/// # Errors
/// The URL is none, or the file of certificates cannot be read.
pub fn pool(
    config: &config::Database,
    statements: &'static [&'static Statements],
) -> Result<Pool, String> {
    // The message of the parser does not repeat the URL, which holds a password.
    let mut url: Config = config.url.parse().map_err(|error: tokio_postgres::Error| {
        let why = std::error::Error::source(&error)
            .map_or_else(|| error.to_string(), ToString::to_string);
        format!("`database.url` is not valid: {why}")
    })?;
    url.application_name("bridge");
    url.connect_timeout(config.connect_timeout());
    let manager = Manager {
        config: url,
        tls: tls(config.certificates.as_deref())?,
        pooler: config.pooler,
        statements,
    };
    let timeouts = Timeouts {
        wait: Some(config.wait()),
        create: Some(config.connect_timeout()),
        recycle: None,
    };
    Pool::builder(manager)
        .max_size(config.connections)
        .timeouts(timeouts)
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| error.to_string())
}

/// TLS that asks who answers: by the certificates of a file, or else by those of the system.
fn tls(file: Option<&std::path::Path>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates::trusted(file)?);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the versions of TLS that are safe")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(client))
}
