//! Addresses from which a mail of ours came back for good (5.x.x, RFC 3463): reminders no longer go there until
//! somebody releases them. A receipt is always tried, since the address may have been mended when somebody types it
//! again; what staff write is theirs to send.

use chrono::{DateTime, Utc};

use crate::platform::db::{DbError, Tx, query};

/// The one kind of automatic mail that is always tried.
const ALWAYS: &str = "acknowledgement";

/// An address that is left alone.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Suppression {
    /// What the other side said.
    pub why: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Leaves an address alone from now on; one that was released and fails again is left alone again.
///
/// # Errors
/// When the database refuses.
pub async fn suppress(tx: &mut Tx, to_key: &str, why: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "INSERT INTO suppressions (to_key, why, since) VALUES ($1, $2, $3) ON CONFLICT (to_key) DO UPDATE SET \
         why = excluded.why, since = CASE WHEN suppressions.released_at IS NULL THEN suppressions.since ELSE excluded.since END, \
         released_by = NULL, released_at = NULL",
    )
    .bind(to_key)
    .bind(why.chars().filter(|c| *c != '\0').take(500).collect::<String>())
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether an address is left alone, and why.
///
/// # Errors
/// When the database refuses.
pub async fn find_suppression(tx: &mut Tx, to_key: &str) -> Result<Option<Suppression>, DbError> {
    query("SELECT why, since FROM suppressions WHERE to_key = $1 AND released_at IS NULL")
        .bind(to_key)
        .fetch_optional(tx)
        .await
}

/// Lets reminders go there again; false when they did. `by` is the member of staff.
///
/// # Errors
/// When the database refuses.
pub async fn release_suppression(tx: &mut Tx, to_key: &str, by: i64, now: DateTime<Utc>) -> Result<bool, DbError> {
    let changed =
        query("UPDATE suppressions SET released_by = $1, released_at = $2 WHERE to_key = $3 AND released_at IS NULL")
            .bind(by)
            .bind(now)
            .bind(to_key)
            .execute(tx)
            .await?;
    Ok(changed == 1)
}

/// Whether an automatic mail of this kind is not to be queued.
pub(super) async fn is_held_back(tx: &mut Tx, kind: &str, to_key: &str) -> Result<bool, DbError> {
    Ok(kind != ALWAYS && find_suppression(tx, to_key).await?.is_some())
}
