//! What people are told before a deadline, in one place for both reasons to tell it: a requester asked to be reminded of the
//! close their inquiry touches (domain.md §2.11), or the kind of inquiry promises it (`[[reminders]]` in config/kinds: who
//! must still apply, FAQ F52; whose consents are missing, §3.4). Each ticket gets one mail at most for each step of each
//! deadline, whatever the reasons; what was missed while the desk was down is not made up for step by step, and nothing is
//! told of a deadline that has passed (REL-016). Staff get a [`digest`] of their own.
//! Rooms: inquiry, period, reply, ticket, cases.

pub mod digest;
mod store;

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};

use super::cases;
use crate::desk::Context;
use crate::desk::account::AccountId;
use crate::desk::account::store as accounts;
use crate::desk::inquiry::moment::internal_deadline;
use crate::desk::inquiry::spec::{Before, Reminder};
use crate::desk::inquiry::{Catalogue, Spec};
use crate::desk::period::{self, Season};
use crate::desk::reply::canned::{self, Situation};
use crate::desk::ticket::actions::ActError;
use crate::desk::ticket::by_job::{self, Notice};
use crate::desk::ticket::{Ticket, TicketId};
use crate::platform::db::{DbError, Tx};

/// Hours before a close at which a requester who asked for it is told.
pub const STEPS: [i64; 4] = [168, 72, 24, 3];
/// Who wrote a moment ago has just read about the deadline on the form.
const BREATH: Duration = Duration::days(1);
/// An inquiry of an earlier season is about another deadline.
const SEASON: Duration = Duration::days(240);

/// A reminder that is due for a ticket.
#[derive(Debug, Clone)]
pub struct Due<'k> {
    /// About which ticket.
    pub ticket: Ticket,
    /// Of which deadline.
    pub deadline_at: DateTime<Utc>,
    /// The step, in hours before the deadline.
    pub hours: i64,
    /// Whether the requester asked for it.
    pub is_asked: bool,
    /// What the kind has to say.
    pub reminder: Option<&'k Reminder>,
}

/// The reminders that are due at an instant: one for each ticket and deadline, `limit` for each reason at most.
///
/// # Errors
/// When the database refuses.
pub async fn due<'k>(
    tx: &mut Tx,
    kinds: &'k Catalogue,
    at: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Due<'k>>, DbError> {
    let mut due = BTreeMap::new();
    for (n, hours) in STEPS.into_iter().enumerate() {
        let later_than = STEPS.get(n + 1).copied().unwrap_or(0);
        let left = limit - i64::try_from(due.len()).unwrap_or(limit);
        for ticket in store::asked(tx, at, hours, later_than, left).await? {
            // The query sees to it that there is one.
            let Some(deadline_at) = ticket.edge_at else { continue };
            let one = Due { deadline_at, hours, is_asked: true, reminder: None, ticket };
            due.insert((deadline_at, one.ticket.id.0), one);
        }
    }
    promised(tx, kinds, at, limit, &mut due).await?;
    Ok(due.into_values().collect())
}

/// Adds what kinds promise: to the mail that is due anyway, or as one of its own.
async fn promised<'k>(
    tx: &mut Tx,
    kinds: &'k Catalogue,
    at: DateTime<Utc>,
    limit: i64,
    due: &mut BTreeMap<(DateTime<Utc>, i64), Due<'k>>,
) -> Result<(), DbError> {
    let season = period::season(tx).await?;
    let mut found = 0;
    for (spec, reminder) in all(kinds) {
        let Some(deadline_at) = deadline(spec, reminder, &season, at) else { continue };
        let hours = reminder.days_before * 24;
        for ticket in store::untold(tx, spec.kind, &reminder.id, deadline_at, at - SEASON, at - BREATH).await? {
            if found >= limit {
                return Ok(());
            }
            let key = (deadline_at, ticket.id.0);
            // Who was told of this deadline at this step or later, for another reason, hears the words of the kind with
            // the next step, if there is one.
            if !due.contains_key(&key) && store::is_told(tx, ticket.id, deadline_at, hours).await? {
                continue;
            }
            if !concerns(tx, reminder, &ticket).await? {
                continue;
            }
            found += 1;
            let fresh = Due { ticket, deadline_at, hours, is_asked: false, reminder: None };
            let one = due.entry(key).or_insert(fresh);
            one.hours = one.hours.min(hours);
            // Of two that are made up for at once the nearer one speaks.
            if one.reminder.is_none_or(|other| other.days_before > reminder.days_before) {
                one.reminder = Some(reminder);
            }
        }
    }
    Ok(())
}

/// Reminds some `limit` requesters; returns how many were settled.
///
/// # Errors
/// When the database refuses.
pub async fn remind(tx: &mut Tx, ctx: &Context, kinds: &Catalogue, limit: i64) -> Result<i64, ActError> {
    let due = due(tx, kinds, ctx.now(), limit).await?;
    for one in &due {
        let say = one.reminder.map(|reminder| (reminder.id.as_str(), reminder.say.t(one.ticket.lang)));
        let notice = Notice { deadline_at: one.deadline_at, hours: one.hours, is_asked: one.is_asked, say };
        by_job::remind_deadline(tx, ctx, &one.ticket, notice).await?;
    }
    Ok(i64::try_from(due.len()).unwrap_or(i64::MAX))
}

/// Every reminder with its kind.
fn all(kinds: &Catalogue) -> Vec<(&Spec, &Reminder)> {
    let mut all = Vec::new();
    for spec in kinds.all() {
        all.extend(spec.reminders.iter().map(|reminder| (spec, reminder)));
    }
    all
}

/// The deadline that is near enough, if there is one.
fn deadline(spec: &Spec, reminder: &Reminder, season: &Season, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let deadline_at = match reminder.before {
        Before::Close(kind) => season.open_window(kind, at)?.closes_at,
        Before::Desk => internal_deadline(spec.deadline.as_ref()?, season, at)?.at,
    };
    let left = deadline_at - at;
    (left > Duration::zero() && left <= Duration::days(reminder.days_before)).then_some(deadline_at)
}

/// Whether what the form says, where the case stands and what is on file still call for it.
async fn concerns(tx: &mut Tx, reminder: &Reminder, ticket: &Ticket) -> Result<bool, DbError> {
    let account = match ticket.account_id {
        Some(id) => accounts::find_account(tx, AccountId(id)).await?.map(|account| account.record),
        None => None,
    };
    let case = cases::of(tx, ticket).await?;
    let situation = Situation {
        kind: &ticket.kind,
        fields: &ticket.fields.0,
        case: case.as_ref().map(|case| case.state.word),
        account: account.as_ref(),
        login_mail: None,
        moments: &[],
        found: &[],
    };
    Ok(canned::holds(&reminder.when, &situation))
}

/// Whose requesters have been told of a deadline and not of a correction since.
///
/// # Errors
/// When the database refuses.
pub async fn told(tx: &mut Tx, deadline_at: DateTime<Utc>) -> Result<Vec<TicketId>, DbError> {
    store::told(tx, deadline_at).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_down_to_the_close() {
        assert!(STEPS.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
