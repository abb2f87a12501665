//! The latest answers, and what is due; without confidential tickets, since everybody reads the numbers made of them.

use chrono::{DateTime, Utc};

use crate::platform::db::{DbError, Tx, query};

/// When the latest answered inquiries came and were first answered, newest answer first.
pub(super) async fn answered(tx: &mut Tx, limit: i64) -> Result<Vec<(DateTime<Utc>, DateTime<Utc>)>, DbError> {
    query(
        "SELECT received_at, answered_at FROM tickets WHERE answered_at IS NOT NULL AND is_spam = FALSE \
         AND is_confidential = FALSE ORDER BY answered_at DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// What is due of the tickets that need somebody here, the first in front.
pub(super) async fn due(tx: &mut Tx, limit: i64) -> Result<Vec<DateTime<Utc>>, DbError> {
    let rows: Vec<(DateTime<Utc>,)> = query(
        "SELECT due_at FROM tickets WHERE needs_staff = 1 AND is_spam = FALSE AND is_confidential = FALSE \
         ORDER BY due_at, id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|(due_at,)| due_at).collect())
}
