//! Signs of life of work that goes on all the time (delivery, inbox, matching, index, the clock itself), for the staff
//! page and for health.

use chrono::{DateTime, Utc};

use crate::platform::db::{DbError, Tx, query};

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct ServiceRow {
    pub name: String,
    pub last_ok_at: Option<DateTime<Utc>>,
    pub last_error_at: Option<DateTime<Utc>>,
    pub last_error: String,
    pub done: i64,
}

impl ServiceRow {
    /// Whether its latest sign of life is an error.
    pub fn is_failing(&self) -> bool {
        self.last_error_at.is_some_and(|error| self.last_ok_at.is_none_or(|ok| ok < error))
    }
}

/// Writes down that it went well.
///
/// # Errors
/// When the database refuses.
pub async fn went_well(tx: &mut Tx, name: &str, done: i64, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "INSERT INTO services (name, last_ok_at, done) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET last_ok_at = excluded.last_ok_at, done = services.done + excluded.done",
    )
    .bind(name)
    .bind(now)
    .bind(done)
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes down what went wrong.
///
/// # Errors
/// When the database refuses.
pub async fn went_wrong(tx: &mut Tx, name: &str, why: &str, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "INSERT INTO services (name, last_error_at, last_error) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET last_error_at = excluded.last_error_at, last_error = excluded.last_error",
    )
    .bind(name)
    .bind(now)
    .bind(why)
    .execute(tx)
    .await?;
    Ok(())
}

/// Every service that has given a sign of life.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut Tx) -> Result<Vec<ServiceRow>, DbError> {
    query("SELECT name, last_ok_at, last_error_at, last_error, done FROM services ORDER BY name").fetch_all(tx).await
}
