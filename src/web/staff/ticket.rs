//! `/staff/tickets/{number}`: one ticket, whole. What is done with it stands in [`super::acts`].

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use super::canned::{Source, Suggested};
use super::case::{Beside, CasePanel};
use super::edge::EdgeChip;
use super::facts::{self, Fact};
use super::image_acts::ImagePanel;
use super::layout::{At, Nav};
use super::match_panel::{self, Panel};
use super::suggest::{self, Suggestion};
use super::thread::{self, Entry};
use crate::desk::audit::act;
use crate::desk::flows::cases::{self, precedents};
use crate::desk::flows::login_help::{self, Help, Situation, Verified};
use crate::desk::flows::withdrawals;
use crate::desk::inquiry::{Given, InquiryKind};
use crate::desk::reply::disclosure::{Route, masked};
use crate::desk::staff::approval::{self, Approval, ApprovalKind};
use crate::desk::staff::{Staff, StaffId, people};
use crate::desk::ticket::list::{self, Line};
use crate::desk::ticket::memo::{self, Memo};
use crate::desk::ticket::{
    Grade, Status, Ticket, TicketId, TicketNumber, actions, confidential, elsewhere, link, store,
};
use crate::platform::db::{DbError, Tx};
use crate::platform::queue::proof::{self, Check};
use crate::web::form_body::query_value;
use crate::web::{PageError, Posted};

/// Decisions of before that are shown beside a case.
const PRECEDENTS: usize = 10;
/// How many other tickets of the same person are listed.
const OTHERS: i64 = 8;

/// Who a reply goes to.
struct To {
    is_on_file: bool,
    masked: String,
    /// Whoever wrote from elsewhere, masked: they get the neutral text.
    elsewhere: Option<String>,
}

impl To {
    fn of(route: Route) -> Self {
        Self {
            is_on_file: route.to.is_on_file,
            masked: masked(&route.to.address),
            elsewhere: route.neutral_to.map(|address| masked(&address.address)),
        }
    }
}

/// What the composer shows.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// The text, kept when it was refused.
    pub body: String,
    /// Whether the internal note is chosen.
    pub is_note: bool,
    /// The status chosen for afterwards.
    pub then: Option<Status>,
    /// Why it was not sent.
    pub error: Option<String>,
    /// What the writer had seen: later messages are marked as new.
    pub seen_seq: Option<i64>,
    /// Why it shall go elsewhere.
    pub reason: String,
    /// What was filled in to help with a login mail.
    pub help: Help,
    /// Why that was not done.
    pub help_error: Option<String>,
    /// A canned reply to begin with.
    pub canned: String,
    /// Why the case was not moved, and the sentence that was to go with it.
    pub case_fault: Option<String>,
    /// See `case_fault`.
    pub case_note: String,
}

#[derive(Template)]
#[template(path = "staff/ticket.html")]
struct TicketPage {
    at: At,
    /// How the clocks stood when it was received.
    clocks: Option<Check>,
    ticket: Ticket,
    entries: Vec<Entry>,
    facts: Vec<Fact>,
    /// What the kind's own fields say, under the names of the form it was sent with.
    given: Vec<Given>,
    /// Where it stands in its workflow.
    case: Option<CasePanel>,
    /// Calls under the same registration number.
    memos: Vec<Memo>,
    /// Replies that fit.
    canned: Vec<Suggested>,
    /// Masked data is open: an audit line says so.
    is_open: bool,
    to: Option<To>,
    draft: Draft,
    staff: Vec<Staff>,
    others: Vec<Line>,
    /// A ticket it names without proof.
    belongs_to: Option<String>,
    /// The account it is about, and those it may be about.
    panel: Panel,
    /// The account at a glance, for kinds about signing in.
    situation: Option<Situation>,
    /// An answer elsewhere that waits for approval.
    waiting: Option<Approval>,
    /// Who may read it, when it is confidential.
    readers: Vec<(StaffId, String)>,
    /// Its images and the link for sending one.
    images: ImagePanel,
    /// What the dated rules say about it.
    suggestions: Vec<Suggestion>,
    me: i64,
}

impl TicketPage {
    fn edge(&self) -> Option<EdgeChip> {
        EdgeChip::of(self.at.lang(), self.ticket.status, self.ticket.edge_at, self.ticket.is_late, self.at.now())
    }

    /// Until when an answer is promised, while it runs.
    fn promise(&self) -> Option<EdgeChip> {
        EdgeChip::of_promise(self.at.lang(), self.ticket.status, self.ticket.answer_by, self.at.now())
    }

    fn kind(&self) -> &'static str {
        InquiryKind::parse(&self.ticket.kind).map_or("", |kind| kind.label(self.at.lang()))
    }

    fn is_kind(&self, kind: &InquiryKind) -> bool {
        kind.as_str() == self.ticket.kind
    }

    fn is_assigned_to(&self, staff: &Staff) -> bool {
        self.ticket.assignee_id == Some(staff.id.0)
    }

    /// The status a reply leaves unless another is chosen: what was chosen before, else 回答済.
    fn is_then(&self, status: &Status) -> bool {
        self.draft.then.unwrap_or(Status::Resolved) == *status
    }

    /// Somebody who is no longer in the list of people but still has the ticket.
    fn has_other_assignee(&self) -> bool {
        self.ticket.assignee_id.is_some() && !self.staff.iter().any(|person| self.is_assigned_to(person))
    }

    fn is_verified(&self, way: &Verified) -> bool {
        self.draft.help.verified == Some(*way)
    }

    fn is_reader(&self, staff: &Staff) -> bool {
        self.readers.iter().any(|(id, _)| *id == staff.id)
    }

    /// The address on file, masked.
    fn on_file(&self, situation: &Situation) -> String {
        masked(&situation.account.record.email)
    }

    fn twin_href(&self, situation: &Situation, twin: &crate::desk::account::twins::Twin) -> String {
        super::duplicates::href(&situation.account.record.account_id, &twin.account.record.account_id)
    }

    fn statuses_after_reply(&self) -> [Status; 4] {
        [Status::Resolved, Status::WaitingOnRequester, Status::WaitingOnThirdParty, Status::Open]
    }
}

/// The ticket of a path. A number that is none is 404, like one that is nobody's and like a confidential ticket that is
/// not for this person (SEC-051).
///
/// # Errors
/// 404, or when the database is away.
pub(super) async fn find(tx: &mut Tx, desk: &Desk, number: &str) -> Result<Ticket, PageError> {
    let number = TicketNumber::parse(number).ok_or(PageError::NotFound)?;
    let ticket = store::find_by_number(tx, &number).await?.ok_or(PageError::NotFound)?;
    if confidential::may_see(tx, &ticket, desk.seen_by()).await? { Ok(ticket) } else { Err(PageError::NotFound) }
}

/// `GET /staff/tickets/{number}`
///
/// # Errors
/// 404, or when the database is away.
pub async fn page(desk: Desk, Path(number): Path<String>) -> Result<Response, PageError> {
    let ticket = find(&mut desk.read().await?, &desk, &number).await?;
    if ticket.number != number {
        // However it was typed, one ticket has one address.
        return Ok(Redirect::to(&format!("/staff/tickets/{}", ticket.number)).into_response());
    }
    let draft = Draft { canned: query_value(desk.ctx.query(), "canned"), ..Draft::default() };
    show(&desk, ticket, StatusCode::OK, draft, false).await
}

/// `POST /staff/tickets/{number}/open`: the page with its personal data readable, and an audit line that says so.
///
/// # Errors
/// 404, or when the audit line could not be stored.
pub async fn open(desk: Desk, Path(number): Path<String>, Posted(form): Posted) -> Result<Response, PageError> {
    form.only(&[])?;
    let ticket = find(&mut desk.read().await?, &desk, &number).await?;
    let known = link::known_of_candidates(&mut desk.read().await?, &ticket).await?;
    desk.audit(act::PERSONAL_DATA_OPENED, format!("ticket:{}", ticket.number), "").await?;
    // The match panel opens with it: each registration remembers that it was seen.
    for account in known {
        let detail = format!("ticket:{}", ticket.number);
        desk.audit(act::PERSONAL_DATA_OPENED, format!("account:{}", account.account_id), &detail).await?;
    }
    show(&desk, ticket, StatusCode::OK, Draft::default(), true).await
}

/// What the form of the kind asked. Addresses, and old and new of an item that tells who somebody is, stay masked until
/// the personal data is opened.
fn given(desk: &Desk, ticket: &Ticket, is_open: bool) -> Vec<Given> {
    let item = ticket.fields.0.get("item").map_or("", String::as_str);
    let is_personal = ["birthdate", "registration_number", "phone", "address", "email"].contains(&item);
    let mut given = desk.state().kinds().given(&ticket.kind, ticket.form_version, &ticket.fields.0, desk.lang());
    for field in given.iter_mut().filter(|_| !is_open) {
        if field.value.contains('@') {
            field.value = masked(&field.value);
        } else if is_personal && ["old_value", "new_value"].contains(&field.name.as_str()) {
            field.value = "••••".to_owned();
        }
    }
    given
}

/// The page.
///
/// # Errors
/// When the database is away.
pub(super) async fn show(
    desk: &Desk,
    ticket: Ticket,
    status: StatusCode,
    draft: Draft,
    is_open: bool,
) -> Result<Response, PageError> {
    let mut tx = desk.read().await?;
    let title = format!("{} {}", ticket.number, ticket.subject);
    let mut at = At::load(&mut tx, desk, title, Nav::Tickets).await?;
    at.is_error = draft.error.is_some() || draft.help_error.is_some() || draft.case_fault.is_some();
    let route = actions::route(&mut tx, &ticket, None).await?;
    let to = route.map(To::of);
    let is_to_file = to.as_ref().is_some_and(|to| to.is_on_file);
    let suggestions = suggest::load(&mut tx, desk, &ticket, is_to_file).await?;
    let mut draft = suggest::into_draft(&suggestions, desk.ctx.query(), draft);
    let case = cases::of(&mut tx, &ticket).await?;
    let case_waits = match &case {
        Some(case) => cases::second::waiting(&mut tx, &ticket, case, desk.now()).await?,
        None => None,
    };
    let source = Source::load(&mut tx, desk, &ticket, is_to_file).await?;
    let canned = source.suggestions(case.as_ref());
    if draft.body.is_empty() {
        draft.body = source.text(&draft.canned).unwrap_or_default();
    }
    let season = desk.state().season().await;
    let last_nudge = match ticket.kind == InquiryKind::Withdraw.as_str() {
        true => withdrawals::last_nudge(&mut tx, ticket.id).await?,
        false => None,
    };
    let precedents = precedents::of(&mut tx, &ticket, desk.seen_by(), PRECEDENTS).await?;
    let page = TicketPage {
        clocks: proof::at(&mut tx, ticket.received_at).await?,
        entries: thread::load(&mut tx, desk, &ticket, draft.seen_seq).await?,
        facts: facts::of(&ticket, desk.lang(), is_open),
        given: given(desk, &ticket, is_open),
        case: case.map(|case| {
            let beside = Beside {
                waiting: case_waits.as_ref(),
                is_for_two: cases::needs_two_people(&ticket, &case),
                account: source.account(),
                last_nudge,
                precedents,
            };
            CasePanel::new(case, &ticket, &beside, &season, desk)
        }),
        memos: match ticket.registration_number {
            Some(number) => memo::of_number(&mut tx, number, OTHERS).await?,
            None => Vec::new(),
        },
        canned,
        is_open,
        to,
        staff: people::assignable(&mut tx).await?,
        others: list::others(&mut tx, &ticket, desk.seen_by(), OTHERS).await?,
        belongs_to: other_number(&mut tx, desk, &ticket).await?,
        panel: match_panel::load(&mut tx, &ticket, desk.lang(), is_open).await?,
        situation: situation(&mut tx, desk, &ticket).await?,
        waiting: waiting(&mut tx, desk, &ticket).await?,
        readers: confidential::store::readers(&mut tx, ticket.id).await?,
        images: ImagePanel::load(&mut tx, desk, &ticket).await?,
        suggestions,
        me: desk.id().0,
        at,
        ticket,
        draft,
    };
    desk.ctx.page(status, &page)
}

async fn other_number(tx: &mut Tx, desk: &Desk, ticket: &Ticket) -> Result<Option<String>, DbError> {
    match ticket.may_belong_to {
        Some(id) => Ok(list::find(tx, TicketId(id), desk.seen_by()).await?.map(|other| other.number)),
        None => Ok(None),
    }
}

/// The account at a glance, for inquiries about signing in (domain 2.1, 2.3, 2.6).
async fn situation(tx: &mut Tx, desk: &Desk, ticket: &Ticket) -> Result<Option<Situation>, DbError> {
    let about = [InquiryKind::LoginMail, InquiryKind::Id, InquiryKind::Password, InquiryKind::Duplicate];
    if InquiryKind::parse(&ticket.kind).is_some_and(|kind| about.contains(&kind)) {
        login_help::look(tx, ticket, desk.now()).await
    } else {
        Ok(None)
    }
}

async fn waiting(tx: &mut Tx, desk: &Desk, ticket: &Ticket) -> Result<Option<Approval>, DbError> {
    let latest = approval::latest_of(tx, ApprovalKind::Disclosure, &elsewhere::object(ticket)).await?;
    Ok(latest.filter(|approval| approval.is_open(desk.now())))
}
