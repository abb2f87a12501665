//! Plays a span of time on a scratch copy of the desk: the clock jumps from due to due, the real dispatcher, matching
//! and delivery do their work, and mail ends in a folder. Then it is counted what was sent, missed or done twice.

mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;

use super::{Dispatcher, Schedule, Stop, schedules, stop};
use crate::desk::Context;
use crate::desk::flows::season::{self, Wish};
use crate::desk::ticket::actions::ActError;
use crate::desk::ticket::link;
use crate::mail::out::Mailer;
use crate::platform::clock::jst;
use crate::platform::db::{Db, DbError, Tx};
use crate::platform::outbox;
use crate::platform::queue::store::{self as queue, Run};
use crate::platform::queue::{CatchUp, CronFault, RunState};

/// What is played.
#[derive(Debug, Clone)]
pub struct Span {
    /// First instant played.
    pub from: DateTime<Utc>,
    /// First instant no longer played.
    pub until: DateTime<Utc>,
    /// How many seconds of the span go by in a second; `None`: as fast as it can.
    pub speed: Option<f64>,
    /// When nobody works: what is due then is made up for at its end, as after a real downtime.
    pub down: Vec<Range<DateTime<Utc>>>,
    /// When the clock is put forward or back, and by how much.
    pub jumps: Vec<(DateTime<Utc>, chrono::Duration)>,
    /// When somebody changes the season, and how; those who were told of an old date are sent a correction. What the
    /// editor of the season would refuse is not done.
    pub changes: Vec<(DateTime<Utc>, Wish)>,
}

impl Span {
    /// A span in which nothing out of the ordinary happens.
    pub fn still(from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self { from, until, speed: None, down: Vec::new(), jumps: Vec::new(), changes: Vec::new() }
    }
}

/// One run that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Played {
    /// The job.
    pub job: &'static str,
    /// The instant it was for, in Japan Standard Time.
    pub due_at: DateTime<FixedOffset>,
    /// How many people or tickets it reached.
    pub recipients: i64,
    /// How many mails it queued.
    pub sent: i64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Runs that were done.
    pub runs: usize,
    /// Mails that left for the folder, those included that waited when the span began.
    pub sent: usize,
    /// Instants of the span that were due and whose work was not done.
    pub missed: usize,
    /// Effects that one person or ticket got a second time from the same job.
    pub doubled: i64,
}

/// The rehearsal stopped.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// A schedule of the code is wrong.
    #[error(transparent)]
    Cron(#[from] CronFault),
    /// The copy.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A change of the season.
    #[error(transparent)]
    Change(#[from] ActError),
}

/// Plays a span of the schedules of the house. `db` is a copy that may be changed at will, `ctx` has a manual clock,
/// `mailer` ends in a folder. Each run is told to `tell` when it is done.
///
/// # Errors
/// When the copy refuses.
pub async fn play(
    db: &Db,
    ctx: &Context,
    mailer: &Mailer,
    span: &Span,
    tell: impl FnMut(Played),
) -> Result<Report, RehearsalError> {
    // What works on files would work on those of the real desk.
    let played = schedules(ctx)?.into_iter().filter(|schedule| is_played(schedule.name)).collect();
    play_schedules(db, ctx, mailer, played, span, tell).await
}

/// Whether a job is played: copies and the search index are files of the real desk, not rows of the copy.
pub fn is_played(job: &str) -> bool {
    !["backup", "index_check"].contains(&job)
}

/// As [`play`], with other schedules.
///
/// # Errors
/// As [`play`].
pub async fn play_schedules(
    db: &Db,
    ctx: &Context,
    mailer: &Mailer,
    schedules: Vec<Schedule>,
    span: &Span,
    mut tell: impl FnMut(Played),
) -> Result<Report, RehearsalError> {
    let (_running, stop) = stop::pair();
    let stage = Stage { db, ctx, mailer, schedules: &schedules, stop };
    ctx.clock.set(span.from);
    let before = stage.prepare(span.from).await?;
    let workers = stage.workers();
    let (mut report, mut done, mut told) = (Report::default(), Done::new(), BTreeSet::new());
    let (mut at, mut worked_to) = (span.from, span.from - chrono::Duration::microseconds(1));
    let mut ahead = Ahead::of(span);
    loop {
        at = ahead.jumped(at);
        // Put back, the clock comes to the same instants again.
        worked_to = worked_to.min(at - chrono::Duration::microseconds(1));
        ctx.clock.set(at);
        for wish in ahead.changes_until(at) {
            stage.change(wish).await?;
        }
        while link::match_pending(db, at).await? > 0 {}
        let is_retry = queue::next_ready(&mut db.read().await?).await?.is_some_and(|ready| ready <= at);
        let is_due = |schedule: &Schedule| schedule.cron.next(worked_to).is_some_and(|due| due <= at);
        for worker in workers.iter().filter(|worker| is_retry || worker.schedules().iter().any(is_due)) {
            for (run, played) in stage.turn(worker).await? {
                if !told.insert(run) {
                    continue;
                }
                done.entry(played.job).or_default().insert(played.due_at.with_timezone(&Utc));
                report.runs += 1;
                tell(played);
            }
        }
        report.sent += stage.deliver().await?;
        let next = stage.next(at).await?.into_iter().chain(ahead.next(at)).min();
        let Some(next) = next.filter(|next| *next < span.until) else { break };
        // Whoever is down when something is due finds it when they come back.
        let next = span.down.iter().find(|down| down.contains(&next)).map_or(next, |down| down.end);
        if next >= span.until {
            break;
        }
        wait(next - at, span.speed).await;
        (worked_to, at) = (at, next);
    }
    report.missed = missed(&schedules, span, &done);
    report.doubled = store::doubled(&mut db.read().await?, before).await?;
    Ok(report)
}

/// The instants each job was done for.
type Done = BTreeMap<&'static str, BTreeSet<DateTime<Utc>>>;

/// What is to happen out of the ordinary and has not yet.
struct Ahead {
    jumps: Vec<(DateTime<Utc>, chrono::Duration)>,
    changes: Vec<(DateTime<Utc>, Wish)>,
}

impl Ahead {
    fn of(span: &Span) -> Self {
        let (mut jumps, mut changes) = (span.jumps.clone(), span.changes.clone());
        jumps.sort_by_key(|(at, _)| *at);
        changes.sort_by_key(|(at, _)| *at);
        Self { jumps, changes }
    }

    /// The instant that the clock shows after the jumps that are due; each happens once.
    fn jumped(&mut self, at: DateTime<Utc>) -> DateTime<Utc> {
        let due = self.jumps.iter().take_while(|(due, _)| *due <= at).count();
        self.jumps.drain(..due).fold(at, |at, (_, by)| at + by)
    }

    fn changes_until(&mut self, at: DateTime<Utc>) -> Vec<Wish> {
        let due = self.changes.iter().take_while(|(due, _)| *due <= at).count();
        self.changes.drain(..due).map(|(_, wish)| wish).collect()
    }

    fn next(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let all = self.jumps.iter().map(|(at, _)| *at).chain(self.changes.iter().map(|(at, _)| *at));
        all.filter(|at| *at > after).min()
    }
}

/// What the play is played with.
struct Stage<'a> {
    db: &'a Db,
    ctx: &'a Context,
    mailer: &'a Mailer,
    schedules: &'a [Schedule],
    stop: Stop,
}

impl Stage<'_> {
    /// Writes the schedules down and lets each begin at `from`.
    async fn prepare(&self, from: DateTime<Utc>) -> Result<store::Marks, DbError> {
        self.dispatcher(self.schedules.to_vec()).register().await?;
        self.db.write::<_, DbError, _>(async move |tx: &mut Tx| queue::begin_again(tx, from).await).await?;
        store::marks(&mut self.db.read().await?).await
    }

    fn dispatcher(&self, schedules: Vec<Schedule>) -> Dispatcher {
        Dispatcher::new(self.db.clone(), self.ctx.clock.clone(), "rehearsal", schedules, self.stop.clone())
    }

    /// A dispatcher for each schedule, so that what a run leaves behind can be told from what another does at the same
    /// instant.
    fn workers(&self) -> Vec<Dispatcher> {
        self.schedules.iter().map(|schedule| self.dispatcher(vec![schedule.clone()])).collect()
    }

    /// Works what is due of one schedule now.
    async fn turn(&self, worker: &Dispatcher) -> Result<Vec<(i64, Played)>, DbError> {
        let Some(name) = worker.schedules().first().map(|schedule| schedule.name) else { return Ok(Vec::new()) };
        let before = store::marks(&mut self.db.read().await?).await?;
        if worker.run_due().await? == 0 {
            return Ok(Vec::new());
        }
        let mut tx = self.db.read().await?;
        let ended = queue::ended_since(&mut tx, self.ctx.now()).await?;
        let mut mails = store::mails_since(&mut tx, before).await?;
        let is_done = |run: &Run| run.state == RunState::Done && run.schedule == name;
        let played = ended.into_iter().filter(is_done).map(|run| {
            // Of several that were made up for at once, the first told carries the mails.
            let sent = std::mem::take(&mut mails);
            let due_at = run.due_at.with_timezone(&jst());
            (run.id.0, Played { job: name, due_at, recipients: run.effects, sent })
        });
        Ok(played.collect())
    }

    /// Changes the season as a person would, unless the editor refuses.
    async fn change(&self, wish: Wish) -> Result<(), ActError> {
        let ctx = self.ctx.clone();
        let write = async move |tx: &mut Tx| {
            let effect = season::effect(tx, &wish, ctx.now()).await?;
            if !effect.is_refused() {
                season::apply(tx, &ctx, &effect, None, true).await?;
            }
            Ok(())
        };
        self.db.write(write).await
    }

    async fn deliver(&self) -> Result<usize, DbError> {
        let mut sent = 0;
        loop {
            let round = self.mailer.deliver_due(self.db, &self.ctx.clock).await?;
            sent += round.sent;
            if round.total() == 0 {
                return Ok(sent);
            }
        }
    }

    /// The next instant at which anything happens by itself.
    async fn next(&self, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbError> {
        let mut tx = self.db.read().await?;
        let (run, mail) = (queue::next_ready(&mut tx).await?, outbox::next_due(&mut tx).await?);
        let due = self.schedules.iter().filter_map(|schedule| schedule.cron.next(after));
        Ok(due.chain(run).chain(mail).filter(|at| *at > after).min())
    }
}

/// Instants of the span that were due and have no run that did their work. What fell into a downtime may be stood for
/// by a later run, as the schedule's policy says.
fn missed(schedules: &[Schedule], span: &Span, done: &Done) -> usize {
    let nothing = BTreeSet::new();
    let is_missed = |schedule: &Schedule, due: DateTime<Utc>| {
        let done = done.get(schedule.name).unwrap_or(&nothing);
        let stands_for_it = match schedule.catch_up {
            _ if !span.down.iter().any(|down| down.contains(&due)) => false,
            CatchUp::Each => false,
            CatchUp::Last => done.range(due..).next().is_some(),
            CatchUp::None => true,
        };
        !done.contains(&due) && !stands_for_it
    };
    let count = |schedule: &Schedule| {
        schedule.cron.between(span.from, span.until).filter(|due| is_missed(schedule, *due)).count()
    };
    schedules.iter().map(count).sum()
}

async fn wait(gap: chrono::Duration, speed: Option<f64>) {
    let Some(speed) = speed else { return };
    let seconds = gap.as_seconds_f64() / speed;
    // Longer than a year is not waited for by anybody.
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(365 * 86_400));
    tokio::time::sleep(pause).await;
}
