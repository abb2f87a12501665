//! The table `audit`.

use chrono::{DateTime, Utc};

use super::{Line, StaffId};
use crate::platform::db::{DbError, Tx, query};

/// What a seal is made over.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Sealing {
    pub id: i64,
    pub staff_id: Option<i64>,
    pub act: String,
    pub object: String,
    pub detail: String,
    pub at: DateTime<Utc>,
}

/// A line of the chain.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Sealed {
    #[sqlx(flatten)]
    pub line: Sealing,
    pub seal_no: i64,
    pub seal: String,
}

pub(super) async fn insert(
    tx: &mut Tx,
    staff: Option<StaffId>,
    act: &str,
    object: &str,
    detail: &str,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    query("INSERT INTO audit (staff_id, act, object, detail, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(staff)
        .bind(act)
        .bind(object)
        .bind(detail)
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn list(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<Line>, DbError> {
    query(
        "SELECT a.id, s.name AS staff_name, a.act, a.object, a.detail, a.at
         FROM audit a LEFT JOIN staff s ON s.id = a.staff_id
         WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2",
    )
    .bind(before)
    .bind(limit)
    .fetch_all(tx)
    .await
}

pub(super) async fn of_object(tx: &mut Tx, object: &str) -> Result<Vec<Line>, DbError> {
    query(
        "SELECT a.id, s.name AS staff_name, a.act, a.object, a.detail, a.at
         FROM audit a LEFT JOIN staff s ON s.id = a.staff_id
         WHERE a.object = $1 ORDER BY a.id",
    )
    .bind(object)
    .fetch_all(tx)
    .await
}

pub(super) async fn has_unsealed(tx: &mut Tx) -> Result<bool, DbError> {
    let row: Option<(i64,)> =
        query("SELECT id FROM audit WHERE seal_no IS NULL ORDER BY id LIMIT 1").fetch_optional(tx).await?;
    Ok(row.is_some())
}

pub(super) async fn count_unsealed(tx: &mut Tx) -> Result<i64, DbError> {
    let (n,): (i64,) = query("SELECT COUNT(*) FROM audit WHERE seal_no IS NULL").fetch_one(tx).await?;
    Ok(n)
}

pub(super) async fn unsealed(tx: &mut Tx, limit: i64) -> Result<Vec<Sealing>, DbError> {
    query("SELECT id, staff_id, act, object, detail, at FROM audit WHERE seal_no IS NULL ORDER BY id LIMIT $1")
        .bind(limit)
        .fetch_all(tx)
        .await
}

/// Lines of the chain between two places, in its order.
pub(super) async fn sealed(tx: &mut Tx, after: i64, until: i64, limit: i64) -> Result<Vec<Sealed>, DbError> {
    query(
        "SELECT id, staff_id, act, object, detail, at, seal_no, COALESCE(seal, '') AS seal FROM audit
         WHERE seal_no > $1 AND seal_no <= $2 ORDER BY seal_no LIMIT $3",
    )
    .bind(after)
    .bind(until)
    .bind(limit)
    .fetch_all(tx)
    .await
}

pub(super) async fn update_seal(tx: &mut Tx, id: i64, seal_no: i64, seal: &str) -> Result<(), DbError> {
    query("UPDATE audit SET seal_no = $2, seal = $3 WHERE id = $1")
        .bind(id)
        .bind(seal_no)
        .bind(seal)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn head(tx: &mut Tx) -> Result<String, DbError> {
    let row: Option<(String,)> = query("SELECT value FROM meta WHERE name = 'audit_head'").fetch_optional(tx).await?;
    Ok(row.map(|(text,)| text).unwrap_or_default())
}

/// The head, held against other processes until the transaction ends.
pub(super) async fn lock_head(tx: &mut Tx) -> Result<String, DbError> {
    query(
        "INSERT INTO meta (name, value) VALUES ('audit_head', '') ON CONFLICT (name) DO UPDATE SET value = meta.value",
    )
    .execute(tx)
    .await?;
    head(tx).await
}

pub(super) async fn update_head(tx: &mut Tx, text: &str) -> Result<(), DbError> {
    query("UPDATE meta SET value = $1 WHERE name = 'audit_head'").bind(text).execute(tx).await?;
    Ok(())
}
