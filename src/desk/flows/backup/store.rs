//! What a copy is made of, and what a restored desk has to forget.

use chrono::{DateTime, Utc};

use super::{Erased, Key};
use crate::platform::db::{DbError, Tx, query};

pub(super) async fn keys(tx: &mut Tx) -> Result<Vec<Key>, DbError> {
    let rows: Vec<(String, Vec<u8>, DateTime<Utc>)> =
        query("SELECT blob, wrapped, created_at FROM blob_keys ORDER BY blob").fetch_all(tx).await?;
    let key = |(blob, wrapped, created_at): (String, Vec<u8>, DateTime<Utc>)| Key {
        blob,
        wrapped: hex::encode(wrapped),
        created_at,
    };
    Ok(rows.into_iter().map(key).collect())
}

pub(super) async fn forget_keys(tx: &mut Tx) -> Result<(), DbError> {
    query("DELETE FROM blob_keys").execute(tx).await?;
    Ok(())
}

pub(super) async fn insert_key(
    tx: &mut Tx,
    blob: &str,
    wrapped: Vec<u8>,
    created_at: DateTime<Utc>,
) -> Result<(), DbError> {
    query("INSERT INTO blob_keys (blob, wrapped, created_at) VALUES ($1, $2, $3)")
        .bind(blob)
        .bind(wrapped)
        .bind(created_at)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn erased(tx: &mut Tx) -> Result<Vec<Erased>, DbError> {
    let rows: Vec<(String, String, DateTime<Utc>)> =
        query("SELECT blob, why, at FROM erasures ORDER BY blob").fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(blob, why, at)| Erased { blob, why, at }).collect())
}

/// Tickets and accounts.
pub(super) async fn counts(tx: &mut Tx) -> Result<(i64, i64), DbError> {
    query("SELECT CAST((SELECT COUNT(*) FROM tickets) AS BIGINT), CAST((SELECT COUNT(*) FROM accounts) AS BIGINT)")
        .fetch_one(tx)
        .await
}

/// Whether nothing of a desk's own is here: no ticket, account, mail or image.
pub(super) async fn is_empty(tx: &mut Tx) -> Result<bool, DbError> {
    let row: Option<(i64,)> = query(
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM tickets) OR EXISTS (SELECT 1 FROM accounts) \
         OR EXISTS (SELECT 1 FROM raw_mails) OR EXISTS (SELECT 1 FROM images)",
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.is_none())
}

/// The images a file belongs to.
pub(super) async fn images_of(tx: &mut Tx, blob: &str) -> Result<Vec<String>, DbError> {
    let rows: Vec<(String,)> =
        query("SELECT public_id FROM images WHERE view_blob = $1 OR thumb_blob = $1").bind(blob).fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Stops what would leave: it may have left already since the copy was made. Returns how many mails.
pub(super) async fn hold_mails(tx: &mut Tx) -> Result<u64, DbError> {
    query(
        "UPDATE outbox SET state = 'failed', lease_until = NULL, fencing = fencing + 1, last_error = \
         'held: this desk was restored from a backup, and the mail may have left since; send it again if it has not' \
         WHERE state IN ('queued', 'sending', 'unknown')",
    )
    .execute(tx)
    .await
}

/// Whoever was signed in signs in anew.
pub(super) async fn end_sessions(tx: &mut Tx) -> Result<(), DbError> {
    query("DELETE FROM sessions").execute(tx).await?;
    Ok(())
}
