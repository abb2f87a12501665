//! The dry run: who would get what. Addresses are masked; whoever may not see a ticket does not see its line.

use chrono::{DateTime, Duration, Utc};

use super::{JobFault, Schedule};
use crate::desk::reply::disclosure::masked;
use crate::desk::ticket::{Ticket, TicketId, actions, store as tickets};
use crate::platform::db::{DbError, Tx};

/// Somebody whom a turn of a job would reach, or something it would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The ticket it is about, if it is about one.
    pub ticket: Option<TicketId>,
    /// The ticket's number, else the registration or the person.
    pub about: String,
    /// Where a mail would go, masked; empty when none would leave.
    pub to: String,
    /// What would happen, in Japanese and in English.
    pub what: [String; 2],
}

/// Words of what would happen.
pub(super) fn what(ja: &str, en: &str) -> [String; 2] {
    [ja.to_owned(), en.to_owned()]
}

impl Recipient {
    /// Somebody who is written to at a known address.
    pub(super) fn person(about: impl Into<String>, address: &str, what: [String; 2]) -> Self {
        Self { ticket: None, about: about.into(), to: masked(address), what }
    }

    /// Something that changes without a mail.
    pub(super) fn thing(about: impl Into<String>, what: [String; 2]) -> Self {
        Self { ticket: None, about: about.into(), to: String::new(), what }
    }

    /// The requester of a ticket, at the address that an answer would go to.
    pub(super) async fn requester(tx: &mut Tx, ticket: &Ticket, what: [String; 2]) -> Result<Self, DbError> {
        let to = actions::route(tx, ticket, None).await?.map(|route| masked(&route.to.address)).unwrap_or_default();
        Ok(Self { ticket: Some(ticket.id), about: ticket.number.clone(), to, what })
    }

    /// The requesters of tickets, all for the same reason.
    pub(super) async fn requesters(tx: &mut Tx, ids: &[TicketId], what: [String; 2]) -> Result<Vec<Self>, DbError> {
        let mut list = Vec::with_capacity(ids.len());
        for ticket in all_of(tx, ids).await? {
            list.push(Self::requester(tx, &ticket, what.clone()).await?);
        }
        Ok(list)
    }

    /// A ticket that changes without a mail.
    pub(super) fn of_ticket(ticket: &Ticket, what: [String; 2]) -> Self {
        Self { ticket: Some(ticket.id), about: ticket.number.clone(), to: String::new(), what }
    }
}

/// These tickets, in this order; those that are no more are left out.
pub(super) async fn all_of(tx: &mut Tx, ids: &[TicketId]) -> Result<Vec<Ticket>, DbError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(tickets::find(tx, *id).await?);
    }
    Ok(found)
}

/// When a schedule is due next: the next instant of its pattern.
pub fn next_turn(schedule: &Schedule, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    schedule.cron.next(now - Duration::microseconds(1))
}

/// Whom a turn of each schedule at an instant would reach, as the data stands now; at most `limit` of each.
///
/// # Errors
/// When the database refuses.
pub async fn dry_run(
    tx: &mut Tx,
    schedules: &[Schedule],
    at: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(&'static str, Vec<Recipient>)>, JobFault> {
    let mut all = Vec::with_capacity(schedules.len());
    for schedule in schedules {
        all.push((schedule.name, schedule.job.recipients(tx, at, limit).await?));
    }
    Ok(all)
}
