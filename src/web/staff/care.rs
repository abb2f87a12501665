//! Acts on a ticket that need more care than a reply: an answer to another address than the one on file, help with a
//! login mail that never came, and who may see a confidential ticket.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::ticket::{self, Draft};
use crate::desk::flows::login_help::{self, Help, Helped, LoginHelpError, Verified};
use crate::desk::staff::StaffId;
use crate::desk::ticket::actions::ActError;
use crate::desk::ticket::elsewhere::{self, ElsewhereError};
use crate::desk::ticket::{Actor, Status, confidential};
use crate::platform::db::Tx;
use crate::web::{PageError, Posted};

/// `POST /staff/tickets/{number}/elsewhere`: asks a second person to let the reply go to the address that was typed.
///
/// # Errors
/// 404, 422 with the text kept, or when the database is away.
pub async fn ask_elsewhere(
    desk: Desk,
    Path(number): Path<String>,
    Posted(form): Posted,
) -> Result<Response, PageError> {
    form.only(&["mode", "body", "seen_seq", "then", "to", "reason"])?;
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    let then = Status::parse(form.get("then")).unwrap_or(Status::Resolved);
    let (id, me, ctx) = (found.id, desk.id(), desk.context());
    let (body, reason) = (form.get("body").to_owned(), form.get("reason").to_owned());
    let ask = async move |tx: &mut Tx| elsewhere::ask(tx, &ctx, id, me, (&body, then), &reason).await;
    let error = match desk.state().db.write(ask).await {
        Ok(_) => return Ok(Redirect::to("/staff/approvals").into_response()),
        Err(ElsewhereError::Act(error @ (ActError::Db(_) | ActError::NotFound))) => return Err(error.into()),
        Err(ElsewhereError::Act(_)) => desk.t("本文を入力してください。", "Enter a text."),
        Err(ElsewhereError::Approval(error)) => error.text(desk.lang()),
        Err(ElsewhereError::NotNeeded | ElsewhereError::Changed) => desk.t(
            "この受付への返信は、もともと本人が入力したアドレスに届きます。そのまま送ってください。",
            "A reply to this ticket goes to the typed address anyway. Simply send it.",
        ),
    };
    let draft = Draft {
        body: form.get("body").to_owned(),
        reason: form.get("reason").to_owned(),
        then: Some(then),
        error: Some(error.to_owned()),
        ..Draft::default()
    };
    ticket::show(&desk, found, StatusCode::UNPROCESSABLE_ENTITY, draft, false).await
}

/// `POST /staff/tickets/{number}/login-help`: correct, release, resend, answer and close in one act.
///
/// # Errors
/// 404, 422 or 409 with everything kept, or when the database is away.
pub async fn login_help(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["new_email", "verified", "help_reason", "void_password", "answer", "seen_seq"])?;
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    let wish = Help {
        new_email: form.get("new_email").to_owned(),
        verified: Verified::parse(form.get("verified")),
        reason: form.get("help_reason").to_owned(),
        void_password: form.get("void_password") == "1",
        body: form.get("answer").to_owned(),
        seen_seq: form.get("seen_seq").parse().unwrap_or(0),
    };
    let (id, me, ctx, given) = (found.id, desk.id(), desk.context(), wish.clone());
    let help = async move |tx: &mut Tx| login_help::help(tx, &ctx, id, me, &given).await;
    let error = match desk.state().db.write(help).await {
        Ok(Helped::Waits(_)) => return Ok(Redirect::to("/staff/approvals").into_response()),
        Ok(Helped::Done) => {
            desk.state().wake.notify_waiters();
            return Ok(Redirect::to(&format!("/staff/tickets/{}", found.number)).into_response());
        }
        Err(LoginHelpError::Act(error @ (ActError::Db(_) | ActError::NotFound))) => return Err(error.into()),
        Err(LoginHelpError::Db(error)) => return Err(error.into()),
        Err(error) => error,
    };
    let is_late = matches!(error, LoginHelpError::Act(ActError::Unseen));
    let status = if is_late { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let text = error.text(desk.lang());
    let draft = Draft { help: wish, help_error: Some(text), ..Draft::default() };
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    ticket::show(&desk, found, status, draft, false).await
}

/// `POST /staff/tickets/{number}/confidential`: `value` is 1 or 0; or `reader` is a member of staff and `may` 1 or 0.
///
/// # Errors
/// 404, 422 for a number that is none, or when the database is away.
pub async fn confidential(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["value", "reader", "may"])?;
    let found = ticket::find(&mut desk.read().await?, &desk, &number).await?;
    let (id, me, now, db) = (found.id, desk.id(), desk.now(), &desk.state().db);
    if form.has("reader") {
        let reader = form.get("reader").parse().map_err(|_| PageError::UnknownField("reader".into()))?;
        let may = form.get("may") == "1";
        let set = async move |tx: &mut Tx| confidential::set_reader(tx, id, me, StaffId(reader), may, now).await;
        db.write(set).await?;
    } else {
        let value = form.get("value") == "1";
        db.write(async move |tx: &mut Tx| confidential::set(tx, id, Actor::Staff(me), value, now).await).await?;
    }
    Ok(Redirect::to(&format!("/staff/tickets/{}", found.number)).into_response())
}
