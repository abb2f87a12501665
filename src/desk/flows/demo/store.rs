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

/// Counts what waits in the outbox as sent, a minute after it was written: nothing of the demo may be mailed.
pub(super) async fn count_as_sent(tx: &mut Tx, at: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE outbox SET state = 'sent', sent_at = $1, attempts = 1 WHERE state = 'queued'")
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}
