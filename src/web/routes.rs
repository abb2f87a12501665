//! The whole URL map. Public pages exist twice, in English under `/en`.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::{PageError, State, api, assets, frame, health, public, requester, staff};

/// Every route of the desk, framed.
pub fn router(state: State) -> Router {
    let operations = Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/assets/{name}", get(assets::get))
        .route("/favicon.ico", get(|| async { Redirect::permanent(assets::url("logo.svg")) }))
        .route("/robots.txt", get(robots));
    let both = ["", "/en"]
        .into_iter()
        .fold(operations, |router, lang| router.merge(public::routes(lang)).merge(requester::routes(lang)));
    both.merge(staff::routes())
        .merge(api::routes())
        .fallback(|| async { PageError::NotFound })
        .layer(axum::middleware::from_fn_with_state(state.clone(), frame::frame))
        .with_state(state)
}

/// Search engines may read the answers, and nothing of a person.
async fn robots() -> Response {
    let text =
        "User-agent: *\nDisallow: /t/\nDisallow: /upload/\nDisallow: /status\nDisallow: /done/\nDisallow: /staff/\n";
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
