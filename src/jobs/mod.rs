//! Door 3: the clock. The schedule table, the dispatcher, one file per job; and the services, which go on all the time.
//!
//! tokio-cron-scheduler is only the [`bell`]: it wakes the [`Dispatcher`], which finds from data what is due.

pub mod auto_close;
pub mod backup;
pub mod bell;
pub mod dispatcher;
pub mod drill;
pub mod edges;
pub mod erase_images;
pub mod find_duplicates;
pub mod follow_withdrawals;
pub mod index_check;
mod overview;
pub mod past;
mod preview;
pub mod rehearsal;
pub mod remind_deadlines;
pub mod remind_provisional;
pub mod remind_waiting;
pub mod review_rules;
pub mod service;
pub mod stop;
pub mod sweep;
pub mod table;
pub mod tell_linked;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

pub use dispatcher::{Dispatcher, Outcome, RunNowFault};
pub use overview::{Line, Overview, alarms, is_failing, overview};
pub use preview::{Coming, preview};
pub use stop::{Stop, Stopper};
pub use table::schedules;

use crate::desk::ticket::actions::ActError;
use crate::platform::db::{Db, DbError, Tx};
use crate::platform::queue::{CatchUp, Cron, CronFault};

/// How long one step may take: well within the lease of its run, and it holds up every writer of SQLite.
pub const STEP_PATIENCE: Duration = Duration::from_secs(10);

/// Recurring work. A step calls one verb of the domain inside the transaction that also counts it; what it does must
/// be found from data, so that a step that is repeated finds nothing left to do.
pub trait Job: Send + Sync + 'static {
    /// Does a bounded part of the work of a turn.
    ///
    /// # Errors
    /// Whatever went wrong: the step is undone, and the run tried again later.
    fn step<'t>(&'t self, tx: &'t mut Tx, turn: Turn) -> BoxFuture<'t, Result<Step, JobFault>>;

    /// Work on files that no transaction could hold, for the few jobs that do such: it takes the place of the steps. The
    /// lease is renewed meanwhile, and the end is written under the fencing number. `None` for all others.
    fn outside(&self, _db: &Db, _turn: Turn) -> Option<BoxFuture<'static, Result<Step, JobFault>>> {
        None
    }

    /// How many recipients would have been reached by all turns up to `at`, as the data stands now; `None` when a turn
    /// at `at` would hold back.
    ///
    /// # Errors
    /// When the database refuses.
    fn reach<'t>(&'t self, _tx: &'t mut Tx, _at: DateTime<Utc>) -> BoxFuture<'t, Result<Option<i64>, JobFault>> {
        Box::pin(async { Ok(Some(0)) })
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The instant the run is for; it may lie in the past.
    pub due_at: DateTime<Utc>,
    /// The present.
    pub now: DateTime<Utc>,
}

/// What a step did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// Things done: mails queued, tickets closed.
    pub effects: i64,
    /// Whether there may be more to do in this turn; then another step follows in its own transaction.
    pub more: bool,
    /// What people read beside the run.
    pub note: Option<String>,
}

impl Step {
    /// The whole turn is done.
    pub fn done(effects: i64) -> Self {
        Self { effects, more: false, note: None }
    }

    /// A step of at most `limit` things: as many done means there may be more.
    pub fn of_at_most(limit: i64, effects: i64) -> Self {
        Self { effects, more: effects >= limit, note: None }
    }

    /// The same with a note.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// Why a step did not happen. All it wrote was undone.
#[derive(Debug, thiserror::Error)]
pub enum JobFault {
    /// The lease had ended and another process took the run: its number is newer than ours (REL-015).
    #[error("another process took this run over")]
    Lost,
    /// The step did not end in time.
    #[error("a step took longer than it may")]
    TooSlow,
    /// The number of recipients is unusual: it waits for people.
    #[error(
        "held: it would reach {reach} where at most {usual} are usual; try it again from the page of the jobs if that is right"
    )]
    Held {
        /// How many it would reach.
        reach: i64,
        /// How many are usual.
        usual: i64,
    },
    /// The domain refused.
    #[error("{0}")]
    Refused(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<ActError> for JobFault {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Db(error) => Self::Db(error),
            refused => Self::Refused(refused.to_string()),
        }
    }
}

/// A schedule that this process can work.
#[derive(Clone)]
pub struct Schedule {
    /// Its name, also the job's.
    pub name: &'static str,
    /// When it is due.
    pub cron: Cron,
    /// The same as text.
    pub pattern: &'static str,
    /// What is made up for after downtime.
    pub catch_up: CatchUp,
    /// How long one step may take.
    pub patience: Duration,
    /// The work.
    pub job: Arc<dyn Job>,
}

impl Schedule {
    /// A schedule whose steps may take [`STEP_PATIENCE`].
    ///
    /// # Errors
    /// When the pattern is none.
    pub fn new(
        name: &'static str,
        pattern: &'static str,
        catch_up: CatchUp,
        job: Arc<dyn Job>,
    ) -> Result<Self, CronFault> {
        Ok(Self { name, cron: Cron::parse(pattern)?, pattern, catch_up, patience: STEP_PATIENCE, job })
    }
}

impl std::fmt::Debug for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Schedule").field("name", &self.name).field("pattern", &self.pattern).finish_non_exhaustive()
    }
}
