//! The table `repairs`.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Inverse, Repair, RepairId, Wish};
use crate::desk::account::AccountId;
use crate::desk::staff::StaffId;
use crate::platform::db::{Builder, DbError, Tx, query};

const SELECT: &str = "SELECT r.id, r.survivor_id, a.account_id AS survivor, r.retired_id, b.account_id AS retired, r.taken, r.reason, r.state, asker.name AS asked_by_name, r.asked_at, doer.name AS applied_by_name, r.applied_at, r.inverse, undoer.name AS undone_by_name, r.undone_at FROM repairs r JOIN accounts a ON a.id = r.survivor_id JOIN accounts b ON b.id = r.retired_id JOIN staff asker ON asker.id = r.asked_by LEFT JOIN staff doer ON doer.id = r.applied_by LEFT JOIN staff undoer ON undoer.id = r.undone_by";

pub(super) async fn insert(tx: &mut Tx, by: StaffId, wish: &Wish, now: DateTime<Utc>) -> Result<RepairId, DbError> {
    let (id,): (RepairId,) = query(
        "INSERT INTO repairs (survivor_id, retired_id, taken, reason, state, asked_by, asked_at, inverse) \
         VALUES ($1, $2, $3, $4, 'asked', $5, $6, $7) RETURNING id",
    )
    .bind(wish.survivor)
    .bind(wish.retired)
    .bind(json!(wish.taken))
    .bind(wish.reason.trim())
    .bind(by)
    .bind(now)
    .bind(json!(Inverse::default()))
    .fetch_one(tx)
    .await?;
    Ok(id)
}

pub(super) async fn applied(
    tx: &mut Tx,
    id: RepairId,
    by: StaffId,
    inverse: &Inverse,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("UPDATE repairs SET state = 'applied', applied_by = $1, applied_at = $2, inverse = $3 WHERE id = $4")
        .bind(by)
        .bind(now)
        .bind(json!(inverse))
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn dropped(tx: &mut Tx, id: RepairId) -> Result<(), DbError> {
    query("UPDATE repairs SET state = 'dropped' WHERE id = $1 AND state = 'asked'").bind(id).execute(tx).await?;
    Ok(())
}

pub(super) async fn undone(tx: &mut Tx, id: RepairId, by: StaffId, now: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE repairs SET state = 'undone', undone_by = $1, undone_at = $2 WHERE id = $3")
        .bind(by)
        .bind(now)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether a repair of this registration waits for approval and still can be approved.
pub(super) async fn has_open(tx: &mut Tx, id: AccountId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let row: Option<(RepairId,)> = query(
        "SELECT r.id FROM repairs r JOIN approvals p ON p.kind = 'repair' AND p.object = 'repair:' || CAST(r.id AS TEXT) \
         WHERE r.state = 'asked' AND (r.survivor_id = $1 OR r.retired_id = $1) AND p.state = 'asked' AND p.expires_at > $2 \
         LIMIT 1",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// One line of the journal.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, id: RepairId) -> Result<Option<Repair>, DbError> {
    Builder::new(SELECT).with(" WHERE r.id = ?", id).build().fetch_optional(tx).await
}

/// The journal, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<Repair>, DbError> {
    Builder::new(SELECT).with(" ORDER BY r.id DESC LIMIT ?", limit).build().fetch_all(tx).await
}

/// The repairs of one registration, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_account(tx: &mut Tx, id: AccountId) -> Result<Vec<Repair>, DbError> {
    Builder::new(SELECT)
        .with(" WHERE r.survivor_id = ?", id)
        .with(" OR r.retired_id = ?", id)
        .push(" ORDER BY r.id DESC")
        .build()
        .fetch_all(tx)
        .await
}
