//! What wakes the dispatcher: tokio-cron-scheduler every five seconds, and a plain interval beside it. Neither decides
//! anything. Each has its own way to fall silent (the first when the clock is set back, references/reliability.md §2),
//! so a watchdog compares them and says so on the service `clock`.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use super::{Dispatcher, Stop};
use crate::platform::clock::Clock;
use crate::platform::db::{Db, DbError, Tx, dialect::db_now};
use crate::platform::queue::proof::{self, Check};
use crate::platform::queue::services;

/// Name of the clock among the services.
pub const SERVICE: &str = "clock";
/// Every five seconds.
const PATTERN: &str = "*/5 * * * * *";
const INTERVAL: Duration = Duration::from_secs(5);
/// How long a source may be silent before the watchdog says so.
const SILENCE: Duration = Duration::from_secs(30);
/// How often the clock gives a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
/// How far this machine's clock may stand from the database's.
const APART: chrono::Duration = chrono::Duration::seconds(2);

/// Who rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// tokio-cron-scheduler.
    Cron,
    /// The plain interval.
    Interval,
}

/// The bell.
#[derive(Debug)]
pub struct Bell {
    rung: Notify,
    start: Instant,
    /// Milliseconds after `start` of the last ring of each source.
    cron: AtomicU64,
    interval: AtomicU64,
}

impl Bell {
    /// A bell that has not rung; silence is counted from now.
    pub fn new(now: Instant) -> Self {
        Self { rung: Notify::new(), start: now, cron: AtomicU64::new(0), interval: AtomicU64::new(0) }
    }

    /// Rings.
    pub fn ring(&self, source: Source, now: Instant) {
        let at = u64::try_from(now.duration_since(self.start).as_millis()).unwrap_or(u64::MAX);
        self.of(source).store(at, Ordering::Relaxed);
        self.rung.notify_one();
    }

    /// Returns at the next ring, at once when it rang since the last call.
    pub async fn rung(&self) {
        self.rung.notified().await;
    }

    /// What the watchdog says: a sentence when a source has been silent too long.
    pub fn silence(&self, now: Instant) -> Option<String> {
        [(Source::Cron, "the cron scheduler"), (Source::Interval, "the interval")].into_iter().find_map(
            |(source, name)| {
                let last = self.start + Duration::from_millis(self.of(source).load(Ordering::Relaxed));
                let silent = now.saturating_duration_since(last);
                (silent > SILENCE)
                    .then(|| format!("{name} has not rung for {} s; the other one wakes the jobs", silent.as_secs()))
            },
        )
    }

    fn of(&self, source: Source) -> &AtomicU64 {
        match source {
            Source::Cron => &self.cron,
            Source::Interval => &self.interval,
        }
    }
}

/// Works what is due at every ring, until the stop. Whatever happens to one turn, the next ring comes.
pub async fn run(db: Db, clock: Clock, dispatcher: Dispatcher, stop: Stop) {
    let bell = Arc::new(Bell::new(Instant::now()));
    let mut scheduler = match cron(&bell).await {
        Ok(scheduler) => Some(scheduler),
        Err(error) => {
            tracing::error!(%error, "the cron scheduler does not start; the interval wakes the jobs");
            None
        }
    };
    let interval = tokio::spawn(interval(Arc::clone(&bell)));
    let mut is_registered = false;
    let mut told = Told::default();
    while !stop.has_begun() {
        let turn = AssertUnwindSafe(turn(&dispatcher, &mut is_registered)).catch_unwind().await;
        let fault = match turn {
            Ok(Ok(())) => bell.silence(Instant::now()),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_panic) => Some("a turn of the clock stopped by itself".to_owned()),
        };
        told.tell(&db, &clock, fault).await;
        tokio::select! {
            () = bell.rung() => {}
            () = stop.begun() => {}
        }
    }
    interval.abort();
    if let Some(scheduler) = &mut scheduler {
        let _ = scheduler.shutdown().await;
    }
}

async fn turn(dispatcher: &Dispatcher, is_registered: &mut bool) -> Result<(), DbError> {
    if !*is_registered {
        dispatcher.register().await?;
        *is_registered = true;
    }
    dispatcher.run_due().await?;
    Ok(())
}

/// The first source. Its whole body is to ring (never a deadline in its closures, never its stores, never `new_repeated`).
async fn cron(bell: &Arc<Bell>) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let bell = Arc::clone(bell);
    scheduler
        .add(Job::new_async(PATTERN, move |_, _| {
            let bell = Arc::clone(&bell);
            Box::pin(async move { bell.ring(Source::Cron, Instant::now()) })
        })?)
        .await?;
    scheduler.start().await?;
    Ok(scheduler)
}

/// The second source.
async fn interval(bell: Arc<Bell>) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        bell.ring(Source::Interval, Instant::now());
    }
}

/// What was last written down about the clock, so that it is written only when it changes, and now and then.
#[derive(Debug, Default)]
struct Told {
    at: Option<Instant>,
    fault: Option<String>,
}

impl Told {
    async fn tell(&mut self, db: &Db, clock: &Clock, fault: Option<String>) {
        let changed = self.fault.is_some() != fault.is_some();
        let is_old = self.at.is_none_or(|at| at.elapsed() >= SIGN_OF_LIFE);
        if !changed && !is_old {
            return;
        }
        if let Some(fault) = &fault {
            tracing::error!(%fault, "the clock is degraded");
        }
        let (clock, said) = (clock.clone(), fault.clone());
        let stored = db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                let apart = now - clock.now();
                let check =
                    Check { at: now, ahead_ms: -apart.num_milliseconds(), is_synchronised: proof::is_synchronised() };
                proof::note(tx, SERVICE, check).await?;
                match said {
                    Some(fault) => services::went_wrong(tx, SERVICE, &fault, now).await,
                    None if apart.abs() > APART => {
                        let fault =
                            format!("this machine's clock stands {} s from the database's", apart.num_seconds());
                        services::went_wrong(tx, SERVICE, &fault, now).await
                    }
                    None => services::went_well(tx, SERVICE, 0, now).await,
                }
            })
            .await;
        match stored {
            Ok(()) => *self = Self { at: Some(Instant::now()), fault },
            Err(error) => tracing::warn!(%error, "the clock's sign of life could not be stored"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_watchdog_names_the_source_that_fell_silent() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let bell = Bell::new(start);
        assert_eq!(bell.silence(at(29)), None);
        bell.ring(Source::Interval, at(40));
        assert!(bell.silence(at(41)).unwrap().starts_with("the cron scheduler has not rung for 41 s"));
        bell.ring(Source::Cron, at(41));
        assert_eq!(bell.silence(at(42)), None);
        assert!(bell.silence(at(71)).unwrap().starts_with("the interval"));
        bell.rung().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_cron_scheduler_and_the_interval_ring_the_same_bell() {
        let bell = Arc::new(Bell::new(Instant::now()));
        let mut scheduler = cron(&bell).await.unwrap();
        let interval = tokio::spawn(interval(Arc::clone(&bell)));
        while bell.cron.load(Ordering::Relaxed) == 0 {
            bell.rung().await;
        }
        interval.abort();
        scheduler.shutdown().await.unwrap();
    }
}
