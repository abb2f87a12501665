//! Schedules and runs in the database.

use chrono::{DateTime, Duration, Utc};

use super::{ATTEMPTS, CatchUp, Claim, LEASE, RunId, RunState};
use crate::platform::db::{Builder, DbError, Tx, dialect, query};

/// A stored schedule.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct ScheduleRow {
    pub name: String,
    pub cron: String,
    pub catch_up: CatchUp,
    pub is_enabled: bool,
    pub walked_to: DateTime<Utc>,
}

/// A stored run.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct Run {
    pub id: RunId,
    pub schedule: String,
    pub due_at: DateTime<Utc>,
    pub state: RunState,
    pub ready_at: DateTime<Utc>,
    pub lease_until: Option<DateTime<Utc>>,
    pub attempts: i64,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub effects: i64,
    pub note: String,
}

/// Writes a schedule down; one that is new starts now and makes up for nothing.
///
/// # Errors
/// When the database refuses.
pub async fn register(
    tx: &mut Tx,
    name: &str,
    cron: &str,
    catch_up: CatchUp,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    query(
        "INSERT INTO schedules (name, cron, catch_up, is_enabled, walked_to) VALUES ($1, $2, $3, TRUE, $4) \
         ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, catch_up = excluded.catch_up \
         WHERE schedules.cron <> excluded.cron OR schedules.catch_up <> excluded.catch_up",
    )
    .bind(name)
    .bind(cron)
    .bind(catch_up)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// A run that has ended, as it is told.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each column is described in migrations/*/0001_house.sql")]
pub struct PastRun {
    pub schedule: &'static str,
    pub due_at: DateTime<Utc>,
    pub state: RunState,
    pub attempts: i64,
    pub started_at: DateTime<Utc>,
    pub finished_at: DateTime<Utc>,
    pub effects: i64,
    pub note: String,
}

/// Writes a run down that has ended (invented ones, for the demonstration); one that is there already stays as it is.
///
/// # Errors
/// When the database refuses.
pub async fn insert_past(tx: &mut Tx, run: &PastRun) -> Result<(), DbError> {
    query(
        "INSERT INTO runs (schedule, due_at, state, ready_at, attempts, started_at, finished_at, effects, note) \
         VALUES ($1, $2, $3, $2, $4, $5, $6, $7, $8) ON CONFLICT (schedule, due_at) DO NOTHING",
    )
    .bind(run.schedule)
    .bind(run.due_at)
    .bind(run.state)
    .bind(run.attempts)
    .bind(run.started_at)
    .bind(run.finished_at)
    .bind(run.effects)
    .bind(&run.note)
    .execute(tx)
    .await
    .map(|_| ())
}

/// Every schedule, also those this version does not know.
///
/// # Errors
/// When the database refuses.
pub async fn schedules(tx: &mut Tx) -> Result<Vec<ScheduleRow>, DbError> {
    query("SELECT name, cron, catch_up, is_enabled, walked_to FROM schedules ORDER BY name").fetch_all(tx).await
}

/// Pauses a schedule or lets it go on; what was due meanwhile is made up for by its own policy.
///
/// # Errors
/// When the database refuses.
pub async fn update_enabled(tx: &mut Tx, name: &str, is_enabled: bool) -> Result<bool, DbError> {
    let changed = query("UPDATE schedules SET is_enabled = $1 WHERE name = $2").bind(is_enabled).bind(name).execute(tx);
    Ok(changed.await? > 0)
}

/// Takes the schedule for walking and says how far it has been walked; `None` when it is paused, or another process
/// is walking it.
pub(super) async fn lock_walk(tx: &mut Tx, name: &str) -> Result<Option<DateTime<Utc>>, DbError> {
    let row: Option<(DateTime<Utc>,)> = Builder::new("SELECT walked_to FROM schedules WHERE is_enabled")
        .with(" AND name = ?", name)
        .push(dialect::skip_locked(tx))
        .build()
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|(walked_to,)| walked_to))
}

pub(super) async fn update_walked_to(tx: &mut Tx, name: &str, walked_to: DateTime<Utc>) -> Result<(), DbError> {
    query("UPDATE schedules SET walked_to = $1 WHERE name = $2").bind(walked_to).bind(name).execute(tx).await?;
    Ok(())
}

/// Makes runs; one that is there already stays as it is.
pub(super) async fn insert_runs(
    tx: &mut Tx,
    schedule: &str,
    due: &[DateTime<Utc>],
    state: RunState,
    note: &str,
) -> Result<(), DbError> {
    for at in due {
        query(
            "INSERT INTO runs (schedule, due_at, state, ready_at, note) VALUES ($1, $2, $3, $2, $4) \
             ON CONFLICT (schedule, due_at) DO NOTHING",
        )
        .bind(schedule)
        .bind(*at)
        .bind(state)
        .bind(note)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Makes a run that a person asked for, due now. `None` when one is due at this very instant already.
///
/// # Errors
/// When the database refuses.
pub async fn insert_asked(
    tx: &mut Tx,
    schedule: &str,
    now: DateTime<Utc>,
    note: &str,
) -> Result<Option<RunId>, DbError> {
    let row: Option<(RunId,)> = query(
        "INSERT INTO runs (schedule, due_at, state, ready_at, note) VALUES ($1, $2, 'due', $2, $3) \
         ON CONFLICT (schedule, due_at) DO NOTHING RETURNING id",
    )
    .bind(schedule)
    .bind(now)
    .bind(note)
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|(id,)| id))
}

/// Whether [`claim`] may find something: a read, so that an idle desk writes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn anything_open(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, DbError> {
    let row: Option<(i64,)> = query(
        "SELECT id FROM runs WHERE state IN ('due', 'running') \
         AND ((state = 'due' AND ready_at <= $1) OR (state = 'running' AND lease_until < $1)) LIMIT 1",
    )
    .bind(now)
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// Takes the earliest run that is due, or whose holder's lease has ended, of the schedules this process knows (or only
/// the run `only`). One schedule is never worked twice at the same time, and its runs are worked in their order.
///
/// # Errors
/// When the database refuses.
pub async fn claim(
    tx: &mut Tx,
    known: &[&str],
    only: Option<RunId>,
    owner: &str,
    now: DateTime<Utc>,
) -> Result<Option<Claim>, DbError> {
    let skip_locked = dialect::skip_locked(tx);
    Builder::new("UPDATE runs SET state = 'running', fencing = fencing + 1, attempts = attempts + 1")
        .with(", lease_owner = ?", owner)
        .with(", lease_until = ?", now + LEASE)
        .with(", started_at = ?", now)
        .push(" WHERE id = (SELECT r.id FROM runs r WHERE r.state IN ('due', 'running')")
        .with(" AND ((r.state = 'due' AND r.ready_at <= ?)", now)
        .with(" OR (r.state = 'running' AND r.lease_until < ?))", now)
        .with_list(" AND r.schedule IN (", known.iter().copied(), ")")
        .with_opt(" AND r.id = ?", only)
        // An earlier open run of the same schedule comes first, claimed or not: that also holds while its claim by
        // another process is not yet committed.
        .push(" AND NOT EXISTS (SELECT 1 FROM runs o WHERE o.schedule = r.schedule AND o.id <> r.id AND (")
        .with("(o.state = 'running' AND o.lease_until >= ?)", now)
        .push(" OR (o.state IN ('due', 'running') AND o.due_at < r.due_at)))")
        .push(" ORDER BY r.due_at, r.id LIMIT 1")
        .push(skip_locked)
        .push(") RETURNING id, schedule, due_at, fencing, attempts")
        .build()
        .fetch_optional(tx)
        .await
}

/// Holds the claim for another lease, at the start of each step, in the step's own transaction: from here to its
/// commit nobody else can take the run. False when it is no longer ours; the step must then be undone.
///
/// # Errors
/// When the database refuses.
pub async fn renew(tx: &mut Tx, claim: &Claim, now: DateTime<Utc>) -> Result<bool, DbError> {
    let held = query("UPDATE runs SET lease_until = $1 WHERE id = $2 AND fencing = $3 AND state = 'running'")
        .bind(now + LEASE)
        .bind(claim.id)
        .bind(claim.fencing)
        .execute(tx)
        .await?;
    Ok(held > 0)
}

/// Counts the effects of a step; with `is_last` the run is done. False when the claim is no longer ours.
///
/// # Errors
/// When the database refuses.
pub async fn finish_step(
    tx: &mut Tx,
    claim: &Claim,
    effects: i64,
    note: Option<&str>,
    is_last: bool,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let state = if is_last { RunState::Done } else { RunState::Running };
    let finished_at = is_last.then_some(now);
    let changed = Builder::new("UPDATE runs SET")
        .with(" state = ?", state)
        .with(", finished_at = ?", finished_at)
        .with(", effects = effects + ?", effects)
        .with_opt(", note = ?", note)
        .with(" WHERE id = ?", claim.id)
        .with(" AND fencing = ?", claim.fencing)
        .push(" AND state = 'running'")
        .build()
        .execute(tx)
        .await?;
    Ok(changed > 0)
}

/// Writes a failed attempt down: the run is tried again at `again_at`, or parked as failed for people to look at.
///
/// # Errors
/// When the database refuses.
pub async fn fail(
    tx: &mut Tx,
    claim: &Claim,
    why: &str,
    again_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let state = if again_at.is_some() { RunState::Due } else { RunState::Failed };
    let finished_at = again_at.is_none().then_some(now);
    query(
        "UPDATE runs SET state = $1, ready_at = $2, note = $3, finished_at = $4, lease_until = NULL \
         WHERE id = $5 AND fencing = $6 AND state = 'running'",
    )
    .bind(state)
    .bind(again_at.unwrap_or(now))
    .bind(why)
    .bind(finished_at)
    .bind(claim.id)
    .bind(claim.fencing)
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives a claim back unworked, when the desk stops between two steps: others may take it at once.
///
/// # Errors
/// When the database refuses.
pub async fn release(tx: &mut Tx, claim: &Claim, now: DateTime<Utc>) -> Result<(), DbError> {
    query(
        "UPDATE runs SET state = 'due', ready_at = $1, attempts = attempts - 1, lease_until = NULL \
         WHERE id = $2 AND fencing = $3 AND state = 'running'",
    )
    .bind(now)
    .bind(claim.id)
    .bind(claim.fencing)
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets a failed run be tried again, now.
///
/// # Errors
/// When the database refuses.
pub async fn retry(tx: &mut Tx, id: RunId, now: DateTime<Utc>) -> Result<bool, DbError> {
    let changed = query("UPDATE runs SET state = 'due', ready_at = $1, attempts = 0, finished_at = NULL WHERE id = $2 AND state = 'failed'")
        .bind(now)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(changed > 0)
}

/// Parks runs that no process knew how to work since `before`: a job of a newer or an older version (REL-013).
///
/// # Errors
/// When the database refuses.
pub async fn park_unknown(
    tx: &mut Tx,
    known: &[&str],
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    Builder::new("UPDATE runs SET state = 'failed', note = 'no process knows this job'")
        .with(", finished_at = ?", now)
        .with(" WHERE state = 'due' AND ready_at < ?", before)
        .with_list(" AND schedule NOT IN (", known.iter().copied(), ")")
        .build()
        .execute(tx)
        .await
}

/// The latest run of each schedule that has finished, failed or been skipped.
///
/// # Errors
/// When the database refuses.
pub async fn last_of_each(tx: &mut Tx) -> Result<Vec<Run>, DbError> {
    query(
        "SELECT id, schedule, due_at, state, ready_at, lease_until, attempts, started_at, finished_at, effects, note \
         FROM runs WHERE id IN (SELECT MAX(id) FROM runs WHERE state IN ('done', 'failed', 'skipped') GROUP BY schedule)",
    )
    .fetch_all(tx)
    .await
}

/// The latest runs, those still open first.
///
/// # Errors
/// When the database refuses.
pub async fn recent(tx: &mut Tx, limit: i64) -> Result<Vec<Run>, DbError> {
    query(
        "SELECT id, schedule, due_at, state, ready_at, lease_until, attempts, started_at, finished_at, effects, note \
         FROM runs ORDER BY CASE WHEN state IN ('due', 'running') THEN 0 ELSE 1 END, id DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// One run.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut Tx, id: RunId) -> Result<Option<Run>, DbError> {
    query(
        "SELECT id, schedule, due_at, state, ready_at, lease_until, attempts, started_at, finished_at, effects, note \
         FROM runs WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(tx)
    .await
}

/// The number of runs parked as failed since `since`: shown on every staff page.
///
/// # Errors
/// When the database refuses.
pub async fn count_failed(tx: &mut Tx, since: DateTime<Utc>) -> Result<i64, DbError> {
    let (count,): (i64,) =
        query("SELECT CAST(COUNT(*) AS BIGINT) FROM runs WHERE state = 'failed' AND finished_at >= $1")
            .bind(since)
            .fetch_one(tx)
            .await?;
    Ok(count)
}

/// The runs that ended at or after an instant, in the order in which they were due.
///
/// # Errors
/// When the database refuses.
pub async fn ended_since(tx: &mut Tx, since: DateTime<Utc>) -> Result<Vec<Run>, DbError> {
    query(
        "SELECT id, schedule, due_at, state, ready_at, lease_until, attempts, started_at, finished_at, effects, note \
         FROM runs WHERE finished_at >= $1 ORDER BY due_at, id",
    )
    .bind(since)
    .fetch_all(tx)
    .await
}

/// When the first run that waits (for its next attempt) is taken.
///
/// # Errors
/// When the database refuses.
pub async fn next_ready(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, DbError> {
    let row: Option<(DateTime<Utc>,)> =
        query("SELECT ready_at FROM runs WHERE state = 'due' ORDER BY ready_at LIMIT 1").fetch_optional(tx).await?;
    Ok(row.map(|(at,)| at))
}

/// For a rehearsal, on a copy: forgets every run, and begins every schedule so that what is due at `from` is due.
///
/// # Errors
/// When the database refuses.
pub async fn begin_again(tx: &mut Tx, from: DateTime<Utc>) -> Result<(), DbError> {
    query("DELETE FROM runs").execute(tx).await?;
    query("UPDATE schedules SET walked_to = $1").bind(from - Duration::microseconds(1)).execute(tx).await?;
    Ok(())
}

/// Forgets runs that ended well before `before`; failed ones stay.
///
/// # Errors
/// When the database refuses.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, DbError> {
    query("DELETE FROM runs WHERE state IN ('done', 'skipped') AND due_at < $1").bind(before).execute(tx).await
}

/// Attempts are counted when claimed, so that a run that kills its process is parked as well.
pub fn is_exhausted(claim: &Claim) -> bool {
    claim.attempts > ATTEMPTS
}
