//! The register of provisional images, read.

use chrono::{DateTime, Duration, Utc};

use crate::platform::db::{Builder, DbError, Tx, query};

/// A registration that owes its licence.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0009_images.sql")]
pub struct Owing {
    pub account_id: i64,
    /// アカウントID of the online system.
    pub account: String,
    /// 姓 名
    pub name: String,
    /// The address on file.
    pub email: String,
    pub since: DateTime<Utc>,
    pub told_at: Option<DateTime<Utc>>,
    pub reminded_days: i64,
    pub reminded_at: Option<DateTime<Utc>>,
    pub reminded_edge: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "SELECT p.account_id, a.account_id AS account, a.family_name || ' ' || a.given_name AS name, a.email, p.since, \
     p.told_at, p.reminded_days, p.reminded_at, p.reminded_edge FROM provisional_images p \
     JOIN accounts a ON a.id = p.account_id WHERE p.replaced_at IS NULL";

/// Rows for which something may be due: a step of the reminders that was reached and not mailed, a close that they were not
/// told of, or nothing told at all. Registrations that a repair put away are left out.
pub(super) async fn due(
    tx: &mut Tx,
    at: DateTime<Utc>,
    steps: &[i64],
    close: Option<DateTime<Utc>>,
    limit: i64,
) -> Result<Vec<Owing>, DbError> {
    let first = steps.first().copied().unwrap_or(14);
    let mut rows = Builder::new(COLUMNS)
        .push(" AND NOT EXISTS (SELECT 1 FROM retired_accounts r WHERE r.account_id = p.account_id)")
        .with(" AND ((p.told_at IS NULL AND p.since > ?)", at - Duration::days(first));
    for days in steps {
        rows = rows.with(" OR (p.since <= ?", at - Duration::days(*days)).with(" AND p.reminded_days < ?)", *days);
    }
    if let Some(close) = close {
        rows = rows
            .with(" OR ((p.reminded_edge IS NULL OR p.reminded_edge <> ?)", close)
            .with(" AND (p.reminded_at IS NULL OR p.reminded_at <= ?))", at - super::BREATH);
    }
    rows.with(") ORDER BY p.since, p.account_id LIMIT ?", limit).build().fetch_all(tx).await
}

/// All who owe, oldest first.
pub(super) async fn open(tx: &mut Tx, limit: i64) -> Result<Vec<Owing>, DbError> {
    Builder::new(COLUMNS).with(" ORDER BY p.since, p.account_id LIMIT ?", limit).build().fetch_all(tx).await
}

/// How many owe.
///
/// # Errors
/// When the database refuses.
pub async fn count_open(tx: &mut Tx) -> Result<i64, DbError> {
    let (count,): (i64,) =
        query("SELECT COUNT(*) FROM provisional_images WHERE replaced_at IS NULL").fetch_one(tx).await?;
    Ok(count)
}
