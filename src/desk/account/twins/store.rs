//! The table `retired_accounts`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::desk::account::AccountId;
use crate::platform::db::{Builder, DbError, Tx, query};

/// The registration that stands for one that a repair put away.
///
/// # Errors
/// When the database refuses.
pub async fn survivor_of(tx: &mut Tx, id: AccountId) -> Result<Option<AccountId>, DbError> {
    let row: Option<(AccountId,)> =
        query("SELECT survivor_id FROM retired_accounts WHERE account_id = $1").bind(id).fetch_optional(tx).await?;
    Ok(row.map(|(id,)| id))
}

/// The registrations that were put away in favour of one.
///
/// # Errors
/// When the database refuses.
pub async fn retired_for(tx: &mut Tx, survivor: AccountId) -> Result<Vec<AccountId>, DbError> {
    let rows: Vec<(AccountId,)> =
        query("SELECT account_id FROM retired_accounts WHERE survivor_id = $1 ORDER BY account_id")
            .bind(survivor)
            .fetch_all(tx)
            .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Every registration that was put away, and the one that stands for it.
///
/// # Errors
/// When the database refuses.
pub async fn survivors(tx: &mut Tx) -> Result<HashMap<AccountId, AccountId>, DbError> {
    let rows: Vec<(AccountId, AccountId)> =
        query("SELECT account_id, survivor_id FROM retired_accounts").fetch_all(tx).await?;
    Ok(rows.into_iter().collect())
}

/// Which of these were put away, and in favour of whom.
pub(super) async fn retired_among(tx: &mut Tx, ids: &[AccountId]) -> Result<Vec<(AccountId, AccountId)>, DbError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(200) {
        let part: Vec<(AccountId, AccountId)> = Builder::new("SELECT account_id, survivor_id FROM retired_accounts")
            .with_list(" WHERE account_id IN (", chunk.iter().copied(), ")")
            .build()
            .fetch_all(tx)
            .await?;
        found.extend(part);
    }
    Ok(found)
}

/// Puts a registration away; false when it was already.
///
/// # Errors
/// When the database refuses.
pub async fn retire(tx: &mut Tx, id: AccountId, survivor: AccountId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let changed = query(
        "INSERT INTO retired_accounts (account_id, survivor_id, retired_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(survivor)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Brings a registration back.
///
/// # Errors
/// When the database refuses.
pub async fn restore(tx: &mut Tx, id: AccountId) -> Result<(), DbError> {
    query("DELETE FROM retired_accounts WHERE account_id = $1").bind(id).execute(tx).await?;
    Ok(())
}
