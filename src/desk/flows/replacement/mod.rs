//! From an image that came in to the one that stands for the registration (画像差し替え, domain.md 2.7–2.9): received, by form
//! or by one-time link; compared by staff; approved, or returned with a reason; handed to the online system; told. The
//! old image is out of its sender's reach from the start: nobody but staff ever opens an image that was sent.

mod applied;
mod compare;
pub mod list;
mod rename;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

pub use applied::follow_mirror;
pub use compare::{Compared, compare};

use crate::desk::account::{Account, AccountId, store as accounts};
use crate::desk::audit::{self, act};
use crate::desk::flows::changes::{self, ChangeAct, NewChange};
use crate::desk::flows::{cases, provisional};
use crate::desk::licence::intake::NewImage;
use crate::desk::licence::link::{self, UploadLink};
use crate::desk::licence::{DueImage, Image, ImageId, ImageKind, ImageState, Readings, STAGED_FOR, store as images};
use crate::desk::staff::StaffId;
use crate::desk::ticket::actions::{self, ActError, Addition, Reply};
use crate::desk::ticket::intake;
use crate::desk::ticket::{Actor, Channel, Status, Ticket, TicketId, TicketNumber, mails, store as tickets};
use crate::desk::{Context, Lang};
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// The longest reason, in characters.
pub const REASON_CHARS: usize = 1_000;

/// Why an image was not decided on. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Somebody else decided, or there is no such image.
    #[error("the image does not wait for a decision any more")]
    Decided,
    /// The ticket is linked to no registration: there is nothing to compare with, and nothing to replace.
    #[error("the ticket is not linked to a registration")]
    NotLinked,
    /// The reason is missing.
    #[error("a return needs a reason")]
    NoReason,
    /// Approved as a licence without all five items of the list.
    #[error("an approval needs every item of the list")]
    NotRead,
    /// Approved as a provisional image without name and number read from it.
    #[error("a provisional image needs name and number read from it")]
    ProvisionalNotRead,
    /// 登録年月日 is no day.
    #[error("the date of registration is no day")]
    NoDay,
    /// Something read is not what is on file, and nobody confirmed that on purpose.
    #[error("what was read differs from what is on file")]
    Differs,
    /// Another name was said to be on the image, and none was read, or the one on file.
    #[error("the name read from the image is not another one")]
    NoOtherName,
    /// The mail could not be queued.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The image of a form becomes the ticket's, in the transaction that opens the ticket.
///
/// # Errors
/// When the database refuses.
pub async fn came_with_form(tx: &mut Tx, ticket: TicketId, image: ImageId, now: DateTime<Utc>) -> Result<(), DbError> {
    if images::attach(tx, image, ticket.0, ImageKind::Licence).await? {
        arrived(tx, ticket, "form", now).await?;
    }
    Ok(())
}

/// An image that came by a one-time link: the link is used up, the image waits, the thread says so. `None` when the link
/// had been used, revoked or had expired by then; nothing is stored in that case.
///
/// # Errors
/// When the database refuses.
pub async fn came_by_link(
    tx: &mut Tx,
    ctx: &Context,
    link: &UploadLink,
    new: &NewImage,
) -> Result<Option<ImageId>, ActError> {
    let now = ctx.now();
    let ticket = TicketId(link.ticket_id);
    if !images::use_link(tx, link.id, now).await? {
        return Ok(None);
    }
    let (id, _) = images::insert(tx, new, &ctx.random).await?;
    let lang = tickets::get(tx, ticket).await?.lang;
    let body = lang.t("専用リンクから画像を送りました。", "I have sent the image by the one-time link.").to_owned();
    let addition = Addition { body, ..Addition::default() };
    actions::append_from_requester(tx, ticket, Channel::Web, &addition, now).await?;
    arrived(tx, ticket, "link", now).await?;
    Ok(Some(id))
}

pub(in crate::desk::flows) async fn arrived(
    tx: &mut Tx,
    id: TicketId,
    source: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    tickets::insert_event(tx, id, "image_received", Actor::Requester, json!({ "source": source }), now).await?;
    let ticket = tickets::get(tx, id).await?;
    follow_case(tx, &ticket, Actor::Requester, "uploaded", "", now).await
}

/// The workflow of a ticket about images follows what happens to its image; other workflows go their own way.
async fn follow_case(
    tx: &mut Tx,
    ticket: &Ticket,
    actor: Actor,
    to: &'static str,
    note: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    match cases::of(tx, ticket).await? {
        Some(case) if case.flow.word == "image" && case.state.word != to => {
            cases::settle(tx, ticket, actor, to, note, now).await
        }
        _ => Ok(()),
    }
}

/// Makes a one-time link for a ticket and mails it to where answers go (`reply::disclosure`): the address on file once the
/// ticket is linked to a registration that has one, else the address the inquiry came from; never one that staff type.
/// Earlier links end. `named` is what the page said of the recipient, as in [`Reply::to_on_file`].
///
/// # Errors
/// [`ActError::NoAddress`] when there is none, [`ActError::Recipient`] when it is another than the page named.
pub async fn send_link(
    tx: &mut Tx,
    ctx: &Context,
    id: TicketId,
    purpose: ImageKind,
    named: Option<bool>,
    by: StaffId,
) -> Result<UploadLink, ActError> {
    let now = ctx.now();
    let ticket = tickets::find(tx, id).await?.ok_or(ActError::NotFound)?;
    let route = actions::route(tx, &ticket, None).await?.ok_or(ActError::NoAddress)?;
    if named.is_some_and(|named| named != route.to.is_on_file) {
        return Err(ActError::Recipient);
    }
    let number = TicketNumber::parse(&ticket.number).ok_or(ActError::NotFound)?;
    let link = link::make(tx, ctx, id.0, purpose, &route.to.key, Some(by)).await?;
    let mail = mails::upload_link(ctx, &ticket, &number, &link, &route.to);
    outbox::enqueue(tx, &mail, now).await?;
    let data = json!({ "to_address_on_file": route.to.is_on_file });
    tickets::insert_event(tx, id, "upload_link_sent", Actor::Staff(by), data, now).await?;
    audit::append(tx, Some(by), act::UPLOAD_LINK_MADE, &object(&ticket), "", now).await?;
    actions::set_status(tx, id, by, Status::WaitingOnRequester, now).await?;
    let case = cases::of(tx, &ticket).await?;
    if case.is_some_and(|case| case.state.word == "asked") {
        follow_case(tx, &ticket, Actor::Staff(by), "guided", "", now).await?;
    }
    Ok(link)
}

/// Ends the links of a ticket. Returns how many were still good.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_links(tx: &mut Tx, ctx: &Context, ticket: &Ticket, by: StaffId) -> Result<u64, DbError> {
    let now = ctx.now();
    let ended = images::revoke_links(tx, ticket.id.0, now).await?;
    if ended > 0 {
        tickets::insert_event(tx, ticket.id, "upload_link_revoked", Actor::Staff(by), json!({}), now).await?;
        audit::append(tx, Some(by), act::UPLOAD_LINK_REVOKED, &object(ticket), "", now).await?;
    }
    Ok(ended)
}

fn object(ticket: &Ticket) -> String {
    format!("ticket:{}", ticket.number)
}

fn image_object(public_id: &str) -> String {
    format!("image:{public_id}")
}

/// What somebody approves.
#[derive(Debug, Clone)]
pub struct Approval {
    /// As what.
    pub kind: ImageKind,
    /// What was read from it.
    pub readings: Readings,
    /// Why it is approved although something differs from what is on file; confirmed on purpose, kept in the audit. Empty
    /// when nobody confirmed.
    pub despite: String,
}

impl Approval {
    /// Whether the list is ticked off as far as this kind of image needs it. Returns the words of the items that differ.
    fn check(&self, account: &Account, now: DateTime<Utc>) -> Result<Vec<&'static str>, ReviewError> {
        let read = &self.readings;
        let is_read = |items: &[&str]| read.is_sharp && items.iter().all(|text| !text.trim().is_empty());
        match self.kind {
            ImageKind::Licence => {
                if !is_read(&[&read.name, &read.registration_number, &read.birthdate, &read.registered_on]) {
                    return Err(ReviewError::NotRead);
                }
                let today = now.with_timezone(&jst()).date_naive();
                if compare::day(&read.registered_on).is_none_or(|day| day > today) {
                    return Err(ReviewError::NoDay);
                }
            }
            // Another proof need not show the rest (F05).
            ImageKind::Provisional if !is_read(&[&read.name, &read.registration_number]) => {
                return Err(ReviewError::ProvisionalNotRead);
            }
            ImageKind::Provisional => {}
        }
        let items = ["name", "registration_number", "birthdate"].into_iter().zip(compare(read, account));
        let differing: Vec<_> = items.filter(|(_, item)| *item == Compared::Differs).map(|(word, _)| word).collect();
        if !differing.is_empty() && self.despite.trim().is_empty() {
            return Err(ReviewError::Differs);
        }
        Ok(differing)
    }
}

/// Approves an image: it becomes the current one of the registration its ticket is linked to, the one before makes way,
/// the online system is asked to take it over, and a provisional one is entered in the register.
///
/// # Errors
/// Why not; nothing has changed then.
pub async fn approve(
    tx: &mut Tx,
    ctx: &Context,
    image: &Image,
    approval: &Approval,
    by: StaffId,
) -> Result<(), ReviewError> {
    let (now, kind) = (ctx.now(), approval.kind);
    let ticket = waiting_ticket(tx, image).await?;
    let account_id = ticket.account_id.ok_or(ReviewError::NotLinked)?;
    let account = accounts::find_account(tx, AccountId(account_id)).await?.ok_or(ReviewError::NotLinked)?;
    let differing = approval.check(&account, now)?;
    images::set_kind(tx, image.id, kind).await?;
    if !images::approve(tx, image.id, account_id, &approval.readings, by, now).await? {
        return Err(ReviewError::Decided);
    }
    let change = NewChange {
        act: ChangeAct::Set,
        field: "licence_image",
        old: account.record.licence_image.map_or("", |state| state.as_str()).to_owned(),
        new: kind.as_str().to_owned(),
        ..NewChange::of(&account.record.account_id, ChangeAct::Set)
    };
    changes::ask(tx, by, &image_object(&image.public_id), &[change], now).await?;
    match kind {
        ImageKind::Licence => provisional::store::close(tx, account.id, now).await?,
        ImageKind::Provisional => provisional::open(tx, ctx, &account, now).await?,
    }
    let data = json!({ "image": image.public_id, "kind": kind });
    tickets::insert_event(tx, ticket.id, "image_approved", Actor::Staff(by), data, now).await?;
    let mut detail = object(&ticket);
    if !differing.is_empty() {
        let despite: String = approval.despite.trim().chars().take(REASON_CHARS).collect();
        detail = format!("{detail} differs:{} {despite}", differing.join(","));
    }
    audit::append(tx, Some(by), act::IMAGE_APPROVED, &image_object(&image.public_id), &detail, now).await?;
    follow_case(tx, &ticket, Actor::Staff(by), "approved", "", now).await?;
    Ok(())
}

/// Returns an image: the reason is mailed to where answers go, with a fresh one-time link.
///
/// # Errors
/// Why not; nothing has changed then.
pub async fn send_back(
    tx: &mut Tx,
    ctx: &Context,
    image: &Image,
    reason: &str,
    readings: &Readings,
    by: StaffId,
) -> Result<(), ReviewError> {
    let now = ctx.now();
    let reason: String = reason.trim().chars().take(REASON_CHARS).collect();
    if reason.is_empty() {
        return Err(ReviewError::NoReason);
    }
    let ticket = waiting_ticket(tx, image).await?;
    if !images::send_back(tx, image.id, &reason, readings, by, now).await? {
        return Err(ReviewError::Decided);
    }
    let reply = Reply {
        body: letter(&reason, ticket.lang),
        seen_seq: ticket.last_seq,
        then: Status::WaitingOnRequester,
        to_on_file: None,
    };
    actions::reply(tx, ctx, ticket.id, by, &reply).await?;
    let data = json!({ "image": image.public_id });
    tickets::insert_event(tx, ticket.id, "image_returned", Actor::Staff(by), data, now).await?;
    audit::append(tx, Some(by), act::IMAGE_RETURNED, &image_object(&image.public_id), &object(&ticket), now).await?;
    follow_case(tx, &ticket, Actor::Staff(by), "sent_back", &reason, now).await?;
    let purpose = image.kind;
    send_link(tx, ctx, ticket.id, purpose, None, by).await?;
    Ok(())
}

fn letter(reason: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!(
            "画像をお送りくださり、ありがとうございました。確かめたところ、次の理由で受け取ることができませんでした。\n\n{reason}\n\nお手数ですが、もう一度画像をお送りください。送るための専用リンクは、別のメールでお届けします。"
        ),
        Lang::En => format!(
            "Thank you for the image. We have looked at it and could not take it for this reason:\n\n{reason}\n\nPlease send it once more; the link for sending it comes in another mail."
        ),
    }
}

/// The name on the image differs from the one on file (改姓など): the ticket becomes a change of registered data, and the
/// image stays with it as the proof.
///
/// # Errors
/// Why not; nothing has changed then.
pub async fn name_differs(
    tx: &mut Tx,
    ctx: &Context,
    image: &Image,
    readings: &Readings,
    by: StaffId,
) -> Result<TicketNumber, ReviewError> {
    let now = ctx.now();
    let ticket = waiting_ticket(tx, image).await?;
    let account_id = ticket.account_id.ok_or(ReviewError::NotLinked)?;
    let account = accounts::find_account(tx, AccountId(account_id)).await?.ok_or(ReviewError::NotLinked)?;
    if compare(readings, &account)[0] != Compared::Differs {
        return Err(ReviewError::NoOtherName);
    }
    let intake = rename::intake(&ticket, &account, image, readings, by, now);
    let received = intake::receive(tx, ctx, &intake).await?;
    let data = json!({ "image": image.public_id, "ticket": received.number.as_str() });
    tickets::insert_event(tx, ticket.id, "name_differs", Actor::Staff(by), data, now).await?;
    audit::append(tx, Some(by), act::NAME_DIFFERS, &image_object(&image.public_id), &object(&ticket), now).await?;
    Ok(received.number)
}

/// The ticket of an image that still waits for a decision.
async fn waiting_ticket(tx: &mut Tx, image: &Image) -> Result<Ticket, ReviewError> {
    if image.state != ImageState::Waiting {
        return Err(ReviewError::Decided);
    }
    let id = image.ticket_id.ok_or(ReviewError::Decided)?;
    Ok(tickets::get(tx, TicketId(id)).await?)
}

/// Erases at most `limit` images whose time is over: replaced, returned or of no more use `images.keep_replaced_days` ago,
/// or chosen in a form that was never sent. Returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn erase_due(tx: &mut Tx, ctx: &Context, limit: i64) -> Result<i64, DbError> {
    let now = ctx.now();
    let due = due(tx, ctx, now, limit).await?;
    for DueImage { image, .. } in &due {
        let why = if image.state == ImageState::Staged { "discarded" } else { "retention" };
        images::erase(tx, image, why, now).await?;
        if image.state != ImageState::Staged {
            audit::append(tx, None, act::IMAGE_ERASED, &image_object(&image.public_id), why, now).await?;
        }
    }
    Ok(i64::try_from(due.len()).unwrap_or(i64::MAX))
}

/// Which images would be erased at an instant, as things stand.
///
/// # Errors
/// When the database refuses.
pub async fn due(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>, limit: i64) -> Result<Vec<DueImage>, DbError> {
    images::due_for_erasure(tx, at - kept(ctx), at - STAGED_FOR, limit).await
}

/// How many would be erased at an instant, as things stand.
///
/// # Errors
/// When the database refuses.
pub async fn count_due(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>) -> Result<i64, DbError> {
    images::count_due_for_erasure(tx, at - kept(ctx), at - STAGED_FOR).await
}

fn kept(ctx: &Context) -> Duration {
    Duration::days(i64::from(ctx.settings.images.keep_replaced_days))
}
