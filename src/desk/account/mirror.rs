//! What the mirror as a whole needs: imports one after the other, and a number that grows with each change, so that whoever
//! has looked at it can tell whether it is still what they saw.

use crate::platform::db::{DbError, Tx, dialect, query};

/// Lets imports, and those who record what they found in the mirror, go one after the other, until their commit.
///
/// # Errors
/// When the database refuses.
pub async fn wait_in_line(tx: &mut Tx) -> Result<(), DbError> {
    dialect::wait_in_line(tx, "accounts", "mirror").await
}

/// How often the mirror has changed.
///
/// # Errors
/// When the database refuses.
pub async fn version(tx: &mut Tx) -> Result<i64, DbError> {
    let row: Option<(i64,)> =
        query("SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'accounts_changed'").fetch_optional(tx).await?;
    Ok(row.map_or(0, |(version,)| version))
}

pub(super) async fn has_changed(tx: &mut Tx) -> Result<(), DbError> {
    query("INSERT INTO meta (name, value) VALUES ('accounts_changed', '1') ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)")
        .execute(tx)
        .await?;
    Ok(())
}
