//! What people are told before a close: requesters who asked for it, and staff what still touches it (domain.md §2.11).
//! Each step once for each ticket or person and close; what was missed while the desk was down is not made up for step by
//! step, and nothing is told of a close that has passed (REL-016).

mod store;

use chrono::{DateTime, Duration, Utc};

use crate::desk::Context;
use crate::desk::inquiry::kinds_touching;
use crate::desk::period::{self, Period};
use crate::desk::staff::{Staff, people};
use crate::desk::ticket::actions::ActError;
use crate::desk::ticket::mails::{self, Digest};
use crate::desk::ticket::{TicketId, by_job};
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// Hours before a close at which a requester who asked for it is told.
pub const STEPS: [i64; 4] = [168, 72, 24, 3];
/// Hours before a close at which staff get their digest.
pub const DIGESTS: [i64; 3] = [72, 24, 3];

/// A reminder that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueReminder {
    /// About which ticket.
    pub ticket: TicketId,
    /// Of which close.
    pub edge_at: DateTime<Utc>,
    /// The step, in hours.
    pub hours: i64,
}

/// The reminders that are due at an instant, at most `limit`.
///
/// # Errors
/// When the database refuses.
pub async fn due_reminders(tx: &mut Tx, at: DateTime<Utc>, limit: i64) -> Result<Vec<DueReminder>, DbError> {
    let mut due = Vec::new();
    for (n, hours) in STEPS.into_iter().enumerate() {
        let later_than = STEPS.get(n + 1).copied().unwrap_or(0);
        let left = limit - i64::try_from(due.len()).unwrap_or(limit);
        let rows = store::due(tx, at, hours, later_than, left).await?;
        due.extend(rows.into_iter().map(|(ticket, edge_at)| DueReminder { ticket, edge_at, hours }));
    }
    Ok(due)
}

/// Reminds at most `limit` requesters; returns how many were settled.
///
/// # Errors
/// When the database refuses.
pub async fn remind(tx: &mut Tx, ctx: &Context, limit: i64) -> Result<i64, ActError> {
    let due = due_reminders(tx, ctx.now(), limit).await?;
    for reminder in &due {
        by_job::remind_edge(tx, ctx, reminder.ticket, reminder.edge_at, reminder.hours).await?;
    }
    Ok(i64::try_from(due.len()).unwrap_or(i64::MAX))
}

/// The step of a digest at an instant, for each published close that is near.
fn near(season: &period::Season, at: DateTime<Utc>) -> Vec<(Period, i64)> {
    let step = |period: &Period| {
        let left = period.closes_at - at;
        let reached = DIGESTS.iter().rev().find(|hours| left <= Duration::hours(**hours)).copied();
        reached.filter(|_| left > Duration::zero())
    };
    season.periods().iter().filter_map(|period| Some((period.clone(), step(period)?))).collect()
}

/// A digest that is due: who gets it, of which close, at which step, and what it says.
#[derive(Debug, Clone)]
pub struct DueDigest {
    /// Who.
    pub staff: Staff,
    /// Which close.
    pub period: Period,
    /// The step, in hours.
    pub hours: i64,
    /// What it says.
    pub digest: Digest,
}

/// The digests that are due at an instant. A close that no open ticket touches has none.
///
/// # Errors
/// When the database refuses.
pub async fn due_digests(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>) -> Result<Vec<DueDigest>, DbError> {
    let season = period::season(tx).await?;
    let mut due = Vec::new();
    for (period, hours) in near(&season, at) {
        let kinds: Vec<_> = kinds_touching(period.kind).collect();
        let touching = store::touching(tx, &kinds, period.closes_at).await?;
        if touching.is_empty() {
            continue;
        }
        let digest = Digest {
            open: count(&touching, |row| row.0 == 1),
            unassigned: count(&touching, |row| row.0 == 1 && row.1.is_none()),
            waiting: count(&touching, |row| row.0 == 0),
            mine: Vec::new(),
        };
        let everyone = people::assignable(tx).await?;
        let made = everyone.into_iter().map(|staff| {
            let is_mine = |row: &&Touching| row.0 == 1 && row.1 == Some(staff.id.0);
            let mine = touching.iter().filter(is_mine).map(|row| row.2.clone()).collect();
            DueDigest { digest: Digest { mine, ..digest.clone() }, period: period.clone(), hours, staff }
        });
        due.extend(made);
    }
    let keys: Vec<String> = due.iter().map(|one| mail(ctx, one).dedupe_key).collect();
    let queued = store::queued(tx, &keys).await?;
    Ok(due.into_iter().zip(keys).filter(|(_, key)| !queued.contains(key)).map(|(one, _)| one).collect())
}

/// A ticket that touches a close: whether it needs somebody here, who has it, its number.
type Touching = (i64, Option<i64>, String);

fn count(touching: &[Touching], of: impl Fn(&Touching) -> bool) -> i64 {
    i64::try_from(touching.iter().filter(|row| of(row)).count()).unwrap_or(i64::MAX)
}

fn mail(ctx: &Context, due: &DueDigest) -> outbox::NewMail {
    let name = due.period.called(due.staff.lang);
    mails::edge_digest(ctx, &due.staff, &name, due.period.closes_at, due.hours, &due.digest)
}

/// Queues the digests that are due; returns how many.
///
/// # Errors
/// When the database refuses.
pub async fn digest(tx: &mut Tx, ctx: &Context) -> Result<i64, DbError> {
    let now = ctx.now();
    let mut sent = 0;
    for due in due_digests(tx, ctx, now).await? {
        sent += i64::from(outbox::enqueue(tx, &mail(ctx, &due), now).await?.is_some());
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_down_to_the_close() {
        assert!(STEPS.windows(2).all(|pair| pair[0] > pair[1]) && DIGESTS.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
