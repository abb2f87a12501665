//! What can be done with a ticket: each verb is one transaction that ends in an event (design rule 9). A verb takes
//! `&mut Tx` and is called inside `Db::write`.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::due::{self, Due};
use super::intake::{self, StoredFile};
use super::store::{self, NewMessage};
use super::{
    Actor, Channel, MessageId, MessageKind, Status, Ticket, TicketId, TicketNumber, confidential, earlier, link, mails,
    upload_word,
};
use crate::desk::Context;
use crate::desk::inquiry::{InquiryKind, Terms};
use crate::desk::reply::check::{self, Disclosed};
use crate::desk::reply::disclosure::{self, Address, Route};
use crate::desk::reply::last_look;
use crate::desk::staff::StaffId;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// Why an act did not happen. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// No such ticket (or not one for this person).
    #[error("there is no such ticket")]
    NotFound,
    /// Something arrived since the page was opened.
    #[error("something arrived meanwhile")]
    Unseen,
    /// The answer would go to another address than the page named.
    #[error("the recipient changed meanwhile")]
    Recipient,
    /// There is no address to answer to.
    #[error("the ticket has no mail address to answer to")]
    NoAddress,
    /// The ticket's state does not allow it.
    #[error("the ticket is already finished")]
    Finished,
    /// The text holds something of an account, and would go to an address that is not on file (SEC-084).
    #[error("the text speaks of an account and would go to an address that is not on file")]
    Discloses(Vec<Disclosed>),
    /// The last look at the text stopped it.
    #[error("the text may not be sent as it stands: {0:?}")]
    Stopped(last_look::Stop),
    /// An empty text.
    #[error("there is no text")]
    Empty,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a member of staff sends.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Plain text.
    pub body: String,
    /// `last_seq` of the page it was written on: refused when the thread moved meanwhile.
    pub seen_seq: i64,
    /// Where the ticket stands afterwards.
    pub then: Status,
    /// Whether the page named the address on file as the recipient: refused when it is another by now, so that words
    /// meant for the registered person never go to a typed address (SEC-085). `None` takes whoever it is.
    pub to_on_file: Option<bool>,
}

/// Where a reply to this ticket goes, as of now. `approved_for` is an address that two people agreed on.
///
/// # Errors
/// When the database refuses.
pub async fn route(tx: &mut Tx, ticket: &Ticket, approved_for: Option<&str>) -> Result<Option<Route>, DbError> {
    let on_file = link::address_on_file(tx, ticket).await?;
    let typed = Address { address: ticket.requester_email.clone(), key: ticket.requester_email_key.clone() };
    Ok(disclosure::route(&typed, on_file.as_ref(), approved_for))
}

/// Sends a public reply: message, status, event and mail in one transaction.
///
/// # Errors
/// [`ActError::Unseen`] when something arrived since `seen_seq`; the caller keeps the text and shows what arrived.
pub async fn reply(
    tx: &mut Tx,
    ctx: &Context,
    id: TicketId,
    staff: StaffId,
    reply: &Reply,
) -> Result<MessageId, ActError> {
    if reply.body.trim().is_empty() {
        return Err(ActError::Empty);
    }
    let now = ctx.now();
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    let route = route(tx, &ticket, None).await?.ok_or(ActError::NoAddress)?;
    if reply.to_on_file.is_some_and(|named| named != route.to.is_on_file) {
        return Err(ActError::Recipient);
    }
    // The address on file of a director is not that of the residents the ticket may be about.
    let is_of_director = link::is_of_director(&ticket);
    if !route.to.is_on_file || is_of_director {
        let known = link::known_of_candidates(tx, &ticket).await?;
        let mut found = check::discloses(&reply.body, &known);
        // The IDs of programmes are not in the copy: whatever is called an ID here may be one (F31).
        if is_of_director && !route.to.is_on_file && check::names_an_id(&reply.body) {
            found.push(Disclosed::DirectorId);
        }
        if !found.is_empty() {
            return Err(ActError::Discloses(found));
        }
    }
    let seq = store::take_seq(tx, id, Some(reply.seen_seq), None, now).await?.ok_or(ActError::Unseen)?;
    send(
        tx,
        ctx,
        &ticket,
        Sending { staff, seq, body: &reply.body, then: reply.then, about_account: route.to.is_on_file },
        &route,
    )
    .await
}

/// A reply from the page of the ticket. The same form sent once more, because its answer was lost or the page was loaded
/// again, has been sent already (SEC-119).
///
/// # Errors
/// As [`reply`].
pub async fn reply_once(
    tx: &mut Tx,
    ctx: &Context,
    id: TicketId,
    staff: StaffId,
    wanted: &Reply,
) -> Result<MessageId, ActError> {
    store::lock(tx, id).await?;
    let kind = MessageKind::StaffReply;
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    let kept = upload_word::shown(&wanted.body, ticket.lang);
    match earlier::store::find_same(tx, id, kind, staff, &kept, wanted.seen_seq).await? {
        Some(sent) => Ok(sent),
        None => reply(tx, ctx, id, staff, wanted).await,
    }
}

/// A reply whose place in the thread is taken.
pub(super) struct Sending<'a> {
    pub staff: StaffId,
    pub seq: i64,
    pub body: &'a str,
    pub then: Status,
    pub about_account: bool,
}

/// Stores a reply and queues its mails: the answer, and the neutral text for whoever wrote from elsewhere.
pub(super) async fn send(
    tx: &mut Tx,
    ctx: &Context,
    ticket: &Ticket,
    sending: Sending<'_>,
    route: &Route,
) -> Result<MessageId, ActError> {
    let (now, id, to, actor) = (ctx.now(), ticket.id, &route.to, Actor::Staff(sending.staff));
    let numbers = link::numbers_of(tx, ticket).await?;
    let kept = upload_word::shown(sending.body, ticket.lang);
    last_look::before_sending(&kept, &numbers).map_err(ActError::Stopped)?;
    due::store::update_answered(tx, ticket, sending.then, now).await?;
    let new = NewMessage {
        about_account: sending.about_account,
        ..plain(id, sending.seq, MessageKind::StaffReply, Channel::Staff, actor, &kept, &to.key, now)
    };
    let message = store::insert_message(tx, &new).await?;
    let number = number_of(ticket)?;
    let answers = earlier::store::mail_to_answer(tx, id, &to.key).await?;
    let mailed = (sending.body, to.key.as_str(), to.is_on_file);
    let body = upload_word::filled(tx, ctx, ticket, sending.staff, mailed).await?;
    outbox::enqueue(tx, &mails::staff_reply(ctx, ticket, &number, message, to, &body, answers), now).await?;
    if let Some(elsewhere) = &route.neutral_to {
        let mail = mails::answered_elsewhere(ctx, ticket, &number, message, elsewhere);
        outbox::enqueue_automatic(tx, &mail, now, ctx.settings.limits.mails_per_address_per_day).await?;
    }
    let data = json!({ "status": sending.then, "to_address_on_file": to.is_on_file });
    store::insert_event(tx, id, "replied", actor, data, now).await?;
    if ticket.assignee_id.is_none() {
        store::update_assignee(tx, id, Some(sending.staff), now).await?;
    }
    Ok(message)
}

/// Adds an internal note (内部メモ). The status stays.
///
/// # Errors
/// When there is no text or no ticket.
pub async fn note(
    tx: &mut Tx,
    id: TicketId,
    staff: StaffId,
    body: &str,
    now: DateTime<Utc>,
) -> Result<MessageId, ActError> {
    if body.trim().is_empty() {
        return Err(ActError::Empty);
    }
    let actor = Actor::Staff(staff);
    let seq = store::take_seq(tx, id, None, None, now).await?.ok_or(ActError::NotFound)?;
    let message =
        store::insert_message(tx, &plain(id, seq, MessageKind::Note, Channel::Staff, actor, body, "", now)).await?;
    store::insert_event(tx, id, "noted", actor, json!({}), now).await?;
    Ok(message)
}

/// A note from the page of the ticket, written when the thread stood at `seen_seq`. The same form sent again is the same
/// note (SEC-119).
///
/// # Errors
/// When there is no text or no ticket.
pub async fn note_once(
    tx: &mut Tx,
    id: TicketId,
    staff: StaffId,
    body: &str,
    seen_seq: i64,
    now: DateTime<Utc>,
) -> Result<MessageId, ActError> {
    store::lock(tx, id).await?;
    match earlier::store::find_same(tx, id, MessageKind::Note, staff, body, seen_seq).await? {
        Some(kept) => Ok(kept),
        None => note(tx, id, staff, body, now).await,
    }
}

/// What a requester adds, through the page or by mail.
#[derive(Debug, Clone, Default)]
pub struct Addition {
    /// Plain text, without quotation.
    pub body: String,
    /// The whole mail, when it differs.
    pub full_body: Option<String>,
    /// Sanitised HTML of a mail without a text part.
    pub html: Option<String>,
    /// The address it says it is from, comparable; empty on the page.
    pub address: String,
    /// The raw mail.
    pub raw_mail_id: Option<i64>,
    /// Files, already durable.
    pub files: Vec<StoredFile>,
}

/// Appends what the requester wrote and brings the ticket back to the desk: a finished one is reopened.
///
/// # Errors
/// When there is no such ticket.
pub async fn append_from_requester(
    tx: &mut Tx,
    id: TicketId,
    channel: Channel,
    addition: &Addition,
    now: DateTime<Utc>,
) -> Result<MessageId, ActError> {
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    let message = append(tx, id, MessageKind::RequesterReply, channel, Actor::Requester, addition, now).await?;
    let status = if ticket.status == Status::New { Status::New } else { Status::Open };
    due::store::update_status(tx, &ticket, status, now).await?;
    let data = json!({ "channel": channel, "reopened": !ticket.status.is_unfinished() });
    store::insert_event(tx, id, "requester_replied", Actor::Requester, data, now).await?;
    Ok(message)
}

/// Files an automatic answer or a bounce on its ticket. The status stays; a bounce is told by its own event.
///
/// # Errors
/// When there is no such ticket.
pub async fn append_automatic(
    tx: &mut Tx,
    id: TicketId,
    is_bounce: bool,
    addition: &Addition,
    now: DateTime<Utc>,
) -> Result<MessageId, ActError> {
    let message = append(tx, id, MessageKind::Bounce, Channel::Mail, Actor::System, addition, now).await?;
    let kind = if is_bounce { "bounced" } else { "automatic_answer" };
    store::insert_event(tx, id, kind, Actor::System, json!({}), now).await?;
    Ok(message)
}

async fn append(
    tx: &mut Tx,
    id: TicketId,
    kind: MessageKind,
    channel: Channel,
    actor: Actor,
    addition: &Addition,
    now: DateTime<Utc>,
) -> Result<MessageId, ActError> {
    let seq = store::take_seq(tx, id, None, None, now).await?.ok_or(ActError::NotFound)?;
    let new = NewMessage {
        full_body: addition.full_body.as_deref(),
        html: addition.html.as_deref(),
        raw_mail_id: addition.raw_mail_id,
        ..plain(id, seq, kind, channel, actor, &addition.body, &addition.address, now)
    };
    let message = store::insert_message(tx, &new).await?;
    store::insert_attachments(tx, id, message, &addition.files).await?;
    Ok(message)
}

/// The requester takes the inquiry back (取り下げる).
///
/// # Errors
/// [`ActError::Finished`] when it is already answered or closed.
pub async fn withdraw(tx: &mut Tx, id: TicketId, now: DateTime<Utc>) -> Result<(), ActError> {
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if !ticket.status.is_unfinished() {
        return Err(ActError::Finished);
    }
    due::store::update_status(tx, &ticket, Status::Closed, now).await?;
    store::insert_event(tx, id, "withdrawn", Actor::Requester, json!({}), now).await?;
    Ok(())
}

/// Sets who works on it (担当), or nobody.
///
/// # Errors
/// When there is no such ticket.
pub async fn assign(
    tx: &mut Tx,
    id: TicketId,
    by: StaffId,
    to: Option<StaffId>,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if ticket.assignee_id == to.map(|s| s.0) {
        return Ok(());
    }
    store::update_assignee(tx, id, to, now).await?;
    if let Some(reader) = to.filter(|_| ticket.is_confidential) {
        confidential::store::insert_reader(tx, id, reader, now).await?;
    }
    store::insert_event(tx, id, "assigned", Actor::Staff(by), json!({ "to": to }), now).await?;
    Ok(())
}

/// Sets the status: close, reopen, wait.
///
/// # Errors
/// When there is no such ticket.
pub async fn set_status(
    tx: &mut Tx,
    id: TicketId,
    by: StaffId,
    status: Status,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if ticket.status == status {
        return Ok(());
    }
    due::store::update_status(tx, &ticket, status, now).await?;
    let data = json!({ "from": ticket.status, "to": status });
    store::insert_event(tx, id, "status_changed", Actor::Staff(by), data, now).await?;
    Ok(())
}

/// Sets the kind of inquiry, and with it what the kind promises. A kind for a small circle makes the ticket confidential;
/// staff may open it again (F64).
///
/// # Errors
/// When there is no such ticket.
pub async fn set_kind(
    tx: &mut Tx,
    id: TicketId,
    by: StaffId,
    (kind, terms): (InquiryKind, Terms),
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if ticket.kind == kind.as_str() {
        return Ok(());
    }
    let touched = intake::touched(tx, kind, ticket.received_at).await?;
    let plan = Due::of_kind(&ticket, kind, touched);
    due::store::update_kind(tx, id, kind.as_str(), touched, plan, now).await?;
    let data = json!({ "from": ticket.kind, "to": kind });
    store::insert_event(tx, id, "kind_changed", Actor::Staff(by), data, now).await?;
    if terms.is_confidential {
        confidential::set(tx, id, Actor::Staff(by), true, now).await?;
    }
    Ok(())
}

/// The requester wants to be reminded before the close the ticket touches, or no longer.
///
/// # Errors
/// When there is no such ticket.
pub async fn want_reminder(tx: &mut Tx, id: TicketId, wanted: bool, now: DateTime<Utc>) -> Result<(), ActError> {
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if ticket.wants_reminder == wanted {
        return Ok(());
    }
    due::store::update_wants_reminder(tx, id, wanted).await?;
    let kind = if wanted { "reminder_wanted" } else { "reminder_unwanted" };
    store::insert_event(tx, id, kind, Actor::Requester, json!({}), now).await?;
    Ok(())
}

/// Marks as spam, or takes the mark away. Spam leaves the queue; nothing is deleted.
///
/// # Errors
/// When there is no such ticket.
pub async fn set_spam(
    tx: &mut Tx,
    id: TicketId,
    by: StaffId,
    is_spam: bool,
    now: DateTime<Utc>,
) -> Result<(), ActError> {
    let ticket = store::find(tx, id).await?.ok_or(ActError::NotFound)?;
    if ticket.is_spam == is_spam {
        return Ok(());
    }
    store::update_spam(tx, id, is_spam, now).await?;
    let kind = if is_spam { "marked_spam" } else { "unmarked_spam" };
    store::insert_event(tx, id, kind, Actor::Staff(by), json!({}), now).await?;
    Ok(())
}

pub(super) fn number_of(ticket: &Ticket) -> Result<TicketNumber, DbError> {
    TicketNumber::parse(&ticket.number).ok_or_else(|| DbError::Impossible {
        table: "tickets",
        id: ticket.id.0,
        what: "its number is none".into(),
    })
}

#[expect(clippy::too_many_arguments, reason = "the shared columns of every message, named where they are used")]
fn plain<'a>(
    ticket_id: TicketId,
    seq: i64,
    kind: MessageKind,
    channel: Channel,
    actor: Actor,
    body: &'a str,
    address: &'a str,
    at: DateTime<Utc>,
) -> NewMessage<'a> {
    NewMessage {
        ticket_id,
        seq,
        kind,
        channel,
        actor,
        body,
        full_body: None,
        html: None,
        address,
        about_account: false,
        raw_mail_id: None,
        at,
    }
}
