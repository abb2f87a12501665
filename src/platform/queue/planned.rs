//! Runs at instants that come from data instead of a pattern: a run for each edge of a season, planned ahead.

use chrono::{DateTime, Utc};

use super::CatchUp;
use super::store::register;
use crate::platform::db::{Builder, DbError, Tx, query};

/// Plans a run of a schedule at each instant that is still to come, and forgets those planned before at other instants
/// (a date has moved). What has been worked, or is due by now, stays.
///
/// # Errors
/// When the database refuses.
pub async fn plan(
    tx: &mut Tx,
    (schedule, cron, catch_up): (&str, &str, CatchUp),
    instants: &[DateTime<Utc>],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    register(tx, schedule, cron, catch_up, now).await?;
    let ahead: Vec<_> = instants.iter().copied().filter(|at| *at > now).collect();
    let forget = Builder::new("DELETE FROM runs WHERE state = 'due'").with(" AND schedule = ?", schedule);
    let forget = forget.with(" AND due_at > ?", now);
    let forget = if ahead.is_empty() { forget } else { forget.with_list(" AND due_at NOT IN (", ahead.clone(), ")") };
    forget.build().execute(tx).await?;
    for at in ahead {
        query(
            "INSERT INTO runs (schedule, due_at, state, ready_at) VALUES ($1, $2, 'due', $2) \
             ON CONFLICT (schedule, due_at) DO NOTHING",
        )
        .bind(schedule)
        .bind(at)
        .execute(tx)
        .await?;
    }
    Ok(())
}
