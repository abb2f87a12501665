//! Tickets whose requester was asked something: one reminder in each spell of waiting, then the close, and never a
//! close shortly before an edge of a recruitment period, when an answer may be on its way (rooms: ticket, period).

use chrono::{DateTime, Duration, Utc};

use crate::desk::Context;
use crate::desk::period;
use crate::desk::ticket::actions::ActError;
use crate::desk::ticket::{TicketId, by_job, store};
use crate::platform::db::{DbError, Tx};

/// A person who was reminded late (the desk was down) still has this long to answer before the close.
const TIME_TO_ANSWER: Duration = Duration::days(3);
/// More than will ever wait, for counting.
const ALL: i64 = 1_000_000;

/// Reminds at most `limit` requesters who were asked something `jobs.remind_after_days` ago; returns how many tickets
/// were settled. Each is settled once, so that a repeated call finds the next ones.
///
/// # Errors
/// When the database refuses.
pub async fn remind(tx: &mut Tx, ctx: &Context, limit: i64) -> Result<i64, ActError> {
    let due = store::waiting_unreminded(tx, remind_before(ctx, ctx.now()), limit).await?;
    for id in &due {
        by_job::remind(tx, ctx, *id).await?;
    }
    Ok(count(&due))
}

/// How many would be reminded at an instant, as things stand.
///
/// # Errors
/// When the database refuses.
pub async fn count_to_remind(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>) -> Result<i64, DbError> {
    Ok(count(&store::waiting_unreminded(tx, remind_before(ctx, at), ALL).await?))
}

/// Closes at most `limit` tickets whose requester was asked something `jobs.close_after_days` ago, was reminded and has
/// not answered. Never one that was not reminded: after downtime the two jobs run side by side, in any order.
/// `None`: an edge is near, nothing is closed.
///
/// # Errors
/// When the database refuses.
pub async fn close(tx: &mut Tx, ctx: &Context, limit: i64) -> Result<Option<i64>, ActError> {
    let now = ctx.now();
    if edge_is_near(tx, ctx, now).await? {
        return Ok(None);
    }
    let due = store::waiting_too_long(tx, close_before(ctx, now), now - TIME_TO_ANSWER, limit).await?;
    for id in &due {
        by_job::close_by_job(tx, ctx, *id).await?;
    }
    Ok(Some(count(&due)))
}

/// How many would be closed at an instant, as things stand, those included whose reminder leaves before then; `None`
/// when an edge would be near.
///
/// # Errors
/// When the database refuses.
pub async fn count_to_close(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>) -> Result<Option<i64>, DbError> {
    if edge_is_near(tx, ctx, at).await? {
        return Ok(None);
    }
    let reminded = store::waiting_too_long(tx, close_before(ctx, at), at - TIME_TO_ANSWER, ALL).await?;
    let to_be_reminded = store::waiting_unreminded(tx, close_before(ctx, at), ALL).await?;
    Ok(Some(count(&reminded) + count(&to_be_reminded)))
}

/// Whom a run at an instant would remind, as things stand.
///
/// # Errors
/// When the database refuses.
pub async fn to_remind(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>, limit: i64) -> Result<Vec<TicketId>, DbError> {
    store::waiting_unreminded(tx, remind_before(ctx, at), limit).await
}

/// What a run at an instant would close, as things stand; nothing when an edge is near.
///
/// # Errors
/// When the database refuses.
pub async fn to_close(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>, limit: i64) -> Result<Vec<TicketId>, DbError> {
    if edge_is_near(tx, ctx, at).await? {
        return Ok(Vec::new());
    }
    store::waiting_too_long(tx, close_before(ctx, at), at - TIME_TO_ANSWER, limit).await
}

async fn edge_is_near(tx: &mut Tx, ctx: &Context, at: DateTime<Utc>) -> Result<bool, DbError> {
    let guard = Duration::hours(i64::from(ctx.settings.jobs.close_guard_hours));
    Ok(period::season(tx).await?.edge_within(at, guard).is_some())
}

fn remind_before(ctx: &Context, at: DateTime<Utc>) -> DateTime<Utc> {
    at - Duration::days(i64::from(ctx.settings.jobs.remind_after_days))
}

fn close_before(ctx: &Context, at: DateTime<Utc>) -> DateTime<Utc> {
    at - Duration::days(i64::from(ctx.settings.jobs.close_after_days))
}

fn count<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}
