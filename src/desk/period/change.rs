//! Changes of the season, each written into its history.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::check::Wanted;
use super::{NewPeriod, Period, PeriodId, store};
use crate::desk::staff::StaffId;
use crate::platform::db::{DbError, Tx};

/// How a period stood, as the history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stood {
    /// What people read.
    pub name: String,
    /// First instant inside.
    pub opens_at: DateTime<Utc>,
    /// First instant outside.
    pub closes_at: DateTime<Utc>,
    /// Whether people saw it.
    pub is_published: bool,
}

impl From<&Period> for Stood {
    fn from(period: &Period) -> Self {
        let Period { name, opens_at, closes_at, is_published, .. } = period.clone();
        Self { name, opens_at, closes_at, is_published }
    }
}

impl From<&Wanted> for Stood {
    fn from(wanted: &Wanted) -> Self {
        let NewPeriod { name, opens_at, closes_at, .. } = wanted.after.clone();
        Self { name, opens_at, closes_at, is_published: wanted.is_published }
    }
}

/// Sets periods beside those that stand in the database.
///
/// # Errors
/// When the database refuses.
pub async fn wanted(tx: &mut Tx, periods: Vec<NewPeriod>, is_published: bool) -> Result<Vec<Wanted>, DbError> {
    let mut wanted = Vec::with_capacity(periods.len());
    for after in periods {
        let before = store::find(tx, after.fiscal_year, &after.round, after.kind).await?;
        wanted.push(Wanted { before, after, is_published });
    }
    Ok(wanted)
}

/// Writes a period down, with a line of its history. False when nothing is different.
///
/// # Errors
/// When the database refuses.
pub async fn put(tx: &mut Tx, one: &Wanted, by: Option<StaffId>, now: DateTime<Utc>) -> Result<bool, DbError> {
    if !one.is_change() {
        return Ok(false);
    }
    store::upsert(tx, &one.after, one.is_published, now).await?;
    let (year, round, kind) = (i64::from(one.after.fiscal_year), &one.after.round, one.after.kind);
    let before = one.before.as_ref().map(Stood::from);
    store::insert_change(tx, (year, round, kind), before.as_ref(), Some(&Stood::from(one)), by, now).await?;
    Ok(true)
}

/// Takes a period away, with a line of its history.
///
/// # Errors
/// When the database refuses.
pub async fn remove(tx: &mut Tx, period: &Period, by: Option<StaffId>, now: DateTime<Utc>) -> Result<(), DbError> {
    store::delete(tx, period.id).await?;
    let key = (period.fiscal_year, &period.round, period.kind);
    store::insert_change(tx, (key.0, key.1.as_str(), key.2), Some(&Stood::from(period)), None, by, now).await
}

/// A year's periods as those of another year, so many days later: whole weeks keep the weekday.
pub fn shifted(periods: &[Period], to_year: i32, days: i64) -> Vec<NewPeriod> {
    let later = Duration::days(days);
    periods
        .iter()
        .map(|period| NewPeriod {
            fiscal_year: to_year,
            round: period.round.clone(),
            name: period.name.clone(),
            kind: period.kind,
            opens_at: period.opens_at + later,
            closes_at: period.closes_at + later,
        })
        .collect()
}

/// Days between the same weeks of two years: 364 for each, and a week more where they have drifted off.
pub fn whole_weeks(from_year: i32, to_year: i32) -> i64 {
    let first = |year| NaiveDate::from_ymd_opt(year - 1, 11, 1).unwrap_or_default();
    let days = (first(to_year) - first(from_year)).num_days();
    (days + days.signum() * 3) / 7 * 7
}

/// The id of a period, for reading a form.
pub fn id(text: &str) -> Option<PeriodId> {
    text.parse().ok().map(PeriodId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_later_is_fifty_two_weeks_and_now_and_then_one_more() {
        assert_eq!(whole_weeks(2025, 2026), 364);
        assert_eq!(whole_weeks(2025, 2027), 728);
        assert_eq!(whole_weeks(2020, 2025), 1827);
        assert_eq!(whole_weeks(2026, 2025), -364);
    }
}
