//! `/staff/mail/held`: mails that were kept and not acted on (保留メール), with the reason.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::layout::{At, Nav};
use super::{Desk, files, words};
use crate::desk::audit::act;
use crate::mail::inbox::held::{self, HeldMail};
use crate::mail::inbox::{Inbox, RawMailId, TakeError};
use crate::platform::db::{DbError, Tx};
use crate::web::form_body::query_value;
use crate::web::{PageError, Posted};

/// Mails on a page.
const PAGE: i64 = 50;

impl From<TakeError> for PageError {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Db(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

#[derive(Template)]
#[template(path = "staff/held.html")]
struct HeldPage {
    at: At,
    mails: Vec<HeldMail>,
    older: Option<i64>,
    is_first: bool,
}

impl HeldPage {
    fn why(&self, mail: &HeldMail) -> &'static str {
        words::cause(self.at.lang(), mail.cause)
    }

    fn size(&self, mail: &HeldMail) -> String {
        words::size(mail.size)
    }
}

/// `GET /staff/mail/held?before=`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let before = query_value(desk.ctx.query(), "before").parse().ok().map(RawMailId);
    let mut tx = desk.read().await?;
    let at = At::load(&mut tx, &desk, desk.t("保留メール", "Held mail"), Nav::Held).await?;
    let mut mails = held::list(&mut tx, before, PAGE + 1).await?;
    let more = mails.len() as i64 > PAGE;
    mails.truncate(PAGE as usize);
    let older = mails.last().filter(|_| more).map(|mail| mail.id.0);
    desk.ctx.page(StatusCode::OK, &HeldPage { at, mails, older, is_first: before.is_none() })
}

async fn find(desk: &Desk, id: i64) -> Result<HeldMail, PageError> {
    held::find(&mut desk.read().await?, RawMailId(id)).await?.ok_or(PageError::NotFound)
}

fn inbox(desk: &Desk) -> Inbox {
    Inbox::new(desk.state().db.clone(), desk.state().blobs.clone(), desk.context())
}

/// `GET /staff/mail/held/{id}/raw`: the mail as it came, as a download.
///
/// # Errors
/// 404, or when storage or database are away.
pub async fn raw(desk: Desk, Path(id): Path<i64>) -> Result<Response, PageError> {
    let mail = find(&desk, id).await?;
    let bytes = inbox(&desk).raw(&mail).await?;
    desk.audit(act::FILE_DOWNLOADED, format!("mail:{id}"), "").await?;
    Ok(files::download(bytes, &format!("held-{id}.eml")))
}

/// `POST /staff/mail/held/{id}/open`: makes a ticket of it.
///
/// # Errors
/// 404 when somebody else has dealt with it, or when the database is away.
pub async fn open(desk: Desk, Path(id): Path<i64>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let mail = find(&desk, id).await?;
    let number = inbox(&desk).release(&mail, desk.id()).await?.ok_or(PageError::NotFound)?;
    desk.state().wake.notify_waiters();
    Ok(Redirect::to(&format!("/staff/tickets/{number}")).into_response())
}

/// `POST /staff/mail/held/{id}/dismiss`: puts it away; it stays stored.
///
/// # Errors
/// 404 when somebody else has dealt with it, or when the database is away.
pub async fn dismiss(desk: Desk, Path(id): Path<i64>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let (me, now) = (desk.id(), desk.now());
    let put_away = async move |tx: &mut Tx| held::dismiss(tx, RawMailId(id), me, now).await;
    if !desk.state().db.write::<_, DbError, _>(put_away).await? {
        return Err(PageError::NotFound);
    }
    Ok(Redirect::to("/staff/mail/held").into_response())
}
