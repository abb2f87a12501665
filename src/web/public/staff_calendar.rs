//! `GET /staff-calendar/{token}`: the calendar of one member of staff: the season, the deadlines of the desk, and what is
//! due of their tickets. Numbers only: no name and no word of a requester leaves by an address without a sign-in.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::calendar;
use crate::desk::inquiry::InquiryKind;
use crate::desk::inquiry::moment::internal_deadline;
use crate::desk::period::Season;
use crate::desk::staff::people;
use crate::desk::ticket::list::{self, Filter, Line, View};
use crate::desk::ticket::{SeenBy, due};
use crate::platform::crypto::sha256_hex;
use crate::platform::db::DbError;
use crate::web::ical::{Alarm, Calendar, Event};
use crate::web::{Ctx, PageError, in_time};

/// Tickets listed.
const MOST: i64 = 200;

/// The feed.
pub async fn get(ctx: Ctx, Path(token): Path<String>) -> Result<Response, PageError> {
    // A wrong secret costs one look-up of a hash and tells nothing but that.
    let hash = sha256_hex(token.as_bytes());
    let read = async {
        let mut tx = ctx.state().db.read().await?;
        let Some(staff) = people::find_by_feed(&mut tx, &hash).await? else { return Ok(None) };
        let filter = Filter::seen_by(SeenBy::Person(staff.id.0));
        let mine = list::page_by_due(&mut tx, &View::Mine(staff.id), &filter, None, MOST).await?;
        Ok::<_, DbError>(Some((staff, mine)))
    };
    let (staff, mine) = in_time(read).await?.ok_or(PageError::NotFound)?;
    let (lang, settings) = (staff.lang, &ctx.state().settings);
    let season = ctx.state().season().await;
    let name = lang.t("窓口の期限", "Deadlines of the desk");
    let mut feed = Calendar::new(name, lang.as_str());
    let base = settings.server.base_url.trim_end_matches('/');
    let domain = settings.mail.address.rsplit('@').next().unwrap_or_default();
    let url = format!("{base}/staff/periods");
    for period in season.periods() {
        feed.event(&calendar::event(period, lang, &url, domain));
    }
    for event in internal(&ctx, &season, domain, &url, lang) {
        feed.event(&event);
    }
    for line in mine.iter().filter(|line| line.due_at < due::never()) {
        feed.event(&ticket(line, base, domain, lang));
    }
    let head = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"desk.ics\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((StatusCode::OK, head, feed.finish()).into_response())
}

/// The deadlines that the desk sets itself before a close.
fn internal(ctx: &Ctx, season: &Season, domain: &str, url: &str, lang: crate::desk::Lang) -> Vec<Event> {
    let specs = ctx.state().kinds().all().iter().filter_map(|spec| Some((spec.kind, spec.deadline.as_ref()?)));
    let of = |kind: InquiryKind, deadline: &crate::desk::inquiry::spec::InternalDeadline| {
        let periods = season.periods().iter().filter(|period| period.kind == deadline.of);
        periods
            .filter_map(|period| {
                let due = internal_deadline(deadline, &Season::new(vec![period.clone()]), period.opens_at)?;
                let summary = format!(
                    "{}{}: {}",
                    lang.t("内部締切 ", "Deadline of the desk, "),
                    kind.short(lang),
                    period.called(lang)
                );
                Some(Event {
                    uid: format!("internal-{kind}-{}", calendar::uid(period, domain)),
                    sequence: period.sequence,
                    changed_at: period.updated_at,
                    starts_at: due.at,
                    ends_at: due.at,
                    description: deadline.say.t(lang).to_owned(),
                    url: url.to_owned(),
                    alarms: vec![Alarm { days_before_end: 1, text: summary.clone() }],
                    summary,
                })
            })
            .collect::<Vec<_>>()
    };
    specs.flat_map(|(kind, deadline)| of(kind, deadline)).collect()
}

/// What is due of a ticket: the same event for ever, moved when its date moves.
fn ticket(line: &Line, base: &str, domain: &str, lang: crate::desk::Lang) -> Event {
    let kind = InquiryKind::parse(&line.kind).map_or("", |kind| kind.short(lang));
    let summary = format!("{} {kind} {}", lang.t("期限", "Due:"), line.number);
    Event {
        uid: format!("ticket-{}@{domain}", line.number),
        // Seconds since 2020: grows with every change of the ticket, and fits an integer of RFC 5545 until 2088.
        sequence: line.updated_at.timestamp() - 1_577_836_800,
        changed_at: line.updated_at,
        starts_at: line.due_at,
        ends_at: line.due_at,
        description: String::new(),
        url: format!("{base}/staff/tickets/{}", line.number),
        alarms: vec![Alarm { days_before_end: 1, text: summary.clone() }],
        summary,
    }
}
