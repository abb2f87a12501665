//! Makes a row in `runs` for every instant that has become due since the schedule was last walked. The walk starts
//! from what is recorded, not from when the process started, so that neither downtime, nor a stall, nor a jump of the
//! clock can lose a due instant (REL-016, REL-017).

use chrono::{DateTime, Duration, Utc};

use super::{CatchUp, Cron, RunState, store};
use crate::platform::db::{DbError, Tx};

/// How old a due instant may be before [`CatchUp::None`] passes it over.
pub const GRACE: Duration = Duration::seconds(90);
/// Rows made in one walk; the next ring goes on from there.
const AT_ONCE: usize = 500;
/// How far passed-over instants are counted for the note.
const COUNTED: usize = 10_000;

/// Walks one schedule up to `now` and returns how many runs became due. When another process is walking it at this
/// moment, or nothing is due, nothing happens. A clock that stands before the last walk makes nothing due twice.
///
/// # Errors
/// When the database refuses.
pub async fn walk(
    tx: &mut Tx,
    name: &str,
    cron: &Cron,
    catch_up: CatchUp,
    now: DateTime<Utc>,
) -> Result<usize, DbError> {
    let Some(walked_to) = store::lock_walk(tx, name).await? else { return Ok(0) };
    let Some(first) = cron.next(walked_to).filter(|due| *due <= now) else { return Ok(0) };
    match catch_up {
        CatchUp::Each => {
            let due: Vec<_> = cron.between(first, now + Duration::microseconds(1)).take(AT_ONCE).collect();
            store::insert_runs(tx, name, &due, RunState::Due, "").await?;
            store::update_walked_to(tx, name, *due.last().unwrap_or(&first)).await?;
            Ok(due.len())
        }
        CatchUp::Last | CatchUp::None => {
            let last = cron.last(now).unwrap_or(first).max(first);
            let earlier = cron.between(first, last).take(COUNTED).count();
            let late = catch_up == CatchUp::None && last + GRACE < now;
            let (state, note) = match (late, earlier) {
                (true, _) => (RunState::Skipped, format!("passed over {} due while nobody worked", earlier + 1)),
                (false, 0) => (RunState::Due, String::new()),
                (false, n) => (RunState::Due, format!("stands for {n} more that were due before")),
            };
            store::insert_runs(tx, name, &[last], state, &note).await?;
            store::update_walked_to(tx, name, last).await?;
            Ok(usize::from(!late))
        }
    }
}
