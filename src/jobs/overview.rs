//! What the staff page and `madoguchi jobs list` show: schedules, last runs, services.

use chrono::{DateTime, Duration, Utc};

use super::bell;
use super::table::{Entry, TABLE};
use crate::platform::db::{DbError, Tx};
use crate::platform::queue::services::{self, ServiceRow};
use crate::platform::queue::store::{self, Run, ScheduleRow};
use crate::platform::queue::{Cron, RunState};

/// How long a failed run is told on every staff page.
const TOLD: Duration = Duration::days(7);
/// Runs shown.
const RUNS: i64 = 50;
/// The clock gives a sign of life every 30 s; silent for longer than this it is counted as failing.
const CLOCK_SILENT: Duration = Duration::minutes(3);

/// The whole picture.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Every schedule, in the order of the table; those of another version at the end.
    pub schedules: Vec<Line>,
    /// The latest runs, open ones first.
    pub runs: Vec<Run>,
    /// The services and the clock itself.
    pub services: Vec<ServiceRow>,
    /// Failures that want somebody's eyes: shown on every staff page when not zero.
    pub alarms: i64,
}

/// One schedule.
#[derive(Debug, Clone)]
pub struct Line {
    /// As stored; before the first start of a clock as the table has it.
    pub schedule: ScheduleRow,
    /// Its line of the table; `None` when another version of the desk made it.
    pub entry: Option<&'static Entry>,
    /// When it is next due; an instant in the past is overdue. `None` while it is paused.
    pub next_due_at: Option<DateTime<Utc>>,
    /// How long the next run, or an open one, is overdue.
    pub lag: Option<Duration>,
    /// Its latest run that has ended.
    pub last: Option<Run>,
}

impl Line {
    /// Whether its latest run was given up.
    pub fn has_failed(&self) -> bool {
        self.last.as_ref().is_some_and(|run| run.state == RunState::Failed)
    }
}

/// Looks at everything. `now` is the database's time.
///
/// # Errors
/// When the database refuses.
pub async fn overview(tx: &mut Tx, now: DateTime<Utc>) -> Result<Overview, DbError> {
    let mut stored = store::schedules(tx).await?;
    let mut last = store::last_of_each(tx).await?;
    let runs = store::recent(tx, RUNS).await?;
    let mut schedules = Vec::with_capacity(TABLE.len());
    for entry in TABLE {
        let place = stored.iter().position(|row| row.name == entry.name);
        let row = place.map_or_else(|| from_table(entry, now), |place| stored.remove(place));
        schedules.push((row, Some(entry)));
    }
    schedules.extend(stored.into_iter().map(|row| (row, None)));
    let schedules = schedules
        .into_iter()
        .map(|(schedule, entry)| {
            let last = last.iter().position(|run| run.schedule == schedule.name).map(|n| last.swap_remove(n));
            line(schedule, entry, last, &runs, now)
        })
        .collect();
    Ok(Overview { schedules, runs, alarms: alarms(tx, now).await?, services: services::list(tx).await? })
}

/// How many things want somebody's eyes: runs given up in the last week, services whose latest sign of life is an
/// error, a clock that has fallen silent. Cheap enough for every staff page.
///
/// # Errors
/// When the database refuses.
pub async fn alarms(tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, DbError> {
    let failed = store::count_failed(tx, now - TOLD).await?;
    let failing = services::list(tx).await?.iter().filter(|service| is_failing(service, now)).count();
    Ok(failed + i64::try_from(failing).unwrap_or(i64::MAX))
}

/// Whether a service is failing: its latest sign of life is an error or, for the clock, long ago.
pub fn is_failing(service: &ServiceRow, now: DateTime<Utc>) -> bool {
    let is_silent = service.name == bell::SERVICE && service.last_ok_at.is_none_or(|at| at + CLOCK_SILENT < now);
    service.is_failing() || is_silent
}

fn from_table(entry: &Entry, now: DateTime<Utc>) -> ScheduleRow {
    ScheduleRow {
        name: entry.name.to_owned(),
        cron: entry.cron.to_owned(),
        catch_up: entry.catch_up,
        is_enabled: true,
        walked_to: now,
    }
}

fn line(
    schedule: ScheduleRow,
    entry: Option<&'static Entry>,
    last: Option<Run>,
    runs: &[Run],
    now: DateTime<Utc>,
) -> Line {
    let next = Cron::parse(&schedule.cron).ok().and_then(|cron| cron.next(schedule.walked_to));
    let next_due_at = next.filter(|_| schedule.is_enabled);
    let is_open = |run: &&Run| run.schedule == schedule.name && matches!(run.state, RunState::Due | RunState::Running);
    let open = runs.iter().filter(is_open).map(|run| run.due_at).min();
    let lag = open.or(next_due_at).filter(|due| *due < now).map(|due| now - due);
    Line { schedule, entry, next_due_at, lag, last }
}
