//! Which rows name which stored files. A table that names files stands here, or its files are swept away.

use std::collections::HashSet;

use crate::platform::db::{DbError, Tx, query};

/// A file that a row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The file.
    pub name: String,
    /// The table.
    pub named_by: String,
    /// Whether it is sealed under a key of its own.
    pub is_sealed: bool,
}

/// Every file that a row names, by name.
///
/// # Errors
/// When the database refuses.
pub async fn named(tx: &mut Tx) -> Result<Vec<Named>, DbError> {
    let rows: Vec<(String, String)> = query(
        "SELECT DISTINCT sha256, 'attachments' FROM attachments UNION SELECT sha256, 'raw_mails' FROM raw_mails \
         UNION SELECT view_blob, 'images' FROM images WHERE view_blob IS NOT NULL \
         UNION SELECT thumb_blob, 'images' FROM images WHERE thumb_blob IS NOT NULL",
    )
    .fetch_all(tx)
    .await?;
    let mut named: Vec<Named> =
        rows.into_iter().map(|(name, named_by)| Named { is_sealed: named_by == "images", name, named_by }).collect();
    named.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(named)
}

/// Whether any row names the file.
///
/// # Errors
/// When the database refuses.
pub async fn is_named(tx: &mut Tx, name: &str) -> Result<bool, DbError> {
    let row: Option<(i64,)> = query(
        "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM attachments WHERE sha256 = $1) \
         OR EXISTS (SELECT 1 FROM raw_mails WHERE sha256 = $1) \
         OR EXISTS (SELECT 1 FROM images WHERE view_blob = $1) OR EXISTS (SELECT 1 FROM images WHERE thumb_blob = $1)",
    )
    .bind(name)
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// Files that were erased: their bytes go without a grace period.
///
/// # Errors
/// When the database refuses.
pub async fn erased(tx: &mut Tx) -> Result<HashSet<String>, DbError> {
    let rows: Vec<(String,)> = query("SELECT blob FROM erasures").fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}
