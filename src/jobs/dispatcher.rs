//! Finds what is due and works it. Any number of processes may do so at the same time on PostgreSQL; whoever claims a
//! run first works it, and what a killed one left is taken over when its lease ends.

use std::sync::Arc;

use chrono::Duration;
use futures::future::{BoxFuture, join_all};

use super::{JobFault, Schedule, Step, Stop, Turn};
use crate::platform::clock::Clock;
use crate::platform::db::{Db, DbError, Tx, dialect::db_now};
use crate::platform::queue::guard;
use crate::platform::queue::store::{self, Run};
use crate::platform::queue::{ATTEMPTS, Claim, RunId, back_off, walk};

/// Runs of different schedules worked at the same time, so that a slow one does not hold the others up.
const LANES: usize = 4;
/// After this long a run that no process knows is shown as failed.
const UNKNOWN_AFTER: Duration = Duration::hours(24);
/// How often the lease of work outside of a transaction is renewed: a quarter of it.
const RENEWED_EACH: std::time::Duration = std::time::Duration::from_secs(15);
/// How much of an error is kept.
const NOTE_CHARS: usize = 500;

/// Works schedules. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    db: Db,
    clock: Clock,
    owner: Arc<str>,
    schedules: Arc<[Schedule]>,
    stop: Stop,
}

/// What became of a claimed run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its effects and its end are stored.
    Done,
    /// It will be tried again.
    Again,
    /// It was given up and waits for people.
    Failed,
    /// Another process had taken it over; nothing of ours was stored.
    Lost,
    /// The desk is stopping: it was given back.
    Released,
}

/// Why a run that a person asked for did not start.
#[derive(Debug, thiserror::Error)]
pub enum RunNowFault {
    /// No such job.
    #[error("there is no job \"{0}\"; see `madoguchi jobs list`")]
    Unknown(String),
    /// It is being worked at this moment, or earlier runs of it come first.
    #[error("{0} is at work already; try again when it has ended")]
    Busy(String),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Dispatcher {
    /// A dispatcher for these schedules. `owner` names the process in the leases it holds.
    pub fn new(db: Db, clock: Clock, owner: &str, schedules: Vec<Schedule>, stop: Stop) -> Self {
        Self { db, clock, owner: owner.into(), schedules: schedules.into(), stop }
    }

    /// The schedules it knows.
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// Writes its schedules down, once at start. A new one begins now; of a known one the pattern is brought up to date
    /// and what was due while nobody worked stays due. Runs that no process knows for a day are parked.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn register(&self) -> Result<(), DbError> {
        let (clock, schedules) = (self.clock.clone(), Arc::clone(&self.schedules));
        self.db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                for schedule in schedules.iter() {
                    store::register(tx, schedule.name, schedule.pattern, schedule.catch_up, now).await?;
                }
                let known: Vec<_> = schedules.iter().map(|s| s.name).collect();
                store::park_unknown(tx, &known, now - UNKNOWN_AFTER, now).await?;
                Ok::<_, DbError>(())
            })
            .await
    }

    /// Works everything that is due now; returns how many runs were done.
    ///
    /// # Errors
    /// When the database refuses; what was claimed is found again when its lease ends.
    pub async fn run_due(&self) -> Result<usize, DbError> {
        let mut done = 0;
        loop {
            let fresh = self.walk().await?;
            let lanes = join_all((0..LANES).map(|_| self.lane())).await;
            for lane in lanes {
                done += lane?;
            }
            if fresh == 0 || self.stop.has_begun() {
                return Ok(done);
            }
        }
    }

    /// Makes a run of every instant that has become due; returns how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn walk(&self) -> Result<usize, DbError> {
        // Looked up in a read first, so that an idle desk writes nothing.
        let mut tx = self.db.read().await?;
        let now = db_now(&mut tx, &self.clock).await?;
        let rows = store::schedules(&mut tx).await?;
        drop(tx);
        let mut fresh = 0;
        for schedule in self.schedules.iter() {
            let is_due = rows.iter().any(|row| {
                row.name == schedule.name
                    && row.is_enabled
                    && schedule.cron.next(row.walked_to).is_some_and(|due| due <= now)
            });
            if is_due {
                let (schedule, clock) = (schedule.clone(), self.clock.clone());
                fresh += self
                    .db
                    .write(async move |tx: &mut Tx| {
                        let now = db_now(tx, &clock).await?;
                        walk(tx, schedule.name, &schedule.cron, schedule.catch_up, now).await
                    })
                    .await?;
            }
        }
        Ok(fresh)
    }

    /// Claims and works one run after the other until none is left.
    async fn lane(&self) -> Result<usize, DbError> {
        let mut done = 0;
        while !self.stop.has_begun() {
            let Some(claim) = self.claim(None).await? else { break };
            if self.work(claim).await == Outcome::Done {
                done += 1;
            }
        }
        Ok(done)
    }

    /// Claims the next run that is due, or the run `only`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn claim(&self, only: Option<RunId>) -> Result<Option<Claim>, DbError> {
        let mut tx = self.db.read().await?;
        let now = db_now(&mut tx, &self.clock).await?;
        let is_open = store::anything_open(&mut tx, now).await?;
        drop(tx);
        if !is_open {
            return Ok(None);
        }
        let (clock, owner, schedules) = (self.clock.clone(), Arc::clone(&self.owner), Arc::clone(&self.schedules));
        self.db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                let known: Vec<_> = schedules.iter().map(|s| s.name).collect();
                store::claim(tx, &known, only, &owner, now).await
            })
            .await
    }

    /// Works a claimed run, step by step, each in its own transaction.
    pub async fn work(&self, claim: Claim) -> Outcome {
        let Some(schedule) = self.schedules.iter().find(|s| s.name == claim.schedule) else {
            return self.failed(&claim, "this process does not know the job").await;
        };
        if store::is_exhausted(&claim) {
            return self.failed(&claim, "every process that worked it ended before it did").await;
        }
        let turn = Turn { due_at: claim.due_at, now: self.clock.now() };
        if let Some(work) = schedule.job.outside(&self.db, turn) {
            return match self.outside(&claim, work).await {
                Ok(()) => Outcome::Done,
                Err(JobFault::Lost) => Outcome::Lost,
                Err(fault) => self.failed(&claim, &fault.to_string()).await,
            };
        }
        loop {
            if self.stop.has_begun() {
                return self.released(&claim).await;
            }
            match self.step(schedule, &claim).await {
                Ok(true) => {}
                Ok(false) => return Outcome::Done,
                Err(JobFault::Lost) => {
                    tracing::warn!(job = %claim.schedule, run = %claim.id, "a late step was refused; another process has the run");
                    return Outcome::Lost;
                }
                Err(fault @ JobFault::Held { .. }) => return self.held(&claim, &fault.to_string()).await,
                Err(fault) => return self.failed(&claim, &fault.to_string()).await,
            }
        }
    }

    /// One step and its count in one transaction; true when more follows. The claim is held from the first statement
    /// (on PostgreSQL by the row's lock) and checked again in the last, so that effects are stored under the current
    /// fencing number or not at all.
    async fn step(&self, schedule: &Schedule, claim: &Claim) -> Result<bool, JobFault> {
        let (clock, schedule, claim) = (self.clock.clone(), schedule.clone(), claim.clone());
        self.db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                if !store::renew(tx, &claim, now).await? {
                    return Err(JobFault::Lost);
                }
                let turn = Turn { due_at: claim.due_at, now: clock.now() };
                held(tx, &schedule, &claim, turn).await?;
                let step = tokio::time::timeout(schedule.patience, schedule.job.step(tx, turn));
                let step = step.await.map_err(|_| JobFault::TooSlow)??;
                let now = db_now(tx, &clock).await?;
                if !store::finish_step(tx, &claim, step.effects, step.note.as_deref(), !step.more, now).await? {
                    return Err(JobFault::Lost);
                }
                Ok(step.more)
            })
            .await
    }

    /// Work outside of a transaction: the lease is renewed while it goes on, and given up with it when another process has
    /// the run.
    async fn outside(&self, claim: &Claim, work: BoxFuture<'static, Result<Step, JobFault>>) -> Result<(), JobFault> {
        // In a task of its own, so that a panic is its own; dropping the handle of a lost run ends it.
        let mut work = AbortOnDrop(tokio::spawn(work));
        let step = loop {
            tokio::select! {
                ended = &mut work.0 => break ended.map_err(|_| JobFault::Refused("it stopped by itself".into()))??,
                () = tokio::time::sleep(RENEWED_EACH) => {
                    let (clock, claim) = (self.clock.clone(), claim.clone());
                    let renewed = self.db.write::<_, DbError, _>(async move |tx: &mut Tx| {
                        let now = db_now(tx, &clock).await?;
                        store::renew(tx, &claim, now).await
                    });
                    if !renewed.await? {
                        return Err(JobFault::Lost);
                    }
                }
            }
        };
        let (clock, claim) = (self.clock.clone(), claim.clone());
        let finish = async move |tx: &mut Tx| {
            let now = db_now(tx, &clock).await?;
            store::finish_step(tx, &claim, step.effects, step.note.as_deref(), true, now).await
        };
        if self.db.write::<_, DbError, _>(finish).await? { Ok(()) } else { Err(JobFault::Lost) }
    }

    async fn failed(&self, claim: &Claim, why: &str) -> Outcome {
        self.given_up(claim, why, claim.attempts >= ATTEMPTS).await
    }

    /// To try again by itself would not make it more usual.
    async fn held(&self, claim: &Claim, why: &str) -> Outcome {
        self.given_up(claim, why, true).await
    }

    async fn given_up(&self, claim: &Claim, why: &str, is_last: bool) -> Outcome {
        let why: String = why.chars().take(NOTE_CHARS).collect();
        tracing::warn!(job = %claim.schedule, run = %claim.id, attempt = claim.attempts, given_up = is_last, %why, "a run failed");
        let (clock, claim) = (self.clock.clone(), claim.clone());
        let stored = self
            .db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                let again_at = (!is_last).then(|| now + back_off(claim.attempts));
                store::fail(tx, &claim, &why, again_at, now).await
            })
            .await;
        if let Err(error) = stored {
            tracing::error!(%error, "the failure could not be written down; the run is found again when its lease ends");
        }
        if is_last { Outcome::Failed } else { Outcome::Again }
    }

    async fn released(&self, claim: &Claim) -> Outcome {
        let (clock, claim) = (self.clock.clone(), claim.clone());
        let released = self
            .db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                store::release(tx, &claim, now).await
            })
            .await;
        if let Err(error) = released {
            tracing::warn!(%error, "a run could not be given back; it is found again when its lease ends");
        }
        Outcome::Released
    }

    /// Runs a job now, because a person asks for it, and waits for its end.
    ///
    /// # Errors
    /// When there is no such job, or it is at work already.
    pub async fn run_now(&self, name: &str, note: &str) -> Result<Run, RunNowFault> {
        let Some(schedule) = self.schedules.iter().find(|s| s.name == name) else {
            return Err(RunNowFault::Unknown(name.to_owned()));
        };
        let (clock, schedule_name, note) = (self.clock.clone(), schedule.name, note.to_owned());
        let asked = self
            .db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                store::insert_asked(tx, schedule_name, now, &note).await
            })
            .await?;
        let busy = || RunNowFault::Busy(name.to_owned());
        let id = asked.ok_or_else(busy)?;
        if let Some(claim) = self.claim(Some(id)).await? {
            self.work(claim).await;
        }
        let mut tx = self.db.read().await?;
        store::find(&mut tx, id).await?.ok_or_else(busy)
    }
}

/// A task that does not outlive whoever waits for it.
struct AbortOnDrop(tokio::task::JoinHandle<Result<Step, JobFault>>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The jump guard: a run whose number of recipients is unusual waits for people. One that a person asked for, or tries
/// again, has a note and goes on; so has one that was held before and tried again.
async fn held(tx: &mut Tx, schedule: &Schedule, claim: &Claim, turn: Turn) -> Result<(), JobFault> {
    let is_fresh = store::find(tx, claim.id).await?.is_some_and(|run| run.note.is_empty() && run.effects == 0);
    if !is_fresh || claim.attempts > 1 {
        return Ok(());
    }
    let reach = schedule.job.reach(tx, turn.now).await?.unwrap_or(0);
    if reach <= guard::FLOOR {
        return Ok(());
    }
    let usual = guard::usual(tx, schedule.name).await?;
    if reach > usual { Err(JobFault::Held { reach, usual }) } else { Ok(()) }
}
