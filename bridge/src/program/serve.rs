//! `bridge serve`: the server, until a signal stops it.

use super::args::Common;
use super::{Stop, load, runtime, settings};
use crate::apply::Bridge;
use crate::http::{self, Server};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// The buckets of how long requests take.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The buckets of how many entries a transaction has.
const ENTRIES: [f64; 6] = [1.0, 5.0, 20.0, 100.0, 1000.0, 10_000.0];

/// How often old records are removed; several bridges may do so at once.
const PURGE: Duration = Duration::from_secs(3600);

pub(super) fn serve(common: &Common) -> Result<(), Stop> {
    let config = settings(common)?;
    let problems = config.problems();
    if !problems.is_empty() {
        return Err(Stop::Declared(problems.join("\nerror: ")));
    }
    let app = load::app(&common.app, &config)?;
    let bridge = Bridge::new(app, config).map_err(Stop::Declared)?;
    run(bridge, |_| {})
}

/// Serves until a signal stops it; says where it listens once it does.
pub(super) fn run(bridge: Bridge, started: impl FnOnce(SocketAddr)) -> Result<(), Stop> {
    logs();
    let environment = |why: String| Stop::Environment(why);
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_entries".to_owned()), &ENTRIES)
        })
        .map_err(|error| environment(error.to_string()))?
        .install_recorder()
        .map_err(|error| environment(error.to_string()))?;
    let settings = &bridge.config.server;
    let listen = settings.listen;
    let [drain, head] = [settings.drain_ms, settings.head_ms].map(Duration::from_millis);
    let server = Server::new(bridge, Some(metrics)).map_err(Stop::Declared)?;
    runtime()?.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| environment(format!("`{listen}` cannot be listened on: {error}")))?;
        let address = listener
            .local_addr()
            .map_err(|error| environment(error.to_string()))?;
        // From here on a signal ends it in order.
        let signals = Signals::listen().map_err(|error| environment(error.to_string()))?;
        tracing::info!(%address, "the bridge takes uploads");
        started(address);
        let bridge = server.bridge();
        tokio::spawn(async move {
            let mut hourly = tokio::time::interval(PURGE);
            loop {
                hourly.tick().await;
                match bridge.purge().await {
                    Ok(0) => {}
                    Ok(removed) => {
                        tracing::info!(removed, "old records of applied transactions were removed")
                    }
                    Err(error) => tracing::warn!(error, "old records cannot be removed"),
                }
                match bridge.purge_pull().await {
                    Ok(0) => {}
                    Ok(removed) => {
                        tracing::info!(removed, "old notes of rows that went were removed")
                    }
                    Err(error) => tracing::warn!(error, "old notes cannot be removed"),
                }
            }
        });
        let (stop, mut stopped) = watch::channel(false);
        let mut late = stopped.clone();
        tokio::spawn(async move {
            signals.one().await;
            tracing::info!("the bridge stops: requests that run are finished");
            let _ = stop.send(true);
        });
        let serving = http::serve(listener, server.router(), head, async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        });
        tokio::select! {
            () = serving => Ok(()),
            () = async {
                let _ = late.wait_for(|stopped| *stopped).await;
                tokio::time::sleep(drain).await;
            } => Err(environment("requests still ran after `server.drain_ms`".to_owned())),
        }
    })
}

/// SIGTERM and SIGINT, which end the process no more once they are listened for.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one of them.
    async fn one(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Structured logs on the standard error: `BRIDGE_LOG` says which, `BRIDGE_LOG_FORMAT=json` as JSON.
fn logs() {
    let filter = EnvFilter::try_from_env("BRIDGE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match std::env::var("BRIDGE_LOG_FORMAT").as_deref() {
        Ok("json") => logs.json().init(),
        _ => logs.init(),
    }
}
