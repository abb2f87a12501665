//! How far a process's clock stood from the database's: kept as the proof beside every instant of receipt.

use chrono::{DateTime, Duration, Utc};

use crate::platform::db::{DbError, Tx, query};

/// A change of less than this is noise.
const NOISE_MS: i64 = 100;
/// Written at least so often.
const AT_LEAST: Duration = Duration::hours(1);

/// One look at the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0012_season.sql")]
pub struct Check {
    pub at: DateTime<Utc>,
    pub ahead_ms: i64,
    pub is_synchronised: Option<bool>,
}

/// Notes how the clocks stand, when it is another way than before or an hour has gone by.
///
/// # Errors
/// When the database refuses.
pub async fn note(tx: &mut Tx, process: &str, check: Check) -> Result<(), DbError> {
    let last: Option<Check> =
        query("SELECT at, ahead_ms, is_synchronised FROM clock_checks WHERE process = $1 ORDER BY at DESC LIMIT 1")
            .bind(process)
            .fetch_optional(tx)
            .await?;
    let is_same = last.is_some_and(|last| {
        (last.ahead_ms - check.ahead_ms).abs() < NOISE_MS
            && last.is_synchronised == check.is_synchronised
            && (check.at - last.at).abs() < AT_LEAST
    });
    if is_same {
        return Ok(());
    }
    query("INSERT INTO clock_checks (process, at, ahead_ms, is_synchronised) VALUES ($1, $2, $3, $4)")
        .bind(process)
        .bind(check.at)
        .bind(check.ahead_ms)
        .bind(check.is_synchronised)
        .execute(tx)
        .await?;
    Ok(())
}

/// How the clocks stood at an instant: the last look before it, if there was one.
///
/// # Errors
/// When the database refuses.
pub async fn at(tx: &mut Tx, at: DateTime<Utc>) -> Result<Option<Check>, DbError> {
    query("SELECT at, ahead_ms, is_synchronised FROM clock_checks WHERE at <= $1 ORDER BY at DESC LIMIT 1")
        .bind(at)
        .fetch_optional(tx)
        .await
}

/// Whether the machine says that a time server keeps its clock (systemd-timesyncd); `None` where it does not say.
pub fn is_synchronised() -> Option<bool> {
    std::path::Path::new("/run/systemd/timesync")
        .is_dir()
        .then(|| std::path::Path::new("/run/systemd/timesync/synchronized").exists())
}
