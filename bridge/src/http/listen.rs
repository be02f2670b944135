//! Serves connections: heads of requests arrive in time, and at the end running requests are answered.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long the bridge waits after a connection could not be taken, as where there are too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stopped`, and then lets running requests end.
///
/// A connection on which the head of a request does not arrive within `head` is closed; that bounds how long it is kept
/// open between requests as well.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    head: Duration,
    stopped: impl Future<Output = ()>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head);
    let running = GracefulShutdown::new();
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopped => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let connection = running.watch(connection);
        // A connection that breaks is its client's matter.
        tokio::spawn(async move {
            let _ = connection.await;
        });
    }
    drop(listener);
    running.shutdown().await;
}
