//! Periods in the database.

use chrono::{DateTime, Utc};

use super::{NewPeriod, Period, PeriodKind, Season};
use crate::platform::db::{DbError, Tx, query};

/// The published periods.
///
/// # Errors
/// When the database refuses.
pub async fn season(tx: &mut Tx) -> Result<Season, DbError> {
    let rows = query(
        "SELECT id, fiscal_year, round, name, kind, opens_at, closes_at, is_published, updated_at, sequence FROM periods \
         WHERE is_published ORDER BY closes_at, id",
    )
    .fetch_all(tx)
    .await?;
    Ok(Season::new(rows))
}

/// Every period, drafts too, for the staff page: the latest year first, then in the order of time.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx) -> Result<Vec<Period>, DbError> {
    query(
        "SELECT id, fiscal_year, round, name, kind, opens_at, closes_at, is_published, updated_at, sequence FROM periods \
         ORDER BY fiscal_year DESC, opens_at, closes_at, id",
    )
    .fetch_all(tx)
    .await
}

/// The period of a fiscal year, round and kind.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, fiscal_year: i32, round: &str, kind: PeriodKind) -> Result<Option<Period>, DbError> {
    query(
        "SELECT id, fiscal_year, round, name, kind, opens_at, closes_at, is_published, updated_at, sequence FROM periods \
         WHERE fiscal_year = $1 AND round = $2 AND kind = $3",
    )
    .bind(fiscal_year)
    .bind(round)
    .bind(kind)
    .fetch_optional(tx)
    .await
}

/// Writes a period down; one with the same fiscal year, round and kind is replaced.
///
/// # Errors
/// When the database refuses.
pub async fn upsert(tx: &mut Tx, new: &NewPeriod, is_published: bool, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "INSERT INTO periods (fiscal_year, round, name, kind, opens_at, closes_at, is_published, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (fiscal_year, round, kind) DO UPDATE SET name = excluded.name, opens_at = excluded.opens_at, \
         closes_at = excluded.closes_at, is_published = excluded.is_published, updated_at = excluded.updated_at, \
         sequence = periods.sequence + 1",
    )
    .bind(new.fiscal_year)
    .bind(&new.round)
    .bind(&new.name)
    .bind(new.kind)
    .bind(new.opens_at)
    .bind(new.closes_at)
    .bind(is_published)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
