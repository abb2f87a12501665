//! What surrounds every request: its [`Ctx`] is made, a wrong host is turned away, a panic becomes a page, a
//! [`PageError`] becomes a page, the security headers are laid.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State as Extract};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use super::host::Addressed;
use super::{Ctx, PageError, State, cookies, headers};

/// The outermost middleware.
pub(super) async fn frame(Extract(state): Extract<State>, request: Request, next: Next) -> Response {
    let is_https = state.settings.is_https();
    let (mut head, body) = request.into_parts();
    let ctx = Ctx::new(state, &head);
    head.extensions.insert(ctx.clone());
    let is_head = head.method == Method::HEAD;
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
    if let Some(error) = response.extensions_mut().remove::<PageError>() {
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
    response
}

/// Health checks come by any name; all else must mean us.
fn admit(ctx: &Ctx) -> Result<(), PageError> {
    match ctx.addressed() {
        _ if matches!(ctx.path(), "/healthz" | "/readyz") => Ok(()),
        Addressed::Us(_) => Ok(()),
        Addressed::Another => Err(PageError::WrongHost),
        Addressed::Unclear => Err(PageError::NoHost),
    }
}
