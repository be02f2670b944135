//! The write protocol over HTTP: `POST /api/data`, checkpoints, URLs of objects, health, metrics, and the admin API.

mod admin;
mod listen;
mod page;

pub use listen::serve;

use crate::app::Changes;
use crate::apply::{Bridge, Call, Failure};
use crate::auth::{Authenticator, Unauthorized};
use crate::checkpoints;
use crate::limits::{self, Room, Unread};
use crate::metrics;
use crate::objects::{Asked, NotSigned};
use crate::protocol::{self, Answer, Malformed, Response as Answers, Synced};
use crate::pull::Unanswered;
use crate::retry::seed;
use crate::row_changes;
use crate::shapes;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;

/// The header that names the installation which uploads.
pub const CLIENT_ID: &str = "synctable-client-id";

/// The header that names the release which the device was built from.
pub const RELEASE: &str = "synctable-release";

const REQUEST_ID: &str = "x-request-id";

/// A bridge, and what stands in front of it.
pub struct Server<C = synctable::crud::Decoder> {
    bridge: Arc<Bridge<C>>,
    authenticator: Authenticator,
    room: Room,
    metrics: Option<PrometheusHandle>,
}

impl<C> std::fmt::Debug for Server<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl<C: Changes> Server<C> {
    /// A server for a bridge, which believes the issuers of its configuration.
    ///
    /// # Errors
    /// An issuer is wrong.
    pub fn new(bridge: Bridge<C>, scraped: Option<PrometheusHandle>) -> Result<Self, String> {
        if scraped.is_some() {
            metrics::describe();
        }
        let app = &bridge.app;
        let authenticator =
            Authenticator::new(&bridge.config.issuers, &app.client_role, &app.roles)?;
        Ok(Server {
            room: Room::of(
                bridge.config.server.requests,
                bridge.config.server.bodies_bytes,
            ),
            bridge: Arc::new(bridge),
            authenticator,
            metrics: scraped,
        })
    }

    /// The bridge that it serves.
    pub fn bridge(&self) -> Arc<Bridge<C>> {
        Arc::clone(&self.bridge)
    }

    /// Its routes.
    pub fn router(self) -> Router {
        let server = Arc::new(self);
        let router = Router::new()
            .route(
                "/api/data",
                uploads::<C>(server.bridge.config.uploads.other_shapes),
            )
            .route("/api/sync", post(sync::<C>))
            .route("/health/live", get(live))
            .route("/health/ready", get(ready::<C>))
            .route("/metrics", get(scrape::<C>));
        let router = match server.bridge.app.checkpoints {
            true => router.route("/api/checkpoint", post(checkpoint::<C>)),
            false => router,
        };
        let router = match server.bridge.store {
            Some(_) => router.route("/api/objects", post(object::<C>)),
            None => router,
        };
        // Without a token there is no admin API.
        let router = match server.bridge.config.admin.token {
            Some(_) => router.merge(admin::routes(&server)),
            None => router,
        };
        router.with_state(server)
    }
}

/// How uploads are sent.
fn uploads<C: Changes>(other_shapes: bool) -> MethodRouter<Arc<Server<C>>> {
    let route = post(upload::<C>);
    match other_shapes {
        true => route
            .put(upload::<C>)
            .patch(upload::<C>)
            .delete(upload::<C>),
        false => route,
    }
}

#[derive(Serialize)]
struct Message {
    /// A word for programs.
    code: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let text = serde_json::to_vec(value).expect("an answer is JSON");
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn failed(status: StatusCode, message: impl Into<String>) -> Response {
    let code = match status {
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "refused",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::CONFLICT => "exists",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::TOO_MANY_REQUESTS => "busy",
        StatusCode::INTERNAL_SERVER_ERROR => "internal",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        _ => "malformed",
    };
    failed_with(status, code, message)
}

/// The same, with another word than the one of the status.
fn failed_with(status: StatusCode, code: &'static str, message: impl Into<String>) -> Response {
    let message = message.into();
    let mut response = json(status, &Message { code, message });
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        _ => {}
    }
    response
}

/// A header as text; one that is not counts as absent.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get(name)?
        .to_str()
        .ok()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = text(headers, "authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The id of a request: the caller's, where it is short and plain, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let is_plain = |text: &&str| {
        text.len() <= 64
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match text(headers, REQUEST_ID).filter(is_plain) {
        Some(id) => id.to_owned(),
        None => format!("{:016x}", seed()),
    }
}

async fn live() -> Response {
    json(
        StatusCode::OK,
        &Health {
            status: "ok",
            message: None,
        },
    )
}

async fn ready<C: Changes>(State(server): State<Arc<Server<C>>>) -> Response {
    match server.bridge.ready().await {
        Ok(()) => json(
            StatusCode::OK,
            &Health {
                status: "ok",
                message: None,
            },
        ),
        Err(why) => {
            let health = Health {
                status: "unavailable",
                message: Some(why),
            };
            json(StatusCode::SERVICE_UNAVAILABLE, &health)
        }
    }
}

async fn scrape<C: Changes>(State(server): State<Arc<Server<C>>>) -> Response {
    server.bridge.gauges().await;
    let text = server
        .metrics
        .as_ref()
        .map(PrometheusHandle::render)
        .unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

async fn upload<C: Changes>(State(server): State<Arc<Server<C>>>, request: Request) -> Response {
    logged(server, request, Route::Data).await
}

async fn sync<C: Changes>(State(server): State<Arc<Server<C>>>, request: Request) -> Response {
    logged(server, request, Route::Sync).await
}

async fn checkpoint<C: Changes>(
    State(server): State<Arc<Server<C>>>,
    request: Request,
) -> Response {
    logged(server, request, Route::Checkpoint).await
}

async fn object<C: Changes>(State(server): State<Arc<Server<C>>>, request: Request) -> Response {
    logged(server, request, Route::Objects).await
}

/// What a request asks for.
#[derive(Clone, Copy)]
enum Route {
    /// To apply what the device wrote.
    Data,
    /// The same, and then what others wrote.
    Sync,
    /// For a number, which comes down behind what the device wrote.
    Checkpoint,
    /// For a URL of an object.
    Objects,
}

async fn logged<C: Changes>(server: Arc<Server<C>>, request: Request, route: Route) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let span = tracing::info_span!("upload", request = id);
    let mut response = answer(server, request, route)
        .instrument(span.clone())
        .await;
    let status = response.status();
    metrics::request(status.as_u16(), began.elapsed());
    span.in_scope(|| {
        tracing::info!(
            status = status.as_u16(),
            ms = began.elapsed().as_millis() as u64,
            "answered"
        )
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The caller is asked before the body is read, so that nobody else costs memory.
async fn answer<C: Changes>(server: Arc<Server<C>>, request: Request, route: Route) -> Response {
    let (head, body) = request.into_parts();
    let Some(token) = bearer(&head.headers) else {
        return failed(StatusCode::UNAUTHORIZED, "a bearer token is missing");
    };
    let caller = match server.authenticator.caller(token).await {
        Ok(caller) => caller,
        Err(Unauthorized::Token(why)) => return failed(StatusCode::UNAUTHORIZED, why),
        Err(Unauthorized::Keys(why)) => return failed(StatusCode::SERVICE_UNAVAILABLE, why),
    };
    let client = text(&head.headers, CLIENT_ID).map(str::to_owned);
    if client
        .as_ref()
        .is_some_and(|id| id.len() > synctable::statement::CLIENT_BYTES)
    {
        return failed(
            StatusCode::BAD_REQUEST,
            format!("the header `{CLIENT_ID}` is too long"),
        );
    }
    let said_release = text(&head.headers, RELEASE).map(str::to_owned);
    let settings = &server.bridge.config.server;
    let too_large = || {
        let message = format!("the body is larger than {} bytes", settings.body_bytes);
        failed(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    let length = limits::length(&head.headers).unwrap_or(settings.body_bytes);
    if length > settings.body_bytes {
        return too_large();
    }
    let Some(place) = server.room.enter(length) else {
        return failed(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests run at the moment",
        );
    };
    let time = Duration::from_millis(settings.timeout_ms);
    let body = match limits::body(body, settings.body_bytes, time).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return too_large(),
        Err(Unread::TooSlow) => {
            return failed(StatusCode::BAD_REQUEST, "the body did not arrive in time");
        }
        Err(Unread::Broken) => return failed(StatusCode::BAD_REQUEST, "the body cannot be read"),
    };
    // A task of its own: a device that hangs up does not stop what it has sent.
    let run = async move {
        let _place = place;
        let server = &server;
        let config = &server.bridge.config;
        let release = match &said_release {
            Some(said) => server.bridge.app.releases.of(said),
            None => server.bridge.app.releases.of(""),
        };
        let call = Call {
            caller: &caller,
            client: client.as_deref(),
            release: &release,
            said_release: said_release.as_deref(),
        };
        match route {
            Route::Data => {}
            Route::Sync => return synced(server, call, &body).await,
            Route::Checkpoint => return numbered(server, call, &body).await,
            Route::Objects => return signed(server, call, &body).await,
        }
        let translated = match config.uploads.other_shapes {
            true => shapes::translated(head.method.as_str(), &body, server.bridge.app.registry),
            false => Ok(None),
        };
        let read = translated
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|translated| {
                protocol::read(
                    translated.as_deref().unwrap_or(&body),
                    config.server.entries,
                )
            });
        let transactions = match read {
            Ok(transactions) => transactions,
            Err(malformed) => return refused(malformed),
        };
        let results = server.bridge.apply(call, &transactions).await;
        // Other connectors read the status alone.
        let is_translated = matches!(&translated, Ok(Some(_)));
        match is_translated && results.iter().any(waits) {
            true => not_yet(),
            false => json(StatusCode::OK, &Answers { results }),
        }
    };
    match tokio::time::timeout(time, tokio::spawn(run.in_current_span())).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => failed(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the request failed for an unexpected reason",
        ),
        Err(_) => failed(StatusCode::SERVICE_UNAVAILABLE, "the request took too long"),
    }
}

/// Whether a transaction has to be sent again.
fn waits(answer: &Answer) -> bool {
    matches!(answer, Answer::RetryableError { .. })
}

/// What connectors are answered that read the status alone.
fn not_yet() -> Response {
    failed(
        StatusCode::SERVICE_UNAVAILABLE,
        "the database cannot take the transaction at the moment",
    )
}

fn refused(malformed: Malformed) -> Response {
    match malformed {
        Malformed::Form(why) => failed(StatusCode::BAD_REQUEST, why),
        Malformed::TooLarge(why) => failed(StatusCode::PAYLOAD_TOO_LARGE, why),
    }
}

/// Applies what a device wrote, and tells it what changed since.
async fn synced<C: Changes>(server: &Server<C>, call: Call<'_>, body: &[u8]) -> Response {
    let bridge = &server.bridge;
    let entries = bridge.config.server.entries;
    let translated = match bridge.config.uploads.other_shapes {
        true => row_changes::translated(body, entries, bridge.app.registry),
        false => Ok(None),
    };
    let translated = match translated {
        Ok(translated) => translated,
        Err(malformed) => return refused(malformed),
    };
    let read = protocol::read_sync(translated.as_deref().unwrap_or(body), entries);
    let (transactions, mut wanted) = match read {
        Ok(read) => read,
        Err(malformed) => return refused(malformed),
    };
    let results = bridge.apply(call, &transactions).await;
    if translated.is_some() {
        if results.iter().any(waits) {
            return not_yet();
        }
        wanted.again = row_changes::not_taken(&transactions, &results, bridge.app.registry);
    }
    match bridge.pull(call, &wanted).await {
        Ok(pulled) if translated.is_some() => json(
            StatusCode::OK,
            &row_changes::Reply::of(pulled, bridge.app.registry),
        ),
        Ok(pulled) => json(StatusCode::OK, &Synced { results, pulled }),
        Err(Unanswered::Cursor) => failed_with(
            StatusCode::BAD_REQUEST,
            "cursor",
            "the cursor is not a text that a bridge has sent; send null to pull everything anew",
        ),
        // What was applied is known again when the device sends it again.
        Err(Unanswered::Setup(why)) => {
            let failure = Failure::Record(why);
            bridge.troubles.add(&failure);
            not_pulled(&failure.to_string())
        }
        Err(Unanswered::Database(why)) => not_pulled(&why),
    }
}

/// Tells a device its write checkpoint.
async fn numbered<C: Changes>(server: &Server<C>, call: Call<'_>, body: &[u8]) -> Response {
    let Some(client) = call.client else {
        return failed(
            StatusCode::BAD_REQUEST,
            format!("the header `{CLIENT_ID}` is missing"),
        );
    };
    let asked = match checkpoints::read(body) {
        Ok(asked) => asked,
        Err(why) => return failed(StatusCode::BAD_REQUEST, why),
    };
    let bridge = &server.bridge;
    match bridge.checkpoint(call.caller, client, &asked).await {
        Ok(told) => json(StatusCode::OK, &told),
        Err(failure) => {
            tracing::warn!(error = %failure, "no checkpoint was made");
            if !failure.passes() {
                bridge.troubles.add(&failure);
            }
            failed(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database cannot make a checkpoint at the moment",
            )
        }
    }
}

/// Signs a URL of an object for a caller.
async fn signed<C: Changes>(server: &Server<C>, call: Call<'_>, body: &[u8]) -> Response {
    let asked: Asked = match serde_json::from_slice(body) {
        Ok(asked) => asked,
        Err(error) => {
            let why = format!("the body is not a question for a URL: {error}");
            return failed(StatusCode::BAD_REQUEST, why);
        }
    };
    let bridge = &server.bridge;
    match bridge.object(call.caller, &asked).await {
        Ok(signed) => json(StatusCode::OK, &signed),
        Err(NotSigned::Bucket) => failed_with(
            StatusCode::BAD_REQUEST,
            "bucket",
            "the app has no bucket of this name",
        ),
        Err(NotSigned::Path(why)) => failed_with(StatusCode::BAD_REQUEST, "path", why.to_string()),
        Err(NotSigned::Bytes(limit)) => failed_with(
            StatusCode::BAD_REQUEST,
            "bytes",
            format!("`bytes` has to say how many are uploaded, at most {limit}"),
        ),
        Err(NotSigned::Refused) => failed(
            StatusCode::FORBIDDEN,
            "the rules of the bucket do not allow this",
        ),
        Err(NotSigned::Exists) => failed(StatusCode::CONFLICT, "there is an object already"),
        Err(NotSigned::Absent) => failed(
            StatusCode::NOT_FOUND,
            "the bucket has no object with this path",
        ),
        Err(NotSigned::Database(failure)) => {
            tracing::warn!(error = %failure, "the rules of a bucket cannot be asked");
            if !failure.passes() {
                bridge.troubles.add(&failure);
            }
            failed(
                StatusCode::SERVICE_UNAVAILABLE,
                "the database cannot be asked at the moment",
            )
        }
        Err(NotSigned::Service(why)) => {
            tracing::warn!(error = why, "no URL of an object is signed");
            failed(
                StatusCode::SERVICE_UNAVAILABLE,
                "the service of the objects cannot be asked at the moment",
            )
        }
    }
}

fn not_pulled(why: &str) -> Response {
    tracing::warn!(error = why, "nothing was pulled");
    failed(
        StatusCode::SERVICE_UNAVAILABLE,
        "the database cannot be asked at the moment",
    )
}
