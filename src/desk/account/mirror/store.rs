//! SQL of the number that grows with each change of the mirror.

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
