//! `GET /done/{number}`: 受付番号 and passcode, for the browser that has just sent the inquiry.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::desk::inquiry::InquiryKind;
use crate::desk::reply::disclosure::masked;
use crate::desk::ticket::TicketNumber;
use crate::desk::ticket::intake::Received;
use crate::desk::ticket::token;
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, PageError, cookies, signed};

/// How long the page can be opened.
const GOOD_FOR: Duration = Duration::hours(1);

/// What the browser keeps for the page.
#[derive(Serialize, Deserialize)]
pub struct Receipt {
    number: String,
    /// The random part of the form key: the passcode is derived from it.
    key: String,
    /// Masked address of the receipt.
    email: String,
    at: DateTime<Utc>,
    /// It had been received before, and what came now differs.
    differs: bool,
    /// Which kind's words of thanks are shown.
    kind: InquiryKind,
}

impl Receipt {
    /// The receipt of what was received.
    pub fn new(received: &Received, kind: InquiryKind, key: &str, email: &str, at: DateTime<Utc>) -> Self {
        let number = received.number.as_str().to_owned();
        Self { number, key: key.to_owned(), email: masked(email), at, differs: received.differs, kind }
    }

    /// The `Set-Cookie` line.
    pub fn cookie(&self, ctx: &Ctx) -> HeaderValue {
        let sealed = signed::seal(&ctx.state().keys, cookies::RECEIPT, self, ctx.now(), GOOD_FOR);
        cookies::set(ctx.state().settings.is_https(), cookies::RECEIPT, &sealed, Some(GOOD_FOR))
    }
}

#[derive(Template)]
#[template(path = "public/done.html")]
struct Done<'a> {
    at: Layout<'a>,
    receipt: &'a Receipt,
    passcode: String,
    thanks: &'a str,
    /// Working days within which an answer is usual.
    days: u32,
}

/// The page; another browser is led to the status page.
pub async fn get(ctx: Ctx, Path(number): Path<String>) -> Result<Response, PageError> {
    let number = TicketNumber::parse(&number).ok_or(PageError::NotFound)?;
    let state = ctx.state();
    let cookie = ctx.cookie(cookies::RECEIPT).unwrap_or_default();
    let receipt: Option<Receipt> = signed::open(&state.keys, cookies::RECEIPT, cookie, ctx.now());
    let Some(receipt) = receipt.filter(|receipt| receipt.number == number.as_str()) else {
        return Ok(Redirect::to(&format!("{}/status?number={number}", ctx.lang().prefix())).into_response());
    };
    let page = Done {
        at: Layout::new(
            &ctx,
            ctx.lang().t("受け付けました", "Your inquiry has been received"),
            Nav::Inquire,
            "/inquiries",
        ),
        passcode: token::passcode(&state.keys, &receipt.key),
        days: state.kinds().get(receipt.kind).map_or(3, |spec| spec.answer_within_days),
        thanks: state.kinds().get(receipt.kind).map_or("", |spec| spec.thanks.t(ctx.lang())),
        receipt: &receipt,
    };
    ctx.page(StatusCode::OK, &page)
}
