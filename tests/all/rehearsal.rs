//! A season played in advance: on a copy of either database, with the real jobs, and with nothing of the desk touched.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use futures::future::BoxFuture;
use madoguchi::config::Settings;
use madoguchi::desk::Context;
use madoguchi::desk::flows::demo::{self, Size};
use madoguchi::desk::period::{NewPeriod, PeriodKind, store as periods};
use madoguchi::jobs::rehearsal::{Played, Report, Span, is_played, play, play_schedules};
use madoguchi::jobs::{self, Job, JobFault, Schedule, Step, Turn};
use madoguchi::mail::out::Mailer;
use madoguchi::platform::clock::Clock;
use madoguchi::platform::crypto::{Keys, Random};
use madoguchi::platform::db::{Db, DbError, Tx, query};
use madoguchi::platform::queue::CatchUp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::desk::Desk;
use crate::support::{on_each_database, on_postgres_url, some_morning};

/// A context whose mail goes into `folder`.
fn context(folder: &Path, at: DateTime<Utc>) -> Context {
    let mut settings = Settings::from_parts(None, std::iter::empty()).unwrap();
    settings.mail.outbound_url = format!("dir:{}", folder.join("mail").display());
    Context {
        clock: Clock::manual(at),
        random: Random::seeded(7),
        keys: Keys::new([5; 32]),
        settings: Arc::new(settings),
    }
}

async fn filled(db: &Db, tickets: u32) {
    let folder = tempfile::tempdir().unwrap();
    let ctx = context(folder.path(), some_morning());
    demo::fill(db, &ctx, Size { tickets, accounts: 150, seed: 3 }).await.unwrap();
}

fn days(days: i64) -> Span {
    let from = some_morning();
    Span::still(from, from + Duration::days(days))
}

/// How many runs are due in a span.
fn due(span: &Span) -> usize {
    let ctx = context(Path::new("nowhere"), span.from);
    jobs::schedules(&ctx)
        .unwrap()
        .iter()
        .filter(|s| is_played(s.name))
        .map(|s| s.cron.between(span.from, span.until).count())
        .sum()
}

/// Plays a span on a copy; what came of it, its runs, and how many mails lie in the folder.
async fn rehearse(db: &Db, span: &Span) -> (Report, Vec<Played>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let copy = db.copy_to_scratch(&folder.path().join("copy.db")).await.unwrap();
    let ctx = context(folder.path(), span.from);
    let mut runs = Vec::new();
    let report = play(&copy, &ctx, &Mailer::new(&ctx.settings).unwrap(), span, |run| runs.push(run)).await.unwrap();
    let mails = std::fs::read_dir(folder.path().join("mail")).map_or(0, |entries| {
        entries.filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|e| e == "eml")).count()
    });
    copy.close().await;
    (report, runs, mails)
}

/// Every row of a table as text, so that two databases can be compared.
async fn rows(db: &Db, sql: &'static str) -> Vec<(i64, String, Option<DateTime<Utc>>)> {
    query(sql).fetch_all(&mut db.read().await.unwrap()).await.unwrap()
}

const LOOKS: [&str; 4] = [
    "SELECT id, subject || requester_name || status || grade AS a, waiting_since AS b FROM tickets ORDER BY id",
    "SELECT id, kind || actor AS a, at AS b FROM events ORDER BY id",
    "SELECT id, name || round || kind AS a, closes_at AS b FROM periods ORDER BY id",
    "SELECT id, state || to_key || subject AS a, sent_at AS b FROM outbox ORDER BY id",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_holds_every_row_of_either_database() {
    on_each_database(|db| async move {
        filled(&db, 40).await;
        let folder = tempfile::tempdir().unwrap();
        let copy = db.copy_to_scratch(&folder.path().join("copy.db")).await.unwrap();
        for sql in LOOKS {
            let rows_there = rows(&db, sql).await;
            assert!(!rows_there.is_empty(), "{sql}");
            assert_eq!(rows(&copy, sql).await, rows_there, "{sql}");
        }
        // Booleans, days and JSON are what they were.
        let sql = "SELECT is_spam, born_on, fields FROM tickets ORDER BY id";
        type Row = (bool, Option<chrono::NaiveDate>, serde_json::Value);
        let there: Vec<Row> = query(sql).fetch_all(&mut db.read().await.unwrap()).await.unwrap();
        let here: Vec<Row> = query(sql).fetch_all(&mut copy.read().await.unwrap()).await.unwrap();
        assert_eq!(there, here);
        assert!(db.copy_to_scratch(&folder.path().join("copy.db")).await.is_err(), "a file is never written over");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_days_with_two_hundred_tickets_miss_nothing_and_double_nothing() {
    on_each_database(|db| async move {
        filled(&db, 200).await;
        let mut before = Vec::new();
        for sql in LOOKS {
            before.push(rows(&db, sql).await);
        }
        let begun = Instant::now();
        let (report, runs, mails) = rehearse(&db, &days(100)).await;
        eprintln!("100 days, 200 tickets: {report:?} in {:?}", begun.elapsed());
        let at_edges =
            runs.iter().filter(|run| run.job == "edges" && !run.due_at.to_rfc3339().contains("T03:50")).count();
        assert_eq!((report.runs, report.missed, report.doubled), (due(&days(100)) + at_edges, 0, 0));
        assert_eq!(runs.len(), report.runs);
        assert!(runs.windows(2).all(|pair| pair[0].due_at <= pair[1].due_at));
        let reminders: i64 = runs.iter().filter(|run| run.job == "remind_waiting").map(|run| run.sent).sum();
        assert!(reminders > 5, "{reminders}");
        assert_eq!(report.sent, mails, "every mail that was sent lies in the folder");
        assert_eq!(i64::try_from(report.sent).unwrap(), runs.iter().map(|run| run.sent).sum::<i64>());
        let closed: i64 = runs.iter().filter(|run| run.job == "auto_close").map(|run| run.recipients).sum();
        assert!(closed > 5, "{closed}");
        for (sql, before) in LOOKS.into_iter().zip(before) {
            assert_eq!(rows(&db, sql).await, before, "the desk itself is not touched: {sql}");
        }
    })
    .await;
}

/// Sends everything twice, or nothing at all.
struct Wrong(AtomicBool);

impl Job for Wrong {
    fn step<'t>(&'t self, tx: &'t mut Tx, turn: Turn) -> BoxFuture<'t, Result<Step, JobFault>> {
        Box::pin(async move {
            if !self.0.load(Ordering::SeqCst) {
                return Err(JobFault::Refused("always".into()));
            }
            let sql = "INSERT INTO events (ticket_id, kind, actor, data, at) \
                       SELECT id, 'poked', 'job', '{}', $1 FROM tickets WHERE id <= 3";
            query(sql).bind(turn.now).execute(tx).await?;
            Ok(Step::done(3))
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missed_and_what_is_doubled_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/desk.db", folder.path().display());
    let db = Db::open_and_migrate(&url, 4).await.unwrap();
    filled(&db, 10).await;
    for (works, expected) in [(true, (4, 0, 9)), (false, (0, 4, 0))] {
        let folder = tempfile::tempdir().unwrap();
        let copy = db.copy_to_scratch(&folder.path().join("copy.db")).await.unwrap();
        let ctx = context(folder.path(), some_morning());
        let mailer = Mailer::new(&ctx.settings).unwrap();
        let job = Arc::new(Wrong(AtomicBool::new(works)));
        let schedules = vec![Schedule::new("wrong", "0 0 9 * * *", CatchUp::Each, job).unwrap()];
        let report = play_schedules(&copy, &ctx, &mailer, schedules, &days(4), |_| {}).await.unwrap();
        assert_eq!((report.runs, report.missed, report.doubled), expected, "works: {works}");
    }
}

#[test]
fn rel_016_whatever_the_season_and_the_downtimes_nothing_is_missed_and_nothing_is_done_twice() {
    const DAYS: i64 = 45;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let db = runtime.block_on(async {
        let db = Db::open_and_migrate(&format!("sqlite://{}/desk.db", folder.path().display()), 4).await.unwrap();
        filled(&db, 40).await;
        // A window that closes brings reminders of its own to those with a provisional image, and to those whose kind has
        // to do with it: without them the mails of two seasons can be compared.
        let without = async |tx: &mut Tx| {
            query("UPDATE tickets SET kind = 'other' WHERE kind IN ('late_start', 'transfer', 'withdraw')")
                .execute(tx)
                .await?;
            // Nor is there anybody who gets a digest before each close.
            query("UPDATE staff SET role = 'viewer'").execute(tx).await?;
            query("DELETE FROM provisional_images").execute(tx).await?;
            query("UPDATE accounts SET licence_image = 'none' WHERE licence_image = 'provisional'").execute(tx).await
        };
        db.write::<_, DbError, _>(without).await.unwrap();
        db
    });
    let (undisturbed, ..) = runtime.block_on(rehearse(&db, &days(DAYS)));
    assert_eq!((undisturbed.missed, undisturbed.doubled), (0, 0));
    assert!(undisturbed.sent > 0);
    // Minutes after the start; the last week is left in peace, so that what was late can still be seen to be done.
    let minutes = (DAYS - 10) * 1440;
    let downtimes = prop::collection::vec((0..minutes, 1..4 * 1440_i64), 0..4);
    let edges = prop::collection::vec(0..DAYS * 24, 0..4);
    let mut runner = TestRunner::new(Config { cases: 5, failure_persistence: None, ..Config::default() });
    let case = |(downtimes, edges): (Vec<(i64, i64)>, Vec<i64>)| {
        let mut span = days(DAYS);
        let from = span.from;
        let range = |(start, length)| {
            let start = from + Duration::minutes(start);
            start..start + Duration::minutes(length)
        };
        span.down = downtimes.into_iter().map(range).collect();
        let (report, ..) = runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let season = db.copy_to_scratch(&folder.path().join("season.db")).await.unwrap();
            let write = async move |tx: &mut Tx| {
                for (n, hours) in edges.into_iter().enumerate() {
                    let closes_at = from + Duration::hours(hours);
                    let (opens_at, round) = (closes_at - Duration::days(9), format!("r{n}"));
                    let (kind, name) = (PeriodKind::Apply, round.clone());
                    let new = NewPeriod { fiscal_year: 2031, round, name, kind, opens_at, closes_at };
                    periods::upsert(tx, &new, true, from).await?;
                }
                Ok::<_, DbError>(())
            };
            season.write(write).await.unwrap();
            rehearse(&season, &span).await
        });
        prop_assert_eq!((report.missed, report.doubled, report.sent), (0, 0, undisturbed.sent));
        Ok(())
    };
    runner.run(&(downtimes, edges), case).unwrap();
}

#[test]
fn the_command_plays_from_either_database_and_ends_with_the_counts() {
    let story = |database: Option<&str>| {
        let mut desk = Desk::new(database);
        desk.set("CLOCK__NOW", "2026-12-08T10:24:00+09:00");
        desk.run(&["demo", "--tickets", "30", "--accounts", "60"]);
        let span = ["rehearse", "--from", "2026-12-08 10:24", "--until", "2026-12-29T10:24:00+09:00"];
        let said = desk.run(&span);
        // Each edge of the season within has a run of its own.
        let is_edge = |line: &&serde_json::Value| {
            line["job"] == "edges" && !line["due_at"].as_str().unwrap_or_default().contains("T03:50")
        };
        let due = (due(&days(21)) + said.iter().filter(is_edge).count()) as u64;
        let last = said.last().unwrap();
        assert_eq!(
            (last["runs"].as_u64(), last["missed"].as_u64(), last["doubled"].as_u64()),
            (Some(due), Some(0), Some(0))
        );
        assert!(last["sent"].as_u64().unwrap() > 0, "{last}");
        assert_eq!(said.len() as u64, due + 1, "a run a line, and the counts");
        assert!(said[0]["job"].is_string() && said[0]["due_at"].as_str().unwrap().ends_with("+09:00"));
        assert!(!desk.folder().join("var/mail/out").exists(), "no mail has left");
        let wrong = desk.command(&["rehearse", "--from", "2026-12-08 10:24", "--until", "2026-12-08 10:24"]).output();
        assert_eq!(wrong.unwrap().status.code(), Some(2));
        let fast = [&span[..], &["--speed", "0"]].concat();
        assert_eq!(desk.command(&fast).output().unwrap().status.code(), Some(2));
    };
    story(None);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(on_postgres_url(async |url: String| {
        tokio::task::block_in_place(|| story(Some(&url)));
    }));
}
