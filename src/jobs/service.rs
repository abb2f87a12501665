//! Work that goes on all the time: delivery, inbox, matching, index. Each is a loop with a name that is woken when
//! something was written and looks by itself at least every `interval`. A panic or an error of one turn is contained,
//! written down where staff see it, and tried again ever more slowly.

use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Stop;
use crate::platform::clock::Clock;
use crate::platform::db::{Db, DbError, Tx, dialect::db_now};
use crate::platform::queue::services;

/// How long one turn may take before it is cut off.
const PATIENCE: Duration = Duration::from_secs(600);
/// The longest pause after errors.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The longest rest after a turn that took long.
const LONGEST_REST: Duration = Duration::from_secs(10);
/// How often an idle service gives a sign of life, and how often a busy one counts what it did.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// How much of an error is kept.
const ERROR_CHARS: usize = 500;

/// What every service needs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Means {
    /// Where signs of life are written.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Rung when something was written that a service may wait for.
    pub wake: Arc<Notify>,
    /// The stop.
    pub stop: Stop,
}

/// When a service looks.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// At least this often, rung or not.
    pub interval: Duration,
    /// How long it rests after a turn that did something, so that under load one turn does the work of many.
    pub rest: Duration,
    /// Rests at least this many times as long as the turn took, up to [`LONGEST_REST`]: what costs much is done more
    /// rarely, and more of it at once.
    pub rest_per_turn: u32,
}

/// Runs a service until the stop. `work` does what there is to do and returns how many things it did; while that is
/// not zero it is called again after a rest. A turn that has begun is finished before the stop.
pub async fn run<F, Fut, E>(means: Means, name: impl Into<Arc<str>>, pace: Pace, mut work: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<u64, E>>,
    E: Display,
{
    let name: Arc<str> = name.into();
    let mut log = Log::default();
    let mut errors = 0;
    while !means.stop.has_begun() {
        // Armed before the work, so that a ring during it is not missed.
        let woken = means.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        let begun = Instant::now();
        let pause = match once(&mut work).await {
            Ok(0) => {
                errors = 0;
                log.went_well(&means, &name, 0).await;
                pace.interval
            }
            Ok(done) => {
                errors = 0;
                let rest = pace.rest.max((begun.elapsed() * pace.rest_per_turn).min(LONGEST_REST));
                log.went_well(&means, &name, done).await;
                tokio::select! {
                    () = tokio::time::sleep(rest) => {}
                    () = means.stop.begun() => {}
                }
                continue;
            }
            Err(why) => {
                errors += 1;
                log.went_wrong(&means, &name, &why).await;
                pause_after(errors, pace.interval)
            }
        };
        tokio::select! {
            () = woken, if errors == 0 => {}
            () = tokio::time::sleep(pause) => {}
            () = means.stop.begun() => {}
        }
    }
    log.flush(&means, &name).await;
}

async fn once<F, Fut, E>(work: &mut F) -> Result<u64, String>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<u64, E>>,
    E: Display,
{
    // The call itself stands inside, so that a panic before the first await is caught too.
    let turn = AssertUnwindSafe(async { work().await }).catch_unwind();
    match tokio::time::timeout(PATIENCE, turn).await {
        Ok(Ok(Ok(done))) => Ok(done),
        Ok(Ok(Err(error))) => Err(error.to_string().chars().take(ERROR_CHARS).collect()),
        Ok(Err(_panic)) => Err("it stopped by itself (a programming error); it goes on".to_owned()),
        Err(_elapsed) => Err(format!("it took longer than {} s and was cut off", PATIENCE.as_secs())),
    }
}

/// 1, 2, 4 … 60 times the interval's second, never shorter than the interval.
fn pause_after(errors: u32, interval: Duration) -> Duration {
    Duration::from_secs(1 << errors.saturating_sub(1).min(6)).min(LONGEST_PAUSE).max(interval)
}

/// What has been written down, so that a service that does nothing writes next to nothing.
#[derive(Debug, Default)]
struct Log {
    told_at: Option<Instant>,
    was_wrong: bool,
    done: u64,
}

impl Log {
    async fn went_well(&mut self, means: &Means, name: &Arc<str>, done: u64) {
        self.done += done;
        let every = if self.done > 0 { COUNT_EVERY } else { SIGN_OF_LIFE };
        if self.was_wrong || self.told_at.is_none_or(|at| at.elapsed() >= every) {
            self.flush(means, name).await;
        }
    }

    async fn flush(&mut self, means: &Means, name: &Arc<str>) {
        let (clock, service, done) =
            (means.clock.clone(), Arc::clone(name), i64::try_from(self.done).unwrap_or(i64::MAX));
        let stored = means
            .db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                services::went_well(tx, &service, done, now).await
            })
            .await;
        if self.stored(name, stored) {
            self.done = 0;
            self.was_wrong = false;
        }
    }

    async fn went_wrong(&mut self, means: &Means, name: &Arc<str>, why: &str) {
        tracing::warn!(service = %name, %why, "a service failed; it is tried again");
        let (clock, service, why) = (means.clock.clone(), Arc::clone(name), why.to_owned());
        let stored = means
            .db
            .write(async move |tx: &mut Tx| {
                let now = db_now(tx, &clock).await?;
                services::went_wrong(tx, &service, &why, now).await
            })
            .await;
        self.stored(name, stored);
        self.was_wrong = true;
    }

    fn stored(&mut self, name: &str, stored: Result<(), DbError>) -> bool {
        match stored {
            Ok(()) => {
                self.told_at = Some(Instant::now());
                true
            }
            Err(error) => {
                tracing::warn!(service = %name, %error, "a sign of life could not be stored");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_a_minute() {
        let second = Duration::from_secs(1);
        let pauses: Vec<_> = [1, 2, 3, 7, 100].map(|n| pause_after(n, second).as_secs()).into();
        assert_eq!(pauses, [1, 2, 4, 60, 60]);
        assert_eq!(pause_after(1, Duration::from_secs(5)).as_secs(), 5);
    }
}
