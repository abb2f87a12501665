//! Memos of calls.

use chrono::{DateTime, Utc};

use super::{Memo, NewMemo};
use crate::desk::staff::StaffId;
use crate::platform::db::{DbError, Tx, query};

/// Memos under a registration number, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_number(tx: &mut Tx, number: i64, limit: i64) -> Result<Vec<Memo>, DbError> {
    query(
        "SELECT m.id, m.kind, m.memo, s.name AS staff_name, m.noted_at, m.was_mailed FROM phone_memos m \
         JOIN staff s ON s.id = m.staff_id WHERE m.registration_number = $1 ORDER BY m.id DESC LIMIT $2",
    )
    .bind(number)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Keeps a memo; false when its form key was there already.
pub(super) async fn insert(
    tx: &mut Tx,
    by: StaffId,
    key: &str,
    memo: &NewMemo,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let inserted = query(
        "INSERT INTO phone_memos (form_key, kind, registration_number, memo, was_mailed, staff_id, noted_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(key)
    .bind(memo.kind)
    .bind(memo.registration_number)
    .bind(&memo.memo)
    .bind(memo.email.is_some())
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(inserted > 0)
}
