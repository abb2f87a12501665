//! `/upload/{token}`: the one-time link for sending an image. GET shows a button and uses nothing up (mail scanners open
//! links); POST exchanges the token for a cookie; the image that then comes by `/upload` uses the link up.

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Duration;

use crate::desk::flows::replacement;
use crate::desk::licence::intake::{self, NewImage};
use crate::desk::licence::link::{self, Ended, UploadLink};
use crate::desk::licence::{ImageSource, store};
use crate::desk::ticket::{TicketId, store as tickets};
use crate::platform::db::{DbError, Tx};
use crate::platform::text::size;
use crate::web::layout::{Layout, Nav};
use crate::web::public::picture::refused;
use crate::web::upload::Sent;
use crate::web::{Ctx, PageError, Posted, cookies, headers, in_time, qr, signed, upload, when};

/// How long a browser may take from the button to the image.
const GOOD_FOR: Duration = Duration::hours(2);

#[derive(Template)]
#[template(path = "requester/upload_link.html")]
struct Button<'a> {
    at: Layout<'a>,
    action: String,
    token: String,
    code: qr::Code,
}

#[derive(Template)]
#[template(path = "requester/upload.html")]
struct Form<'a> {
    at: Layout<'a>,
    action: String,
    token: String,
    number: String,
    until: String,
    error: Option<String>,
    image_limit: String,
    image_bytes: u64,
}

#[derive(Template)]
#[template(path = "requester/upload_done.html")]
struct Done<'a> {
    at: Layout<'a>,
    /// Why the link opens nothing, or `None` when the image has just arrived.
    ended: Option<&'static str>,
}

/// The button. The same for any token of our making: what it is worth is told only to somebody who uses it.
///
/// # Errors
/// 404 for a token that is not ours.
pub async fn get(ctx: Ctx, Path(token): Path<String>) -> Result<Response, PageError> {
    link::read(&ctx.state().keys, &token).ok_or(PageError::NotFound)?;
    let title = ctx.lang().t("医師免許証の画像を送る", "Send the image of your licence");
    let at = Layout::new(&ctx, title, Nav::Status, "/status");
    let path = at.url(&format!("/upload/{token}"));
    let code = qr::Code::of(&format!("{}{path}", ctx.state().settings.server.base_url));
    let page = Button { action: path, token: ctx.csrf_token(), code, at };
    Ok(headers::no_referrer(ctx.page(StatusCode::OK, &page)?))
}

/// The exchange. Tokens cannot be guessed, but whoever tries many is slowed down.
///
/// # Errors
/// 404 for a token that is not ours, 429 too many tries, or when the database is away.
pub async fn exchange(ctx: Ctx, Path(token): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    if let Err(wait) = ctx.state().lookups.count(ctx.ip(), None, ctx.now()) {
        return Err(PageError::TooMany { wait, kept: None });
    }
    let key = link::read(&ctx.state().keys, &token).ok_or(PageError::NotFound)?.to_owned();
    let link = find(&ctx, &key).await?.ok_or(PageError::NotFound)?;
    if let Some(ended) = link.ended(ctx.now()) {
        return over(&ctx, ended);
    }
    let sealed = signed::seal(&ctx.state().keys, cookies::UPLOAD, &key, ctx.now(), GOOD_FOR);
    let location = format!("{}/upload", ctx.lang().prefix());
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    let cookie = cookies::set(ctx.state().settings.is_https(), cookies::UPLOAD, &sealed, Some(GOOD_FOR));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `GET /upload`: the form.
///
/// # Errors
/// 404 without the cookie, or when the database is away.
pub async fn form(ctx: Ctx) -> Result<Response, PageError> {
    let link = opened(&ctx).await?;
    match link.ended(ctx.now()) {
        Some(ended) => over(&ctx, ended),
        None => show(&ctx, &link, None).await,
    }
}

/// `POST /upload`: the image.
///
/// # Errors
/// As [`form`]; a file that is no picture for us is 422 with the form.
pub async fn take(ctx: Ctx, request: Request) -> Result<Response, PageError> {
    let link = opened(&ctx).await?;
    // The body is read whatever the link is worth, so that the browser gets to see the answer.
    let (Posted(fields), sent) = upload::read(&ctx, request).await?;
    fields.only(&[])?;
    if let Some(ended) = link.ended(ctx.now()) {
        return over(&ctx, ended);
    }
    let state = ctx.state();
    let error = match sent {
        None => ctx.lang().t("画像を選んでください。", "Choose an image.").to_owned(),
        Some(Sent::TooLarge { found, limit }) => intake::too_large(found, limit, ctx.lang()),
        Some(Sent::Whole(file)) => {
            match intake::prepare(&state.room, &state.blobs, &state.context(), &file.incoming()).await {
                Err(error) => refused(error, ctx.lang())?,
                Ok(prepared) => {
                    let new = NewImage {
                        prepared,
                        staged_by: String::new(),
                        ticket_id: Some(link.ticket_id),
                        kind: link.purpose,
                        source: ImageSource::Link,
                        received_at: ctx.now(),
                    };
                    return store_image(&ctx, link, new).await;
                }
            }
        }
    };
    show(&ctx, &link, Some(error)).await
}

async fn store_image(ctx: &Ctx, link: UploadLink, new: NewImage) -> Result<Response, PageError> {
    let context = ctx.state().context();
    let write = async move |tx: &mut Tx| replacement::came_by_link(tx, &context, &link, &new).await;
    let stored = in_time(async { ctx.state().db.write(write).await.map_err(PageError::internal) }).await?;
    if stored.is_none() {
        return over(ctx, Ended::Used);
    }
    ctx.state().wake.notify_waiters();
    let mut response = done(ctx, None, StatusCode::OK)?;
    let cleared = cookies::clear(ctx.state().settings.is_https(), cookies::UPLOAD);
    response.headers_mut().append(header::SET_COOKIE, cleared);
    Ok(response)
}

async fn find(ctx: &Ctx, key: &str) -> Result<Option<UploadLink>, PageError> {
    in_time::<_, DbError>(async { store::find_link(&mut ctx.state().db.read().await?, key).await }).await
}

/// The link that this browser exchanged.
async fn opened(ctx: &Ctx) -> Result<UploadLink, PageError> {
    let cookie = ctx.cookie(cookies::UPLOAD).unwrap_or_default();
    let key: String = signed::open(&ctx.state().keys, cookies::UPLOAD, cookie, ctx.now()).ok_or(PageError::NotFound)?;
    find(ctx, &key).await?.ok_or(PageError::NotFound)
}

async fn show(ctx: &Ctx, link: &UploadLink, error: Option<String>) -> Result<Response, PageError> {
    let id = TicketId(link.ticket_id);
    let ticket = in_time::<_, DbError>(async { tickets::get(&mut ctx.state().db.read().await?, id).await }).await?;
    let title = ctx.lang().t("医師免許証の画像を送る", "Send the image of your licence");
    let mut at = Layout::new(ctx, title, Nav::Status, "/upload");
    at.is_error = error.is_some();
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Form {
        action: at.url("/upload"),
        token: ctx.csrf_token(),
        number: ticket.number,
        until: when::stamp(ctx.lang(), link.expires_at),
        error,
        image_limit: size::limit(upload::limit(ctx)),
        image_bytes: upload::limit(ctx),
        at,
    };
    ctx.page(status, &page)
}

fn over(ctx: &Ctx, ended: Ended) -> Result<Response, PageError> {
    let why = match ended {
        Ended::Used => ctx
            .lang()
            .t("このリンクからは、すでに画像を受け取っています。", "An image has arrived by this link already."),
        Ended::Revoked => ctx.lang().t(
            "このリンクは使えなくなりました。新しいリンクをお送りしているときは、そちらをお使いください。",
            "This link is no longer good. If we have sent you a newer one, use that.",
        ),
        Ended::Expired => ctx.lang().t("このリンクの期限は過ぎました。", "This link has expired."),
    };
    done(ctx, Some(why), StatusCode::GONE)
}

fn done(ctx: &Ctx, ended: Option<&'static str>, status: StatusCode) -> Result<Response, PageError> {
    let title = match ended {
        None => ctx.lang().t("画像を受け取りました", "We have received the image"),
        Some(_) => ctx.lang().t("このリンクは使えません", "This link cannot be used"),
    };
    let at = Layout::new(ctx, title, Nav::Status, "/status");
    let mut response = ctx.page(status, &Done { at, ended })?;
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
