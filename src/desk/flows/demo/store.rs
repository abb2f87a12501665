//! The demo in SQL.

use chrono::{DateTime, Utc};

use crate::platform::db::{DbError, Tx, query};

/// Whether there are neither tickets nor accounts.
pub(super) async fn is_empty(tx: &mut Tx) -> Result<bool, DbError> {
    let row: Option<(i64,)> =
        query("SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM tickets) OR EXISTS (SELECT 1 FROM accounts)")
            .fetch_optional(tx)
            .await?;
    Ok(row.is_none())
}

/// Tickets about images that are linked to a registration and have no image yet, with their registration.
pub(super) async fn image_tickets(tx: &mut Tx, limit: i64) -> Result<Vec<(i64, i64)>, DbError> {
    query(
        "SELECT t.id, t.account_id FROM tickets t WHERE t.kind = 'image' AND t.account_id IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM images i WHERE i.ticket_id = t.id) ORDER BY t.id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Counts what waits in the outbox as sent, a minute after it was written: nothing of the demo may be mailed.
pub(super) async fn count_as_sent(tx: &mut Tx, at: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE outbox SET state = 'sent', sent_at = $1, attempts = 1 WHERE state = 'queued'")
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}
