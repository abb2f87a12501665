//! What is done with a ticket: each handler reads its form, calls one verb of the domain and goes back to the page.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::ticket::{self, Draft};
use crate::desk::flows::cases;
use crate::desk::inquiry::{InquiryKind, Terms};
use crate::desk::reply::check::Disclosed;
use crate::desk::staff::{Role, StaffId, people};
use crate::desk::ticket::actions::{self, ActError, Reply};
use crate::desk::ticket::{Status, Ticket, TicketId};
use crate::platform::db::Tx;
use crate::web::{Form, PageError, Posted};

impl From<ActError> for PageError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Db(error) => error.into(),
            ActError::NotFound => Self::NotFound,
            other => Self::internal(other),
        }
    }
}

async fn find(desk: &Desk, number: &str) -> Result<Ticket, PageError> {
    ticket::find(&mut desk.read().await?, desk, number).await
}

fn back(ticket: &Ticket) -> Response {
    Redirect::to(&format!("/staff/tickets/{}", ticket.number)).into_response()
}

/// `POST /staff/tickets/{number}/reply`: refused with the text kept when something unseen arrived meanwhile.
///
/// # Errors
/// 404, or when the database is away; the text is then on the error page.
pub async fn reply(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["mode", "body", "seen_seq", "then", "to", "reason"])?;
    if form.get("mode") == "note" {
        // The wrong button for what was chosen: what was meant for colleagues never goes out.
        return keep_note(&desk, &number, &form).await;
    }
    let found = find(&desk, &number).await?;
    let reply = Reply {
        body: form.get("body").to_owned(),
        seen_seq: form.get("seen_seq").parse().unwrap_or(0),
        then: Status::parse(form.get("then")).unwrap_or(Status::Resolved),
        to_on_file: Some(form.get("to") == "on_file"),
    };
    let (context, me, id, sent) = (desk.context(), desk.id(), found.id, reply.clone());
    let send = async move |tx: &mut Tx| {
        let message = actions::reply_once(tx, &context, id, me, &sent).await?;
        cases::answered(tx, id, me, &sent, context.now()).await?;
        Ok::<_, ActError>(message)
    };
    match desk.state().db.write(send).await {
        Ok(_) => {
            desk.state().wake.notify_waiters();
            Ok(back(&found))
        }
        Err(error) => refused(&desk, found, reply, error).await,
    }
}

/// The page again, with the text, and with what arrived meanwhile above it.
async fn refused(desk: &Desk, found: Ticket, reply: Reply, error: ActError) -> Result<Response, PageError> {
    let status = match error {
        ActError::Unseen | ActError::Recipient => StatusCode::CONFLICT,
        ActError::Empty | ActError::NoAddress | ActError::Discloses(_) | ActError::Stopped(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        other => return Err(other.into()),
    };
    let draft = Draft {
        error: Some(why(desk, &error)),
        then: Some(reply.then),
        seen_seq: matches!(error, ActError::Unseen).then_some(reply.seen_seq),
        body: reply.body,
        ..Draft::default()
    };
    // Read again: the page must show, and name as seen, what is there now.
    let found = find(desk, &found.number).await?;
    ticket::show(desk, found, status, draft, false).await
}

fn why(desk: &Desk, error: &ActError) -> String {
    let t = |ja, en| desk.lang().t(ja, en);
    match error {
        ActError::Discloses(found) => return discloses(desk, found),
        ActError::Stopped(stop) => return stop.wording(desk.lang()),
        ActError::Unseen => t(
            "書いている間に新しいものが届いたので、まだ送っていません。上の「新着」を読んで、必要なら文章を直してから送ってください。",
            "Something arrived while you were writing, so this has not been sent. Read what is marked as new above, change the text if needed, and send it.",
        ),
        ActError::Recipient => t(
            "書いている間に紐付けが変わり、宛先が変わったので、まだ送っていません。宛先を確かめてから送ってください。",
            "The link to the account changed while you were writing, and with it the recipient. Check the recipient, then send.",
        ),
        ActError::NoAddress => t(
            "返信先のメールアドレスがないので送れません。電話などでお伝えし、内部メモに残してください。",
            "There is no mail address to answer to. Tell the person by phone and leave a note.",
        ),
        _ => t("本文を入力してください。", "Enter a text."),
    }
    .to_owned()
}

/// What must not go to an address that is not on file (SEC-084).
fn discloses(desk: &Desk, found: &[Disclosed]) -> String {
    let names: Vec<&str> = found.iter().map(|what| what.label(desk.lang())).collect();
    let head = desk.t(
        "登録されていないアドレスへの返信に、登録情報の中身が書かれているので、まだ送っていません：",
        "The reply goes to an address that is not on file and tells what is on file, so it has not been sent: ",
    );
    let advice = desk.t(
        "。その部分を消すか、登録情報に紐付けてから送ってください。",
        ". Take it out, or link the ticket to the account first.",
    );
    format!("{head}{}{advice}", names.join(desk.t("、", ", ")))
}

/// `POST /staff/tickets/{number}/note`
///
/// # Errors
/// 404, or when the database is away; the text is then on the error page.
pub async fn note(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["mode", "body", "seen_seq", "then", "to", "reason"])?;
    keep_note(&desk, &number, &form).await
}

async fn keep_note(desk: &Desk, number: &str, form: &Form) -> Result<Response, PageError> {
    let found = find(desk, number).await?;
    let (id, me, now, body) = (found.id, desk.id(), desk.now(), form.get("body").to_owned());
    let seen = form.get("seen_seq").parse().unwrap_or(i64::MAX);
    let keep = async move |tx: &mut Tx| actions::note_once(tx, id, me, &body, seen, now).await;
    match desk.state().db.write(keep).await {
        Ok(_) => Ok(back(&found)),
        Err(error @ ActError::Empty) => {
            let draft = Draft { is_note: true, error: Some(why(desk, &error)), ..Draft::default() };
            ticket::show(desk, found, StatusCode::UNPROCESSABLE_ENTITY, draft, false).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/tickets/{number}/change`: kind, status and assignee; what is not sent stays.
///
/// # Errors
/// 404, 422 for a word that is none, or when the database is away.
pub async fn change(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["kind", "status", "assignee"])?;
    let found = find(&desk, &number).await?;
    let wrong = |name: &str| PageError::UnknownField(name.to_owned());
    let kind = InquiryKind::parse(form.get("kind"));
    let status = Status::parse(form.get("status"));
    if (form.has("kind") && kind.is_none()) || (form.has("status") && status.is_none()) {
        return Err(wrong("status"));
    }
    let assignee = match form.get("assignee") {
        "" => form.has("assignee").then_some(None),
        id => Some(Some(StaffId(id.parse().map_err(|_| wrong("assignee"))?))),
    };
    let (id, me, now) = (found.id, desk.id(), desk.now());
    let kind = kind.map(|kind| (kind, Terms::of(desk.state().kinds(), kind, &found.fields.0)));
    let apply = async move |tx: &mut Tx| {
        if let Some(kind) = kind {
            actions::set_kind(tx, id, me, kind, now).await?;
        }
        if let Some(to) = assignee {
            give(tx, id, me, to, now).await?;
        }
        if let Some(status) = status {
            actions::set_status(tx, id, me, status, now).await?;
        }
        Ok::<_, ActError>(())
    };
    desk.state().db.write(apply).await?;
    Ok(back(&found))
}

/// Assigns to somebody who works tickets, or to nobody; a person who may not is 404 like one who is not there.
async fn give(
    tx: &mut Tx,
    id: TicketId,
    by: StaffId,
    to: Option<StaffId>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), ActError> {
    if let Some(to) = to {
        let person = people::find(tx, to).await?.ok_or(ActError::NotFound)?;
        if person.disabled_at.is_some() || !person.role.includes(Role::Agent) {
            return Err(ActError::NotFound);
        }
    }
    actions::assign(tx, id, by, to, now).await
}

/// `POST /staff/tickets/{number}/take`: 自分が担当する.
///
/// # Errors
/// 404, or when the database is away.
pub async fn take(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let found = find(&desk, &number).await?;
    let (id, me, now) = (found.id, desk.id(), desk.now());
    desk.state().db.write(async move |tx: &mut Tx| actions::assign(tx, id, me, Some(me), now).await).await?;
    Ok(back(&found))
}

/// `POST /staff/tickets/{number}/spam`: `value` is 1 or 0.
///
/// # Errors
/// 404, or when the database is away.
pub async fn spam(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["value"])?;
    let found = find(&desk, &number).await?;
    let (id, me, now, is_spam) = (found.id, desk.id(), desk.now(), form.get("value") == "1");
    desk.state().db.write(async move |tx: &mut Tx| actions::set_spam(tx, id, me, is_spam, now).await).await?;
    Ok(back(&found))
}
