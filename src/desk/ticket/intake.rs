//! The one way in. The web form, mail, a caller's ticket entered by staff and the API all build an [`Intake`] and call
//! [`receive`]; what was accepted is durable when the surrounding `Db::write` returns (design rule 4).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::due::Due;
use super::store::{self, NewMessage};
use super::{Actor, Channel, MessageKind, Ticket, TicketId, TicketNumber, confidential, earlier, mails};
use crate::desk::account::{Birthdate, RegistrationNumber};
use crate::desk::inquiry::{self, Checked, InquiryKind, Terms, edge_of};
use crate::desk::period::{self, Touched};
use crate::desk::{Context, Lang};
use crate::platform::clock::jst;
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// What a person wrote, read and normalised by `desk::inquiry` or by mail intake. Raw and canonical stand side by side.
/// Its `Debug` shows nothing of the person.
#[derive(Clone)]
pub struct Inquiry {
    /// What it is about.
    pub kind: InquiryKind,
    /// The language to answer in.
    pub lang: Lang,
    /// At most `limits.subject_chars` characters, one line.
    pub subject: String,
    /// The text, as typed.
    pub body: String,
    /// 氏名, as typed: 姓 and 名 with a blank between.
    pub name: String,
    /// フリガナ, likewise.
    pub kana: String,
    /// Where answers are wanted, as typed. Empty for a caller without one.
    pub email: String,
    /// The same in comparable form.
    pub email_key: String,
    /// As typed; may be empty.
    pub phone: String,
    /// Canonical 医籍登録番号.
    pub registration_number: Option<i64>,
    /// As typed.
    pub registration_number_raw: String,
    /// Canonical 生年月日.
    pub born_on: Option<NaiveDate>,
    /// As typed, e.g. `平成 8-4-21`.
    pub birthdate_raw: String,
    /// The kind's own fields, as typed.
    pub fields: BTreeMap<String, String>,
}

impl Inquiry {
    /// What a form was understood to say.
    pub fn from_checked(checked: Checked, lang: Lang) -> Self {
        Self {
            kind: checked.kind,
            lang,
            subject: checked.subject,
            body: checked.body,
            name: checked.name,
            kana: checked.kana,
            email: checked.email.as_str().to_owned(),
            email_key: checked.email.key(),
            phone: checked.phone,
            registration_number: checked.registration_number.map(RegistrationNumber::value),
            registration_number_raw: checked.registration_number_raw,
            born_on: checked.birthdate.map(Birthdate::date),
            birthdate_raw: checked.birthdate_raw,
            fields: checked.fields,
        }
    }
}

impl std::fmt::Debug for Inquiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inquiry").field("kind", &self.kind).field("lang", &self.lang).finish_non_exhaustive()
    }
}

/// A file whose bytes are already durable in the blob store.
#[derive(Debug, Clone)]
pub struct StoredFile {
    /// For display only.
    pub name: String,
    /// As declared, for display only.
    pub mime: String,
    /// Bytes.
    pub size: i64,
    /// Name of the blob.
    pub sha256: String,
}

/// An inquiry and how it came.
#[derive(Debug, Clone)]
pub struct Intake {
    /// What was written.
    pub inquiry: Inquiry,
    /// What its kind promises, and the version of the form it was written with; `None` takes what the kind's embedded
    /// file says.
    pub terms: Option<Terms>,
    /// Through which door.
    pub channel: Channel,
    /// The same key is the same ticket: the form's key, `mail:` and the mail's key, `api:` and the caller's key.
    pub form_key: String,
    /// The instant the whole of it had arrived.
    pub received_at: DateTime<Utc>,
    /// Points of suspicion; only sorts.
    pub spam_score: i64,
    /// Files, already stored.
    pub files: Vec<StoredFile>,
    /// The raw mail it was read from.
    pub raw_mail_id: Option<i64>,
    /// The whole mail when `inquiry.body` is without its quotation.
    pub full_body: Option<String>,
    /// Sanitised HTML of a mail without a text part.
    pub html: Option<String>,
    /// A ticket it names without proof.
    pub may_belong_to: Option<TicketId>,
    /// Whether a receipt is mailed (never to automatic mail).
    pub acknowledge: bool,
    /// Who enters it: the requester, or staff for a caller.
    pub actor: Actor,
}

/// The ticket an intake became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Inside key.
    pub id: TicketId,
    /// 受付番号
    pub number: TicketNumber,
    /// False when this form key had been received before.
    pub is_new: bool,
    /// Whether what came now differs from what was received before under the same key (REL-011).
    pub differs: bool,
}

/// Takes an inquiry in: ticket, first message, event and receipt in one transaction. The same form key gives the ticket
/// it became the first time, untouched, however often and however changed it is sent.
///
/// # Errors
/// When nothing was stored; the sender must be told to try again.
pub async fn receive(tx: &mut Tx, ctx: &Context, intake: &Intake) -> Result<Received, DbError> {
    let today = intake.received_at.with_timezone(&jst()).date_naive();
    // Compared in this transaction with the periods as they stand now: a cutoff needs no job (design rule 6).
    let (kind, fields) = (intake.inquiry.kind, &intake.inquiry.fields);
    let touched = touched(tx, kind, intake.received_at).await?;
    let due = Due::of_new(kind, intake.received_at, touched);
    let terms = intake.terms.unwrap_or_else(|| Terms::of(inquiry::ours(), kind, fields));
    // A collision of 35 random bits is rare; sixteen in a row do not happen.
    for _ in 0..16 {
        let number = TicketNumber::fresh(today, &ctx.random);
        if let Some(id) = store::insert(tx, intake, terms, touched, due, &number).await? {
            first_message(tx, intake, id).await?;
            if terms.is_confidential {
                confidential::mark(tx, id, intake.received_at).await?;
            }
            if intake.acknowledge && !intake.inquiry.email.is_empty() {
                let answers = match intake.raw_mail_id {
                    Some(_) => earlier::store::mail_to_answer(tx, id, &intake.inquiry.email_key).await?,
                    None => String::new(),
                };
                let mail = mails::acknowledgement(ctx, intake, id, &number, answers);
                outbox::enqueue_automatic(tx, &mail, ctx.now(), ctx.settings.limits.mails_per_address_per_day).await?;
            }
            return Ok(Received { id, number, is_new: true, differs: false });
        }
        if let Some(ticket) = store::find_by_form_key(tx, &intake.form_key).await? {
            return again(tx, intake, &ticket).await;
        }
    }
    Err(DbError::Unusable("no free ticket number was found".into()))
}

/// Whether it is in time or late, and for which close, by the instant the whole of it had arrived.
pub(super) async fn touched(
    tx: &mut Tx,
    kind: InquiryKind,
    received_at: DateTime<Utc>,
) -> Result<Option<Touched>, DbError> {
    let Some(edge) = edge_of(kind) else { return Ok(None) };
    Ok(period::season(tx).await?.touched(edge, received_at))
}

async fn first_message(tx: &mut Tx, intake: &Intake, id: TicketId) -> Result<(), DbError> {
    let message = store::insert_message(
        tx,
        &NewMessage {
            ticket_id: id,
            seq: 1,
            kind: MessageKind::Inquiry,
            channel: intake.channel,
            actor: intake.actor,
            body: &intake.inquiry.body,
            full_body: intake.full_body.as_deref(),
            html: intake.html.as_deref(),
            address: &intake.inquiry.email_key,
            about_account: false,
            raw_mail_id: intake.raw_mail_id,
            at: intake.received_at,
        },
    )
    .await?;
    store::insert_attachments(tx, id, message, &intake.files).await?;
    let data = json!({ "channel": intake.channel, "kind": intake.inquiry.kind });
    store::insert_event(tx, id, "received", intake.actor, data, intake.received_at).await
}

async fn again(tx: &mut Tx, intake: &Intake, ticket: &Ticket) -> Result<Received, DbError> {
    let number = TicketNumber::parse(&ticket.number).ok_or_else(|| DbError::Impossible {
        table: "tickets",
        id: ticket.id.0,
        what: "its number is none".into(),
    })?;
    let first = store::messages(tx, ticket.id).await?.into_iter().next();
    let inquiry = &intake.inquiry;
    let same = first.is_some_and(|m| m.body == inquiry.body)
        && ticket.subject == inquiry.subject
        && ticket.requester_email == inquiry.email
        && ticket.requester_name == inquiry.name
        && ticket.registration_number_raw == inquiry.registration_number_raw
        && ticket.birthdate_raw == inquiry.birthdate_raw
        && ticket.fields.0 == inquiry.fields;
    Ok(Received { id: ticket.id, number, is_new: false, differs: !same })
}
