//! The admin API: dead letters, for whoever has the admin token.

use super::{Server, bearer, failed, json, page, ready, scrape};
use crate::app::Changes;
use crate::dead_letters::NotDone;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The bytes of an amended dead letter.
const BODY_BYTES: usize = 8 << 20;

/// The routes, each behind the token, and the page that asks for it.
pub(super) fn routes<C: Changes>(server: &Arc<Server<C>>) -> Router<Arc<Server<C>>> {
    let guard = middleware::from_fn_with_state(Arc::clone(server), with_token::<C>);
    Router::new()
        .route("/admin/dead-letters", get(list::<C>))
        .route("/admin/dead-letters/{id}", get(show::<C>))
        .route("/admin/dead-letters/{id}/replay", post(replay::<C>))
        .route("/admin/dead-letters/{id}/discard", post(discard::<C>))
        // For the page, where a proxy keeps the others from the public.
        .route("/admin/health", get(ready::<C>))
        .route("/admin/metrics", get(scrape::<C>))
        .layer(guard)
        .merge(page::routes())
}

async fn with_token<C: Changes>(
    State(server): State<Arc<Server<C>>>,
    request: Request,
    next: Next,
) -> Response {
    // Hashes take the same time to compare, however much of a guess is right.
    let hash = |token: &str| Sha256::digest(token.as_bytes());
    let wanted = server.bridge.config.admin.token.as_deref().map(hash);
    match (wanted, bearer(request.headers()).map(hash)) {
        (Some(wanted), Some(given)) if wanted == given => next.run(request).await,
        _ => failed(
            StatusCode::UNAUTHORIZED,
            "the admin token is missing or wrong",
        ),
    }
}

fn not_done(why: &NotDone) -> Response {
    let status = match why {
        NotDone::NotOpen(_) => StatusCode::NOT_FOUND,
        NotDone::Malformed(_) => StatusCode::BAD_REQUEST,
        NotDone::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    failed(status, why.to_string())
}

fn answer<T: Serialize>(done: Result<T, NotDone>) -> Response {
    match done {
        Ok(value) => json(StatusCode::OK, &value),
        Err(why) => not_done(&why),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Listing {
    all: bool,
    after: i64,
}

async fn list<C: Changes>(
    State(server): State<Arc<Server<C>>>,
    Query(listing): Query<Listing>,
) -> Response {
    answer(server.bridge.dead_letters(listing.all, listing.after).await)
}

async fn show<C: Changes>(State(server): State<Arc<Server<C>>>, Path(id): Path<i64>) -> Response {
    answer(server.bridge.dead_letter(id).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amended {
    entries: Vec<Box<serde_json::value::RawValue>>,
}

/// Replays as it is without a body, and else with the `entries` of the body.
async fn replay<C: Changes>(
    State(server): State<Arc<Server<C>>>,
    Path(id): Path<i64>,
    request: Request,
) -> Response {
    let Ok(body) = axum::body::to_bytes(request.into_body(), BODY_BYTES).await else {
        return failed(StatusCode::BAD_REQUEST, "the body cannot be read");
    };
    if body.is_empty() {
        return answer(server.bridge.replay(id, None).await);
    }
    match serde_json::from_slice::<Amended>(&body) {
        Ok(amended) => {
            let entries = amended.entries.iter().map(|entry| entry.get().to_owned());
            let entries: Vec<String> = entries.collect();
            answer(server.bridge.replay(id, Some(&entries)).await)
        }
        Err(error) => failed(
            StatusCode::BAD_REQUEST,
            format!("the body is not an object with `entries`: {error}"),
        ),
    }
}

#[derive(Serialize)]
struct Discarded {
    outcome: &'static str,
}

async fn discard<C: Changes>(
    State(server): State<Arc<Server<C>>>,
    Path(id): Path<i64>,
) -> Response {
    let discarded = server.bridge.discard(id).await;
    answer(discarded.map(|()| Discarded {
        outcome: "discarded",
    }))
}
