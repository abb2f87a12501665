//! Periods in the database.

use chrono::{DateTime, Utc};

use super::change::Stood;
use super::{NewPeriod, Period, PeriodId, PeriodKind, Season};
use crate::desk::staff::StaffId;
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

/// A period by its key.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, id: PeriodId) -> Result<Option<Period>, DbError> {
    query(
        "SELECT id, fiscal_year, round, name, kind, opens_at, closes_at, is_published, updated_at, sequence FROM periods \
         WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(tx)
    .await
}

pub(super) async fn delete(tx: &mut Tx, id: PeriodId) -> Result<(), DbError> {
    query("DELETE FROM periods WHERE id = $1").bind(id).execute(tx).await?;
    Ok(())
}

/// A line of the history of the season.
#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0012_season.sql")]
pub struct ChangeRow {
    pub fiscal_year: i64,
    pub round: String,
    pub kind: PeriodKind,
    pub before_change: Option<sqlx::types::Json<Stood>>,
    pub after_change: Option<sqlx::types::Json<Stood>>,
    pub staff_name: Option<String>,
    pub at: DateTime<Utc>,
}

pub(super) async fn insert_change(
    tx: &mut Tx,
    (fiscal_year, round, kind): (i64, &str, PeriodKind),
    before: Option<&Stood>,
    after: Option<&Stood>,
    by: Option<StaffId>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let json = |stood: Option<&Stood>| stood.and_then(|stood| serde_json::to_value(stood).ok());
    query(
        "INSERT INTO period_changes (fiscal_year, round, kind, before_change, after_change, staff_id, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(fiscal_year)
    .bind(round)
    .bind(kind)
    .bind(json(before))
    .bind(json(after))
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// The history of a year, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn changes(tx: &mut Tx, fiscal_year: i64, limit: i64) -> Result<Vec<ChangeRow>, DbError> {
    query(
        "SELECT c.fiscal_year, c.round, c.kind, c.before_change, c.after_change, s.name AS staff_name, c.at \
         FROM period_changes c LEFT JOIN staff s ON s.id = c.staff_id WHERE c.fiscal_year = $1 ORDER BY c.id DESC LIMIT $2",
    )
    .bind(fiscal_year)
    .bind(limit)
    .fetch_all(tx)
    .await
}
