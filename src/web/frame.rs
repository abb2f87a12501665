//! What surrounds every request: its [`Ctx`] is made, a wrong host is turned away, a panic becomes a page, a
//! [`PageError`] becomes a page, the security headers are laid.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State as Extract};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use percent_encoding::percent_decode_str;

use super::host::Addressed;
use super::{Ctx, PageError, State, cookies, headers};

/// The most headers, and bytes of headers, that a request may bring.
const MOST_HEADERS: usize = 100;
const HEAD_BYTES: usize = 32 * 1024;

/// The outermost middleware.
pub(super) async fn frame(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let is_https = state.settings.is_https();
    let (mut head, body) = request.into_parts();
    let ctx = Ctx::new(state, &head);
    head.extensions.insert(ctx.clone());
    let is_head = head.method == Method::HEAD;
    // The route, never the path: tokens and numbers stand in paths (design rule 14).
    let route = head.extensions.get::<MatchedPath>().cloned();
    let (method, begun) = (head.method.clone(), Instant::now());
    let mut response = match admit(&ctx) {
        Ok(()) => match AssertUnwindSafe(next.run(Request::from_parts(head, body))).catch_unwind().await {
            Ok(response) => response,
            Err(_) => PageError::internal("a handler panicked").into_response(),
        },
        Err(error) => error.into_response(),
    };
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && response.extensions().get::<PageError>().is_none() {
        response.extensions_mut().insert(PageError::MethodNotAllowed);
    }
    if let Some(mut error) = response.extensions_mut().remove::<PageError>() {
        // Whatever form it was: what was typed into it is not lost.
        if let Some(posted) = ctx.posted() {
            error = error.keeping(posted.clone());
        }
        let allow = response.headers_mut().remove(header::ALLOW);
        response = error.render(&ctx);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        if is_head {
            *response.body_mut() = axum::body::Body::empty();
        }
    }
    if let Some(visitor) = ctx.fresh_visitor() {
        let cookie = cookies::set(is_https, cookies::VISITOR, visitor, None);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    headers::lay(&mut response, is_https);
    let (route, status) = (route.as_ref().map_or("", MatchedPath::as_str), response.status().as_u16());
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(%method, route, status, micros, "a request was answered");
    response
}

/// Health checks come by any name; all else must mean us, in a head of sensible size and a path of text.
fn admit(ctx: &Ctx) -> Result<(), PageError> {
    let head: usize = ctx.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if ctx.headers().len() > MOST_HEADERS || head > HEAD_BYTES {
        return Err(PageError::HeadTooLarge);
    }
    if percent_decode_str(ctx.path()).decode_utf8().is_err() {
        return Err(PageError::NotFound);
    }
    match ctx.addressed() {
        _ if matches!(ctx.path(), "/healthz" | "/readyz") => Ok(()),
        Addressed::Us(_) => Ok(()),
        Addressed::Another => Err(PageError::WrongHost),
        Addressed::Unclear => Err(PageError::NoHost),
    }
}
