//! The texts of mails about a ticket. They are rendered when they are queued, so what is sent is what was decided. An
//! acknowledgement quotes nothing the submitter typed: a stranger's address cannot be used to deliver a message (SEC-008).

pub mod outward;

use askama::Template;
use chrono::{DateTime, Utc};

use super::intake::Intake;
use super::{MessageId, Ticket, TicketId, TicketNumber, token};
use crate::desk::account::EmailAddress;
use crate::desk::inquiry::InquiryKind;
use crate::desk::reply::disclosure::{Address, Recipient};
use crate::desk::{Context, Lang};
use crate::platform::clock::jst;
use crate::platform::crypto::Purpose;
use crate::platform::outbox::NewMail;

mod edges;
mod images;

pub use edges::{Digest, deadline_reminder, edge_digest, edge_moved};
pub use images::{image_applied, provisional_image, upload_link};

#[derive(Template)]
#[template(path = "mail/acknowledgement.txt", escape = "none")]
struct Acknowledgement<'a> {
    lang: Lang,
    number: &'a str,
    link: &'a str,
    desk: &'a str,
}

#[derive(Template)]
#[template(path = "mail/staff_reply.txt", escape = "none")]
struct StaffReply<'a> {
    lang: Lang,
    number: &'a str,
    link: &'a str,
    body: &'a str,
    desk: &'a str,
}

#[derive(Template)]
#[template(path = "mail/answered_elsewhere.txt", escape = "none")]
struct AnsweredElsewhere<'a> {
    lang: Lang,
    number: &'a str,
    link: &'a str,
    desk: &'a str,
}

#[derive(Template)]
#[template(path = "mail/waiting_reminder.txt", escape = "none")]
struct WaitingReminder<'a> {
    lang: Lang,
    number: &'a str,
    link: &'a str,
    desk: &'a str,
    close_after_days: u32,
}

#[derive(Template)]
#[template(path = "mail/linkage_done.txt", escape = "none")]
struct LinkageDone<'a> {
    lang: Lang,
    number: &'a str,
    link: &'a str,
    desk: &'a str,
    specialty: &'a str,
    year: i64,
}

#[derive(Template)]
#[template(path = "mail/form_link.txt", escape = "none")]
struct FormLink<'a> {
    lang: Lang,
    link: &'a str,
    desk: &'a str,
}

/// The page link of a ticket for whoever reads mail at an address.
pub fn page_link(ctx: &Context, lang: Lang, number: &TicketNumber, epoch: i64, address_key: &str) -> String {
    let token = token::Token::issue(&ctx.keys, Purpose::PageLink, number, epoch, address_key);
    format!("{}{}/t/{token}", ctx.settings.server.base_url, lang.prefix())
}

/// 「2026年12月11日 12:00」
pub(super) fn instant(lang: Lang, at: DateTime<Utc>) -> String {
    at.with_timezone(&jst()).format(lang.t("%Y年%-m月%-d日 %-H:%M", "%-d %B %Y, %-H:%M JST")).to_string()
}

fn desk_name(ctx: &Context, lang: Lang) -> &str {
    lang.t(&ctx.settings.desk.name, &ctx.settings.desk.name_en)
}

/// A Message-ID of ours: the reply token and a fresh part, so that an answer to it joins its ticket even when the mail
/// program drops the reply address.
fn mail_id(ctx: &Context, reply_token: &str) -> String {
    let domain = ctx.settings.mail.address.rsplit('@').next().unwrap_or("localhost");
    format!("{reply_token}.{}@{domain}", &ctx.random.token()[..13])
}

/// A rendered text. Rendering plain text into a String fails only when a template is broken, which a test would show.
fn rendered(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

struct Envelope<'a> {
    kind: &'static str,
    dedupe_key: String,
    ticket: TicketId,
    message: Option<MessageId>,
    number: &'a TicketNumber,
    epoch: i64,
    to: &'a str,
    to_key: &'a str,
    subject: String,
    body: String,
    is_automatic: bool,
}

impl<'a> Envelope<'a> {
    /// What the desk writes by itself about a ticket; the number stands in the subject.
    fn about(
        ticket: &Ticket,
        number: &'a TicketNumber,
        (to, to_key): (&'a str, &'a str),
        (kind, dedupe_key): (&'static str, String),
        subject: &str,
        body: String,
    ) -> Self {
        Self {
            kind,
            dedupe_key,
            ticket: ticket.id,
            message: None,
            number,
            epoch: ticket.token_epoch,
            to,
            to_key,
            subject: format!("{subject} {number}"),
            body,
            is_automatic: true,
        }
    }
}

/// A mail that no reply joins to a ticket: an answer to it opens one of its own.
fn loose(
    ctx: &Context,
    (kind, dedupe_key): (&'static str, String),
    (to_address, to_key): (&str, String),
    subject: String,
    body: String,
) -> NewMail {
    NewMail {
        kind,
        dedupe_key,
        ticket_id: None,
        message_id: None,
        mail_id: mail_id(ctx, kind),
        in_reply_to: String::new(),
        to_address: to_address.to_owned(),
        to_key,
        reply_token: String::new(),
        subject,
        body,
        is_automatic: true,
    }
}

fn letter(ctx: &Context, envelope: Envelope<'_>) -> NewMail {
    let reply_token = token::Token::issue(&ctx.keys, Purpose::Reply, envelope.number, envelope.epoch, envelope.to_key);
    NewMail {
        kind: envelope.kind,
        dedupe_key: envelope.dedupe_key,
        ticket_id: Some(envelope.ticket.0),
        message_id: envelope.message.map(|id| id.0),
        mail_id: mail_id(ctx, &reply_token),
        in_reply_to: String::new(),
        to_address: envelope.to.to_owned(),
        to_key: envelope.to_key.to_owned(),
        reply_token,
        subject: envelope.subject,
        body: envelope.body,
        is_automatic: envelope.is_automatic,
    }
}

/// The receipt of an inquiry. `answers` is the Message-ID of the mail it came by, empty for none.
pub fn acknowledgement(
    ctx: &Context,
    intake: &Intake,
    id: TicketId,
    number: &TicketNumber,
    answers: String,
) -> NewMail {
    let inquiry = &intake.inquiry;
    let lang = inquiry.lang;
    let link = page_link(ctx, lang, number, 0, &inquiry.email_key);
    let desk = desk_name(ctx, lang);
    let mail = letter(
        ctx,
        Envelope {
            kind: "acknowledgement",
            dedupe_key: format!("acknowledgement:{id}"),
            ticket: id,
            message: None,
            number,
            epoch: 0,
            to: &inquiry.email,
            to_key: &inquiry.email_key,
            subject: lang
                .t("【自動返信】お問い合わせを受け付けました", "[Automatic reply] We have received your inquiry")
                .to_owned()
                + &format!(" {number}"),
            body: rendered(&Acknowledgement { lang, number: number.as_str(), link: &link, desk }),
            is_automatic: true,
        },
    );
    NewMail { in_reply_to: answers, ..mail }
}

/// A reply of staff, to one address. `answers` is the Message-ID it answers, empty for none.
pub fn staff_reply(
    ctx: &Context,
    ticket: &Ticket,
    number: &TicketNumber,
    message: MessageId,
    to: &Recipient,
    body: &str,
    answers: String,
) -> NewMail {
    let lang = ticket.lang;
    let link = page_link(ctx, lang, number, ticket.token_epoch, &to.key);
    let mail = letter(
        ctx,
        Envelope {
            kind: "staff_reply",
            dedupe_key: format!("staff_reply:{message}"),
            ticket: ticket.id,
            message: Some(message),
            number,
            epoch: ticket.token_epoch,
            to: &to.address,
            to_key: &to.key,
            subject: lang.t("お問い合わせへの回答", "Answer to your inquiry").to_owned() + &format!(" {number}"),
            body: rendered(&StaffReply {
                lang,
                number: number.as_str(),
                link: &link,
                body,
                desk: desk_name(ctx, lang),
            }),
            is_automatic: false,
        },
    );
    NewMail { in_reply_to: answers, ..mail }
}

/// The neutral text for whoever wrote from another address than the one on file: that an answer went there, and
/// nothing of it.
pub fn answered_elsewhere(
    ctx: &Context,
    ticket: &Ticket,
    number: &TicketNumber,
    message: MessageId,
    to: &Address,
) -> NewMail {
    let lang = ticket.lang;
    let link = page_link(ctx, lang, number, ticket.token_epoch, &to.key);
    letter(
        ctx,
        Envelope::about(
            ticket,
            number,
            (&to.address, &to.key),
            ("answered_elsewhere", format!("answered_elsewhere:{message}")),
            lang.t("お問い合わせにお答えしました", "Your inquiry has been answered"),
            rendered(&AnsweredElsewhere { lang, number: number.as_str(), link: &link, desk: desk_name(ctx, lang) }),
        ),
    )
}

/// A reminder to a requester who was asked something. `round` makes one mail per waiting spell.
pub fn waiting_reminder(ctx: &Context, ticket: &Ticket, number: &TicketNumber, to: &Recipient, round: i64) -> NewMail {
    let lang = ticket.lang;
    let link = page_link(ctx, lang, number, ticket.token_epoch, &to.key);
    let close_after_days = ctx.settings.jobs.close_after_days;
    letter(
        ctx,
        Envelope::about(
            ticket,
            number,
            (&to.address, &to.key),
            ("waiting_reminder", format!("waiting_reminder:{}:{round}", ticket.id)),
            lang.t("【お願い】お返事をお待ちしています", "[Reminder] We are waiting for your answer"),
            rendered(&WaitingReminder {
                lang,
                number: number.as_str(),
                link: &link,
                desk: desk_name(ctx, lang),
                close_after_days,
            }),
        ),
    )
}

/// The data linkage that a requester waits for is done.
pub fn linkage_done(
    ctx: &Context,
    ticket: &Ticket,
    number: &TicketNumber,
    to: &Recipient,
    specialty: &str,
    year: i64,
) -> NewMail {
    let lang = ticket.lang;
    let link = page_link(ctx, lang, number, ticket.token_epoch, &to.key);
    let desk = desk_name(ctx, lang);
    letter(
        ctx,
        Envelope::about(
            ticket,
            number,
            (&to.address, &to.key),
            ("linkage_done", format!("linkage_done:{}", ticket.id)),
            lang.t("データ連携が終わりました", "Data linkage is finished"),
            rendered(&LinkageDone { lang, number: number.as_str(), link: &link, desk, specialty, year }),
        ),
    )
}

/// The form that fits, for somebody who called. It belongs to no ticket, and quotes nothing of the call.
pub fn form_link(ctx: &Context, key: &str, kind: InquiryKind, link: &str, to: &EmailAddress) -> NewMail {
    let lang = Lang::Ja;
    loose(
        ctx,
        ("form_link", format!("form_link:{key}")),
        (to.as_str(), to.key()),
        format!("お問い合わせフォームのご案内({})", kind.label(lang)),
        rendered(&FormLink { lang, link, desk: desk_name(ctx, lang) }),
    )
}
