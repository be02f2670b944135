//! A connection to the throw-away Postgres, which may still be starting.

use std::time::{Duration, Instant};
use synctable_codegen::throwaway::Cluster;
use tokio_postgres::{Client, NoTls};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection of the superuser, once Postgres takes them.
pub(super) async fn connect(cluster: &Cluster) -> Result<Client, String> {
    let began = Instant::now();
    loop {
        match tokio_postgres::connect(&cluster.url("postgres"), NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                return Ok(client);
            }
            Err(error) if began.elapsed() > PATIENCE => return Err(error.to_string()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
