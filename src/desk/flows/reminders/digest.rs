//! What staff are told before a close: how many tickets still touch it, and which are their own. One mail for each person,
//! close and step.

use chrono::{DateTime, Duration, Utc};

use super::store;
use crate::desk::Context;
use crate::desk::inquiry::kinds_touching;
use crate::desk::period::{self, Period};
use crate::desk::staff::{Staff, people};
use crate::desk::ticket::confidential;
use crate::desk::ticket::mails::{self, Digest};
use crate::platform::db::{DbError, Tx};
use crate::platform::outbox;

/// Hours before a close at which staff get their digest.
pub const DIGESTS: [i64; 3] = [72, 24, 3];

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

/// The digests that are due at an instant. A close that no open ticket touches has none, and nobody's digest counts a
/// confidential ticket that is not for them (SEC-056).
///
/// # Errors
/// When the database refuses.
pub async fn due(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>) -> Result<Vec<DueDigest>, DbError> {
    let season = period::season(tx).await?;
    let everyone = people::assignable(tx).await?;
    let mut due = Vec::new();
    for (period, hours) in near(&season, at) {
        let kinds: Vec<_> = kinds_touching(period.kind).collect();
        for staff in &everyone {
            let touching = store::touching(tx, &kinds, period.closes_at, confidential::seen_by(staff)).await?;
            if touching.is_empty() {
                continue;
            }
            let is_mine = |row: &&Touching| row.0 == 1 && row.1 == Some(staff.id.0);
            let digest = Digest {
                open: count(&touching, |row| row.0 == 1),
                unassigned: count(&touching, |row| row.0 == 1 && row.1.is_none()),
                waiting: count(&touching, |row| row.0 == 0),
                mine: touching.iter().filter(is_mine).map(|row| row.2.clone()).collect(),
            };
            due.push(DueDigest { digest, period: period.clone(), hours, staff: staff.clone() });
        }
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
pub async fn send(tx: &mut Tx, ctx: &Context) -> Result<i64, DbError> {
    let now = ctx.now();
    let mut sent = 0;
    for due in due(tx, ctx, now).await? {
        sent += i64::from(outbox::enqueue(tx, &mail(ctx, &due), now).await?.is_some());
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_go_down_to_the_close() {
        assert!(DIGESTS.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
