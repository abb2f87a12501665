//! The register of provisional images, written.

use chrono::{DateTime, Utc};

use crate::desk::account::AccountId;
use crate::platform::db::{Builder, DbError, Tx, query};

/// Ids in one IN list.
const IDS: usize = 500;

/// Enters a registration, or enters it again. Who already owes the licence goes on owing it since the day on file, with the
/// reminders that went out; who was let go begins anew.
pub(super) async fn open(tx: &mut Tx, account: AccountId, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "INSERT INTO provisional_images (account_id, since) VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE SET \
         since = CASE WHEN provisional_images.replaced_at IS NULL AND provisional_images.since < excluded.since \
         THEN provisional_images.since ELSE excluded.since END, \
         reminded_days = CASE WHEN provisional_images.replaced_at IS NULL THEN provisional_images.reminded_days ELSE 0 END, \
         reminded_edge = CASE WHEN provisional_images.replaced_at IS NULL THEN provisional_images.reminded_edge END, \
         told_at = NULL, reminded_at = NULL, replaced_at = NULL",
    )
    .bind(account)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// The licence is there: whoever owed it is let go. Who is not in the register yet is entered as let go, because the mirror
/// calls the image provisional until the online system has taken the licence over.
///
/// # Errors
/// When the database refuses.
pub async fn close(tx: &mut Tx, account: AccountId, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "INSERT INTO provisional_images (account_id, since, replaced_at) VALUES ($1, $2, $2) \
         ON CONFLICT (account_id) DO UPDATE SET \
         replaced_at = COALESCE(provisional_images.replaced_at, excluded.replaced_at)",
    )
    .bind(account)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

// The cost is that of the open register, not of the mirror: it runs after each small import too.
pub(super) async fn close_those_with_licence(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "UPDATE provisional_images SET replaced_at = $1 WHERE replaced_at IS NULL AND \
         (EXISTS (SELECT 1 FROM accounts a WHERE a.id = provisional_images.account_id AND a.licence_image = 'licence') \
         OR EXISTS (SELECT 1 FROM images i WHERE i.account_id = provisional_images.account_id \
         AND i.state = 'approved' AND i.kind = 'licence'))",
    )
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

const ENTER: &str = "INSERT INTO provisional_images (account_id, since) SELECT a.id, COALESCE(a.registered_at, a.imported_at) \
     FROM accounts a WHERE a.licence_image = 'provisional' \
     AND NOT EXISTS (SELECT 1 FROM provisional_images p WHERE p.account_id = a.id) \
     AND NOT EXISTS (SELECT 1 FROM images i WHERE i.account_id = a.id AND i.state = 'approved' AND i.kind = 'licence')";

/// Enters who came with a provisional image: of these accounts, or of all.
pub(super) async fn enter_from_mirror(tx: &mut Tx, only: Option<&[AccountId]>) -> Result<i64, DbError> {
    let mut entered = 0;
    match only {
        None => entered = query(ENTER).execute(tx).await?,
        Some(only) => {
            for some in only.chunks(IDS) {
                let ids = some.iter().map(|id| id.0);
                entered += Builder::new(ENTER).with_list(" AND a.id IN (", ids, ")").build().execute(tx).await?;
            }
        }
    }
    Ok(i64::try_from(entered).unwrap_or(i64::MAX))
}

pub(super) async fn update_told(tx: &mut Tx, account: AccountId, now: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE provisional_images SET told_at = $2, reminded_at = $2 WHERE account_id = $1")
        .bind(account)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn update_reminded(
    tx: &mut Tx,
    account: AccountId,
    days: i64,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("UPDATE provisional_images SET reminded_days = $2, reminded_at = $3 WHERE account_id = $1")
        .bind(account)
        .bind(days)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

pub(super) async fn update_edge(
    tx: &mut Tx,
    account: AccountId,
    edge: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query("UPDATE provisional_images SET reminded_edge = $2, reminded_at = $3 WHERE account_id = $1")
        .bind(account)
        .bind(edge)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}
