//! `/t/{token}`: the link in a mail. GET shows a button and uses nothing up (mail scanners open links); POST exchanges
//! the token for a cookie.

use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::grants;
use crate::desk::reply::disclosure::Viewer;
use crate::desk::ticket::store;
use crate::desk::ticket::token::Token;
use crate::platform::crypto::Purpose;
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError, Posted, in_time};

#[derive(Template)]
#[template(path = "requester/link.html")]
struct Link<'a> {
    at: Layout<'a>,
    action: String,
    token: String,
}

/// The button. The same for any token: what a token is worth is told only to somebody who uses it.
pub async fn get(ctx: Ctx, Path(token): Path<String>) -> Result<Response, PageError> {
    let token = Token::parse(&token).map(|_| token).ok_or(PageError::NotFound)?;
    let title = ctx.lang().t("お問い合わせのページを開く", "Open the page of your inquiry");
    let at = Layout::new(&ctx, title, Nav::Status, "/status");
    let page = Link { action: at.url(&format!("/t/{token}")), token: ctx.csrf_token(), at };
    let mut response = ctx.page(StatusCode::OK, &page)?;
    // The address of this page is a key: it must not travel on as a referrer.
    response.headers_mut().insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// The exchange.
pub async fn post(ctx: Ctx, Path(text): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    if let Err(wait) = ctx.state().lookups.count(ctx.ip(), None, ctx.now()) {
        return Err(PageError::TooMany { wait, kept: None });
    }
    let token = Token::parse(&text).ok_or(PageError::NotFound)?;
    let find = async { store::find_by_number(&mut ctx.state().db.read().await?, token.number()).await };
    let ticket = in_time(find).await?;
    let genuine = token.is_genuine(&ctx.state().keys, Purpose::PageLink, ticket.as_ref().map_or(0, |t| t.token_epoch));
    let ticket = ticket.filter(|_| genuine).ok_or(PageError::NotFound)?;
    let viewer = Viewer::Link { address_tag: token.address_tag().to_owned() };
    let location = format!("{}/status/{}", ctx.lang().prefix(), ticket.number);
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    response.headers_mut().append(header::SET_COOKIE, grants::add(&ctx, &ticket, viewer));
    Ok(response)
}
