//! `/status/{number}`: the ticket as its requester may see it, the reply box, and taking the inquiry back.

use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Duration, Utc};

use super::grants;
use crate::desk::flows::cases;
use crate::desk::inquiry::Given;
use crate::desk::licence::{ImageSource, store as images};
use crate::desk::reply::disclosure::Viewer;
use crate::desk::ticket::actions::{self, ActError, Addition};
use crate::desk::ticket::thread::{self, Entry};
use crate::desk::ticket::{Channel, MessageKind, Status, Ticket, TicketId, store};
use crate::desk::{Context, Lang};
use crate::platform::db::{DbError, Tx};
use crate::web::layout::{Layout, Nav};
use crate::web::{Ctx, Kept, PageError, Posted, in_time};

/// The same text within this time is the same message.
const REPEAT: Duration = Duration::minutes(10);

#[derive(Template)]
#[template(path = "requester/ticket.html")]
struct Page<'a> {
    at: Layout<'a>,
    ticket: &'a Ticket,
    thread: Vec<Entry>,
    /// What the kind's own fields say.
    given: Vec<Given>,
    /// Where it stands in its workflow: as far as this person may know.
    case: Option<CaseView>,
    /// The images they sent: that they arrived, never the images themselves.
    images: Vec<Sent>,
    steps: Vec<Step>,
    base: String,
    token: String,
    body: String,
    fault: Option<String>,
    /// Whether this person holds a mailed link: then answers that went to their address are shown.
    by_link: bool,
    /// The close this person can be reminded of: one that is ahead, for the holder of a mailed link.
    reminds_of: Option<DateTime<Utc>>,
}

/// The workflow, for the requester.
struct CaseView {
    label: &'static str,
    holder: &'static str,
    steps: Vec<Step>,
}

impl CaseView {
    /// What staff know shows only to the holder of a link to the address on file; others see what they said themselves.
    async fn load(
        tx: &mut Tx,
        ctx: &Context,
        ticket: &Ticket,
        viewer: &Viewer,
        lang: Lang,
    ) -> Result<Option<Self>, DbError> {
        let said = cases::as_said(tx, ticket).await?.filter(|(flow, _)| flow.is_public);
        let Some((flow, said)) = said else { return Ok(None) };
        let state = match thread::is_on_file(tx, ctx, ticket, viewer).await? {
            true => cases::of(tx, ticket).await?.map_or(said, |case| case.state),
            false => said,
        };
        let steps = flow.states.iter().map(|step| Step {
            name: lang.t(step.label.0, step.label.1),
            is_done: false,
            is_current: step.word == state.word,
            at: None,
        });
        let label = lang.t(flow.label.0, flow.label.1);
        Ok(Some(Self { label, holder: state.holder.label(lang), steps: steps.collect() }))
    }
}

/// One step of the progress list.
struct Step {
    name: &'static str,
    is_done: bool,
    is_current: bool,
    at: Option<DateTime<Utc>>,
}

#[derive(Template)]
#[template(path = "requester/withdraw.html")]
struct Withdraw<'a> {
    at: Layout<'a>,
    ticket: &'a Ticket,
    base: String,
    token: String,
}

/// An image that arrived.
struct Sent {
    facts: String,
    at: DateTime<Utc>,
    /// Where it stands: for the holder of a link to the address on file.
    state: Option<&'static str>,
}

async fn sent(tx: &mut Tx, ctx: &Context, ticket: &Ticket, viewer: &Viewer, lang: Lang) -> Result<Vec<Sent>, DbError> {
    let is_on_file = thread::is_on_file(tx, ctx, ticket, viewer).await?;
    let all = images::of_ticket(tx, ticket.id.0).await?.into_iter();
    Ok(all
        // What came by a link that was mailed to the address on file is theirs alone.
        .filter(|image| is_on_file || image.source == ImageSource::Form)
        .map(|image| Sent {
            facts: image.facts(lang),
            at: image.received_at,
            state: is_on_file.then(|| image.state.label(lang)),
        })
        .collect())
}

/// What happens next, in words.
fn next(ticket: &Ticket, lang: Lang) -> &'static str {
    match ticket.status {
        Status::New => lang.t(
            "担当者がまだ確認していません。順番に確認しています。",
            "Nobody has read it yet; inquiries are read in turn.",
        ),
        Status::Open => lang.t(
            "担当者が確認しています。お返事までもう少しお待ちください。",
            "A member of staff is working on it. Please wait a little longer.",
        ),
        Status::WaitingOnRequester => lang.t(
            "こちらからおたずねしていることがあります。お返事をお書きください。",
            "We have asked you something. Please write your answer.",
        ),
        Status::WaitingOnThirdParty => lang
            .t("統括責任者や学会などに確認しています。", "We are checking with the director, the society or others."),
        Status::Resolved => lang.t(
            "お答えをお送りしました。解決していないときは、下の欄からお書きください。",
            "We have sent you an answer. If it did not help, write below.",
        ),
        Status::Closed => lang.t(
            "このお問い合わせは完了しています。続きがあるときは、下の欄からお書きください。",
            "This inquiry is closed. If there is more, write below.",
        ),
    }
}

impl Page<'_> {
    fn next(&self) -> &'static str {
        next(self.ticket, self.at.lang())
    }
}

fn steps(ticket: &Ticket, lang: Lang) -> Vec<Step> {
    let (waits, done) = (ticket.status == Status::WaitingOnRequester, !ticket.status.is_unfinished());
    let is_new = ticket.status == Status::New;
    let middle = match ticket.status {
        Status::WaitingOnThirdParty => lang.t("関係者に確認", "Checking with others"),
        _ if waits => lang.t("お返事をお待ちしています", "Waiting for your answer"),
        _ => lang.t("事務局が確認", "Being worked on"),
    };
    vec![
        Step { name: lang.t("受付", "Received"), is_done: true, is_current: is_new, at: Some(ticket.received_at) },
        Step { name: middle, is_done: done, is_current: !is_new && !done, at: None },
        Step {
            name: lang.t("回答", "Answered"),
            is_done: done,
            is_current: ticket.status == Status::Resolved,
            at: ticket.resolved_at,
        },
        Step {
            name: lang.t("完了", "Closed"),
            is_done: ticket.status == Status::Closed,
            is_current: ticket.status == Status::Closed,
            at: ticket.closed_at,
        },
    ]
}

fn base(ctx: &Ctx, ticket: &Ticket) -> String {
    format!("{}/status/{}", ctx.lang().prefix(), ticket.number)
}

/// The ticket and its viewer, or the way to open it.
async fn open(ctx: &Ctx, number: &str) -> Result<Result<(Ticket, Viewer), Response>, PageError> {
    Ok(grants::opened(ctx, number).await?.ok_or_else(|| {
        let number: String = number.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect();
        Redirect::to(&format!("{}/status?number={number}", ctx.lang().prefix())).into_response()
    }))
}

async fn show(
    ctx: &Ctx,
    ticket: &Ticket,
    viewer: &Viewer,
    body: String,
    fault: Option<String>,
) -> Result<Response, PageError> {
    let context = ctx.state().context();
    let lang = ctx.lang();
    let read = async {
        let mut tx = ctx.state().db.read().await?;
        let case = CaseView::load(&mut tx, &context, ticket, viewer, lang).await?;
        let images = sent(&mut tx, &context, ticket, viewer, lang).await?;
        Ok::<_, DbError>((thread::for_viewer(&mut tx, &context, ticket, viewer).await?, case, images))
    };
    let (thread, case, images) = in_time(read).await?;
    let mut at = Layout::new(ctx, ticket.subject.as_str(), Nav::Status, format!("/status/{}", ticket.number));
    at.is_error = fault.is_some();
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page {
        given: ctx.state().kinds().given(&ticket.kind, ticket.form_version, &ticket.fields.0, ctx.lang()),
        case,
        images,
        thread,
        steps: steps(ticket, ctx.lang()),
        base: base(ctx, ticket),
        token: ctx.csrf_token(),
        by_link: *viewer != Viewer::Passcode,
        reminds_of: ticket.edge_at.filter(|edge_at| {
            *viewer != Viewer::Passcode && !ticket.is_late && ticket.status != Status::Closed && *edge_at > ctx.now()
        }),
        ticket,
        body,
        fault,
        at,
    };
    ctx.page(status, &page)
}

/// The page.
pub async fn get(ctx: Ctx, Path(number): Path<String>) -> Result<Response, PageError> {
    match open(&ctx, &number).await? {
        Ok((ticket, viewer)) => show(&ctx, &ticket, &viewer, String::new(), None).await,
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// What the requester adds.
pub async fn reply(ctx: Ctx, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&["body"])?;
    // A browser that may no longer look gets its text back: the ticket can be opened again beside it.
    let Ok((ticket, viewer)) = open(&ctx, &number).await? else {
        return Err(PageError::Expired(Kept::of(&ctx, form)));
    };
    let body = form.get("body").trim().to_owned();
    let limit = ctx.state().settings.limits.body_chars;
    let lang = ctx.lang();
    if body.is_empty() {
        let fault = lang.t("本文を入力してください。", "Write your text.").to_owned();
        return show(&ctx, &ticket, &viewer, body, Some(fault)).await;
    }
    if body.chars().count() > limit {
        let fault = lang
            .t("本文が長すぎます。{n}文字以内にしてください。", "The text is too long. Use at most {n} characters.");
        return show(&ctx, &ticket, &viewer, body, Some(fault.replace("{n}", &limit.to_string()))).await;
    }
    if let Err(wait) = ctx.state().inquiries.count(ctx.ip(), None, ctx.now()) {
        return Err(PageError::TooMany { wait, kept: None });
    }
    let (id, now, addition) = (ticket.id, ctx.now(), Addition { body, ..Addition::default() });
    let write = async move |tx: &mut Tx| {
        store::lock(tx, id).await?;
        if is_repeat(tx, id, &addition.body, now).await? {
            return Ok(());
        }
        actions::append_from_requester(tx, id, Channel::Web, &addition, now).await.map(|_| ())
    };
    acted(in_time(async { ctx.state().db.write(write).await.map_err(page_error) }).await, &ctx, &ticket)
}

/// Whether the same text was added just before: a second click, or a retry after a time-out (SEC-119).
async fn is_repeat(tx: &mut Tx, id: TicketId, body: &str, now: DateTime<Utc>) -> Result<bool, DbError> {
    let last = store::messages(tx, id).await?.pop();
    Ok(last.is_some_and(|m| m.kind == MessageKind::RequesterReply && m.body == body && now - m.created_at < REPEAT))
}

/// Asks whether the inquiry shall be taken back.
pub async fn ask_withdraw(ctx: Ctx, Path(number): Path<String>) -> Result<Response, PageError> {
    let (ticket, _) = match open(&ctx, &number).await? {
        Ok(opened) => opened,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let title = ctx.lang().t("問い合わせを取り下げる", "Withdraw the inquiry");
    let at = Layout::new(&ctx, title, Nav::Status, format!("/status/{}/withdraw", ticket.number));
    ctx.page(StatusCode::OK, &Withdraw { base: base(&ctx, &ticket), token: ctx.csrf_token(), ticket: &ticket, at })
}

/// Takes the inquiry back. One that is answered or closed already simply shows so.
pub async fn withdraw(ctx: Ctx, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let (ticket, _) = match open(&ctx, &number).await? {
        Ok(opened) => opened,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (id, now) = (ticket.id, ctx.now());
    let write = async move |tx: &mut Tx| match actions::withdraw(tx, id, now).await {
        Err(ActError::Finished) => Ok(()),
        other => other,
    };
    acted(in_time(async { ctx.state().db.write(write).await.map_err(page_error) }).await, &ctx, &ticket)
}

/// Back to the page after an act.
fn acted<T>(done: Result<T, PageError>, ctx: &Ctx, ticket: &Ticket) -> Result<Response, PageError> {
    done?;
    ctx.state().wake.notify_waiters();
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, base(ctx, ticket))]).into_response())
}

fn page_error(error: ActError) -> PageError {
    match error {
        ActError::Db(error) => error.into(),
        ActError::NotFound => PageError::NotFound,
        other => PageError::internal(other),
    }
}
