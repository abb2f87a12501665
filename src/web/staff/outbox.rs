//! `/staff/mail/outbox`: mails of ours that failed or whose fate is unknown, and those still waiting.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::layout::{At, Nav};
use super::thread::delivery_state;
use crate::desk::reply::disclosure::masked;
use crate::desk::ticket::{TicketId, list};
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox::{self, Counts, Delivery, MailState, OutboxId};
use crate::web::{PageError, Posted};

/// Mails of one state on the page.
const EACH: i64 = 100;

/// A mail and the ticket it is about.
struct Shown {
    mail: Delivery,
    number: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/outbox.html")]
struct OutboxPage {
    at: At,
    counts: Counts,
    mails: Vec<Shown>,
}

impl OutboxPage {
    fn state(&self, shown: &Shown) -> (&'static str, &'static str) {
        delivery_state(&shown.mail, self.at.lang())
    }

    fn to(&self, shown: &Shown) -> String {
        masked(&shown.mail.to_address)
    }

    fn may_retry(&self, shown: &Shown) -> bool {
        self.at.may_work() && matches!(shown.mail.state, MailState::Failed | MailState::Unknown)
    }
}

/// `GET /staff/mail/outbox`
///
/// # Errors
/// When the database is away.
pub async fn page(desk: Desk) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let at = At::load(&mut tx, &desk, desk.t("送信待ち", "Outbox"), Nav::Outbox).await?;
    let counts = outbox::counts(&mut tx).await?;
    let mut mails = Vec::new();
    for state in [MailState::Failed, MailState::Unknown, MailState::Sending, MailState::Queued] {
        for mail in outbox::list(&mut tx, state, None, EACH).await? {
            let number = number(&mut tx, &desk, mail.ticket_id).await?;
            // The subject names the ticket: a mail about one that is not for this person does not stand here.
            if number.is_some() || mail.ticket_id.is_none() {
                mails.push(Shown { number, mail });
            }
        }
    }
    desk.ctx.page(StatusCode::OK, &OutboxPage { at, counts, mails })
}

async fn number(tx: &mut Tx, desk: &Desk, ticket: Option<i64>) -> Result<Option<String>, DbError> {
    match ticket {
        Some(id) => Ok(list::find(tx, TicketId(id), desk.seen_by()).await?.map(|line| line.number)),
        None => Ok(None),
    }
}

/// `POST /staff/mail/outbox/{id}/retry`
///
/// # Errors
/// 404 when it does not stand still, or when the database is away.
pub async fn retry(desk: Desk, Path(id): Path<i64>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let now = desk.now();
    let again = async move |tx: &mut Tx| outbox::retry(tx, OutboxId(id), now).await;
    if !desk.state().db.write::<_, DbError, _>(again).await? {
        return Err(PageError::NotFound);
    }
    desk.state().wake.notify_waiters();
    Ok(Redirect::to("/staff/mail/outbox").into_response())
}
