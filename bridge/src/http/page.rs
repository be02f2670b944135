//! The admin page: three files without a build step, which are a part of the program.

use super::Server;
use crate::app::Changes;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;

/// What the page may load and do: its own files, and requests to its bridge.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Its files, which hold no secret and need no token: the requests of the page do.
pub(super) fn routes<C: Changes>() -> Router<Arc<Server<C>>> {
    let file = |kind: &'static str, text: &'static str| get(async move || answer(kind, text));
    Router::new()
        .route(
            "/admin",
            file("text/html; charset=utf-8", include_str!("page/admin.html")),
        )
        .route(
            "/admin/page.css",
            file("text/css; charset=utf-8", include_str!("page/admin.css")),
        )
        .route(
            "/admin/page.js",
            file(
                "text/javascript; charset=utf-8",
                include_str!("page/admin.js"),
            ),
        )
}

fn answer(kind: &'static str, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
