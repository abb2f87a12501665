//! SQL of the number that grows with each change of the mirror.

use chrono::{DateTime, Utc};

use crate::platform::db::{DbError, Tx, query};

/// How often the mirror has changed.
///
/// # Errors
/// When the database refuses.
pub async fn version(tx: &mut Tx) -> Result<i64, DbError> {
    let row: Option<(i64,)> =
        query("SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'accounts_changed'").fetch_optional(tx).await?;
    Ok(row.map_or(0, |(version,)| version))
}

/// Notes that the mirror has changed.
pub(in crate::desk::account) async fn has_changed(tx: &mut Tx) -> Result<(), DbError> {
    query("INSERT INTO meta (name, value) VALUES ('accounts_changed', '1') ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)")
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes where the mirror was read from last, also when nothing had changed.
pub(in crate::desk::account) async fn was_read(tx: &mut Tx, source: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    query("INSERT INTO meta (name, value) VALUES ('accounts_read', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind(format!("{} {source}", now.to_rfc3339()))
        .execute(tx)
        .await?;
    Ok(())
}

/// When the mirror was read last, and from where.
///
/// # Errors
/// When the database refuses.
pub async fn last_read(tx: &mut Tx) -> Result<Option<(DateTime<Utc>, String)>, DbError> {
    let row: Option<(String,)> =
        query("SELECT value FROM meta WHERE name = 'accounts_read'").fetch_optional(tx).await?;
    Ok(row.and_then(|(value,)| {
        let (at, source) = value.split_once(' ')?;
        Some((DateTime::parse_from_rfc3339(at).ok()?.with_timezone(&Utc), source.to_owned()))
    }))
}
