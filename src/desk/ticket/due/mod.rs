//! What a ticket is due for: the nearer of the edge it touches and its promised answer. Stored with the ticket, so that
//! the queue sorts by an index; made anew by every verb that moves the ticket. Pure, but for the calendar of the desk.

pub(super) mod store;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::{Status, Ticket};
use crate::desk::calendar;
use crate::desk::inquiry::{InquiryKind, promise_of};
use crate::desk::period::Touched;

/// The instants a ticket is due for, as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When the promised answer is due; `None` while the requester is waited for, and when the ticket is finished.
    pub answer_by: Option<DateTime<Utc>>,
    /// Working seconds that are left while the requester is waited for.
    pub left: Option<i64>,
    /// The nearer of that and the edge; [`never()`] when there is neither.
    pub at: DateTime<Utc>,
}

/// Stands for "no date" in a column that is sorted by: the last day of the year 9999.
pub fn never() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default().and_time(NaiveTime::MIN).and_utc()
}

impl Due {
    /// Of an inquiry that has just been received.
    pub fn of_new(kind: InquiryKind, received_at: DateTime<Utc>, touched: Option<Touched>) -> Self {
        let edge = touched.filter(|touched| !touched.is_late).map(|touched| touched.edge_at);
        Self::running(edge, promised(kind, received_at))
    }

    /// Of a ticket that gets another status. While the requester is waited for, the promise stands still; an answer keeps
    /// it, and a ticket that comes back from its end, or is answered and stays open, gets a new one.
    pub fn of_moved(ticket: &Ticket, to: Status, is_answered: bool, now: DateTime<Utc>) -> Self {
        let edge = ticket.edge_at.filter(|_| !ticket.is_late);
        let afresh = || InquiryKind::parse(&ticket.kind).and_then(|kind| promised(kind, now));
        match to {
            Status::Resolved | Status::Closed => Self { answer_by: None, left: None, at: never() },
            Status::WaitingOnRequester => {
                let running = ticket.answer_by.map(|by| calendar::ours().seconds_between(now, by));
                Self { answer_by: None, left: running.or(ticket.answer_left_s), at: edge.unwrap_or_else(never) }
            }
            Status::New | Status::Open | Status::WaitingOnThirdParty => {
                let goes_on = ticket.answer_left_s.map(|left| calendar::ours().after(now, left)).or(ticket.answer_by);
                Self::running(edge, goes_on.filter(|_| !is_answered).or_else(afresh))
            }
        }
    }

    /// Of a ticket whose kind, and with it the edge and the promise, is another.
    pub fn of_kind(ticket: &Ticket, kind: InquiryKind, touched: Option<Touched>) -> Self {
        let edge = touched.filter(|touched| !touched.is_late).map(|touched| touched.edge_at);
        match ticket.answer_by {
            // Answered once: the promise of the first kind was kept, the one that runs is for what came later.
            Some(by) if ticket.answered_at.is_some() => Self::running(edge, Some(by)),
            Some(_) => Self::running(edge, promised(kind, ticket.received_at)),
            None if ticket.status.is_unfinished() => {
                Self { answer_by: None, left: ticket.answer_left_s, at: edge.unwrap_or_else(never) }
            }
            None => Self { answer_by: None, left: None, at: never() },
        }
    }

    fn running(edge: Option<DateTime<Utc>>, answer_by: Option<DateTime<Utc>>) -> Self {
        let at = [edge, answer_by].into_iter().flatten().min().unwrap_or_else(never);
        Self { answer_by, left: None, at }
    }
}

fn promised(kind: InquiryKind, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Some(calendar::ours().promised(from, promise_of(kind)?))
}
