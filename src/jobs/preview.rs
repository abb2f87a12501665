//! `madoguchi jobs preview`: which runs will come, and how many recipients each would have if nothing changed.

use chrono::{DateTime, Duration, FixedOffset, Utc};
use serde::Serialize;

use super::{JobFault, Schedule};
use crate::platform::clock::jst;
use crate::platform::db::Tx;

/// A schedule that is due more often than this is housekeeping and left out.
const HOUSEKEEPING: Duration = Duration::minutes(1);

/// One run to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coming {
    /// The job.
    pub job: &'static str,
    /// When, in Japan Standard Time.
    pub due_at: DateTime<FixedOffset>,
    /// How many people or tickets it would reach that no earlier run has reached.
    pub recipients: i64,
}

/// The runs in `[from, until)`, in the order of time.
///
/// # Errors
/// When the database refuses.
pub async fn preview(
    tx: &mut Tx,
    schedules: &[Schedule],
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Coming>, JobFault> {
    let mut coming = Vec::new();
    for schedule in schedules.iter().filter(|schedule| !is_housekeeping(schedule, from)) {
        // What one run has reached the next one does not reach again.
        let mut reached = 0;
        for due_at in schedule.cron.between(from, until) {
            let reach = schedule.job.reach(tx, due_at).await?.unwrap_or(reached).max(reached);
            coming.push(Coming {
                job: schedule.name,
                due_at: due_at.with_timezone(&jst()),
                recipients: reach - reached,
            });
            reached = reach;
        }
    }
    coming.sort_by_key(|run| run.due_at);
    Ok(coming)
}

fn is_housekeeping(schedule: &Schedule, from: DateTime<Utc>) -> bool {
    let mut due = schedule.cron.between(from, DateTime::<Utc>::MAX_UTC);
    match (due.next(), due.next()) {
        (Some(first), Some(second)) => second - first < HOUSEKEEPING,
        _ => false,
    }
}
