//! What becomes of a mail, decided and done in one transaction.

use serde_json::json;

use super::read::{self, Content, Reading};
use crate::desk::Context;
use crate::desk::audit;
use crate::desk::ticket::actions::{self, ActError, Addition};
use crate::desk::ticket::intake::{self, Intake, StoredFile};
use crate::desk::ticket::{Actor, Channel, TicketId, store as tickets, undelivered};
use crate::mail::classify::Kind;
use crate::mail::draft::{self, Sender};
use crate::mail::inbox::held::HeldMail;
use crate::mail::inbox::{Cause, Inbox, Outcome, RawMailId, TakeError, Taken, store};
use crate::mail::parse::{Address, ParsedMail};
use crate::mail::thread::{self, Place};
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox::{self, Delivery};

/// Bytes of cleaned HTML that are kept beside the text; more can be had from the raw mail.
const HTML_BYTES: usize = 256 * 1024;

/// Why a mail was not settled by this transaction.
#[derive(Debug, thiserror::Error)]
pub(super) enum Halt {
    /// Another process has settled it; everything here is undone.
    #[error("another process has taken this mail in")]
    Settled,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// `None` when another process was first.
pub(super) fn unless_settled(result: Result<Taken, Halt>) -> Result<Option<Taken>, DbError> {
    match result {
        Ok(taken) => Ok(Some(taken)),
        Err(Halt::Settled) => Ok(None),
        Err(Halt::Db(error)) => Err(error),
    }
}

/// A ticket, its number, and what happened.
struct Settled {
    outcome: Outcome,
    cause: Cause,
    ticket: Option<(TicketId, String)>,
}

impl Settled {
    fn held(cause: Cause) -> Self {
        Self { outcome: Outcome::Held, cause, ticket: None }
    }
}

/// Settles a mail that was read.
pub(super) async fn settle(tx: &mut Tx, ctx: &Context, reading: Reading) -> Result<Taken, Halt> {
    let (id, sender, content) = reading.into_parts();
    let settled = match content {
        Err(cause) => Settled::held(cause),
        Ok(content) => Settling { ctx, id, sender, content }.decide(tx).await?,
    };
    let ticket = settled.ticket.as_ref().map(|(id, _)| *id);
    // Duplicate is what the sender is told; in the tray's eyes the mail is ignored.
    let stored = if settled.outcome == Outcome::Duplicate { Outcome::Ignored } else { settled.outcome };
    if !store::settle(tx, id, stored, settled.cause, ticket).await? {
        return Err(Halt::Settled);
    }
    Ok(Taken {
        outcome: settled.outcome,
        ticket: settled.ticket.map(|(_, number)| number),
        cause: (settled.cause != Cause::Nothing).then_some(settled.cause),
    })
}

struct Settling<'a> {
    ctx: &'a Context,
    id: RawMailId,
    sender: Sender,
    content: Content,
}

impl Settling<'_> {
    async fn decide(self, tx: &mut Tx) -> Result<Settled, DbError> {
        let mail = &self.content.mail;
        let place = thread::find(tx, self.ctx, mail, &self.sender.key).await?;
        if place.has_wrong_token && place.proof.is_none() {
            audit::append(tx, None, "reply_token_invalid", &format!("mail:{}", self.id), "", self.ctx.now()).await?;
        }
        if place.is_own {
            return Ok(Settled { outcome: Outcome::Ignored, cause: Cause::Own, ticket: None });
        }
        match mail.kind {
            Kind::Bounce => self.bounce(tx, place).await,
            _ if thread::is_own_address(self.ctx, &self.sender.address) => Ok(Settled::held(Cause::OwnAddress)),
            Kind::Auto => self.automatic(tx, place, Cause::Automatic).await,
            Kind::List => self.automatic(tx, place, Cause::List).await,
            Kind::Person => self.person(tx, place).await,
        }
    }

    /// Files a bounce beside the mail it is about.
    async fn bounce(self, tx: &mut Tx, place: Place) -> Result<Settled, DbError> {
        let Some((reported, ticket)) = place.reported.and_then(|d| d.ticket_id.map(|t| (d, TicketId(t)))) else {
            return Ok(Settled::held(Cause::BounceOfNobody));
        };
        let now = self.ctx.now();
        let bounce = self.content.mail.bounce.clone().unwrap_or_default();
        let is_permanent = bounce.permanent;
        let diagnostic = [bounce.status, bounce.diagnostic].into_iter().flatten().collect::<Vec<_>>().join(" ");
        outbox::mark_bounced(tx, reported.id, &diagnostic, now).await?;
        if is_permanent {
            outbox::suppress(tx, &reported.to_key, &diagnostic, now).await?;
        }
        undelivered::note(tx, ticket, &reported.kind, &diagnostic, now).await?;
        self.append_automatic(tx, ticket, true).await
    }

    /// Files an automatic mail on the ticket it proves to belong to; it is answered by nobody and changes nothing.
    async fn automatic(self, tx: &mut Tx, place: Place, cause: Cause) -> Result<Settled, DbError> {
        let reported = place.reported.as_ref().and_then(|d: &Delivery| d.ticket_id).map(TicketId);
        match place.proof.map(|p| p.ticket.id).or(reported) {
            Some(ticket) => self.append_automatic(tx, ticket, false).await,
            None => Ok(Settled::held(cause)),
        }
    }

    async fn append_automatic(self, tx: &mut Tx, ticket: TicketId, is_bounce: bool) -> Result<Settled, DbError> {
        let number = tickets::get(tx, ticket).await?.number;
        let (now, addition) = (self.ctx.now(), self.addition());
        no_refusal(actions::append_automatic(tx, ticket, is_bounce, &addition, now).await)?;
        Ok(Settled { outcome: Outcome::Appended, cause: Cause::Nothing, ticket: Some((ticket, number)) })
    }

    /// A person's mail: a message on the ticket it proves to belong to, or a new ticket.
    async fn person(self, tx: &mut Tx, place: Place) -> Result<Settled, DbError> {
        let now = self.ctx.now();
        let (today, same) = store::history(tx, self.id, &self.sender.key, now).await?;
        let proven = place.proof.as_ref().map(|p| p.ticket.id);
        if let Some(ticket) = same.filter(|same| proven.is_none_or(|proven| proven == *same)) {
            let number = tickets::get(tx, ticket).await?.number;
            tickets::insert_event(tx, ticket, "mail_merged", Actor::System, json!({ "mail": self.id }), now).await?;
            let ticket = Some((ticket, number));
            return Ok(Settled { outcome: Outcome::Duplicate, cause: Cause::SameContent, ticket });
        }
        if let Some(proof) = place.proof {
            let (ticket, number) = (proof.ticket.id, proof.ticket.number);
            let (mail, addition) = (self.id, self.addition());
            no_refusal(actions::append_from_requester(tx, ticket, Channel::Mail, &addition, now).await)?;
            if proof.is_other_sender {
                let data = json!({ "mail": mail });
                tickets::insert_event(tx, ticket, "other_sender", Actor::System, data, now).await?;
            }
            return Ok(Settled { outcome: Outcome::Appended, cause: Cause::Nothing, ticket: Some((ticket, number)) });
        }
        let limit = i64::from(self.ctx.settings.limits.inquiries_per_address_per_day);
        if limit > 0 && today >= limit {
            return Ok(Settled::held(Cause::TooMany));
        }
        let intake = intake_of(self.ctx, self.id, &self.sender, self.content, place.may_belong_to);
        let received = intake::receive(tx, self.ctx, &intake).await?;
        let ticket = Some((received.id, received.number.to_string()));
        Ok(Settled { outcome: Outcome::Opened, cause: Cause::Nothing, ticket })
    }

    fn addition(self) -> Addition {
        let (body, full_body) = draft::texts(&self.content.mail);
        Addition {
            body,
            full_body,
            html: html(&self.content.mail),
            address: self.sender.key,
            raw_mail_id: Some(self.id.0),
            files: self.content.files,
        }
    }
}

/// Acts of a mail refuse nothing but a ticket that is not there, and it was just read.
fn no_refusal<T>(result: Result<T, ActError>) -> Result<T, DbError> {
    result.map_err(|error| match error {
        ActError::Db(error) => error,
        other => DbError::Unusable(other.to_string()),
    })
}

fn html(mail: &ParsedMail) -> Option<String> {
    mail.html_sanitized.as_ref().filter(|html| html.len() <= HTML_BYTES).map(|html| html.replace('\0', ""))
}

fn intake_of(
    ctx: &Context,
    id: RawMailId,
    sender: &Sender,
    content: Content,
    may_belong_to: Option<TicketId>,
) -> Intake {
    let mail = &content.mail;
    let now = ctx.now();
    let today = now.with_timezone(&crate::platform::clock::jst()).date_naive();
    Intake {
        inquiry: draft::inquiry(mail, sender, today, ctx.settings.limits.subject_chars),
        terms: None,
        channel: Channel::Mail,
        form_key: format!("mail:{id}"),
        received_at: now,
        spam_score: 0,
        raw_mail_id: Some(id.0),
        full_body: draft::texts(mail).1,
        html: html(mail),
        may_belong_to,
        acknowledge: mail.kind == Kind::Person && !mail.suppress_auto_answer && sender.may_be_a_person(),
        actor: Actor::Requester,
        files: content.files,
    }
}

/// `名 <address>` or the address alone, as the tray keeps it.
fn written_sender(text: &str) -> Address {
    let (name, address) = match text.rsplit_once('<') {
        Some((name, address)) => (name.trim().trim_matches('"'), address.trim_end_matches('>')),
        None => ("", text),
    };
    Address { name: (!name.is_empty()).then(|| name.to_owned()), address: address.trim().to_owned() }
}

/// A held mail as an intake, for staff who open a ticket from it. What cannot be read comes as a file of its own.
///
/// # Errors
/// When the disk refuses.
pub(in crate::mail) async fn intake_of_held(
    inbox: &Inbox,
    held: &HeldMail,
    bytes: Vec<u8>,
) -> Result<Intake, TakeError> {
    let (blobs, size, limit) = (inbox.blobs.clone(), held.size, inbox.ctx.settings.limits.mail_bytes);
    let task = tokio::task::spawn_blocking(move || {
        read::parse(&bytes, limit).ok().map(|mail| read::with_files(&blobs, mail)).transpose()
    });
    let content = task.await.unwrap_or(Err(TakeError::Db(DbError::Panicked)))?;
    let content = content.unwrap_or_else(|| {
        let file = StoredFile {
            name: "mail.eml".to_owned(),
            mime: "message/rfc822".to_owned(),
            size,
            sha256: held.sha256.clone(),
        };
        let text = "このメールは読み取れませんでした。届いたままのメールを添付しています。\n\
                    This mail could not be read; it is attached as it came.";
        let mut mail = ParsedMail::default();
        mail.subject.clone_from(&held.subject);
        // The head of it was read when it came: whoever it says it is from can be answered.
        mail.from = Some(written_sender(&held.from_address));
        text.clone_into(&mut mail.text);
        Content { mail, files: vec![file] }
    });
    let sender = Sender::of(&content.mail);
    let mut intake = intake_of(&inbox.ctx, held.id, &sender, content, None);
    intake.acknowledge = false;
    Ok(intake)
}
