//! Mails about a close: the reminder before it, the correction after a date moved, the digest for staff.

use askama::Template;
use chrono::{DateTime, Utc};

use super::{Envelope, desk_name, instant, letter, loose, page_link, rendered};
use crate::desk::reply::disclosure::Recipient;
use crate::desk::staff::Staff;
use crate::desk::ticket::by_job::Notice;
use crate::desk::ticket::{Ticket, TicketNumber};
use crate::desk::{Context, Lang};
use crate::platform::outbox::NewMail;

#[derive(Template)]
#[template(path = "mail/deadline_reminder.txt", escape = "none")]
struct DeadlineReminder<'a> {
    lang: Lang,
    at: &'a str,
    is_asked: bool,
    say: &'a str,
    number: &'a str,
    link: &'a str,
    desk: &'a str,
}

#[derive(Template)]
#[template(path = "mail/edge_moved.txt", escape = "none")]
struct EdgeMoved<'a> {
    lang: Lang,
    from: &'a str,
    to: &'a str,
    number: &'a str,
    link: &'a str,
    desk: &'a str,
}

#[derive(Template)]
#[template(path = "mail/edge_digest.txt", escape = "none")]
struct EdgeDigest<'a> {
    lang: Lang,
    name: &'a str,
    at: &'a str,
    hours: i64,
    digest: &'a Digest,
    link: &'a str,
}

/// What staff are told before a close. No words and no names of requesters: a mail is no place for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    /// Tickets that touch the close and need somebody here.
    pub open: i64,
    /// Those of them without an assignee.
    pub unassigned: i64,
    /// Those assigned to whoever reads it.
    pub mine: Vec<String>,
    /// Tickets that touch it and wait for the requester or others.
    pub waiting: i64,
}

/// Reminds of a deadline: because it was asked for, in the words of the kind, or both in one mail.
pub fn deadline_reminder(
    ctx: &Context,
    ticket: &Ticket,
    number: &TicketNumber,
    to: &Recipient,
    notice: Notice<'_>,
) -> NewMail {
    let (lang, link) = (ticket.lang, page_link(ctx, ticket.lang, number, ticket.token_epoch, &to.key));
    let at = instant(lang, notice.deadline_at);
    let say = notice.say.map_or_else(String::new, |(_, say)| say.replace("{closes_at}", &at));
    let (is_asked, desk) = (notice.is_asked, desk_name(ctx, lang));
    let body = DeadlineReminder { lang, at: &at, is_asked, say: &say, number: number.as_str(), link: &link, desk };
    let subject = lang.t("【お知らせ】締切が近づいています", "[Notice] A deadline comes near");
    let key = format!("deadline_reminder:{}:{}:{}", ticket.id, notice.deadline_at.timestamp(), notice.hours);
    letter(
        ctx,
        Envelope::about(ticket, number, (&to.address, &to.key), ("deadline_reminder", key), subject, rendered(&body)),
    )
}

/// The close that somebody was told of has moved, or is no more.
pub fn edge_moved(
    ctx: &Context,
    ticket: &Ticket,
    number: &TicketNumber,
    to: &Recipient,
    was: DateTime<Utc>,
    is: Option<DateTime<Utc>>,
) -> NewMail {
    let (lang, link) = (ticket.lang, page_link(ctx, ticket.lang, number, ticket.token_epoch, &to.key));
    let (from, is) = (instant(lang, was), is.map(|at| instant(lang, at)).unwrap_or_default());
    let body =
        EdgeMoved { lang, from: &from, to: &is, number: number.as_str(), link: &link, desk: desk_name(ctx, lang) };
    let subject = lang.t("【訂正】締切の日時が変わりました", "[Correction] The deadline has been changed");
    let key = format!("edge_moved:{}:{}:{}", ticket.id, was.timestamp(), ctx.now().timestamp());
    letter(ctx, Envelope::about(ticket, number, (&to.address, &to.key), ("edge_moved", key), subject, rendered(&body)))
}

/// What staff are told before a close, one mail for each person, close and step.
pub fn edge_digest(
    ctx: &Context,
    staff: &Staff,
    name: &str,
    edge_at: DateTime<Utc>,
    hours: i64,
    digest: &Digest,
) -> NewMail {
    let (lang, at) = (staff.lang, instant(staff.lang, edge_at));
    let link = format!("{}/staff/tickets", ctx.settings.server.base_url);
    loose(
        ctx,
        ("edge_digest", format!("edge_digest:{}:{hours}:{}", edge_at.timestamp(), staff.id)),
        (&staff.email, staff.email.clone()),
        match lang {
            Lang::Ja => format!("【事務局】{name}の締切まで{hours}時間以内です(未対応{}件)", digest.open),
            Lang::En => format!("[Desk] Less than {hours} hours until {name} closes ({} open)", digest.open),
        },
        rendered(&EdgeDigest { lang, name, at: &at, hours, digest, link: &link }),
    )
}
