//! Recurring work: each due instant once, whatever happens to the processes. Time is a manual clock; nothing sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration as Patience;

use chrono::{DateTime, Duration, TimeZone, Utc};
use futures::future::BoxFuture;
use madoguchi::jobs::{Dispatcher, Job, JobFault, Outcome, Schedule, Step, Turn, stop};
use madoguchi::platform::clock::Clock;
use madoguchi::platform::db::{Db, Tx, query};
use madoguchi::platform::queue::store::{self, Run};
use madoguchi::platform::queue::{ATTEMPTS, CatchUp, RunState, back_off};

use crate::support::{on_each_database, on_postgres};

/// Leaves an event for each due instant, and misbehaves on request.
#[derive(Default)]
struct Notes {
    name: &'static str,
    steps: AtomicUsize,
    /// Steps that a turn takes.
    long: usize,
    way: Way,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Way {
    #[default]
    Well,
    Refuses,
    Panics,
    Hangs,
    /// Refuses the first so many attempts.
    Stumbles(usize),
}

impl Job for Notes {
    fn step<'t>(&'t self, tx: &'t mut Tx, turn: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            let n = self.steps.fetch_add(1, Ordering::SeqCst);
            query("INSERT INTO events (kind, actor, data, at) VALUES ('note', 'job', $1, $2)")
                .bind(serde_json::json!({ "job": self.name }))
                .bind(turn.due_at)
                .execute(tx)
                .await?;
            match self.way {
                Way::Refuses => return Err(JobFault::Refused("bad payload".into())),
                Way::Stumbles(times) if n < times => return Err(JobFault::Refused("not yet".into())),
                Way::Panics => panic!("poison"),
                Way::Hangs => std::future::pending::<()>().await,
                Way::Well | Way::Stumbles(_) => {}
            }
            Ok(Step { effects: 1, more: n + 1 < self.long, note: None })
        })
    }
}

fn job(name: &'static str, pattern: &'static str, catch_up: CatchUp, way: Way) -> Schedule {
    let mut schedule =
        Schedule::new(name, pattern, catch_up, Arc::new(Notes { name, way, ..Notes::default() })).unwrap();
    // Long enough for a healthy step on a busy machine.
    schedule.patience = Patience::from_millis(400);
    schedule
}

fn start() -> DateTime<Utc> {
    // 8 December 2026, 09:00 in Japan.
    Utc.with_ymd_and_hms(2026, 12, 8, 0, 0, 0).unwrap()
}

fn dispatcher(db: &Db, clock: &Clock, owner: &str, schedules: Vec<Schedule>) -> Dispatcher {
    // The stopper is forgotten rather than dropped: a dropped one means stop.
    let (stopper, stop) = stop::pair();
    std::mem::forget(stopper);
    Dispatcher::new(db.clone(), clock.clone(), owner, schedules, stop)
}

async fn registered(db: &Db, clock: &Clock, schedules: Vec<Schedule>) -> Dispatcher {
    let dispatcher = dispatcher(db, clock, "one", schedules);
    dispatcher.register().await.unwrap();
    dispatcher
}

/// The due instants a job has left an effect for, in the order they were stored.
async fn effects(db: &Db, job: &str) -> Vec<DateTime<Utc>> {
    let mut tx = db.read().await.unwrap();
    let rows: Vec<(serde_json::Value, DateTime<Utc>)> =
        query("SELECT data, at FROM events ORDER BY id").fetch_all(&mut tx).await.unwrap();
    rows.into_iter().filter(|(data, _)| data["job"] == job).map(|(_, at)| at).collect()
}

async fn runs(db: &Db) -> Vec<Run> {
    store::recent(&mut db.read().await.unwrap(), 1000).await.unwrap()
}

#[tokio::test]
async fn each_due_instant_is_worked_once_and_counted() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let desk = registered(&db, &clock, vec![job("hourly", "0 0 * * * *", CatchUp::Each, Way::Well)]).await;
        assert_eq!(desk.run_due().await.unwrap(), 0, "a new schedule makes up for nothing");
        clock.advance(Duration::hours(1) - Duration::microseconds(1));
        assert_eq!(desk.run_due().await.unwrap(), 0);
        clock.advance(Duration::microseconds(1));
        assert_eq!(desk.run_due().await.unwrap(), 1);
        assert_eq!(desk.run_due().await.unwrap(), 0);
        let runs = runs(&db).await;
        assert_eq!(runs.len(), 1);
        assert_eq!((runs[0].state, runs[0].effects, runs[0].attempts), (RunState::Done, 1, 1));
        assert_eq!(effects(&db, "hourly").await, [start() + Duration::hours(1)]);
    })
    .await;
}

#[tokio::test]
async fn rel_016_after_downtime_each_runs_all_in_order_last_runs_one_and_none_runs_none() {
    on_each_database(|db| async move {
        for (downtime, due) in [(Duration::minutes(1), 1), (Duration::hours(1), 60), (Duration::days(3), 72 * 60)] {
            let clock = Clock::manual(start() + Duration::seconds(30));
            // Their own names, since the database is shared by the three downtimes.
            let names: [&'static str; 3] = match due {
                1 => ["each-1", "last-1", "none-1"],
                60 => ["each-60", "last-60", "none-60"],
                _ => ["each-days", "last-days", "none-days"],
            };
            let every_minute = "0 * * * * *";
            // An hour of minutes is enough for the one that runs all; three days of them would be 4,320 runs.
            let each = if due > 60 { "0 0 * * * *" } else { every_minute };
            let schedules = vec![
                job(names[0], each, CatchUp::Each, Way::Well),
                job(names[1], every_minute, CatchUp::Last, Way::Well),
                // Due at half past only, so that the latest is older than the grace when the desk comes back.
                job(names[2], "5 * * * * *", CatchUp::None, Way::Well),
            ];
            registered(&db, &clock, schedules.clone()).await;
            clock.advance(downtime);
            // Another process comes up.
            let desk = registered(&db, &clock, schedules).await;
            desk.run_due().await.unwrap();
            let each = effects(&db, names[0]).await;
            assert_eq!(each.len(), if due > 60 { 72 } else { due });
            assert!(each.windows(2).all(|pair| pair[0] < pair[1]), "in order");
            let last = effects(&db, names[1]).await;
            assert_eq!(last, [start() + downtime], "one, for the latest instant");
            // The latest instant is 25 s old: that one is no catch-up, the ones before it are passed over.
            assert_eq!(effects(&db, names[2]).await.len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn rel_016_what_is_passed_over_is_written_down() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let desk = registered(&db, &clock, vec![job("noon", "0 0 12 * * *", CatchUp::None, Way::Well)]).await;
        clock.advance(Duration::days(3));
        assert_eq!(desk.run_due().await.unwrap(), 0);
        let runs = runs(&db).await;
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].state, RunState::Skipped);
        assert!(runs[0].note.contains("passed over 3"), "{}", runs[0].note);
        assert!(effects(&db, "noon").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn rel_012_a_run_of_a_killed_process_is_taken_over_within_75_seconds() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let minutely = || vec![job("minutely", "0 * * * * *", CatchUp::Each, Way::Well)];
        let killed = registered(&db, &clock, minutely()).await;
        clock.advance(Duration::minutes(1));
        assert_eq!(killed.walk().await.unwrap(), 1);
        let claim = killed.claim(None).await.unwrap().unwrap();
        drop(killed);
        let other = dispatcher(&db, &clock, "two", minutely());
        clock.advance(Duration::seconds(50));
        assert_eq!(other.run_due().await.unwrap(), 0, "the lease still holds");
        // The next minute is due by now, but its turn comes after the one that is held.
        clock.advance(Duration::seconds(11));
        assert_eq!(other.run_due().await.unwrap(), 2);
        assert_eq!(effects(&db, "minutely").await, [claim.due_at, claim.due_at + Duration::minutes(1)]);
    })
    .await;
}

#[tokio::test]
async fn rel_015_a_late_commit_is_refused_by_its_fencing_number_200_of_200() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let hourly = || vec![job("hourly", "0 0 * * * *", CatchUp::Each, Way::Well)];
        let stalled = registered(&db, &clock, hourly()).await;
        let other = dispatcher(&db, &clock, "two", hourly());
        for n in 1..=200 {
            clock.advance(Duration::hours(1));
            stalled.walk().await.unwrap();
            let late = stalled.claim(None).await.unwrap().unwrap();
            // The holder stalls beyond its lease; another takes the run (even rounds: and ends it first).
            clock.advance(Duration::seconds(61));
            let fresh = other.claim(None).await.unwrap().unwrap();
            assert_eq!((fresh.id, fresh.fencing), (late.id, late.fencing + 1));
            if n % 2 == 0 {
                assert_eq!(other.work(fresh).await, Outcome::Done);
                assert_eq!(stalled.work(late).await, Outcome::Lost);
            } else {
                assert_eq!(stalled.work(late).await, Outcome::Lost);
                assert_eq!(other.work(fresh).await, Outcome::Done);
            }
            other.run_due().await.unwrap();
        }
        let stored = effects(&db, "hourly").await;
        let mut once = stored.clone();
        once.dedup();
        assert_eq!(stored, once, "no effect is stored twice");
        assert!(runs(&db).await.iter().all(|run| run.state == RunState::Done));
    })
    .await;
}

#[tokio::test]
async fn rel_013_a_poison_job_is_parked_with_its_reason_and_the_others_go_on() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let desk = registered(
            &db,
            &clock,
            vec![
                job("refuses", "0 0 10 * * *", CatchUp::Each, Way::Refuses),
                job("panics", "0 0 10 * * *", CatchUp::Each, Way::Panics),
                job("hangs", "0 0 10 * * *", CatchUp::Each, Way::Hangs),
                job("well", "0 0 10 * * *", CatchUp::Each, Way::Well),
            ],
        )
        .await;
        clock.advance(Duration::hours(1));
        assert_eq!(desk.run_due().await.unwrap(), 1, "the healthy one runs at once");
        for attempt in 1..ATTEMPTS {
            assert_eq!(desk.run_due().await.unwrap(), 0, "nothing is tried again before its time");
            clock.advance(back_off(attempt));
            desk.run_due().await.unwrap();
        }
        let mut tx = db.read().await.unwrap();
        for (job, reason) in
            [("refuses", "bad payload"), ("panics", "stopped by itself"), ("hangs", "longer than it may")]
        {
            let last = store::last_of_each(&mut tx).await.unwrap().into_iter().find(|run| run.schedule == job).unwrap();
            assert_eq!((last.state, last.attempts), (RunState::Failed, ATTEMPTS), "{job}");
            assert!(last.note.contains(reason), "{job}: {}", last.note);
        }
        assert_eq!(store::count_failed(&mut tx, start()).await.unwrap(), 3);
        drop(tx);
        assert!(effects(&db, "refuses").await.is_empty(), "what a failed step wrote is undone");
        assert!(effects(&db, "panics").await.is_empty());
        assert!(effects(&db, "hangs").await.is_empty());
        assert_eq!(effects(&db, "well").await.len(), 1);
        // Parked is parked; the next day has its own run.
        clock.advance(Duration::hours(2));
        assert_eq!(desk.run_due().await.unwrap(), 0);
        clock.advance(Duration::hours(22));
        assert_eq!(desk.run_due().await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn rel_013_a_run_that_ends_its_process_every_time_is_parked_too() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let schedules = || vec![job("deadly", "0 0 10 * * *", CatchUp::Each, Way::Well)];
        let desk = registered(&db, &clock, schedules()).await;
        clock.advance(Duration::hours(1));
        desk.walk().await.unwrap();
        for _ in 0..ATTEMPTS {
            desk.claim(None).await.unwrap().unwrap();
            clock.advance(Duration::seconds(61));
        }
        assert_eq!(desk.run_due().await.unwrap(), 0);
        let run = runs(&db).await.remove(0);
        assert_eq!(run.state, RunState::Failed);
        assert!(run.note.contains("ended before it did"), "{}", run.note);
    })
    .await;
}

#[tokio::test]
async fn rel_013_a_job_of_another_version_is_parked_after_a_day_and_blocks_nobody() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let newer = registered(&db, &clock, vec![job("newer", "0 0 10 * * *", CatchUp::Each, Way::Well)]).await;
        clock.advance(Duration::hours(1));
        newer.walk().await.unwrap();
        let older = registered(&db, &clock, vec![job("older", "0 0 11 * * *", CatchUp::Each, Way::Well)]).await;
        clock.advance(Duration::hours(1));
        assert_eq!(older.run_due().await.unwrap(), 1);
        clock.advance(Duration::hours(24));
        older.register().await.unwrap();
        let parked = runs(&db).await.into_iter().find(|run| run.schedule == "newer").unwrap();
        assert_eq!((parked.state, parked.note.as_str()), (RunState::Failed, "no process knows this job"));
    })
    .await;
}

#[tokio::test]
async fn a_failed_attempt_is_tried_again_and_ends_well() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let desk =
            registered(&db, &clock, vec![job("stumbles", "0 0 10 * * *", CatchUp::Each, Way::Stumbles(2))]).await;
        clock.advance(Duration::hours(1));
        desk.run_due().await.unwrap();
        clock.advance(back_off(1));
        desk.run_due().await.unwrap();
        clock.advance(back_off(2));
        assert_eq!(desk.run_due().await.unwrap(), 1);
        assert_eq!(effects(&db, "stumbles").await.len(), 1);
        assert_eq!(runs(&db).await[0].attempts, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rel_014_three_dispatchers_at_once_on_postgresql_work_each_due_run_once() {
    on_postgres(|db| async move {
        let clock = Clock::manual(start());
        let schedules =
            || ["a", "b", "c", "d", "e"].map(|name| job(name, "0 * * * * *", CatchUp::Each, Way::Well)).into();
        registered(&db, &clock, schedules()).await;
        clock.advance(Duration::minutes(40));
        let at_once = ["one", "two", "three"].map(|owner| {
            let desk = dispatcher(&db, &clock, owner, schedules());
            tokio::spawn(async move { desk.run_due().await.unwrap() })
        });
        let mut done = Vec::new();
        for one in at_once {
            done.push(one.await.unwrap());
        }
        // Whoever found the walk taken may have left early; what is open then is worked at the next ring.
        done.push(dispatcher(&db, &clock, "one", schedules()).run_due().await.unwrap());
        assert_eq!(done.iter().sum::<usize>(), 200, "{done:?}");
        for name in ["a", "b", "c", "d", "e"] {
            let stored = effects(&db, name).await;
            assert_eq!(stored.len(), 40);
            assert!(stored.windows(2).all(|pair| pair[0] < pair[1]), "each once, in order, never two at a time");
        }
        eprintln!("REL-014: 200 due runs, three dispatchers, 0 missed, 0 twice; worked by each: {done:?}");
    })
    .await;
}

#[tokio::test]
async fn rel_017_a_clock_that_jumps_makes_nothing_due_twice_and_loses_nothing() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let desk = registered(&db, &clock, vec![job("ten", "0 */10 * * * *", CatchUp::Each, Way::Well)]).await;
        let mut furthest = start();
        for jump in [600, -60, 60, -3600, 3600, 900, -1, 86_400, -86_400, 7200, 86_400] {
            clock.advance(Duration::seconds(jump));
            furthest = furthest.max(clock.now());
            desk.run_due().await.unwrap();
            desk.run_due().await.unwrap();
        }
        let stored = effects(&db, "ten").await;
        let due = (furthest - start()).num_minutes() / 10;
        assert_eq!(stored.len(), usize::try_from(due).unwrap(), "every one up to the furthest instant seen");
        assert!(stored.windows(2).all(|pair| pair[1] - pair[0] == Duration::minutes(10)));
    })
    .await;
}

#[tokio::test]
async fn rel_018_midnight_of_new_year_leap_day_and_fiscal_year_are_due_at_midnight_in_japan() {
    on_each_database(|db| async move {
        let eve = Utc.with_ymd_and_hms(2027, 12, 31, 14, 0, 0).unwrap();
        let clock = Clock::manual(eve);
        let desk = registered(&db, &clock, vec![job("daily", "0 0 0 * * *", CatchUp::Each, Way::Well)]).await;
        clock.set(Utc.with_ymd_and_hms(2028, 4, 1, 0, 0, 0).unwrap());
        desk.run_due().await.unwrap();
        let stored = effects(&db, "daily").await;
        assert_eq!(stored.len(), 31 + 29 + 31 + 1);
        assert_eq!(stored[0], Utc.with_ymd_and_hms(2027, 12, 31, 15, 0, 0).unwrap());
        assert!(stored.contains(&Utc.with_ymd_and_hms(2028, 2, 28, 15, 0, 0).unwrap()), "29 February in Japan");
        assert_eq!(stored.last(), Some(&Utc.with_ymd_and_hms(2028, 3, 31, 15, 0, 0).unwrap()), "1 April in Japan");
    })
    .await;
}

#[tokio::test]
async fn a_long_turn_is_worked_in_steps_and_given_back_when_the_desk_stops() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let long = Arc::new(Notes { name: "long", long: 5, ..Notes::default() });
        let schedule = Schedule::new("long", "0 0 10 * * *", CatchUp::Each, long).unwrap();
        let (stopper, stop) = stop::pair();
        let stopping = Dispatcher::new(db.clone(), clock.clone(), "one", vec![schedule.clone()], stop);
        stopping.register().await.unwrap();
        clock.advance(Duration::hours(1));
        stopping.walk().await.unwrap();
        let claim = stopping.claim(None).await.unwrap().unwrap();
        stopper.stop();
        assert_eq!(stopping.work(claim).await, Outcome::Released);
        // Free at once, not only when the lease ends (REL-041).
        let other = dispatcher(&db, &clock, "two", vec![schedule]);
        assert_eq!(other.run_due().await.unwrap(), 1);
        let run = runs(&db).await.remove(0);
        assert_eq!((run.state, run.effects, run.attempts), (RunState::Done, 5, 1));
    })
    .await;
}

#[tokio::test]
async fn a_person_can_run_a_job_now_and_a_paused_one_waits() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let desk = registered(&db, &clock, vec![job("daily", "0 0 10 * * *", CatchUp::Last, Way::Well)]).await;
        let run = desk.run_now("daily", "asked for").await.unwrap();
        assert_eq!((run.state, run.effects, run.due_at), (RunState::Done, 1, start()));
        assert!(desk.run_now("nothing", "").await.unwrap_err().to_string().contains("there is no job \"nothing\""));
        db.write(async move |tx: &mut Tx| store::update_enabled(tx, "daily", false).await).await.unwrap();
        clock.advance(Duration::days(2));
        assert_eq!(desk.run_due().await.unwrap(), 0, "paused");
        db.write(async move |tx: &mut Tx| store::update_enabled(tx, "daily", true).await).await.unwrap();
        assert_eq!(desk.run_due().await.unwrap(), 1, "the latest is made up for");
        assert!(runs(&db).await[0].note.contains("stands for 1 more"));
    })
    .await;
}

/// Works outside of a transaction; another process takes its run over meanwhile, or it panics.
struct Outside {
    db: Db,
    is_taken: bool,
    panics: bool,
}

impl Job for Outside {
    fn step<'t>(&'t self, _: &'t mut Tx, _: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async { panic!("its work is outside") })
    }

    fn outside(&self, _: &Db, _: Turn) -> Option<BoxFuture<'static, Result<Step, JobFault>>> {
        let (db, is_taken, panics) = (self.db.clone(), self.is_taken, self.panics);
        Some(Box::pin(async move {
            assert!(!panics, "poison");
            if is_taken {
                let take = async |tx: &mut Tx| query("UPDATE runs SET fencing = fencing + 1").execute(tx).await;
                db.write::<_, madoguchi::platform::db::DbError, _>(take).await?;
            }
            Ok(Step::done(7).with_note("outside"))
        }))
    }
}

#[tokio::test]
async fn rel_015_work_outside_of_a_transaction_ends_under_its_fencing_number_or_not_at_all() {
    on_each_database(|db| async move {
        let clock = Clock::manual(start());
        let outside = |name, is_taken, panics| {
            let job = Arc::new(Outside { db: db.clone(), is_taken, panics });
            Schedule::new(name, "0 0 * * * *", CatchUp::Last, job).unwrap()
        };
        for (name, is_taken, panics, expected) in [
            ("well", false, false, Outcome::Done),
            ("poison", false, true, Outcome::Again),
            ("taken", true, false, Outcome::Lost),
        ] {
            let dispatcher = registered(&db, &clock, vec![outside(name, is_taken, panics)]).await;
            clock.advance(Duration::hours(1));
            dispatcher.walk().await.unwrap();
            let claim = dispatcher.claim(None).await.unwrap().unwrap();
            assert_eq!(dispatcher.work(claim.clone()).await, expected, "{name}");
            let run = store::find(&mut db.read().await.unwrap(), claim.id).await.unwrap().unwrap();
            let stored = (run.state, run.effects);
            let wanted = match expected {
                Outcome::Done => (RunState::Done, 7),
                Outcome::Again => (RunState::Due, 0),
                _ => (RunState::Running, 0),
            };
            assert_eq!(stored, wanted, "{name}");
        }
    })
    .await;
}
