//! The table `approvals`.

use chrono::{DateTime, Utc};

use super::{Approval, ApprovalId, ApprovalKind, ApprovalState, NewApproval, StaffId};
use crate::platform::db::{Builder, DbError, Tx, query};

const SELECT: &str = "SELECT p.id, p.kind, p.object, p.request, p.reason, p.asked_by, a.name AS asked_by_name, p.asked_at, p.state, p.decided_by, d.name AS decided_by_name, p.decided_at, p.note, p.expires_at FROM approvals p JOIN staff a ON a.id = p.asked_by LEFT JOIN staff d ON d.id = p.decided_by";

pub(super) async fn insert(
    tx: &mut Tx,
    by: StaffId,
    new: &NewApproval,
    reason: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Option<ApprovalId>, DbError> {
    let row: Option<(ApprovalId,)> = query(
        "INSERT INTO approvals (kind, object, request, reason, asked_by, asked_at, state, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'asked', $7) ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind(new.kind)
    .bind(&new.object)
    .bind(new.request.clone())
    .bind(reason)
    .bind(by)
    .bind(now)
    .bind(expires_at)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(id,)| id))
}

/// Ends an open request of the same thing that has waited too long.
pub(super) async fn withdraw_expired(
    tx: &mut Tx,
    kind: ApprovalKind,
    object: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query(
        "UPDATE approvals SET state = 'withdrawn', decided_at = $1 \
         WHERE kind = $2 AND object = $3 AND state = 'asked' AND expires_at <= $1",
    )
    .bind(now)
    .bind(kind)
    .bind(object)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends a request that waits; false when it does not.
pub(super) async fn settle(
    tx: &mut Tx,
    id: ApprovalId,
    state: ApprovalState,
    by: StaffId,
    note: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let changed = query(
        "UPDATE approvals SET state = $1, decided_by = $2, decided_at = $3, note = $4 WHERE id = $5 AND state = 'asked'",
    )
    .bind(state)
    .bind(by)
    .bind(now)
    .bind(note)
    .bind(id)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

pub(super) async fn find(tx: &mut Tx, id: ApprovalId) -> Result<Option<Approval>, DbError> {
    Builder::new(SELECT).with(" WHERE p.id = ?", id).build().fetch_optional(tx).await
}

pub(super) async fn list(tx: &mut Tx, asked_by: Option<StaffId>, limit: i64) -> Result<Vec<Approval>, DbError> {
    Builder::new(SELECT)
        .with_opt(" WHERE p.asked_by = ?", asked_by)
        .with(" ORDER BY CASE WHEN p.state = 'asked' THEN 0 ELSE 1 END, p.id DESC LIMIT ?", limit)
        .build()
        .fetch_all(tx)
        .await
}

pub(super) async fn latest_of(tx: &mut Tx, kind: ApprovalKind, object: &str) -> Result<Option<Approval>, DbError> {
    Builder::new(SELECT)
        .with(" WHERE p.kind = ?", kind)
        .with(" AND p.object = ?", object)
        .push(" ORDER BY p.id DESC LIMIT 1")
        .build()
        .fetch_optional(tx)
        .await
}

pub(super) async fn count_open(tx: &mut Tx, but: StaffId, now: DateTime<Utc>) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) FROM approvals WHERE state = 'asked' AND asked_by <> $1 AND expires_at > $2";
    let (n,): (i64,) = query(sql).bind(but).bind(now).fetch_one(tx).await?;
    Ok(n)
}
