//! What a kind promises to remind its requesters of before a deadline (`[[reminders]]` in config/kinds): who must still apply
//! within the period (FAQ F52), whose consents are missing while the desk's own deadline comes near (domain.md §3.4). Each
//! ticket is told once of each deadline. Rooms: inquiry, period, reply, ticket, cases.

mod store;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;

use super::cases;
use crate::desk::Context;
use crate::desk::account::AccountId;
use crate::desk::account::store as accounts;
use crate::desk::inquiry::moment::internal_deadline;
use crate::desk::inquiry::spec::{Before, Reminder};
use crate::desk::inquiry::{Catalogue, Spec};
use crate::desk::period::{self, Season};
use crate::desk::reply::canned::{self, Situation};
use crate::desk::ticket::actions::{self, ActError};
use crate::desk::ticket::mails::outward;
use crate::desk::ticket::{Actor, Ticket, TicketNumber, store as tickets};
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// Who wrote a moment ago has just read about the deadline on the form.
const BREATH: Duration = Duration::days(1);
/// An inquiry of an earlier season is about another deadline.
const SEASON: Duration = Duration::days(240);

/// A reminder that is due for a ticket.
struct Due<'a> {
    ticket: Ticket,
    reminder: &'a Reminder,
    deadline_at: DateTime<Utc>,
}

/// Tells at most `limit` requesters of a deadline that comes near; returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn remind(tx: &mut Tx, ctx: &Context, kinds: &Catalogue, limit: i64) -> Result<i64, ActError> {
    let now = ctx.now();
    let mut told = 0;
    for Due { ticket, reminder, deadline_at } in due(tx, kinds, now, limit).await? {
        // The row comes first: nobody is told twice, also when there is no address to write to.
        store::insert(tx, ticket.id, &reminder.id, deadline_at, now).await?;
        told += 1;
        let Some(route) = actions::route(tx, &ticket, None).await? else { continue };
        let Some(number) = TicketNumber::parse(&ticket.number) else { continue };
        let say = reminder.say.t(ticket.lang);
        let mail = outward::deadline_reminder(ctx, &ticket, &number, &route.to, &reminder.id, deadline_at, say);
        outbox::enqueue_automatic(tx, &mail, now, ctx.settings.limits.mails_per_address_per_day).await?;
        let data = json!({ "reminder": reminder.id, "deadline_at": deadline_at });
        tickets::insert_event(tx, ticket.id, "deadline_reminded", Actor::Job, data, now).await?;
    }
    Ok(told)
}

/// How many would be told at an instant, as things stand.
///
/// # Errors
/// When the database refuses.
pub async fn count_due(tx: &mut Tx, kinds: &Catalogue, at: DateTime<Utc>) -> Result<i64, DbError> {
    Ok(i64::try_from(due(tx, kinds, at, i64::MAX).await?.len()).unwrap_or(i64::MAX))
}

async fn due<'k>(tx: &mut Tx, kinds: &'k Catalogue, at: DateTime<Utc>, limit: i64) -> Result<Vec<Due<'k>>, DbError> {
    let season = period::season(tx).await?;
    let mut found = Vec::new();
    for (spec, reminder) in all(kinds) {
        let Some(deadline_at) = deadline(spec, reminder, &season, at) else { continue };
        for ticket in store::untold(tx, spec.kind, &reminder.id, deadline_at, at - SEASON, at - BREATH).await? {
            if i64::try_from(found.len()).is_ok_and(|n| n >= limit) {
                return Ok(found);
            }
            if concerns(tx, reminder, &ticket).await? {
                found.push(Due { ticket, reminder, deadline_at });
            }
        }
    }
    Ok(found)
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
