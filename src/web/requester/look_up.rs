//! `/status`: number and passcode. A wrong number and a wrong passcode get the same answer in the same time (SEC-080).

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::grants;
use crate::desk::reply::disclosure::Viewer;
use crate::desk::ticket::{TicketNumber, store, token};
use crate::web::form_body::query_value;
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError, Posted, in_time};

#[derive(Template)]
#[template(path = "requester/look_up.html")]
struct LookUp<'a> {
    at: Layout<'a>,
    action: String,
    token: String,
    number: String,
    is_wrong: bool,
}

fn page(ctx: &Ctx, number: String, is_wrong: bool) -> Result<Response, PageError> {
    let mut at =
        Layout::new(ctx, ctx.lang().t("受付状況を確認する", "See the status of your inquiry"), Nav::Status, "/status");
    at.is_error = is_wrong;
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = LookUp { action: at.url("/status"), token: ctx.csrf_token(), number, is_wrong, at };
    ctx.page(status, &page)
}

/// The two boxes.
pub async fn get(ctx: Ctx) -> Result<Response, PageError> {
    let number = query_value(ctx.query(), "number");
    page(&ctx, TicketNumber::parse(&number).map(|n| n.to_string()).unwrap_or_default(), false)
}

/// Opens the ticket in this browser.
pub async fn post(ctx: Ctx, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["number", "passcode"])?;
    let typed = form.get("number").to_owned();
    if let Err(wait) = ctx.state().lookups.count(ctx.ip(), None, ctx.now()) {
        return Err(PageError::TooMany { wait, kept: None });
    }
    let ticket = match TicketNumber::parse(&typed) {
        Some(number) => {
            in_time(async { store::find_by_number(&mut ctx.state().db.read().await?, &number).await }).await?
        }
        None => None,
    };
    // The same work is done for a number that does not exist.
    let key = ticket.as_ref().map_or("", |t| t.form_key.as_str());
    let fits = token::passcode_fits(&ctx.state().keys, key, form.get("passcode"));
    let Some(ticket) = ticket.filter(|_| fits) else { return page(&ctx, typed, true) };
    let location = format!("{}/status/{}", ctx.lang().prefix(), ticket.number);
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    response.headers_mut().append(header::SET_COOKIE, grants::add(&ctx, &ticket, Viewer::Passcode));
    Ok(response)
}
