//! The table `audit`.

use chrono::{DateTime, Utc};

use super::{Line, StaffId};
use crate::platform::db::{DbError, Tx, query};

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
