//! The table `change_requests`.

use chrono::{DateTime, Utc};

use super::{Change, ChangeAct, ChangeId, ChangeState, NewChange};
use crate::desk::staff::StaffId;
use crate::platform::db::{Builder, DbError, Tx, query};

const SELECT: &str = "SELECT c.id, c.account_id, c.act, c.field, c.old_value, c.new_value, c.cause, s.name AS asked_by_name, c.asked_at, c.state, c.settled_at FROM change_requests c JOIN staff s ON s.id = c.asked_by";
const INSERT: &str = "INSERT INTO change_requests (account_id, act, field, old_value, new_value, cause, asked_by, asked_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting')";

pub(super) async fn insert(
    tx: &mut Tx,
    by: StaffId,
    cause: &str,
    new: &NewChange,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let insert = query(INSERT).bind(&new.account_id).bind(new.act).bind(new.field).bind(&new.old).bind(&new.new);
    insert.bind(cause).bind(by).bind(now).execute(tx).await?;
    Ok(())
}

/// The line that undoes `of`: its values change places.
pub(super) async fn insert_opposite(
    tx: &mut Tx,
    by: StaffId,
    cause: &str,
    of: &Change,
    act: ChangeAct,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let insert = query(INSERT).bind(&of.account_id).bind(act).bind(&of.field).bind(&of.new_value).bind(&of.old_value);
    insert.bind(cause).bind(by).bind(now).execute(tx).await?;
    Ok(())
}

/// Everything of one cause that still waits is settled in this way.
pub(super) async fn settle(tx: &mut Tx, cause: &str, state: ChangeState, now: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE change_requests SET state = $3, settled_at = $1 WHERE cause = $2 AND state = 'waiting'")
        .bind(now)
        .bind(cause)
        .bind(state)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn hand_over(tx: &mut Tx, last: ChangeId, now: DateTime<Utc>) -> Result<u64, DbError> {
    query("UPDATE change_requests SET state = 'handed_over', settled_at = $1 WHERE id <= $2 AND state = 'waiting'")
        .bind(now)
        .bind(last)
        .execute(tx)
        .await
}

/// Everything one cause asked for, in order.
///
/// # Errors
/// When the database refuses.
pub async fn of_cause(tx: &mut Tx, cause: &str) -> Result<Vec<Change>, DbError> {
    Builder::new(SELECT).with(" WHERE c.cause = ?", cause).push(" ORDER BY c.id").build().fetch_all(tx).await
}

/// Everything asked about one registration, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_account(tx: &mut Tx, account_id: &str) -> Result<Vec<Change>, DbError> {
    Builder::new(SELECT)
        .with(" WHERE c.account_id = ?", account_id)
        .push(" ORDER BY c.id DESC LIMIT 200")
        .build()
        .fetch_all(tx)
        .await
}

/// The lines that are not handed over yet, in order.
///
/// # Errors
/// When the database refuses.
pub async fn waiting(tx: &mut Tx) -> Result<Vec<Change>, DbError> {
    Builder::new(SELECT).push(" WHERE c.state = 'waiting' ORDER BY c.id LIMIT 10000").build().fetch_all(tx).await
}

/// The lines settled last, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn settled(tx: &mut Tx, limit: i64) -> Result<Vec<Change>, DbError> {
    Builder::new(SELECT)
        .with(" WHERE c.state <> 'waiting' ORDER BY c.id DESC LIMIT ?", limit)
        .build()
        .fetch_all(tx)
        .await
}

/// How many are not handed over yet.
///
/// # Errors
/// When the database refuses.
pub async fn count_waiting(tx: &mut Tx) -> Result<i64, DbError> {
    let (n,): (i64,) = query("SELECT COUNT(*) FROM change_requests WHERE state = 'waiting'").fetch_one(tx).await?;
    Ok(n)
}
