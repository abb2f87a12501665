//! What is usual of a job: so that a wrong date or a wrong import does not mail everybody.

use crate::platform::db::{DbError, Tx, query};

/// So many are never unusual: a busy season is no fault.
pub const FLOOR: i64 = 500;
/// So many times the most of the latest runs is.
pub const TIMES: i64 = 10;

/// The most recipients that are usual of a schedule, by its latest thirty runs.
///
/// # Errors
/// When the database refuses.
pub async fn usual(tx: &mut Tx, schedule: &str) -> Result<i64, DbError> {
    let (most,): (Option<i64>,) = query(
        "SELECT MAX(effects) FROM (SELECT effects FROM runs WHERE schedule = $1 AND state = 'done' \
         ORDER BY due_at DESC LIMIT 30) AS latest",
    )
    .bind(schedule)
    .fetch_one(tx)
    .await?;
    Ok(most.unwrap_or(0).saturating_mul(TIMES).max(FLOOR))
}
