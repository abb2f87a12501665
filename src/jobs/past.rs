//! Invented runs of the last days, for `madoguchi demo`: the page of the jobs has a past to show.

use chrono::{DateTime, Duration, Utc};

use super::table::TABLE;
use crate::platform::db::{DbError, Tx};
use crate::platform::queue::store::{self, PastRun};
use crate::platform::queue::{Cron, RunState};

/// How far back they go: farther than a failure is told on every page.
const DAYS: i64 = 9;

/// Registers the schedules, none of which makes up for anything, and writes down a run for each time each was due.
///
/// # Errors
/// When the database refuses.
pub async fn write(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), DbError> {
    let mut runs = Vec::new();
    for (turn, entry) in TABLE.iter().enumerate() {
        store::register(tx, entry.name, entry.cron, entry.catch_up, now).await?;
        let Ok(cron) = Cron::parse(entry.cron) else { continue };
        let due: Vec<_> = cron.between(now - Duration::days(DAYS), now).collect();
        for (day, due_at) in due.into_iter().enumerate() {
            // On the first day one of them was given up, on the fourth another needed a second try.
            let has_failed = day == 0 && turn == 0;
            let attempts = if has_failed { 5 } else { 1 + i64::from(day == 3 && turn == 1) };
            let effects = if has_failed { 0 } else { ((day * 5 + turn * 3) % 7) as i64 };
            let note = match (entry.name, has_failed) {
                (_, true) => "a step took longer than it may".to_owned(),
                ("find_duplicates", _) => format!("{} pair(s) wait for staff, {effects} new, 0 gone", 8 + day),
                _ => String::new(),
            };
            let started_at = due_at + Duration::milliseconds(400) + Duration::minutes(attempts - 1);
            runs.push(PastRun {
                schedule: entry.name,
                due_at,
                state: if has_failed { RunState::Failed } else { RunState::Done },
                attempts,
                started_at,
                finished_at: started_at + Duration::milliseconds(300 + 170 * effects),
                effects,
                note,
            });
        }
    }
    runs.sort_by_key(|run| run.due_at);
    for run in &runs {
        store::insert_past(tx, run).await?;
    }
    Ok(())
}
