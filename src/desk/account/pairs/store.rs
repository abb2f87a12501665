//! SQL of the pairs.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Dismissal, Pair};
use crate::desk::account::{AccountId, Reason};
use crate::desk::staff::StaffId;
use crate::platform::db::{DbError, Tx, Value, bulk, query};

#[derive(sqlx::FromRow)]
struct PairRow {
    a: AccountId,
    b: AccountId,
    reasons: sqlx::types::Json<serde_json::Value>,
    rule_version: String,
    found_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    dismissed_at: Option<DateTime<Utc>>,
    dismissed_by: Option<StaffId>,
    dismissed_why: String,
}

impl From<PairRow> for Pair {
    fn from(row: PairRow) -> Self {
        let dismissal = |(at, by)| Dismissal { at, by, why: row.dismissed_why };
        Self {
            a: row.a,
            b: row.b,
            // What an older rule wrote may read differently: the marks are then left out, not the pair.
            reasons: serde_json::from_value(row.reasons.0).unwrap_or_default(),
            rule_version: row.rule_version,
            found_at: row.found_at,
            seen_at: row.seen_at,
            dismissed: row.dismissed_at.zip(row.dismissed_by).map(dismissal),
        }
    }
}

/// Pairs that wait for staff, the newest find first; at most `limit`, after `offset` of them.
///
/// # Errors
/// When the database refuses.
pub async fn list_open(tx: &mut Tx, limit: i64, offset: i64) -> Result<Vec<Pair>, DbError> {
    let sql =
        "SELECT * FROM duplicate_pairs WHERE dismissed_at IS NULL ORDER BY found_at DESC, a, b LIMIT $1 OFFSET $2";
    let rows: Vec<PairRow> = query(sql).bind(limit).bind(offset).fetch_all(tx).await?;
    Ok(rows.into_iter().map(Pair::from).collect())
}

/// Pairs that staff dismissed, the latest first.
///
/// # Errors
/// When the database refuses.
pub async fn list_dismissed(tx: &mut Tx, limit: i64, offset: i64) -> Result<Vec<Pair>, DbError> {
    let sql = "SELECT * FROM duplicate_pairs WHERE dismissed_at IS NOT NULL ORDER BY dismissed_at DESC, a, b LIMIT $1 OFFSET $2";
    let rows: Vec<PairRow> = query(sql).bind(limit).bind(offset).fetch_all(tx).await?;
    Ok(rows.into_iter().map(Pair::from).collect())
}

/// Pairs an account stands in, dismissed ones last.
///
/// # Errors
/// When the database refuses.
pub async fn of_account(tx: &mut Tx, account: AccountId) -> Result<Vec<Pair>, DbError> {
    let sql = "SELECT * FROM duplicate_pairs WHERE a = $1 OR b = $1 ORDER BY CASE WHEN dismissed_at IS NULL THEN 0 ELSE 1 END, a, b LIMIT 50";
    let rows: Vec<PairRow> = query(sql).bind(account).fetch_all(tx).await?;
    Ok(rows.into_iter().map(Pair::from).collect())
}

/// One pair; the order of the two does not matter.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, one: AccountId, other: AccountId) -> Result<Option<Pair>, DbError> {
    let row: Option<PairRow> = query("SELECT * FROM duplicate_pairs WHERE a = $1 AND b = $2")
        .bind(one.min(other))
        .bind(one.max(other))
        .fetch_optional(tx)
        .await?;
    Ok(row.map(Pair::from))
}

/// Every pair that staff said is two people, the smaller id first.
///
/// # Errors
/// When the database refuses.
pub async fn all_dismissed(tx: &mut Tx) -> Result<HashSet<(AccountId, AccountId)>, DbError> {
    let rows: Vec<(AccountId, AccountId)> =
        query("SELECT a, b FROM duplicate_pairs WHERE dismissed_at IS NOT NULL").fetch_all(tx).await?;
    Ok(rows.into_iter().collect())
}

/// How many pairs wait for staff.
///
/// # Errors
/// When the database refuses.
pub async fn count_open(tx: &mut Tx) -> Result<i64, DbError> {
    let (count,): (i64,) =
        query("SELECT COUNT(*) FROM duplicate_pairs WHERE dismissed_at IS NULL").fetch_one(tx).await?;
    Ok(count)
}

/// Writes what the finder saw: new pairs come in, known ones are seen again.
pub(in crate::desk::account) async fn upsert(
    tx: &mut Tx,
    pairs: &[(AccountId, AccountId, Vec<Reason>)],
    rule: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let values = pairs.iter().flat_map(|(a, b, reasons)| {
        let (a, b) = (*a.min(b), *a.max(b));
        [a.into(), b.into(), Value::from(json!(reasons)), rule.into(), now.into(), now.into()]
    });
    let head = "INSERT INTO duplicate_pairs (a, b, reasons, rule_version, found_at, seen_at) VALUES ";
    let seen = " ON CONFLICT (a, b) DO UPDATE SET reasons = excluded.reasons, rule_version = excluded.rule_version, seen_at = excluded.seen_at";
    bulk::insert(tx, head, 6, values.collect(), seen).await.map(|_| ())
}

/// Forgets open pairs that the run at `now` did not see.
pub(super) async fn delete_unseen(tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, DbError> {
    let deleted =
        query("DELETE FROM duplicate_pairs WHERE dismissed_at IS NULL AND seen_at < $1").bind(now).execute(tx).await?;
    Ok(i64::try_from(deleted).unwrap_or(i64::MAX))
}

/// Sets or takes away the dismissal of a pair; false when there is no such pair.
pub(super) async fn update_dismissed(
    tx: &mut Tx,
    a: AccountId,
    b: AccountId,
    dismissed: Option<(StaffId, &str, DateTime<Utc>)>,
) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE duplicate_pairs SET dismissed_at = $1, dismissed_by = $2, dismissed_why = $3 WHERE a = $4 AND b = $5",
    )
    .bind(dismissed.map(|(_, _, at)| at))
    .bind(dismissed.map(|(by, _, _)| by))
    .bind(dismissed.map_or("", |(_, why, _)| why))
    .bind(a)
    .bind(b)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}
