//! REL-014 … REL-019 as a property: whatever the season, the downtimes, the jumps of the clock and the changes of its dates,
//! each notice before a close is sent exactly when the rule says so, once; no run is missed and none done twice. The rule is
//! written down here a second time, as plainly as it can be, and the desk is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use madoguchi::config::Settings;
use madoguchi::desk::Context;
use madoguchi::desk::flows::season::{self, Wish};
use madoguchi::desk::inquiry::InquiryKind;
use madoguchi::desk::period::{NewPeriod, PeriodKind, parse_instant};
use madoguchi::desk::ticket::actions::{self, ActError};
use madoguchi::jobs;
use madoguchi::jobs::rehearsal::{Played, Report, Span, play_schedules};
use madoguchi::mail::out::Mailer;
use madoguchi::platform::clock::Clock;
use madoguchi::platform::crypto::{Keys, Random};
use madoguchi::platform::db::{Db, Tx, query};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::edges::received;
use super::staff_browser::TestDesk;
use super::support::on_postgres;

const STEPS: [i64; 4] = [168, 72, 24, 3];
const DAYS: i64 = 30;

fn start() -> DateTime<Utc> {
    parse_instant("2030-11-01 10:00").unwrap()
}

/// One window of a season; its close moves around.
fn window(close: DateTime<Utc>) -> NewPeriod {
    NewPeriod {
        fiscal_year: 2031,
        round: "1".into(),
        name: "1次募集".into(),
        kind: PeriodKind::Apply,
        opens_at: start() - Duration::days(1),
        closes_at: close,
    }
}

fn wish(close: DateTime<Utc>) -> Wish {
    Wish { put: vec![window(close)], is_published: true, remove: Vec::new() }
}

/// What happens in a case, in minutes after the start.
#[derive(Debug, Clone)]
struct Case {
    /// The close in the beginning, in hours.
    close: i64,
    down: Vec<(i64, i64)>,
    jumps: Vec<(i64, i64)>,
    /// When the date is moved, and to which hour.
    moves: Vec<(i64, i64)>,
}

/// When something happens, and by how much, both in minutes or hours.
type Shifts = Vec<(i64, i64)>;

fn cases() -> impl Strategy<Value = Case> {
    let minutes = (DAYS - 8) * 1440;
    (
        48..(DAYS - 4) * 24,
        prop::collection::vec((0..minutes, 1..3 * 1440_i64), 0..3),
        // Minutes, never more than a turn of a job could hide in.
        prop::collection::vec((60..minutes, prop_oneof![-59..-1_i64, 1..59_i64]), 0..5),
        prop::collection::vec((60..minutes, 48..(DAYS - 4) * 24), 0..4),
    )
        .prop_map(|(close, down, jumps, mut moves): (_, _, Shifts, Shifts)| {
            // Shortly after the clock was put back its readings no longer tell what came first; the judge reads them.
            moves.retain(|(at, _)| !jumps.iter().any(|(jump, by)| *by < 0 && (*jump..*jump + 180).contains(at)));
            Case { close, down, jumps, moves }
        })
}

/// What came of a case.
struct Played1 {
    report: Report,
    runs: Vec<(DateTime<Utc>, Played)>,
    /// Of each ticket: deadline and step, in the order of the mails.
    told: BTreeMap<i64, Vec<(DateTime<Utc>, i64)>>,
    /// The dates as they stood, since when.
    closes: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    edge_runs: BTreeSet<DateTime<Utc>>,
}

async fn played(db: Db, case: &Case) -> Played1 {
    let folder = tempfile::tempdir().unwrap();
    let ctx = context(folder.path());
    let desk = TestDesk::new(db.clone());
    desk.state.clock.set(start());
    put(&db, &ctx, start() + Duration::hours(case.close)).await;
    for n in 0..3 {
        let ticket = received(&desk, InquiryKind::Apply, start() - Duration::minutes(5 + n)).await;
        let (id, now) = (ticket.id, start());
        let want = async move |tx: &mut Tx| actions::want_reminder(tx, id, true, now).await;
        db.write(want).await.unwrap();
    }
    let at = |minutes: i64| start() + Duration::minutes(minutes);
    let span = Span {
        down: case.down.iter().map(|(from, length)| at(*from)..at(from + length)).collect(),
        jumps: case.jumps.iter().map(|(when, by)| (at(*when), Duration::minutes(*by))).collect(),
        changes: case.moves.iter().map(|(when, to)| (at(*when), wish(start() + Duration::hours(*to)))).collect(),
        ..Span::still(start(), start() + Duration::days(DAYS))
    };
    let (mut runs, clock) = (Vec::new(), ctx.clock.clone());
    let mailer = Mailer::new(&ctx.settings).unwrap();
    // The jobs that have to do with dates, and two that get in their way.
    let mut schedules = jobs::schedules(&ctx).unwrap();
    schedules.retain(|s| ["remind_deadlines", "edges", "auto_close", "remind_waiting"].contains(&s.name));
    let tell = |run| runs.push((clock.now(), run));
    let report = play_schedules(&db, &ctx, &mailer, schedules, &span, tell).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let sql = "SELECT ticket_id, dedupe_key FROM outbox WHERE kind = 'deadline_reminder' ORDER BY id";
    let mails: Vec<(i64, String)> = query(sql).fetch_all(&mut tx).await.unwrap();
    let mut told = BTreeMap::<_, Vec<_>>::new();
    for (ticket, key) in mails {
        let parts: Vec<i64> = key.split(':').skip(2).map(|part| part.parse().unwrap()).collect();
        told.entry(ticket).or_default().push((DateTime::from_timestamp(parts[0], 0).unwrap(), parts[1]));
    }
    let sql = "SELECT at, after_change FROM period_changes ORDER BY id";
    let changes: Vec<(DateTime<Utc>, serde_json::Value)> = query(sql).fetch_all(&mut tx).await.unwrap();
    let close = |json: &serde_json::Value| serde_json::from_value(json["closes_at"].clone()).unwrap();
    let closes = changes.iter().map(|(at, after)| (*at, close(after))).collect();
    let sql = "SELECT due_at FROM runs WHERE schedule = 'edges' AND state = 'done'";
    let edge_runs: Vec<(DateTime<Utc>,)> = query(sql).fetch_all(&mut tx).await.unwrap();
    Played1 { report, runs, told, closes, edge_runs: edge_runs.into_iter().map(|(at,)| at).collect() }
}

/// The rule, once more: at each turn of the job, whoever has not been told of the close as it stands at the step that is
/// reached, or a later one, is told.
fn expected(played: &Played1) -> Vec<(DateTime<Utc>, i64)> {
    let mut told = Vec::new();
    // In the order in which things happened; the clock may have been put back between.
    let mut clock = start();
    let mut changes = played.closes.iter().peekable();
    let mut close = changes.next().unwrap().1;
    for (now, _) in played.runs.iter().filter(|(_, run)| run.job == "remind_deadlines") {
        while let Some((_, next)) = changes.next_if(|(at, _)| at <= now || *at <= clock) {
            close = *next;
        }
        clock = clock.max(*now);
        let left = close - *now;
        let step = STEPS.iter().rev().find(|hours| left <= Duration::hours(**hours));
        let Some(step) = step.filter(|_| left > Duration::zero()) else { continue };
        if !told.iter().any(|(of, hours)| *of == close && hours <= step) {
            told.push((close, *step));
        }
    }
    told
}

fn judge(played: &Played1) -> Result<(), TestCaseError> {
    prop_assert_eq!((played.report.missed, played.report.doubled), (0, 0));
    let expected = expected(played);
    for (ticket, told) in &played.told {
        prop_assert_eq!(told, &expected, "ticket {}", ticket);
    }
    prop_assert!(played.told.len() == 3 || expected.is_empty(), "{} of 3 were told", played.told.len());
    // The close as it stands in the end has had its run, unless it was written down when it was past already.
    let (since, last) = played.closes.last().unwrap();
    prop_assert!(last <= since || played.edge_runs.contains(last), "no run at {last}");
    let due: Vec<_> = played.runs.iter().map(|(_, run)| (run.job, run.due_at)).collect();
    prop_assert_eq!(due.iter().collect::<BTreeSet<_>>().len(), due.len(), "a run was done twice");
    Ok(())
}

#[test]
fn rel_014_to_019_whatever_happens_to_clock_dates_and_processes_each_notice_is_sent_once_and_when_it_should() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let notices = std::cell::Cell::new((0, 0));
    let config = |cases| Config { cases, failure_persistence: None, ..Config::default() };
    let count = std::env::var("MADOGUCHI_SEASONS").ok().and_then(|n| n.parse().ok()).unwrap_or(24);
    let base = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/desk.db", base.path().display());
    let empty = runtime.block_on(Db::open_and_migrate(&url, 2)).unwrap();
    TestRunner::new(config(count))
        .run(&cases(), |case| {
            let folder = tempfile::tempdir().unwrap();
            let played = runtime.block_on(async {
                let db = empty.copy_to_scratch(&folder.path().join("season.db")).await.unwrap();
                played(db, &case).await
            });
            let (seasons, sent) = notices.get();
            notices.set((seasons + 1, sent + played.told.values().map(Vec::len).sum::<usize>()));
            judge(&played)
        })
        .unwrap();
    eprintln!("{} seasons, {} notices", notices.get().0, notices.get().1);
    assert!(notices.get().1 > 3 * count as usize, "hardly anybody was told: {notices:?}");
    // The same on a server, each in a database of its own.
    TestRunner::new(config(count / 8))
        .run(&cases(), |case| {
            let found = std::sync::Mutex::new(None);
            let (put, of) = (&found, &case);
            runtime.block_on(on_postgres(|db| async move {
                let came = played(db, of).await;
                *put.lock().unwrap() = Some(came);
            }));
            found.into_inner().unwrap().map_or(Ok(()), |played| judge(&played))
        })
        .unwrap();
}

fn context(folder: &Path) -> Context {
    let mut settings = Settings::from_parts(None, std::iter::empty()).unwrap();
    settings.mail.outbound_url = format!("dir:{}", folder.join("mail").display());
    settings.limits.mails_per_address_per_day = 0;
    Context {
        clock: Clock::manual(start()),
        random: Random::seeded(7),
        keys: Keys::new([5; 32]),
        settings: Arc::new(settings),
    }
}

/// The first date of the season, as an editor puts it there.
async fn put(db: &Db, ctx: &Context, close: DateTime<Utc>) {
    let ctx = ctx.clone();
    let write = async move |tx: &mut Tx| {
        let effect = season::effect(tx, &wish(close), ctx.now()).await?;
        season::apply(tx, &ctx, &effect, None, false).await
    };
    db.write::<_, ActError, _>(write).await.unwrap();
}
