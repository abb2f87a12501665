//! Mails that keep a deadline: to a silent director, to staff whose rules grow old.

use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

use super::{desk_name, instant, loose, rendered};
use crate::desk::account::EmailAddress;
use crate::desk::ticket::Ticket;
use crate::desk::{Context, Lang};
use crate::platform::outbox::NewMail;

#[derive(Template)]
#[template(path = "mail/director_nudge.txt", escape = "none")]
struct DirectorNudge<'a> {
    director: &'a str,
    resident: &'a str,
    number: &'a str,
    closes: &'a str,
    desk: &'a str,
}

#[derive(Template)]
#[template(path = "mail/rules_review.txt", escape = "none")]
struct RulesReview<'a> {
    title: &'a str,
    until: &'a str,
    link: &'a str,
    desk: &'a str,
}

/// Whom a letter to a director is about, and whom it goes to.
#[derive(Debug)]
pub struct Nudged<'a> {
    /// 統括責任者
    pub director: &'a str,
    /// The resident on file.
    pub resident: &'a str,
    /// The registered address of the director.
    pub to: &'a EmailAddress,
}

/// The text of the letter, for the mail and for the page that shows it before it leaves.
pub fn director_letter(ctx: &Context, number: &str, nudged: (&str, &str), closes_at: Option<DateTime<Utc>>) -> String {
    let lang = Lang::Ja;
    let closes = closes_at.map(|at| instant(lang, at)).unwrap_or_default();
    let (director, resident) = nudged;
    rendered(&DirectorNudge { director, resident, number, closes: &closes, desk: desk_name(ctx, lang) })
}

/// Asks a silent director to decide on a withdrawal (F24). It carries no token and no link to the resident's page: an
/// answer opens a ticket of its own.
pub fn director_nudge(
    ctx: &Context,
    ticket: &Ticket,
    nudged: &Nudged<'_>,
    closes_at: Option<DateTime<Utc>>,
    day: NaiveDate,
) -> NewMail {
    NewMail {
        ticket_id: Some(ticket.id.0),
        is_automatic: false,
        ..loose(
            ctx,
            ("director_nudge", format!("director_nudge:{}:{day}", ticket.id)),
            (nudged.to.as_str(), nudged.to.key()),
            format!("【お願い】採用辞退の申請のご確認 {}", ticket.number),
            director_letter(ctx, &ticket.number, (nudged.director, nudged.resident), closes_at),
        )
    }
}

/// Tells a member of staff that the rules about something are to be looked at again: they change from year to year.
pub fn rules_review(
    ctx: &Context,
    topic: &str,
    title: &str,
    holds_until: NaiveDate,
    staff: i64,
    to: &EmailAddress,
) -> NewMail {
    let lang = Lang::Ja;
    let until = holds_until.format("%Y年%-m月%-d日").to_string();
    let link = format!("{}/staff/answers", ctx.settings.server.base_url);
    loose(
        ctx,
        ("rules_review", format!("rules_review:{topic}:{holds_until}:{staff}")),
        (to.as_str(), to.key()),
        format!("【確認】規則の見直しの時期です：{title}"),
        rendered(&RulesReview { title, until: &until, link: &link, desk: desk_name(ctx, lang) }),
    )
}
